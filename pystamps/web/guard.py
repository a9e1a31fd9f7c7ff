"""Who may talk to the console and the viewer: this machine, this page, the holder of the token.

A page of somebody else that runs in the same browser can send requests to 127.0.0.1, also under a
name of its own that it lets point there. Host and Origin tell them apart; the cookie, which no
other site can send or read, says that the request comes from the page of this console.
"""

from __future__ import annotations

import json
import secrets
from asyncio import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER = "x-pystamps-token"
"""For programs, in place of the cookie."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'{image_source}; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Access:
    """Where a page is served, and the secret that opens it.

    Attributes
    ----------
    port : int
    token : str
    command : str
        What has printed the link, for messages.
    image_source : str
        Scheme and host that the page may ask for images beside its own; empty = none.
    """

    port: int
    token: str
    command: str = "pystamps console"
    image_source: str = ""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names under which it answers."""
        return (f"127.0.0.1:{self.port}", f"localhost:{self.port}")

    @property
    def policy(self) -> str:
        """What the page may load."""
        return _POLICY.format(image_source=self.image_source and f" {self.image_source}")

    @property
    def link(self) -> str:
        """What people open; the token becomes a cookie at once and leaves the address line."""
        return f"http://{self.hosts[0]}/?token={self.token}"

    @property
    def cookie(self) -> str:
        """Name of the cookie: ports share cookies, so that each console needs its own."""
        return f"pystamps_{self.port}"

    def is_token(self, text: str) -> bool:
        """Compare with the token in constant time."""
        return secrets.compare_digest(text.encode(), self.token.encode())

    def holds_token(self, headers: Headers) -> bool:
        """Tell whether a request brings the token, as a cookie or as a header."""
        cookies = cookie_parser(headers.get("cookie", ""))
        return self.is_token(cookies.get(self.cookie, "")) or self.is_token(
            headers.get(TOKEN_HEADER, "")
        )


class Guard:
    """Stands before the application: refuses, or passes on and adds the headers of safety."""

    def __init__(self, app: ASGIApp, access: Access) -> None:  # noqa: D107 - the class says it all
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no web sockets here: the server closes them

        async def guarded_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers["content-security-policy"] = self._access.policy
            await send(message)

        refusal = self._refusal(Request(scope))
        # at the end of the console, answers that are not ready are given up without a word
        with suppress(CancelledError):
            await (refusal or self._app)(scope, receive, guarded_send)

    def _refusal(self, request: Request) -> Response | None:
        """Give the answer to a request that is not let through."""
        headers, command = request.headers, self._access.command
        host, origin = headers.get("host", ""), headers.get("origin")
        if headers.getlist("host") != [host] or host not in self._access.hosts:
            return refused(403, f"Host {host!r} is not {command}; open the printed link")
        if origin is not None and origin != f"http://{host}":
            return refused(403, f"requests of the page {origin!r} are not answered")
        if request.url.path == "/" and "token" in request.query_params:
            return self._entry(request)
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return refused(403, "requests of other pages are not answered")
        if not self._access.holds_token(headers):
            return refused(401, f"open the link that {command} has printed; it has a token")
        if request.method == "POST":
            return _refused_post(headers)
        if request.method not in ("GET", "HEAD"):
            return refused(405, "only GET and POST are answered")
        return None

    def _entry(self, request: Request) -> Response:
        """Exchange the token of the link for a cookie."""
        if not self._access.is_token(request.query_params["token"]):
            command = self._access.command
            return refused(403, f"the token is wrong; open the link that {command} printed")
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(
            self._access.cookie, self._access.token, httponly=True, samesite="strict", path="/"
        )
        return response


def _refused_post(headers: Headers) -> Response | None:
    """Give the answer to a POST that a form of another page could have sent."""
    if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return refused(415, "POST takes application/json only")
    if "origin" not in headers and TOKEN_HEADER not in headers:
        return refused(403, f"POST needs an Origin, or the token in the header {TOKEN_HEADER}")
    return None


def refused(status: int, message: str) -> Response:
    """Give the answer that says why a request was refused."""
    return AsciiJSONResponse({"error": message}, status_code=status)


class AsciiJSONResponse(JSONResponse):
    """JSON without other than ASCII signs: names of files need not be text of any encoding."""

    def render(self, content: Any) -> bytes:
        """Give the bytes of the answer."""
        return json.dumps(content, allow_nan=False).encode("ascii")
