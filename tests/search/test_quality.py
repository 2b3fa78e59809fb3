"""The measure of search quality: its arithmetic by hand, the judged queries as the issue of quality wants them."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.errors import Broken
from bench.quality import judged, measure, names, run
from bench.scenarios import quality
from portal.audience import tokens
from portal.audience.expressions import any_of
from portal.catalogue.actions import put
from portal.catalogue.card import Card
from portal.catalogue.models import Topic


def query(sort="topic", grades=None, name="en1"):
    return judged.Judged(name, "en", sort, "alice", "words", {"/a/": 3} if grades is None else grades)


def outcome(found, grades, sort="topic"):
    return measure.Outcome(query(sort), tuple(found), grades)


def test_cumulated_gain_is_what_one_computes_by_hand():
    # 7 / log2(2) + 3 / log2(3) + 1 / log2(4)
    assert measure.dcg([3, 2, 1]) == pytest.approx(7 + 1.892789 + 0.5, abs=1e-6)
    # 1 / log2(2) + 0 / log2(3) + 7 / log2(4)
    assert measure.dcg([1, 0, 3]) == pytest.approx(4.5)


def test_ndcg_divides_by_the_best_order_of_all_that_is_relevant():
    grades = {1: 3, 2: 1, 3: 2}
    assert measure.ndcg([1, 3, 2], grades) == 1
    assert measure.ndcg([], grades) == measure.ndcg([8, 9], grades) == 0
    # Found are 2, then 1, then something irrelevant: (1 + 7 / 1.584963) / 9.392789
    assert measure.ndcg([2, 1, 9], grades) == pytest.approx(0.576667, abs=1e-6)
    # 3 is right as well and was not found: (7 + 1 / 1.584963) / 9.392789
    assert measure.ndcg([1, 2], grades) == pytest.approx(0.812424, abs=1e-6)


def test_only_ten_ranks_count_for_what_is_found_and_for_the_ideal():
    grades = dict.fromkeys(range(30), 3)
    assert measure.ndcg(list(range(10)), grades) == 1
    assert measure.ndcg([*range(100, 110), 0], grades) == 0


def test_the_first_rank_is_that_of_an_entry_of_the_best_grade():
    assert measure.first_rank([5, 6, 7], {6: 1, 7: 2}) == 3
    assert measure.first_rank([5, 6], {7: 2}) == 0


def test_a_summary_takes_each_figure_from_its_own_sort():
    found = measure.summary(
        [
            outcome([1, 2], {1: 3}, "known"),  # nDCG 1, rank 1
            outcome([2, 1], {1: 3}, "known"),  # nDCG 0.63093, rank 2
            outcome([7, 8, 1], {1: 3}, "misspelt"),  # nDCG 0.5, among the first three
            outcome([6, 7, 8, 1], {1: 3}, "misspelt"),  # nDCG 0.430677, not
            outcome([], {}, "nothing"),
            outcome([4], {}, "nothing"),
        ]
    )
    assert found.queries == 6
    assert found.ndcg == pytest.approx((1 + 0.63093 + 0.5 + 0.430677) / 4, abs=1e-6)
    assert found.known == 0.75
    assert found.near == found.silent == 0.5
    assert measure.summary([]) == measure.Summary(0, *[None] * 6)


def test_suggestions_of_misspelt_people_are_measured_for_all_of_the_name_and_for_its_beginning():
    def suggested(*lists):
        return measure.Outcome(query("misspelt"), (), {1: 3}, lists)

    # All typed: ranks 1, 3, 4 and none. Two letters before: only the third.
    asked = [suggested([1], []), suggested([5, 6, 1], [2]), suggested([5, 6, 7, 1], [2, 1]), suggested([], [])]
    found = measure.summary([*asked, outcome([1], {1: 3}, "misspelt")])
    assert (found.typed, found.typing) == (0.5, 0.25)


def test_the_part_follows_from_the_id_and_a_third_is_held_out():
    # The SHA-256 of these as numbers leave 2, 1 and 0 when divided by three.
    assert [judged.part_of(name) for name in ("en01", "en03", "en05")] == ["tuning", "tuning", "held-out"]
    parts = Counter(judged.part_of(str(number)) for number in range(3000))
    assert 900 < parts[judged.HELD_OUT] < 1100


def test_the_judged_queries_are_as_many_as_were_asked_for():
    queries = judged.load()
    answered = [query for query in queries if query.grades]
    assert len(answered) >= 150
    assert min(Counter(query.language for query in answered)[language] for language in judged.LANGUAGES) >= 25
    assert Counter(query.sort for query in queries)["nothing"] >= 20
    assert Counter(query.sort for query in queries)["misspelt"] >= 40
    both = {(query.part, query.sort) for query in queries}
    assert both == {(part, sort) for part in judged.PARTS for sort in judged.SORTS}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"id": "en1", "sort": "topic", "as": "alice", "q": "a"}, "only where nothing is right"),
        ({"id": "en1", "sort": "nothing", "as": "alice", "q": "a", 3: ["/a/"]}, "only where nothing is right"),
        ({"id": "en1", "sort": "topic", "as": "alice", "q": "a", 4: ["/a/"]}, "none of the grades"),
        ({"id": "en1", "sort": "topic", "as": "alice", "q": "a", 3: ["/a/"], 2: ["/a/"]}, "judged twice"),
        ({"id": "en1", "sort": "weather", "as": "alice", "q": "a", 3: ["/a/"]}, "has one of"),
        ({"id": "en1", "sort": "code", "as": "alice", "q": 5522, 3: ["/a/"]}, "quotation marks"),
        ({"id": "sv1", "sort": "code", "as": "alice", "q": "a", 3: ["/a/"]}, "begins with en"),
        ({"id": "en1", "sort": "code", "q": "a", 3: ["/a/"]}, "has no 'as'"),
    ],
)
def test_a_row_that_cannot_be_used_says_why(row, why):
    with pytest.raises(judged.BadJudgement, match=why):
        judged.judged(row, "en")


def test_an_id_is_given_once(tmp_path):
    for language in judged.LANGUAGES:
        (tmp_path / f"{language}.yaml").write_text("[]")
    row = "- {id: en1, sort: known, as: alice, q: a, 3: [/a/]}\n"
    (tmp_path / "en.yaml").write_text(row * 2)
    with pytest.raises(judged.BadJudgement, match="taken"):
        judged.load(tmp_path)


def thing(title, **fields):
    slug = f"thing-{Topic.objects.count()}"
    fields = {"kind": "user", "type": "post", "url": f"/app/{slug}/"} | fields
    return put(Card(obj=Topic.objects.create(name=slug, slug=slug), title=title, **fields))


def test_names_mean_entries_the_person_may_see(organisation, alice, emergency, laboratory):
    page = thing("Lift C", kind="managed", type="news", url="/news/lift-c/")
    said = thing("Who has", body="Who has pumps? \n")
    shifts = [thing(f"Night shift, Eha Lepp, {day} May", kind="automated", type="shift") for day in (1, 2)]
    thing("Late shift, Eha Lepp, 3 May", kind="automated", type="shift")
    thing("Elsewhere", url="/news/elsewhere/", audience=any_of(tokens.department(laboratory)))
    mine = names.Names({"post:pumps": "Who has pumps?"}, "alice")
    assert mine.entries("/news/lift-c/") == [page.pk]
    assert mine.entries("post:pumps") == [said.pk]
    assert mine.entries("shift:Night shift, Eha Lepp, *") == [shift.pk for shift in shifts]
    assert {page.pk, said.pk} < mine.visible()
    for missing in ("/news/elsewhere/", "post:gone", "comment:page:lift-c/1", "kpi:Lift C"):
        with pytest.raises(names.NotThere, match="alice may not see it"):
            mine.entries(missing)


def test_brackets_in_a_title_are_no_pattern(alice):
    task = thing("Approve [4]?", kind="automated", type="task")
    thing("Approve 4", kind="automated", type="task")
    assert names.Names({}, "alice").entries("task:Approve [4]?") == [task.pk]


def test_another_organisation_than_the_demo_is_not_measured(alice):
    with pytest.raises(Broken, match="not the demo as it is seeded: /a/ is not there"):
        run.Judgements([query()])


def test_goals_are_judged_for_both_parts():
    figures = {
        (engine, part, "all"): {
            "ndcg": ndcg,
            "known": None,
            "near": near,
            "typed": None,
            "typing": None,
            "silent": 1.0,
            "queries": 9,
        }
        for part, near in (("tuning", 0.95), ("held-out", 0.9))
        for engine, ndcg in (("stock", 0.8), ("elasticsearch", 0.9), ("database", 0.7))
    }
    rows = [row for row in quality.rows(figures) if row.goal == "Q"]
    assert [(row.measured, row.status) for row in rows] == [
        ("0.900", "met"),
        ("0.700", "missed"),
        ("0.500", "met"),
        ("0.950", "met"),
        ("0.900", "met"),
        ("0.700", "missed"),
        ("0.500", "met"),
        ("0.900", "missed"),
    ]
