"""Reads a file in a child process, so that a hostile one costs a child and nothing else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from portal.extraction.limits import BROKEN, CRASHED, MEMORY, REASONS, TIME, Limits, Unreadable
from portal.extraction.pages import Extracted

DEFAULT = Limits()
_OURS = str(Path(__file__).resolve().parents[2])  # where this very code is, before any other that is installed


def extract(file: IO[bytes], limits: Limits = DEFAULT) -> Extracted:
    """The text of an open file of the operating system (one with a file number), within the limits.

    Takes up to `limits.wall_seconds`. Raises Unreadable.
    """
    file.seek(0)
    with tempfile.TemporaryFile() as output:
        code = _run(file, output, limits)
        if code:
            raise Unreadable(_reason(code), f"the reader ended with {code}")
        output.seek(0)
        return _understood(output.read(limits.output))


def _run(file: IO[bytes], output: IO[bytes], limits: Limits) -> int:
    child = subprocess.Popen(  # noqa: S603  our own module, by our own interpreter
        [sys.executable, "-s", "-P", "-B", "-m", "portal.extraction.child", json.dumps(asdict(limits))],
        stdin=file.fileno(),
        stdout=output.fileno(),
        stderr=subprocess.DEVNULL,
        env=_environment(),
        cwd="/",
        start_new_session=True,  # Ctrl-C at the worker is the worker's
    )
    try:
        return child.wait(limits.wall_seconds)
    except subprocess.TimeoutExpired as error:
        raise Unreadable(TIME, f"{limits.wall_seconds} seconds went by") from error
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()


def _environment() -> dict[str, str]:
    """Nothing of ours but where the code is: no secret, no address of a database."""
    places = [_OURS, *(os.path.abspath(place) for place in sys.path if place)]
    # Where lxml happens to be installed openpyxl would use it; defusedxml is what refuses entities.
    openpyxl = {"OPENPYXL_LXML": "False", "OPENPYXL_DEFUSEDXML": "True"}
    return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONPATH": os.pathsep.join(places), **openpyxl}


def _reason(code: int) -> str:
    if code == -signal.SIGXCPU:
        return TIME
    # A parent that is short of memory sends SIGKILL, and so does the system.
    return MEMORY if code in (-signal.SIGKILL, -signal.SIGSEGV, -signal.SIGABRT) else CRASHED


def _understood(output: bytes) -> Extracted:
    """What the child wrote, believed in nothing: a file may have made it say anything."""
    try:
        said: dict[str, Any] = json.loads(output)
        if reason := said.get("reason"):
            raise Unreadable(reason if reason in REASONS else BROKEN, str(said.get("detail", ""))[:300])
        pages = tuple(str(page) for page in said["pages"])
        return Extracted(str(said["format"])[:10], str(said["unit"])[:10], pages, bool(said["truncated"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(CRASHED, "what the reader wrote cannot be understood") from error
