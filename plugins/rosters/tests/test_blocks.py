"""The roster inside pages: live, for each reader what they may see, and at most two queries."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from plugins.rosters.blocks import DepartmentChooser, OnDutyBlock, WeekBlock
from plugins.rosters.models import Shift
from plugins.rosters.tests.samples import calendar, cost, event, who
from portal.ingestion.models import Source
from portal.testing.adapters import deliver


@pytest.fixture
def draw(source, bob, charlie, emergency, rf, at):
    """The HTML of a block, as it is stored, for a reader."""
    now = at("2026-11-24 12:00+02:00")
    body = calendar(
        event("b", "20261124T0700", "20261124T1530", who("bob")),
        event("c", "20261124T1400", "20261124T2200", summary="Late shift"),
    )
    deliver(source, body, sent_at=now)

    def html(block, person, department=emergency.pk) -> str:
        request = rf.get("/")
        request.user = person
        value = block.to_python({"department": department})
        return block.render(value, context={"request": request, "page": SimpleNamespace(department=emergency)}).strip()

    return html


def test_it_shows_who_is_on_duty_and_who_follows(draw, bob):
    html = draw(OnDutyBlock(), bob)
    assert "Bob Berg" in html
    assert "until 15:30 · you" in html
    assert "From 14:00:" in html
    assert "Late shift, open" in html


def test_it_shows_the_week(draw, bob, emergency):
    html = draw(WeekBlock(), bob)
    assert "Emergency, week 48" in html
    assert "Bob Berg" in html
    assert "Open shifts" in html


@pytest.mark.parametrize("block", [OnDutyBlock(), WeekBlock()])
def test_it_says_where_it_comes_from_and_that_it_is_late(draw, block, bob, source, at):
    assert "<span>from rota</span>" in draw(block, bob)
    assert "<span>late</span>" not in draw(block, bob)
    Source.objects.filter(pk=source.pk).update(stale_after=5)
    at("2026-11-24 12:30+02:00")
    assert "<span>late</span>" in draw(block, bob)


@pytest.mark.parametrize("block", [OnDutyBlock(), WeekBlock()])
def test_outsiders_and_departments_that_are_gone_leave_no_trace(draw, block, bob, charlie):
    assert draw(block, charlie) == ""
    assert draw(block, bob, department=None) == ""
    assert draw(block, bob, department=999_999) == ""


@pytest.mark.parametrize("block", [OnDutyBlock(), WeekBlock()])
def test_it_is_drawn_anew_and_costs_two_queries(draw, block, bob, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    draw(block, bob)
    assert cost(lambda: draw(block, bob)) == 2  # the department, its shifts
    Shift.objects.filter(person=bob).update(cancelled=True)
    assert "until 15:30 · you" not in draw(block, bob)


def test_the_editor_chooses_by_a_name_that_tells_departments_apart(draw, emergency):
    chooser = DepartmentChooser()
    assert f"Emergency ({emergency.url_path})" in str(chooser.field.widget.render("d", emergency.pk))
    assert chooser.get_form_state(emergency) == emergency.pk
    assert chooser.get_prep_value(emergency) == emergency.pk
    assert chooser.clean(emergency) == emergency
