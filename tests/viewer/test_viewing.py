"""The served viewer stands behind the guard of the console."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from pystamps.web import serve
from pystamps.web.guard import TOKEN_HEADER, Access
from pystamps.web.viewing import viewer_app

ACCESS = Access(8788, "right-token", "pystamps view")
PATHS = ("/", "/viewer.js", "/viewer.css", "/points")


@pytest.fixture
def stranger() -> TestClient:
    """A client without the token."""
    return TestClient(
        viewer_app(b"payload", ACCESS), base_url=f"http://{ACCESS.hosts[0]}", follow_redirects=False
    )


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_served_without_the_token_or_under_another_name(
    stranger: TestClient, path: str
) -> None:
    found = stranger.get(path)
    assert found.status_code == 401 and "pystamps view" in found.json()["error"]
    stranger.headers[TOKEN_HEADER] = ACCESS.token
    assert stranger.get(path, headers={"host": "evil.example"}).status_code == 403
    assert stranger.get(path, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert stranger.post(path, json={}).status_code in (403, 405)
    answer = stranger.get(path)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_the_points_are_served_as_they_are_and_nothing_else_is(stranger: TestClient) -> None:
    stranger.headers[TOKEN_HEADER] = ACCESS.token
    assert stranger.get("/points").content == b"payload"
    for path in ("/viewer.html", "/points/", "/../pyproject.toml", "/api/datasets"):
        assert stranger.get(path).status_code == 404
    page = stranger.get("/").text
    assert 'src="viewer.js"' in page and 'id="points"' not in page


def test_the_link_of_the_viewer_has_a_token_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    links: list[str] = []
    monkeypatch.setattr("uvicorn.Server.run", lambda self, sockets: None)
    for _ in range(2):
        serve.serve_viewer(b"payload", 0, links.append)
    assert len({link.partition("token=")[2] for link in links}) == 2
    assert all(link.startswith("http://127.0.0.1:") for link in links)
