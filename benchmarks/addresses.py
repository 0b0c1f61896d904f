"""Looking clauses up by address: found and reported missing, by spelling, with times.

    python benchmarks/addresses.py FOLDER [FOLDER ...] [--count 300] [--missing 100] [--seed 0]
        [--copies 0] [--worst 10]

The files are ingested with a hash embedder. Truth is read by ``address_truth.py``, from their raw lines.
Half the questions name the document. An address is found when every place found, and at least five of the
documents that have it or all of them, has exactly the words of the truth; it is reported when nothing is
found and the question is answered with the nearest clause. Not covered: files that hold several documents,
wrapped lines, numbers that a file repeats, 目,
annexes, names given in part, and the parts of reports (一、, （一）) without their document's name.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.address_truth import NUMERAL, File, Key, chinese, read_file
from ingest.pipeline import add
from ingest.recipe import standard_recipe
from rag.index import Index, Snapshot
from rag.plan import make_plan
from rag.testing import HashEmbedder
from rag.types import Scope

_ENOUGH = 5
_TEMPLATES = ("{}", "{}说什么？", "{}的内容是什么", "请问{}怎么规定的？", "{}全文")
_ENGLISH_TEMPLATES = ("What does {} say?", "{}", "Show me {}.")


@dataclass(frozen=True)
class Case:
    """A question, the keys that it asks for and the file that it names, if any."""

    spelling: str
    question: str
    keys: tuple[Key, ...]
    source: str = ""


def spell(key: Key, pick: random.Random) -> tuple[str, str]:
    """Name of a spelling, and the address in it."""
    forms = _spellings(key)
    name = pick.choice(sorted(forms))
    return name, forms[name]


def _spellings(key: Key) -> dict[str, str]:
    if key[0] == "section":
        n = key[1]
        return {
            "section n.n": f"section {n}", "Sec. n.n": f"Sec. {n}", "§ n.n": f"§ {n}", "clause n.n": f"clause {n}",
            "Rule n.n": f"Rule {n}", "SECTION n.n": f"SECTION {n}",
            **({"n.n.n": n} if n.count(".") > 1 else {}),
        }  # fmt: skip
    if key[0] in "章节":
        c = chinese(int(key[1]))
        if key[0] == "章":
            return {"第三章": f"第{c}章", "第3章": f"第{key[1]}章", "Chapter IV": f"Chapter {_roman(int(key[1]))}"}
        return {"第三章第二节": f"第{c}章第{chinese(int(key[2]))}节", "第3章第2节": f"第{key[1]}章 第{key[2]}节"}
    if key[0] == "部分":
        p = chinese(int(key[1]))
        if len(key) == 2:
            return {"第三部分": f"第{p}部分", "第3部分": f"第{key[1]}部分"}
        i = chinese(int(key[3]))
        return {
            "三（七）": f"{p}（{i}）", "三(七)": f"{p}({i})",
            "三、（七）": f"{p}、（{i}）", "三之（七）": f"{p}之（{i}）",
            "第三部分第（七）项": f"第{p}部分第（{i}）项", "第三部分第七点": f"第{p}部分第{i}点",
        }  # fmt: skip
    return _article_spellings(key)


def _article_spellings(key: Key) -> dict[str, str]:
    sub = [part for part in key[2:3] if part.isdigit()]
    n, c = key[1], chinese(int(key[1]))
    tail = f"之{chinese(int(sub[0]))}" if sub else ""
    wide = n.translate({48 + i: 0xFF10 + i for i in range(10)})
    heads = {"第十二条": f"第{c}条{tail}", "第12条": f"第{n}条{tail}"}
    rest = key[2 + len(sub) :]
    if not rest:
        heads |= {"第 十二 条": f"第 {c} 条{tail}", "第１２条": f"第{wide}条{tail}"}
        return heads if sub else {**heads, "Article 12": f"Article {n}", "Art. 12": f"Art. {n}", "十二条*": f"{c}条"}
    parts = dict(zip(rest[::2], rest[1::2], strict=True))
    k, i = parts.get("款"), parts.get("项")
    found = {}
    for name, head in heads.items():
        if k and not i:
            found[f"{name}第二款"] = f"{head}第{chinese(int(k))}款"
            found[f"{name}第2款"] = f"{head}第{k}款"
        elif i:
            middle = f"第{chinese(int(k))}款" if k else ""
            found[f"{name}{'第二款' if k else ''}第（三）项"] = f"{head}{middle}第（{chinese(int(i))}）项"
            found[f"{name}{'第二款' if k else ''}第三项"] = f"{head}{middle}第{chinese(int(i))}项"
            found[f"{name}{'第二款' if k else ''}(三)"] = f"{head}{middle}({chinese(int(i))})"
    if k and not i and not sub:
        found["paragraph 2 of Article 12"] = f"paragraph {k} of Article {n}"
    if i and not k and not sub:
        found["Article 12(3)"] = f"Article {n}({i})"
        found["第十二条③"] = f"第{c}条{chr(0x245F + int(i))}" if int(i) <= 20 else f"第{c}条({i})"
    return found


def _roman(value: int) -> str:
    return "X" * (value // 10) + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[value % 10]


def make_cases(files: Sequence[File], count: int, seed: int) -> Iterator[Case]:
    """Existing addresses: every other one with its document's name, one in six a list or a range."""
    pick = random.Random(seed)
    by_shape: dict[tuple[int, str], list[tuple[File, Key]]] = defaultdict(list)
    for file in files:
        for key in file.words:
            by_shape[(len(key), "".join(part for part in key if not part[0].isdigit()))].append((file, key))
    for i in range(count):
        file, key = pick.choice(by_shape[pick.choice(sorted(by_shape))])
        if key[0] == "条" and i % 6 == 0 and (following := _run(file, key)):
            yield _listed(file, following, pick)
            continue
        name, address = spell(key, pick)
        yield _case(name, address, (key,), file, named=i % 2 == 0 or _needs_name(name, key), pick=pick)


def _needs_name(spelling: str, key: Key) -> bool:
    """Parts of other files are numbered 1, 1.1 or 一是 too, which the truth does not read."""
    return spelling.endswith("*") or key[0] == "部分"


def _run(file: File, key: Key) -> tuple[Key, ...]:
    keys = tuple(("条", str(int(key[1]) + i)) for i in range(3))
    return keys if all(k in file.words for k in keys) else ()


def _listed(file: File, keys: tuple[Key, ...], pick: random.Random) -> Case:
    first, last = int(keys[0][1]), int(keys[2][1])
    a, b = chinese(first), chinese(last)
    ends = (keys[0], keys[2])
    name, address, wanted = pick.choice(
        [
            ("第三条和第五条", f"第{a}条和第{b}条", ends), ("第三、五条", f"第{a}、{b}条", ends),
            ("第三至五条", f"第{a}至{b}条", keys), ("第三条至第五条", f"第{a}条至第{b}条", keys),
            ("Articles 3 and 5", f"Articles {first} and {last}", ends),
            ("articles 3 to 5", f"articles {first} to {last}", keys),
        ]
    )  # fmt: skip
    return _case(name, address, wanted, file, named=True, pick=pick)


def _case(name: str, address: str, keys: tuple[Key, ...], file: File, *, named: bool, pick: random.Random) -> Case:
    english = keys[0][0] == "section"
    template = pick.choice(_ENGLISH_TEMPLATES if english else _TEMPLATES)
    latin = address[-1].isascii() and address[0].isascii() and not english
    if not named:
        return Case(name, template.format(address), keys)
    title = file.title
    if english:
        said = f"{address} of {title}"
    elif latin or pick.random() < 0.2:
        said = f"{address} of 《{title}》" if latin else f"《{title}》 {address}"
    else:
        said = pick.choice((f"《{title}》{address}", f"{title}{address}", f"{title}的{address}"))
    return Case(name, template.format(said), keys, file.source)


def make_missing(files: Sequence[File], count: int, seed: int) -> Iterator[Case]:
    """Addresses that no file has, or the named one has not: beyond the last article, 款 or 项."""
    pick = random.Random(seed + 1)
    present = {key for file in files for key in file.words}
    starts = [(file, key) for file in files for key in file.words if key[0] != "节"]
    while count:
        file, key = pick.choice(starts)
        others = [k for k in (file.words if count % 2 else present) if k[:-1] == key[:-1]]
        last = key[-1].split(".")
        highest = max(int(k[-1].split(".")[-1]) for k in others if k[-1].split(".")[:-1] == last[:-1])
        gone = (*key[:-1], ".".join([*last[:-1], str(highest + pick.randint(1, 9))]))
        if gone in present or (key[0] == "条" and int(gone[1]) > 990) or (len(key) == 3 and key[0] == "条"):
            continue
        # A part of an article that the named file has; unnamed, no file has it.
        name, address = spell(gone, pick)
        yield _case(
            name, address, (gone,), file, named=bool(count % 2) or _needs_name(name, gone) or gone[0] == "章", pick=pick
        )
        count -= 1


def squeezed(text: str) -> str:
    """Words without spaces, marks and the number that they begin with."""
    text = re.sub(
        rf"^(?:第{NUMERAL}[条章节](?:之{NUMERAL})?|[（(]{NUMERAL}[)）]|{NUMERAL}、|[\d.]+\s)",
        "",
        re.sub(r"[*#]+", "", text).strip(),
    )
    return re.sub(r"\W+", "", text)


def check(snapshot: Snapshot, case: Case, files: dict[str, File]) -> tuple[bool, str, float]:
    """Whether every key of a case was found and nothing else; what was found; seconds."""
    started = time.perf_counter()
    plan = make_plan(snapshot, case.question, Scope())
    seconds = time.perf_counter() - started
    found: dict[str, list[str]] = defaultdict(list)
    for place in plan.located:
        start, end = place.span or (place.section.start, place.section.end)
        found[snapshot.document(place.doc_id).source].append(squeezed(snapshot.file_text(place.doc_id)[start:end]))
    repealed = {snapshot.document(doc_id).source for doc_id in plan.scope.without}
    holders = [f for f in files.values() if all(key in f.words for key in case.keys) and f.source not in repealed]
    if case.source:
        holders = [files[case.source]]
    right = 0
    for source, texts in found.items():
        wanted = [squeezed(w) for key in case.keys for w in files[source].words.get(key, ())] if source in files else []
        if not _equal(texts, wanted, whole=case.keys[0][0] == "条"):
            return False, f"{source}: {[t[:20] for t in texts]} for {[w[:20] for w in wanted]}", seconds
        right += 1
    return right >= min(_ENOUGH, len(holders)), f"{right} of {len(holders)} documents", seconds


def _equal(texts: list[str], wanted: list[str], *, whole: bool) -> bool:
    if whole:
        return sorted(texts) == sorted(wanted)
    return len(texts) == len(wanted) and all(t.startswith(w[:30]) for t, w in zip(texts, wanted, strict=True))


def check_missing(snapshot: Snapshot, case: Case) -> tuple[bool, str, float]:
    """Whether an address that is nowhere is said to be, and a clause is named beside it."""
    started = time.perf_counter()
    plan = make_plan(snapshot, case.question, Scope())
    seconds = time.perf_counter() - started
    if plan.located:
        return False, f"found {[p.section.path for p in plan.located][:3]}", seconds
    named = [lost for lost in plan.missing if lost.nearest or lost.above]
    return bool(named), "reported without a nearest clause" if plan.missing else "not reported", seconds


def ingest(folders: Sequence[Path], index_folder: Path) -> tuple[Index, dict[str, File]]:
    """The index of all files, and the truth of those that hold one document, under the titles of the index."""
    embedder = HashEmbedder()
    index = Index.open(index_folder, embedder=embedder, chunk_tokens=384, create=True)
    texts: dict[str, str] = {}
    for folder in folders:
        add(index, [folder], standard_recipe(embedder, 384))
        texts |= {
            path.relative_to(folder).as_posix(): path.read_text("utf-8", "replace") for path in folder.rglob("*.*")
        }
    files: dict[str, File] = {}
    documents = defaultdict(list)
    for document in index.snapshot().documents():
        documents[document.source].append(document)
    for source, held in documents.items():
        file = read_file(source, texts[source]) if source in texts and len(held) == 1 else None
        if file is not None and held[0].title:
            file.title = held[0].title
            files[source] = file
    return index, files


def copied(folder: Path, copies: int, scratch: Path) -> Iterator[Path]:
    """The folder, and copies of it whose documents bear another place in their titles, to make an index larger."""
    yield folder
    for place in "甲乙丙丁戊己庚辛"[:copies]:
        target = scratch / f"{place}市"
        target.mkdir()
        for path in folder.glob("*.md"):
            text = re.sub(r"(?m)^# (?=\S)", f"# {place}市", path.read_text("utf-8"), count=1)
            (target / f"{place}_{path.name}").write_text(text, "utf-8")
        yield target


def report(title: str, results: Sequence[tuple[Case, bool, str, float]], worst: int) -> None:
    """One row a spelling and one for all."""
    groups: dict[str, list[bool]] = defaultdict(list)
    for case, right, _, _ in results:
        groups[case.spelling].append(right)
    write = sys.stdout.write
    write(f"\n{title:32} cases  right %\n")
    for name, rights in sorted(groups.items()):
        write(f"{name:32} {len(rights):5}  {100 * statistics.mean(rights):6.1f}\n")
    times = sorted(seconds * 1000 for *_, seconds in results)
    everything = [right for _, right, _, _ in results]
    write(f"{'all':32} {len(everything):5}  {100 * statistics.mean(everything):6.1f}")
    write(f"   p50 {times[len(times) // 2]:.1f} ms, p95 {times[int(len(times) * 0.95)]:.1f} ms\n")
    for case, right, why, _ in [r for r in results if not r[1]][:worst]:
        write(f"  wrong ({right}): {case.question} | {why}\n")


def main() -> int:
    """Print both tables; 1 where anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--count", type=int, default=300, help="addresses that exist (default 300)")
    parser.add_argument("--missing", type=int, default=100, help="addresses that do not (default 100)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--copies", type=int, default=0, help="copies of the folder's Markdown files to add (default 0)"
    )
    parser.add_argument("--worst", type=int, default=10, help="how many wrong ones to show")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folders = [f for given in arguments.folders for f in copied(given, arguments.copies, Path(scratch))]
        index, files = ingest(folders, Path(scratch) / "index")
        snapshot = index.snapshot()
        totals = snapshot.totals()
        sys.stdout.write(f"{totals.documents} documents, {totals.sections} sections; truth of {len(files)} files\n")
        truths = list(files.values())
        run: Callable[[Case], tuple[bool, str, float]] = lambda case: check(snapshot, case, files)  # noqa: E731
        found = [(case, *run(case)) for case in make_cases(truths, arguments.count, arguments.seed)]
        gone = [
            (case, *check_missing(snapshot, case)) for case in make_missing(truths, arguments.missing, arguments.seed)
        ]
        report("found", found, arguments.worst)
        report("reported missing", gone, arguments.worst)
    return 0 if all(right for _, right, _, _ in found + gone) else 1


if __name__ == "__main__":
    raise SystemExit(main())
