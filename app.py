"""Serve the page: ``python app.py``; settings come from ``yiju.toml``, ``YIJU_*`` and the flags here."""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Sequence
from pathlib import Path

from rag.errors import YijuError
from rag.settings import load_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the chatbot and serve its page until interrupted; models load once the first page is drawn."""
    parser = argparse.ArgumentParser(prog="python app.py", description="Serve the chat page.")
    parser.add_argument("--index", type=Path, help="folder of the index")
    parser.add_argument("--llm", help="who phrases the answers: local, extractive or openai")
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", type=int, help="port to listen on")
    flags = vars(parser.parse_args(arguments))
    try:
        settings = load_settings(flags)
        from rag.chatbot import open_chatbot
        from ui.intake import PipelineIntake
        from ui.page import serve

        bot = open_chatbot(settings)
        address = f"http://{settings.host}:{settings.port}"

        def listening() -> None:
            print(f"Yiju is at {address} (stop it with Ctrl+C)", flush=True)
            bot.preload(llm=False)

        serve(
            bot,
            PipelineIntake(bot),
            listening=listening,
            # Loading the language model holds the interpreter for seconds, so the page is drawn first.
            viewed=functools.cache(bot.preload),
        )
    except KeyboardInterrupt:
        return 0
    except YijuError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
