"""The table of earlier keys in ``docs/coming_from.md`` (made by ``generate_tables.py``)."""

from __future__ import annotations

from pystamps.config.earlier import EARLIER_KEYS


def page_with_earlier_keys(page: str) -> str:
    """Put the table between its marks in a page."""
    before, begin, rest = page.partition("<!-- earlier keys -->\n")
    _, end, after = rest.partition("<!-- end earlier keys -->\n")
    if not (begin and end):
        raise ValueError("docs/coming_from.md has no marks <!-- earlier keys -->")
    table = ["| key | today | |", "|---|---|---|"]
    for item in EARLIER_KEYS:
        today = f"`{item.present}`" if item.present else ""
        table.append(f"| `{item.key}` | {today} | {item.note} |")
    return "\n".join([f"{before}{begin}", *table, "", f"{end}{after}"])
