"""Running a task that reports its progress by callback as an iterator of its reports."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

P = TypeVar("P")
R = TypeVar("R")


def stepwise(task: Callable[[Callable[[P], None]], R]) -> Iterator[P | R]:
    """Run ``task(report)`` in a thread: yields what it reports, then its result.

    Reports that pile up while the reader is busy are dropped but for the last. What the task raises
    is raised here.
    """
    reports: queue.Queue[P | None] = queue.Queue()
    future: Future[R] = Future()

    def work() -> None:
        try:
            future.set_result(task(reports.put))
        except BaseException as error:  # noqa: BLE001 - raised again in the reader's thread
            future.set_exception(error)
        finally:
            reports.put(None)

    Thread(target=work, daemon=True).start()
    while (report := reports.get()) is not None:
        while not reports.empty():
            newer = reports.get()
            if newer is None:
                yield future.result()
                return
            report = newer
        yield report
    yield future.result()
