"""What the three command lines share: settings from flags, one line for an error, exit codes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

from rag.errors import UsageError, YijuError
from rag.settings import Settings, load_settings


def run_command(
    parser: argparse.ArgumentParser,
    argv: Sequence[str] | None,
    *,
    usage_errors: tuple[type[YijuError], ...] = (UsageError,),
    stopped: str = "stopped",
    **extra: Any,
) -> int:
    """Parse ``argv`` and call ``arguments.execute(arguments)``, with ``extra`` among the arguments.

    Returns the exit code: the command's own; 2 for ``usage_errors``, 1 for any other ``YijuError`` and
    for a file that the system refuses, each with one line on stderr; 130 when interrupted, saying
    ``stopped`` and what the interrupt itself tells. Output is UTF-8 whatever the locale.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    arguments = parser.parse_args(argv, argparse.Namespace(**extra))
    try:
        code = int(arguments.execute(arguments))
        _flush()
    except YijuError as error:
        sys.stderr.write(f"yiju: {error}\n")
        return 2 if isinstance(error, usage_errors) else 1
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            sys.stderr.write(f"yiju: {error.filename or 'the output'}: {error.strerror or error}\n")
        _drop_output()
        return 1
    except KeyboardInterrupt as interrupt:
        sys.stderr.write(f"yiju: {'; '.join([stopped, *map(str, interrupt.args)])}\n")
        return 130
    return code


def _flush() -> None:
    if sys.stdout is not None:  # the stream may have been closed by the caller
        sys.stdout.flush()


def _drop_output() -> None:
    """What stdout does not take goes nowhere; Python writes it out once more at its end, and would fail again."""
    try:
        _flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def add_settings_flags(parser: argparse.ArgumentParser) -> None:
    """``--index`` and ``--set``, which every command that opens an index takes."""
    parser.add_argument("--index", metavar="DIR", help="folder of the index (default: setting `index`)")
    parser.add_argument("--set", action="append", metavar="KEY=VALUE", help="any setting, for this run; repeatable")


def settings_from(arguments: argparse.Namespace) -> Settings:
    """Settings with the flags of the command line on top.

    Raises:
        SettingsError: an unknown key or a value out of range.
        UsageError: ``--set`` without ``=``.
    """
    flags: dict[str, Any] = {}
    for assignment in getattr(arguments, "set", None) or []:
        key, equals, value = assignment.partition("=")
        if not equals:
            raise UsageError(f"--set takes KEY=VALUE, was given {assignment!r}")
        flags[key.strip()] = value
    for name in ("index", "llm"):
        if getattr(arguments, name, None) is not None:
            flags[name] = getattr(arguments, name)
    return load_settings(flags)
