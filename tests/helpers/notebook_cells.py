"""Cells of a notebook and blocks of a page, run as a notebook runs them, without its packages."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def cells_of(path: Path) -> list[dict[str, Any]]:
    """Give the cells of a notebook."""
    found: list[dict[str, Any]] = json.loads(path.read_text())["cells"]
    return found


def code_of_cells(path: Path) -> list[str]:
    """Give the code of a notebook, cell by cell."""
    return ["".join(cell["source"]) for cell in cells_of(path) if cell["cell_type"] == "code"]


def python_blocks(page: Path) -> list[str]:
    """Give the blocks of Python of a page."""
    return re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


def shown_by(cells: Iterable[str], names: dict[str, Any]) -> list[str]:
    """Run cells one after the other; give what a notebook would show below each, as text.

    Parameters
    ----------
    cells : iterable of str
    names : dict
        What the cells find and leave.
    """
    shown = []
    for number, code in enumerate(cells, start=1):
        body = ast.parse(code).body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        file = f"<cell {number}>"
        exec(compile(ast.Module(body, []), file, "exec"), names)
        value = None
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), file, "eval"), names)
        html = getattr(value, "_repr_html_", None)
        page = html() if html else None
        shown.append("" if value is None else page or repr(value))
    return shown
