"""Old word-processor files (.doc, .wps, .rtf) through LibreOffice, where it is installed.

It runs apart from any desktop session: a profile of its own in a temporary folder, macros off, a
time limit. What it writes is read as .docx.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from ingest.readers import limits
from ingest.readers.docx import read_docx
from ingest.source import SourceText
from rag.errors import DocumentError, MissingExtra

LIMIT_BYTES = 64 * limits.MIB
TIMEOUT_S = 120.0
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WORKS = ("MatOST", "MM", "CONTENTS")
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link"><value>0</value></prop></item>
</oor:items>
"""  # noqa: E501 - an XML file


def read_doc(data: bytes, name: str) -> SourceText:
    """A .doc or .wps file's text, as ``read_docx`` gives it.

    Raises:
        DocumentError: empty, no such file, damaged, by password, or a Microsoft Works file.
        MissingExtra: LibreOffice is not installed.
    """
    _check(data, name)
    if data.startswith(b"PK"):
        return read_docx(data, name)
    if not data.startswith(_OLE) and not data.startswith(b"{\\rtf"):
        raise DocumentError(f"{name}: not a Word or WPS file; open it in its program and save it as .docx")
    if data.startswith(_OLE) and "WordDocument".encode("utf-16-le") not in data:
        what = "a Microsoft Works file" if _is_works(data) else "an office file, but no text document"
        raise DocumentError(f"{name}: {what}, which is not read; save it as .docx or .pdf in the program it comes from")
    return _converted(data, name, "rtf" if data.startswith(b"{\\rtf") else "doc")


def read_rtf(data: bytes, name: str) -> SourceText:
    """A Rich Text file's text.

    Raises:
        DocumentError: empty, not Rich Text, or damaged.
        MissingExtra: LibreOffice is not installed.
    """
    _check(data, name)
    if not data.startswith(b"{\\rtf"):
        raise DocumentError(f"{name}: not Rich Text (it does not begin with {{\\rtf); give it its own ending")
    return _converted(data, name, "rtf")


def _check(data: bytes, name: str) -> None:
    limits.check_size(len(data), name, LIMIT_BYTES)
    if not data:
        raise DocumentError(f"{name}: the file is empty (0 bytes)")


def _is_works(data: bytes) -> bool:
    return b"MSWorks" in data or any(stream.encode("utf-16-le") + b"\0\0" in data for stream in _WORKS)


def _converted(data: bytes, name: str, ending: str) -> SourceText:
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        raise MissingExtra(
            f"{name}: .doc, .wps and .rtf are read through LibreOffice, which is not installed; install it "
            "(Debian: apt-get install libreoffice-writer), or save the file as .docx"
        )
    with tempfile.TemporaryDirectory(prefix="yiju-office-") as folder:
        place = Path(folder)
        profile = place / "profile" / "user"
        profile.mkdir(parents=True)
        (profile / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
        (place / f"document.{ending}").write_bytes(data)
        _run(program, place, f"document.{ending}", name)
        written = place / "document.docx"
        if not written.is_file():
            raise DocumentError(f"{name}: LibreOffice could not open it (damaged, or protected by a password)")
        converted = read_docx(written.read_bytes(), name)
    return SourceText(
        text=converted.text,
        blocks=converted.blocks,
        format=Path(name).suffix.lower().lstrip(".") or ending,
        title=converted.title,
        warnings=converted.warnings,
    )


def _run(program: str, place: Path, source: str, name: str) -> None:
    command = [
        program,
        f"-env:UserInstallation={(place / 'profile').as_uri()}",
        "--headless",
        "--norestore",
        "--nolockcheck",
        "--convert-to",
        "docx",
        "--outdir",
        str(place),
        str(place / source),
    ]
    environment = {**os.environ, "HOME": str(place)}
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, start_new_session=True
    ) as running:
        try:
            running.wait(TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            raise DocumentError(
                f"{name}: LibreOffice did not finish within {TIMEOUT_S:.0f} s; save the file as .docx"
            ) from None
