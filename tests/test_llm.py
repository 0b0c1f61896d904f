"""Language models: in process, behind an endpoint, scripted; their faults are one line each."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole

from rag.errors import EndpointError, ModelDamaged, ModelError, ModelMissing, SettingsError
from rag.models.llm import open_llm
from rag.models.llm_local import LocalLLM
from rag.settings import Settings
from rag.testing import ScriptedLLM

SYSTEM = "你是政策问答助手，只根据给出的条款回答，并在句末标出[编号]。"


def messages(question: str, system: str = SYSTEM) -> list[ChatMessage]:
    return [
        ChatMessage(role=MessageRole.SYSTEM, content=system),
        ChatMessage(role=MessageRole.USER, content=question),
    ]


def deltas(stream) -> list[str]:
    return [response.delta for response in stream]


# --- which model


def test_extractive_needs_no_model():
    assert open_llm(Settings(llm="extractive")) is None


def test_the_default_model_not_fetched_yet_names_the_command(tmp_path):
    with pytest.raises(ModelMissing, match=r"q4_k_m\.gguf does not exist; fetch it with: make setup"):
        open_llm(Settings(llm="local", models=tmp_path))


def test_another_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ModelMissing, match=r"none\.gguf does not exist; set `llm_path`"):
        open_llm(Settings(llm="local", llm_path=tmp_path / "none.gguf"))


def test_a_file_that_only_begins_like_a_model_is_told(tmp_path):
    (tmp_path / "cut.gguf").write_bytes(b"GGUF" + bytes(200))
    with pytest.raises(ModelDamaged, match=r"cut\.gguf cannot be loaded: cut short") as caught:
        open_llm(Settings(llm="local", llm_path=tmp_path / "cut.gguf"))
    assert "\n" not in str(caught.value)


# --- the local model, with an engine that stands in for llama.cpp


def chunk(text: str | None = None, **more) -> dict:
    return {"choices": [{"delta": {"content": text}, "finish_reason": more.pop("finish_reason", None)}], **more}


WORDS = [
    {"prompt_progress": {"processed": 3}, "choices": [{"delta": {"role": "assistant", "content": None}}]},
    chunk("不超过"),
    chunk("350元"),
    chunk("[1]。"),
    chunk(finish_reason="stop"),
    {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 3}, "timings": {"prompt_n": 9}},
]
REPORT = {
    "finish_reason": "stop",
    "usage": {"prompt_tokens": 9, "completion_tokens": 3},
    "timings": {"prompt_n": 9},
}


class FakeEngine:
    """Gives ``chunks``; an event among them is waited for, an exception raised."""

    def __init__(self, *chunks: object) -> None:
        self.chunks = chunks
        self.requests: list[dict] = []
        self.given = 0
        self.active = 0
        self.ended = threading.Event()

    def handle_chat_completions(self, request: dict, callback: Callable[[object], bool]) -> None:
        self.requests.append(request)
        self.active += 1
        assert self.active == 1, "one request at a time"
        try:
            for given in self.chunks:
                if isinstance(given, threading.Event):
                    given.wait(timeout=30)
                elif isinstance(given, Exception):
                    raise given
                else:
                    self.given += 1
                    if callback(given):
                        return
        finally:
            self.active -= 1
            self.ended.set()


def local(*chunks: object, **options) -> tuple[LocalLLM, FakeEngine]:
    engine = FakeEngine(*chunks)
    return LocalLLM(Path("small.gguf"), engine=engine, **options), engine


def test_a_chat_streams_its_words_and_reports_at_the_end():
    llm, _ = local(*WORDS)
    responses = list(llm.stream_chat(messages("住宿费？")))
    assert [response.delta for response in responses] == ["不超过", "350元", "[1]。", ""]
    assert [response.message.content for response in responses][1:] == [
        "不超过350元",
        "不超过350元[1]。",
        "不超过350元[1]。",
    ]
    assert [response.additional_kwargs for response in responses] == [{}, {}, {}, REPORT]
    whole = llm.chat(messages("住宿费？"))
    assert (whole.message.content, whole.additional_kwargs) == ("不超过350元[1]。", REPORT)
    assert llm.complete("住宿费？").text == "不超过350元[1]。"
    assert deltas(llm.stream_complete("住宿费？")) == ["不超过", "350元", "[1]。", ""]
    assert (llm.metadata.model_name, llm.metadata.is_chat_model) == ("small", True)


def test_requests_are_the_same_for_the_same_question():
    llm, engine = local(*WORDS, max_tokens=64)
    llm.chat(messages("住宿费？"))
    llm.chat(messages("住宿费？"), max_tokens=8, grammar='root ::= "甲"', stop=["。"], temperature=None)
    first, second = engine.requests
    assert first["messages"] == [{"role": "system", "content": SYSTEM}, {"role": "user", "content": "住宿费？"}]
    assert (first["temperature"], first["max_tokens"], first["cache_prompt"]) == (0.0, 64, True)
    assert second == {**first, "max_tokens": 8, "grammar": 'root ::= "甲"', "stop": ["。"]}


def test_an_unknown_option_is_refused():
    llm, _ = local(*WORDS)
    with pytest.raises(TypeError, match="gramar"):
        llm.chat(messages("住宿费？"), gramar="")


def test_closing_a_stream_stops_the_engine():
    gate = threading.Event()
    llm, engine = local(WORDS[1], gate, *WORDS[2:])
    stream = llm.stream_chat(messages("住宿费？"))
    assert next(stream).delta == "不超过"
    stream.close()
    gate.set()
    assert engine.ended.wait(timeout=10)
    assert engine.given == 2, "the engine is told at the next word"


def test_the_next_request_waits_for_the_one_before_it():
    gate = threading.Event()
    llm, engine = local(gate, *WORDS)
    answers: list[str] = []
    threads = [
        threading.Thread(target=lambda: answers.append(llm.chat(messages("住宿费？")).message.content))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join(timeout=10)
    assert answers == ["不超过350元[1]。"] * 3
    assert len(engine.requests) == 3


def test_silence_ends_in_a_clear_line_and_frees_the_engine():
    gate = threading.Event()
    llm, engine = local(WORDS[1], gate, *WORDS[2:], timeout_s=0.05)
    with pytest.raises(ModelError, match=r"small gave no sign of life for 0\.05 s; raise `llm_timeout_s`"):
        llm.chat(messages("住宿费？"))
    gate.set()
    assert engine.ended.wait(timeout=10)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            {"error": {"type": "exceed_context_size_error", "n_prompt_tokens": 9000, "n_ctx": 4096}},
            "language model small refused the request: the prompt has 9000 tokens, the context window 4096; "
            "raise `llm_context_tokens` or lower `evidence_chars`",
        ),
        ({"error": {"message": "bad\ngrammar"}}, "language model small refused the request: bad grammar"),
        (RuntimeError("gone"), "language model small refused the request: gone"),
    ],
)
def test_what_the_engine_refuses_is_one_line(fault, message):
    llm, _ = local(fault)
    with pytest.raises(ModelError) as caught:
        llm.chat(messages("住宿费？"))
    assert str(caught.value) == message


def test_warming_reads_the_prefix_and_writes_next_to_nothing():
    llm, engine = local(*WORDS)
    llm.warm(messages("")[:1])
    assert (engine.requests[0]["messages"], engine.requests[0]["max_tokens"]) == (
        [{"role": "system", "content": SYSTEM}],
        1,
    )


def test_a_closed_model_says_so():
    llm, _ = local(*WORDS)
    llm.close()
    with pytest.raises(ModelError, match="was closed"):
        llm.chat(messages("住宿费？"))


# --- the scripted model


def test_the_script_is_answered_in_pieces_and_prompts_are_kept():
    llm = ScriptedLLM(["不超过350元[1]。", ModelError("out")], piece_chars=5)
    assert deltas(llm.stream_chat(messages("住宿费？"), stop=["x"])) == ["不超过35", "0元[1]", "。"]
    with pytest.raises(ModelError, match="out"):
        llm.chat(messages("再问"))
    assert [prompt[-1].content for prompt in llm.prompts] == ["住宿费？", "再问"]
    assert llm.options == [{"stop": ["x"]}, {}]
    with pytest.raises(AssertionError, match="no reply left"):
        llm.chat(messages("三问"))


def test_a_script_can_break_off_and_can_be_cancelled():
    broken = ScriptedLLM(lambda asked: asked[-1].content, fail_after=1, failure=ModelError("broke"))
    stream = broken.stream_chat(messages("一二三四五六"))
    assert next(stream).delta == "一二三四"
    with pytest.raises(ModelError, match="broke"):
        next(stream)
    patient = ScriptedLLM(["一二三四五六"], gate=threading.Event())
    stream = patient.stream_chat(messages(""))
    next(stream)
    stream.close()
    assert patient.cancelled == 1


# --- an endpoint, played by a real server on this machine


class Endpoint(ThreadingHTTPServer):
    """Answers the n-th request with the n-th of ``replies``, and further ones with the last."""

    daemon_threads = True

    def __init__(self, *replies: Callable[[BaseHTTPRequestHandler, dict], None]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies = replies
        self.requests: list[tuple[str, str | None, dict]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server: Endpoint = self.server
        reply = server.replies[min(len(server.requests), len(server.replies) - 1)]
        server.requests.append((self.path, self.headers["Authorization"], body))
        reply(self, body)

    def log_message(self, *args: object) -> None:
        pass


def send(handler: BaseHTTPRequestHandler, status: int, data: bytes, kind: str = "application/json", **headers) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(data)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(data)


def answer(handler: BaseHTTPRequestHandler, body: dict) -> None:
    pieces = ["不超过", "350元", "[1]。"]
    if not body.get("stream"):
        message = {"role": "assistant", "content": "".join(pieces)}
        whole = {
            "id": "1",
            "object": "chat.completion",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        }
        send(handler, 200, json.dumps(whole).encode())
        return
    events = [{"id": "1", "choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
    data = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
    send(handler, 200, data.encode(), "text/event-stream")


def refuse(status: int, message: str = "") -> Callable[[BaseHTTPRequestHandler, dict], None]:
    # Retry-After keeps the client's pauses out of the test's time.
    return lambda handler, body: send(
        handler, status, json.dumps({"error": {"message": message}}).encode(), retry_after_ms="1"
    )


def page(handler: BaseHTTPRequestHandler, body: dict) -> None:
    send(handler, 200, b"<html>Welcome</html>", "text/html")


def no_json(handler: BaseHTTPRequestHandler, body: dict) -> None:
    send(handler, 200, b'{"choices": ')


def no_choices(handler: BaseHTTPRequestHandler, body: dict) -> None:
    send(handler, 200, b'{"error": null}')


def hang(handler: BaseHTTPRequestHandler, body: dict) -> None:
    time.sleep(3)


def break_off(handler: BaseHTTPRequestHandler, body: dict) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    event = {"id": "1", "choices": [{"index": 0, "delta": {"content": "不超过"}}]}
    handler.wfile.write(f"data: {json.dumps(event)}\n\n".encode())


@contextmanager
def endpoint(*replies):
    server = Endpoint(*replies)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def model(url: str, **options):
    given = {"openai_base_url": url, "openai_model": "small", "openai_retries": 0, "llm_timeout_s": 20} | options
    return open_llm(Settings(llm="openai", **given))


def test_an_endpoint_answers_whole_and_in_pieces(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sesame")
    with endpoint(answer) as server:
        llm = model(server.url, llm_max_tokens=64)
        assert llm.chat(messages("住宿费？")).message.content == "不超过350元[1]。"
        assert deltas(llm.stream_chat(messages("住宿费？"), max_tokens=8, grammar="root ::= x")) == [
            "不超过",
            "350元",
            "[1]。",
        ]
        assert llm.complete("住宿费？").text == "不超过350元[1]。"
    (path, key, whole), (_, _, streamed), _ = server.requests
    assert (path, key) == ("/v1/chat/completions", "Bearer sesame")
    assert (whole["model"], whole["temperature"], whole["max_tokens"]) == ("small", 0.0, 64)
    assert whole["messages"] == [{"role": "system", "content": SYSTEM}, {"role": "user", "content": "住宿费？"}]
    assert (streamed["max_tokens"], "grammar" in streamed) == (8, False)


@pytest.mark.parametrize("streaming", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(
    ("reply", "key", "message"),
    [
        (refuse(401), "", "{url} wants a key; put it into the environment variable OPENAI_API_KEY (HTTP 401)"),
        (
            refuse(401, "Invalid\nkey"),
            "wrong",
            "{url} refuses the key in the environment variable OPENAI_API_KEY; put a valid one there "
            "(HTTP 401: Invalid key)",
        ),
        (
            refuse(403),
            "wrong",
            "{url} refuses the key in the environment variable OPENAI_API_KEY; put a valid one there (HTTP 403)",
        ),
        (
            refuse(404, "model not found"),
            "",
            "{url} has no model 'small' or no such path; mend `openai_model` or `openai_base_url` "
            "(HTTP 404: model not found)",
        ),
        (refuse(429), "", "{url} is asked too often or the quota is used up; wait, then ask again (HTTP 429)"),
        (refuse(500, "boom"), "", "{url} failed; ask again, or look at the endpoint's own log (HTTP 500: boom)"),
    ],
)
def test_an_endpoint_that_refuses_is_one_line(monkeypatch, reply, key, message, streaming):
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with endpoint(reply) as server, pytest.raises(EndpointError) as caught:
        ask(model(server.url), streaming)
    assert str(caught.value) == message.format(url=server.url)
    assert len(server.requests) == 1


def ask(llm, streaming: bool) -> str:
    if streaming:
        return "".join(deltas(llm.stream_chat(messages("住宿费？"))))
    return llm.chat(messages("住宿费？")).message.content


@pytest.mark.parametrize("streaming", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("reply", [page, no_json, no_choices])
def test_what_is_no_answer_is_told(reply, streaming):
    with endpoint(reply) as server, pytest.raises(EndpointError) as caught:
        ask(model(server.url), streaming)
    assert str(caught.value).startswith(f"{server.url} answered, but not as a chat endpoint does (")
    assert str(caught.value).endswith("); mend `openai_base_url`")
    assert "\n" not in str(caught.value)


def test_a_fault_that_passes_is_tried_again():
    with endpoint(refuse(500), refuse(503), answer) as server:
        assert ask(model(server.url, openai_retries=2), False) == "不超过350元[1]。"
    assert len(server.requests) == 3


def test_retries_are_as_many_as_are_set():
    with endpoint(refuse(500)) as server, pytest.raises(EndpointError, match="HTTP 500"):
        ask(model(server.url, openai_retries=2), True)
    assert len(server.requests) == 3


@pytest.mark.parametrize("streaming", [False, True], ids=["whole", "stream"])
def test_an_endpoint_that_hangs_is_given_up(streaming):
    with endpoint(hang) as server, pytest.raises(EndpointError) as caught:
        ask(model(server.url, llm_timeout_s=0.3), streaming)
    assert str(caught.value) == f"{server.url} did not answer within 0.3 s; try again or raise `llm_timeout_s`"


def test_an_answer_that_breaks_off_keeps_its_words_and_says_so():
    with endpoint(break_off) as server:
        stream = model(server.url).stream_chat(messages("住宿费？"))
        assert next(stream).delta == "不超过"
        with pytest.raises(EndpointError, match="broke off"):
            list(stream)


def test_nobody_listening_is_one_line(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")  # not to be asked for this machine
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with pytest.raises(EndpointError) as caught:
        ask(model(url), False)
    assert str(caught.value).startswith(f"{url} does not answer (")
    assert str(caught.value).endswith(" Connection refused); start the endpoint or mend `openai_base_url`")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"openai_base_url": "localhost:8000/v1"}, "openai_base_url = 'localhost:8000/v1' is no web address"),
        ({"openai_base_url": "http://"}, "openai_base_url = 'http://' is no web address"),
        ({"openai_model": " "}, "llm = openai needs openai_model"),
    ],
)
def test_an_endpoint_not_fully_named_is_refused(options, message):
    with pytest.raises(SettingsError, match=message):
        model(options.pop("openai_base_url", "http://127.0.0.1:1/v1"), **options)


@pytest.mark.parametrize("host", ["192.0.2.1", "packages.example"])
def test_no_test_can_leave_this_machine(host):
    with pytest.raises(AssertionError, match=f"to {host}"):
        socket.create_connection((host, 80), timeout=1)


# --- the default local model


@pytest.fixture(scope="module")
def qwen(language_model_file):
    llm = LocalLLM(language_model_file, context_tokens=1024, timeout_s=120)
    yield llm
    llm.close()


EVIDENCE = "[1] 第三条 出差人员住宿费每天不超过350元，由部门负责人审批。\n问题：住宿费每天最多多少元？"


@pytest.mark.models
def test_the_local_model_answers_alike_each_time_and_reads_its_prefix_once(qwen):
    first, second = (qwen.chat(messages(EVIDENCE), max_tokens=24) for _ in range(2))
    assert "350" in first.message.content
    assert second.message.content == first.message.content
    usage, timings = second.additional_kwargs["usage"], second.additional_kwargs["timings"]
    assert usage["prompt_tokens"] == timings["cache_n"] + timings["prompt_n"]
    assert timings["cache_n"] > 0.9 * usage["prompt_tokens"]


@pytest.mark.models
def test_the_local_model_obeys_grammar_and_stops(qwen):
    assert qwen.chat(messages(EVIDENCE), grammar='root ::= "甲" | "乙"').message.content in ("甲", "乙")
    counted = qwen.chat(messages("从一数到十，用阿拉伯数字，用逗号分开。"), stop=["5"], max_tokens=40)
    assert "5" not in counted.message.content
    assert counted.additional_kwargs["finish_reason"] == "stop"


@pytest.mark.models
def test_the_local_model_can_be_interrupted(qwen):
    stream = qwen.stream_chat(messages("写一篇一千字的文章，介绍图书馆。"), max_tokens=600)
    next(stream)
    begun = time.perf_counter()
    for _ in range(8):
        next(stream)
    pace_s = (time.perf_counter() - begun) / 8
    stream.close()
    begun = time.perf_counter()
    qwen.chat(messages("你好"), max_tokens=1)
    assert time.perf_counter() - begun < 300 * pace_s, "it went on writing its 600 tokens"


@pytest.mark.models
def test_a_program_that_ends_while_the_model_writes_ends_well(language_model_file):
    code = (
        "from pathlib import Path; from rag.models.llm_local import LocalLLM; "
        f"llm = LocalLLM(Path({str(language_model_file)!r}), context_tokens=1024, max_tokens=600); "
        "stream = llm.stream_complete('写一篇一千字的文章，介绍图书馆。'); print(bool(next(stream).delta))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


@pytest.mark.models
def test_a_prompt_too_long_for_the_local_model_is_one_line(qwen):
    with pytest.raises(ModelError, match=r"the prompt has \d+ tokens, the context window 1024; raise"):
        qwen.chat(messages("长短" * 1500))


@pytest.mark.models
def test_the_local_server_refuses_those_without_its_key(qwen):
    import httpx

    address = qwen._engine.listening_address
    assert address.startswith("http://127.0.0.1:")
    with httpx.Client(trust_env=False, timeout=20) as client:
        assert client.post(f"{address}/v1/chat/completions", json={"messages": []}).status_code == 401
        assert client.get(f"{address}/").status_code in (401, 404)
