"""Run the test suite on each stack, embedded and full, and judge the two together. `make test` calls this.

The whole suite runs in three processes a stack, which share nothing but servers. Options for pytest may follow, and go
to one process a stack: `python tests/run.py -k search`. FOLKMOOT_TEST_REQUIRE=embedded,full,browser, as CI sets it,
turns whatever did not run into a failure. What no stack can change is left to one (tests/stacks.py).
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parents[1]
if not __package__:  # run as a script
    sys.path.insert(0, str(ROOT))

from tests.outcomes import Outcome, Result, joined, left_to, read_report  # noqa: E402 - needs the path above

BASELINE = ROOT / "tests" / "baseline.json"
STACKS = ("embedded", "full")
STATES = ("passed", "failed", "skipped")
SERVICES = ("DATABASE_URL", "ELASTICSEARCH_URL", "REDIS_URL")
REQUIREMENTS = (*STACKS, "browser")
NO_TESTS_COLLECTED = 5
# What starts servers, sites, commands and builds of its own: it waits much for them, while the other tests compute.
APART = ("tests/e2e", "tests/thirdparty", "tests/search/faults", "tests/search/test_quality_demo.py", "tests/bench")
SEARCH_AND_PLUGINS = ("tests/search", "plugins")
HOW_TO_RUN_FULL = (
    "python tests/services/services.py start && set -a && . .services/env && set +a && make test"
    " (see tests/services/README.md)"
)
HOW_TO_RUN_BROWSER = "install Chromium and set FOLKMOOT_TEST_CHROMIUM to its path (Debian: /usr/bin/chromium)"


def environment(stack: str, given: Mapping[str, str]) -> dict[str, str] | None:
    """The environment for a stack's run of pytest; None if `given` lacks the services that it needs."""
    env = {key: value for key, value in given.items() if key not in SERVICES}
    env["FOLKMOOT_TEST_STACK"] = stack
    if stack == "embedded":
        return env
    urls = {key: given.get(f"FOLKMOOT_TEST_{key}", "") for key in SERVICES}
    return {**env, **urls} if all(urls.values()) else None


def parts(arguments: Sequence[str]) -> list[list[str]]:
    """The arguments of each process of a stack: each test is in one of the three, unless options choose the tests."""
    if arguments:
        return [list(arguments)]
    # A folder that is named is not ignored, so that each names its own.
    without_apart = [f"--ignore={path}" for path in APART]
    rest = ["tests", *without_apart, *(f"--ignore={path}" for path in SEARCH_AND_PLUGINS)]
    # First what waits most, beside which others compute.
    return [list(APART), [*SEARCH_AND_PLUGINS, *without_apart], rest]


def apart(folder: str, part: int, env: Mapping[str, str]) -> dict[str, str]:
    """What keeps a run from everything else on this machine: files, databases, search indexes and a key of its own."""
    own = {
        "FOLKMOOT_DATA_DIR": folder,
        "FOLKMOOT_SEARCH_PREFIX": f"test-{secrets.token_hex(4)}",
        "FOLKMOOT_SECRET_KEY": secrets.token_hex(32),
        "FOLKMOOT_TEST_PART": str(part),
    }
    if url := env.get("REDIS_URL"):
        own["REDIS_URL"] = urlunsplit(urlsplit(url)._replace(path=f"/{part}"))
    return own


def run_part(stack: str, part: int, env: dict[str, str], arguments: Sequence[str], *, prefix: str = "") -> Result:
    """Run pytest, with its output going to ours, each line behind the prefix."""
    with tempfile.TemporaryDirectory(prefix="folkmoot-tests-") as folder:
        report = Path(folder) / f"{stack}.xml"
        began = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-p", "tests.stacks", f"--junit-xml={report}", *arguments]
        code = run_with_prefix(command, {**env, **apart(folder, part, env)}, prefix)
        return Result(stack, read_report(report), time.monotonic() - began, code)


def run_with_prefix(command: Sequence[str], env: Mapping[str, str], prefix: str) -> int:
    """Run a command in the project's folder; its exit code."""
    if not prefix:
        return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
    out, err = subprocess.PIPE, subprocess.STDOUT
    with subprocess.Popen(command, cwd=ROOT, env=env, text=True, errors="replace", stdout=out, stderr=err) as process:
        for line in process.stdout or ():
            print(f"{prefix}{line}", end="", flush=True)
    return process.returncode


def run_stacks(environments: Mapping[str, dict[str, str]], arguments: Sequence[str]) -> list[Result]:
    """Run all parts of all stacks, one more at a time than there are cores: each waits for servers and browsers too."""
    print(f"\n=== {' and '.join(environments)} stack ===", flush=True)
    chosen = list(enumerate(parts(arguments)))
    alone = len(environments) == len(chosen) == 1
    width = max(map(len, environments), default=0)
    running: dict[str, list[Future[Result]]] = {stack: [] for stack in environments}
    with ThreadPoolExecutor(max_workers=(os.cpu_count() or 1) + 1) as pool:
        for part, given in chosen:
            for stack, env in environments.items():
                prefix = "" if alone else f"{stack.ljust(width)} {part} | "
                running[stack].append(pool.submit(run_part, stack, part, env, given, prefix=prefix))
    return [joined([one.result() for one in of_stack]) for of_stack in running.values()]


def table(results: Sequence[Result]) -> str:
    """Stack, tests run, passed, failed, skipped, seconds; the stacks that did not run too."""
    by_stack = {result.stack: result for result in results}
    rows: list[tuple[str, ...]] = [("stack", "run", "passed", "failed", "skipped", "seconds")]
    for stack in STACKS:
        if (result := by_stack.get(stack)) is None:
            rows.append((stack, "-", "-", "-", "-", "-"))
            continue
        numbers = [str(result.count(state)) for state in STATES]
        rows.append((stack, str(len(result.ran)), *numbers, f"{result.seconds:.1f}"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for name, *numbers in rows:
        cells = [number.rjust(width) for number, width in zip(numbers, widths[1:], strict=True)]
        lines.append("  ".join([name.ljust(widths[0]), *cells]))
    return "\n".join(lines)


def browser_outcomes(results: Sequence[Result]) -> list[Outcome]:
    """The tests that drive a browser, on any stack."""
    return [outcome for result in results for outcome in result.outcomes if outcome.browser]


def not_run(results: Sequence[Result]) -> list[str]:
    """A line for each stack that did not run, with how to run it."""
    lines = []
    if "full" not in {result.stack for result in results}:
        lines.append(f"full stack did not run (PostgreSQL, Elasticsearch, Redis): {HOW_TO_RUN_FULL}")
    missed = sum(outcome.missed for outcome in browser_outcomes(results))
    if missed:
        lines.append(f"{missed} browser tests did not run: {HOW_TO_RUN_BROWSER}")
    return lines


def requirements(given: str) -> list[str]:
    """The comma list in FOLKMOOT_TEST_REQUIRE; an unknown word raises ValueError."""
    named = [word.strip() for word in given.split(",") if word.strip()]
    if unknown := sorted(set(named) - set(REQUIREMENTS)):
        choices = ", ".join(REQUIREMENTS)
        raise ValueError(f"FOLKMOOT_TEST_REQUIRE: unknown {', '.join(unknown)}; choose from {choices}")
    return named


def unmet(required: Sequence[str], results: Sequence[Result]) -> list[str]:
    """Why the requirements do not hold, a line each. A skipped browser test counts for browser only."""
    groups = {result.stack: [each for each in result.outcomes if not each.browser] for result in results}
    groups["browser"] = browser_outcomes(results)
    problems = []
    for name in required:
        outcomes = groups.get(name, [])
        if not any(outcome.state != "skipped" for outcome in outcomes):
            problems.append(f"{name} is required, but no such test ran")
        missed = [each for each in outcomes if each.missed]
        problems += [f"{name} is required, but skipped {each.test}: {each.reason}" for each in missed]
    return problems


def compare(results: Sequence[Result], baseline: Mapping[str, Any]) -> list[str]:
    """Where a stack runs fewer tests than the baseline says, or the two stacks run different ones unnamed."""
    problems = []
    for result in results:
        expected = baseline.get(result.stack, 0)
        if len(result.ran) < expected:
            problems.append(f"{result.stack}: {len(result.ran)} tests ran, the baseline is {expected}")
    by_stack = {result.stack: result for result in results}
    if set(by_stack) >= set(STACKS):
        for stack, other in (STACKS, STACKS[::-1]):
            named = tuple(baseline.get("only", {}).get(stack, []))
            left = {each.test for each in by_stack[other].outcomes if each.reason.startswith(left_to(stack))}
            extra = sorted(by_stack[stack].ran - by_stack[other].ran - left)
            problems += [
                f"only {stack} runs this, and tests/baseline.json does not say so: {test}"
                for test in extra
                if not test.startswith(named)
            ]
            problems += [
                f"left to {stack}, which does not run it: {test}" for test in sorted(left - by_stack[stack].ran)
            ]
    return problems


def read_baseline() -> dict[str, Any]:
    """tests/baseline.json; ValueError if there is none."""
    if not BASELINE.exists():
        raise ValueError("tests/baseline.json is missing: write it with python tests/run.py --update-baseline")
    loaded: dict[str, Any] = json.loads(BASELINE.read_text())
    return loaded


def updated_baseline(results: Sequence[Result], old: Mapping[str, Any]) -> dict[str, Any]:
    """The baseline with the counts of `results`; what one stack alone runs stays as written."""
    counts = {stack: old.get(stack, 0) for stack in STACKS}
    counts |= {result.stack: len(result.ran) for result in results}
    return {**counts, "only": old.get("only", {stack: [] for stack in STACKS})}


def problems_of(results: Sequence[Result], required: Sequence[str], *, whole: bool) -> list[str]:
    """Everything that makes the run fail. `whole`: no test was left out by an option."""
    found = [
        f"{result.stack}: {each.test}: {each.reason}"
        for result in results
        for each in result.outcomes
        if each.state == "failed"
    ]
    found += [
        f"{result.stack}: pytest ended with exit code {result.exit_code}"
        for result in results
        if result.exit_code and (whole or result.exit_code != NO_TESTS_COLLECTED)
    ]
    found += [
        f"{result.stack}: more than one part has {test}"
        for result in results
        for test, times in Counter(each.test for each in result.outcomes).items()
        if times > 1
    ]
    if not any(result.ran for result in results):
        found.append("no test ran")
    found += unmet(required, results)
    if required and whole:
        found += compare(results, read_baseline())
    return found


def report(results: Sequence[Result], problems: Sequence[str]) -> None:
    """Print the closing table, what did not run, and what is wrong."""
    print(f"\n{table(results)}")
    browser = browser_outcomes(results)
    print(f"of these in a browser: {sum(outcome.state != 'skipped' for outcome in browser)}")
    for line in [*not_run(results), *(f"FAILED: {problem}" for problem in problems)]:
        print(line)
    totals = {state: sum(result.count(state) for result in results) for state in STATES}
    print(", ".join(f"{number} {state}" for state, number in totals.items()), flush=True)


def main(arguments: Sequence[str]) -> int:
    """Run what can be run here; 0 if all of it is as it should be."""
    passed_on = [argument for argument in arguments if argument != "--update-baseline"]
    update = len(passed_on) < len(arguments)
    try:
        required = requirements(os.environ.get("FOLKMOOT_TEST_REQUIRE", ""))
        wanted = {stack: environment(stack, os.environ) for stack in STACKS}
        environments = {stack: env for stack, env in wanted.items() if env is not None}
        if len(environments) == len(STACKS) and not passed_on:
            environments = {stack: {**env, "FOLKMOOT_TEST_BOTH": "1"} for stack, env in environments.items()}
        results = run_stacks(environments, passed_on)
        problems = problems_of(results, [] if update else required, whole=not passed_on)
    except ValueError as error:
        print(f"tests: {error}", file=sys.stderr)
        return 2
    report(results, problems)
    if update and not problems and not passed_on:
        old = read_baseline() if BASELINE.exists() else {}
        BASELINE.write_text(json.dumps(updated_baseline(results, old), indent=2) + "\n")
        print("wrote tests/baseline.json")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
