"""PostgreSQL, Redis and Elasticsearch: what is particular to each."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from hashlib import sha256
from pathlib import Path

from tests.services import processes
from tests.services.server import PATH, Server, binary, run

RECIPE = Path(__file__).resolve().parent / "elasticsearch"
VERSION = "8.19.21"
PASSWORD = "folkmoot-test"


class Postgres(Server):
    """PostgreSQL, tuned to forget: a crash of the machine may lose all, a killed server nothing."""

    name = "postgres"
    variable = "FOLKMOOT_TEST_DATABASE_URL"
    account = "postgres"
    stop_signal = signal.SIGINT  # fast shutdown: does not wait for clients
    settings = (
        "max_connections=100",
        "fsync=off",
        "synchronous_commit=on",  # a killed server keeps what it has acknowledged
        "full_page_writes=off",
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
    )

    @property
    def url(self) -> str:
        return f"postgres://folkmoot:{PASSWORD}@127.0.0.1:{self.port}/folkmoot"

    @staticmethod
    def tool(name: str) -> str:
        """The path of one of its programs, of the newest version that is installed."""
        folders = Path("/usr/lib/postgresql").glob("*/bin")
        newest = sorted(folders, key=lambda folder: int(folder.parent.name), reverse=True)
        return binary(name, "postgresql", os.pathsep.join([*map(str, newest), os.environ.get("PATH", PATH)]))

    def require(self) -> None:
        for tool in ("initdb", "postgres", "psql", "pg_dump", "pg_isready"):
            self.tool(tool)

    def prepare(self) -> None:
        password = self.folder / "password"
        password.write_text(PASSWORD)
        self.give()
        command = [self.tool("initdb"), "-D", str(self.folder / "data"), "-U", "postgres", "--encoding=UTF8"]
        command += ["--locale=C.UTF-8", "--auth=scram-sha-256", f"--pwfile={password}", "--no-sync"]
        identity = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        run(command, "initdb", cwd=self.folder, env=self.env(), **identity)

    def command(self) -> list[str]:
        options = [part for setting in self.settings for part in ("-c", setting)]
        return [self.tool("postgres"), "-D", str(self.folder / "data"), "-p", str(self.port), *options]

    def ready(self) -> bool:
        command = [self.tool("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port), "-t", "1"]
        return subprocess.run(command, check=False).returncode == 0

    def seed(self) -> None:
        psql = [self.tool("psql"), "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres"]
        psql += ["-v", "ON_ERROR_STOP=1", "-c", f"CREATE ROLE folkmoot LOGIN CREATEDB PASSWORD '{PASSWORD}'"]
        psql += ["-c", "CREATE DATABASE folkmoot OWNER folkmoot"]
        run(psql, "psql", env={**self.env(), "PGPASSWORD": PASSWORD})


class Redis(Server):
    """Redis, in memory only: a restart empties it, as it may in production."""

    name = "redis"
    variable = "FOLKMOOT_TEST_REDIS_URL"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def require(self) -> None:
        binary("redis-server", "redis-server")

    def prepare(self) -> None:
        """Nothing: it has no files."""

    def command(self) -> list[str]:
        where = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)]
        return [binary("redis-server", "redis-server"), *where, "--save", "", "--appendonly", "no"]

    def ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


class Elasticsearch(Server):
    """The real server with the plugin of `elasticsearch/`, which Maven builds at the first start."""

    name = "elasticsearch"
    variable = "FOLKMOOT_TEST_ELASTICSEARCH_URL"
    account = "folkmoot-search"  # it refuses to run as root
    ready_seconds = 180.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def build(self) -> Path:
        """Outside the server's own folder: fresh data needs no fresh build."""
        return self.folder.parent / "elasticsearch-build"

    @property
    def home(self) -> Path:
        return self.build / f"elasticsearch-{VERSION}"

    def require(self) -> None:
        binary("mvn", "maven")
        self._java_home()
        if self.user:
            self._add_account(self.user)

    def _java_home(self) -> Path:
        javac = binary("javac", "openjdk-17-jdk-headless (17 or newer; the Java runtime alone is not enough)")
        return Path(javac).resolve().parents[1]

    def _add_account(self, user: str) -> None:
        try:
            pwd.getpwnam(user)
        except KeyError:
            options = ["--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
            run([binary("useradd", "passwd"), *options, user], f"useradd {user}")

    def prepare(self) -> None:
        self._build()
        config = self.folder / "config"
        shutil.copytree(self.home / "config", config)
        for name in ("data", "logs", "tmp"):
            (self.folder / name).mkdir()
        (config / "jvm.options.d" / "heap.options").write_text("-Xms512m\n-Xmx512m\n")
        # JSON is YAML: no quoting to get wrong.
        (config / "elasticsearch.yml").write_text(json.dumps(self._settings(), indent=1))

    def _settings(self) -> dict[str, str | int | bool]:
        return {
            "cluster.name": "folkmoot-test",
            "node.name": "folkmoot-test",
            "path.data": str(self.folder / "data"),
            "path.logs": str(self.folder / "logs"),
            "network.host": "127.0.0.1",
            "http.port": self.port,
            "transport.port": processes.free_port(),
            "discovery.type": "single-node",
            "xpack.security.enabled": False,
            # A developer's full disk must not make indices read-only in the middle of a test.
            "cluster.routing.allocation.disk.threshold_enabled": False,
        }

    def share_build(self, state: Path) -> None:
        """Take what another state folder has built, if it is of this recipe; else this one builds its own."""
        other = state / self.build.name
        if _is_built(other) and not self.build.exists():
            self.build.symlink_to(other)

    def _build(self) -> None:
        """Unpack the server and build the plugin into it, unless that was done with this recipe before."""
        if _is_built(self.build):
            return
        shutil.rmtree(self.build, ignore_errors=True)
        command = [
            binary("mvn", "maven"),
            "-B",
            "-ntp",
            "-q",
            "-Dstyle.color=never",
            "-f",
            str(RECIPE / "pom.xml"),
        ]
        run([*command, f"-Dtarget={self.build}", "package"], "building Elasticsearch with Maven")
        shutil.copy(RECIPE / "plugin-descriptor.properties", self.home / "plugins" / "folkmoot-analysis")
        (self.build / "recipe").write_text(_recipe())

    def command(self) -> list[str]:
        return [str(self.home / "bin" / "elasticsearch")]

    def env(self) -> dict[str, str]:
        own = {"ES_JAVA_HOME": str(self._java_home()), "ES_PATH_CONF": str(self.folder / "config")}
        return {**super().env(), **own, "ES_TMPDIR": str(self.folder / "tmp")}

    def ready(self) -> bool:
        health = f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=1s"
        try:
            with urllib.request.urlopen(health, timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False


def _recipe() -> str:
    """Changes with any file of the recipe."""
    files = sorted(path for path in RECIPE.rglob("*") if path.is_file())
    return sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _is_built(build: Path) -> bool:
    stamp = build / "recipe"
    return stamp.exists() and stamp.read_text() == _recipe()


KINDS: dict[str, type[Server]] = {kind.name: kind for kind in (Postgres, Redis, Elasticsearch)}
