"""Fetch the public test files: `python tests/suites/fetch.py`, which `make test` does as well.

Through pip and npm, in versions pinned by their hashes; what is there already is not fetched again. Without network it
says so and ends well, since the tests that need the files are skipped, which FOLKMOOT_TEST_REQUIRE makes a failure.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.suites import FOLDER  # noqa: E402

# name==version -> SHA-256 of its source distribution
PYPI = {
    "agate==1.14.2": "7f29841c39d84b1de7fde762b8d792085371515324f3a01413b20f810398225b",
    "agate-excel==0.4.2": "eed1dc6239f0e96720d962dc1bdfb4496e19687332c827fd8b1e587a917ea202",
    "csvkit==2.2.0": "147318a8dbaec07c0bbb9291c14b78de5fa32ed3d4a5c2396e52a83c0a30df6b",
    "vobject==0.9.9": "ac44e5d7e2079d84c1d52c50a615b9bec4b1ba958608c4c7fe40cbf33247b38e",
    "xlsx2csv==0.8.6": "618fc502612860de8ab8e3d6195e99ef332fffc68337f6b89e59690aad0d20b5",
}
# name@version -> SHA-512 of the package, as npm writes it
NPM = {
    "csv-spectrum@2.0.0": "gjW9YEAkcrJo4AEdrV9+4lkUXlOyYyC+1Ap3efzMiUUs1OTdZ29VraBZNBBKZK7iiUkbMNkUmfKp/jnayzHxAA==",
}
SECONDS = 180


class Wrong(Exception):
    """What was fetched is not what is pinned."""


def from_pypi(package: str, digest: str, place: Path) -> Path:
    """The source distribution; pip checks the hash."""
    wanted = place / "requirements.txt"
    wanted.write_text(f"{package} --hash=sha256:{digest}\n")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
           "--no-binary=:all:", "--no-build-isolation", "--require-hashes", f"--requirement={wanted}",
           f"--dest={place}"]  # fmt: skip
    subprocess.run(pip, check=True, timeout=SECONDS)
    return next(place.glob("*.tar.gz"))


def from_npm(package: str, digest: str, place: Path) -> Path:
    """The package as npm has it; nothing of it is run. Raises Wrong."""
    pack = ["npm", "pack", "--silent", f"--pack-destination={place}", package]
    subprocess.run(pack, check=True, timeout=SECONDS, stdout=subprocess.DEVNULL)
    archive = next(place.glob("*.tgz"))
    if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != digest:
        raise Wrong(f"{package} is not the one that is pinned")
    return archive


def fetch(package: str, name: str, digest: str) -> None:
    """Into FOLDER/name, all at once or not at all."""
    with tempfile.TemporaryDirectory(prefix="folkmoot-suites-") as made:
        place = Path(made)
        archive = (from_pypi if "==" in package else from_npm)(package, digest, place)
        with tarfile.open(archive) as packed:
            packed.extractall(place / "files", filter="data")
        FOLDER.mkdir(parents=True, exist_ok=True)
        shutil.move(place / "files", FOLDER / name)


def main() -> int:
    """0 also without network; 1 if a package is not what it should be."""
    for package, digest in {**PYPI, **NPM}.items():
        name = package.replace("==", "@").partition("@")[0]
        if (FOLDER / name).is_dir():
            continue
        try:
            fetch(package, name, digest)
        except Wrong as error:
            print(f"suites: {error}", file=sys.stderr)
            return 1
        except (OSError, subprocess.SubprocessError) as error:
            print(f"suites: {package} could not be fetched, its tests are skipped ({error})", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
