"""Sources: who may keep them, what they may be, how their secrets lie."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from wagtail.models import ModelLogEntry

from portal.audience.expressions import EVERYONE
from portal.ingestion import actions, adapters
from portal.ingestion.models import RejectedItem, Source
from portal.ingestion.sealing import SealBroken, seal, unseal
from portal.testing.adapters import deliver, make_source


def test_a_source_knows_its_plugin_and_is_for_its_department_by_default(source, emergency):
    assert source.plugin == "synthetic"
    assert source.audience_expression.all == ((f"department:{emergency.pk}",),)
    assert source.settings == {"separator": ";", "width": 80}
    actions.update_source(source, audience=EVERYONE, acting_person=None)
    assert Source.objects.get().audience_expression == EVERYONE


def test_only_central_it_keeps_sources(source, emergency, alice, ida):
    items = RejectedItem.objects.all()
    for attempt in (
        lambda: make_and_name(alice, emergency),
        lambda: actions.update_source(source, name="x", acting_person=alice),
        lambda: actions.rotate_secret(source, acting_person=alice),
        lambda: actions.reset_secret(source, acting_person=alice),
        lambda: actions.pause_source(source, acting_person=alice),
        lambda: actions.resume_source(source, acting_person=alice),
        lambda: actions.replay(source, acting_person=alice),
        lambda: actions.drop_rejected(items, source=source, acting_person=alice),
    ):
        with pytest.raises(PermissionDenied):
            attempt()
    assert make_and_name(ida, emergency).pk


def make_and_name(person, department):
    return actions.create_source(
        "another", adapter="synthetic.lines", name="Another", department=department, acting_person=person
    )


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"settings": {"width": "wide"}}, "settings"),
        ({"settings": {"colour": "red"}}, "settings"),
        ({"schedule": "every day", "pull_from": "a.csv"}, "schedule"),
        ({"schedule": "* * * * * *", "pull_from": "a.csv"}, "schedule"),
        ({"schedule": "* * * * *"}, "schedule"),
        ({"pull_from": "ftp://x/"}, "pull_from"),
        ({"pull_from": "file:///etc/passwd"}, "pull_from"),
        ({"pull_from": "http://me:secret@x/"}, "pull_from"),
        ({"pull_from": "http://x:port/"}, "pull_from"),
        ({"pull_from": "../secret"}, "pull_from"),
        ({"pull_from": "/etc/passwd"}, "pull_from"),
        ({"allowed_hosts": ["http://x/"]}, "allowed_hosts"),
        ({"allowed_hosts": ["*"]}, "allowed_hosts"),
        ({"name": ""}, "name"),
        ({"slug": "no slug"}, "slug"),
        ({"slug": "lab-notes"}, "slug"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(source, emergency, fields, field):
    with pytest.raises(ValidationError) as caught:
        make_source("synthetic.lines", department=emergency, **fields)
    assert list(caught.value.message_dict) == [field]
    assert Source.objects.count() == 1


def test_an_unknown_adapter_is_refused_with_those_there_are(emergency):
    with pytest.raises(ValidationError, match=r"synthetic\.lines"):
        make_source("synthetic.linse", department=emergency)
    with pytest.raises(adapters.NoSuchAdapter):
        adapters.get("nothing")


def test_a_field_that_is_none_is_refused(source):
    with pytest.raises(ValidationError, match="sealed_secrets"):
        actions.update_source(source, sealed_secrets="", acting_person=None)


def test_secrets_lie_encrypted(source):
    actions.update_source(source, token="let me in", acting_person=None)
    row = Source.objects.values().get()
    assert source.secrets[0] not in str(row)
    assert "let me in" not in str(row)
    assert Source.objects.get().token == "let me in"
    assert Source.objects.get().secrets == source.secrets


def test_a_former_secret_key_still_opens_and_a_stranger_does_not(settings):
    sealed = seal("text")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "new" * 20
    assert unseal(sealed) == "text"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(SealBroken):
        unseal(sealed)


def test_changes_are_in_the_history_without_secrets(source, ida):
    secret = actions.rotate_secret(source, acting_person=ida)
    actions.update_source(source, token="let me in", acting_person=ida)
    lines = list(ModelLogEntry.objects.filter(action="folkmoot.source.save", object_id=str(source.pk)))
    assert [line.user_id for line in lines].count(ida.pk) == 2
    assert not any(text in str(line.data) for line in lines for text in (secret, "let me in"))


def test_an_edit_leaves_what_the_worker_noted_meanwhile(source):
    stale = Source.objects.get(pk=source.pk)
    deliver(source, b"a;one\n")
    actions.update_source(stale, name="Another", acting_person=None)
    fresh = Source.objects.get(pk=source.pk)
    assert fresh.last_success_at is not None
    assert fresh.name == "Another"


def test_dropped_items_stay_readable(source, ida):
    deliver(source, b"x;bad\n")
    assert actions.drop_rejected(source.rejected_items.all(), source=source, acting_person=ida) == 1
    assert source.rejected_items.get().reason == "there is no text; add one"


def values_of(source):
    return ModelLogEntry.objects.filter(object_id=str(source.pk)).order_by("-pk").first().data["values"]


def test_the_history_tells_before_and_after(source, emergency, organisation, alice):
    fields = {"allowed_hosts": ["lab.local"], "pull_from": "https://lab.local/x?key=abcdef", "department": organisation}
    actions.update_source(source, told=[alice], settings={"width": 40}, acting_person=None, **fields)
    assert values_of(source) == {
        "allowed_hosts": [[], ["lab.local"]],
        "pull_from": ["", "https://lab.local/x?key=…"],
        "department": [emergency.url_path, organisation.url_path],
        "told": [[], ["alice"]],
        "settings.width": [80, 40],
    }
    actions.update_source(source, allowed_hosts=["lab.local", "other"], acting_person=None)
    assert values_of(source) == {"allowed_hosts": [["lab.local"], ["lab.local", "other"]]}


def test_of_a_token_the_history_tells_only_that_it_changed(source):
    for token, told in (("geheim-42", "set"), ("geheim-43", "set"), ("", "removed")):
        actions.update_source(source, token=token, acting_person=None)
        data = ModelLogEntry.objects.order_by("-pk").first().data
        assert data == {"changed": ["token"], "values": {}, "token": told}


def test_one_folder_has_one_source_however_it_is_written(source, news, emergency):
    actions.update_source(source, pull_from=" lab//./in/ ", acting_person=None)
    assert Source.objects.get(pk=source.pk).pull_from == "lab/in/"
    for place in ("lab/in/", "lab//in/", "./lab/in//", "lab/in/."):
        with pytest.raises(ValidationError, match="takes the files of this folder"):
            actions.update_source(news, pull_from=place, acting_person=None)
    Source.objects.filter(pk=source.pk).update(pull_from="lab//in/")  # as earlier versions kept it
    with pytest.raises(ValidationError, match="takes the files of this folder"):
        actions.update_source(news, pull_from="lab/in/", acting_person=None)
    actions.update_source(news, pull_from="lab/in", acting_person=None)
