"""Web servers started by the bench, the CPU they use, and the load put on them. Loopback only."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType

import psycopg

from bench.config import ROOT
from bench.errors import Broken
from bench.method import Run, Sample
from bench.processes import cpu_seconds, postgres_seconds

HOST = "127.0.0.1"
START_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Server:
    """One ASGI application under uvicorn with one worker. Use as a context manager."""

    def __init__(self, application: str, environment: dict[str, str]) -> None:
        self.port = free_port()
        command = [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "uvicorn",
            application,
            "--host",
            HOST,
            "--port",
            str(self.port),
        ]
        command += ["--workers", "1", "--no-access-log", "--log-level", "warning", "--lifespan", "off"]
        self._process = subprocess.Popen(command, env=environment, cwd=ROOT)

    def __enter__(self) -> Server:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex((HOST, self.port)) == 0:
                    return self
            time.sleep(0.1)
        self.__exit__(None, None, None)
        raise Broken("a web server did not start; its message is above")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)

    def cpu(self) -> float:
        return cpu_seconds(self._process.pid)


def backends(database_url: str, name: str) -> Callable[[], float]:
    """CPU seconds of PostgreSQL's processes that serve the connections of that name, if they are on this machine."""
    connection = psycopg.connect(database_url, autocommit=True)

    def cpu() -> float:
        found = connection.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [name]).fetchall()
        return sum(postgres_seconds(pid) for (pid,) in found)

    return cpu


class Reader(threading.Thread):
    """One client: requests one after the other on one connection until the time is over."""

    def __init__(self, connection: http.client.HTTPConnection, path: str, cookie: str, end: float) -> None:
        super().__init__(daemon=True)
        self._connection, self._path, self._end = connection, path, end
        self._headers = {"Cookie": f"sessionid={cookie}", "Accept": "text/html"}
        self.times: list[float] = []
        self.problem = ""

    def run(self) -> None:
        try:
            while time.perf_counter() < self._end:
                began = time.perf_counter()
                self._connection.request("GET", self._path, headers=self._headers)
                response = self._connection.getresponse()
                response.read()
                if response.status != 200:
                    self.problem = f"status {response.status}"
                    return
                self.times.append(time.perf_counter() - began)
        except (OSError, http.client.HTTPException) as error:
            self.problem = str(error)


def load(server: Server, path: str, cookie: str, clients: int, cpus: dict[str, Callable[[], float]]) -> Run:
    """Puts `clients` readers on one address; CPU of the server and of `cpus` is counted beside."""
    connections = [http.client.HTTPConnection(HOST, server.port, timeout=30) for _client in range(clients)]
    watched = {"server": server.cpu, **cpus}

    def run(seconds: float) -> Sample:
        before = {name: cpu() for name, cpu in watched.items()}
        began = time.perf_counter()
        readers = [Reader(connection, path, cookie, began + seconds) for connection in connections]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        took = time.perf_counter() - began
        _raise_problems(readers)
        cpu = {name: read() - before[name] for name, read in watched.items()}
        return Sample(tuple(t for reader in readers for t in reader.times), took, cpu)

    return run


def _raise_problems(readers: Iterable[Reader]) -> None:
    for reader in readers:
        if reader.problem:
            raise Broken(f"a request failed under load: {reader.problem}")


def fetch(server: Server, path: str, cookie: str) -> bytes:
    """One page. Raises Broken unless it is there."""
    connection = http.client.HTTPConnection(HOST, server.port, timeout=60)
    connection.request("GET", path, headers={"Cookie": f"sessionid={cookie}", "Accept": "text/html"})
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise Broken(f"{path} answered {response.status}")
    return body
