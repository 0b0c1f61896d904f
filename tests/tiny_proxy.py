"""A reverse proxy of a few lines, as an organisation would put one before the page: a path prefix, headers of its own."""

import contextlib
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

_OF_ONE_HOP = {"connection", "keep-alive", "transfer-encoding", "host"}


def proxy_app(target: str, prefix: str, *, cut: bool, headers: dict[str, str]) -> Starlette:
    """Passes what is below ``prefix`` on to ``target``, the prefix cut off or not, with ``headers`` set."""
    client = httpx.AsyncClient(timeout=60)

    async def passed_on(request: Request):
        path = request.url.path
        if not path.startswith(f"{prefix}/"):
            return PlainTextResponse("another application", status_code=404)
        path = path[len(prefix) :] if cut else path
        kept = [(k, v) for k, v in request.headers.items() if k not in _OF_ONE_HOP and k not in headers]
        url = f"{target.rstrip('/')}{path}" + (f"?{request.url.query}" if request.url.query else "")
        sent = client.build_request(
            request.method, url, headers=[*kept, *headers.items()], content=await request.body()
        )
        answer = await client.send(sent, stream=True)

        async def body() -> AsyncIterator[bytes]:
            async for chunk in answer.aiter_raw():
                yield chunk
            await answer.aclose()

        reply = StreamingResponse(body(), status_code=answer.status_code)
        reply.raw_headers = [(k, v) for k, v in answer.headers.raw if k.lower().decode() not in _OF_ONE_HOP]
        return reply

    return Starlette(routes=[Route("/{path:path}", passed_on, methods=["GET", "POST", "HEAD", "PUT", "DELETE"])])


@contextlib.contextmanager
def proxied(target: str, prefix: str, *, cut: bool, headers: dict[str, str] | None = None) -> Iterator[str]:
    """The address of ``target`` through a proxy in a thread; its Host header is passed on, as the proxy's own."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        said = {"x-forwarded-host": f"127.0.0.1:{port}", "x-forwarded-proto": "http", **(headers or {})}
        config = uvicorn.Config(
            proxy_app(target, prefix, cut=cut, headers=said), log_level="error", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}{prefix}/"
        server.should_exit = True
        thread.join(10)
