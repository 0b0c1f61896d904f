"""``python -m ingest``: what each command prints, changes and returns."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from policy_files import read_made_up

from ingest import pipeline
from ingest.__main__ import main
from ingest.readers import FORMATS
from ingest.readers.plain import read_plain
from ingest.recipe import Recipe
from rag.index import Index, check
from rag.index.records import natural_doc_id
from rag.testing import HashEmbedder


@pytest.fixture
def recipe(monkeypatch):
    """A recipe for files that hold a seed, in place of the readers and the outline."""

    def made_up(embedder, chunk_tokens, version="1"):
        def chunk(text, document):
            raise AssertionError("nothing is rechunked here")

        return Recipe(version, chunk_tokens, read_made_up, chunk)

    monkeypatch.setattr("ingest.recipe.standard_recipe", made_up)
    return made_up


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    write(folder / "a.txt", "1")
    write(folder / "sub folder" / "办法 😀.txt", "2")
    return folder


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def run(tmp_path, capsys, recipe):
    def command(*words, index=tmp_path / "index"):
        capsys.readouterr()
        status = main([*map(str, words), "--index", str(index)], open_embedder=lambda _: HashEmbedder())
        out, err = capsys.readouterr()
        return status, out, err

    return command


def report(result):
    status, out, _ = result
    payload = json.loads(out)
    return status, {key: payload[key] for key in ("added", "updated", "unchanged", "removed")}, payload


def lists(**given):
    return {"added": [], "updated": [], "unchanged": [], "removed": []} | given


BOTH = ["a.txt", "sub folder/办法 😀.txt"]


def test_add_adds_replaces_what_changed_and_leaves_the_rest(run, docs, tmp_path):
    status, changes, payload = report(run("add", docs, "--json"))
    assert (status, changes) == (0, lists(added=BOTH))
    assert {key: payload[key] for key in ("failed", "documents", "sections", "chunks")} == {
        "failed": [], "documents": 2, "sections": 6, "chunks": 8,
    }  # fmt: skip
    assert payload["chars"] == sum(len(read_made_up(docs / name, name).text) for name in BOTH)
    assert report(run("add", docs, "--json"))[:2] == (0, lists(unchanged=BOTH))
    write(docs / "a.txt", "3")
    assert report(run("add", docs, "--json"))[:2] == (0, lists(updated=["a.txt"], unchanged=BOTH[1:]))
    assert check(tmp_path / "index") == []


def test_what_fails_is_listed_and_the_rest_is_kept(run, docs, tmp_path):
    write(docs / "bad.txt", "bad")
    status, changes, payload = report(run("add", docs, tmp_path / "nowhere", "--json"))
    assert (status, changes) == (1, lists(added=BOTH))
    assert sorted((Path(f["path"]).name, f["error"]) for f in payload["failed"]) == [
        ("bad.txt", "made to fail"),
        ("nowhere", "there is no such file or folder"),
    ]
    status, out, err = run("add", docs)
    assert status == 1
    assert err == f"failed {docs}/bad.txt: made to fail\n"
    assert out.startswith("0 added, 0 updated, 2 unchanged, 1 failed: 2 documents, 6 sections, 8 chunks, ")


def test_failed_update_keeps_the_old_version_and_says_so(run, docs, tmp_path):
    run("add", docs)
    write(docs / "a.txt", "bad")
    for command in ("add", "sync"):
        status, _, payload = report(run(command, docs, "--json"))
        assert status == 1
        assert payload["failed"] == [
            {"path": f"{docs}/a.txt", "error": "made to fail (the version in the index is kept)"}
        ]
    assert [d["source"] for d in json.loads(run("list", "--json")[1])["documents"]] == BOTH


def test_sync_removes_what_is_gone_from_its_folder_only(run, docs, tmp_path):
    write(tmp_path / "other" / "c.txt", "9")
    run("add", docs, tmp_path / "other" / "c.txt")
    (docs / "a.txt").unlink()
    assert report(run("sync", docs, "--json"))[:2] == (0, lists(unchanged=BOTH[1:], removed=["a.txt"]))
    assert [d["source"] for d in json.loads(run("list", "--json")[1])["documents"]] == ["c.txt", *BOTH[1:]]
    assert check(tmp_path / "index") == []


def test_sync_keeps_what_an_unreadable_folder_held(run, docs, monkeypatch):
    run("add", docs)
    scandir = os.scandir

    def refusing(path):
        if Path(path).name == "sub folder":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr("ingest.walk.os.scandir", refusing)
    status, changes, payload = report(run("sync", docs, "--json"))
    assert (status, changes) == (1, lists(unchanged=["a.txt"]))
    assert payload["failed"] == [
        {"path": f"{docs}/sub folder", "error": "the folder cannot be read (Permission denied)"}
    ]


@pytest.mark.parametrize("target", ["missing", "../elsewhere"])
def test_sync_keeps_what_stood_where_a_link_now_leads_out_of_the_folder(run, docs, tmp_path, target):
    run("add", docs)
    (docs / "sub folder").rename(tmp_path / "elsewhere")
    (docs / "sub folder").symlink_to(target)
    status, changes, payload = report(run("sync", docs, "--json"))
    assert (status, changes) == (1, lists(unchanged=["a.txt"]))
    assert [Path(f["path"]).name for f in payload["failed"]] == ["sub folder"]
    assert [d["source"] for d in json.loads(run("list", "--json")[1])["documents"]] == BOTH


def test_a_path_that_cannot_be_looked_at_costs_only_itself(run, docs):
    status, changes, payload = report(run("add", "x" * 300, docs / "a.txt", "--json"))
    assert (status, changes) == (1, lists(added=["a.txt"]))
    assert payload["failed"] == [{"path": "x" * 300, "error": "it cannot be read (File name too long)"}]


def test_a_file_that_is_replaced_while_it_is_read_is_read_again_by_the_next_command(tmp_path, capsys, monkeypatch):
    path = tmp_path / "rules.txt"
    write(path, "档案管理办法\n\n第一条 借阅不超过三十日。\n")

    def replaced(data, name):
        write(path, "档案管理办法\n\n第一条 借阅不超过六十日。\n")
        return read_plain(data, name)

    words = ["add", str(path), "--index", str(tmp_path / "index"), "--json"]
    for reader, changes in ((replaced, "added"), (read_plain, "updated"), (read_plain, "unchanged")):
        monkeypatch.setitem(FORMATS, ".txt", reader)
        assert main(words, open_embedder=lambda _: HashEmbedder()) == 0
        assert json.loads(capsys.readouterr().out)[changes] == ["rules.txt"]
    with Index.open(tmp_path / "index") as index:
        (document,) = index.snapshot().documents()
        assert "六十日" in index.snapshot().file_text(document.doc_id)


@pytest.mark.parametrize("name", ["a.txt", natural_doc_id("a.txt", 0), "a.txt 第1份", "《a.txt 第1份》"])
def test_remove_takes_source_id_or_title(run, docs, tmp_path, name):
    run("add", docs)
    status, out, _ = run("remove", name)
    assert (status, out) == (0, f"removed a.txt  《a.txt 第1份》 ({natural_doc_id('a.txt', 0)})\n")
    assert [d["source"] for d in json.loads(run("list", "--json")[1])["documents"]] == BOTH[1:]
    assert check(tmp_path / "index") == []


def test_remove_of_an_unknown_name_removes_nothing(run, docs):
    run("add", docs)
    status, out, err = run("remove", "a.txt", "nothing")
    assert (status, out) == (2, "")
    assert err.startswith("yiju: no document nothing in ")
    assert len(json.loads(run("list", "--json")[1])["documents"]) == 2


def test_removed_part_of_a_file_comes_back_when_the_file_is_added_again(run, tmp_path):
    write(tmp_path / "two.txt", "5 documents=2")
    run("add", tmp_path / "two.txt")
    run("remove", natural_doc_id("two.txt", 1))
    assert report(run("add", tmp_path / "two.txt", "--json"))[:2] == (0, lists(updated=["two.txt"]))
    assert json.loads(run("list", "--json")[1])["documents"][1]["doc_id"] == natural_doc_id("two.txt", 1)


def test_same_document_number_replaces_over_commands_and_warns_within_one(run, tmp_path):
    write(tmp_path / "v1" / "old.txt", "1 number=办发〔2020〕1号")
    write(tmp_path / "v2" / "new.txt", "2 number=办发〔2020〕1号")
    run("add", tmp_path / "v1")
    status, changes, payload = report(run("add", tmp_path / "v2", "--json"))
    assert (status, changes) == (0, lists(updated=["new.txt"], removed=["old.txt"]))
    assert payload["warnings"] == ["new.txt takes the place of old.txt: same document number"]
    status, _, err = run("add", tmp_path / "v1", tmp_path / "v2", index=tmp_path / "both")
    assert status == 0
    assert err == "warning: new.txt and old.txt have the same document number 办发〔2020〕1号; both are kept\n"


def test_same_content_under_two_names_is_two_documents(run, tmp_path):
    write(tmp_path / "d" / "a.txt", "1")
    write(tmp_path / "d" / "b.txt", "1")
    assert report(run("add", tmp_path / "d", "--json"))[1] == lists(added=["a.txt", "b.txt"])


def test_hidden_files_junk_and_links_out_of_the_folder_are_not_taken_in(run, docs, tmp_path):
    for name in (".DS_Store", "~$a.docx", "Thumbs.db", ".git/x.txt", "__MACOSX/a.txt"):
        write(docs / name, "7")
    write(tmp_path / "secret.txt", "8")
    (docs / "out.txt").symlink_to(tmp_path / "secret.txt")
    (docs / "broken.txt").symlink_to(docs / "missing")
    (docs / "loop").symlink_to(docs)
    (docs / "up").symlink_to(tmp_path)
    (docs / "inside.txt").symlink_to(docs / "a.txt")
    os.mkfifo(docs / "pipe.txt")
    status, changes, payload = report(run("add", docs, "--json"))
    assert status == 1
    assert {Path(f["path"]).name for f in payload["failed"]} == {"out.txt", "broken.txt", "up", "pipe.txt"}
    assert changes == lists(added=["a.txt", "inside.txt", "sub folder/办法 😀.txt"])


def test_two_files_of_one_name_are_not_taken_for_one(run, tmp_path):
    write(tmp_path / "x" / "a.txt", "1")
    write(tmp_path / "y" / "a.txt", "2")
    status, changes, payload = report(run("add", tmp_path / "x/a.txt", tmp_path / "y/a.txt", "--json"))
    assert (status, changes) == (1, lists(added=["a.txt"]))
    assert "it would have the same name in the index (a.txt)" in payload["failed"][0]["error"]


def test_name_that_climbs_stays_a_plain_name(run, tmp_path):
    write(tmp_path / "docs" / "a.txt", "1")
    (tmp_path / "docs" / "deep").mkdir()
    assert report(run("add", tmp_path / "docs/deep/../a.txt", "--json"))[1] == lists(added=["a.txt"])


def test_empty_folder_adds_nothing(run, tmp_path):
    (tmp_path / "empty").mkdir()
    assert report(run("add", tmp_path / "empty", "--json"))[:2] == (0, lists())


def test_index_inside_the_folder_is_passed_over(run, docs):
    assert report(run("add", docs, "--json", index=docs / "index"))[:2] == (0, lists(added=BOTH))
    assert report(run("add", docs, "--json", index=docs / "index"))[:2] == (0, lists(unchanged=BOTH))


def test_newer_reading_code_reads_again_but_tells_only_real_changes(docs, tmp_path, recipe):
    embedder = HashEmbedder()
    with Index.open(tmp_path / "i", embedder=embedder, chunk_tokens=384, create=True) as index:
        first = pipeline.add(index, [docs], recipe(embedder, 384))
        again = pipeline.add(index, [docs], recipe(embedder, 384, version="2"))
        assert (again.unchanged, again.updated, again.version) == (tuple(BOTH), (), first.version)
        with index.writer() as writer:
            assert {file.recipe for file in writer.files().values()} == {"2"}


def test_check_prints_one_line_for_each_violation(run, docs, tmp_path):
    run("add", docs)
    status, out, err = run("check")
    assert (status, err) == (0, "")
    assert "2 documents, every invariant holds" in out
    from rag.index.store import Store

    store = Store(tmp_path / "index")
    store.execute("UPDATE chunks SET text = 'other' WHERE id = 2")
    store.close()
    status, out, err = run("check")
    assert status == 1
    assert out.splitlines()
    assert all("Mend: python -m ingest" in line for line in out.splitlines())
    status, out, _ = run("check", "--json")
    assert status == 1
    assert {"rule", "message", "mend"} == set(json.loads(out)["violations"][0])


def test_check_tells_what_opening_mended(run, docs, tmp_path):
    run("add", docs)
    (tmp_path / "index" / "vectors.faiss").unlink()
    (tmp_path / "index" / "lexical" / "meta.json").unlink()
    status, _, err = run("check")
    assert status == 0
    assert "mended on opening: lexical part was rebuilt" in err


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["add"], 2, "add takes at least one file or folder"),
        (["sync", "nowhere"], 2, "nowhere is not a folder"),
        (["list"], 2, "no index in "),
        (["check"], 2, "no index in "),
        (["remove", "x"], 2, "no index in "),
        (["list", "--set", "nonsense=1"], 2, "unknown setting nonsense"),
        (["list", "--set", "models=i\udcff"], 2, "models = 'i\\udcff': Value error, it is not valid UTF-8"),
        (["outline", "x" * 300 + ".txt"], 1, "cannot be opened (File name too long)"),
        (["list", "--set", "nonsense"], 2, "--set takes KEY=VALUE"),
    ],
)
def test_usage_errors_are_one_line(run, words, status, message):
    found, out, err = run(*words)
    assert (found, out) == (status, "")
    assert message in err
    assert err.count("\n") == 1


def test_second_writer_gets_one_line_and_exit_code_1(run, docs, tmp_path):
    run("add", docs)
    write(docs / "a.txt", "4")
    with Index.open(tmp_path / "index", embedder=HashEmbedder()) as index, index.writer():
        status, out, err = run("add", docs)
    assert (status, out) == (1, "")
    assert "is being written by process" in err


def test_output_is_utf8_whatever_the_locale(docs, tmp_path, run):
    run("add", docs)
    done = subprocess.run(
        [sys.executable, "-m", "ingest", "list", "--index", str(tmp_path / "index")],
        env={"LANG": "C", "LC_ALL": "C", "PATH": os.environ["PATH"], "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        cwd=Path(__file__).parents[1],
        capture_output=True,
        check=True,
    )
    assert "办法 😀.txt  《sub folder/办法 😀.txt 第1份》" in done.stdout.decode("utf-8")


def test_output_that_cannot_be_written_is_one_line(docs, tmp_path, run):
    run("add", docs)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ingest", "list", "--index", str(tmp_path / "index"), "--json"],
            cwd=Path(__file__).parents[1],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, b"yiju: the output: No space left on device\n")


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    out = capsys.readouterr().out
    assert all(f"\n    {word} " in out for word in ("add", "sync", "remove", "list", "check", "outline"))


def test_real_readers_outline_and_chunks_make_a_sound_index(tmp_path, capsys):
    text = (
        "档案管理办法\n\n第一章 总则\n第一条 为了规范档案管理，制定本办法。\n第二条 档案由办公室保管。\n"
        "第二章 借阅\n第三条 借阅不超过三十日。\n"
    )
    write(tmp_path / "档案.txt", text)
    words = ["add", str(tmp_path / "档案.txt"), "--index", str(tmp_path / "index")]
    assert main([*words, "--json"], open_embedder=lambda _: HashEmbedder()) == 0
    assert json.loads(capsys.readouterr().out)["sections"] == 5
    assert check(tmp_path / "index") == []
    assert main([*words, "--set", "chunk_tokens=64"], open_embedder=lambda _: HashEmbedder()) == 2
    assert "was built with chunk_tokens = 384, settings say 64. Rebuild: python -m ingest" in capsys.readouterr().err
    rebuild = ["add", "--rebuild", "--index", str(tmp_path / "index"), "--set", "chunk_tokens=64"]
    assert main(rebuild, open_embedder=lambda _: HashEmbedder(32)) == 0
    assert check(tmp_path / "index") == []
    with Index.open(tmp_path / "index", embedder=HashEmbedder(32), chunk_tokens=64) as index:
        assert [d.source for d in index.snapshot().documents()] == ["档案.txt"]
        assert index.snapshot().dense.dimension == 32
