"""`manage.py plugins new`: what it refuses, and that what it writes is as good as ours."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portal.host.cli.scaffold import LONGEST_NAME, LONGEST_TITLE
from portal.host.cli.verb import Exit
from tests.thirdparty.outside import ROOT

LONG = ("a" * 14 + "_" + "b" * LONGEST_NAME)[:LONGEST_NAME]


def new(*words: str) -> None:
    call_command("plugins", "new", *words)


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("Lunch", Exit.USAGE, "use small letters, digits and single _"),
        ("1lunch", Exit.USAGE, "use small letters"),
        ("our lunch", Exit.USAGE, "use small letters"),
        ("our__lunch", Exit.USAGE, "use small letters"),
        ("../lunch", Exit.USAGE, "use small letters"),
        ("class", Exit.USAGE, "use small letters"),
        (LONG + "c", Exit.USAGE, f"at most {LONGEST_NAME}"),
        ("microblog", Exit.REFUSED, "is taken"),  # a slug
        ("wagtailcore", Exit.REFUSED, "is taken"),  # a label
        ("question", Exit.REFUSED, "is taken"),  # an entry type
        ("timeline", Exit.REFUSED, "is taken"),  # an address of the API
    ],
)
def test_a_name_that_cannot_be_is_refused_in_one_line(name, code, said, tmp_path):
    with pytest.raises(CommandError, match=said) as refused:
        new(name, "--directory", str(tmp_path))
    assert refused.value.returncode == code
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_module_of_that_name_is_not_hidden(tmp_path, monkeypatch):
    (tmp_path / "folkmoot_soup.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(CommandError, match="a module 'folkmoot_soup' already") as refused:
        new("soup", "--directory", str(tmp_path))
    assert refused.value.returncode == Exit.REFUSED


@pytest.mark.parametrize("title", [" ", "a" * (LONGEST_TITLE + 1), 'a "b"', "{{ a }}", "<b>", "a\nb", "a\\"])
def test_a_title_that_code_cannot_hold_is_refused(title, tmp_path):
    with pytest.raises(CommandError, match="A title is one line") as refused:
        new("soup", "--title", title, "--directory", str(tmp_path))
    assert refused.value.returncode == Exit.USAGE
    assert list(tmp_path.iterdir()) == []


def test_nothing_that_exists_is_written_over(tmp_path, capsys):
    new("soup", "--directory", str(tmp_path))
    readme = tmp_path / "folkmoot-soup" / "folkmoot_soup" / "README.md"
    readme.write_text("mine")
    with pytest.raises(CommandError, match="exists already") as refused:
        new("soup", "--directory", str(tmp_path))
    assert refused.value.returncode == Exit.REFUSED
    assert readme.read_text() == "mine"


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CommandError, match="make it first") as refused:
        new("soup", "--directory", str(tmp_path / "none"))
    assert refused.value.returncode == Exit.NOT_FOUND


def test_a_disk_that_is_full_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(self: Path, *args: object, **kwargs: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(CommandError, match="No space left") as refused:
        new("soup", "--directory", str(tmp_path))
    assert refused.value.returncode == Exit.FAILED
    assert list(tmp_path.iterdir()) == []


def test_programs_and_people_are_told_what_was_written(tmp_path, capsys):
    new("our_soup", "--directory", str(tmp_path), "--title", "Küche & Co.", "--json")
    told = json.loads(capsys.readouterr().out)
    folder = Path(told["directory"])
    assert (told["plugin"], told["package"], folder.name) == ("our_soup", "folkmoot-our-soup", "folkmoot-our-soup")
    assert sorted(told["files"]) == sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    assert {"pyproject.toml", "folkmoot_our_soup/README.md", "folkmoot_our_soup/tests/test_conformance.py"} <= set(
        told["files"]
    )
    new("soup", "--directory", str(tmp_path))
    assert "python manage.py plugins enable soup --department PATH" in capsys.readouterr().out


def test_a_new_source_of_json_takes_under_60_lines(tmp_path):
    new("desk", "--adapter", "--directory", str(tmp_path))
    files = [tmp_path / "folkmoot-desk" / "folkmoot_desk" / name for name in ("models.py", "adapters.py", "cards.py")]
    lines = [line for file in files for line in file.read_text().splitlines() if line.strip()]
    assert 30 < len(lines) < 60


@pytest.mark.parametrize("name", ["a", "canteen", LONG])
@pytest.mark.parametrize("config", ["its own", "ours"])
@pytest.mark.parametrize("kind", [[], ["--adapter"]], ids=["of people", "of an adapter"])
def test_what_is_written_is_formatted_and_free_of_slips(name, config, kind, tmp_path):
    new(name, *kind, "--directory", str(tmp_path), "--title", "W" * LONGEST_TITLE if name == LONG else name)
    options = ["--config", str(ROOT / "pyproject.toml")] if config == "ours" else []
    folder = next(tmp_path.glob("folkmoot-*"))
    for verb in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *verb, "--no-cache", *options, "."]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
