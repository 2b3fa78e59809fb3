"""`python -m bench.quality`: measures the quality of search in the demo that the environment's database holds."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

ENGINES = ("database", "elasticsearch", "stock")


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.quality", description="See bench/quality/README.md.")
    parser.add_argument("--engines", default=",".join(ENGINES), help="some of " + ", ".join(ENGINES))
    parser.add_argument("--poor", action="store_true", help="list what went wrong in the tuning part")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    chosen = parser.parse_args(argv)
    chosen.engines = chosen.engines.split(",")
    if unknown := set(chosen.engines) - set(ENGINES):
        parser.error(f"{', '.join(sorted(unknown))}: use some of {', '.join(ENGINES)}")
    return chosen


def main(argv: list[str]) -> int:
    chosen = arguments(argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    import django

    django.setup()
    from bench.errors import Broken
    from bench.quality import judged, report, run

    try:
        outcomes = run.run(judged.load(), chosen.engines)
    except (Broken, judged.BadJudgement) as error:
        print(f"bench.quality: {error} (seed one with: python manage.py demo --seed-only)", file=sys.stderr)
        return 2
    if chosen.poor:
        for engine, mine in outcomes.items():
            print(f"{engine}:", *report.poor(mine), "", sep="\n")
    print(report.table(outcomes))
    if chosen.json:
        chosen.json.parent.mkdir(parents=True, exist_ok=True)
        chosen.json.write_text(json.dumps(report.as_json(outcomes), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
