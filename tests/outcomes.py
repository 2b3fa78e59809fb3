"""What became of each test of a run, read from pytest's JUnit file."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

OTHER_STACK = "other stack:"
FAILURE_LENGTH = 200  # characters of a failure's first line


def left_to(stack: str) -> str:
    """How the reason begins for which a test is skipped that the other stack runs for both."""
    return f"{OTHER_STACK} {stack}, for "


@dataclass(frozen=True)
class Outcome:
    """One test on one stack. `state` is passed, failed or skipped; an expected failure has passed.

    `reason` says why it was skipped, or how it failed, in a line.
    """

    test: str
    state: str
    reason: str = ""
    browser: bool = False

    @property
    def missed(self) -> bool:
        """Skipped for want of something, not because it belongs to the other stack."""
        return self.state == "skipped" and not self.reason.startswith(OTHER_STACK)


@dataclass
class Result:
    """One run of pytest."""

    stack: str
    outcomes: list[Outcome] = field(default_factory=list)
    seconds: float = 0.0
    exit_code: int = 0

    def count(self, state: str) -> int:
        return sum(outcome.state == state for outcome in self.outcomes)

    @property
    def ran(self) -> set[str]:
        return {outcome.test for outcome in self.outcomes if outcome.state != "skipped"}


def read_report(path: Path) -> list[Outcome]:
    """The outcomes in pytest's JUnit file; one that passed and failed in its teardown has failed."""
    if not path.exists():
        return []
    found: dict[str, Outcome] = {}
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        outcome = _outcome(case)
        earlier = found.get(outcome.test)
        if earlier is None or earlier.state != "failed":
            found[outcome.test] = outcome
    return list(found.values())


def _outcome(case: ElementTree.Element) -> Outcome:
    known = {each.get("name"): each.get("value", "") for each in case.iter("property")}
    test = known.get("nodeid") or f"{case.get('classname')}::{case.get('name')}"
    browser = known.get("browser") == "True"
    skipped = case.find("skipped")
    for failure in (*case.iter("failure"), *case.iter("error")):
        first_line = failure.get("message", "").partition("\n")[0]
        return Outcome(test, "failed", first_line[:FAILURE_LENGTH], browser)
    if skipped is not None and skipped.get("type") != "pytest.xfail":
        return Outcome(test, "skipped", _reason(skipped), browser)
    return Outcome(test, "passed", browser=browser)


def _reason(skipped: ElementTree.Element) -> str:
    """Why; pytest puts it elsewhere where a whole module was skipped."""
    message = skipped.get("message", "")
    if message != "collection skipped":
        return message
    return (skipped.text or "").rpartition("Skipped: ")[2].rstrip("')")


def joined(results: Sequence[Result]) -> Result:
    """The parts of one stack as one: it took as long as all of them together, and failed as the first that did."""
    outcomes = [outcome for result in results for outcome in result.outcomes]
    code = next((result.exit_code for result in results if result.exit_code), 0)
    return Result(results[0].stack, outcomes, sum(result.seconds for result in results), code)
