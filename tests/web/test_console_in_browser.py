"""The page in a real browser: a run from start to figure, every view, hostile names."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hostile_names import HOSTILE_NAMES

pytest.importorskip("selenium", reason="selenium is not installed")

from chromium import chromium_window, wait_until
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import Select

from pystamps.pipeline.run_history import read_run, run_ids
from pystamps.simulate import PRESETS, changed_scene, simulate_dataset
from pystamps.simulate.writer import WriteOptions

pytestmark = [pytest.mark.slow, pytest.mark.workflow]

SMALL = changed_scene(PRESETS["tiny"], {"preparation.patches": (1, 1), "lines": 60, "samples": 80})
SIZES = [(1280, 900), (400, 800)]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Start the console on folders; gives its link."""
    started: list[subprocess.Popen[str]] = []

    def start(*roots: Path) -> str:
        code = "from pystamps.cli import main; main()"
        command = [sys.executable, "-c", code, "console", "--port", "0", "--json", *map(str, roots)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        link: str = json.loads("".join(lines))["link"]
        return link

    yield start
    for process in started:
        process.terminate()
        process.communicate(timeout=60)


def shown(browser: WebDriver, selector: str) -> str:
    """Give the text that an element shows; nothing while it is not there."""
    found = browser.find_elements(By.CSS_SELECTOR, selector)
    return found[0].text if found else ""


def press(browser: WebDriver, selector: str) -> None:
    wait_until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, selector))
    element = browser.find_element(By.CSS_SELECTOR, selector)
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    element.click()


def show_folder(browser: WebDriver, name: str) -> None:
    """Choose a folder by its name, and wait for what the doctor says about it."""
    wait_until(browser, lambda: name in shown(browser, "#dataset"))
    options = browser.find_elements(By.CSS_SELECTOR, "#dataset option")
    next(option for option in options if option.text.startswith(f"{name} — ")).click()
    press(browser, "#tab-overview")
    wait_until(browser, lambda: "Doctor:" in shown(browser, "#view"))


def assert_nothing_was_hacked(browser: WebDriver) -> None:
    assert browser.execute_script("return window.__hacked") is None
    assert browser.execute_script("return document.querySelectorAll('iframe, object').length") == 0
    assert len(browser.find_elements(By.TAG_NAME, "script")) == 1
    complaints = [entry["message"] for entry in browser.get_log("browser")]
    assert not [text for text in complaints if "Uncaught" in text or "Content Security" in text]


def assert_fits(browser: WebDriver) -> None:
    wide = browser.execute_script("return document.documentElement.scrollWidth")
    assert wide <= browser.execute_script("return window.innerWidth")


def test_a_run_is_started_watched_to_its_end_and_a_figure_opened(
    tmp_path: Path, opened: Callable[..., str]
) -> None:
    root = tmp_path / "data"
    simulate_dataset(root, SMALL)
    with chromium_window(1280, 900) as browser:
        browser.get(opened(tmp_path))
        assert "token" not in browser.current_url
        show_folder(browser, "data")
        wait_until(browser, lambda: "0 of 11 stages are done" in shown(browser, "#view"))
        press(browser, "#tab-run")
        Select(browser.find_element(By.ID, "field-last-step")).select_by_value("1")
        wait_until(browser, lambda: "weed_time_win" in shown(browser, "#view"))
        press(browser, "#dry-run")
        wait_until(browser, lambda: "Would run: 1 of 1" in shown(browser, "#view"))
        assert not run_ids(root)
        press(browser, "#start-run")
        wait_until(browser, lambda: "Running: step 1" in shown(browser, "#live"), seconds=120)
        wait_until(browser, lambda: "Completed: step 1" in shown(browser, "#live"), seconds=300)
        press(browser, "#tab-results")
        press(browser, "#draw-figures")
        drawn = "button[data-figure='dispersion_histogram.png'] img"
        wait_until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, drawn), seconds=300)
        press(browser, "button[data-figure='dispersion_histogram.png']")
        width = "return document.getElementById('picture-image').naturalWidth"
        wait_until(browser, lambda: browser.execute_script(width) > 300)
        assert "Amplitude dispersion" in shown(browser, "#picture-title")
        press(browser, "#picture button")
        press(browser, "#tab-history")
        wait_until(browser, lambda: shown(browser, "#view").count("completed") >= 2)
        assert_nothing_was_hacked(browser)
    records = [read_run(root, run_id) for run_id in run_ids(root)]
    assert [record.plan.kind for record in records] == ["figures", "run"]
    assert {record.state for record in records} == {"completed"}


def test_a_run_is_stopped_from_the_page_and_a_wrong_parameter_refused(
    tmp_path: Path, opened: Callable[..., str]
) -> None:
    root = tmp_path / "data"
    simulate_dataset(root, PRESETS["tiny"])
    with chromium_window(400, 800) as browser:
        browser.get(opened(tmp_path))
        show_folder(browser, "data")
        press(browser, "#tab-run")
        wait_until(browser, lambda: browser.find_elements(By.ID, "parameter-clap_win"))
        field = browser.find_element(By.ID, "parameter-clap_win")
        field.send_keys("31\t")
        assert "clap_win = 31" in shown(browser, "#changed-words")
        press(browser, "#start-run")
        wait_until(browser, lambda: "clap_win" in shown(browser, "#notice"))
        assert "31" in shown(browser, "#notice") and not run_ids(root)
        field.clear()
        field.send_keys("64\t")
        press(browser, "#start-run")
        wait_until(browser, lambda: "Running" in shown(browser, "#live"), seconds=120)
        press(browser, "#stop")
        browser.switch_to.alert.accept()
        wait_until(browser, lambda: "Stopped" in shown(browser, "#live"), seconds=120)
        assert_fits(browser)
        assert_nothing_was_hacked(browser)
    assert read_run(root, run_ids(root)[0]).state == "stopped"


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_view_fits_and_says_something(
    tmp_path: Path, opened: Callable[..., str], width: int, height: int
) -> None:
    simulate_dataset(tmp_path / "data", SMALL)
    shutil.copytree(tmp_path / "data", tmp_path / "golden")
    simulate_dataset(tmp_path / "export", SMALL, options=WriteOptions(layout="raw"))
    views = {
        "data": ("overview", "run", "history", "results", "verify", "coverage"),
        "export": ("overview", "prepare", "coverage"),
    }
    with chromium_window(width, height) as browser:
        browser.get(opened(tmp_path))
        for folder, tabs in views.items():
            show_folder(browser, folder)
            for tab in tabs:
                press(browser, f"#tab-{tab}")
                wait_until(
                    browser, lambda: not browser.find_elements(By.CSS_SELECTOR, "#view .waiting")
                )
                assert len(shown(browser, "#view")) > 40, tab
                assert not shown(browser, "#notice"), tab
                assert_fits(browser)
                unnamed = (
                    "return [...document.querySelectorAll('button, input, select')].filter("
                    "e => !e.textContent.trim() && !e.labels?.length "
                    "&& !e.getAttribute('aria-label')).length"
                )
                assert browser.execute_script(unnamed) == 0, tab
        assert_nothing_was_hacked(browser)


def test_an_export_is_prepared_and_the_data_set_appears(
    tmp_path: Path, opened: Callable[..., str]
) -> None:
    simulate_dataset(tmp_path / "export", SMALL, options=WriteOptions(layout="raw"))
    with chromium_window(1280, 900) as browser:
        browser.get(opened(tmp_path))
        show_folder(browser, "export")
        press(browser, "#tab-prepare")
        wait_until(browser, lambda: "PATCH_1" in shown(browser, "#view"))
        press(browser, "#start-prepare")
        wait_until(browser, lambda: "Finished" in shown(browser, "#live"))
        assert "MB/s" in shown(browser, "#live")
        wait_until(browser, lambda: "export_data_set — data set" in shown(browser, "#dataset"))
        show_folder(browser, "export_data_set")
        wait_until(browser, lambda: "0 of 11 stages are done" in shown(browser, "#view"))
        assert_nothing_was_hacked(browser)


def test_the_page_without_any_data_set_says_what_to_do(
    tmp_path: Path, opened: Callable[..., str]
) -> None:
    with chromium_window(1280, 900) as browser:
        browser.get(opened(tmp_path))
        wait_until(browser, lambda: "No data set here" in shown(browser, "#view"))
        assert "pystamps console FOLDER" in shown(browser, "#view")


def choose_nth(browser: WebDriver, index: int) -> None:
    browser.execute_script(
        "const s = document.getElementById('dataset'); s.selectedIndex = arguments[0];"
        "s.dispatchEvent(new Event('change'))", index,
    )  # fmt: skip


def test_hostile_names_of_data_sets_and_patches_are_text_in_the_browser(
    tmp_path: Path, opened: Callable[..., str]
) -> None:
    simulate_dataset(tmp_path / "source", SMALL)
    made = []
    for name in HOSTILE_NAMES:
        root = tmp_path / "roots" / name
        if "/" in name or name.startswith("."):
            continue
        shutil.copytree(tmp_path / "source", root, ignore=shutil.ignore_patterns("truth.h5", "raw"))
        (root / "PATCH_1").rename(root / name)
        (root / "patch.list").write_text(f"{name}\n", newline="")
        made.append(name)
    assert len(made) >= 45
    with chromium_window(1280, 900) as browser:
        browser.get(opened(tmp_path / "roots"))
        count = "return document.querySelectorAll('#dataset option').length"
        wait_until(browser, lambda: browser.execute_script(count) == len(made))
        press(browser, "#tab-history")
        for index in range(len(made)):
            choose_nth(browser, index)
            wait_until(browser, lambda: "No runs yet" in shown(browser, "#view"))
        assert_nothing_was_hacked(browser)
        press(browser, "#tab-overview")
        for index in range(0, len(made), 12):  # asks Snakemake, which takes its time
            choose_nth(browser, index)
            wait_until(browser, lambda: not shown(browser, "#view .waiting"))
            assert "Doctor:" in shown(browser, "#view")
            assert_nothing_was_hacked(browser)
        listed = browser.execute_script(
            "return [...document.querySelectorAll('#dataset option')].map(o => o.textContent)"
        )
        assert any(text.startswith("<img src=x onerror=window.__hacked=1> — ") for text in listed)
