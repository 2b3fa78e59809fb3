"""The pages of search managers in the admin."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.urls import reverse
from wagtail.models import ModelLogEntry

from portal.audience import tokens
from portal.audience.expressions import any_of
from portal.catalogue.actions import put
from portal.catalogue.card import Card
from portal.catalogue.models import Topic
from search import ranking
from search.editing import actions
from search.models import Promotion, RankingFactor, StopPhrase, Synonym
from tests.cast import logged_in

LISTS = ("search_synonyms", "search_stop_phrases", "search_promotions")


@pytest.fixture
def as_manager(search_manager):
    return logged_in(search_manager)


@pytest.fixture
def as_editor(bob):
    """In the admin, but no search manager."""
    bob.groups.add(Group.objects.get(name="Editors"))
    return logged_in(bob)


def _entry(title: str, **fields):
    topic = Topic.objects.create(name=title, slug=title.lower().replace(" ", "-"))
    return put(Card(obj=topic, title=title, kind="managed", type="news", url=f"/{topic.slug}/", **fields))


def test_managers_add_change_and_delete_words_and_the_history_tells_it(as_manager, search_manager):
    page = as_manager.post(reverse("search_synonyms:add"), {"term": "ED", "meanings": "emergency", "both_ways": "on"})
    assert page.status_code == 302, page.context["form"].errors
    synonym = Synonym.objects.get()
    edit = reverse("search_synonyms:edit", args=[synonym.pk])
    as_manager.post(edit, {"term": "ED", "meanings": "emergency, A&E"})
    synonym.refresh_from_db()
    assert (synonym.meanings, synonym.both_ways) == ("emergency, A&E", False)
    as_manager.post(reverse("search_synonyms:delete", args=[synonym.pk]))
    assert not Synonym.objects.exists()
    told = ModelLogEntry.objects.filter(content_type__model="synonym").order_by("pk").values_list("action", "user_id")
    assert list(told) == [(f"folkmoot.search.{verb}", search_manager.pk) for verb in ("save", "save", "delete")]


@pytest.mark.parametrize("name", LISTS)
def test_lists_open_for_managers_empty_and_full(as_manager, name, organisation):
    assert as_manager.get(reverse(f"{name}:index")).status_code == 200
    assert as_manager.get(reverse(f"{name}:add")).status_code == 200
    actions.save(Synonym(term="ED", meanings="emergency"), acting_person=None)
    actions.save(StopPhrase(phrase="where is"), acting_person=None)
    actions.save(Promotion(phrases="lunch", entry=_entry("Menu")), acting_person=None)
    page = as_manager.get(reverse(f"{name}:index")).content.decode()
    assert any(text in page for text in ("emergency", "where is", "Menu"))
    assert as_manager.get(reverse(f"{name}:index"), {"q": "nothing like it"}).status_code == 200


@pytest.mark.parametrize("name", LISTS)
def test_nobody_else_opens_them(as_editor, as_charlie, client, name):
    for verb in ("index", "add"):
        for reader in (as_editor, as_charlie, client):
            assert reader.get(reverse(f"{name}:{verb}")).status_code in (302, 403)
    assert as_editor.get(reverse("search_ranking")).status_code in (302, 403)
    assert as_charlie.post(reverse("search_ranking"), {"title": "1"}).status_code in (302, 403)


def test_the_form_begins_with_what_the_address_says(as_manager):
    page = as_manager.get(reverse("search_promotions:add"), {"phrases": "car park"})
    assert page.context["form"]["phrases"].value() == "car park"


def test_a_result_is_promoted_that_the_editor_may_see_and_no_other(as_manager, search_manager, laboratory):
    open_to_all = _entry("Menu")
    secret = _entry("Secret plan", audience=any_of(tokens.department(laboratory)))
    given = {"phrases": "lunch", "action": "pin", "position": "1"}
    refused = as_manager.post(reverse("search_promotions:add"), given | {"entry": secret.pk})
    assert "Choose a result that you may see." in refused.content.decode()
    assert "Secret plan" not in refused.content.decode()
    assert as_manager.post(reverse("search_promotions:add"), given | {"entry": open_to_all.pk}).status_code == 302
    assert Promotion.objects.get().entry == open_to_all


def test_titles_the_editor_may_not_see_are_told_nowhere(as_manager, laboratory):
    secret = _entry("Secret plan", audience=any_of(tokens.department(laboratory)))
    promotion = Promotion(phrases="lunch", entry=secret)
    actions.save(promotion, acting_person=None)
    listed = as_manager.get(reverse("search_promotions:index")).content.decode()
    assert ("lunch" in listed, "Secret plan" in listed) == (True, False)
    assert "Gone, or not for you to see" in listed
    for verb in ("edit", "delete", "history"):
        page = as_manager.get(reverse(f"search_promotions:{verb}", args=[promotion.pk]))
        assert (page.status_code, "Secret plan" in page.content.decode()) == (200, False), verb


def test_the_chooser_offers_what_the_editor_may_see(as_manager, laboratory):
    menu, secret = _entry("Menu"), _entry("Secret menu", audience=any_of(tokens.department(laboratory)))
    for verb in ("choose", "choose_results"):
        offered = as_manager.get(reverse(f"entry_chooser:{verb}"), {"q": "menu"}).content.decode()
        assert ("Menu" in offered, "Secret menu" in offered) == (True, False), verb
    assert as_manager.get(reverse("entry_chooser:chosen", args=[menu.pk])).status_code == 200
    assert as_manager.get(reverse("entry_chooser:chosen", args=[secret.pk])).status_code == 404
    several = as_manager.get(reverse("entry_chooser:chosen_multiple"), {"id": [menu.pk, secret.pk, "x"]})
    assert ("Menu" in several.content.decode(), "Secret" in several.content.decode()) == (True, False)


def test_numbers_of_the_ranking_are_changed_and_go_back_to_their_defaults(as_manager):
    values = {factor.name: f"{factor.default:g}" for factor in ranking.FACTORS}
    assert as_manager.get(reverse("search_ranking")).status_code == 200
    as_manager.post(reverse("search_ranking"), values | {"managed": "2.5"})
    assert dict(RankingFactor.objects.values_list("name", "value")) == {"managed": 2.5}
    assert ranking.numbers()["managed"] == 2.5
    assert b"Changed here." in as_manager.get(reverse("search_ranking")).content
    asked = as_manager.post(reverse("search_ranking"), {"defaults": "1"})
    assert (asked.status_code, "2.5" in asked.content.decode(), RankingFactor.objects.count()) == (200, True, 1)
    as_manager.post(reverse("search_ranking"), {"defaults": "1", "sure": "1"})
    assert not RankingFactor.objects.exists()
    assert ranking.numbers()["managed"] == ranking.BY_NAME["managed"].default
    told = ModelLogEntry.objects.filter(action="folkmoot.search.factor").order_by("pk")
    assert [(line.data["from"], line.data["to"]) for line in told] == [(1.15, 2.5), (2.5, 1.15)]


def test_a_number_that_cannot_be_is_refused_and_nothing_is_changed(as_manager):
    values = {factor.name: f"{factor.default:g}" for factor in ranking.FACTORS}
    page = as_manager.post(reverse("search_ranking"), values | {"managed": "999", "body": "3"})
    assert page.status_code == 400
    assert "nothing was changed" in page.content.decode()
    assert not RankingFactor.objects.exists()
    with pytest.raises(ValidationError, match=r"from 0\.1 to 10"):
        actions.set_factors({"body": 3, "managed": 999}, acting_person=None)
    with pytest.raises(ValidationError, match="no factor colour"):
        actions.set_factors({"colour": 1}, acting_person=None)
    assert not RankingFactor.objects.exists()


def test_the_menu_is_shown_to_managers(as_manager, as_editor, organisation):
    assert "search/ranking" in as_manager.get(reverse("wagtailadmin_home")).content.decode()
    assert "search/ranking" not in as_editor.get(reverse("wagtailadmin_home")).content.decode()
