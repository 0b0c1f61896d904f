"""Embedders: found by name, told apart by content, the same vectors every time."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from llama_index.core.base.embeddings.base import BaseEmbedding

from rag.errors import ModelDamaged, ModelError, ModelMissing
from rag.models.embedding import LlamaIndexEmbedder, RecallingEmbedder, open_embedder, open_token_counter
from rag.models.embedding_folder import EmbeddingFolder, find_folder
from rag.models.turnstile import Turnstile
from rag.settings import Settings
from rag.testing import HashEmbedder

CLAUSES = [
    "出差人员住宿费每人每天不超过350元。",
    "图书借阅期限为三十日，可以续借一次。",
    "Records are kept for ten years.",
    "",
    "采购项目应当在预算批准后三十日内启动；" * 20,
]


def model_folder(path: Path, **files: object) -> Path:
    """A folder that looks like a model; values are written as JSON, bytes as they are."""
    path.mkdir(parents=True)
    for name, content in ({"config.json": {"hidden_size": 8, "max_position_embeddings": 64}} | files).items():
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_bytes(data)
    return path


# --- finding


@pytest.mark.parametrize("name", ["acme/small", "small", "no such model"])
def test_an_unknown_name_is_one_line(tmp_path, monkeypatch, name):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    with pytest.raises(ModelMissing) as caught:
        open_embedder(Settings(embedding=name, models=tmp_path))
    assert str(caught.value) == (
        f"no embedding model {name!r}: no such folder, none in {tmp_path} and none in the local Hugging Face cache; "
        "set `embedding` to a Sentence-Transformers folder or to multilingual-e5-small"
    )


def test_the_default_model_not_unpacked_yet_names_the_command(tmp_path):
    with pytest.raises(ModelMissing, match="multilingual-e5-small does not exist; unpack it with: make setup"):
        open_embedder(Settings(models=tmp_path))


def test_a_folder_that_is_no_model_is_told(tmp_path):
    (tmp_path / "notes").mkdir()
    with pytest.raises(ModelMissing, match="is not a Sentence-Transformers folder"):
        open_embedder(Settings(embedding=str(tmp_path / "notes"), models=tmp_path))


def test_models_are_found_by_path_in_the_models_folder_and_in_the_hub_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    elsewhere = model_folder(tmp_path / "elsewhere" / "own")
    inside = model_folder(tmp_path / "models" / "small")
    snapshot = model_folder(tmp_path / "hub" / "models--acme--tiny" / "snapshots" / "abc")
    refs = tmp_path / "hub" / "models--acme--tiny" / "refs"
    refs.mkdir()
    (refs / "main").write_text("abc")
    found = [find_folder(name, tmp_path / "models") for name in (str(elsewhere), "small", "acme/tiny")]
    assert [(folder.path, folder.name) for folder in found] == [
        (elsewhere, "own"),
        (inside, "small"),
        (snapshot, "acme/tiny"),
    ]


# --- what the folder tells


def test_content_hash_sees_other_weights_of_the_same_size(tmp_path):
    weights = bytes(300_000)
    one = EmbeddingFolder(model_folder(tmp_path / "a", **{"model.safetensors": weights}), "m")
    same = EmbeddingFolder(model_folder(tmp_path / "b", **{"model.safetensors": weights}), "m")
    tuned = EmbeddingFolder(model_folder(tmp_path / "c", **{"model.safetensors": b"\1" * 300_000}), "m")
    noted = EmbeddingFolder(model_folder(tmp_path / "d", **{"model.safetensors": weights, "README.md": b"notes"}), "m")
    assert one.content_hash == same.content_hash == noted.content_hash
    assert one.content_hash != tuned.content_hash


MODULES = [{"type": "x.models.Transformer"}, {"type": "x.models.Pooling"}, {"type": "x.models.Normalize"}]


@pytest.mark.parametrize(
    ("files", "dimension"),
    [
        ({}, 8),
        ({"modules.json": MODULES, "1_Pooling/config.json": {"pooling_mode_mean_tokens": True}}, 8),
        ({"modules.json": MODULES, "1_Pooling/config.json": {"embedding_dimension": 8, "pooling_mode": "mean"}}, 8),
        (
            {
                "modules.json": MODULES,
                "1_Pooling/config.json": {"pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": True},
            },
            None,
        ),
        ({"modules.json": [*MODULES, {"type": "x.models.Dense"}]}, None),
        ({"config.json": {}}, None),
    ],
)
def test_dimension_is_told_only_where_it_is_certain(tmp_path, files, dimension):
    assert EmbeddingFolder(model_folder(tmp_path / "m", **files), "m").declared_dimension == dimension


@pytest.mark.parametrize(
    ("files", "limit"),
    [
        ({"config.json": {}}, 512),
        ({}, 64),
        ({"tokenizer_config.json": {"model_max_length": 48}}, 48),
        ({"tokenizer_config.json": {"model_max_length": 10**30}}, 64),
        ({"sentence_bert_config.json": {"max_seq_length": 32}, "tokenizer_config.json": {"model_max_length": 48}}, 32),
    ],
)
def test_longest_input_is_the_first_limit_told(tmp_path, files, limit):
    assert EmbeddingFolder(model_folder(tmp_path / "m", **files), "m").max_tokens == limit


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_an_unreadable_description_is_damage(tmp_path, name):
    folder = EmbeddingFolder(model_folder(tmp_path / "m", **{name: b"{"}), "m")
    with pytest.raises(ModelDamaged, match=f"{name} cannot be read"):
        _ = (folder.declared_dimension, folder.count_tokens(["a"]))


# --- LlamaIndex models


class Lengths(BaseEmbedding):
    """Vectors that tell the text's length, of norm other than 1."""

    def _get_query_embedding(self, query: str) -> list[float]:
        return [3.0, 4.0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return [0.0, float(len(text))]


def test_any_llama_index_model_serves_as_an_embedder():
    embedder = LlamaIndexEmbedder(Lengths(model_name="lengths", embed_batch_size=2))
    steps = []
    vectors = embedder.embed_passages(["a", "", "ccc"], lambda done, total: steps.append((done, total)))
    assert vectors.tolist() == [[0, 1], [0, 0], [0, 1]]
    assert vectors.dtype == np.float32
    assert steps == [(2, 3), (3, 3)]
    assert embedder.embed_query("x").tolist() == pytest.approx([0.6, 0.8])
    assert embedder.embed_passages([]).shape == (0, 2)
    assert (embedder.dimension, embedder.max_tokens) == (2, 512)
    assert embedder.fingerprint == "base_component:lengths" or embedder.fingerprint.endswith(":lengths")


def test_tokens_of_a_llama_index_model_are_estimated_from_above():
    # 4 Chinese characters; 12 ASCII characters in threes; 2 and 1; nothing
    assert LlamaIndexEmbedder(Lengths()).count_tokens(["出差标准", "travel rules", "ab依", ""]) == [4, 4, 2, 0]


def test_shared_words_bring_hash_vectors_closer():
    embedder = HashEmbedder()
    question = embedder.embed_query("住宿费标准")
    near, far = embedder.embed_passages(["住宿费标准每天三百元", "图书馆周一闭馆"])
    assert question @ near > question @ far
    assert np.linalg.norm(near) == pytest.approx(1, abs=1e-6)
    assert embedder.embed_passages([]).shape == (0, 64)


# --- turns


def test_those_who_wait_are_served_in_order():
    turnstile, served, waiting = Turnstile(), [], []
    turnstile.acquire()

    def enter(number: int) -> None:
        with turnstile:
            served.append(number)

    for number in range(5):
        thread = threading.Thread(target=enter, args=(number,))
        thread.start()
        while len(turnstile._waiting) <= number:  # let it queue before the next comes
            pass
        waiting.append(thread)
    turnstile.release()
    for thread in waiting:
        thread.join(timeout=10)
    assert served == [0, 1, 2, 3, 4]


def test_those_who_wait_know_how_many_come_before_them_and_can_leave():
    turnstile, ended = Turnstile(), {}
    turnstile.acquire()

    def enter(name: str) -> None:
        try:
            with turnstile:
                ended[name] = "served"
        except ModelError as error:
            ended[name] = str(error)

    threads = {name: threading.Thread(target=enter, args=(name,), daemon=True) for name in "abc"}
    for count, thread in enumerate(threads.values()):
        thread.start()
        while len(turnstile._waiting) <= count:
            pass
    a, b, c = (thread.ident for thread in threads.values())
    assert [turnstile.ahead(one) for one in (a, b, c, threading.get_ident())] == [1, 2, 3, 0]
    turnstile.withdraw(b)
    threads["b"].join(timeout=10)
    assert ended == {"b": "the question was withdrawn before its turn came"}
    assert [turnstile.ahead(one) for one in (a, b, c)] == [1, 0, 2]
    turnstile.withdraw(b)  # nobody of that name waits
    turnstile.release()
    for thread in threads.values():
        thread.join(timeout=10)
    assert ended["a"] == ended["c"] == "served"
    turnstile.acquire()


# --- the default model


@pytest.fixture(scope="module")
def embedder(models_folder):
    return open_embedder(Settings(models=models_folder, embedding_dtype="float32", embedding_batch=2))


@pytest.mark.models
@pytest.mark.parametrize(
    ("chars", "batches"),
    [
        (0, [(4, 5), (5, 5)]),
        (500, [(3, 5), (5, 5)]),
        (900, [(2, 5), (4, 5), (5, 5)]),
    ],  # 1,600 // 380 = 4; never below 2
)
def test_vectors_come_in_the_order_of_the_texts_whatever_the_batches(embedder, chars, batches):
    texts = [((text or "项") * chars)[:chars] if chars else text for text in CLAUSES]
    steps = []
    together = embedder.embed_passages(texts, lambda done, total: steps.append((done, total)))
    alone = np.stack([embedder.embed_passages([text])[0] for text in texts])
    assert together.shape == (5, 384)
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
    assert steps == batches
    assert embedder.embed_passages([]).shape == (0, 384)


@pytest.mark.models
def test_a_question_finds_its_clause_in_both_languages(embedder):
    clauses = embedder.embed_passages(CLAUSES)
    assert [
        int((clauses @ embedder.embed_query(question)).argmax())
        for question in ("借书可以借多久？", "How long are records kept?")
    ] == [1, 2]


@pytest.mark.models
def test_it_is_a_llama_index_model_too(embedder):
    assert isinstance(embedder, BaseEmbedding)
    np.testing.assert_allclose(embedder.get_query_embedding("住宿费"), embedder.embed_query("住宿费"), atol=1e-6)
    np.testing.assert_allclose(
        embedder.get_text_embedding(CLAUSES[0]), embedder.embed_passages(CLAUSES[:1])[0], atol=1e-6
    )


@pytest.mark.models
def test_many_threads_get_the_vectors_that_one_gets(embedder):
    expected = [embedder.embed_query(text) for text in CLAUSES]
    found: dict[int, np.ndarray] = {}
    threads = [
        threading.Thread(target=lambda at=at: found.update({at: embedder.embed_query(CLAUSES[at])})) for at in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    for at, vector in enumerate(expected):
        np.testing.assert_array_equal(found[at], vector)


@pytest.mark.models
def test_fingerprint_follows_the_prefixes_and_not_the_rounding(models_folder, embedder):
    settings = Settings(models=models_folder)
    assert open_embedder(settings).fingerprint == embedder.fingerprint
    other = settings.model_copy(update={"embedding_passage_prefix": ""})
    assert open_embedder(other).fingerprint != embedder.fingerprint
    assert embedder.fingerprint.startswith("multilingual-e5-small:")


@pytest.mark.models
@pytest.mark.slow
def test_the_measured_dtype_is_kept(models_folder, tmp_path):
    (tmp_path / "multilingual-e5-small").symlink_to(models_folder / "multilingual-e5-small")
    settings = Settings(models=tmp_path)
    first = open_embedder(settings).embed_query("住宿费")
    notes = tmp_path / "embedding-dtype.json"
    measured = json.loads(notes.read_text())
    assert list(measured.values()) in (["float32"], ["bfloat16"])
    np.testing.assert_array_equal(open_embedder(settings).embed_query("住宿费"), first)
    forced = dict.fromkeys(measured, "bfloat16")
    notes.write_text(json.dumps(forced))
    rounded = open_embedder(settings).embed_query("住宿费")
    explicit = open_embedder(settings.model_copy(update={"embedding_dtype": "bfloat16"})).embed_query("住宿费")
    np.testing.assert_array_equal(rounded, explicit)
    assert rounded @ first >= 0.999
    assert json.loads(notes.read_text()) == forced


@pytest.mark.models
def test_tokens_are_counted_without_torch(models_folder):
    code = (
        "import sys; from pathlib import Path; from rag.settings import Settings; "
        "from rag.models.embedding import open_token_counter; "
        f"counter = open_token_counter(Settings(models=Path({str(models_folder)!r}))); "
        "print(counter.count_tokens(['住宿费', '', 'a b']), counter.max_tokens, "
        "sorted({'torch', 'llama_index', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[3, 0, 2] 512 []"
    counter = open_token_counter(Settings(models=models_folder))
    assert counter.count_tokens(CLAUSES) == open_embedder(Settings(models=models_folder)).count_tokens(CLAUSES)


@pytest.mark.models
@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("model.safetensors", b"cut short"),
        ("modules.json", b'[{"idx": 0, "name": "0", "path": "", "type": "no.Such"}]'),
    ],
)
def test_a_damaged_folder_is_one_line(models_folder, tmp_path, file, content):
    folder = tmp_path / "model"
    folder.mkdir()
    for path in (models_folder / "multilingual-e5-small").iterdir():
        (folder / path.name).symlink_to(path)
    (folder / file).unlink()
    (folder / file).write_bytes(content)
    with pytest.raises(ModelDamaged, match="cannot be loaded") as caught:
        open_embedder(Settings(embedding=str(folder), models=tmp_path)).embed_query("住宿费")
    assert "\n" not in str(caught.value)


@pytest.mark.models
def test_a_folder_of_another_dimension_than_it_says_is_damaged(models_folder, tmp_path, monkeypatch):
    folder = EmbeddingFolder(models_folder / "multilingual-e5-small", "m")
    folder.__dict__["declared_dimension"] = 512
    from rag.models.embedding_local import SentenceTransformerEmbedding

    with pytest.raises(ModelDamaged, match=r"gives 384 dimensions, its config\.json says 512"):
        SentenceTransformerEmbedding(folder, notes=tmp_path, dtype="float32").embed_query("x")


class Counting(HashEmbedder):
    """Tells which passages it was asked for."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def embed_passages(self, texts, progress=None):
        self.asked.append(list(texts))
        return super().embed_passages(texts, progress)


def test_passages_asked_for_lately_are_not_embedded_again():
    inner = Counting()
    embedder = RecallingEmbedder(inner, kept=3)
    first = embedder.embed_passages(["一", "二", "一"])
    again = embedder.embed_passages(["三", "二", "一"])
    assert inner.asked == [["一", "二"], ["三"]]
    np.testing.assert_array_equal(first[[1, 0]], again[1:])
    np.testing.assert_array_equal(again, HashEmbedder().embed_passages(["三", "二", "一"]))
    embedder.embed_passages(["四"])
    embedder.embed_passages(["二"])  # asked for longest ago, and let go of
    assert inner.asked[2:] == [["四"], ["二"]]
    assert embedder.embed_passages([]).shape == (0, inner.dimension)
    assert embedder.fingerprint == inner.fingerprint
