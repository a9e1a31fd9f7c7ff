"""The notebook of the tour as a page of the site: its text and its code, cell by cell."""

from __future__ import annotations

import json
from pathlib import Path

PAGE = Path("docs") / "tutorials" / "notebook.md"
NOTEBOOK = Path("docs") / "tutorials" / "python.ipynb"

_ORIGIN = (
    "This is the notebook [python.ipynb](python.ipynb) for reading; open that file in Jupyter to "
    "run it. A test runs all its cells."
)


def notebook_page(checkout: Path) -> str:
    """Give the text of the page."""
    cells = json.loads((checkout / NOTEBOOK).read_text())["cells"]
    title, *others = [_cell_text(cell) for cell in cells]
    heading, _, rest = title.partition("\n")
    return "\n\n".join([heading, _ORIGIN, rest.strip(), *others]) + "\n"


def _cell_text(cell: dict[str, object]) -> str:
    text = "".join(cell["source"]).rstrip()  # type: ignore[arg-type]
    return f"```python\n{text}\n```" if cell["cell_type"] == "code" else text
