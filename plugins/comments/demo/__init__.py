"""The demo's comments."""

from __future__ import annotations

from typing import Any

from django.http import Http404

from plugins.comments.actions import add_comment

ORDER = 90  # after everything that can be commented on


def seed(stage: Any) -> None:
    """Adds the comments to what is on the stage, each by its author at its time."""
    made: dict[str, Any] = {}
    for comment in stage.demo.comments:
        subject = stage.entries.get(comment.target)
        if subject is None:
            continue
        try:
            made[comment.key] = add_comment(
                subject,
                comment.text,
                acting_person=stage.people[comment.author],
                parent=made.get(comment.reply_to),
                created_at=stage.at(comment.published),
            )
        except Http404:
            stage.say(f"left out, {comment.author} may not see it: {comment.key}")
    stage.say(f"{len(made)} comments")
