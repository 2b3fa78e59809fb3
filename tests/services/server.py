"""What every server of the tests can do: be made, started, watched, disturbed and ended."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path

from tests.services import processes

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class ServiceError(Exception):
    """A server cannot be had; the message is one line that says what to do."""


def binary(name: str, package: str, path: str | None = None) -> str:
    """The full path of a program; ServiceError names the Debian package if it is missing."""
    found = shutil.which(name, path=path)
    if found is None:
        raise ServiceError(f"{name} is missing: apt-get install {package}")
    return found


def run(command: list[str], what: str, **options: object) -> None:
    """Run to the end; ServiceError with its first line of error, else its last line, if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, **options)  # type: ignore[call-overload]
    if done.returncode:
        said = (done.stderr + done.stdout).strip().splitlines() or [f"exit code {done.returncode}"]
        raise ServiceError(f"{what} failed: {next((line for line in said if 'ERROR' in line), said[-1])}")


class Server(ABC):
    """One server: its own folder, port, PID file and log under `state`."""

    name: str
    variable: str
    account: str | None = None  # who runs it when we are root
    stop_signal = signal.SIGTERM
    ready_seconds = 60.0

    def __init__(self, state: Path) -> None:
        self.folder = state / self.name
        self.log = state / f"{self.name}.log"
        self._pid_file = state / f"{self.name}.pid"
        self._began_file = state / f"{self.name}.began"
        self._port_file = state / f"{self.name}.port"
        self.user = self.account if os.geteuid() == 0 else None

    @property
    @abstractmethod
    def url(self) -> str:
        """What a client is given."""

    @abstractmethod
    def require(self) -> None:
        """Raise ServiceError if a program is missing."""

    @abstractmethod
    def prepare(self) -> None:
        """Fill the fresh, empty folder."""

    @abstractmethod
    def command(self) -> list[str]:
        """What to run in the foreground."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether it answers."""

    def env(self) -> dict[str, str]:
        """The server's whole environment; nothing of ours leaks in."""
        return {"PATH": PATH, "LANG": "C.UTF-8"}

    def seed(self) -> None:  # noqa: B027 - most servers need nothing
        """What is done once, when a fresh server answers."""

    @property
    def port(self) -> int:
        return int(self._port_file.read_text())

    @property
    def pid(self) -> int:
        """The main process, 0 if it does not run."""
        try:
            pid, began = int(self._pid_file.read_text()), self._began_file.read_text()
        except (OSError, ValueError):
            return 0
        return pid if processes.alive(pid, began) else 0

    def running(self) -> bool:
        return self.pid != 0

    def create(self) -> None:
        """Throw the data of the last time away and prepare afresh, on a new port."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self._check_reachable()
        self.log.unlink(missing_ok=True)
        self._port_file.write_text(str(processes.free_port()))
        self.give()
        self.prepare()
        self.give()

    def give(self) -> None:
        """Make the folder the property of who runs the server."""
        if self.user:
            for path in (self.folder, *self.folder.rglob("*")):
                shutil.chown(path, self.user, self.user)

    def _check_reachable(self) -> None:
        shut = [p for p in self.folder.parents if not p.stat().st_mode & stat.S_IXOTH]
        if self.user and shut:
            raise ServiceError(f"user {self.user} may not enter {shut[-1]}: give --state a folder such as /tmp/x")

    def launch(self) -> None:
        pid = processes.spawn(self.command(), log=self.log, user=self.user, env=self.env(), cwd=self.folder)
        self._pid_file.write_text(f"{pid}\n")
        self._began_file.write_text(processes.started_at(pid))

    def wait_ready(self) -> None:
        """Wait until it answers; ServiceError if it ends instead, or takes too long."""
        processes.wait_until(lambda: not self.running() or self.ready(), seconds=self.ready_seconds)
        if not self.running():
            raise ServiceError(f"{self.name} did not start: read {self.log}")
        if not self.ready():
            raise ServiceError(f"{self.name} gave no answer for {self.ready_seconds:.0f} s: read {self.log}")

    def stop(self) -> None:
        if pid := self.pid:
            processes.end(pid, self.stop_signal, seconds=30)
        self._pid_file.unlink(missing_ok=True)

    def pause(self) -> None:
        processes.freeze(self._needed())

    def resume(self) -> None:
        processes.thaw(self._needed())

    def kill(self) -> None:
        processes.kill(self._needed())

    def restart(self) -> None:
        if not self._port_file.exists():
            raise ServiceError(f"{self.name} was never started: services.py start {self.name}")
        self.stop()
        self.launch()
        self.wait_ready()

    def _needed(self) -> int:
        if pid := self.pid:
            return pid
        raise ServiceError(f"{self.name} does not run: services.py start {self.name}")

    def status(self) -> str:
        return f"{self.url} (pid {self.pid})" if self.running() else "stopped"
