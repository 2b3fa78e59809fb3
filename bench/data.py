"""Loads the organisation of plan.py: into PostgreSQL by COPY, into SQLite by many rows a statement.

Runs in a process with Django and that database.

What a table needs beyond the given columns comes from the models' defaults, so a new column does not break this.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from bench import groups, plan
from portal.audience import expressions
from portal.audience.models import Audience, Stamp
from portal.catalogue.models import Entry
from portal.host.models import Gate, Rule
from portal.host.registry import registry
from portal.people.models import Department, Membership, Person
from portal.timeline.models import Activity
from portal.timeline.relay import renew_heads

FIRST = ["Alma", "Bruno", "Cilla", "Daan", "Eeva", "Finn", "Greta", "Hugo", "Ida", "Jaan", "Kaisa", "Lars", "Mari"]
LAST = ["Aav", "Berg", "Cools", "Dahl", "Eriksson", "Falk", "Groot", "Hansen", "Ilves", "Jansen", "Kask", "Lepik"]
NOBODYS_PASSWORD = "!"  # nobody logs in with it

Row = Sequence[object]


def sources() -> list[plan.Source]:
    """What the installed plugins and the core can put on a timeline."""
    found = [plan.Source(t.kind, slug, "") for slug, t in sorted(registry.core_types.items()) if t.kind == "managed"]
    for plugin in registry.active():
        found += [plan.Source(t.kind, t.slug, plugin.slug) for t in plugin.contributions.types if t.kind != "managed"]
    if not any(source.kind == "managed" for source in found):
        found.append(plan.Source("managed", "page", ""))
    if not any(source.kind == "user" for source in found):
        found.append(plan.Source("user", "note", ""))
    return found


def copy(model: type[Model], columns: Sequence[str], rows: Iterable[Row]) -> None:
    """COPY of the given columns (names of database columns); all others get the model's default in every row."""
    now = timezone.now()
    rest = [f for f in model._meta.concrete_fields if f.column not in columns and not f.primary_key and not f.null]
    constants = [_default(field, now) for field in rest]
    _write(model._meta.db_table, [*columns, *(field.column for field in rest)], ([*row, *constants] for row in rows))


def _write(table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join(["%s"] * len(columns))
            with transaction.atomic():
                cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", map(_as_stored, rows))
            return
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as target:
            for row in rows:
                target.write_row(row)


def _as_stored(row: Row) -> list[Any]:
    """SQLite has no type for moments: they are kept as Django writes them."""
    adapted = connection.ops.adapt_datetimefield_value
    return [adapted(value) if isinstance(value, datetime) else value for value in row]


def _default(field: Any, now: datetime) -> object:
    if field.has_default():
        value = field.get_default()
        return "[]" if value == [] else "{}" if value == {} else value
    if field.get_internal_type() == "DateTimeField":
        return now
    return False if field.get_internal_type() == "BooleanField" else ""


def load(size: int) -> dict[str, int]:
    """Fills an empty, migrated database. Returns how many rows of what there are."""
    with connection.cursor() as cursor:
        cursor.execute(groups.TABLE)
    newest = timezone.now().replace(minute=0, second=0, microsecond=0)
    _people(newest)
    audiences = _audiences()
    found = sources()
    gates = _gates(found)
    _rules()
    embedded = connection.vendor == "sqlite"
    with nullcontext() if embedded else _without_indexes(Entry, Activity):
        _contents(size, found, audiences, gates, newest)
        if not embedded:
            _set_sequences()
        _positions(size)
    renew_heads(audiences.values())
    _execute("ANALYZE" if embedded else "VACUUM ANALYZE")
    models = (Person, Department, Membership, Audience, Gate, Entry, Activity)
    return {model._meta.model_name: model._default_manager.count() for model in models}


def _people(newest: datetime) -> None:
    paths: dict[int, str] = {}
    below: dict[int, int] = {}
    rows: list[list[object]] = []
    for number in range(1, plan.DEPARTMENTS + 1):
        parent = plan.parent_of(number)
        depth = 1 if parent is None else len(paths[parent]) // Department.steplen + 1
        below[parent or 0] = below.get(parent or 0, 0) + 1
        paths[number] = Department._get_path(paths.get(parent or 0, ""), depth, below[parent or 0])
        name = "Organisation" if parent is None else f"Department {number}"
        rows.append([number, name, f"department-{number}", f"department-{number}", depth, paths[number]])
    rows = [[*row, below.get(number, 0)] for number, row in enumerate(rows, start=1)]
    copy(Department, ["id", "name", "slug", "url_path", "depth", "path", "numchild"], rows)
    copy(Person, ["id", "username", "first_name", "last_name", "password", "date_joined"], _persons(newest))
    copy(Membership, ["person_id", "department_id", "is_primary"], plan.memberships())
    _write("bench_group_member", ["person_id", "group_id"], plan.group_members())


def _persons(newest: datetime) -> Iterator[Row]:
    names = {number: name for name, number in plan.READERS.items()}
    for number in range(1, plan.PEOPLE + 1):
        first, last = FIRST[number % len(FIRST)], LAST[number % len(LAST)]
        yield number, names.get(number, f"person{number}"), first, last, NOBODYS_PASSWORD, newest


def _audiences() -> dict[str, int]:
    """Token -> audience id: everyone, each department, each group."""
    wanted = {"everyone": expressions.EVERYONE}
    tokens = [f"department:{n}" for n in range(1, plan.DEPARTMENTS + 1)] + [
        f"group:{n}" for n in range(1, plan.GROUPS + 1)
    ]
    wanted |= {token: expressions.any_of(token) for token in tokens}
    known = {a.key: a.pk for a in Audience.objects.all()}
    ids: dict[str, int] = {}
    rows = []
    for token, expression in wanted.items():
        ids[token] = known.get(expression.key) or max(known.values(), default=0) + len(rows) + 1
        if expression.key not in known:
            rows.append([ids[token], expression.key, Audience.digest_of(expression.key)])
    copy(Audience, ["id", "key", "digest"], rows)
    return ids


def _gates(found: list[plan.Source]) -> dict[str, int]:
    """Key -> gate id: one without a condition, and each plugin in each department."""
    plugins = sorted({source.plugin for source in found if source.plugin})
    keys = ["", *(f"{plugin}@{number}" for plugin in plugins for number in range(1, plan.DEPARTMENTS + 1))]
    known = dict(Gate.objects.values_list("key", "pk"))
    new = [key for key in keys if key not in known]
    newest = max(known.values(), default=0)
    ids = known | {key: newest + number for number, key in enumerate(new, start=1)}
    copy(Gate, ["id", "key"], [(ids[key], key) for key in new])
    for name in ("interned", "gates", "departments", "rules"):
        Stamp.objects.get_or_create(name=name)
    return ids


def _rules() -> None:
    """One department in which every plugin is forced off, and a few rules elsewhere."""
    rows = [(plugin.slug, plan.CLOSED_DEPARTMENT, Rule.State.FORCED_OFF) for plugin in registry.active()]
    rows += [(plugin.slug, 40 + number, Rule.State.OFF) for number, plugin in enumerate(registry.active())]
    copy(Rule, ["plugin", "department_id", "state"], rows)


def _contents(
    size: int, found: list[plan.Source], audiences: dict[str, int], gates: dict[str, int], newest: datetime
) -> None:
    """Entries with the item's number + 1 as id, then their activities from the same rows, in the database."""
    columns = [
        "id", "kind", "type", "label", "key", "title", "summary", "body", "url", "author_id", "department_id", "plugin",
        "audience_id", "own_audience_id", "gate_id", "language", "published_at", "updated_at", "visible_from",
    ]  # fmt: skip

    def row(item: plan.Item) -> Row:
        audience, source = audiences[item.audience], item.source
        gate = gates[f"{source.plugin}@{item.department}" if source.plugin else ""]
        moment = newest - timedelta(seconds=item.age)
        return (
            item.number + 1, source.kind, source.type, "bench.item", str(item.number), item.title, item.summary,
            item.body, f"/bench/{item.number}/", item.author, item.department, source.plugin, audience, audience, gate,
            "en", moment, moment, moment,
        )  # fmt: skip

    copy(Entry, columns, map(row, plan.items(size, found)))


def _positions(size: int) -> None:
    """One activity an entry; the newest has the highest position, as the relay would have given them."""
    values = {
        "actor_id": "author_id",
        "verb": "'publish'",
        "entry_id": "id",
        "live": "true",
        "latest": "true",
        "position": "%s + 1 - id",
        "created_at": "published_at",
    }
    # All else an activity has is a copy of the entry's column of the same name.
    copies = {field.column for field in Activity._meta.concrete_fields if not field.primary_key} - values.keys()
    values |= {name: name for name in sorted(copies)}
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO timeline_activity ({', '.join(values)}) SELECT {', '.join(values.values())} "
            "FROM catalogue_entry WHERE label = 'bench.item' ORDER BY id DESC",
            [size],
        )


def _set_sequences() -> None:
    with connection.cursor() as cursor:
        for model in (Person, Department, Membership, Rule, Entry, Activity):
            name = model._meta.db_table
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), "
                f"(SELECT coalesce(max(id), 0) + 1 FROM {name}), false)"
            )


Statements = list[str]


@contextmanager
def _without_indexes(*models: type[Model]) -> Iterator[None]:
    """Foreign keys and indexes are made after the rows: set-based, and many times faster."""
    again: Statements = []
    for model in models:
        again += _drop(model._meta.db_table)
    yield
    for statement in again:
        _execute(statement)


def _drop(table: str) -> Statements:
    keys = _execute(
        "SELECT format('ALTER TABLE %%I DROP CONSTRAINT %%I', conrelid::regclass::text, conname), "
        "format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid)) "
        "FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass",
        table,
    )
    indexes = _execute(
        "SELECT format('DROP INDEX %%I', indexrelid::regclass::text), pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = %s::regclass AND NOT indisunique",
        table,
    )
    for drop, _make in [*keys, *indexes]:
        _execute(drop)
    return [make for _drop, make in [*indexes, *keys]]


def _execute(statement: str, *params: object) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params or None)
        return cursor.fetchall() if cursor.description else []
