"""Editors see which documents give no text, and why; only of those that they may change."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import Collection

from cms.documents.models import DocumentText
from tests.cast import logged_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken(upload, read_all, tree):
    document = upload(content=b"%PDF-1.4 broken", title="Broken plan")
    upload("Fine", title="Fine plan")
    read_all()
    return DocumentText.objects.get(document=document)


def test_an_editor_sees_what_failed_and_why_and_tries_again(broken, as_editor):
    html = as_editor.get(reverse("document_texts")).content.decode()
    assert "Broken plan" in html
    assert "Fine plan" in html
    assert "The file is damaged" in html
    html = as_editor.get(reverse("document_texts") + "?state=failed").content.decode()
    assert "Fine plan" not in html
    assert as_editor.get(reverse("document_text_again", args=[broken.pk])).status_code == 405
    assert as_editor.post(reverse("document_text_again", args=[broken.pk])).status_code == 302
    broken.refresh_from_db()
    assert broken.state == DocumentText.State.WAITING


def test_who_may_change_no_document_sees_nothing(broken, as_bob):
    assert as_bob.get(reverse("document_texts")).status_code in (302, 403, 404)
    assert as_bob.post(reverse("document_text_again", args=[broken.pk])).status_code in (302, 403, 404)
    broken.refresh_from_db()
    assert broken.state == DocumentText.State.FAILED


def test_documents_of_other_collections_are_not_told_of(broken, editor, tree):
    own = Collection.get_first_root_node().add_child(name="Own")
    for permission in tree.editors.collection_permissions.all():
        permission.collection = own
        permission.save()
    client = logged_in(type(editor).objects.get(pk=editor.pk))
    html = client.get(reverse("document_texts")).content.decode()
    assert "Broken plan" not in html
    assert client.post(reverse("document_text_again", args=[broken.pk])).status_code == 404


def test_the_list_costs_the_same_however_many_there_are(upload, tree, as_editor, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    counts = []
    for number in (1, 2, 12):
        for one in range(number):
            upload(content=b"text", title=f"T{number}-{one}", name="t.txt")
        with CaptureQueriesContext(connection) as captured:
            assert as_editor.get(reverse("document_texts")).status_code == 200
        counts.append(len([q for q in captured if "stamp" not in q["sql"]]))
    assert counts[1] == counts[2]
