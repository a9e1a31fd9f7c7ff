"""The viewer on this machine: the page, its script and style, and the points."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from pystamps.viewer.page import BUILT, PAGE
from pystamps.web.guard import Access, Guard, refused

_FILES = {
    "/": (PAGE, "text/html"),
    "/viewer.js": (BUILT / "viewer.js", "text/javascript"),
    "/viewer.css": (BUILT / "viewer.css", "text/css"),
}


def viewer_app(payload: bytes, access: Access) -> ASGIApp:
    """Make the application of a viewer, behind the guard of the console.

    Parameters
    ----------
    payload : bytes
        What the page shows.
    access : Access
    """

    async def points(request: Request) -> Response:
        return Response(payload, media_type="application/octet-stream")

    async def page_file(request: Request) -> Response:
        path, kind = _FILES[request.url.path]
        return FileResponse(path, media_type=kind)

    async def not_found(request: Request, error: Exception) -> Response:
        return refused(404, "there is nothing under this address")

    routes = [Route(path, page_file) for path in _FILES] + [Route("/points", points)]
    application = Starlette(routes=routes, exception_handlers={404: not_found})
    application.router.redirect_slashes = False
    return Guard(application, access)
