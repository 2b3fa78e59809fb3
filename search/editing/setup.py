"""The group of those who look after search, made once; afterwards its rights are what IT makes of them."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import DEFAULT_DB_ALIAS

MANAGERS = "Search managers"
_EDITED = ("synonym", "stopphrase", "promotion")


def ensure_managers(app_config: AppConfig, using: str = DEFAULT_DB_ALIAS, **options: Any) -> None:
    """After each migrate; a group of that name is left as it is."""
    if using != DEFAULT_DB_ALIAS or Group.objects.filter(name=MANAGERS).exists():
        return
    create_permissions(app_config, using=using, verbosity=0)  # ours may come before Django's own
    wanted = [f"{verb}_{model}" for model in _EDITED for verb in ("add", "change", "delete", "view")]
    wanted += ["change_rankingfactor", "view_rankingfactor", "explain_ranking", "see_seeking"]
    rights = Permission.objects.filter(content_type__app_label="search", codename__in=wanted)
    admin = Permission.objects.filter(content_type__app_label="wagtailadmin", codename="access_admin")
    Group.objects.create(name=MANAGERS).permissions.set([*rights, *admin])
