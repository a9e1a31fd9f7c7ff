"""A page printed by Chromium: the text of every sheet, read from the PDF without other programs.

Chromium writes plain objects, every glyph as ``<hex> Tj``, and for each font a table from glyphs to
characters; that is all that is understood here.
"""

from __future__ import annotations

import base64
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

from selenium.webdriver.remote.webdriver import WebDriver

PAPERS = {"A4": (8.27, 11.69), "Letter": (8.5, 11.0)}
"""Width and height in inches."""

_OBJECT = re.compile(rb"(\d+) 0 obj\s(.*?)\sendobj", re.DOTALL)


@dataclass(frozen=True)
class PrintedSheet:
    """One sheet of paper: its text without white space, and how many pictures it shows."""

    text: str
    pictures: int


def printed_sheets(browser: WebDriver, page: Path, paper: str) -> list[PrintedSheet]:
    """Print a page of this machine on A4 or Letter and give its sheets."""
    browser.get(page.resolve().as_uri())
    width, height = PAPERS[paper]
    found = browser.execute_cdp_cmd(
        "Page.printToPDF",
        {"paperWidth": width, "paperHeight": height, "printBackground": True},
    )
    return sheets_of_pdf(base64.b64decode(found["data"]))


def sheets_of_pdf(content: bytes) -> list[PrintedSheet]:
    """Give the sheets of a PDF that Chromium has written."""
    objects = {int(number): body for number, body in _OBJECT.findall(content)}
    pages = [body for body in objects.values() if re.search(rb"/Type\s*/Page\b", body)]
    return [_sheet(body, objects) for body in pages]


def _sheet(page: bytes, objects: dict[int, bytes]) -> PrintedSheet:
    fonts = {
        name: _characters(objects[int(number)], objects)
        for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", page)
    }
    drawn = _stream(objects[int(_number(rb"/Contents", page))])
    text, font = [], {}
    for name, glyphs in re.findall(rb"/(F\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)> Tj", drawn):
        if name:
            font = fonts[name]
        else:
            text += [font.get(int(glyphs[k : k + 4], 16), "?") for k in range(0, len(glyphs), 4)]
    joined = "".join(text)
    without_ligatures = normalize("NFKC", joined)
    return PrintedSheet(re.sub(r"\s", "", without_ligatures), drawn.count(b" Do"))


def _number(key: bytes, body: bytes) -> bytes:
    found = re.search(key + rb" (\d+) 0 R", body)
    assert found is not None, (key, body[:200])
    return found[1]


def _stream(body: bytes) -> bytes:
    begin = body.index(b"stream") + len(b"stream")
    return zlib.decompressobj().decompress(body[begin:].lstrip(b"\r\n"))


def _characters(font: bytes, objects: dict[int, bytes]) -> dict[int, str]:
    """Give the characters of the glyphs of a font."""
    table = _stream(objects[int(_number(rb"/ToUnicode", font))]).decode("ascii")
    found: dict[int, str] = {}
    for block in re.findall(r"beginbfchar\n(.*?)endbfchar", table, re.DOTALL):
        for glyph, character in re.findall(r"<(\w+)> <(\w+)>", block):
            found[int(glyph, 16)] = bytes.fromhex(character).decode("utf-16-be")
    for block in re.findall(r"beginbfrange\n(.*?)endbfrange", table, re.DOTALL):
        for first, last, character in re.findall(r"<(\w+)> <(\w+)> <(\w+)>", block):
            for step in range(int(last, 16) - int(first, 16) + 1):
                found[int(first, 16) + step] = chr(int(character, 16) + step)
    return found
