"""The documentation site: complete, without dead ends, and without a request to another host."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from chromium import chromium_window, wait_until
from documented import block_in
from trees import CHECKOUT

from pictures import FOLDER, MOST_BYTES, PICTURES, make_pictures
from pystamps.config import RunConfig
from pystamps.pipeline.report import draw_figures
from wrap_documents import documents

FIRST_PAGE = CHECKOUT / "docs" / "index.md"
OUTSIDE = re.compile(r"(?:https?:)?//")
ADDED = {"docs/index.md", "README.md"}
"""The page with the navigation, and what the package index shows instead of it."""


def navigated_pages() -> list[str]:
    """Give the pages that the navigation names, in its order."""
    text = FIRST_PAGE.read_text()
    entries = re.findall(r"^```\{toctree\}\n(.*?)^```", text, re.M | re.S)
    names = [line for block in entries for line in block.splitlines() if line and line[0] != ":"]
    found: list[str] = []
    for name in names:
        paths = sorted(FIRST_PAGE.parent.glob(f"{name}.md"))
        assert paths, f"docs/index.md: {name} is no page"
        found += [str(path.resolve().relative_to(CHECKOUT)) for path in paths]
    return list(dict.fromkeys(found))


def test_every_document_is_in_the_navigation() -> None:
    there = {str(path.relative_to(CHECKOUT)) for path in documents()} | {"CHANGELOG.md"}
    missing = there - ADDED - set(navigated_pages())
    assert not missing, f"put {missing} into a toctree of docs/index.md"


@pytest.mark.parametrize("picture", PICTURES)
def test_a_picture_of_the_documents_is_there_and_small(picture: str) -> None:
    assert 0 < (FOLDER / f"{picture}.png").stat().st_size <= MOST_BYTES


def test_every_picture_is_made_by_the_script_and_shown() -> None:
    texts = [path.read_text() for path in documents()]
    shown = {name for text in texts for name in re.findall(r"pictures/([\w-]+)\.png", text)}
    assert {path.stem for path in FOLDER.iterdir()} == set(PICTURES) == shown


def test_links_of_the_readme_work_on_the_package_index() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    hook = project["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]
    text = (CHECKOUT / "README.md").read_text()
    for change in hook["substitutions"]:
        text = re.sub(change["pattern"], change["replacement"], text)
    links = re.findall(r"\]\(([^)]+)\)", text) + re.findall(r'(?:src|href)="([^"]+)"', text)
    assert links
    assert not [link for link in links if not link.startswith(("https://", "#"))]
    assert "docs/" in (CHECKOUT / "README.md").read_text()
    assert not re.search(r"\]\(docs/", text)


class Fetched(HTMLParser):
    """Collects what a page fetches by itself, and where its links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("src", "srcset", "poster", "data") or (tag, name) == ("link", "href"):
                self.addresses.append(value or "")
            if (tag, name) == ("a", "href"):
                self.links.append(value or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as ``make docs`` builds it: every warning is an error."""
    folder = tmp_path_factory.mktemp("site")
    command = "--quiet --fail-on-warning --keep-going -c docs"
    assert "sphinx-build --quiet --fail-on-warning -c docs" in (CHECKOUT / "Makefile").read_text()
    found = subprocess.run(
        [sys.executable, "-m", "sphinx", *command.split(), "-d", f"{folder}/work", ".",
         f"{folder}/html"],
        cwd=CHECKOUT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr[-5000:]
    return folder / "html"


@pytest.mark.slow
def test_the_site_builds_without_a_warning(site: Path) -> None:
    assert {f"{page.removesuffix('.md')}.html" for page in navigated_pages()} <= {
        str(path.relative_to(site)) for path in site.rglob("*.html")
    }
    assert "url=docs/index.html" in (site / "index.html").read_text()


@pytest.mark.slow
def test_pages_fetch_nothing_from_other_hosts(site: Path) -> None:
    outside = {}
    for path in site.rglob("*.html"):
        page = Fetched()
        page.feed(path.read_text())
        outside[path] = [a for a in page.addresses if OUTSIDE.match(a)]
        assert path.name in ("index.html", "search.html", "genindex.html") or page.links
    for path in site.rglob("*.css"):
        text = path.read_text()
        outside[path] = re.findall(r"(?:url\(|@import)\s*['\"]?((?:https?:)?//[^'\")]+)", text)
    assert len(outside) > 40
    assert not {path: found for path, found in outside.items() if found}


@pytest.mark.slow
def test_the_search_works_without_a_server_and_without_other_hosts(site: Path) -> None:
    with chromium_window(1200, 800) as browser:
        browser.execute_cdp_cmd("Network.enable", {})
        without_network = {"offline": True, "latency": 0, "downloadThroughput": 0}
        browser.execute_cdp_cmd(
            "Network.emulateNetworkConditions", {**without_network, "uploadThroughput": 0}
        )
        browser.get(f"{(site / 'search.html').as_uri()}?q=weed_standard_dev")
        found = "return [...document.querySelectorAll('ul.search li a')].map(a => a.textContent)"
        wait_until(  # one page after the other appears
            browser,
            lambda: any("Stage 4" in title for title in browser.execute_script(found)),
        )
        fetched = browser.execute_script(
            "return [...document.querySelectorAll('script[src], img[src], link[href]')]"
            ".map(element => element.src || element.href)"
        )
        assert fetched and all(name.startswith("file://") for name in fetched), fetched


@pytest.mark.slow
def test_the_script_makes_all_pictures_from_a_finished_data_set(
    finished: Path, tmp_path: Path
) -> None:
    if shutil.which("chromium") is None:
        pytest.skip("no chromium here (Debian: chromium), which draws the picture of the viewer")
    assert draw_figures(RunConfig(finished), cores=2)
    made = make_pictures(finished, tmp_path / "pictures")
    assert [path.stem for path in made] == list(PICTURES)
    assert all(0 < path.stat().st_size <= MOST_BYTES for path in made)


def test_the_example_in_pandas_works(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.move(finished, tmp_path / "D")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    page = CHECKOUT / "docs" / "howto" / "other_programs.md"
    exec(block_in(page, "python", "pystamps.open"), names)
    assert len(names["dates"]) == len(names["series"]) > 10
    assert names["series"].shape[1] == len(names["fastest"]) == min(10, len(names["frame"]))
