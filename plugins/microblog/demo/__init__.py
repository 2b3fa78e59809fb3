"""The demo's posts."""

from __future__ import annotations

from typing import Any

from plugins.microblog.actions import publish_post
from portal.catalogue.actions import entry_for

ORDER = 10  # before what attaches to posts


def seed(stage: Any) -> None:
    """Publishes the posts, each by its author at its time; others find them as "post:<key>"."""
    answered = _answered_from_elsewhere(stage)
    for key, post in stage.demo.posts.items():
        author = stage.people[post.author]
        own = author.memberships.filter(department__url_path=post.department).exists()
        made = publish_post(
            post.text,
            acting_person=author,
            # Who speaks to a whole site does so from home, for everyone: nobody posts where they do not belong.
            department=stage.departments[post.department] if own else author.primary_department,
            type=post.kind,
            language=post.language,
            for_everyone=key in answered or not own,
            created_at=stage.at(post.published),
        )
        stage.entries[f"post:{key}"] = entry_for(made)
    stage.say(f"{len(stage.demo.posts)} posts")


def _answered_from_elsewhere(stage: Any) -> set[str]:
    """Posts that colleagues outside the department answered must have been for everyone."""
    homes = {p.username: [m.department + "/" for m in p.memberships] for p in stage.demo.people.values()}
    found = set()
    for comment in stage.demo.comments:
        kind, _sep, key = comment.target.partition(":")
        if kind == "post":
            department = stage.demo.posts[key].department + "/"
            if not any(home.startswith(department) for home in homes[comment.author]):
                found.add(key)
    return found
