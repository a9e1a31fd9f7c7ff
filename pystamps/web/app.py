"""The application: what is answered under which address."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from pystamps.audit.coverage import stage_coverage
from pystamps.errors import DatasetError, ParameterError, PystampsError
from pystamps.web import views
from pystamps.web.arguments import (
    preparation_arguments,
    run_arguments,
    verification_arguments,
)
from pystamps.web.children import Children
from pystamps.web.folders import find_folders
from pystamps.web.guard import Access, AsciiJSONResponse, Guard, refused
from pystamps.web.roots import OutsideRootsError, Roots
from pystamps_kernels import BackendUnavailableError

_STATIC = Path(__file__).parent / "static"
_PAGE = {
    "/": ("index.html", "text/html"),
    "/console.css": ("console.css", "text/css"),
    "/favicon.ico": ("icon.svg", "image/svg+xml"),
}
_MODULES = ("console", "parts", "live", "overview", "work", "results")
_MOST_BYTES = 65536
_SECONDS_BETWEEN_EVENTS = 1.0
_SECONDS_TO_PLAN = 300.0
_SECONDS_TO_VERIFY = 3600.0

_Answer = Callable[[Request], Awaitable[Response]]


def console_app(roots: Roots, access: Access, scratch: Path) -> ASGIApp:
    """Make the application of a console.

    Parameters
    ----------
    roots : Roots
    access : Access
    scratch : Path
        Folder for the output of commands.

    Returns
    -------
    ASGI application
        Behind its guard.
    """
    console = _Console(roots, Children(scratch))
    gets = {
        "/api/datasets": console.datasets,
        "/api/status": console.status,
        "/api/results": console.results,
        "/api/doctor": console.doctor,
        "/api/parameters": console.parameters,
        "/api/preparation": console.preparation,
        "/api/coverage": console.coverage,
        "/api/runs": console.runs,
        "/api/runs/{run_id}": console.run,
        "/api/log": console.log,
    }
    posts = {
        "/api/plan": console.plan_run,
        "/api/runs": console.start_run,
        "/api/stop": console.stop_run,
        "/api/prepare": console.start_preparation,
        "/api/verify": console.verify,
    }
    routes = [Route(path, _page(*file)) for path, file in _PAGE.items()]
    routes += [Route(f"/{name}.js", _page(f"{name}.js", "text/javascript")) for name in _MODULES]
    routes += [Route(path, _getting(answer), methods=["GET"]) for path, answer in gets.items()]
    routes += [Route(path, _posting(answer), methods=["POST"]) for path, answer in posts.items()]
    routes += [
        Route("/api/events", console.events),
        Route("/figures/{name}", console.figure),
        Route("/report", console.report),
    ]
    application = Starlette(routes=routes, exception_handlers={404: _not_found})
    application.router.redirect_slashes = False  # an address is right or wrong
    return Guard(application, access)


def _page(name: str, kind: str) -> _Answer:
    """Make the answer with a file of the page."""

    async def answer(request: Request) -> Response:
        return FileResponse(_STATIC / name, media_type=kind)

    return answer


def _getting(answer: Callable[[Request], Any]) -> _Answer:
    """Make the answer to a question: in a thread, as JSON, errors of the user as such."""

    async def answered(request: Request) -> Response:
        try:
            return AsciiJSONResponse(await run_in_threadpool(answer, request))
        except (PystampsError, BackendUnavailableError) as error:
            return _refusal(error)

    return answered


def _posting(answer: Callable[[Mapping[str, Any]], Any]) -> _Answer:
    """Make the answer to an order, which is a JSON object of bounded size."""

    async def answered(request: Request) -> Response:
        try:
            asked = await _json_body(request)
            return AsciiJSONResponse(await run_in_threadpool(answer, asked))
        except (PystampsError, BackendUnavailableError) as error:
            return _refusal(error)

    return answered


async def _json_body(request: Request) -> Mapping[str, Any]:
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > _MOST_BYTES:
            raise ParameterError(f"the request is longer than {_MOST_BYTES} bytes")
    try:
        asked = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ParameterError(f"the request is no JSON: {error}") from error
    if not isinstance(asked, dict):
        raise ParameterError("the request is no JSON object")
    return asked


def _refusal(error: Exception) -> Response:
    status = 403 if isinstance(error, OutsideRootsError) else 400
    return refused(status, str(error))


async def _not_found(request: Request, error: Exception) -> Response:
    return refused(404, "there is nothing under this address")


class _Console:
    """The answers."""

    def __init__(self, roots: Roots, children: Children) -> None:
        self._roots = roots
        self._children = children

    def _folder(self, asked: Mapping[str, Any], name: str = "dataset") -> Path:
        """Give the folder that a request names."""
        text = asked.get(name)
        if not isinstance(text, str):
            raise ParameterError(f"{name}: is not given; expected the path of a folder")
        return self._roots.directory(text)

    def datasets(self, request: Request) -> Any:
        found = find_folders(self._roots)
        return {
            "roots": [str(folder) for folder in self._roots.folders],
            "folders": views.json_values(found.folders),
            "is_complete": found.is_complete,
        }

    def status(self, request: Request) -> Any:
        return views.status_view(self._folder(request.query_params))

    def results(self, request: Request) -> Any:
        return views.results_view(self._roots, self._folder(request.query_params))

    def doctor(self, request: Request) -> Any:
        is_quick = request.query_params.get("quick", "true") != "false"
        return views.doctor_view(self._folder(request.query_params), quick=is_quick)

    def parameters(self, request: Request) -> Any:
        return views.parameters_view(self._folder(request.query_params))

    def preparation(self, request: Request) -> Any:
        asked = request.query_params
        patches = asked.get("patches", "1x1")
        return views.preparation_view(self._folder(asked), asked.get("processor", ""), patches)

    def coverage(self, request: Request) -> Any:
        return views.json_values(stage_coverage())

    def runs(self, request: Request) -> Any:
        """All runs of a data set, or of all data sets below the roots."""
        if "dataset" in request.query_params:
            return views.history_view(self._folder(request.query_params))
        found = find_folders(self._roots).folders
        folders = [item.path for item in found if item.kind == "data set" and not item.problem]
        rows = [
            row | {"dataset": str(folder)}
            for folder in folders
            for row in views.history_view(folder)
        ]
        return sorted(rows, key=lambda row: str(row["id"]), reverse=True)

    def run(self, request: Request) -> Any:
        root = self._folder(request.query_params)
        return views.run_view(self._roots, root, request.path_params["run_id"])

    def log(self, request: Request) -> Any:
        asked = request.query_params
        root = self._folder(asked)
        return views.log_view(self._roots, root, asked.get("rule", ""), asked.get("patch", ""))

    def plan_run(self, asked: Mapping[str, Any]) -> Any:
        """A dry run."""
        root = self._folder(asked)
        arguments = [*run_arguments(root, {**asked, "kind": "run"}), "--dry-run", "--json"]
        return self._children.answer_of(arguments, timeout_s=_SECONDS_TO_PLAN)

    def start_run(self, asked: Mapping[str, Any]) -> Any:
        root = self._folder(asked)
        return _started(self._children, root, run_arguments(root, asked))

    def stop_run(self, asked: Mapping[str, Any]) -> Any:
        return {"stopping": self._children.stop(self._folder(asked))}

    def start_preparation(self, asked: Mapping[str, Any]) -> Any:
        """Prepare a data set in a new folder beside the export, or elsewhere below the roots."""
        export = self._folder(asked)
        name = asked.get("target")
        if not isinstance(name, str) or not name.strip() or "/" in name or name.startswith("."):
            raise ParameterError(f"target: {name!r} is no name for a new folder beside the export")
        target = self._roots.new_directory(export.parent, name)
        # it is shown at the export, where people wait for it
        return _started(self._children, export, preparation_arguments(export, target, asked))

    def verify(self, asked: Mapping[str, Any]) -> Any:
        root, golden = self._folder(asked), self._folder(asked, "golden")
        if root == golden:
            raise DatasetError(f"{root}: is to be compared with itself; choose another golden tree")
        arguments = verification_arguments(root, golden, asked)
        return self._children.answer_of(arguments, timeout_s=_SECONDS_TO_VERIFY)

    async def figure(self, request: Request) -> Response:
        try:
            root = self._folder(request.query_params)
            path = views.figure_file(self._roots, root, request.path_params["name"])
        except PystampsError as error:
            return _refusal(error)
        return FileResponse(path, media_type="image/png")

    async def report(self, request: Request) -> Response:
        """The report as a file to save: a page of a data set is never shown as part of this one."""
        try:
            path = views.report_file(self._roots, self._folder(request.query_params))
        except PystampsError as error:
            return _refusal(error)
        return FileResponse(path, media_type="application/octet-stream", filename="report.html")

    async def events(self, request: Request) -> Response:
        """What goes on on a data set, whenever it changes."""
        try:
            root = self._folder(request.query_params)
        except PystampsError as error:
            return _refusal(error)
        return EventSourceResponse(self._changes(request, root))

    async def _changes(self, request: Request, root: Path) -> AsyncIterator[dict[str, str]]:
        shown = ""
        while not await request.is_disconnected():
            try:
                child = self._children.of(root)
                view = await run_in_threadpool(views.live_view, self._roots, root, child)
            except PystampsError as error:
                view = {"error": str(error)}
            text = json.dumps(view)
            if text != shown:
                shown = text
                yield {"event": "live", "data": text}
            await asyncio.sleep(_SECONDS_BETWEEN_EVENTS)


def _started(children: Children, root: Path, arguments: list[str]) -> dict[str, Any]:
    """Start a command and say how people would have typed it."""
    child = children.start(root, arguments)
    return {"command": child.command, "pid": child.process.pid}
