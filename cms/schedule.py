"""What Wagtail leaves to a clock: pages that go live or expire at a set time."""

from __future__ import annotations

from django.core.management import call_command
from django.utils import timezone
from wagtail.models import Page, Revision


def _due() -> int:
    now = timezone.now()
    expired = Page.objects.filter(live=True, expire_at__lt=now).count()
    return expired + Revision.objects.filter(approved_go_live_at__lt=now).count()


def publish_scheduled() -> int:
    """Lets Wagtail publish and unpublish what is due; how much it did."""
    due = _due()
    if not due:
        return 0
    call_command("publish_scheduled")
    return max(due - _due(), 0)
