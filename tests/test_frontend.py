"""Gradio's files as we serve them: compressed, kept for ever, announced, and nothing else of the disk."""

import gzip
import re

import brotli
import pytest
from fastapi.testclient import TestClient

from rag.settings import Settings
from ui.page import build_app
from ui.testing import FakeBot, FakeIndex, FakeIntake


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    index = FakeIndex()
    bot = FakeBot(settings=Settings(index=tmp_path_factory.mktemp("index")), index=index)
    return TestClient(build_app(bot, FakeIntake(index)), base_url="http://127.0.0.1")


def script(client) -> str:
    return re.search(r'src="\./(assets/[^"]+\.js)"', client.get("/").text).group(1)


@pytest.mark.parametrize(("coding", "unpack"), [("br", brotli.decompress), ("gzip", gzip.decompress), ("", bytes)])
def test_files_are_the_same_in_every_encoding_and_may_be_kept(client, coding, unpack):
    with client.stream("GET", f"/{script(client)}", headers={"accept-encoding": coding or "identity"}) as answer:
        raw = b"".join(answer.iter_raw())
    plain = client.get(f"/{script(client)}", headers={"accept-encoding": "identity"}).content
    assert unpack(raw) == plain
    assert answer.headers.get("content-encoding", "") == coding
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["vary"] == "accept-encoding"


def test_the_page_announces_what_former_visits_fetched(client):
    name = script(client)
    client.get(f"/{name}")
    client.get("/yiju/style.css")
    head = client.get("/").text.partition("</head>")[0]
    assert f'<link rel="modulepreload" href="{name}">' in head
    assert '<link rel="preload" as="style" href="yiju/style.css">' in head
    assert head.count("modulepreload") == 1
    assert "manifest.json" not in head


@pytest.mark.parametrize(
    "path",
    ["/assets/nothing.js", "/assets/../index.html", "/assets/%2e%2e/index.html", "/assets/<b>.js", "/assets/a.txt"],
)
def test_nothing_else_is_served_or_announced(client, path):
    assert client.get(path).status_code in (403, 404)
    assert "nothing.js" not in client.get("/").text
    assert "<b>" not in client.get("/").text.partition("</head>")[0]
