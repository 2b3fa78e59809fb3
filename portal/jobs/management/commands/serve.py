"""`manage.py serve`: web server and worker from one command, stopped together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Starts the web server and a worker beside it; Ctrl-C stops both."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
        parser.add_argument("--workers", type=int, default=1, help="web processes")

    def handle(self, *args: Any, host: str, port: int, workers: int, **options: Any) -> None:
        web = [
            sys.executable,
            "-m",
            "uvicorn",
            "portal.asgi:application",
            "--host",
            host,
            "--port",
            str(port),
        ]
        web += ["--workers", str(workers), "--log-level", "warning", "--timeout-graceful-shutdown", "3"]
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker"]
        processes = [subprocess.Popen(command, start_new_session=True) for command in (web, manage)]  # noqa: S603
        for number in (signal.SIGINT, signal.SIGTERM):  # a shell may have started us with SIGINT ignored
            signal.signal(number, _interrupt)
        try:
            code = _until_one_ends(processes)
        except KeyboardInterrupt:
            code = 0
        finally:
            _stop(processes)
        if code:
            raise CommandError("The server or its worker ended; see the lines above.", returncode=code)


def _interrupt(*_args: object) -> None:
    raise KeyboardInterrupt


def _until_one_ends(processes: list[subprocess.Popen[bytes]]) -> int:
    while True:
        for process in processes:
            if process.poll() is not None:
                return process.returncode or 1
        time.sleep(0.2)


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """Asks both to end, waits, and only then insists."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
