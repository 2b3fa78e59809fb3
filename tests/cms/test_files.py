"""Pictures and documents are readable for whom a page that shows them is, and nobody else."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import NoReverseMatch, reverse
from wagtail.documents.models import Document
from wagtail.images.models import Image

from portal.audience import tokens
from portal.audience.expressions import any_of
from portal.catalogue.models import EntryFile
from tests.cms import factories as make

pytestmark = [
    pytest.mark.django_db,
    # Wagtail leaves the file of a new rendition to the garbage collector.
    pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning"),
]


def _status(client, *paths):
    return [_read(client, f"/files/{path}").status_code for path in paths]


def _read(client, address):
    """The response, read to its end, which closes the file behind it."""
    response = client.get(address)
    response.getvalue()
    return response


@pytest.fixture
def only_emergency(emergency):
    return any_of(tokens.department(emergency))


def test_a4_original_and_renditions_follow_the_page(tree, as_bob, as_charlie, only_emergency):
    picture = make.image()
    page = make.page(tree.news, "Ward", image=picture, expression=only_emergency)
    listed = make.entry(page).image
    assert listed.startswith("images/")
    paths = (picture.file.name, listed, picture.get_rendition("width-400").file.name)
    assert _status(as_bob, *paths) == [200, 200, 200]
    assert _status(as_charlie, *paths) == [404, 404, 404]
    page.unpublish()
    assert _status(as_bob, *paths) == [404, 404, 404]


def test_a3_documents_follow_the_page_wherever_they_stand_in_it(tree, as_bob, as_charlie, only_emergency):
    one, two, three = make.document("One"), make.document("Two"), make.document("Three")
    link = f'<p><a linktype="document" id="{two.pk}">two</a></p>'
    body = [
        ("document", {"document": one, "label": ""}),
        ("paragraph", link),
        ("callout", {"tone": "note", "text": link.replace(f'"{two.pk}"', f'"{three.pk}"')}),
    ]
    page = make.page(tree.news, "Papers", body=body, expression=only_emergency)
    paths = [document.file.name for document in (one, two, three)]
    assert _status(as_bob, *paths) == [200, 200, 200]
    assert _status(as_charlie, *paths) == [404, 404, 404]
    html = as_bob.get(page.url).content.decode()
    for path in paths:
        assert f'href="/files/{path}"' in html
    make.page(tree.news, "Open papers", body=body[:1])
    assert _status(as_charlie, *paths) == [200, 404, 404]


def test_pictures_inside_the_body_are_shown_and_follow_too(tree, as_bob, as_charlie, only_emergency):
    picture = make.image()
    body = [("image", {"image": picture, "alt": "A ward", "caption": "Our ward"})]
    page = make.page(tree.news, "Inside", body=body, expression=only_emergency)
    html = as_bob.get(page.url).content.decode()
    assert 'alt="A ward"' in html
    rendition = picture.renditions.get(filter_spec="width-1344").file.name
    assert f'src="/files/{rendition}"' in html
    assert _status(as_bob, rendition) == [200]
    assert _status(as_charlie, rendition) == [404]


def test_privacy_of_a_section_closes_files_too(tree, as_bob, as_charlie, bob):
    picture = make.image()
    make.page(tree.news, "Ward", image=picture)
    assert _status(as_charlie, picture.file.name) == [200]
    make.restrict(tree.news, make.group("Staff", bob))
    assert _status(as_bob, picture.file.name) == [200]
    assert _status(as_charlie, picture.file.name) == [404]


def test_what_no_page_shows_is_its_uploaders_and_its_managers(tree, as_bob, as_charlie, bob, as_editor, as_ida):
    picture, paper = make.image(uploader=bob), make.document(uploader=bob)
    paths = (picture.file.name, paper.file.name, picture.get_rendition("max-165x165").file.name)
    assert _status(as_bob, *paths) == [200, 200, 200]
    assert _status(as_charlie, *paths) == [404, 404, 404]
    assert _status(as_editor, *paths) == [200, 200, 200]
    assert _status(as_ida, *paths) == [200, 200, 200]


def test_a_draft_or_what_a_page_no_longer_shows_is_not_readable(tree, as_bob):
    picture = make.image()
    page = make.page(tree.news, "Ward", image=picture, publish=False)
    assert _status(as_bob, picture.file.name) == [404]
    page.save_revision().publish()
    assert _status(as_bob, picture.file.name) == [200]
    page.image = None
    page.save_revision().publish()
    assert _status(as_bob, picture.file.name) == [404]


def test_bytes_come_with_headers_that_keep_them_from_acting(tree, as_bob):
    picture, paper = make.image(), make.document()
    make.page(tree.news, "Ward", image=picture, body=[("document", {"document": paper, "label": "Plan"})])
    for item in (picture, paper):
        response = _read(as_bob, item.file.url)
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response["Content-Security-Policy"]
    assert _read(as_bob, picture.file.url)["Content-Disposition"].startswith("inline")


def _upload(client, model, name, content):
    address = reverse("wagtailimages:add" if model is Image else "wagtaildocs:add")
    stored = SimpleUploadedFile(name, content)
    collection = model._meta.get_field("collection").related_model.get_first_root_node().pk
    return client.post(address, {"title": name, "file": stored, "collection": collection})


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("model", "name", "content"),
    [
        (Image, "a28.svg", SVG),
        (Image, "a29.png", b"<html><script>alert(1)</script></html>"),
        (Image, "a28.png", SVG),
        (Document, "a28.svg", SVG),
        (Document, "a29.html", b"<script>alert(1)</script>"),
    ],
)
def test_a28_a29_what_could_act_as_a_page_is_refused(as_editor, model, name, content):
    response = _upload(as_editor, model, name, content)
    assert response.status_code == 200
    assert "file" in response.context["form"].errors
    assert not model.objects.exists()


def test_an_uploaded_picture_is_kept(as_editor, editor):
    assert _upload(as_editor, Image, "ward.png", make.picture_bytes()).status_code == 302
    assert Image.objects.get().uploaded_by_user == editor


def test_another_file_behind_an_image_is_what_pages_show_from_then_on(
    tree, as_editor, as_bob, only_emergency, as_charlie
):
    picture = make.image()
    page = make.page(tree.news, "Ward", image=picture, expression=only_emergency)
    before = (picture.file.name, make.entry(page).image)
    fields = {"title": "Ward", "collection": picture.collection_id, "tags": ""}
    stored = SimpleUploadedFile("other.png", make.picture_bytes("maroon"))
    response = as_editor.post(reverse("wagtailimages:edit", args=[picture.pk]), fields | {"file": stored})
    assert response.status_code == 302
    picture = Image.objects.get(pk=picture.pk)
    now = (picture.file.name, make.entry(page).image)
    assert not set(now) & set(before)
    assert _status(as_bob, *now) == [200, 200]
    assert _status(as_charlie, *now) == [404, 404]
    assert _status(as_bob, *before) == [404, 404]


def test_a_deleted_picture_leaves_no_broken_one_in_lists(tree, as_bob):
    picture = make.image()
    page = make.page(tree.news, "Ward", image=picture)
    picture.delete()
    assert make.entry(page).image == ""
    assert as_bob.get(page.url).status_code == 200


def test_a_broken_picture_does_not_keep_the_news_from_going_out(tree, bob):
    picture = make.image()
    picture.file.storage.delete(picture.file.name)
    make.page(tree.news, "Ward", image=picture)
    assert "Ward" in make.titles(bob)


def test_no_other_address_serves_files(tree, as_bob, as_ida):
    paper = make.document()
    assert as_ida.get(f"/documents/{paper.pk}/{paper.filename}").status_code == 404
    assert as_ida.get(f"/media/{paper.file.name}").status_code == 404
    with pytest.raises(NoReverseMatch):
        reverse("wagtaildocs_serve", args=[paper.pk, paper.filename])
    assert _status(as_bob, "images/../documents/x.pdf", "documents/", "images/nothing.png") == [404, 404, 404]


def test_a_page_refers_to_each_file_once(tree):
    picture = make.image()
    body = [("image", {"image": picture, "alt": "", "caption": ""})] * 2
    page = make.page(tree.news, "Ward", image=picture, body=body)
    paths = EntryFile.objects.filter(entry=make.entry(page)).values_list("path", flat=True)
    assert sorted(paths) == sorted([picture.file.name, make.entry(page).image])
