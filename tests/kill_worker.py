"""Changes an index in a process that a test kills; started by test_index_kill.py, never collected.

Reads one JSON command a line, forks a child that carries it out, says ``started PID`` when the
child is about to begin and ``ended STATUS`` when it is gone. Everything is imported before the fork.
"""

import json
import os
import sys
import traceback
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import faiss  # noqa: E402, F401
import tantivy  # noqa: E402, F401
from policy_files import policy_file  # noqa: E402

from rag.index import Index  # noqa: E402
from rag.normalize import tokens  # noqa: E402
from rag.testing import HashEmbedder  # noqa: E402


def change(folder, put, remove):
    """One transaction: files put by (source, seed), sources removed."""
    with Index.open(Path(folder), embedder=HashEmbedder(), chunk_tokens=384, create=True) as index:
        say(f"started {os.getpid()}")
        with index.writer() as writer:
            for source, seed in put:
                writer.put(policy_file(source, seed))
            for document in writer.documents():
                if document.source in remove:
                    writer.remove(document.doc_id)


def say(line):
    """One line to the test, whole."""
    os.write(1, f"{line}\n".encode())


def main():
    """Serve commands until the input ends."""
    tokens("第一次调用装载字典")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                change(**json.loads(line))
                status = 0
            finally:
                if status:
                    traceback.print_exc()
                os._exit(status)
        say(f"ended {os.waitpid(child, 0)[1]}")


if __name__ == "__main__":
    main()
