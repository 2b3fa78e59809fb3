"""Plugins that say who people are: `group:7`. One that fails or lies costs nobody else, and opens nothing."""

from __future__ import annotations

import pytest

from portal.audience.access import audiences_of, tokens_of
from portal.audience.expressions import EVERYONE, any_of, excluding, told
from portal.audience.interning import intern
from portal.catalogue.models import Entry
from portal.host import breaker, rules
from portal.host.models import Trouble
from portal.host.registry import registry
from portal.people.models import Person
from tests import factories

SLUG = "microblog"


def broken(person):
    raise RuntimeError("the directory is away")


@pytest.fixture
def tell(monkeypatch):
    def declare(**sorts):
        monkeypatch.setattr(registry.get(SLUG).contributions, "tokens", sorts)

    return declare


def test_what_a_plugin_tells_opens_audiences(tell, bob, charlie):
    tell(group=lambda person: ["group:7"] if person == bob else [])
    audience = intern(any_of("group:7"))
    assert audience in audiences_of(bob)
    assert audience not in audiences_of(charlie)
    entry = factories.entry(audience=any_of("group:7"))
    assert entry in Entry.objects.visible_to(bob)
    assert entry not in Entry.objects.visible_to(charlie)


def test_who_somebody_is_does_not_depend_on_what_is_shown(tell, bob, organisation):
    tell(group=lambda person: ["group:7"])
    rules.set_rule(SLUG, organisation, rules.FORCED_OFF, acting_person=None)
    assert "group:7" in tokens_of(bob)


def test_one_that_fails_opens_nothing_and_is_asked_again(tell, bob, as_bob):
    members, without = intern(any_of("group:7")), intern(excluding(EVERYONE, "group:7"))
    tell(group=broken, team=lambda person: ["team:1"])
    assert as_bob.get("/").status_code == 200
    assert {"everyone", "team:1", told("team")} <= tokens_of(bob)
    assert audiences_of(bob).isdisjoint({members, without})
    tell(group=lambda person: [])
    bob = Person.objects.get(pk=bob.pk)  # the next request
    assert without in audiences_of(bob)
    assert members not in audiences_of(bob)
    breaker.flush()
    assert not Trouble.objects.filter(failures__gt=0).exists()


@pytest.mark.parametrize("sort", ["department", "person", "everyone"])
def test_no_plugin_makes_anybody_a_member_of_what_is_not_its_own(sort, tell, bob, charlie, laboratory):
    stolen = {"department": f"department:{laboratory.pk}", "person": f"person:{charlie.pk}", "everyone": "everyone:1"}
    tell(**{sort: lambda person: [stolen[sort]]}, group=lambda person: [stolen[sort], "group:7"])
    assert stolen[sort] not in tokens_of(bob)
    assert "group:7" not in tokens_of(bob)


def test_without_the_plugin_what_excluded_its_tokens_is_shut(tell, bob):
    entry = factories.entry(audience=excluding(EVERYONE, "group:7"))
    tell()
    assert entry not in Entry.objects.visible_to(bob)
