"""KMZ for Google Earth: coloured points in levels of detail, the series of a point on a click.

Points are shared out over levels, the most coherent of each large square first, and every level
over tiles that a viewer reads when they are near enough. The chart of a series is drawn in SVG
inside the description of its point.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from pystamps.arrays import FloatArray, Index
from pystamps.dates import calendar_date
from pystamps.export.formats import ExportOptions
from pystamps.geo import llh2local
from pystamps.products.chosen import ChosenPoints
from pystamps.products.point_fits import PREFIX
from pystamps.progress import Progress
from pystamps.rows import taken_rows

_CLASSES = 21
_POINTS_OF_TILE = 500
_FIRST_TILE_M = 20_000.0
_PIXELS_OF_TILE = 256
"""Size on the screen from which a tile is shown."""
_TIME = (1980, 1, 1, 0, 0, 0)
"""Of the files in the archive: equal results are equal files."""
_RED, _WHITE, _BLUE = (178, 24, 43), (247, 247, 247), (33, 102, 172)
"""Away from, no motion, toward the satellite; can be told apart by the colour-blind."""
_ICON, _ICON_SIZE = "dot.png", 16
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">'


def write_kmz(path: Path, points: ChosenPoints, options: ExportOptions, progress: Progress) -> None:
    """Write points coloured by velocity, symmetric about 0 up to the 99th percentile."""
    velocity = points.columns["velocity"]
    known = np.flatnonzero(np.isfinite(velocity) & np.isfinite(points.place_lonlat).all(axis=1))
    limit = float(np.percentile(np.abs(velocity[known]), 99)) or 1.0
    tiles = list(_tiles(points, known))
    done = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        links = []
        for number, (rows, level) in enumerate(tiles):
            name = f"tiles/{number}.kml"
            _add(archive, name, _tile(points, rows, limit))
            links.append(_link(points, rows, name, level))
            done += rows.size
            progress(done, known.size)
        _add(archive, _ICON, _dot())
        _add(archive, "doc.kml", _document(points, limit, links))


def _tiles(points: ChosenPoints, known: Index) -> Iterator[tuple[Index, int]]:
    """Share points out: rows of a tile and its level, 0 = seen from far."""
    place = (
        llh2local(points.place_lonlat[known], np.mean(points.place_lonlat[known], axis=0)) * 1000
    )
    quality = np.nan_to_num(points.columns["coherence"][known], nan=-1.0)
    left, level, size = np.arange(known.size), 0, _FIRST_TILE_M
    while left.size:
        cells = np.floor(place[left] / size).astype(np.int64)
        order = np.lexsort((-quality[left], cells[:, 1], cells[:, 0]))
        starts = np.ones(order.size, dtype=np.bool_)
        starts[1:] = (np.diff(cells[order], axis=0) != 0).any(axis=1)
        first = np.flatnonzero(starts)
        rank = np.arange(order.size) - np.repeat(first, np.diff([*first, order.size]))
        for begin, end in zip(first, [*first[1:], order.size], strict=True):
            taken = order[begin : min(end, begin + _POINTS_OF_TILE)]
            yield np.sort(known[left[taken]]), level
        left = np.sort(left[order[rank >= _POINTS_OF_TILE]])
        level, size = level + 1, size / 2


def _tile(points: ChosenPoints, rows: Index, limit: float) -> str:
    """Give the points of a tile."""
    series = taken_rows(points.displacement, rows)
    velocity = points.columns["velocity"][rows]
    shade = np.clip((velocity / limit + 1) / 2 * (_CLASSES - 1), 0, _CLASSES - 1).round()
    body = [
        f"<Placemark><styleUrl>../doc.kml#c{int(colour)}</styleUrl>"
        f"<description><![CDATA[{_balloon(points, int(row), values)}]]></description>"
        f"<Point><coordinates>{x:.7f},{y:.7f}</coordinates></Point></Placemark>"
        for row, colour, values, (x, y) in zip(
            rows, shade, series, points.place_lonlat[rows], strict=True
        )
    ]
    return f"{_HEAD}<Document>{''.join(body)}</Document></kml>\n"


def _balloon(points: ChosenPoints, row: int, series: FloatArray) -> str:
    """Give what a click shows: numbers and the chart of the series."""
    columns = points.columns
    return (
        f"<b>point {columns['point_id'][row]}</b><br/>velocity {columns['velocity'][row]:.1f} "
        f"&#177; {columns['velocity_std'][row]:.1f} mm/yr (+ toward the satellite)<br/>coherence "
        f"{columns['coherence'][row]:.2f}, height above DEM {columns['dem_error'][row]:.1f} m<br/>"
        + _fit_lines(points, row)
        + _chart(points, series)
    )


def _fit_lines(points: ChosenPoints, row: int) -> str:
    """Give the columns of a fit, a line each."""
    return "".join(
        f"{name.removeprefix(PREFIX)} {points.columns[name][row]:.2f} {column.unit}<br/>"
        for name, column in points.fit_meanings.items()
    )


def _chart(points: ChosenPoints, series: FloatArray) -> str:
    """Give a chart of displacement over time as SVG."""
    width, height, margin = 360, 160, 34
    seen = np.isfinite(series)
    if seen.sum() < 2:
        return "no series"
    day = points.day - points.day[0]
    low, high = float(np.nanmin(series)), float(np.nanmax(series))
    span = max(high - low, 1.0)
    x = margin + day / max(float(day[-1]), 1.0) * (width - margin - 6)
    y = 8 + (high - series) / span * (height - margin - 8)
    dots = "".join(
        f'<circle cx="{a:.1f}" cy="{b:.1f}" r="2.5"/>'
        for a, b in zip(x[seen], y[seen], strict=True)
    )
    first, last = (calendar_date(d).isoformat() for d in (points.day[0], points.day[-1]))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="10" fill="#2166ac">'
        f'<rect x="{margin}" y="8" width="{width - margin - 6}" height="{height - margin - 8}" '
        f'fill="none" stroke="#999"/>{dots}<g fill="#333"><text x="0" y="16">{high:.0f} mm</text>'
        f'<text x="0" y="{height - margin}">{low:.0f} mm</text>'
        f'<text x="{margin}" y="{height - 14}">{first}</text>'
        f'<text x="{width - 64}" y="{height - 14}">{last}</text></g></svg>'
    )


def _link(points: ChosenPoints, rows: Index, name: str, level: int) -> str:
    """Give the link to a tile: it is read when its region is large enough on the screen."""
    (west, south), (east, north) = (f(points.place_lonlat[rows], axis=0) for f in (np.min, np.max))
    pad = 1e-4
    return (
        "<NetworkLink><Region><LatLonAltBox>"
        f"<north>{north + pad:.7f}</north><south>{south - pad:.7f}</south>"
        f"<east>{east + pad:.7f}</east><west>{west - pad:.7f}</west></LatLonAltBox>"
        f"<Lod><minLodPixels>{_PIXELS_OF_TILE if level else 0}</minLodPixels></Lod></Region>"
        f"<Link><href>{name}</href><viewRefreshMode>onRegion</viewRefreshMode></Link></NetworkLink>"
    )


def _document(points: ChosenPoints, limit: float, links: list[str]) -> str:
    """Give the entry of the archive: styles, legend in words, links to the tiles."""
    about = points.about
    words = escape(
        f"Velocity in the line of sight, mm/yr, + toward the satellite; colours from "
        f"{-limit:.1f} (red) to {limit:.1f} (blue). {about.get('value_type', '')}, without: "
        f"{about.get('taken_off', '')}; relative to {about.get('reference_area', '')}; "
        f"{about.get('first_date', '')} to {about.get('last_date', '')}"
    )
    styles = "".join(
        f'<Style id="c{k}"><IconStyle><color>{_colour(k)}</color><scale>0.4</scale><Icon><href>'
        f"{_ICON}</href></Icon></IconStyle>"
        "</Style>"
        for k in range(_CLASSES)
    )
    return (
        f"{_HEAD}<Document><name>pySTAMPS</name><description>{words}</description>{styles}"
        f"{''.join(links)}</Document></kml>\n"
    )


def _colour(number: int) -> str:
    """Give a colour of the scale as KML writes it: opacity, blue, green, red."""
    share = number / (_CLASSES - 1) * 2 - 1
    end = _BLUE if share > 0 else _RED
    mixed = [round(w + abs(share) * (e - w)) for w, e in zip(_WHITE, end, strict=True)]
    return "ff{2:02x}{1:02x}{0:02x}".format(*mixed)


def _dot() -> bytes:
    """Give a white disc as PNG, which the viewer colours."""
    at = np.arange(_ICON_SIZE) - (_ICON_SIZE - 1) / 2
    inside = np.hypot(*np.meshgrid(at, at)) <= _ICON_SIZE / 2 - 1
    grey_and_opacity = np.stack([np.full_like(inside, 255, np.uint8), inside * np.uint8(255)], -1)
    lines = b"".join(b"\0" + line.tobytes() for line in grey_and_opacity)
    header = struct.pack(">IIBBBBB", _ICON_SIZE, _ICON_SIZE, 8, 4, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _add(archive: zipfile.ZipFile, name: str, text: str | bytes) -> None:
    entry = zipfile.ZipInfo(name, _TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, text)
