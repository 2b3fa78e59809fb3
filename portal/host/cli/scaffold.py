"""`new`: the files of a plugin that works at once and passes the conformance kit."""

from __future__ import annotations

import keyword
import re
import shlex
from argparse import ArgumentParser
from importlib.util import find_spec
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from typing import Any

from django.apps import apps
from django.urls import Resolver404, resolve

from portal.host.cli.verb import Exit, Refusal, Verb
from portal.host.registry import registry

# What the templates are made for: with longer names, lines of code would have to be broken elsewhere.
LONGEST_NAME = 30
LONGEST_TITLE = 40

SCAFFOLD = Path(__file__).resolve().parent.parent / "scaffold"
# Instead of what people write, what another system delivers.
OF_ADAPTER = SCAFFOLD.with_name("scaffold_adapter")
SUFFIX = "-tpl"  # so that nothing takes the templates for code, pages or strings of Folkmoot's own
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
# The title is written into code, pages and a README as it stands.
NOT_IN_TITLES = frozenset('"\\<>{}%$`')


def _module(name: str) -> str:
    return f"folkmoot_{name}"


def _distribution(name: str) -> str:
    return f"folkmoot-{name.replace('_', '-')}"


def _checked_name(name: str) -> str:
    """The name, which becomes slug, label, entry type and part of the module's name. Raises Refusal."""
    if not NAME.fullmatch(name) or keyword.iskeyword(name) or len(name) > LONGEST_NAME:
        raise Refusal(
            f"{name!r} is no name for a plugin: use small letters, digits and single _, at most {LONGEST_NAME}.",
            Exit.USAGE,
        )
    labels = {config.label for config in apps.get_app_configs()}
    if name in labels | registry.all().keys() | registry.types().keys() or _is_of_the_api(name):
        raise Refusal(f"{name!r} is taken by what is installed; choose another name.", Exit.REFUSED)
    if find_spec(_module(name)) is not None:
        raise Refusal(f"There is a module {_module(name)!r} already; choose another name.", Exit.REFUSED)
    return name


def _is_of_the_api(name: str) -> bool:
    """Whether `/api/v1/NAME/` is an address already."""
    try:
        resolve(f"/{name}/", urlconf="portal.api.urls")
    except Resolver404:
        return False
    return True


def _checked_title(title: str) -> str:
    if not title.strip() or len(title) > LONGEST_TITLE or not title.isprintable() or NOT_IN_TITLES & set(title):
        those = " ".join(sorted(NOT_IN_TITLES))
        raise Refusal(f"A title is one line of at most {LONGEST_TITLE} characters, without {those}", Exit.USAGE)
    return title.strip()


def _checked_target(directory: Path, name: str) -> Path:
    if not directory.is_dir():
        raise Refusal(f"There is no folder {directory}; make it first.", Exit.NOT_FOUND)
    target = directory / _distribution(name)
    if target.exists():
        raise Refusal(f"{target} exists already; move it away or choose another folder.", Exit.REFUSED)
    return target


def _files(name: str, title: str, *, adapter: bool = False) -> dict[Path, str]:
    """Every file of the new package by its path inside the package's folder."""
    words = {
        "name": name,
        "title": title,
        "module": _module(name),
        "package": _distribution(name),
        "config": "".join(part.capitalize() for part in name.split("_")) + "Config",
    }
    found = {}
    folder = OF_ADAPTER if adapter else SCAFFOLD
    for template in [SCAFFOLD / f"pyproject.toml{SUFFIX}", *sorted(folder.rglob(f"folkmoot_NAME/**/*{SUFFIX}"))]:
        root = SCAFFOLD if template.is_relative_to(SCAFFOLD) else OF_ADAPTER
        path = str(template.relative_to(root)).removesuffix(SUFFIX).replace("NAME", name)
        found[Path(path)] = Template(template.read_text(encoding="utf-8")).substitute(words)
    return found


def _write(target: Path, files: dict[Path, str]) -> None:
    """All of them under their final name, or nothing. Raises Refusal."""
    try:
        with TemporaryDirectory(prefix=".new-", dir=target.parent) as folder:
            made = Path(folder) / target.name
            for path, text in files.items():
                (made / path).parent.mkdir(parents=True, exist_ok=True)
                (made / path).write_text(text, encoding="utf-8")
            made.rename(target)
    except OSError as error:
        raise Refusal(f"Nothing was written ({error}).") from error


def _new(options: dict[str, Any]) -> dict[str, Any]:
    name = _checked_name(options["name"])
    title = _checked_title(options["title"] or name.replace("_", " ").capitalize())
    target = _checked_target(Path(options["directory"]).absolute(), name)
    files = _files(name, title, adapter=options["adapter"])
    _write(target, files)
    return {
        "plugin": name,
        "title": title,
        "package": _distribution(name),
        "directory": str(target),
        "files": [str(path) for path in files],
        "next": [
            f"python -m pip install --no-build-isolation --editable {shlex.quote(str(target))}",
            "python manage.py migrate",
            f"python manage.py plugins enable {name} --department PATH",
        ],
    }


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="of the plugin: its slug, such as lunch")
    parser.add_argument("--directory", default=".", metavar="DIR", help="where its folder is made; here by default")
    parser.add_argument("--adapter", action="store_true", help="for what another system delivers, such as JSON")
    parser.add_argument("--title", default="", help="what people read; made from the name by default")


def _lines(result: dict[str, Any]) -> list[str]:
    return [f"Wrote {len(result['files'])} files to {result['directory']}. To try it, run", *result["next"]]


VERBS = [Verb("new", "write the files of a new plugin", _new, _arguments, _lines)]
