"""Wrap prose in the documents that is wider than people read it.

Tables, code, headings, comments and lines of one word stay as they are; so does every paragraph
none of whose lines is too wide, so that a change touches little::

    python scripts/wrap_documents.py           wrap
    python scripts/wrap_documents.py --check   fail where something would be wrapped
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
WIDEST = 120
"""Columns of a line of prose that is left alone."""
WIDTH = 100
"""Columns to which a paragraph is wrapped."""

_ITEM = re.compile(r"(?P<indent> *)(?P<mark>[-*+] |\d+\. )?")
_BREAKABLE = re.compile(r"`[^`\n]+`|\[[^\]\n]*\]\([^)\n]*\)")
_HELD_BY = "Held by: "
"""Begins the lists of tests of docs/decisions.md, which are no prose."""


def documents() -> list[Path]:
    """Give all documents of the checkout."""
    found = [CHECKOUT / name for name in ("README.md", "CONTRIBUTING.md", "config/README.md")]
    found += [CHECKOUT / "kernels" / "pystamps_kernels" / "README.md"]
    return [*found, *sorted((CHECKOUT / "docs").rglob("*.md"))]


def wrapped(text: str) -> str:
    """Give a document whose wide paragraphs are wrapped.

    Code and links are not broken: a blank within them would be a new line of the source.
    """
    lines = []
    for is_prose, stretch in groupby(_marked(text.split("\n")), key=lambda pair: pair[0]):
        found = [line for _, line in stretch]
        lines += _paragraphs(found) if is_prose else found
    return "\n".join(lines)


def wide_lines(text: str) -> list[str]:
    """Give the lines of prose that are too wide and can be broken."""
    kept = set(wrapped(text).split("\n"))
    return [line for line in text.split("\n") if len(line) > WIDEST and line not in kept]


def _marked(lines: list[str]) -> Iterator[tuple[bool, str]]:
    """Tell prose from code, tables, headings, comments and blank lines."""
    fence = ""
    for line in lines:
        mark = re.match(r"\s*(```+|~~~+|:::+)", line)
        if mark:
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
            yield False, line
            continue
        other = re.match(r"\s*(\||#|<|\$\$|$|-{3,}$|={3,}$|!\[|\{)", line)
        yield not fence and not other and not line.startswith(_HELD_BY), line


def _paragraphs(lines: list[str]) -> list[str]:
    """Wrap a stretch of prose, item by item."""
    items: list[list[str]] = []
    for line in lines:
        begins_item = bool(_ITEM.match(line)["mark"])  # type: ignore[index]
        ends_with_break = bool(items) and items[-1][-1].endswith(("  ", "\\"))
        if begins_item or ends_with_break or not items:
            items.append([line])
        else:
            items[-1].append(line)
    return [line for item in items for line in _item(item)]


def _item(lines: list[str]) -> list[str]:
    if all(len(line) <= WIDEST for line in lines):
        return lines
    first = _ITEM.match(lines[0])
    assert first is not None
    begin = first[0]
    rest = " " * len(begin)
    end = "  " if lines[-1].endswith("  ") else ""
    words = " ".join(line.strip() for line in lines)[len(begin.strip()) :].strip()
    held = _BREAKABLE.sub(lambda found: found[0].replace(" ", "\0"), words)
    filled = textwrap.wrap(
        held, WIDTH, initial_indent=begin, subsequent_indent=rest,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return [line.replace("\0", " ") for line in _without_false_marks(filled)[:-1]] + [
        f"{filled[-1]}{end}".replace("\0", " ")
    ]


def _without_false_marks(lines: list[str]) -> list[str]:
    """Keep words that would begin a list or a heading off the start of a line."""
    for number in range(1, len(lines)):
        while re.match(r"\s*([-*+#>|=]|\d+[.)])( |$)", lines[number]):
            indent = len(lines[number]) - len(lines[number].lstrip())
            head, _, moved = lines[number - 1].rpartition(" ")
            lines[number - 1] = head
            lines[number] = f"{' ' * indent}{moved} {lines[number].strip()}"
    return lines


def main() -> int:
    """Wrap all documents; with ``--check`` only say which ones would change."""
    wide = [path for path in documents() if wide_lines(path.read_text(encoding="utf-8"))]
    for path in wide:
        if "--check" in sys.argv[1:]:
            print(f"{path}: wide lines; run python scripts/wrap_documents.py", file=sys.stderr)
        else:
            path.write_text(wrapped(path.read_text(encoding="utf-8")), encoding="utf-8")
            print(f"wrapped {path.relative_to(CHECKOUT)}")
    return 1 if wide and "--check" in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
