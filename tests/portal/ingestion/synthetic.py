"""A plugin with one adapter for tests: lines of "id;text", stored as topics with a card each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import BinaryIO

from pydantic import BaseModel, Field

from portal.catalogue.actions import put_many, remove_many
from portal.catalogue.card import Card
from portal.catalogue.models import Topic
from portal.host.plugin import Contributions, Manifest
from portal.host.registry import Installed
from portal.ingestion.adapter import Adapter, AdapterSettings, Item, Rejection, UnreadablePayload
from portal.ingestion.fetch import FetchError
from portal.ingestion.write_back import Declined, Operation

SLUG = "synthetic"

TWO = b"a;one\nb;two\n"  # a delivery


class LineSettings(AdapterSettings):
    separator: str = ";"
    width: int = 80


class Line(Item):
    text: str


class LineAdapter(Adapter):
    slug = "synthetic.lines"
    title = "Lines"
    settings_model = LineSettings
    content_types = ("text/csv",)
    audience_roles = ("source",)

    def read(self, payload: BinaryIO, source) -> Iterator[Item | Rejection]:
        separator = source.adapter_settings.separator
        for number, line in enumerate(payload, start=1):
            text = line.decode("utf-8").strip()
            if text == "BROKEN":
                raise UnreadablePayload(f"row {number}: this is not a list of lines")
            name, sign, rest = text.partition(separator)
            if not sign or rest == "bad":
                yield Rejection(
                    f"row {number}", "there is no text; add one", raw=text, external_id=name if sign else ""
                )
            else:
                yield Line(external_id=name, text=rest)

    def apply(self, source, items: Sequence[Line]) -> None:
        for item in items:
            if item.text == "poison":
                raise ValueError("this text cannot be stored")
        self._write(source, {item.external_id: item.text for item in items}, missing=False)

    def mark_missing(self, source, external_ids: Sequence[str]) -> None:
        kept = Topic.objects.filter(slug__in=[f"{source.pk}-{name}" for name in external_ids])
        texts = {topic.slug.partition("-")[2]: topic.name.partition(" ")[2] for topic in kept}
        self._write(source, texts, missing=True)

    def retarget(self, source) -> None:
        kept = Topic.objects.filter(slug__startswith=f"{source.pk}-")
        self._write(source, {t.slug.partition("-")[2]: t.name.partition(" ")[2] for t in kept}, missing=False)

    def withdraw(self, source) -> None:
        kept = Topic.objects.filter(slug__startswith=f"{source.pk}-")
        remove_many(Topic._meta.label_lower, [str(pk) for pk in kept.values_list("pk", flat=True)])
        kept.delete()

    def _write(self, source, texts: dict[str, str], *, missing: bool) -> None:
        topics = [Topic(slug=f"{source.pk}-{name}", name=f"{source.pk}-{name} {text}") for name, text in texts.items()]
        Topic.objects.bulk_create(topics, update_conflicts=True, unique_fields=["slug"], update_fields=["name"])
        put_many(
            [
                Card(
                    kind="automated",
                    type="line",
                    obj=topic,
                    title=topic.name.partition(" ")[2],
                    url="/x/",
                    department=source.department,
                    plugin=SLUG,
                    audience=source.audience_of([], source.department),
                    facets={"missing": missing},
                )
                for topic in Topic.objects.filter(slug__in=[topic.slug for topic in topics])
            ]
        )


class NewsAdapter(LineAdapter):
    """The same for a source that only sends what is new or changed."""

    slug = "synthetic.news"
    complete = False


class Words(BaseModel):
    text: str = Field(min_length=1, max_length=100)


class DeskAdapter(LineAdapter):
    """Lines that can be answered: each goes to `/do` at its source, which may be asked at `/done` what it did.

    Everybody but those whose user name is the text of a line may do so with it.
    """

    slug = "synthetic.desk"
    operations = (Operation("close", "Close"), Operation("say", "Say", Words, once=False))

    def may_write_back(self, source, external_id: str, person) -> bool:
        return not Topic.objects.filter(name=f"{source.pk}-{external_id} {person.username}").exists()

    def row_of(self, source, external_id: str):
        return Topic.objects.filter(slug=f"{source.pk}-{external_id}").first()

    def send(self, source, write_back, http) -> str:
        home = source.pull_from.removesuffix("/")
        if write_back.uncertain and str(write_back.key) in http.get(f"{home}/done"):
            return "It was there."
        sent = {"operation": write_back.operation, "key": str(write_back.key), **write_back.data}
        try:
            http.post(f"{home}/do", sent)
        except FetchError as error:
            if error.status == 409:
                raise Declined("Somebody else has closed it.") from error
            raise
        return ""


def plugin() -> Installed:
    manifest = Manifest(slug=SLUG, title="Synthetic", summary="For tests", version="1")
    contributions = Contributions(adapters=[LineAdapter, NewsAdapter, DeskAdapter])
    config = SimpleNamespace(name=__name__, path="/nowhere/synthetic", get_models=lambda **_options: [])
    return Installed(manifest=manifest, config=config, contributions=contributions)
