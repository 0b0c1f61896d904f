"""``python -m ui.users``: who may sign in to the page. Passwords are asked for, never taken from the command line."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Sequence

from rag.errors import UsageError, YijuError
from rag.settings import load_settings
from ui.people import ROLES
from ui.users.book import UserBook


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 1 with a line on what is wrong."""
    options = _parser().parse_args(arguments)
    try:
        book = UserBook(load_settings({"users": options.users}).users)
        if options.command == "list":
            for name, user in sorted(book.users().items()):
                print(f"{name}\t{user.role}{'' if user.password else ', no password'}")
        elif options.command == "remove":
            book.remove(options.name)
            print(f"{options.name} is removed; sessions of theirs end with the next click")
        else:
            password = None if options.no_password else _asked(options.name)
            book.put(options.name, options.role, password)
            print(f"{options.name} is {options.role}")
    except YijuError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ui.users", description="Who may sign in to the page.")
    parser.add_argument("--users", help="the file of users; default: the setting")
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help="add a user, or change role and password")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--role", choices=ROLES, default="reader", help="default: reader")
    add.add_argument(
        "--no-password",
        action="store_true",
        help="set the role only: for names that a reverse proxy vouches for, or to keep the password",
    )
    remove = commands.add_parser("remove", help="take a user out")
    remove.add_argument("name", metavar="NAME")
    commands.add_parser("list", help="names and roles")
    return parser


def _asked(name: str) -> str:
    """The password, asked twice at a terminal, or one line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass(f"Password for {name}: ")
    if getpass.getpass("Again: ") != password:
        raise UsageError("the two passwords differ; nothing was changed")
    return password


if __name__ == "__main__":
    sys.exit(main())
