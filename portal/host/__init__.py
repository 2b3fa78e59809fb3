"""The plugin host. Public API for plugins: what is named here."""

from portal.host.plugin import (
    API_VERSION,
    EntryType,
    Manifest,
    NavItem,
    Notice,
    NotificationType,
    Permission,
    Plugin,
    QuickAnswer,
    QuickAnswers,
    QuickQuestion,
    Schedule,
    Widget,
)

__all__ = [
    "API_VERSION",
    "EntryType",
    "Manifest",
    "NavItem",
    "Notice",
    "NotificationType",
    "Permission",
    "Plugin",
    "QuickAnswer",
    "QuickAnswers",
    "QuickQuestion",
    "Schedule",
    "Widget",
]
