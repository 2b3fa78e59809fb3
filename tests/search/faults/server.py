"""An Elasticsearch of the tests' own: real, and theirs to stop, to pause, to slow down and to fill."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services.servers import Elasticsearch

LARGEST_REQUEST = 200_000  # bytes; real servers take 10 to 100 MB, which would only make the tests slow


class OwnElasticsearch(Elasticsearch):
    """On a port and with data of its own, so that nobody else's tests notice what happens to it."""

    def __init__(self) -> None:
        state = Path(tempfile.mkdtemp(prefix="folkmoot-faults-"))
        state.chmod(0o755)  # the server runs as a user of its own
        super().__init__(state)
        self.state = state
        self.share_build(Path(os.environ.get("FOLKMOOT_TEST_SERVICES", state / "none")))

    def _settings(self) -> dict[str, str | int | bool]:
        return {**super()._settings(), "http.max_content_length": f"{LARGEST_REQUEST}b"}

    def begin(self) -> None:
        """Starts it with fresh data, and waits until it answers."""
        self.require()
        self.create()
        self.launch()
        self.wait_ready()

    def end(self) -> None:
        self.stop()
        shutil.rmtree(self.state)

    def heal(self) -> None:
        """Whatever was done to it is over."""
        if self.running():
            self.resume()
        else:
            self.restart()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """It accepts connections and never answers: black-holed."""
        self.pause()
        try:
            yield
        finally:
            self.resume()

    @contextmanager
    def slow(self, *, stopped: float = 1.5, running: float = 0.1) -> Iterator[None]:
        """It runs for a moment and stands still for a while, again and again: answers come, but late. Seconds."""
        end = threading.Event()

        def stutter() -> None:
            while not end.is_set():
                self.pause()
                end.wait(stopped)
                self.resume()
                end.wait(running)

        thread = threading.Thread(target=stutter, daemon=True)
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()
            self.resume()
