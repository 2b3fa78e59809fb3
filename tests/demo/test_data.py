"""The demo organisation holds together: what is named exists, and it is the same each time."""

import hashlib
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from demo.load import Demo, feeds, load_demo, write_feeds
from demo.motifs import MOTIFS
from demo.pages import LANGUAGES, Block, read_audience, read_body
from demo.people import DEMO_ACCOUNTS
from demo.pictures import illustration, portrait
from demo.sources import DemoDataError, Moment, ascii_name, plugin_files

TODAY = date(2026, 11, 24)
PARAGRAPH_TAGS = re.compile(r"</?(?!(?:b|i|a)\b)[a-z]+", re.IGNORECASE)


@pytest.fixture(scope="module")
def demo() -> Demo:
    return load_demo()


def test_there_are_300_people_over_four_sites(demo):
    assert len(demo.people) == 300
    assert set(demo.organisation.locations) == {person.location for person in demo.people.values()}
    assert all(re.fullmatch(r"[a-z]+(\.[a-z]+)*", person.username) for person in demo.people.values())


def test_every_department_has_one_head_and_its_size(demo):
    sizes = Counter(person.department for person in demo.people.values())
    heads = Counter(
        membership.department
        for person in demo.people.values()
        for membership in person.memberships
        if "head" in membership.rights
    )
    for department in demo.organisation.departments.values():
        assert sizes[department.url_path] == department.size
        assert heads[department.url_path] == 1, department.url_path


def test_demo_accounts_are_the_people_of_the_design(demo):
    names = {person.username: person.name for person in demo.people.values()}
    assert {account: names[account] for account in DEMO_ACCOUNTS} == {
        "editor": "Karin Vogt",
        "employee": "Liis Kask",
        "head": "Maret Tamm",
        "it": "Joost Mulder",
    }


def test_everybody_has_a_role_that_exists_and_a_telephone_of_their_own(demo):
    people = demo.people.values()
    assert {person.role for person in people} <= set(demo.organisation.roles)
    assert len({person.phone for person in people}) == len(people)


def test_pages_cover_three_types_and_five_languages(demo):
    types = Counter(page.type for page in demo.pages.values())
    assert types["news"] >= 20
    assert types["process"] >= 12
    assert types["facility"] >= 8
    assert {page.language for page in demo.pages.values()} == set(LANGUAGES)


def test_most_places_say_when_they_are_open(demo):
    places = [page for page in demo.pages.values() if page.type == "facility"]
    assert sum(bool(page.opening_hours) for page in places) > len(places) / 2


def test_translations_share_a_key_and_differ_in_language(demo):
    groups = Counter(page.translation_key for page in demo.pages.values())
    languages = Counter((page.translation_key, page.language) for page in demo.pages.values())
    assert sum(size > 1 for size in groups.values()) >= 5
    assert max(languages.values()) == 1


def test_page_text_holds_only_simple_html_in_known_blocks(demo):
    for page in demo.pages.values():
        assert len(page.body) >= 3, page.slug
        for block in page.body:
            assert not PARAGRAPH_TAGS.search(str(block.value)), (page.slug, block)
            assert str(block.value).count("<b>") == str(block.value).count("</b>"), (page.slug, block)


def test_pages_name_a_motif_for_their_picture(demo):
    pictures = [page.picture for page in demo.pages.values()]
    pictures += [block.value["picture"] for page in demo.pages.values() for block in page.body if block.type == "image"]
    assert {picture.partition("-")[0] for picture in pictures} <= set(MOTIFS)


def test_body_text_becomes_blocks():
    text = "## One\nTwo <b>bold</b>\n\n- a\n- b\n\n1. c\n\n> Said\n> — Ann\n\n!! Stop\n\n"
    text += "[picture: sea | Sea]\n\n[document: a.pdf | A]"
    assert read_body(text) == (
        Block("heading", {"text": "One"}),
        Block("paragraph", {"text": "Two <b>bold</b>"}),
        Block("list", {"items": ["a", "b"], "ordered": False}),
        Block("list", {"items": ["c"], "ordered": True}),
        Block("quote", {"text": "Said", "by": "Ann"}),
        Block("callout", {"text": "Stop", "tone": "warning"}),
        Block("image", {"picture": "sea", "caption": "Sea"}),
        Block("document", {"name": "a.pdf", "label": "A"}),
    )


def test_audiences_are_conjunctions_of_alternatives():
    audience = read_audience({"all": [["role:nurse", "role:doctor"], ["location:parnu"]], "none": ["role:it"]})
    assert audience.all == (("role:nurse", "role:doctor"), ("location:parnu",))
    assert audience.none == ("role:it",)
    assert read_audience(None).is_everyone


@pytest.mark.skipif(not plugin_files("posts.yaml"), reason="the plugin with the posts is not there")
def test_posts_are_of_all_kinds_in_five_languages_over_eight_weeks(demo):
    posts = demo.posts.values()
    assert len(posts) >= 120
    assert {post.kind for post in posts} == {"post", "question", "idea"}
    assert {post.language for post in posts} == set(LANGUAGES)
    assert min(post.published for post in posts) < Moment.parse("-50d 00:00")
    assert sum(bool(post.topics) for post in posts) > 80


@pytest.mark.skipif(not plugin_files("comments.yaml"), reason="the plugin with the comments is not there")
def test_comments_come_after_what_they_answer(demo):
    position = {comment.key: index for index, comment in enumerate(demo.comments)}
    answers = [comment for comment in demo.comments if comment.reply_to]
    assert len(demo.comments) >= (240 if demo.posts else 100)
    assert len(answers) >= 50
    assert all(position[answer.reply_to] < position[answer.key] for answer in answers)


@pytest.mark.skipif(not plugin_files("skills.yaml"), reason="the plugin with the skills is not there")
def test_many_people_say_what_they_know(demo):
    assert len(demo.skills) >= 120
    assert set(demo.skills) <= {person.username for person in demo.people.values()}


@pytest.mark.parametrize("hour", [3, 8, 9, 23])
def test_nothing_is_dated_in_the_future(demo, hour):
    now = datetime(2026, 11, 24, hour, 0, tzinfo=UTC)
    moments = [page.published for page in demo.pages.values()]
    moments += [post.published for post in demo.posts.values()]
    moments += [comment.published for comment in demo.comments]
    assert max(moment.at(now) for moment in moments) <= now


def test_a_moment_that_cannot_be_read_is_refused():
    with pytest.raises(DemoDataError, match="not a moment"):
        Moment.parse("yesterday")


def test_names_become_plain_letters():
    assert ascii_name("Ayşe Demir") == "ayse.demir"
    assert ascii_name("Bernd Große") == "bernd.grosse"


def test_two_loads_are_equal(demo):
    assert load_demo() == demo


def test_the_same_day_gives_the_same_bytes(tmp_path):
    digests = []
    for name in ("one", "two"):
        written = write_feeds(tmp_path / name, TODAY)
        digests.append(
            {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for paths in written.values() for path in paths}
        )
    assert digests[0] == digests[1]
    assert len(digests[0]) >= len(list(feeds()))


def test_feeds_name_people_and_departments_that_exist(demo, tmp_path):
    mails = {person.email for person in demo.people.values()}
    for paths in write_feeds(tmp_path, TODAY).values():
        for path in paths:
            text = path.read_text(encoding="utf-8").replace("\n ", "")
            named = set(re.findall(r"[a-z.]+@merekaar\.example", text))
            assert named, path.name
            assert named <= mails, named - mails
            assert set(re.findall(r"\bmerekaar(?:/[a-z0-9-]+)+", text)) <= set(demo.organisation.departments)


@pytest.mark.parametrize("days", [1, 5, 60, 200])
def test_feeds_can_be_written_on_any_day(tmp_path, days):
    for paths in write_feeds(tmp_path, TODAY + timedelta(days=days)).values():
        assert all(path.stat().st_size > 1000 for path in paths)


def test_pictures_are_the_same_for_a_seed_and_differ_between_seeds():
    size = (320, 168)
    for motif in MOTIFS:
        one = illustration(f"{motif}-a", 225, size)
        assert one.size == size
        assert one.tobytes() == illustration(f"{motif}-a", 225, size).tobytes()
        assert one.tobytes() != illustration(f"{motif}-b", 225, size).tobytes()
    assert portrait("alice", 25, 64).tobytes() == portrait("alice", 25, 64).tobytes()
    assert portrait("alice", 25, 64).tobytes() != portrait("bob", 25, 64).tobytes()
