"""The entry point: one clear line for what cannot be served."""

import socket

import pytest
from small_index import build

import app
from rag.settings import Settings
from ui.page import build_app
from ui.testing import FakeBot, FakeIndex, FakeIntake


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (["--index", "nowhere"], "nowhere"),
        (["--port", "70000"], "port"),
        (["--llm", "oracle"], "llm"),
    ],
)
def test_what_cannot_be_opened_is_said_in_one_line(flags, line, capsys):
    assert app.main(flags) == 1
    said = capsys.readouterr().err.strip()
    assert line in said
    assert len(said.splitlines()) == 1


def test_a_port_that_is_taken_is_said_with_what_to_do(tmp_path, capsys):
    build(tmp_path / "index").close()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert app.main(["--index", str(tmp_path / "index"), "--llm", "extractive", "--port", str(port)]) == 1
    assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err


@pytest.fixture
def client():
    from fastapi.testclient import TestClient

    index = FakeIndex()
    index.put("leave.txt", "请假规定\n第一条 五天。\n")
    bot = FakeBot(settings=Settings(), index=index)
    return TestClient(build_app(bot, FakeIntake(index)), base_url="http://127.0.0.1")


@pytest.mark.parametrize("path", ["/", "/yiju/reader?doc=d-leave.txt", "/yiju/library?language=zh", "/yiju/page.js"])
def test_every_response_forbids_the_browser_to_ask_anyone_else(client, path):
    response = client.get(path)
    assert response.status_code == 200
    policy = response.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
    assert "googleapis" not in response.text


@pytest.mark.parametrize(
    ("path", "status", "part"),
    [
        ("/yiju/reader?doc=d-leave.txt&section=s1&start=5&end=8", 200, "<mark"),
        ("/yiju/reader?doc=d-leave.txt&start=9&end=2", 200, "请假规定"),
        ("/yiju/reader?doc=d-leave.txt&start=999999&end=9999999", 200, "请假规定"),
        ("/yiju/reader?doc=%3Cscript%3E", 200, "no longer in the library"),
        ("/yiju/reader?doc=d-leave.txt&start=x", 200, "The quote that the link means is not in this document."),
        ("/yiju/outline?doc=nowhere", 404, ""),
        ("/yiju/../app.py", 404, ""),
        ("/docs", 404, ""),
    ],
)
def test_routes_answer_any_address(client, path, status, part):
    response = client.get(path)
    assert response.status_code == status
    assert part in response.text


def test_no_gradio_endpoint_is_published(client):
    assert client.get("/gradio_api/info").json()["named_endpoints"] == {}
