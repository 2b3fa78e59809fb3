"""Files: one checked view for everything stored. No file is ever served from a folder.

A file is readable for whoever may see a live entry that shows it, else only for its uploader and for those who
may manage it. Rooms that store files say who owns which folder with `register_file_owner`.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.db.models import Exists, OuterRef
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from portal.catalogue.models import Entry, EntryFile
from portal.people.models import Person

# Shown in the page; everything else is a download, so that no stored file can act as a page of ours.
SHOWN = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "application/pdf"}


@dataclass(frozen=True)
class Owned:
    """`path` is the original that entries refer to (of a rendition: its image's file)."""

    path: str
    uploader_id: int | None = None
    managed_by: Callable[[Person], bool] = lambda person: False
    public: bool = False  # for everybody who is logged in, such as photos of people
    open_to: Callable[[Person], bool] = lambda person: True  # for readers besides: what narrows it further


Resolver = Callable[[str], Owned | None]
_owners: dict[str, Resolver] = {}


def register_file_owner(prefix: str, resolver: Resolver) -> None:
    """`prefix` is a folder of the storage ("images/"); `resolver` tells whose the path is, None if nobody's."""
    _owners[prefix] = resolver


def owner_of(path: str) -> Owned | None:
    for prefix, resolver in _owners.items():
        if path.startswith(prefix):
            return resolver(path)
    return None


def may_read(person: Person, path: str) -> bool:
    """The rule above. A path nobody owns is nobody's to read."""
    owned = owner_of(path)
    if owned is None:
        return False
    if owned.public or owned.uploader_id == person.pk or owned.managed_by(person):
        return True
    if not owned.open_to(person):
        return False
    shows = EntryFile.objects.filter(entry=OuterRef("pk"), path=owned.path)
    return Entry.objects.visible_to(person).filter(Exists(shows)).exists()


@require_safe
def serve(request: HttpRequest, path: str) -> HttpResponseBase:
    """The file's bytes, or the front server's order to send them (X-Accel-Redirect); 404 for whoever may not."""
    if "\x00" in path or not may_read(request.user, path):  # type: ignore[arg-type]
        raise Http404
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    response: HttpResponseBase
    if settings.FOLKMOOT_INTERNAL_FILES_URL:
        response = HttpResponse(content_type=kind)
        response["X-Accel-Redirect"] = settings.FOLKMOOT_INTERNAL_FILES_URL.rstrip("/") + "/" + quote(path)
    else:
        try:
            response = FileResponse(default_storage.open(path), content_type=kind)
        except (FileNotFoundError, IsADirectoryError, SuspiciousFileOperation) as error:
            raise Http404 from error
    name = quote(path.rsplit("/", 1)[-1])
    disposition = "inline" if kind in SHOWN else "attachment"
    response["Content-Disposition"] = f"{disposition}; filename*=UTF-8''{name}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, max-age=300"
    return response


def photo_owner(path: str) -> Owned | None:
    """Photos of people: for every colleague, as long as somebody uses them."""
    person = Person.objects.filter(photo=path).only("pk").first()
    return Owned(path, uploader_id=person.pk, public=True) if person else None
