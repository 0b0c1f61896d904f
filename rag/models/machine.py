"""What this machine is: its processor and how many cores may be used."""

from __future__ import annotations

import os
import platform
from pathlib import Path

_CPU = Path("/sys/devices/system/cpu")


def physical_cores() -> int:
    """Cores this process may run on, each counted once however many threads it has; at least 1.

    Reading and writing tokens is bound by arithmetic, so a second thread on a core only costs.
    """
    if not hasattr(os, "sched_getaffinity"):
        return max(1, os.cpu_count() or 1)
    allowed = os.sched_getaffinity(0)
    siblings = {_siblings(cpu) for cpu in allowed}
    return max(1, len(siblings))


def processor() -> str:
    """Name of the processor, the same on every start: ``AMD EPYC 26.2``."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    facts: dict[str, str] = {}
    for line in lines:
        key, colon, value = line.partition(":")
        if not colon:
            break
        facts[key.strip()] = value.strip()
    name = facts.get("model name", platform.machine())
    return f"{name} {facts.get('cpu family', '')}.{facts.get('model', '')}".strip(" .")


def _siblings(cpu: int) -> str:
    try:
        return (_CPU / f"cpu{cpu}" / "topology" / "thread_siblings_list").read_text(encoding="ascii").strip()
    except OSError:
        return str(cpu)
