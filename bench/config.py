"""Where the services are, and what the bench needs of them. Everything comes from the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "var" / "bench"
PREFIX = "folkmoot_bench"
# Of processes that live as long as the run and answer only to loopback.
SECRET = "bench-only-bench-only-bench-only-bench-only-0123456789"
HELP = (
    "bench: set FOLKMOOT_TEST_DATABASE_URL (or DATABASE_URL) to a PostgreSQL server whose user may create databases: "
    "python tests/services/services.py start; set -a; . .services/env; set +a (tests/services/README.md)."
)


class NotConfigured(Exception):
    """Told in one line: whoever runs the bench can mend it."""


@dataclass(frozen=True)
class Services:
    """Addresses of real servers. Without Elasticsearch only the search scenario cannot run."""

    database_url: str
    elasticsearch_url: str

    def database(self, size: str) -> str:
        """The address of the bench's own database for one size of data."""
        return str(urlunsplit(urlsplit(self.database_url)._replace(path=f"/{PREFIX}_{size}")))

    def environment(self, size: str, name: str) -> dict[str, str]:
        """For a process of the project that works on that data; `name` is how PostgreSQL shows its connections."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("FOLKMOOT_") and k != "REDIS_URL"}
        return kept | {
            "DATABASE_URL": f"{self.database(size)}?application_name={name}",
            "ELASTICSEARCH_URL": self.elasticsearch_url,
            "FOLKMOOT_SECRET_KEY": SECRET,
            "FOLKMOOT_DATA_DIR": str(OUTPUT / "data"),
            "FOLKMOOT_SEARCH_PREFIX": f"{PREFIX}_{size}",
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "PYTHONPATH": str(ROOT),
        }


@dataclass(frozen=True)
class Embedded:
    """The services as a process on SQLite has them: none."""

    def database(self, size: str) -> Path:
        """The file of one size of data, in a folder of its own."""
        return OUTPUT / size / "folkmoot.sqlite3"

    def environment(self, size: str, name: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("FOLKMOOT_")}
        for name_of_service in ("DATABASE_URL", "REDIS_URL", "ELASTICSEARCH_URL"):
            kept.pop(name_of_service, None)
        return kept | {
            "FOLKMOOT_SECRET_KEY": SECRET,
            "FOLKMOOT_DATA_DIR": str(OUTPUT / size),
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "PYTHONPATH": str(ROOT),
        }


def services() -> Services:
    """The configured services. Raises NotConfigured."""
    database = os.environ.get("FOLKMOOT_TEST_DATABASE_URL") or os.environ.get("DATABASE_URL", "")
    if urlsplit(database).scheme not in ("postgres", "postgresql"):
        raise NotConfigured(HELP)
    elastic = os.environ.get("FOLKMOOT_TEST_ELASTICSEARCH_URL") or os.environ.get("ELASTICSEARCH_URL", "")
    return Services(database, elastic)
