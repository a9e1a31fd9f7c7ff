"""The viewer as one file that works offline: page, style, script and points."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from pystamps.export.formats import ExportOptions
from pystamps.products.chosen import ChosenPoints
from pystamps.progress import Progress
from pystamps.viewer.large_table import LargeTable
from pystamps.viewer.payload import streamed_payload, viewer_payload
from pystamps.viewer.scene_picture import scene_pictures
from pystamps.viewer.web_tiles import origin_of_tiles

BUILT = Path(__file__).parent / "built"
"""Script and style, built from ``viewer/`` (``make viewer``)."""

PAGE = BUILT.parent / "viewer.html"

_LINK_OF_STYLE = '<link rel="stylesheet" href="viewer.css">'
_LINK_OF_SCRIPT = '<script type="module" src="viewer.js"></script>'
_PLACE_OF_POLICY = "<!-- policy -->"
_PLACE_OF_POINTS = "<!-- points -->"


def write_viewer(
    path: Path, points: ChosenPoints, options: ExportOptions, progress: Progress
) -> None:
    """Write the page with everything in it.

    Its content security policy allows its own script and style, by their digests, and no
    request: neither to other hosts nor to files; where the options name a server of map tiles, its
    images.
    """
    image_source = origin_of_tiles(options.tiles) if options.tiles else ""
    payload = payload_of_dataset(points, options.dataset, progress, tiles=options.tiles)
    page = _whole(PAGE.read_text("utf-8"), image_source)
    before, after = page.split(_PLACE_OF_POINTS)
    with path.open("wb") as stream:
        stream.write(before.encode())
        stream.write(b'<script type="application/octet-stream" id="points">')
        stream.write(base64.b64encode(payload))
        stream.write(b"</script>")
        stream.write(after.encode())


def payload_of_dataset(
    points: ChosenPoints, root: Path | None, progress: Progress, *, tiles: str = ""
) -> bytes:
    """Give what the page shows: points, and what is known of the scene behind them."""
    title = "points" if root is None else root.resolve().name
    return viewer_payload(points, title, scene_pictures(root, points), progress, tiles=tiles)


def payload_of_table(table: LargeTable, root: Path, *, tiles: str = "") -> bytes:
    """Give what a page needs that asks its server for the points."""
    pictures = scene_pictures(root, table.points)
    return streamed_payload(table.points, root.resolve().name, pictures, table.place, tiles=tiles)


def _whole(page: str, image_source: str) -> str:
    """Put style, script and policy into the page in the place of the links."""
    style = (BUILT / "viewer.css").read_text("utf-8")
    script = (BUILT / "viewer.js").read_text("utf-8")
    policy = (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        f"img-src data: blob:{image_source and ' ' + image_source}; base-uri 'none'; "
        "form-action 'none'"
    )
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    for place, content in (
        (_PLACE_OF_POLICY, meta),
        (_LINK_OF_STYLE, f"<style>{style}</style>"),
        (_LINK_OF_SCRIPT, f'<script type="module">{script}</script>'),
    ):
        before, found, after = page.partition(place)
        if not found:
            raise ValueError(f"{PAGE} has no {place}")
        page = before + content + after
    return page


def _digest(text: str) -> str:
    """Name a text in a content security policy."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
