"""CPU time is counted with the threads that have ended, and agrees with what the process itself says."""

from __future__ import annotations

import os
import threading
import time

import pytest

from bench.processes import cpu_seconds, postgres_seconds


def burn(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_cpu_of_ended_threads_counts():
    before = cpu_seconds(os.getpid())
    thread = threading.Thread(target=burn, args=(0.05,))
    thread.start()
    thread.join()
    assert cpu_seconds(os.getpid()) - before >= 0.05
    assert cpu_seconds(os.getpid()) == pytest.approx(time.process_time(), abs=0.05)


def test_a_process_that_is_not_postgresql_counts_nothing():
    assert postgres_seconds(os.getpid()) == 0.0
    assert postgres_seconds(2**22 + 1) == 0.0
