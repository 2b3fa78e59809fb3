"""Start, watch, pause and end a process and its children, on Linux, by PID and never by name."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

PROC = Path("/proc")
POLL_SECONDS = 0.1
# Kept for as long as this interpreter runs: it reaps its children, and a lost Popen warns.
_children: dict[int, subprocess.Popen[bytes]] = {}


def spawn(command: list[str], *, log: Path, user: str | None, env: dict[str, str] | None, cwd: Path) -> int:
    """Start `command` in a session of its own, as `user` (None: as ourselves), and return its PID."""
    identity = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    with log.open("ab") as out:
        child = subprocess.Popen(  # type: ignore[call-overload]
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=env,
            cwd=cwd,
            **identity,
        )
    _children[child.pid] = child
    return int(child.pid)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third (state) on; empty if there is no such process."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return []


def started_at(pid: int) -> str:
    """When the process began, in clock ticks since boot: with the PID, a name that is never used again."""
    fields = _stat(pid)
    return fields[19] if fields else ""


def alive(pid: int, started: str = "") -> bool:
    """Whether the process runs (a paused one does). `started` guards against a PID that another now has."""
    if pid in _children:
        _children[pid].poll()
    fields = _stat(pid)
    return bool(fields) and fields[0] != "Z" and started in ("", fields[19])


def family(pid: int) -> list[int]:
    """The process, then all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for member in found:
        found.extend(children.get(member, []))
    return found


def send(pids: Iterable[int], which: signal.Signals) -> None:
    """Signal each of `pids`; one that is gone by now is no error."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, which)


def freeze(pid: int) -> list[int]:
    """SIGSTOP the whole family, the parent first so that it makes no more children. Returns their PIDs."""
    stopped: list[int] = []
    while new := [member for member in family(pid) if member not in stopped]:
        send(new, signal.SIGSTOP)
        stopped += new
    return stopped


def thaw(pid: int) -> None:
    """SIGCONT the whole family."""
    send(family(pid), signal.SIGCONT)


def kill(pid: int) -> None:
    """SIGKILL the whole family at once, as a crash of the machine would."""
    members = freeze(pid)
    send(members, signal.SIGKILL)
    wait_until(lambda: not any(alive(member) for member in members), seconds=10)


def end(pid: int, which: signal.Signals, *, seconds: float) -> None:
    """Ask the process to stop, and kill what is left of its family after `seconds`."""
    members = family(pid)
    born = {member: started_at(member) for member in members}
    send(members, signal.SIGCONT)
    send([pid], which)
    if not wait_until(lambda: not any(alive(member, born[member]) for member in members), seconds=seconds):
        send([member for member in members if alive(member, born[member])], signal.SIGKILL)


def wait_until(true: Callable[[], bool], *, seconds: float) -> bool:
    """Poll `true` for up to `seconds`; whether it came true."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def free_port() -> int:
    """A free loopback port below the range that outgoing connections take theirs from.

    So nothing else gets the port while its server is down in a test that restarts it.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
