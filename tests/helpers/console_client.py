"""The console as an application that tests can ask, without a server or a browser."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from pystamps.web.app import console_app
from pystamps.web.guard import TOKEN_HEADER, Access
from pystamps.web.roots import Roots

ACCESS = Access(8787, "right-token")
HOST = ACCESS.hosts[0]


def client_of(*roots: Path, **headers: str) -> TestClient:
    """Give a client that may do everything, or one with other headers."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    client = TestClient(
        console_app(Roots(roots), ACCESS, Path(tempfile.gettempdir())),
        base_url=f"http://{HOST}",
        follow_redirects=False,
    )
    client.headers.update({TOKEN_HEADER: ACCESS.token} | given)
    return client


def answer(client: TestClient, path: str, status: int = 200, **query: str) -> Any:
    """Give the JSON of an answer that has this status."""
    found = client.get(path, params=query)
    assert found.status_code == status, (found.status_code, found.text)
    return found.json()


def order(client: TestClient, path: str, status: int = 200, **body: Any) -> Any:
    """Give the JSON of the answer to an order that has this status."""
    found = client.post(path, json=body)
    assert found.status_code == status, (found.status_code, found.text)
    return found.json()
