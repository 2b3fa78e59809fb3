"""What people of the demo organisation say: posts, comments, and what they declare to know.

The files lie in the demo folders of the plugins that show them. A plugin that is gone takes its file with it,
and comments on something that is gone are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from demo.organisation import Organisation
from demo.pages import LANGUAGES, Page
from demo.people import Person
from demo.sources import DemoDataError, Moment, at_most_one, plugin_files, read_yaml

KINDS = ("post", "question", "idea")
HASHTAG = re.compile(r"(?<!\w)#(\w+)")
WHEN_NEWEST = Moment(9 * 60)


@dataclass(frozen=True)
class Post:
    """`topics` are those given and the hashtags in the text; `department` is whose stream it is in."""

    key: str
    author: str
    department: str
    kind: str
    language: str
    text: str
    topics: tuple[str, ...]
    published: Moment


@dataclass(frozen=True)
class Comment:
    """`target` is "page:<slug>" or "post:<key>"; `reply_to` the key of an earlier comment on it, or ""."""

    key: str
    target: str
    author: str
    text: str
    published: Moment
    reply_to: str


def _rows(pattern: str) -> list[dict[str, Any]]:
    return [row for path in plugin_files(pattern) for row in read_yaml(path)]


def _username(people: dict[str, Person], key: str, where: str) -> str:
    if key not in people:
        raise DemoDataError(f"{where}: nobody is called {key!r}")
    return people[key].username


def _post(row: dict[str, Any], organisation: Organisation, people: dict[str, Person]) -> Post:
    where = f"posts.yaml: {row['key']}"
    author = _username(people, row["author"], where)
    department = row.get("department", people[row["author"]].department)
    if department not in organisation.departments:
        raise DemoDataError(f"{where}: no department {department!r}")
    kind, language = row.get("kind", "post"), row.get("language", "en")
    if kind not in KINDS or language not in LANGUAGES:
        raise DemoDataError(f"{where}: kind is one of {KINDS}, language one of {LANGUAGES}")
    published = Moment.parse(row["published"])
    if published > WHEN_NEWEST:
        raise DemoDataError(f"{where}: is later than 09:00 on the newest day")
    topics = dict.fromkeys([*row.get("topics", ()), *HASHTAG.findall(row["text"])])
    return Post(row["key"], author, department, kind, language, row["text"], tuple(topics), published)


def load_posts(organisation: Organisation, people: dict[str, Person]) -> dict[str, Post]:
    """All posts by key, oldest first."""
    posts = [_post(row, organisation, people) for row in _rows("posts.yaml")]
    at_most_one((post.key for post in posts), "posts.yaml")
    return {post.key: post for post in sorted(posts, key=lambda post: (post.published, post.key))}


def _thread(target: str, start: Moment, rows: list[dict[str, Any]], people: dict[str, Person]) -> list[Comment]:
    """Comments on one target; `after` counts from its publication, `reply_to` from the first comment (1)."""
    thread: list[Comment] = []
    for index, row in enumerate(rows, start=1):
        where = f"comments.yaml: {target}: {index}"
        parent = row.get("reply_to", 0)
        published = start.later(row["after"])
        if parent >= index or published > WHEN_NEWEST:
            raise DemoDataError(f"{where}: answers a later comment, or is later than 09:00 on the newest day")
        if parent and published <= thread[parent - 1].published:
            raise DemoDataError(f"{where}: is older than what it answers")
        reply_to = thread[parent - 1].key if parent else ""
        author = _username(people, row["author"], where)
        thread.append(Comment(f"{target}/{index}", target, author, row["text"], published, reply_to))
    return thread


def load_comments(people: dict[str, Person], pages: dict[str, Page], posts: dict[str, Post]) -> list[Comment]:
    """All comments, oldest first; a comment that is answered always comes before its answer."""
    starts = {f"page:{page.slug}": page.published for page in pages.values()}
    starts |= {f"post:{post.key}": post.published for post in posts.values()}
    comments: list[Comment] = []
    at_most_one((row["target"] for row in _rows("comments.yaml")), "comments.yaml")
    for row in _rows("comments.yaml"):
        target = row["target"]
        if target not in starts:
            if target.startswith("post:") and not plugin_files("posts.yaml"):
                continue
            raise DemoDataError(f"comments.yaml: there is no {target}")
        comments += _thread(target, starts[target], row["thread"], people)
    return sorted(comments, key=lambda comment: (comment.published, comment.key))


def load_skills(people: dict[str, Person]) -> dict[str, tuple[str, ...]]:
    """What people say they know about, by user name."""
    skills: dict[str, tuple[str, ...]] = {}
    for path in plugin_files("skills.yaml"):
        for key, names in read_yaml(path).items():
            at_most_one(names, f"skills.yaml: {key}")
            skills[_username(people, key, "skills.yaml")] = tuple(names)
    return skills
