"""The tree every installation starts with: sections, and a group that may edit in them."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page, Site

from cms.models import SectionPage
from portal.people.models import Department

EDITORS = "Editors"
_PAGE_RIGHTS = ("add_page", "change_page", "publish_page", "lock_page", "unlock_page")
_COLLECTION_RIGHTS = (
    "add_image", "change_image", "delete_image", "choose_image",
    "add_document", "change_document", "delete_document", "choose_document",
)  # fmt: skip


@dataclass(frozen=True)
class Tree:
    """The start of the tree and its sections."""

    root: SectionPage
    news: SectionPage
    processes: SectionPage
    facilities: SectionPage
    editors: Group


@transaction.atomic
def ensure_tree(organisation: Department) -> Tree:
    """Makes the site, its sections and the group Editors, as far as they are missing; safe to call again."""
    root = _root(organisation)
    return Tree(
        root=root,
        news=_section(root, "news", _("News"), _("What happened, and what will.")),
        processes=_section(root, "processes", _("Processes"), _("How things are done here.")),
        facilities=_section(root, "facilities", _("Facilities"), _("Places and services for everybody.")),
        editors=_editors(root),
    )


def _root(organisation: Department) -> SectionPage:
    site = Site.objects.filter(is_default_site=True).first()
    if site is not None:
        present = SectionPage.objects.filter(pk=site.root_page_id).first()
        if present is not None:
            return present
    tree = Page.objects.filter(depth=1).first() or Page.add_root(title="Root", slug="root")
    root = tree.add_child(instance=SectionPage(title=organisation.name, slug=f"{organisation.slug}-pages"))
    root.save_revision().publish()
    if site is None:
        Site.objects.create(hostname="localhost", root_page=root, is_default_site=True, site_name=organisation.name)
        return root
    before = site.root_page
    site.root_page, site.site_name = root, organisation.name
    site.save()
    if before.specific_class is Page and before.is_leaf():  # the welcome page of Wagtail's own migration
        before.delete()
    return SectionPage.objects.get(pk=root.pk)


def _section(root: SectionPage, slug: str, title: str, summary: str) -> SectionPage:
    present = SectionPage.objects.child_of(root).filter(slug=slug).first()
    if present is not None:
        return present
    root.refresh_from_db()
    section = root.add_child(instance=SectionPage(title=title, slug=slug, summary=summary))
    section.save_revision().publish()
    return SectionPage.objects.get(pk=section.pk)


def _editors(root: SectionPage) -> Group:
    """Wagtail's own migration makes a group of this name; it gets what it lacks and keeps what it has."""
    group, _created = Group.objects.get_or_create(name=EDITORS)
    group.permissions.add(*_rights("wagtailadmin", ("access_admin",)))
    for right in _rights("wagtailcore", _PAGE_RIGHTS):
        GroupPagePermission.objects.get_or_create(group=group, page=root, permission=right)
    collection = Collection.get_first_root_node()
    for right in [*_rights("wagtailimages", _COLLECTION_RIGHTS), *_rights("wagtaildocs", _COLLECTION_RIGHTS)]:
        GroupCollectionPermission.objects.get_or_create(group=group, collection=collection, permission=right)
    return group


def _rights(app: str, codenames: tuple[str, ...]) -> list[Permission]:
    return list(Permission.objects.filter(content_type__app_label=app, codename__in=codenames))
