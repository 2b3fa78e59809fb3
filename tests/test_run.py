"""The runner's judgement: what it counts, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import run, stacks
from tests.run import Outcome, Result

URLS = {
    "FOLKMOOT_TEST_DATABASE_URL": "postgres://127.0.0.1:1/x",
    "FOLKMOOT_TEST_ELASTICSEARCH_URL": "http://127.0.0.1:2",
    "FOLKMOOT_TEST_REDIS_URL": "redis://127.0.0.1:3/0",
}


def result(stack: str, *outcomes: Outcome, exit_code: int = 0) -> Result:
    return Result(stack, list(outcomes), 1.25, exit_code)


def passed(test: str, *, browser: bool = False) -> Outcome:
    return Outcome(test, "passed", browser=browser)


def skipped(test: str, reason: str, *, browser: bool = False) -> Outcome:
    return Outcome(test, "skipped", reason, browser)


def test_the_embedded_stack_sees_no_service():
    env = run.environment("embedded", {"DATABASE_URL": "a", "REDIS_URL": "b", "PATH": "p", **URLS})
    assert env is not None
    assert "DATABASE_URL" not in env
    assert "REDIS_URL" not in env
    assert (env["PATH"], env["FOLKMOOT_TEST_STACK"]) == ("p", "embedded")


def test_the_full_stack_gets_the_test_services_under_their_real_names():
    env = run.environment("full", {"DATABASE_URL": "mine", **URLS})
    assert env is not None
    assert env["DATABASE_URL"] == "postgres://127.0.0.1:1/x"
    assert env["FOLKMOOT_TEST_STACK"] == "full"


def test_each_test_of_the_whole_suite_is_in_one_of_three_parts():
    chosen = [{argument for argument in part if not argument.startswith("--")} for part in run.parts([])]
    ignored = [{a.removeprefix("--ignore=") for a in part if a.startswith("--")} for part in run.parts([])]
    apart, named, (rest,) = chosen
    assert all((run.ROOT / path).exists() for path in [*apart, *named, rest])
    assert ignored == [set(), apart, apart | named]
    assert rest == "tests"
    assert {path.partition("/")[0] for path in apart | named} == {"tests", "plugins"}  # what pyproject.toml names


def test_a_test_in_two_parts_is_a_failure():
    twice = run.joined([result("full", passed("a")), result("full", passed("a"), passed("b"))])
    assert run.problems_of([twice], [], whole=False) == ["full: more than one part has a"]


@pytest.mark.parametrize(
    ("test", "browser", "database", "expected"),
    [
        ("tests/portal/test_x.py::test_rows", False, True, ""),
        ("tests/portal/test_x.py::test_words", False, False, "embedded"),
        ("tests/portal/test_x.py::test_screen", True, True, "full"),
        ("tests/search/test_x.py::test_an_index", False, False, ""),
        ("tests/thirdparty/test_installing.py::test_a_wheel", False, True, ""),
        ("tests/thirdparty/test_kit.py::test_a_package", False, True, "embedded"),
        ("tests/portal/testing/test_x.py::test_sql_has_a_limit", False, True, ""),
    ],
)
def test_what_one_stack_is_enough_for_is_left_to_it(test, browser, database, expected):
    why, stack = stacks.only_on(test, browser=browser, database=database)
    assert stack == expected
    assert bool(why) == bool(expected)


def test_what_options_choose_is_one_part():
    assert run.parts(["-k", "search"]) == [["-k", "search"]]


def test_parts_of_one_run_share_nothing_on_the_servers():
    env = {"REDIS_URL": "redis://127.0.0.1:3/0"}
    one, other = run.apart("/a", 0, env), run.apart("/b", 1, env)
    assert one.keys() == other.keys()
    assert all(one[name] != other[name] for name in one)
    assert (one["REDIS_URL"], other["REDIS_URL"]) == ("redis://127.0.0.1:3/0", "redis://127.0.0.1:3/1")
    assert "REDIS_URL" not in run.apart("/a", 0, {})


def test_the_parts_of_a_stack_are_judged_as_one():
    parts = [Result("full", [passed("a")], 2.0, 0), Result("full", [passed("b"), skipped("c", "why")], 3.0, 1)]
    assert run.joined(parts) == Result("full", [passed("a"), passed("b"), skipped("c", "why")], 5.0, 1)
    assert run.joined(parts[:1]) == parts[0]


@pytest.mark.parametrize("missing", sorted(URLS))
def test_the_full_stack_does_not_run_without_one_of_its_services(missing):
    assert run.environment("full", {**URLS, missing: ""}) is None


def test_the_report_tells_skips_failures_and_expected_failures_apart(tmp_path: Path):
    report = tmp_path / "report.xml"
    report.write_text(
        """<testsuites><testsuite>
        <testcase classname="t" name="a"><properties>
            <property name="nodeid" value="t.py::a"/><property name="browser" value="True"/>
        </properties></testcase>
        <testcase classname="t" name="b"><skipped type="pytest.skip" message="no Chromium"/></testcase>
        <testcase classname="t" name="c"><skipped type="pytest.xfail" message="later"/></testcase>
        <testcase classname="t" name="d"><failure message="no&#10;more"/></testcase>
        <testcase classname="t" name="e"><error message="no"/></testcase>
        <testcase classname="" name="m"><skipped message="collection skipped">('m.py', 3, 'Skipped: other stack: full')</skipped></testcase>
        </testsuite></testsuites>"""  # noqa: E501 - as pytest writes it
    )
    assert run.read_report(report) == [
        Outcome("t.py::a", "passed", browser=True),
        Outcome("t::b", "skipped", "no Chromium"),
        Outcome("t::c", "passed"),
        Outcome("t::d", "failed", "no"),
        Outcome("t::e", "failed", "no"),
        Outcome("::m", "skipped", "other stack: full"),
    ]


@pytest.mark.parametrize("teardown_first", [True, False])
def test_a_test_that_fails_in_its_teardown_has_failed_once(tmp_path: Path, teardown_first: bool):
    cases = ['<testcase classname="t" name="a"/>', '<testcase classname="t" name="a"><error/></testcase>']
    report = tmp_path / "report.xml"
    report.write_text(f"<testsuites>{''.join(cases[::-1] if teardown_first else cases)}</testsuites>")
    assert run.read_report(report) == [Outcome("t::a", "failed")]


def test_a_run_that_left_no_report_has_no_outcomes(tmp_path: Path):
    assert run.read_report(tmp_path / "none.xml") == []


def test_the_table_shows_stacks_that_did_not_run():
    assert run.table([result("embedded", passed("a"), passed("b"), skipped("c", "why"))]).splitlines() == [
        "stack     run  passed  failed  skipped  seconds",
        "embedded    2       2       0        1      1.2",
        "full        -       -       -        -        -",
    ]


def test_what_did_not_run_is_said_with_how_to_run_it():
    lines = run.not_run([result("embedded", skipped("a", "no Chromium", browser=True))])
    assert len(lines) == 2
    assert "services.py start" in lines[0]
    assert lines[1].startswith("1 browser tests did not run: install Chromium")
    assert run.not_run([result("embedded"), result("full")]) == []


def test_requirements_are_a_comma_list_of_known_words():
    assert run.requirements("") == []
    assert run.requirements("embedded, full") == ["embedded", "full"]
    with pytest.raises(ValueError, match="unknown ful; choose from embedded, full, browser"):
        run.requirements("embedded,ful")


def test_a_required_stack_that_did_not_run_is_a_failure():
    ran = [result("embedded", passed("a"))]
    assert run.unmet(["embedded"], ran) == []
    assert run.unmet(["embedded", "full"], ran) == ["full is required, but no such test ran"]
    assert run.unmet(["browser"], ran) == ["browser is required, but no such test ran"]


def test_a_skip_on_a_required_stack_is_a_failure_unless_it_belongs_to_the_other():
    ran = [result("full", passed("a"), skipped("b", "no server"), skipped("c", "other stack: SQLite only"))]
    assert run.unmet(["full"], ran) == ["full is required, but skipped b: no server"]
    assert run.unmet([], ran) == []


def test_a_skipped_browser_test_fails_only_where_browsers_are_required():
    ran = [result("embedded", passed("a"), skipped("b", "no Chromium", browser=True))]
    assert run.unmet(["embedded"], ran) == []
    assert "browser is required, but skipped b: no Chromium" in run.unmet(["browser"], ran)


def test_fewer_tests_than_the_baseline_is_a_failure_and_more_is_not():
    ran = [result("embedded", passed("a"), passed("b"))]
    assert run.compare(ran, {"embedded": 2}) == []
    assert run.compare(ran, {"embedded": 1}) == []
    assert run.compare(ran, {"embedded": 3}) == ["embedded: 2 tests ran, the baseline is 3"]


def test_a_test_that_one_stack_alone_runs_must_be_named():
    ran = [
        result(
            "embedded",
            passed("t.py::both"),
            passed("sqlite.py::one"),
            skipped("es.py::one", "other stack: full"),
        ),
        result("full", passed("t.py::both"), passed("es.py::one")),
    ]
    problems = run.compare(ran, {"only": {"embedded": ["sqlite.py"]}})
    assert problems == ["only full runs this, and tests/baseline.json does not say so: es.py::one"]
    assert run.compare(ran, {"only": {"embedded": ["sqlite.py"], "full": ["es.py::"]}}) == []


def test_what_is_left_to_a_stack_is_run_by_it_and_needs_no_name():
    left = skipped("t.py::words", "other stack: embedded, for it reaches no server")
    assert run.compare([result("embedded", passed("t.py::words")), result("full", left)], {}) == []
    assert run.compare([result("embedded", skipped("t.py::words", "other stack: full")), result("full", left)], {}) == [
        "left to embedded, which does not run it: t.py::words"
    ]


def test_a_new_baseline_keeps_the_named_list_and_the_stack_that_did_not_run():
    old = {"embedded": 1, "full": 9, "only": {"embedded": [], "full": ["es.py"]}}
    assert run.updated_baseline([result("embedded", passed("a"), passed("b"))], old) == {**old, "embedded": 2}
    assert run.updated_baseline([], {}) == {"embedded": 0, "full": 0, "only": {"embedded": [], "full": []}}


def test_a_failing_pytest_fails_the_run_and_finding_nothing_fails_only_the_whole():
    chosen_away = [result("embedded", passed("a")), result("full", exit_code=run.NO_TESTS_COLLECTED)]
    assert run.problems_of(chosen_away, [], whole=False) == []
    assert run.problems_of(chosen_away, [], whole=True) == ["full: pytest ended with exit code 5"]
    assert run.problems_of([result("embedded", passed("a"), exit_code=1)], [], whole=False)
    assert run.problems_of([result("embedded", skipped("a", "why"))], [], whole=False) == ["no test ran"]


def test_the_end_of_a_failed_run_names_what_failed_and_how():
    failed = Outcome("t.py::a", "failed", "assert 1 == 2")
    problems = run.problems_of([result("full", failed, exit_code=1)], [], whole=True)
    assert problems == ["full: t.py::a: assert 1 == 2", "full: pytest ended with exit code 1"]
