#!/usr/bin/env python3
"""Real PostgreSQL, Redis and Elasticsearch servers for tests: `start`, then read DIR/env. See README.md."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if not __package__:  # run as a script
    sys.path.insert(0, str(ROOT))

from tests.services.server import Server, ServiceError  # noqa: E402 - needs the path above
from tests.services.servers import KINDS  # noqa: E402

DEFAULT_STATE = ROOT / ".services"
NAMES = tuple(KINDS)


class Services:
    """The servers whose files are in one folder, `state`.

    A fault test pauses, kills and restarts real ones:

        services = Services(Path(os.environ["FOLKMOOT_TEST_SERVICES"]))
        services.pause("elasticsearch")
    """

    def __init__(self, state: Path = DEFAULT_STATE) -> None:
        self.state = state.resolve()

    def server(self, name: str) -> Server:
        """The server of that name, running or not; an unknown name raises ServiceError."""
        if name not in KINDS:
            raise ServiceError(f"no service is called {name!r}: choose from {', '.join(NAMES)}")
        return KINDS[name](self.state)

    def start(self, *names: str) -> dict[str, str]:
        """Start each (default: all) with fresh data on a free port, wait until ready; return the environment.

        One that already runs is left as it is, with its data.
        """
        self.state.mkdir(parents=True, exist_ok=True)
        chosen = [server for server in map(self.server, names or NAMES) if not server.running()]
        for server in chosen:
            server.require()
        try:
            for server in chosen:
                server.create()
                server.launch()
            for server in chosen:
                server.wait_ready()
                server.seed()
        except ServiceError:
            for server in chosen:
                server.stop()
            raise
        self._write_environment()
        return self.environment()

    def stop(self, *names: str) -> None:
        """End each (default: all) in good order, and drop its lines from the environment file."""
        for name in names or NAMES:
            self.server(name).stop()
        if self.state.is_dir():
            self._write_environment()

    def pause(self, name: str) -> None:
        """SIGSTOP: connections stay open and nothing answers, as with a hung server."""
        self.server(name).pause()

    def resume(self, name: str) -> None:
        """SIGCONT after `pause`."""
        self.server(name).resume()

    def kill(self, name: str) -> None:
        """SIGKILL: connections are refused, as after a crash. Its address and data stay."""
        self.server(name).kill()

    def restart(self, name: str) -> None:
        """Start again (after a stop if it runs) on the same port with the same data; Redis keeps none."""
        self.server(name).restart()

    def environment(self) -> dict[str, str]:
        """The FOLKMOOT_TEST_... variables of the servers that run."""
        running = [server for server in map(self.server, NAMES) if server.running()]
        found = {server.variable: server.url for server in running}
        return {**found, "FOLKMOOT_TEST_SERVICES": str(self.state)} if found else {}

    def _write_environment(self) -> None:
        lines = [f"{key}={value}\n" for key, value in self.environment().items()]
        (self.state / "env").write_text("".join(lines))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["start", "stop", "pause", "resume", "kill", "restart", "status"])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"from {', '.join(NAMES)}")
    parser.add_argument("--state", type=Path, default=DEFAULT_STATE, help="folder for data, logs and PIDs")
    arguments = parser.parse_intermixed_args()
    if arguments.action in ("pause", "resume", "kill", "restart") and not arguments.names:
        parser.error(f"{arguments.action} needs the name of a service")
    return arguments


def main() -> int:
    """Do what the command line says; 1 and one line on standard error if that cannot be."""
    arguments = _arguments()
    os.umask(0o022)  # the servers' own users read what is built here
    services = Services(arguments.state)
    try:
        if arguments.action in ("start", "stop"):
            getattr(services, arguments.action)(*arguments.names)
        elif arguments.action != "status":
            for name in arguments.names:
                getattr(services, arguments.action)(name)
    except (ServiceError, OSError) as error:
        print(f"services: {error}", file=sys.stderr)
        return 1
    for name in NAMES:
        print(f"{name}: {services.server(name).status()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
