"""A streamed answer that goes on telling while it waits: how many questions the language model answers first."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass

from rag.types import Event, Question
from ui.parts import Bot

_LOOK_S = 0.5


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing new yet; ``ahead`` questions are answered before this one."""

    ahead: int


def with_turns(bot: Bot, question: Question) -> Iterator[Event | Waiting]:
    """``bot.stream(question)`` with a ``Waiting`` twice a second where nothing else is to be told.

    Closing it gives up the place in line and stops the answer at its next event.
    """
    events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
    ended: Future[None] = Future()
    left = threading.Event()

    def work() -> None:
        try:
            for event in bot.stream(question):
                if left.is_set():
                    break
                events.put(event)
            ended.set_result(None)
        except BaseException as error:  # noqa: BLE001 - raised again in the reader's thread
            ended.set_exception(error)
        finally:
            events.put(None)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            try:
                event = events.get(timeout=_LOOK_S)
            except queue.Empty:
                yield Waiting(bot.questions_ahead(thread.ident or 0))
                continue
            if event is None:
                ended.result()
                return
            yield event
    finally:
        left.set()
        bot.withdraw(thread.ident or 0)
