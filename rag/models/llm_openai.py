"""Any OpenAI-compatible endpoint: vLLM, Ollama, llama.cpp's server, a hosted service."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.llms import CustomLLM
from pydantic import PrivateAttr

from rag.errors import EndpointError, MissingExtra, SettingsError

if TYPE_CHECKING:
    from rag.settings import Settings

_CONNECT_S = 10.0
_SEED = 20_240_701


class EndpointLLM(CustomLLM):
    """A chat model behind an endpoint; every fault on the way is an ``EndpointError`` of one line.

    Keyword arguments of every call: ``temperature``, ``max_tokens``, ``stop`` and ``seed``;
    ``grammar`` is not part of this interface and left out. Nothing but the endpoint is contacted.
    """

    _model: Any = PrivateAttr()
    _base_url: str = PrivateAttr()
    _key_env: str = PrivateAttr()
    _has_key: bool = PrivateAttr()
    _timeout_s: float = PrivateAttr()
    _max_tokens: int = PrivateAttr()

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        key: str = "",
        key_env: str = "OPENAI_API_KEY",
        timeout_s: float = 60.0,
        retries: int = 2,
        max_tokens: int = 320,
        context_tokens: int = 32_768,
    ) -> None:
        super().__init__()
        self._base_url = base_url
        self._key_env = key_env
        self._has_key = bool(key)
        self._timeout_s = timeout_s
        self._max_tokens = max_tokens
        self._model = _client_model(base_url, model, key, timeout_s, retries, context_tokens)

    @classmethod
    def class_name(cls) -> str:
        """Name in LlamaIndex's records."""
        return "EndpointLLM"

    @classmethod
    def open(cls, settings: Settings) -> EndpointLLM:
        """The endpoint that ``settings`` name; it is first contacted by a call.

        Raises:
            SettingsError: the address or the model's name is not usable.
            MissingExtra: the package for it is not installed.
        """
        parts = urlsplit(settings.openai_base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError(
                f"openai_base_url = {settings.openai_base_url!r} is no web address; "
                "it looks like http://127.0.0.1:8000/v1"
            )
        if not settings.openai_model.strip():
            raise SettingsError("llm = openai needs openai_model, the name the endpoint calls its model by")
        return cls(
            base_url=settings.openai_base_url,
            model=settings.openai_model,
            key=os.environ.get(settings.openai_key_env, "").strip(),
            key_env=settings.openai_key_env,
            timeout_s=settings.llm_timeout_s,
            retries=settings.openai_retries,
            max_tokens=settings.llm_max_tokens,
        )

    @property
    def metadata(self) -> LLMMetadata:
        """Name and sizes of the model."""
        return LLMMetadata(
            model_name=self._model.model,
            context_window=self._model.context_window,
            num_output=self._max_tokens,
            is_chat_model=True,
        )

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """The whole answer.

        Raises:
            EndpointError: it does not come, in one line that says why.
        """
        with self._faults():
            response: ChatResponse = self._model.chat(messages, **self._options(kwargs))
        return response

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """The answer as it is written; closing the stream closes the connection."""

        def stream() -> ChatResponseGen:
            empty = True
            with self._faults():
                for response in self._model.stream_chat(messages, **self._options(kwargs)):
                    empty = False
                    yield response
            if empty:
                raise EndpointError(self._garbage("an empty stream"))

        return stream()

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """The answer to ``prompt`` as the one message of a user."""
        response = self.chat([ChatMessage(role=MessageRole.USER, content=prompt)], **kwargs)
        return CompletionResponse(text=response.message.content or "")

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """As ``stream_chat`` for ``prompt`` as the one message of a user."""

        def stream() -> CompletionResponseGen:
            for response in self.stream_chat([ChatMessage(role=MessageRole.USER, content=prompt)], **kwargs):
                yield CompletionResponse(text=response.message.content or "", delta=response.delta)

        return stream()

    def _options(self, given: dict[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in given.items() if value is not None and key != "grammar"}
        return {"max_tokens": self._max_tokens, "seed": _SEED, **kept}

    @contextmanager
    def _faults(self) -> Generator[None, None, None]:
        """Tell what went wrong with the endpoint; faults of this program pass through."""
        import httpx
        import openai

        try:
            yield
        except openai.APITimeoutError as error:
            raise EndpointError(self._silence()) from error
        except openai.APIConnectionError as error:
            raise EndpointError(self._unreachable(error)) from error
        except openai.APIStatusError as error:
            raise EndpointError(self._status(error.status_code, _detail(error))) from error
        except openai.APIError as error:
            raise EndpointError(f"{self._base_url} broke off: {_line(str(error))}") from error
        except httpx.TimeoutException as error:
            raise EndpointError(self._silence()) from error
        except httpx.HTTPError as error:
            raise EndpointError(f"{self._base_url} broke off: {_line(str(error))}; ask again") from error
        except (AttributeError, TypeError, ValueError, LookupError) as error:
            # The client does not check what it parses: anything may come of a page that is no answer.
            raise EndpointError(self._garbage(_line(str(error)))) from error

    def _silence(self) -> str:
        return f"{self._base_url} did not answer within {self._timeout_s:g} s; try again or raise `llm_timeout_s`"

    def _unreachable(self, error: Exception) -> str:
        reason = _line(str(error.__cause__ or error))
        return f"{self._base_url} does not answer ({reason}); start the endpoint or mend `openai_base_url`"

    def _garbage(self, what: str) -> str:
        return f"{self._base_url} answered, but not as a chat endpoint does ({what}); mend `openai_base_url`"

    def _status(self, code: int, detail: str) -> str:
        explain: dict[int, Callable[[], str]] = {
            401: self._refused_key,
            403: self._refused_key,
            404: lambda: (
                f"has no model {self._model.model!r} or no such path; mend `openai_model` or `openai_base_url`"
            ),
            429: lambda: "is asked too often or the quota is used up; wait, then ask again",
        }
        told = explain[code]() if code in explain else "failed; ask again, or look at the endpoint's own log"
        return f"{self._base_url} {told} (HTTP {code}{f': {detail}' if detail else ''})"

    def _refused_key(self) -> str:
        if not self._has_key:
            return f"wants a key; put it into the environment variable {self._key_env}"
        return f"refuses the key in the environment variable {self._key_env}; put a valid one there"


def _client_model(base_url: str, model: str, key: str, timeout_s: float, retries: int, context_tokens: int) -> Any:
    try:
        import httpx
        import openai
        from llama_index.llms.openai_like import OpenAILike
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"llm = openai needs a package that is not installed ({error.name}); run: pip install -e '.[openai]'"
        ) from None
    client = openai.OpenAI(
        api_key=key or "none",
        base_url=base_url,
        max_retries=retries,
        timeout=httpx.Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s)),
        # A proxy set for the web must not be asked for what runs on this machine.
        http_client=openai.DefaultHttpxClient(trust_env=not _is_loopback(base_url)),
    )
    # Retries are the client's alone: the wrapper's own would multiply them.
    return OpenAILike(
        model=model,
        api_base=base_url,
        api_key=key or "none",
        is_chat_model=True,
        context_window=context_tokens,
        temperature=0.0,
        max_retries=0,
        timeout=timeout_s,
        openai_client=client,
    )


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _detail(error: Any) -> str:
    """What the endpoint itself says, if it says it in the usual place."""
    body = error.body
    message = body.get("message", "") if isinstance(body, dict) else ""
    return _line(str(message))


def _line(text: str) -> str:
    return " ".join(text.split())[:160]
