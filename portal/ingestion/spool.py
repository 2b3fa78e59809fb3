"""Parts of a delivery on their way from being checked to being applied: a few in memory, many in a file."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import BinaryIO

from portal.ingestion.adapter import Part

# So many are kept in memory; of a delivery with more all but the last go through a file without a name.
IN_MEMORY = 1_000


class Spool:
    """First in, first out. What is put in must all be in before anything is taken out."""

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._file: BinaryIO | None = None

    def put(self, parts: Sequence[Part]) -> None:
        self._parts += parts
        if len(self._parts) > IN_MEMORY:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the spool
            pickle.dump(self._parts, self._file)
            self._parts = []

    def batches(self, size: int) -> Iterator[list[Part]]:
        parts = self._all()
        while batch := list(islice(parts, size)):
            yield batch

    def _all(self) -> Iterator[Part]:
        if self._file is not None:
            self._file.seek(0)
            with suppress(EOFError):
                while True:
                    yield from pickle.load(self._file)  # noqa: S301  written above, to a file without a name
        yield from self._parts

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
