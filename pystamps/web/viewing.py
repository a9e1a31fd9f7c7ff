"""The viewer on this machine: the page, its script and style, and the points."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from pystamps.errors import ParameterError
from pystamps.viewer import answers
from pystamps.viewer.large_table import LargeTable
from pystamps.viewer.page import BUILT, PAGE
from pystamps.web.guard import Access, AsciiJSONResponse, Guard, refused

_FILES = {
    "/": (PAGE, "text/html"),
    "/viewer.js": (BUILT / "viewer.js", "text/javascript"),
    "/viewer.css": (BUILT / "viewer.css", "text/css"),
}
_BYTES = "application/octet-stream"
_ANSWERS: dict[str, Callable[[answers.Query, LargeTable], dict[str, Any]]] = {
    "/summary": answers.summary_answer,
    "/histogram": answers.histogram_answer,
    "/nearest": answers.nearest_answer,
    "/point": answers.point_answer,
    "/polygon": answers.polygon_answer,
    "/profile": answers.profile_answer,
    "/reference": answers.reference_answer,
}


def viewer_app(payload: bytes, access: Access, table: LargeTable | None = None) -> ASGIApp:
    """Make the application of a viewer, behind the guard of the console.

    Parameters
    ----------
    payload : bytes
        What the page shows.
    access : Access
    table : LargeTable or None
        What the page asks for while it is looked at; None = all is in the payload.
    """

    async def points(request: Request) -> Response:
        return Response(payload, media_type=_BYTES)

    async def page_file(request: Request) -> Response:
        path, kind = _FILES[request.url.path]
        return FileResponse(path, media_type=kind)

    async def no_icon(request: Request) -> Response:
        return Response(status_code=204)  # browsers ask for one

    async def not_found(request: Request, error: Exception) -> Response:
        return refused(404, "there is nothing under this address")

    async def bad_request(request: Request, error: Exception) -> Response:
        return refused(400, str(error))

    routes = [Route(path, page_file) for path in _FILES] + [
        Route("/points", points), Route("/favicon.ico", no_icon),
    ]  # fmt: skip
    routes += [] if table is None else _routes_of_table(table)
    handlers = {404: not_found, ParameterError: bad_request}
    application = Starlette(routes=routes, exception_handlers=handlers)
    application.router.redirect_slashes = False
    return Guard(application, access)


def _routes_of_table(table: LargeTable) -> list[Route]:
    """Answer what a page asks while it is looked at, each in a thread of its own."""

    def tile(request: Request) -> Response:
        return Response(answers.tile_answer(request.query_params, table), media_type=_BYTES)

    def answer(request: Request) -> Response:
        return AsciiJSONResponse(_ANSWERS[request.url.path](request.query_params, table))

    def taken(request: Request) -> Response:
        query = request.query_params
        with tempfile.TemporaryDirectory(prefix="pystamps-view-") as folder:
            file = answers.table_answer(query, query.getlist("polygon"), table, Path(folder))
            return Response(file.read_bytes(), media_type="text/csv")

    return [Route("/tile", tile), Route("/table.csv", taken)] + [
        Route(path, answer) for path in _ANSWERS
    ]
