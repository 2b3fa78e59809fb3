"""Where files are stored: a folder, in which nothing half-written stays."""

from __future__ import annotations

import contextlib
import os
from typing import Any

from django.core.files.storage import FileSystemStorage


class FileStorage(FileSystemStorage):
    def _save(self, name: str, content: Any) -> str:
        """Like Django's, but what a full disk cut off is taken away again."""
        there = os.path.exists(self.path(name))
        try:
            return str(super()._save(name, content))  # type: ignore[misc]
        except OSError:
            if not there:
                with contextlib.suppress(OSError):
                    os.remove(self.path(name))
            raise
