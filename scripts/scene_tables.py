"""The tables of scene settings in ``docs/simulator.md`` (made by ``generate_tables.py``)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from pystamps.config.setting import Setting
from pystamps.simulate.scene_settings import limits_in_words, scene_settings, source_settings

_HEAD = ["| name | default | unit | allowed | meaning |", "|---|---|---|---|---|"]


def page_with_scene_settings(page: str) -> str:
    """Put the tables between their marks in a page."""
    before, begin, rest = page.partition("<!-- scene settings -->\n")
    _, end, after = rest.partition("<!-- end scene settings -->\n")
    if not (begin and end):
        raise ValueError("docs/simulator.md has no marks <!-- scene settings -->")
    tables = [*_table(scene_settings()), "", "Sources (`kind` says which) and their time function:"]
    tables += ["", *_table(source_settings())]
    return "\n".join([f"{before}{begin}", *tables, "", f"{end}{after}"])


def _table(settings: Iterable[Setting]) -> list[str]:
    return [*_HEAD, *(_row(item) for item in settings)]


def _row(item: Setting) -> str:
    info, default = item.info, _shown(item.default)
    allowed, meaning = limits_in_words(info), info.meaning.rstrip(".")
    return f"| `{item.key}` | {default} | {info.unit} | {allowed} | {meaning} |"


def _shown(value: Any) -> str:
    """Give a default as a scene file has it; sources are shown by their number."""
    if value is dataclasses.MISSING:
        return "needed"
    if isinstance(value, tuple):
        if value and dataclasses.is_dataclass(value[0]):
            return f"{len(value)} bowls"
        return f"`[{', '.join(f'{x:g}' for x in value)}]`"
    if isinstance(value, bool) or value is None:
        return {True: "`true`", False: "`false`", None: "`null`"}[value]
    return f"`{value:.4g}`" if isinstance(value, float) else f"`{value}`"
