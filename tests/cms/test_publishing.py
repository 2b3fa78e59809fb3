"""The editor's work through HTTP, in Wagtail's own forms, and what becomes of it in the catalogue."""

from __future__ import annotations

import json
from datetime import date, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from cms.models import FacilityPage, NewsPage, ProcessPage
from cms.schedule import publish_scheduled
from portal.audience import tokens
from portal.audience.expressions import any_of
from portal.catalogue.models import Entry
from portal.timeline.models import Activity
from tests.cms import factories as make

pytestmark = pytest.mark.django_db


def form(**fields):
    body = streamfield([("heading", "What changes"), ("paragraph", rich_text("<p>Sixty beds open.</p>"))])
    data = {
        "title": "Sixty more beds", "slug": "sixty-more-beds", "summary": "By January.", "language": "en",
        "topics": '"winter plan", beds', "audience_everyone": "on", "audience_match": "all", "body": body,
        "image": "", "department": "", "kicker": "", "comments": {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0},
    }  # fmt: skip
    several = {name: value for name, value in fields.items() if isinstance(value, list)}
    return nested_form_data(data | {name: fields[name] for name in fields.keys() - several.keys()}) | several


def add(client, parent, model, **fields):
    address = reverse("wagtailadmin_pages:add", args=["cms", model._meta.model_name, parent.pk])
    response = client.post(address, form(**{"action-publish": "Publish"} | fields))
    form_errors = response.context["form"].errors if response.context and "form" in response.context else {}
    assert response.status_code == 302, form_errors
    return model.objects.latest("pk")


def test_an_editor_publishes_news_and_everyone_finds_it(tree, as_editor, editor, emergency, charlie):
    assert as_editor.get(reverse("wagtailadmin_pages:add", args=["cms", "newspage", tree.news.pk])).status_code == 200
    page = add(as_editor, tree.news, NewsPage, department=str(emergency.pk))
    entry = make.entry(page)
    assert (entry.kind, entry.type, entry.url) == ("managed", "news", "/news/sixty-more-beds/")
    assert (entry.title, entry.summary, entry.language) == ("Sixty more beds", "By January.", "en")
    assert entry.body == "What changes\nSixty beds open."
    assert sorted(entry.topic_names) == ["beds", "winter plan"]
    assert (entry.department, entry.author) == (emergency, editor)
    assert "Sixty more beds" in make.titles(charlie)
    activity = Activity.objects.get(entry=entry)
    assert (activity.verb, activity.actor) == ("publish", editor)


def test_processes_and_facilities_say_their_own_facts(tree, as_editor):
    process = add(as_editor, tree.processes, ProcessPage, code="HR-204b", slug="hr-204b")
    assert make.entry(process).facets["code"] == "HR-204b"
    assert "HR-204b" in make.entry(process).body
    facility = add(
        as_editor, tree.facilities, FacilityPage, slug="gym", place="House C", opening_hours="6 to 22", phone="4711",
        location="",
    )  # fmt: skip
    assert "6 to 22" in make.entry(facility).body
    assert make.entry(facility).type == "facility"


def test_saving_a_draft_shows_nobody_anything(tree, as_editor, charlie):
    page = add(as_editor, tree.news, NewsPage, **{"action-publish": ""})
    assert not page.live
    assert not Entry.objects.filter(label="wagtailcore.page").exists()


def test_a_draft_of_a_published_page_changes_nothing_for_readers(tree, as_editor, charlie):
    page = add(as_editor, tree.news, NewsPage)
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert as_editor.get(address).status_code == 200
    as_editor.post(address, form(title="Secret plans"))
    assert make.titles(charlie) >= {"Sixty more beds"}
    as_editor.post(address, form(title="Seventy more beds", **{"action-publish": "Publish"}))
    assert "Seventy more beds" in make.titles(charlie)
    assert Activity.objects.filter(entry=make.entry(page)).count() == 1


def test_the_chosen_audience_holds_and_is_shown_again(tree, as_editor, emergency, bob, charlie):
    page = add(
        as_editor, tree.news, NewsPage, audience_everyone="", audience_departments=[str(emergency.pk)],
    )  # fmt: skip
    assert page.expression == any_of(tokens.department(emergency))
    assert "Sixty more beds" in make.titles(bob)
    assert "Sixty more beds" not in make.titles(charlie)
    shown = as_editor.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).context["form"]
    assert shown["audience_departments"].value() == [str(emergency.pk)]
    assert shown["audience_everyone"].value() is False


def test_an_audience_of_nobody_is_refused_with_a_reason(tree, as_editor):
    address = reverse("wagtailadmin_pages:add", args=["cms", "newspage", tree.news.pk])
    response = as_editor.post(address, form(audience_everyone="", **{"action-publish": "Publish"}))
    assert "audience_everyone" in response.context["form"].errors
    assert not NewsPage.objects.exists()


def test_unpublishing_hides_the_page_and_its_comments_and_publishing_brings_both_back(tree, as_editor, bob):
    page = add(as_editor, tree.news, NewsPage)
    make.comment(make.entry(page))
    assert make.titles(bob) >= {"Sixty more beds", "Well said"}
    as_editor.post(reverse("wagtailadmin_pages:unpublish", args=[page.pk]))
    assert not make.titles(bob) & {"Sixty more beds", "Well said"}
    as_editor.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), form(**{"action-publish": "Publish"}))
    assert make.titles(bob) >= {"Sixty more beds", "Well said"}


def test_a_page_leaves_at_its_hour_even_before_the_worker_comes(tree, bob):
    page = make.page(tree.news, "Soup week", expire_at=timezone.now() + timedelta(hours=1))
    assert "Soup week" in make.titles(bob)
    NewsPage.objects.filter(pk=page.pk).update(expire_at=timezone.now() - timedelta(minutes=1))
    Entry.objects.filter(pk=make.entry(page).pk).update(visible_until=timezone.now() - timedelta(minutes=1))
    assert "Soup week" not in make.titles(bob)
    assert publish_scheduled() == 1
    page.refresh_from_db()
    assert page.expired
    assert make.entry(page).state == "hidden"
    assert publish_scheduled() == 0


def test_a_scheduled_page_appears_when_its_hour_has_come(tree, bob):
    page = make.page(tree.news, "New menu", go_live_at=timezone.now() + timedelta(hours=1))
    assert not Entry.objects.filter(title="New menu").exists()
    revision = page.latest_revision
    revision.content["go_live_at"] = (timezone.now() - timedelta(minutes=1)).isoformat()
    revision.approved_go_live_at = timezone.now() - timedelta(minutes=1)
    revision.save()
    assert publish_scheduled() == 1
    assert "New menu" in make.titles(bob)
    assert Activity.objects.filter(entry=make.entry(page), verb="publish").count() == 1


def test_copying_a_live_page_and_making_an_alias_both_reach_the_catalogue(tree, as_editor, bob):
    page = make.page(tree.news, "Bay 2")
    fields = {
        "new_title": "Bay 3",
        "new_slug": "bay-3",
        "new_parent_page": tree.news.pk,
        "publish_copies": "on",
    }
    as_editor.post(reverse("wagtailadmin_pages:copy", args=[page.pk]), fields)
    assert "Bay 3" in make.titles(bob)
    alias = {"new_title": "Bay 2", "new_slug": "bay-2", "new_parent_page": tree.processes.pk, "alias": "on"}
    as_editor.post(reverse("wagtailadmin_pages:copy", args=[page.pk]), alias)
    assert NewsPage.objects.get(slug="bay-2", alias_of__isnull=False).live
    assert "/processes/bay-2/" in Entry.objects.visible_to(bob).values_list("url", flat=True)


def test_the_editor_previews_what_is_not_published(tree, as_editor):
    page = make.page(tree.news, "Draft of the year", publish=False)
    address = reverse("wagtailadmin_pages:preview_on_edit", args=[page.pk])
    posted = as_editor.post(address, form(title="Draft of the year"))
    assert json.loads(posted.content)["is_valid"], posted.content
    shown = as_editor.get(address)
    assert shown.status_code == 200
    assert "Draft of the year" in shown.content.decode()


def test_a_failure_of_the_catalogue_leaves_the_page_unpublished(tree, monkeypatch):
    page = make.page(tree.news, "Half", publish=False)
    monkeypatch.setattr("cms.actions.put", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        page.save_revision().publish()
    page.refresh_from_db()
    assert not page.live


def test_pages_of_before_tell_their_entries_when_they_are_no_longer_to_be_relied_on(news):
    published = make.page(news, "Old rules", review_on=date(2026, 1, 31))
    entry = Entry.objects.get(title="Old rules")
    expected = entry.stale_from
    Entry.objects.update(stale_from=None)
    import_module("cms.migrations.0003_stale_from").tell_entries(apps, None)
    entry.refresh_from_db()
    assert entry.stale_from == expected == published.stale_from
    assert Entry.objects.exclude(pk=entry.pk).filter(stale_from__isnull=False).count() == 0
