"""Pages of the demo, written as an editor would: drafts with pictures first, then bodies with links, then published."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.rich_text import RichText

from cms.models import ContentPage, FacilityPage, NewsPage, ProcessPage
from cms.setup import ensure_tree
from demo.files import made as file_of
from demo.pages import PAGE_LINK, AudienceSpec, Block
from demo.pages import Page as PageData
from demo.pictures import illustration
from demo.stage import Stage
from portal.audience.expressions import Expression, any_of, both, excluding
from portal.catalogue.actions import entry_for
from portal.people.models import Location, Person
from search.editing.setup import MANAGERS as SEARCH_MANAGERS

MODELS: dict[str, type[ContentPage]] = {"news": NewsPage, "process": ProcessPage, "facility": FacilityPage}
PINNED_DAYS = 7


def seed_pages(stage: Stage) -> None:
    """All pages, and on the stage their entries as "page:<slug>"."""
    tree = ensure_tree(stage.departments[stage.demo.organisation.root.url_path])
    sections = {"news": tree.news, "process": tree.processes, "facility": tree.facilities}
    made = {slug: _draft(stage, data, sections[data.type]) for slug, data in stage.demo.pages.items()}
    for slug, page in made.items():
        _publish(stage, stage.demo.pages[slug], page, made)
        entry = entry_for(page)
        assert entry is not None
        stage.entries[f"page:{slug}"] = entry
    _name_editors(stage, tree.editors)
    stage.say(f"{len(made)} pages")


def _name_editors(stage: Stage, editors: Any) -> None:
    """Whoever is an editor of a department anywhere may write in Wagtail's editor, and looks after search."""
    managers = Group.objects.filter(name=SEARCH_MANAGERS)
    for person in Person.objects.filter(memberships__is_editor=True).distinct():
        person.groups.add(editors, *managers)


def _draft(stage: Stage, data: PageData, section: Any) -> ContentPage:
    page = MODELS[data.type](
        title=data.title,
        slug=data.slug,
        kicker=data.kicker,
        summary=data.summary,
        image=_image(stage, data.picture, data.hue, data.title),
        department=stage.departments[data.department],
        owner=stage.people[data.author],
        kept_by=stage.people.get(data.owner),
        successor=stage.people.get(data.successor),
        review_on=stage.at(data.review).date() if data.review else None,
        language=data.language,
        must_read=data.must_read,
        live=False,
    )
    page.expression = _expression(stage, data.audience)
    if isinstance(page, ProcessPage):
        page.code = data.code
    if isinstance(page, FacilityPage):
        page.place, page.opening_hours, page.phone = data.place, data.opening_hours, data.phone
    if isinstance(page, NewsPage):
        page.sender = stage.people[data.author]
        page.pinned = data.must_read and stage.at(data.published) > stage.now - timedelta(days=PINNED_DAYS)
    section.add_child(instance=page)
    page.topics.add(*data.topics)
    return page


def _publish(stage: Stage, data: PageData, page: ContentPage, made: dict[str, ContentPage]) -> None:
    if data.translation_key != data.slug:
        page.translation_of_id = made[data.translation_key].pk
    page.body = [_block(stage, block, data, made) for block in data.body]
    page.first_published_at = stage.at(data.published)
    page.expire_at = stage.at(data.expires) if data.expires else None
    author = stage.people[data.author]
    page.save_revision(user=author).publish(user=author, skip_permission_checks=True)


def _image(stage: Stage, seed: str, hue: int, title: str) -> Any:
    buffer = BytesIO()
    illustration(seed, hue, (1344, 706)).save(buffer, "JPEG", quality=88)
    buffer.seek(0)
    return get_image_model().objects.create(title=title[:255], file=ImageFile(buffer, name=f"{seed}.jpg"))


def _expression(stage: Stage, spec: AudienceSpec) -> Expression:
    clauses = [any_of(*(_token(stage, word) for word in clause)) for clause in spec.all]
    return excluding(both(*clauses), *(_token(stage, word) for word in spec.none))


def _token(stage: Stage, word: str) -> str:
    """Data files name departments and locations; tokens number them."""
    kind, _sep, name = word.partition(":")
    if kind in {"department", "department-only"}:
        return f"{kind}:{stage.departments[name].pk}"
    if kind == "location":
        return f"location:{Location.objects.get(slug=name).pk}"
    return word


def _block(stage: Stage, block: Block, data: PageData, made: dict[str, ContentPage]) -> tuple[str, Any]:
    value = block.value
    if block.type == "heading":
        return "heading", value["text"]
    if block.type == "quote":
        return "quote", {"text": value["text"], "by": value["by"]}
    if block.type == "callout":
        return "callout", {"tone": value["tone"], "text": _rich(f"<p>{value['text']}</p>", made)}
    if block.type in ("image", "document"):
        return block.type, _shown(stage, block, data)
    if block.type == "list":
        tag = "ol" if value["ordered"] else "ul"
        items = "".join(f"<li>{item}</li>" for item in value["items"])
        return "paragraph", _rich(f"<{tag}>{items}</{tag}>", made)
    return "paragraph", _rich(f"<p>{value['text']}</p>", made)


def _shown(stage: Stage, block: Block, data: PageData) -> dict[str, Any]:
    value = block.value
    if block.type == "document":
        return {"document": _document(stage, value["name"], data), "label": value["label"]}
    image = _image(stage, value["picture"], data.hue, value["caption"] or data.title)
    return {"image": image, "alt": value["caption"], "caption": value["caption"]}


def _document(stage: Stage, name: str, page: PageData) -> Any:
    """As its author uploaded it with the page; its text is read by the worker, like that of any other."""
    data, model = stage.demo.documents[name], get_document_model()
    file, author = ContentFile(file_of(data), name=name), stage.people[data.author]
    document = model.objects.create(title=data.title, file=file, uploaded_by_user=author)
    model.objects.filter(pk=document.pk).update(created_at=stage.at(page.published))
    return document


def _rich(html: str, made: dict[str, ContentPage]) -> RichText:
    """Links to pages as Wagtail stores them: by id, so that they survive a move."""
    return RichText(PAGE_LINK.sub(lambda match: f'linktype="page" id="{made[match[1]].pk}"', html))
