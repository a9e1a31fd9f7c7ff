"""Who is let in: token, Host, Origin, kind of request; what every answer tells the browser."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from console_client import ACCESS, HOST, answer, client_of, order
from starlette.testclient import TestClient

from pystamps.errors import PystampsError
from pystamps.web import app, serve
from pystamps.web.guard import TOKEN_HEADER, Access

GETS = ("/", "/console.js", "/console.css", "/api/datasets", "/api/status", "/api/runs", "/report")


@pytest.fixture
def stranger(tmp_path: Path) -> TestClient:
    """A client without the token."""
    client = client_of(tmp_path)
    del client.headers[TOKEN_HEADER]
    return client


@pytest.mark.parametrize("path", GETS)
@pytest.mark.parametrize("token", [None, "", "wrong", ACCESS.token + "x", ACCESS.token[:-1], "é"])
def test_nothing_is_answered_without_the_right_token(
    stranger: TestClient, path: str, token: str | None
) -> None:
    headers = {} if token is None else {TOKEN_HEADER: token.encode()}
    found = stranger.get(path, headers=headers)
    assert found.status_code == 401 and "pystamps console" in found.json()["error"]
    cookie = {} if token is None else {"cookie": f"{ACCESS.cookie}={token}".encode()}
    assert stranger.get(path, headers=cookie).status_code == 401


def test_the_token_of_the_link_becomes_a_cookie_that_scripts_and_other_sites_cannot_use(
    stranger: TestClient,
) -> None:
    assert stranger.get("/", params={"token": "wrong"}).status_code == 403
    assert not stranger.cookies
    found = stranger.get(ACCESS.link)
    assert (found.status_code, found.headers["location"]) == (303, "/")
    cookie = found.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    page = stranger.get("/")
    assert page.status_code == 200 and "pySTAMPS console" in page.text
    assert ACCESS.token not in page.text


@pytest.mark.parametrize(
    "host",
    ["evil.example", f"evil.example:{ACCESS.port}", "127.0.0.1", "127.0.0.1:80", "", "0.0.0.0:8787",
     "127.0.0.1.evil.example:8787", "[::1]:8787", f"{HOST}, evil.example", f"{HOST}@evil.example",
     "localhost:8787.evil.example"],
)  # fmt: skip
def test_another_host_is_refused_with_the_right_token_too(tmp_path: Path, host: str) -> None:
    client = client_of(tmp_path)
    for path in ("/", f"/?token={ACCESS.token}", "/api/datasets", "/console.js"):
        assert client.get(path, headers={"host": host}).status_code == 403


@pytest.mark.parametrize(
    "origin",
    ["null", "http://evil.example", f"https://{HOST}", "http://127.0.0.1:9999", "http://localhost",
     f"http://{HOST}.evil.example", f"http://{HOST}/", "http://127.0.0.1", "file://"],
)  # fmt: skip
def test_another_origin_is_refused_with_the_right_token_too(tmp_path: Path, origin: str) -> None:
    client = client_of(tmp_path, origin=origin)
    answer(client, "/api/datasets", 403)
    order(client, "/api/runs", 403, dataset=str(tmp_path))


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_requests_of_other_pages_of_the_browser_are_refused(tmp_path: Path, site: str) -> None:
    answer(client_of(tmp_path, sec_fetch_site=site), "/api/datasets", 403)


def test_its_own_origin_is_answered(tmp_path: Path) -> None:
    client = client_of(tmp_path, origin=f"http://{HOST}", sec_fetch_site="same-origin")
    assert answer(client, "/api/datasets")["roots"] == [str(tmp_path)]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_an_order_that_a_form_could_send_is_refused(tmp_path: Path, kind: str) -> None:
    found = client_of(tmp_path).post(
        "/api/runs", content='{"dataset": "/"}', headers={"content-type": kind}
    )
    assert found.status_code == 415


def test_an_order_with_a_cookie_needs_an_origin(stranger: TestClient) -> None:
    stranger.get(ACCESS.link)
    order(stranger, "/api/stop", 403, dataset="/")
    stranger.headers["origin"] = f"http://{HOST}"
    order(stranger, "/api/stop", 400)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "no JSON"),
        (b"[1]", "no JSON object"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 60000, "no JSON"),
        (b'{"dataset": "' + b"x" * 70000 + b'"}', "longer than"),
        (b"{}", "dataset: is not given"),
        (b'{"dataset": 1}', "dataset: is not given"),
    ],
)
def test_a_malformed_order_is_refused_with_its_reason(
    tmp_path: Path, body: bytes, said: str
) -> None:
    found = client_of(tmp_path).post(
        "/api/runs", content=body, headers={"content-type": "application/json"}
    )
    assert found.status_code == 400 and said in found.json()["error"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(tmp_path: Path, method: str) -> None:
    assert client_of(tmp_path).request(method, "/api/runs").status_code == 405


@pytest.mark.parametrize("path", [*GETS, "/nothing", "/api/nothing", "/static/../app.py"])
def test_every_answer_forbids_foreign_scripts_frames_and_guessing(
    tmp_path: Path, path: str
) -> None:
    for client in (client_of(tmp_path), client_of(tmp_path, host="evil.example")):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "script-src 'self'" in policy
        assert "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers


def test_the_page_holds_no_script_and_no_style_of_its_own(tmp_path: Path) -> None:
    text = client_of(tmp_path).get("/").text
    assert "<script type" in text and "</script>" in text
    assert "onclick" not in text and "<style" not in text and "style=" not in text
    files = (Path(app.__file__).parent / "static").glob("*.js")
    answers = {path.name: client_of(tmp_path).get(f"/{path.name}") for path in files}
    assert len(answers) == 6 and {found.status_code for found in answers.values()} == {200}
    script = "".join(found.text for found in answers.values())
    for dangerous in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                      "new Function", "DOMParser", "srcdoc", ".style"):  # fmt: skip
        assert dangerous not in script, dangerous
    assert "http://" not in text + script and "https://" not in text + script  # works offline


def test_the_server_listens_on_this_machine_only() -> None:
    with serve._listening(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
        with pytest.raises(PystampsError, match="choose another one with --port"):
            serve._listening(listener.getsockname()[1])


def test_every_console_has_a_token_of_its_own(tmp_path: Path, monkeypatch) -> None:
    links: list[str] = []
    monkeypatch.setattr("uvicorn.Server.run", lambda self, sockets: None)
    for _ in range(2):
        serve.serve_console([tmp_path], 0, links.append)
    tokens = {link.partition("token=")[2] for link in links}
    assert len(tokens) == 2 and all(len(token) >= 40 for token in tokens)
    assert all(link.startswith("http://127.0.0.1:") for link in links)


def test_an_access_answers_under_the_names_of_this_machine_only() -> None:
    assert Access(1, "t").hosts == ("127.0.0.1:1", "localhost:1")
    assert socket.gethostname() not in "".join(Access(1, "t").hosts)
