"""The invented candidates of the demonstration and the benches."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from examples.sample import as_csv, make_candidates
from interfaces.candidates import person_key, read_candidates
from schemes.files import bundled
from tests.interfaces.writing import TODAY

EXAMPLE = Path(__file__).parents[2] / "examples" / "candidats.csv"


def test_the_example_is_what_the_generator_makes_of_sixty_and_seven() -> None:
    assert EXAMPLE.read_text("utf-8") == as_csv(make_candidates(60, 7))


@pytest.mark.parametrize(("n", "seed"), [(1, 1), (2, 1), (40, 7), (60, 7), (500, 11)])
def test_every_generated_file_is_accepted_whole(tmp_path: Path, n: int, seed: int) -> None:
    path = tmp_path / "f.csv"
    path.write_text(as_csv(make_candidates(n, seed)), "utf-8")
    found = read_candidates(path, bundled(), TODAY)
    assert found.rejected == []
    assert len(found.rows) == n


def test_the_example_has_all_schemes_both_routes_and_several_branches_and_employers() -> None:
    rows = read_candidates(EXAMPLE, bundled(), TODAY).rows
    assert Counter(row.scheme_id for row in rows) == {
        "cqp-cos": 20, "cqp-gc": 16, "cqp-conseiller-retraite": 12, "clea": 12
    }  # fmt: skip
    vae = Counter(row.scheme_id for row in rows if row.route == "vae")
    assert vae["cqp-cos"] + vae["cqp-gc"] >= 6
    assert len({row.branch for row in rows}) == 4
    assert len({row.employer for row in rows}) > 8


def test_exactly_one_person_of_the_example_is_for_cos_and_for_gc() -> None:
    rows = read_candidates(EXAMPLE, bundled(), TODAY).rows
    persons = Counter(person_key(row.family_name, row.given_name, row.birth_date) for row in rows)
    twice = [person for person, count in persons.items() if count > 1]
    assert len(twice) == 1
    assert {
        row.scheme_id for row in rows if person_key(row.family_name, row.given_name, row.birth_date) == twice[0]
    } == {"cqp-cos", "cqp-gc"}


def test_the_same_seed_makes_the_same_candidates_and_another_seed_others() -> None:
    assert make_candidates(60, 7) == make_candidates(60, 7)
    assert make_candidates(60, 7) != make_candidates(60, 8)


def test_ten_thousand_candidates_keep_the_proportions() -> None:
    counts = Counter(candidate["dispositif"] for candidate in make_candidates(10_000, 1))
    assert counts == {"cqp-cos": 3333, "cqp-gc": 2667, "cqp-conseiller-retraite": 2000, "clea": 2000}
