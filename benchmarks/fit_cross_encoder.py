r"""Teach the default embedding model to read a question and a text together: ``rag/models/cross_encoder.npz``.

Takes files of groups, one JSON object a line, a question with texts of which some answer it or none does:
``{"q": "…", "items": [["text", 1], ["another", 0]]}``. A text reads as
``rag.evidence.as_read`` has it: label and heading of its clause, a colon, the sentence or the short clause.
``--squad`` makes such groups of a SQuAD file (the sentence that holds the answer against the three that share
most words with the question), ``--stard`` and ``--obliqa`` of those folders (against what BM25 takes for relevant).

    python benchmarks/fit_cross_encoder.py own.jsonl --squad cmrc2018_dev.json --minutes 30 \\
        --model var/models/multilingual-e5-small --out rag/models/cross_encoder.npz

Low-rank updates of the layers from ``--first-layer`` on are learned (Hu et al., "LoRA", ICLR 2022); the loss is
binary cross-entropy of each text and, where a group has both kinds, half the cross-entropy of its ranking.
Prints the AUC over 250 groups kept apart.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from rag.models.cross_encoder import identity, paired, summed_up  # noqa: E402 - after the path is set
from rag.normalize import tokens  # noqa: E402
from rag.question import content_tokens  # noqa: E402
from rag.sentences import sentence_spans  # noqa: E402

_KEPT_APART = 250
_GROUPS_AT_ONCE = 8
_WARM_UP_STEPS = 60
_LONGEST_CHARS = 110
_ADAPTED = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)


@dataclass(frozen=True)
class Group:
    """A question and texts, each with whether it answers."""

    question: str
    texts: tuple[str, ...]
    answers: tuple[bool, ...]


class LowRank(torch.nn.Module):
    """A linear layer that stays, plus ``b @ a`` that is learned."""

    def __init__(self, linear: torch.nn.Linear, rank: int) -> None:
        super().__init__()
        self.linear = linear
        self.a = torch.nn.Parameter(torch.randn(rank, linear.in_features) / math.sqrt(linear.in_features))
        self.b = torch.nn.Parameter(torch.zeros(linear.out_features, rank))

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Of states ``(…, in)`` → ``(…, out)``."""
        added: torch.Tensor = (states @ self.a.T) @ self.b.T
        return self.linear(states) + added


class Reader(torch.nn.Module):
    """The transformer with updates, and one output from its first state and the mean of all."""

    def __init__(self, transformer: Any, *, rank: int, first_layer: int) -> None:
        super().__init__()
        for weights in transformer.parameters():
            weights.requires_grad_(False)
        self.updates: dict[str, LowRank] = {}
        for at in range(first_layer, len(transformer.encoder.layer)):
            for name in _ADAPTED:
                path = f"encoder.layer.{at}.{name}"
                above, _, last = path.rpartition(".")
                update = LowRank(transformer.get_submodule(path), rank)
                setattr(transformer.get_submodule(above), last, update)
                self.updates[path] = update
        self.transformer = transformer
        self.head = torch.nn.Linear(2 * transformer.config.hidden_size, 1)

    def forward(self, encoded: Any) -> torch.Tensor:
        """Log odds ``(n,)``."""
        states = self.transformer(**encoded).last_hidden_state.float()
        odds: torch.Tensor = self.head(summed_up(states, encoded["attention_mask"]))[:, 0]
        return odds

    def start_from(self, path: Path) -> None:
        """Take over updates that were saved earlier, of the same rank and layers."""
        with np.load(path, allow_pickle=False) as stored:
            for name, tensor in self._arrays().items():
                tensor.data.copy_(torch.from_numpy(stored[name].astype(np.float32)))

    def save(self, path: Path, model: str) -> None:
        """Write the updates in half precision."""
        half = {name: tensor.detach().numpy().astype(np.float16) for name, tensor in self._arrays().items()}
        with path.open("wb") as file:
            np.savez(file, model=np.array(model), **half)

    def _arrays(self) -> dict[str, torch.Tensor]:
        arrays: dict[str, torch.Tensor] = {"head.weight": self.head.weight, "head.bias": self.head.bias}
        for name, update in self.updates.items():
            arrays |= {f"{name}.a": update.a, f"{name}.b": update.b}
        return arrays


def of_squad(path: Path, count: int, chosen: random.Random) -> Iterator[Group]:
    """Sampled questions with their passages' sentences; of an answerless one no sentence answers."""
    rows = [
        (qa, paragraph["context"])
        for article in json.loads(path.read_text(encoding="utf-8"))["data"]
        for paragraph in article.get("paragraphs", [article])
        for qa in paragraph["qas"]
    ]
    for qa, context in chosen.sample(rows, min(count, len(rows))):
        impossible = str(qa.get("is_impossible", False)).lower() == "true"
        answers = [] if impossible else [a["text"] for a in qa["answers"] if a["text"] and a["text"] in context]
        pieces = [piece for a, b in sentence_spans(context) for piece in _cut(context[a:b])]
        holding = [piece for piece in pieces if any(answer in piece for answer in answers)]
        if impossible or (answers and holding):
            others = [piece for piece in pieces if piece not in holding]
            yield _group(qa["question"], holding[:1], _most_alike(qa["question"], others, 3))


def of_passages(folder: Path, queries: str, count: int, chosen: random.Random) -> Iterator[Group]:
    """Sampled questions of a retrieval set, with passages that are relevant and some that only look so."""
    import bm25s

    corpus = [json.loads(line) for line in (folder / "corpus.jsonl").open(encoding="utf-8")]
    asked = [json.loads(line) for line in (folder / queries).open(encoding="utf-8")]
    texts = {p["id"]: f"{p.get('title') or p['doc']} {p.get('article') or p['section']}：{p['text']}" for p in corpus}
    ids = list(texts)
    engine = bm25s.BM25()
    engine.index([tokens(text) for text in texts.values()], show_progress=False)
    sample = chosen.sample(asked, min(count, len(asked)))
    found, _ = engine.retrieve([tokens(one["query"]) for one in sample], k=12, show_progress=False)
    for one, row in zip(sample, found, strict=True):
        right = [id_ for id_ in one["relevant_ids"] if id_ in texts][:2]
        wrong = [ids[int(at)] for at in row if ids[int(at)] not in right]
        if right:
            yield _group(one["query"], [texts[i] for i in right], [texts[i] for i in chosen.sample(wrong, 3)])


def _group(question: str, right: Sequence[str], wrong: Sequence[str]) -> Group:
    return Group(question, (*right, *wrong), (True,) * len(right) + (False,) * len(wrong))


def _cut(sentence: str) -> list[str]:
    """A sentence that is too long to be read at once, in pieces that end at commas."""
    pieces = [""]
    for part in re.split(r"(?<=[,，;；。])", sentence):
        if pieces[-1] and len(pieces[-1]) + len(part) > _LONGEST_CHARS:
            pieces.append("")
        pieces[-1] += part
    return [piece for piece in pieces if piece]


def _most_alike(question: str, texts: Sequence[str], count: int) -> list[str]:
    words = content_tokens(question)
    return sorted(texts, key=lambda text: -len(words.intersection(tokens(text))))[:count]


def read_groups(path: Path) -> Iterator[Group]:
    """Groups of a file."""
    for line in path.open(encoding="utf-8"):
        one = json.loads(line)
        yield Group(one["q"], tuple(text for text, _ in one["items"]), tuple(bool(label) for _, label in one["items"]))


class Lessons:
    """A reader being taught."""

    def __init__(self, reader: Reader, tokenizer: Any) -> None:
        self._reader = reader
        self._tokenizer = tokenizer

    def odds(self, groups: Sequence[Group]) -> torch.Tensor:
        """Log odds of all texts of the groups, one after another."""
        encoded = paired(
            self._tokenizer,
            [group.question for group in groups for _ in group.texts],
            [text for group in groups for text in group.texts],
        )
        with torch.autocast("cpu", dtype=torch.bfloat16):
            odds: torch.Tensor = self._reader(encoded)
        return odds.float()

    def loss(self, groups: Sequence[Group]) -> torch.Tensor:
        """Of a batch."""
        odds = self.odds(groups)
        wanted = torch.tensor([float(answer) for group in groups for answer in group.answers])
        loss = torch.nn.functional.binary_cross_entropy_with_logits(odds, wanted)
        ranked = []
        at = 0
        for group in groups:
            own, right = odds[at : at + len(group.texts)], torch.tensor(group.answers)
            if right.any() and not right.all():
                ranked.append(torch.logsumexp(own, 0) - torch.logsumexp(own[right], 0))
            at += len(group.texts)
        return loss + 0.5 * torch.stack(ranked).mean() if ranked else loss

    def teach(self, groups: Sequence[Group], *, minutes: float, rate: float, chosen: random.Random) -> None:
        """One pass over the groups, or as far as the time allows; the rate rises, then falls to nothing."""
        learned = [weights for weights in self._reader.parameters() if weights.requires_grad]
        optimizer = torch.optim.AdamW(learned, lr=rate, weight_decay=0.01)
        started, mean = time.monotonic(), 0.0
        batches = _batches(groups, chosen)
        for step, batch in enumerate(batches):
            passed = max(step / len(batches), (time.monotonic() - started) / (60 * minutes))
            if passed >= 1:
                break
            for settings in optimizer.param_groups:
                settings["lr"] = rate * min(1.0, (step + 1) / _WARM_UP_STEPS) * max(0.02, 1 - passed)
            loss = self.loss(batch)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(learned, 1.0)
            optimizer.step()
            mean = loss.item() if not step else 0.98 * mean + 0.02 * loss.item()
            if step % 200 == 199:
                sys.stdout.write(f"{step + 1} of {len(batches)} batches, loss {mean:.3f}\n")
                sys.stdout.flush()

    def auc(self, groups: Sequence[Group]) -> float:
        """Area under the ROC curve over all texts."""
        from sklearn.metrics import roc_auc_score

        with torch.inference_mode():
            odds = [self.odds(groups[at : at + 8]).numpy() for at in range(0, len(groups), 8)]
        return float(roc_auc_score([answer for group in groups for answer in group.answers], np.concatenate(odds)))


def _batches(groups: Sequence[Group], chosen: random.Random) -> list[list[Group]]:
    """Groups of like length together, in an order left to chance."""
    shuffled = chosen.sample(list(groups), len(groups))
    batches = []
    for start in range(0, len(shuffled), 400):
        part = sorted(shuffled[start : start + 400], key=lambda group: max(map(len, group.texts)))
        batches += [part[at : at + _GROUPS_AT_ONCE] for at in range(0, len(part), _GROUPS_AT_ONCE)]
    chosen.shuffle(batches)
    return batches


def main() -> None:
    """Read the sets, teach, check, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", nargs="*", type=Path, help="files of groups")
    parser.add_argument("--squad", type=Path, action="append", default=[], help="a file in SQuAD format; repeatable")
    parser.add_argument("--stard", type=Path, help="folder with corpus.jsonl and queries_train.jsonl")
    parser.add_argument("--obliqa", type=Path, help="folder with corpus.jsonl and queries_dev.jsonl")
    parser.add_argument("--questions", type=int, default=2400, help="sampled from each SQuAD file")
    parser.add_argument("--retrieval-questions", type=int, default=700, help="sampled from STARD and from ObliQA")
    parser.add_argument("--model", type=Path, default=Path("var/models/multilingual-e5-small"))
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--first-layer", type=int, default=4)
    parser.add_argument("--rate", type=float, default=6e-4, help="highest learning rate")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--start", type=Path, help="updates to go on from; none: from nothing")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    from transformers import AutoModel, AutoTokenizer

    torch.manual_seed(0)
    chosen = random.Random(0)
    groups = [group for path in arguments.groups for group in read_groups(path)]
    for path in arguments.squad:
        groups += of_squad(path, arguments.questions, chosen)
    for folder, queries in ((arguments.stard, "queries_train.jsonl"), (arguments.obliqa, "queries_dev.jsonl")):
        if folder:
            groups += of_passages(folder, queries, arguments.retrieval_questions, chosen)
    if len(groups) <= _KEPT_APART:
        parser.error(f"{len(groups)} groups are too few: more than {_KEPT_APART} are needed")
    chosen.shuffle(groups)
    transformer = AutoModel.from_pretrained(arguments.model, local_files_only=True)
    model = identity(transformer)
    reader = Reader(transformer, rank=arguments.rank, first_layer=arguments.first_layer)
    if arguments.start:
        reader.start_from(arguments.start)
    lessons = Lessons(reader, AutoTokenizer.from_pretrained(arguments.model, local_files_only=True))
    lessons.teach(groups[_KEPT_APART:], minutes=arguments.minutes, rate=arguments.rate, chosen=chosen)
    sys.stdout.write(f"{len(groups)} groups, AUC {lessons.auc(groups[:_KEPT_APART]):.3f} on {_KEPT_APART} kept apart\n")
    reader.save(arguments.out, model)


if __name__ == "__main__":
    main()
