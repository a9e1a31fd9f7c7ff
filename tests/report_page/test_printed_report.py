"""The report on paper: every text of the page is on a sheet, and no sheet is empty or cut."""

from __future__ import annotations

from pathlib import Path
from unicodedata import normalize

import pytest
from chromium import chromium_window
from delay_examples import write_half_of_the_phase
from plotted_trees import write_plotted_tree
from printed_pages import PAPERS, PrintedSheet, printed_sheets
from processed_tree import write_truth_of_tree
from selenium.webdriver.remote.webdriver import WebDriver

from pystamps.config import Accuracy, RunConfig
from pystamps.pipeline.entry.accurate_velocity import product_accurate_velocity
from pystamps.report_page.contents import ReportRequest
from pystamps.report_page.page import write_report_page
from pystamps.report_page.report_pictures import PICTURE_NAMES

MOST_SHEETS = 15
FEWEST_LETTERS = 150
WIDEST_PX = {"A4": 687, "Letter": 710}
"""Width of the text on paper, CSS pixels: that of the sheet without margins of 14 mm."""

TEXTS = """
return [...document.querySelectorAll("h1, h2, h3, p, li, dt, dd, th, td, figcaption, pre")]
    .map(e => e.textContent.replace(/\\s/g, "")).filter(t => t)
"""
WIDER = """
return [...document.querySelectorAll("body *")].filter(
    e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1
).map(e => e.outerHTML.slice(0, 80))
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with everything that it can have."""
    root = write_plotted_tree(tmp_path_factory.mktemp("printed") / "data")
    write_truth_of_tree(root / "truth.h5")
    write_half_of_the_phase(root)
    product_accurate_velocity(root, RunConfig(root, accuracy=Accuracy(orbit_plane="combined")))
    target = root / "report.html"
    request = ReportRequest("Motion of the dam", "Water Board", places=((10.007, 45.005),))
    write_report_page(RunConfig(root), target, request)
    return target


@pytest.fixture(scope="module")
def browser():
    with chromium_window(900, 1200) as found:
        yield found


@pytest.fixture(scope="module", params=PAPERS)
def paper(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def sheets(browser: WebDriver, page: Path, paper: str) -> list[PrintedSheet]:
    return printed_sheets(browser, page, paper)


def test_every_text_of_the_page_is_on_paper(browser: WebDriver, sheets: list[PrintedSheet]):
    """Numbers of pages stand at the beginning of the text of each sheet."""
    numbers = [f"{number}/{len(sheets)}" for number in range(1, len(sheets) + 1)]
    assert all(sheet.text.startswith(number) for sheet, number in zip(sheets, numbers, strict=True))
    printed = "".join(
        sheet.text.removeprefix(number) for sheet, number in zip(sheets, numbers, strict=True)
    )
    texts = [normalize("NFKC", text) for text in browser.execute_script(TEXTS)]
    assert len(texts) > 200
    assert not [text for text in texts if text not in printed]


def test_no_sheet_is_blank_and_there_are_not_many(sheets: list[PrintedSheet]):
    assert 5 < len(sheets) <= MOST_SHEETS
    assert sum(sheet.pictures for sheet in sheets) == len(PICTURE_NAMES)
    assert not [
        number
        for number, sheet in enumerate(sheets, start=1)
        if not sheet.pictures and len(sheet.text) < FEWEST_LETTERS
    ]


def test_map_and_numbers_are_on_the_first_sheet(sheets: list[PrintedSheet]):
    first = sheets[0]
    assert first.pictures == 1
    for words in ("MotionofthedamforWaterBoard", "180measuredpoints", "medianuncertainty",
                  "goodinterferograms"):  # fmt: skip
        assert words in first.text
    assert "1Thedata" in sheets[1].text


def test_nothing_is_wider_than_the_paper(browser: WebDriver, page: Path, paper: str):
    browser.get(page.as_uri())
    size = {"width": WIDEST_PX[paper], "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    width = browser.execute_script("return document.documentElement.clientWidth")
    assert 0.95 * size["width"] < width <= size["width"]  # without the bar beside it
    assert browser.execute_script(WIDER) == []
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_the_page_fits_a_telephone(browser: WebDriver, page: Path):
    """Wide tables may be moved sideways inside their section, the page itself is not wider."""
    browser.get(page.as_uri())
    size = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
