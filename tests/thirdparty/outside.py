"""A Folkmoot as somebody outside has it: an environment, a folder and a database of its own.

The environment sees the libraries of the one that runs the tests, and this checkout first; what is installed into it
goes nowhere else.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Outside:
    """`folder` holds everything; `work` is where commands are run."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.database = folder, database
        self.data, self.work = folder / "data", folder / "work"
        self.data.mkdir(exist_ok=True)
        self.work.mkdir()
        # Commands are written as from the root of a checkout.
        (self.work / "manage.py").symlink_to(ROOT / "manage.py")
        self.venv = self.work / ".venv"
        venv.create(self.venv, symlinks=True)
        self._see_the_libraries()
        self.env = self._environment()

    def _see_the_libraries(self) -> None:
        libraries = sysconfig.get_path("purelib")
        own = sysconfig.get_path("purelib", "venv", {"base": str(self.venv)})
        (Path(own) / "libraries.pth").write_text(f"import site; site.addsitedir({libraries!r})\n")

    def _environment(self) -> dict[str, str]:
        apart = ("FOLKMOOT_", "PYTEST_", "DJANGO_", "DATABASE_URL", "ELASTICSEARCH_URL", "REDIS_URL", "PYTHON")
        env = {name: value for name, value in os.environ.items() if not name.startswith(apart)}
        env |= {
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "FOLKMOOT_DATA_DIR": str(self.data),
            "FOLKMOOT_DEMO": "1",
            "PATH": f"{self.venv / 'bin'}{os.pathsep}{env['PATH']}",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INDEX": "1",
            "PYTHONPATH": str(ROOT),
            "VIRTUAL_ENV": str(self.venv),
        }
        return env | ({"DATABASE_URL": self.database} if self.database else {})

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command, cwd=self.work, env=self.env, capture_output=True, text=True, timeout=600, check=False
        )
        assert not check or done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def python(self, *args: str, check: bool = True) -> str:
        return self.run("python", *args, check=check).stdout

    def pip(self, *args: str) -> str:
        return self.python("-m", "pip", *args)

    def manage(self, *args: str) -> str:
        return self.python("manage.py", *args)

    def plugins(self, *args: str) -> Any:
        return json.loads(self.manage("plugins", *args, "--json"))

    def inside(self, name: str, *args: str) -> Any:
        """What the function of inside.py gives, called in there."""
        return json.loads(self.python("-m", "tests.thirdparty.inside", name, *args).splitlines()[-1])

    def tests(self, *args: str) -> list[str]:
        """Runs a package's tests; the names of those that passed. Fails if one did not, or none was there."""
        said = self.python("-m", "pytest", "-p", "no:cacheprovider", "-rA", "-q", "--no-header", *args)
        return [line.split()[1] for line in said.splitlines() if line.startswith("PASSED ")]


def copy_of(folder: Path, target: Path) -> Path:
    """The files of a package without what building and running leave beside them."""
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__", ".*"))
    return target
