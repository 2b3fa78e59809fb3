"""CPU time of processes, from /proc."""

from __future__ import annotations

import os
from pathlib import Path


def cpu_seconds(pid: int) -> float:
    """CPU time of a process with all its threads; nanoseconds where the kernel counts them, else ticks."""
    total = 0
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            total += int((thread / "schedstat").read_text().split()[0])
        return total / 1e9
    except (FileNotFoundError, ProcessLookupError):
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def postgres_seconds(pid: int) -> float:
    """CPU time of one of PostgreSQL's processes; nothing if the server is on another machine."""
    try:
        name = Path(f"/proc/{pid}/comm").read_text()
        return cpu_seconds(pid) if name.startswith("postgres") else 0.0
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
