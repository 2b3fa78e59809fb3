"""The child process: takes its own limits, reads the file on its standard input, writes what it found as JSON.

It runs without the site: no settings, no database, no secrets. `python -m portal.extraction.child LIMITS`.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from dataclasses import asdict
from typing import Any

from portal.extraction.limits import BROKEN, MEMORY, Limits, Unreadable

_NICE = 10  # readers of the site come first


def confine(limits: Limits) -> None:
    """Hard limits, which nothing in this process can lift again. No file is written but the output."""
    os.nice(_NICE)
    most = {
        resource.RLIMIT_CPU: (limits.cpu_seconds, limits.cpu_seconds + 1),
        resource.RLIMIT_AS: (limits.memory, limits.memory),
        resource.RLIMIT_FSIZE: (limits.output, limits.output),
        resource.RLIMIT_NOFILE: (limits.open_files, limits.open_files),
        resource.RLIMIT_CORE: (0, 0),
    }
    for kind, (soft, hard) in most.items():
        allowed = resource.getrlimit(kind)[1]
        if allowed != resource.RLIM_INFINITY:
            soft, hard = min(soft, allowed), min(hard, allowed)
        resource.setrlimit(kind, (soft, hard))


def answer(limits: Limits) -> dict[str, Any]:
    """What was found, or the reason why nothing was."""
    try:
        # Late: even the libraries are loaded within the limits.
        from portal.extraction.reading import read

        return asdict(read(sys.stdin.buffer, limits))
    except Unreadable as error:
        return {"reason": error.reason, "detail": error.detail}
    except MemoryError:
        return {"reason": MEMORY}
    except Exception as error:  # whatever a file makes of the libraries
        return {"reason": BROKEN, "detail": f"{type(error).__name__}: {error}"[:300]}


def main() -> None:
    limits = Limits(**json.loads(sys.argv[1]))
    confine(limits)
    sys.stdout.buffer.write(json.dumps(answer(limits), ensure_ascii=False).encode())


if __name__ == "__main__":
    main()
