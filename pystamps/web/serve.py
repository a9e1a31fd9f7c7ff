"""The server: this machine only, on a socket that is there before the link is printed."""

from __future__ import annotations

import os
import secrets
import socket
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from pystamps.errors import PystampsError
from pystamps.viewer.large_table import LargeTable
from pystamps.web.app import console_app
from pystamps.web.guard import Access
from pystamps.web.roots import Roots
from pystamps.web.viewing import viewer_app

LOOPBACK = "127.0.0.1"
_TOKEN_BYTES = 32


def serve_console(roots: Sequence[Path], port: int, announce: Callable[[str], None]) -> None:
    """Serve the console until it is interrupted.

    Parameters
    ----------
    roots : sequence of Path
        Folders that hold data sets.
    port : int
        0 = any free one.
    announce : callable
        Gets the link when the console can be opened.

    Raises
    ------
    PystampsError
        The port is taken, or a root is no directory.
    """
    # programs that the console starts import nothing from the folder it was started in
    os.environ["PYTHONSAFEPATH"] = "1"
    found = Roots(roots)
    with tempfile.TemporaryDirectory(prefix="pystamps-console-") as scratch:
        _serve_page(
            lambda access: console_app(found, access, Path(scratch)),
            "pystamps console", port, announce,
        )  # fmt: skip


def serve_viewer(
    payload: bytes,
    port: int,
    announce: Callable[[str], None],
    *,
    image_source: str = "",
    table: LargeTable | None = None,
) -> None:
    """Serve the viewer until it is interrupted.

    Parameters
    ----------
    payload : bytes
        What it shows (:func:`~pystamps.viewer.payload.viewer_payload`).
    port : int
        0 = any free one.
    announce : callable
        Gets the link when the viewer can be opened.
    image_source : str
        Scheme and host that the page may ask for map tiles; empty = none.
    table : LargeTable or None
        What the page asks for while it is looked at, where the payload has no points.

    Raises
    ------
    PystampsError
        The port is taken.
    """
    _serve_page(
        lambda access: viewer_app(
            payload, replace(access, image_source=image_source), table
        ),
        "pystamps view", port, announce,
    )  # fmt: skip


def _serve_page(
    application: Callable[[Access], ASGIApp],
    command: str,
    port: int,
    announce: Callable[[str], None],
) -> None:
    """Serve an application on this machine, with a token of its own."""
    with _listening(port) as listener:
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        access = Access(listener.getsockname()[1], token, command)
        settings = uvicorn.Config(
            application(access),
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            timeout_graceful_shutdown=2,
        )
        announce(access.link)
        uvicorn.Server(settings).run(sockets=[listener])


def _listening(port: int) -> socket.socket:
    """Give a socket that listens on this machine only."""
    try:
        return socket.create_server((LOOPBACK, port))
    except OSError as error:
        words = error.strerror.lower() if error.strerror else str(error)
        raise PystampsError(
            f"port {port}: {words}; choose another one with --port, or 0 for any free one"
        ) from error
