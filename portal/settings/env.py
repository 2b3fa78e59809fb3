"""Reads Folkmoot's configuration from environment variables: typed, once, and loud when it is wrong."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent

KNOWN = {
    "FOLKMOOT_ALLOWED_HOSTS",
    "FOLKMOOT_BASE_URL",
    "FOLKMOOT_CA_FILE",
    "FOLKMOOT_DATA_DIR",
    "FOLKMOOT_DEBUG",
    "FOLKMOOT_DEMO",
    "FOLKMOOT_DROP_DIR",
    "FOLKMOOT_INTERNAL_FILES_URL",
    "FOLKMOOT_KEEP_BODIES_DAYS",
    "FOLKMOOT_KEEP_HISTORY_DAYS",
    "FOLKMOOT_KEEP_UNSETTLED_DAYS",
    "FOLKMOOT_LANGUAGE",
    "FOLKMOOT_METRICS_TOKEN",
    "FOLKMOOT_ORGANISATION",
    "FOLKMOOT_PLUGINS_EXCLUDE",
    "FOLKMOOT_SEARCH_PREFIX",
    "FOLKMOOT_SECRET_KEY",
    "FOLKMOOT_SEEKING_PEOPLE",
    "FOLKMOOT_TIME_ZONE",
    "FOLKMOOT_WHEELS_DIR",
}


@dataclass(frozen=True)
class Keeping:
    """Days that deliveries are kept: bodies of those that are settled, the rest of them at most, the history."""

    bodies: int
    unsettled: int
    history: int


@dataclass(frozen=True)
class Environment:
    """The validated environment. Paths are absolute; URLs are as given."""

    database: dict[str, object]
    elasticsearch_url: str
    redis_url: str
    secret_key: str
    debug: bool
    demo: bool
    allowed_hosts: list[str]
    base_url: str
    ca_file: Path | None
    data_dir: Path
    drop_dir: Path
    internal_files_url: str
    keep: Keeping
    language: str
    metrics_token: str
    organisation: str
    plugins_exclude: frozenset[str]
    search_prefix: str
    seeking_people: int
    time_zone: str
    wheels_dir: Path | None


def _folder(source: Mapping[str, str], name: str) -> Path | None:
    value = source.get(name, "").strip()
    if not value:
        return None
    path = Path(value).resolve()
    if not path.is_dir():
        raise ImproperlyConfigured(f"{name} is {value!r}, which is no folder; make it, or leave {name} out.")
    return path


def _ca_file(source: Mapping[str, str]) -> Path | None:
    """Certificates in PEM form. None of them is left out unseen: what cannot be read stops the start."""
    import ssl

    value = source.get("FOLKMOOT_CA_FILE", "").strip()
    if not value:
        return None
    path = Path(value).resolve()
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except OSError as error:  # of which ssl.SSLError is one
        reason = error.strerror or str(error)
        raise ImproperlyConfigured(
            f"FOLKMOOT_CA_FILE {value!r} cannot be read ({reason}); give a PEM file with certificates of your CA."
        ) from error
    return path


def _days(source: Mapping[str, str], name: str, default: int) -> int:
    value = source.get(name, "").strip() or str(default)
    if not re.fullmatch(r"[1-9][0-9]{0,3}", value):
        raise ImproperlyConfigured(f"{name} is {value!r}; give whole days, 1 to 9999.")
    return int(value)


def _keeping(source: Mapping[str, str]) -> Keeping:
    """None may be shorter than the one before it: what is kept longer is part of what is kept for less time."""
    names = ("FOLKMOOT_KEEP_BODIES_DAYS", "FOLKMOOT_KEEP_UNSETTLED_DAYS", "FOLKMOOT_KEEP_HISTORY_DAYS")
    days = [_days(source, name, default) for name, default in zip(names, (14, 30, 365), strict=True)]
    for number in (1, 2):
        if days[number] < days[number - 1]:
            raise ImproperlyConfigured(
                f"{names[number]} is {days[number]}, fewer days than {names[number - 1]} has ({days[number - 1]})."
            )
    return Keeping(*days)


def _flag(source: Mapping[str, str], name: str) -> bool:
    value = source.get(name, "0").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off", ""}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; use 1 or 0.")


def _url(source: Mapping[str, str], name: str, schemes: set[str]) -> str:
    value = source.get(name, "").strip()
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises for a port that is not a number
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not an address ({error}).") from error
    if parts.scheme not in schemes or not parts.hostname:
        expected = " or ".join(f"{scheme}://host:port" for scheme in sorted(schemes))
        raise ImproperlyConfigured(f"{name} is not an address Folkmoot can use; write {expected}.")
    return value


def _database(source: Mapping[str, str], data_dir: Path) -> dict[str, object]:
    value = source.get("DATABASE_URL", "").strip() or f"sqlite:///{data_dir / 'folkmoot.sqlite3'}"
    try:
        config: dict[str, object] = dict(dj_database_url.parse(value))
    except (ValueError, KeyError) as error:
        raise ImproperlyConfigured(
            f"DATABASE_URL cannot be read ({error}); write postgres://user:password@host:5432/name or sqlite:///path."
        ) from error
    engine = str(config.get("ENGINE", ""))
    if engine.endswith("sqlite3"):
        # Several processes write: WAL lets readers go on, IMMEDIATE takes the write lock at the start of a
        # transaction, so that waiting (20 s) works instead of failing in the middle.
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        }
    elif engine.endswith("postgresql"):
        options = dict(config.get("OPTIONS") or {})  # type: ignore[call-overload]
        options.setdefault("pool", {"min_size": 1, "max_size": 20, "timeout": 4})
        config["OPTIONS"] = options
        config["CONN_HEALTH_CHECKS"] = True  # a restarted server is noticed before a request fails on it
        config["CONN_MAX_AGE"] = 0  # the pool keeps the connections; Django must hand them back
    else:
        raise ImproperlyConfigured("DATABASE_URL must name PostgreSQL (postgres://) or SQLite (sqlite:///).")
    return config


def _secret_key(source: Mapping[str, str], data_dir: Path, debug: bool, demo: bool) -> str:
    if key := source.get("FOLKMOOT_SECRET_KEY", ""):
        if len(key) < 32:
            raise ImproperlyConfigured("FOLKMOOT_SECRET_KEY is shorter than 32 characters; make a longer one.")
        return key
    if debug or demo or source.get("DATABASE_URL", "") == "":
        # One machine, embedded database: a key of its own, kept beside the data.
        return _kept_key(data_dir / "secret_key")
    raise ImproperlyConfigured("FOLKMOOT_SECRET_KEY is not set; give a random text of 50 characters.")


def _kept_key(path: Path) -> str:
    from django.core.management.utils import get_random_secret_key

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(get_random_secret_key())
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"FOLKMOOT_DATA_DIR cannot be written ({error}).") from error


def _time_zone(source: Mapping[str, str]) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    name = source.get("FOLKMOOT_TIME_ZONE", "Europe/Tallinn")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ImproperlyConfigured(
            f"FOLKMOOT_TIME_ZONE {name!r} is not a time zone; write e.g. Europe/Berlin."
        ) from error
    return name


def _search_prefix(source: Mapping[str, str]) -> str:
    prefix = source.get("FOLKMOOT_SEARCH_PREFIX", "folkmoot")
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,60}", prefix):
        raise ImproperlyConfigured(f"FOLKMOOT_SEARCH_PREFIX {prefix!r}: use small letters, digits, - and _ only.")
    return prefix


def _metrics_token(source: Mapping[str, str]) -> str:
    token = source.get("FOLKMOOT_METRICS_TOKEN", "").strip()
    if token and len(token) < 16:
        raise ImproperlyConfigured("FOLKMOOT_METRICS_TOKEN is shorter than 16 characters; make a longer one.")
    return token


def _seeking_people(source: Mapping[str, str]) -> int:
    value = source.get("FOLKMOOT_SEEKING_PEOPLE", "").strip() or "5"
    if not re.fullmatch(r"0|[3-9]|[12][0-9]|30", value):
        raise ImproperlyConfigured(
            f"FOLKMOOT_SEEKING_PEOPLE is {value!r}; use 3 to 30, or 0 to count nothing of what people seek."
        )
    return int(value)


def read(source: Mapping[str, str] = os.environ) -> Environment:
    """The environment as settings. Raises ImproperlyConfigured with one line that says what to change."""
    unknown = sorted(name for name in source if name.startswith("FOLKMOOT_") and name not in KNOWN)
    unknown = [name for name in unknown if not name.startswith("FOLKMOOT_TEST_")]
    if unknown:
        raise ImproperlyConfigured(f"{unknown[0]} is not a setting of Folkmoot; see README.md for the list.")
    data_dir = Path(source.get("FOLKMOOT_DATA_DIR") or BASE_DIR / "var").resolve()
    debug, demo = _flag(source, "FOLKMOOT_DEBUG"), _flag(source, "FOLKMOOT_DEMO")
    language = source.get("FOLKMOOT_LANGUAGE", "en")
    if language not in {"en", "et", "sv", "nl", "de"}:
        raise ImproperlyConfigured(f"FOLKMOOT_LANGUAGE is {language!r}; use en, et, sv, nl or de.")
    return Environment(
        database=_database(source, data_dir),
        elasticsearch_url=_url(source, "ELASTICSEARCH_URL", {"http", "https"}),
        redis_url=_url(source, "REDIS_URL", {"redis", "rediss"}),
        secret_key=_secret_key(source, data_dir, debug, demo),
        debug=debug,
        demo=demo,
        allowed_hosts=[h for h in source.get("FOLKMOOT_ALLOWED_HOSTS", "localhost,127.0.0.1").split(",") if h],
        base_url=_url(source, "FOLKMOOT_BASE_URL", {"http", "https"}) or "http://127.0.0.1:8000",
        ca_file=_ca_file(source),
        data_dir=data_dir,
        drop_dir=Path(source.get("FOLKMOOT_DROP_DIR") or data_dir / "drop").resolve(),
        internal_files_url=source.get("FOLKMOOT_INTERNAL_FILES_URL", ""),
        keep=_keeping(source),
        language=language,
        metrics_token=_metrics_token(source),
        organisation=source.get("FOLKMOOT_ORGANISATION", ""),
        plugins_exclude=frozenset(s for s in source.get("FOLKMOOT_PLUGINS_EXCLUDE", "").split(",") if s),
        search_prefix=_search_prefix(source),
        seeking_people=_seeking_people(source),
        time_zone=_time_zone(source),
        wheels_dir=_folder(source, "FOLKMOOT_WHEELS_DIR"),
    )
