"""``kill -9`` at random instants of add, update and remove: the state is the one before or the one after.

``pytest --log-cli-level=INFO`` shows how often each.
"""

import contextlib
import json
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest
from policy_files import content, content_of, marker, policy_file

from rag.index import Index
from rag.index.invariants import check_snapshot
from rag.testing import HashEmbedder
from rag.types import Scope

KILLS = 200
OPERATIONS = ("add", "update", "remove")


class Worker:
    """The process of kill_worker.py."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("kill_worker.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, folder, put, remove, kill_after_s=None):
        """Carry out a change; seconds it took, and whether it was killed."""
        self.process.stdin.write(json.dumps({"folder": str(folder), "put": put, "remove": remove}) + "\n")
        self.process.stdin.flush()
        word, pid = self.process.stdout.readline().split()
        began = time.monotonic()
        if word == "started" and kill_after_s is not None:
            time.sleep(kill_after_s)
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        while word != "ended":
            word, status = self.process.stdout.readline().split()
        return time.monotonic() - began, int(status) == signal.SIGKILL


@pytest.fixture
def worker():
    started = Worker()
    yield started
    started.process.stdin.close()
    started.process.wait(timeout=20)


def next_change(random_, operation, state, fresh):
    """(put, remove, state after) of one operation on ``state``: source → seed."""
    if operation == "add":
        put = [(f"new{fresh}-{n}.txt", fresh) for n in range(random_.choice([1, 1, 3]))]
        return put, [], state | dict(put)
    source = random_.choice(sorted(state))
    if operation == "update":
        return [(source, fresh)], [], state | {source: fresh}
    return [], [source], {name: seed for name, seed in state.items() if name != source}


def files_of(state):
    return content_of(policy_file(source, seed) for source, seed in state.items())


@pytest.fixture
def folder(tmp_path):
    """In memory where there is such a place: a killed process loses nothing it wrote, only a dead machine does."""
    memory = Path("/dev/shm")
    place = Path(tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else tmp_path))
    yield place / "index"
    shutil.rmtree(place)


@pytest.mark.slow
def test_killed_changes_leave_the_state_before_or_after(folder, worker):
    random_ = random.Random(20240701)
    state = {f"file{n}.txt": 0 for n in range(6)}
    worker.run(folder, list(state.items()), [])
    usual_s = {}
    outcomes, repaired = Counter(), Counter()
    kill = 0
    while sum(count for (_, outcome), count in outcomes.items() if outcome != "not killed in time") < KILLS:
        kill += 1
        operation = "remove" if len(state) > 11 else "add" if len(state) < 3 else OPERATIONS[kill % 3]
        put, remove, after = next_change(random_, operation, state, fresh=kill + 1)
        if operation not in usual_s:
            usual_s[operation], _ = worker.run(folder, put, remove)
            state = after
            continue
        took_s, killed = worker.run(folder, put, remove, random_.uniform(0, usual_s[operation]))
        if not killed:
            usual_s[operation] = took_s
        with Index.open(folder, embedder=HashEmbedder()) as index:
            snapshot = index.snapshot()
            found = content(snapshot)
            outcome = "after" if found == files_of(after) else "before"
            assert found == files_of(after if outcome == "after" else state), (kill, operation)
            for repair in index.repairs:
                repaired[f"{repair.part} {repair.how}"] += 1
            for source, seed in set(state.items()) ^ set(after.items()):
                here = (after if outcome == "after" else state).get(source) == seed
                assert bool(snapshot.search_lexical(marker(source, seed), 5, Scope())) == here
            assert check_snapshot(folder, snapshot) == []
        outcomes[operation, outcome if killed else "not killed in time"] += 1
        state = after if outcome == "after" else state
    summary = {f"{operation} {outcome}": count for (operation, outcome), count in sorted(outcomes.items())}
    report = f"kills: {summary}; repairs by the next reader: {dict(repaired)}; undisturbed, seconds: {usual_s}"
    logging.getLogger(__name__).info(report)
    assert all(outcomes[operation, "before"] for operation in OPERATIONS)
    assert all(outcomes[operation, "after"] for operation in OPERATIONS)
