"""From a phrase without results to a page about it: one step, in the phrase's language, and not twice."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.utils import translation
from wagtail.models import GroupPagePermission, Page

from cms.models import NewsPage
from cms.setup import ensure_tree
from search.query import SearchRequest, SearchResult
from search.seeking import noting
from search.seeking.about import note_page, pages_about
from search.seeking.models import PageAbout
from search.seeking.sections import LISTED
from tests import factories
from tests.cast import logged_in
from tests.search.seeking.test_report import REPORT, shown

NEW = f"{REPORT}page/"
PHRASE = {"phrase": "parkimisluba", "language": "et", "next": f"{REPORT}nothing/"}


@pytest.fixture
def editor_of(organisation):
    """Somebody who may add pages below the given ones only."""

    def make(*pages):
        person = factories.person(departments=[organisation])
        group = Group.objects.create(name=person.username)
        group.permissions.add(*Permission.objects.filter(codename__in=["access_admin", "see_seeking"]))
        right = Permission.objects.get(content_type__app_label="wagtailcore", codename="add_page")
        for page in pages:
            GroupPagePermission.objects.create(group=group, page=page, permission=right)
        person.groups.add(group)
        return person

    return make


@pytest.fixture
def sought_in_estonian(people, night):
    with translation.override("et"):
        for person in people[:8]:
            noting.note_search(
                SearchRequest(person=person, q="parkimisluba"), SearchResult(engine="database"), clickable=True
            )
        noting.flush()
    night("2026-10-06")


def options(html, name):
    field = re.search(rf'<select name="{name}".*?</select>', html, re.DOTALL)
    return re.findall(r"<option[^>]*>([^<]*)</option>", field.group()) if field else None


def test_the_sections_where_the_editor_may_add_are_offered_and_no_others(editor_of, organisation):
    tree = ensure_tree(organisation)
    html = shown(logged_in(editor_of(tree.news, tree.processes)).get(NEW, PHRASE))
    assert [unescape(text).strip("– ") for text in options(html, "section")] == [
        "—",
        tree.news.title,
        tree.processes.title,
    ]
    assert 'value="Parkimisluba"' in html
    assert options(html, "kind")
    labels = re.findall(r'<label class="w-field__label"[^>]*>([^<]*)', html)
    assert [" ".join(label.split()) for label in labels] == ["Title", "Section", "Kind of page"]


def test_the_only_section_is_chosen_at_once(editor_of, organisation):
    tree = ensure_tree(organisation)
    html = shown(logged_in(editor_of(tree.news)).get(NEW, PHRASE))
    assert options(html, "section") == [tree.news.title]


def test_who_has_one_way_only_comes_to_the_form_of_the_page_at_once(editor_of, organisation, monkeypatch):
    tree = ensure_tree(organisation)
    monkeypatch.setattr(type(tree.news), "subpage_types", ["cms.NewsPage"])
    monkeypatch.setattr(type(tree.news), "_clean_subpage_models", None)
    editor = editor_of(tree.news)
    answer = logged_in(editor).get(NEW, PHRASE, follow=True)
    assert [address.split("?")[0] for address, _status in answer.redirect_chain] == [
        f"{NEW}cms/newspage/{tree.news.pk}/"
    ]
    html = shown(answer)
    assert 'value="Parkimisluba"' in html
    assert f'<input type="hidden" name="next" value="{PHRASE["next"]}">' in html


def test_of_many_sections_one_is_chosen_in_the_tree(editor_of, organisation):
    tree = ensure_tree(organisation)
    for number in range(LISTED + 1):
        tree.news.add_child(instance=type(tree.news)(title=f"Section {number}"))
    html = shown(logged_in(editor_of(tree.news)).get(NEW, PHRASE))
    assert options(html, "section") is None
    assert "Choose a page" in html


def test_the_page_is_in_the_language_of_the_phrase(as_eve, organisation):
    tree = ensure_tree(organisation)
    answer = as_eve.get(
        NEW, {**PHRASE, "title": "Parkimisluba", "section": tree.news.pk, "kind": "cms.newspage"}, follow=True
    )
    assert re.search(r'<option value="et" selected>', shown(answer))
    answer = as_eve.get(f"{NEW}cms/newspage/{tree.news.pk}/", {"title": "X", "language": "xx"})
    assert re.search(r'<option value="en" selected>', shown(answer)), "what is no language leaves the usual one"


def saved(client, address, **given):
    """Wagtail's form as it is shown at an address, sent as a draft."""
    answer = client.get(address, {"title": "Parkimisluba", "phrase": "parkimisluba", "language": "et"})
    html, form = answer.content.decode(), answer.context["form"]
    data = {field.html_name: field.value() for field in form if field.value() is not None}
    for formset in form.formsets.values():
        data |= {field.html_name: field.value() for field in formset.management_form}
    data |= dict(re.findall(r'<input type="hidden" name="(seeking_\w+)" value="([^"]*)"', html))
    action = re.search(r'action="(/admin/pages/add/[^"]*)"', html).group(1)
    assert client.post(action, data | {"body-count": 0, "slug": "parkimisluba"} | given).status_code == 302


def test_the_report_leads_to_the_draft_and_offers_no_second_one(as_eve, organisation, sought_in_estonian):
    tree = ensure_tree(organisation)
    before = shown(as_eve.get(f"{REPORT}nothing/"))
    assert "Write a page for “parkimisluba”" in before
    saved(as_eve, f"{NEW}cms/newspage/{tree.news.pk}/")
    draft = NewsPage.objects.get(title="Parkimisluba")
    assert (draft.live, draft.language) == (False, "et")
    after = shown(as_eve.get(f"{REPORT}nothing/"))
    assert "Write a page" not in after
    assert "Go on with the draft for “parkimisluba”" in after
    assert f'href="/admin/pages/{draft.pk}/edit/?next=' in after
    draft.save_revision().publish()
    assert "Go to the page for “parkimisluba”" in shown(as_eve.get(f"{REPORT}nothing/"))
    draft.delete()
    assert "Write a page for “parkimisluba”" in shown(as_eve.get(f"{REPORT}nothing/"))


def test_a_page_in_another_language_does_not_count(as_eve, eve, organisation, sought_in_estonian):
    tree = ensure_tree(organisation)
    note_page("parkimisluba", "sv", tree.news, acting_person=eve)
    assert "Write a page for “parkimisluba”" in shown(as_eve.get(f"{REPORT}nothing/"))


def test_the_newest_page_about_a_phrase_counts(eve, organisation):
    tree = ensure_tree(organisation)
    for page in (tree.news, tree.processes):
        note_page("parking", "en", page, acting_person=eve)
    assert pages_about(["parking", "other"]) == {("parking", "en"): Page.objects.get(pk=tree.processes.pk)}


@pytest.mark.parametrize("phrase", ["Not Folded", "anna@example.org", "5551234567", "", "x" * 200])
def test_what_is_no_phrase_is_not_kept(eve, organisation, phrase):
    assert note_page(phrase, "en", ensure_tree(organisation).news, acting_person=eve) is None
    assert not PageAbout.objects.exists()


def test_who_may_not_see_what_people_seek_notes_nothing(bob, organisation, editor_of):
    tree = ensure_tree(organisation)
    with pytest.raises(PermissionDenied):
        note_page("parking", "en", tree.news, acting_person=bob)
    editor = editor_of(tree.news)
    editor.groups.get().permissions.remove(Permission.objects.get(codename="see_seeking"))
    client = logged_in(editor)
    assert client.get(NEW, PHRASE).status_code == 302
    saved(client, f"/admin/pages/add/cms/newspage/{tree.news.pk}/", title="X", seeking_phrase="parking")
    assert NewsPage.objects.get().title == "X"
    assert not PageAbout.objects.exists()
