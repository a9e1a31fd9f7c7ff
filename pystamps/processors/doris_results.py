"""Result files of Doris (versions 4 and 5): sections of the steps, and what they say of images."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pystamps.processors.rasters import SampleKind

_SECTION = re.compile(
    r"^\*\s*_Start_(?P<name>\w+)[^\n]*\n(?P<body>.*?)"
    r"(?=^\*\s*_?End_(?P=name)\b|^\*\s*_Start_|\Z)(?P<end>\*\s*_?End_(?P=name)[^\n]*)?",
    flags=re.MULTILINE | re.DOTALL,
)
_KEY = re.compile(r"^\s*(?P<key>[A-Za-z_]+)[^:\n]*:\s*(?P<value>.*?)\s*$", flags=re.MULTILINE)
_WINDOW = ("First_pixel", "Last_pixel", "First_line", "Last_line")
_FORMATS: dict[str, SampleKind] = {
    "complex_real4": "complex float",
    "complex_short": "complex int16",
}


@dataclass(frozen=True, slots=True)
class DorisSection:
    """What one step has written.

    Attributes
    ----------
    name : str
    entries : mapping
        First word of the key (``First_line`` of ``First_line (w.r.t. original_image)``) to the
        text behind the colon; the first of several equal keys.
    """

    name: str
    entries: Mapping[str, str] = field(default_factory=dict)

    @property
    def size(self) -> tuple[int, int] | None:
        """Samples and lines of the window of the section, None where it says none."""
        words = [self.entries.get(key, "").split()[:1] for key in _WINDOW]
        if not all(word and word[0].isdigit() for word in words):
            return None
        first_pixel, last_pixel, first_line, last_line = (int(word[0]) for word in words)
        size = last_pixel - first_pixel + 1, last_line - first_line + 1
        return size if min(size) > 0 else None

    @property
    def sample_kind(self) -> SampleKind | None:
        """Sample format of the image of the section, None where it says none that is known."""
        return _FORMATS.get(self.entries.get("Data_output_format", ""))


def doris_sections(text: str) -> dict[str, DorisSection]:
    """Give the sections of a result file by the name of their step.

    Of a step that was done again the last section counts that was finished (``End_crop``).
    """
    finished: dict[str, DorisSection] = {}
    begun: dict[str, DorisSection] = {}
    for found in _SECTION.finditer(text):
        entries: dict[str, str] = {}
        for line in _KEY.finditer(found["body"]):
            entries.setdefault(line["key"], line["value"])
        section = DorisSection(found["name"], entries)
        (finished if found["end"] else begun)[section.name] = section
    return begun | finished


def image_section(sections: Mapping[str, DorisSection]) -> DorisSection | None:
    """Give the section that decides size and format of the image that StaMPS reads.

    That of the oversampling, else that of the crop; later steps have windows of their own.
    """
    return sections.get("oversample") or sections.get("crop")
