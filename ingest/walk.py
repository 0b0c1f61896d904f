"""Which files a command means: folders walked safely, links out of them and unreadable parts refused."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

_JUNK = {"thumbs.db", "desktop.ini", "__macosx", "__pycache__"}
_JUNK_PREFIXES = (".", "~$")


@dataclass(frozen=True, slots=True)
class Input:
    """A file to take in."""

    path: Path
    source: str
    """Its name in the index: relative to the folder given, with ``/``; of a single file, its name."""
    root: str
    """The folder given, or the one the file stands in, as an absolute path."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A path that was not taken in, and why."""

    path: str
    error: str


@dataclass(slots=True)
class Inputs:
    """What was found under the paths of a command."""

    files: list[Input] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    """Sources, and folders of sources (ending in ``/``), that are there but could not be looked at."""


def find_inputs(paths: Sequence[Path], *, skip: Path | None = None) -> Inputs:
    """All files under ``paths``, in the order given and by name inside folders.

    Hidden files and those that systems leave behind are passed over, and so is the folder ``skip``.
    """
    found = Inputs()
    taken: dict[str, Path] = {}
    for path in paths:
        try:
            _take(path, found, skip.resolve() if skip else None)
        except OSError as error:
            _fail(found, path, _unreadable(error))
    unique: list[Input] = []
    for one in found.files:
        real = one.path.resolve()
        if one.source not in taken:
            taken[one.source] = real
            unique.append(one)
        elif taken[one.source] != real:
            _fail(
                found,
                one.path,
                f"it would have the same name in the index ({one.source}) as {taken[one.source]}; "
                "add the folder that holds both",
            )
    found.files = [one for one in unique if _nameable(one, found)]
    return found


def _take(path: Path, found: Inputs, skip: Path | None) -> None:
    if path.is_dir():
        _walk(path, path.resolve(), found, skip)
    elif path.is_file():
        found.files.append(Input(path, path.name, str(path.resolve().parent)))
    else:
        _fail(found, path, "there is no such file or folder" if not path.exists() else "it is not a regular file")


def _walk(folder: Path, root: Path, found: Inputs, skip: Path | None) -> None:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        wrong = f"the folder cannot be read ({error.strerror})"
        if folder.resolve() == root:
            _fail(found, folder, wrong)
            found.unseen.append("/")
        else:
            _leave(found, folder, root, wrong)
        return
    for entry in entries:
        if entry.name.lower() in _JUNK or entry.name.startswith(_JUNK_PREFIXES):
            continue
        try:
            _take_entry(entry, root, found, skip)
        except OSError as error:
            _leave(found, Path(entry.path), root, _unreadable(error))


def _take_entry(entry: os.DirEntry[str], root: Path, found: Inputs, skip: Path | None) -> None:
    path = Path(entry.path)
    if entry.is_symlink() and not _leads_inside(path, root):
        wrong = "it is a link that leads out of the folder, or nowhere; add what it points to instead"
        _leave(found, path, root, wrong)
    elif entry.is_dir(follow_symlinks=False):
        if path.resolve() != skip:
            _walk(path, root, found, skip)
    elif entry.is_file():
        found.files.append(Input(path, _source(path, root), str(root)))
    elif not entry.is_symlink():
        _leave(found, path, root, "it is not a regular file")


def _leads_inside(path: Path, root: Path) -> bool:
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return False
    return target.is_relative_to(root)


def _source(path: Path, root: Path) -> str:
    """Name of a path below ``root``; its last part is not resolved, so that a link keeps its own name."""
    return (path.parent.resolve() / path.name).relative_to(root).as_posix()


def _nameable(one: Input, found: Inputs) -> bool:
    try:
        one.source.encode("utf-8")
    except UnicodeEncodeError:
        _fail(found, one.path, "its name is not valid UTF-8; rename it")
        return False
    return True


def _leave(found: Inputs, path: Path, root: Path, error: str) -> None:
    """Something stands there that is not taken in: what the index has of that name, file or folder, stays."""
    _fail(found, path, error)
    source = _source(path, root)
    found.unseen += [source, f"{source}/"]


def _unreadable(error: OSError) -> str:
    return f"it cannot be read ({error.strerror or error})"


def _fail(found: Inputs, path: Path, error: str) -> None:
    found.failed.append(Failure(str(path), error))
