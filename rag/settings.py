"""Settings: one object, read from ``yiju.toml``, then ``YIJU_*`` in the environment, then flags.

Unknown keys and values out of range are refused at load; the message names the key, where it was
set and what it may be. The table in the README is generated from this file (``make check``).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from rag.errors import SettingsError

ENV_PREFIX = "YIJU_"
DEFAULT_FILE = "yiju.toml"


class Settings(BaseModel):
    """Everything that can be set. Lengths, times and sizes name their unit."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    index: Path = Field(Path("var/index"), description="folder of the index")
    models: Path = Field(Path("var/models"), description="folder the two default models are unpacked into")

    embedding: str = Field(
        "multilingual-e5-small",
        min_length=1,
        description="`multilingual-e5-small` (the one `make setup` unpacks), or a Sentence-Transformers name or folder",
    )
    embedding_query_prefix: str = Field("query: ", description="put before a question for embedding")
    embedding_passage_prefix: str = Field("passage: ", description="put before a clause for embedding")
    embedding_dtype: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="`auto` measures once which is faster here"
    )
    embedding_batch: int = Field(
        8, ge=1, le=512, description="texts embedded at once; up to four times as many where they are short"
    )
    query_adapter: Path | None = Field(
        None, description="file that `python -m eval adapt` learned from questions about your own documents"
    )
    cross_encoder: bool = Field(
        True,
        description="the default embedding model reads the best sentences once more together with the question; "
        "other models cannot",
    )
    chunk_tokens: int = Field(384, ge=32, le=8192, description="longest piece of a section, in the embedder's tokens")

    llm: Literal["local", "extractive", "openai"] = Field(
        "local",
        description="who phrases the answer: a GGUF file on this machine, nobody (the clause's own sentences), "
        "or an OpenAI-compatible endpoint",
    )
    llm_path: Path | None = Field(
        None, description="another GGUF file for `local`; empty: Qwen2.5-Coder-1.5B-Instruct in `models`"
    )
    llm_threads: int = Field(0, ge=0, le=256, description="threads for `local`; 0: as many as there are cores")
    llm_context_tokens: int = Field(4096, ge=1024, le=131072, description="context window of `local`")
    llm_max_tokens: int = Field(320, ge=16, le=8192, description="longest answer, in the model's tokens")
    llm_timeout_s: float = Field(60.0, gt=0, le=3600, description="patience with a model, in seconds")
    openai_base_url: str = Field(
        "http://127.0.0.1:8000/v1", description="endpoint for `openai` (vLLM, Ollama, llama.cpp, hosted)"
    )
    openai_model: str = Field("", description="model name for `openai`")
    openai_key_env: str = Field(
        "OPENAI_API_KEY", description="name of the environment variable that holds the endpoint's key"
    )
    openai_retries: int = Field(2, ge=0, le=10, description="further tries after a failed request to the endpoint")

    candidates: int = Field(100, ge=10, le=2000, description="chunks that each engine offers for ranking")
    compared: int = Field(40, ge=1, le=1000, description="sections whose words are compared with the question")
    reranker: str = Field("", description="Sentence-Transformers CrossEncoder, by name or folder; empty: none")
    reranker_sections: int = Field(16, ge=2, le=200, description="sections that the reranker reads at most")
    reranker_margin: float = Field(
        0.5, ge=0, le=1, description="lead of the first section's probability at which no reranker is asked"
    )
    reranker_budget_s: float = Field(2.0, gt=0, le=600, description="time for the reranker, in seconds")
    synonyms: Path | None = Field(
        None, description="your own synonym file (docs/synonyms.md), besides the general one that is shipped"
    )
    evidence_clauses: int = Field(3, ge=1, le=50, description="clauses offered to the answerer at most")
    evidence_chars: int = Field(400, ge=100, le=100_000, description="characters of evidence offered to `local`")
    evidence_chars_openai: int = Field(
        6000, ge=100, le=400_000, description="characters of evidence offered to `openai`"
    )
    answer_threshold: float = Field(
        0.5, ge=0, le=1, description="below this support a question is refused; higher refuses more"
    )

    judge: Literal["none", "local", "openai"] = Field(
        "none", description="language model that `python -m eval judge` asks; it is apart from `llm`"
    )
    judge_path: Path | None = Field(
        None, description="GGUF file of the judge `local`; empty: Qwen2.5-Coder-1.5B-Instruct in `models`"
    )
    judge_base_url: str = Field("http://127.0.0.1:8000/v1", description="endpoint of the judge `openai`")
    judge_model: str = Field("", description="model name of the judge `openai`")
    judge_key_env: str = Field(
        "OPENAI_API_KEY", description="name of the environment variable that holds the judge's key"
    )
    runs: Path = Field(Path("var/runs"), description="folder of the evaluation runs that the page shows")
    case_candidates: Path = Field(
        Path("var/candidates.jsonl"), description="proposed evaluation cases that wait for a person's decision"
    )
    own_set: Path = Field(Path("var/own_set.jsonl"), description="evaluation set that accepted cases are added to")
    feedback: Path = Field(Path("var/feedback.jsonl"), description="what readers said of answers")

    host: str = Field("127.0.0.1", min_length=1, description="address the page listens on")
    port: int = Field(7860, ge=1, le=65535, description="port the page listens on")
    language: Literal["auto", "zh", "en"] = Field(
        "auto", description="language of the page; `auto` follows the browser"
    )
    conversations: Literal["browser", "server", "none"] = Field(
        "browser", description="where earlier conversations are kept: in each reader's browser, here, or nowhere"
    )
    conversations_folder: Path = Field(
        Path("var/conversations"), description="folder of the conversations that `server` keeps"
    )
    upload_mb: int = Field(50, ge=1, le=1024, description="largest file that can be uploaded, in MiB")

    sign_in: Literal["off", "users", "header"] = Field(
        "off",
        description="who may use the page: everyone who reaches it, the users of a file, or whom a reverse proxy names "
        "(docs/access.md)",
    )
    open_to_network: bool = Field(
        False, description="listen beyond this machine without sign-in: whoever can reach the page may do everything"
    )
    users: Path = Field(Path("var/users.json"), description="file of users and roles; `python -m ui.users` writes it")
    session_hours: float = Field(12.0, gt=0, le=720, description="how long one stays signed in, in hours")
    sign_in_header: str = Field(
        "X-Remote-User", pattern=r"^[A-Za-z0-9-]+$", description="header in which the reverse proxy names the person"
    )
    sign_in_role: Literal["none", "reader"] = Field(
        "none", description="what a person may do whom the proxy names and `users` does not list"
    )
    trusted_proxies: str = Field(
        "",
        description="addresses or networks of reverse proxies whose headers are believed, separated by commas",
    )
    allowed_hosts: str = Field(
        "",
        description="names the page is asked for by, separated by commas, besides localhost; empty: no other name "
        "on this machine, any name beyond it",
    )
    root_path: str = Field(
        "",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        description="path a reverse proxy shows the page under, `/yiju-app` for example (`/yiju` is the page's own)",
    )
    questions_per_minute: int = Field(
        60, ge=0, le=100_000, description="questions of one person or address in a minute; 0: no limit"
    )
    uploads_per_minute: int = Field(
        30, ge=0, le=100_000, description="uploads of one person or address in a minute; 0: no limit"
    )

    @field_validator("*")
    @classmethod
    def _encodable(cls, value: Any) -> Any:
        try:
            str(value).encode()
        except UnicodeEncodeError:
            raise ValueError("it is not valid UTF-8; rename it, or name another") from None
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for one in listed(value):
            try:
                ip_network(one, strict=False)
            except ValueError:
                raise ValueError(f"{one!r} is no address or network") from None
        return value

    @field_validator("root_path")
    @classmethod
    def _apart(cls, value: str) -> str:
        if value.split("/")[1:2] in (["yiju"], ["gradio_api"], ["assets"], ["static"]):
            raise ValueError("the page has addresses of its own under this path; choose another")
        return value


def listed(value: str) -> tuple[str, ...]:
    """The entries of a setting that holds several, separated by commas."""
    return tuple(entry.strip() for entry in value.split(",") if entry.strip())


def load_settings(
    flags: Mapping[str, Any] | None = None,
    *,
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Merge the settings file, the environment and ``flags`` (None values are ignored), in that order.

    ``file`` None reads ``yiju.toml`` in the working folder if there is one.

    Raises:
        SettingsError: an unknown key or a value out of range, naming key and place.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    places: dict[str, str] = {}

    def take(found: Mapping[str, Any], place: str) -> None:
        for key, value in found.items():
            values[key] = value
            places[key] = place

    path = file or Path(DEFAULT_FILE)
    if path.exists():
        take(_read_toml(path), str(path))
    elif file is not None:
        raise SettingsError(f"settings file {file} does not exist")
    take(
        {key[len(ENV_PREFIX) :].lower(): value for key, value in environ.items() if key.startswith(ENV_PREFIX)},
        "environment",
    )
    take({key: value for key, value in (flags or {}).items() if value is not None}, "command line")
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(_explain(error, places)) from None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}); it holds the settings") from None


def _explain(error: ValidationError, places: Mapping[str, str]) -> str:
    first = error.errors()[0]
    key = str(first["loc"][0])
    place = places.get(key, "defaults")
    shown = f"{ENV_PREFIX}{key.upper()}" if place == "environment" else key
    if first["type"] == "extra_forbidden":
        known = ", ".join(Settings.model_fields)
        return f"{place}: unknown setting {shown}; known settings: {known}"
    return f"{place}: {shown} = {first['input']!r}: {first['msg']}"
