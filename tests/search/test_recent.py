"""A person's own searches: recorded when sent from our page, for nobody else, for so long, removed by one or all."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.host.privacy import erase_person, export_person
from portal.jobs import schedules
from search.conf import RECENT_DAYS, RECENT_KEPT
from search.models import RecentSearch
from search.recent import forget_old_searches, recent_searches, remember_search
from search.suggest import suggest

PAGE, FORGET = "/search/", "/search/recent/forget/"
OURS = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}


@pytest.fixture(autouse=True)
def _database(settings):
    settings.ELASTICSEARCH_URL = ""


def texts(person):
    return [row.text for row in recent_searches(person)]


def test_a_search_sent_from_our_page_is_remembered_and_leads_to_an_address_for_all(as_bob, bob):
    response = as_bob.get(PAGE, {"q": "Night  shift", "kind": "user", "sent": "1"}, headers=OURS)
    assert (response.status_code, response.url) == (302, "/search/?q=Night+shift&kind=user")
    assert texts(bob) == ["Night shift"]


def test_browsers_that_do_not_say_are_asked_where_they_were(as_bob, bob):
    as_bob.get(PAGE, {"q": "ours", "sent": "1"}, headers={"Referer": "http://testserver/news/"})
    as_bob.get(PAGE, {"q": "theirs", "sent": "1"}, headers={"Referer": "http://elsewhere.example/"})
    as_bob.get(PAGE, {"q": "nobody's", "sent": "1"})
    assert texts(bob) == ["ours"]


@pytest.mark.parametrize(
    ("given", "headers"),
    [
        ({"q": "sepsis"}, OURS),
        ({"q": "sepsis", "sent": "1"}, OURS | {"Sec-Fetch-Site": "cross-site"}),
        ({"q": "sepsis", "sent": "1"}, OURS | {"Sec-Fetch-Site": "none"}),
        ({"q": "sepsis", "sent": "1"}, OURS | {"Sec-Fetch-Mode": "no-cors"}),
        ({"q": "sepsis", "sent": "1", "page": "2"}, OURS),
        ({"q": " ", "sent": "1"}, OURS),
    ],
    ids=["a shared address", "a link from elsewhere", "a link in a mail", "a picture", "a further page", "nothing"],
)
def test_what_the_person_did_not_send_is_not_remembered(as_bob, bob, given, headers):
    assert as_bob.get(PAGE, given, headers=headers).status_code in (200, 302)
    assert texts(bob) == []


def test_the_same_search_again_is_one_and_the_newest(bob):
    for text in ("Sepsis", "canteen", "sépsis "):
        remember_search(text, acting_person=bob)
    assert texts(bob) == ["sépsis", "canteen"]


def test_only_so_many_are_kept_of_each_person(bob, alice):
    for number in range(RECENT_KEPT + 3):
        remember_search(f"search {number}", acting_person=bob)
    remember_search("hers", acting_person=alice)
    assert texts(bob)[0] == f"search {RECENT_KEPT + 2}"
    assert RecentSearch.objects.filter(person=bob).count() == RECENT_KEPT
    assert texts(alice) == ["hers"]


def test_old_ones_are_not_shown_and_a_nightly_job_forgets_them(bob):
    remember_search("old", acting_person=bob)
    RecentSearch.objects.update(searched_at=timezone.now() - timedelta(days=RECENT_DAYS, minutes=1))
    remember_search("new", acting_person=bob)
    assert texts(bob) == ["new"]
    assert "search.recent" in schedules.schedules()
    assert forget_old_searches() == 1
    assert RecentSearch.objects.get().text == "new"


def test_they_are_suggested_to_their_person_only(bob, alice):
    for text in ("sepsis drill", "canteen"):
        remember_search(text, acting_person=bob)
    (group,) = suggest(bob, "dril").groups
    assert (group.name, [item.text for item in group.items]) == ("recent", ["sepsis drill"])
    assert [item.text for item in suggest(bob, "").groups[0].items] == ["canteen", "sepsis drill"]
    assert suggest(bob, "sepsis drill").groups == []
    assert suggest(alice, "").groups == suggest(alice, "sep").groups == []


def test_one_or_all_are_removed_by_a_form_that_works_without_script(as_bob, bob, alice):
    for text in ("one", "two", "three"):
        remember_search(text, acting_person=bob)
    remember_search("hers", acting_person=alice)
    html = as_bob.get(PAGE).content.decode()
    assert all(f">{text}</a>" in html for text in ("one", "two", "three"))
    assert "hers" not in html
    two = RecentSearch.objects.get(text="two")
    assert as_bob.post(FORGET, {"search": two.pk}).url == PAGE
    assert texts(bob) == ["three", "one"]
    as_bob.post(FORGET, {"all": "1"})
    assert texts(bob) == []
    assert texts(alice) == ["hers"]


RESTORE = "/search/recent/restore/"


def undo_of(html):
    """What the page's Undo would send."""
    found = re.search(r'name="forgotten" value="([^"]+)"', html) or re.search(
        r'data-restore="[^"]+".* value="([^"]+)"', html
    )
    return {"forgotten": found[1]} if found else None


def test_forgetting_all_is_undone_by_a_form_that_works_without_script(as_bob, bob):
    for text in ("one", "two", "three"):
        remember_search(text, acting_person=bob)
    html = as_bob.post(FORGET, {"all": "1"}, follow=True).content.decode()
    assert "3 recent searches are forgotten." in html
    assert f'action="{RESTORE}"' in html
    assert texts(bob) == []
    remember_search("meanwhile", acting_person=bob)
    remember_search("TWO", acting_person=bob)
    assert as_bob.post(RESTORE, undo_of(html)).url == PAGE
    assert texts(bob) == ["TWO", "meanwhile", "three", "one"], "at their old places, and what was sought again is one"
    as_bob.post(RESTORE, undo_of(html))
    assert texts(bob) == ["TWO", "meanwhile", "three", "one"]


def test_forgetting_one_is_undone_and_offered_once(as_bob, bob):
    remember_search("one", acting_person=bob)
    html = as_bob.post(FORGET, {"search": RecentSearch.objects.get().pk}, follow=True).content.decode()
    assert "1 recent search is forgotten." in html
    assert undo_of(as_bob.get(PAGE).content.decode()) is None
    as_bob.post(RESTORE, undo_of(html))
    assert texts(bob) == ["one"]


def test_what_is_forgotten_stays_nowhere_on_the_server(as_bob, bob):
    remember_search("divorce", acting_person=bob)
    html = as_bob.post(FORGET, {"all": "1"}, follow=True).content.decode()
    assert undo_of(html)
    assert dict(as_bob.session).keys().isdisjoint({"search_forgotten"})
    assert not RecentSearch.objects.exists()


def test_a_script_gets_the_way_back_alone(as_bob, bob):
    remember_search("one", acting_person=bob)
    html = as_bob.post(FORGET, {"all": "1", "piece": "1"}).content.decode()
    assert "<html" not in html
    assert undo_of(as_bob.get(PAGE).content.decode()) is None, "the page does not offer it a second time"
    as_bob.post(RESTORE, undo_of(html))
    assert texts(bob) == ["one"]


def test_an_undo_brings_back_no_more_than_are_kept(as_bob, bob):
    for number in range(RECENT_KEPT):
        remember_search(f"old {number}", acting_person=bob)
    html = as_bob.post(FORGET, {"all": "1"}, follow=True).content.decode()
    for number in range(3):
        remember_search(f"new {number}", acting_person=bob)
    as_bob.post(RESTORE, undo_of(html))
    assert RecentSearch.objects.filter(person=bob).count() == RECENT_KEPT
    assert texts(bob)[2:4] == ["new 0", f"old {RECENT_KEPT - 1}"]


def test_a38_an_undo_is_for_its_person_only_for_a_while_and_only_as_we_made_it(
    as_bob, as_charlie, client, bob, monkeypatch
):
    remember_search("mine", acting_person=bob)
    html = as_bob.post(FORGET, {"all": "1"}, follow=True).content.decode()
    sent = undo_of(html)
    as_charlie.post(RESTORE, sent)
    assert client.post(RESTORE, sent).url.startswith("/accounts/login/")
    for text in ("", "x", sent["forgotten"][:-2] + "xx"):
        answer = as_bob.post(RESTORE, {"forgotten": text}, follow=True)
        assert "too late" in answer.content.decode()
    assert as_bob.get(RESTORE).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(bob)
    assert strict.post(RESTORE, sent).status_code == 403
    with monkeypatch.context() as later:
        later.setattr("search.recent.RESTORABLE", timedelta(0))
        as_bob.post(RESTORE, sent)
    assert not RecentSearch.objects.exists()
    as_bob.post(RESTORE, sent)
    assert texts(bob) == ["mine"]


def test_nobody_removes_those_of_others(as_charlie, client, bob):
    remember_search("mine", acting_person=bob)
    row = RecentSearch.objects.get()
    for number in (str(row.pk), "x", "-1", "9" * 30, "１", ""):
        assert as_charlie.post(FORGET, {"search": number}).status_code == 302
    as_charlie.post(FORGET, {"all": "1"})
    assert client.post(FORGET, {"all": "1"}).url.startswith("/accounts/login/")
    assert texts(bob) == ["mine"]


def test_a38_removing_needs_the_token_of_the_form_and_no_link_does_it(bob):
    remember_search("mine", acting_person=bob)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(bob)
    assert strict.post(FORGET, {"all": "1"}).status_code == 403
    assert strict.get(FORGET, {"all": "1"}).status_code == 405
    assert texts(bob) == ["mine"]


def test_they_are_in_the_persons_export_and_are_erased(bob, alice):
    remember_search("mine", acting_person=bob)
    remember_search("hers", acting_person=alice)
    (told,) = export_person(bob)["search.recent"]["recent_searches"]
    assert told["text"] == "mine"
    assert erase_person(bob, acting_person=None)["search.recent"] == 1
    assert (texts(bob), texts(alice)) == ([], ["hers"])


def test_what_somebody_seeks_is_in_no_log_that_it_reads(as_bob, bob):
    from wagtail.models import ModelLogEntry

    as_bob.get(PAGE, {"q": "divorce", "sent": "1"}, headers=OURS)
    as_bob.post(FORGET, {"all": "1"})
    assert not ModelLogEntry.objects.filter(user=bob).exists()
