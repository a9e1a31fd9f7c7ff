"""How Sphinx builds the documentation site: ``make docs``, into ``build/site``.

The sources are the Markdown files of the whole checkout, so that their links work alike here, in an
editor and where the repository is shown. Warnings are errors: a broken link, a heading that is
linked and not there, a page that no navigation names, a picture that is missing.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pystamps import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "pySTAMPS"
author = "pySTAMPS developers"
copyright = f"{datetime.now(UTC):%Y}, {author}; GPL-3.0-or-later"
version = release = __version__

root_doc = "docs/index"
include_patterns = [
    "docs/**.md",
    "config/README.md",
    "kernels/pystamps_kernels/README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
]
exclude_patterns = [".venv*", "build", "demo", "benchmark", "audit", "**/.*", "tests", "pystamps"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc"]
myst_heading_anchors = 4  # the anchors that GitHub gives headings
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_theme = "furo"
html_title = "pySTAMPS"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {"top_of_page_buttons": []}
highlight_language = "none"  # blocks without a name are formulas and listings
pygments_style = "friendly"
pygments_dark_style = "native"


def write_front_door(app: Sphinx, exception: Exception | None) -> None:
    """Let the folder of the site itself show the first page, which lies under ``docs/``."""
    if exception is None and app.builder.name == "html":
        address = f"{root_doc}.html"
        Path(app.outdir, "index.html").write_text(
            f'<!doctype html><meta charset="utf-8"><title>{project}</title>'
            f'<meta http-equiv="refresh" content="0; url={address}">'
            f'<a href="{address}">{project}</a>\n'
        )


def begin_proofs_on_a_new_line(app: Sphinx, page: str, source: list[str]) -> None:
    """Set the last line of a decision, the tests that hold it, apart from its text."""
    if page == "docs/decisions":
        source[0] = re.sub(r"\n(Held by: `)", r"\n\n\1", source[0])


def setup(app: Sphinx) -> None:
    """Connect what is ours."""
    app.connect("source-read", begin_proofs_on_a_new_line)
    app.connect("build-finished", write_front_door)
