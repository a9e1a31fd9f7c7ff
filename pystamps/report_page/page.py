"""The report as one HTML file: pictures and style inside, nothing from elsewhere."""

from __future__ import annotations

import base64
import math
from datetime import UTC, datetime
from pathlib import Path

from threadpoolctl import threadpool_limits

from pystamps import __version__
from pystamps.config import RunConfig
from pystamps.errors import ParameterError
from pystamps.io.atomic import temporary_beside
from pystamps.io.bounded_text import read_bounded
from pystamps.products.notable_points import NEIGHBOURS
from pystamps.report_page.contents import ReportContents, ReportRequest, report_contents
from pystamps.report_page.report_pictures import pictures_of_report
from pystamps.visible import visible_line

LARGEST_REPORT = 10_000_000
"""Bytes of a report: pictures, a logo and texts, each with a limit of its own, are less."""

LONGEST_HEADING = 200
"""Letters of a title and of the name of a client."""

LARGEST_LOGO = 500_000
"""Bytes."""

MADE_BY_REPORT = "pystamps report"
_MARKS = (
    f'<meta name="generator" content="{MADE_BY_REPORT}">'.encode(),
    b"<title>Snakemake Report</title>",  # earlier versions had Snakemake make report.html
)
_HEAD_BYTES = 4000
_LONGEST_TEXT = 600
_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg"}


def write_report_page(config: RunConfig, page: Path, request: ReportRequest) -> ReportContents:
    """Write the report of a finished data set; give what it says.

    Parameters
    ----------
    config : RunConfig
        Its data set has a table of points.
    page : Path
        File to write; it appears complete or not at all.
    request : ReportRequest

    Raises
    ------
    PystampsError
        A result is missing or damaged, the request is wrong, or the file is somebody else's.
    """
    refuse_report(page, request)
    # what it multiplies has few columns: a second thread would wait, at the price of a processor
    with threadpool_limits(1, user_api="blas"):
        contents = report_contents(config, request)
        text = report_page_text(contents, request)
    with temporary_beside(page) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return contents


def refuse_report(page: Path, request: ReportRequest) -> None:
    """Refuse a place or a request before anything is computed.

    Parameters
    ----------
    page : Path
    request : ReportRequest

    Raises
    ------
    ParameterError
        There is no such folder, another file has the name, a heading is too long, or the logo is
        no picture.
    """
    if not page.absolute().parent.is_dir():
        raise ParameterError(f"{page}: there is no folder {page.parent}; make it first")
    if page.is_dir():
        raise ParameterError(f"{page}: is a folder; give the name of a file, such as report.html")
    if page.exists():
        with page.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
        if not any(mark in head for mark in _MARKS):
            raise ParameterError(
                f"{page}: is no report of pySTAMPS and is not replaced; give another name (-o)"
            )
    for name in ("title", "client"):
        found = len(getattr(request, name))
        if found > LONGEST_HEADING:
            raise ParameterError(
                f"--{name}: has {found} letters; at most {LONGEST_HEADING} fit on the first page"
            )
    if request.logo is not None:
        logo_address(request.logo)


def logo_address(path: Path) -> str:
    """Give a logo as a data address.

    Parameters
    ----------
    path : Path

    Raises
    ------
    ParameterError
        It cannot be read, is too large, or is no PNG or JPEG.
    """
    content = read_bounded(path, most=LARGEST_LOGO, error=ParameterError)
    kind = next((kind for mark, kind in _SIGNATURES.items() if content.startswith(mark)), "")
    if not kind:
        raise ParameterError(f"{path}: is no PNG and no JPEG; convert the logo to one of them")
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def report_page_text(contents: ReportContents, request: ReportRequest) -> str:
    """Give the page; nothing that comes from a data set or a user is ever HTML.

    Parameters
    ----------
    contents : ReportContents
    request : ReportRequest
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("pystamps.report_page", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": short_number, "said": said_text, "source": named_source}
    return environment.get_template("report.html").render(
        c=contents,
        about=contents.table.about,
        numbers=contents.numbers,
        request=request,
        title=request.title or default_title(contents),
        logo=logo_address(request.logo) if request.logo else "",
        pictures=pictures_of_report(contents),
        generator=MADE_BY_REPORT,
        version=__version__,
        neighbours=NEIGHBOURS,
        made=datetime.now(tz=UTC).strftime("%Y-%m-%d"),
        n_dropped=len(str(contents.table.about.get("dropped_dates", "")).split()),
    )


def default_title(contents: ReportContents) -> str:
    """Give the title of a report that nobody has given one."""
    return f"Ground motion from radar satellites: {contents.name}"


def short_number(value: float | None, digits: int = 1, unknown: str = "–") -> str:
    """Give a number for people: thousands apart, zero without minus, a dash for none.

    Parameters
    ----------
    value : float or None
    digits : int
        After the point.
    unknown : str
        For None, NaN and infinity.
    """
    if value is None or not math.isfinite(value):
        return unknown
    return f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", "−")


def named_source(source: str) -> str:
    """Give where a value comes from, without the folders of whoever has processed the data."""
    return said_text(Path(source).name if Path(source).is_absolute() else source)


def said_text(value: object) -> str:
    """Give a text of a data set as one line of bounded length, without characters that act."""
    text = visible_line(str(value))
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]} …"
