"""Hooks of the kernel into Wagtail's admin."""

from __future__ import annotations

from wagtail import hooks

from portal import audit


@hooks.register("register_log_actions")
def register_log_actions(actions: object) -> None:
    audit.register(actions)  # type: ignore[arg-type]
