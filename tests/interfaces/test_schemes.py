"""The bundled schemes: what the sources say about them, and what they have in common."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from domain.scheme.model import Scheme
from schemes.files import BadScheme, available, bundled, freeze_calendar

COS, GC = bundled()["cqp-cos"], bundled()["cqp-gc"]
RETREAT, CLEA = bundled()["cqp-conseiller-retraite"], bundled()["clea"]
ALL = tuple(bundled().values())


def minutes(scheme: Scheme, block: str, route: str) -> list[int | None]:
    return [task.minutes for task in scheme.block_by_id[block].tasks[route]]  # type: ignore[index]


def test_four_certifications_are_bundled() -> None:
    assert set(bundled()) == {"cqp-cos", "cqp-gc", "cqp-conseiller-retraite", "clea"}


def test_the_blocks_are_those_of_the_source() -> None:
    assert list(COS.block_by_id) == ["GRU", "MDR", "POS", "TD"]
    assert list(GC.block_by_id) == ["GRU", "MDR", "GDU"]


def test_blocks_held_under_one_name_are_the_same_in_every_scheme() -> None:
    shared = COS.block_by_held_as.keys() & GC.block_by_held_as.keys()
    assert shared == {"ucanss:GRU", "ucanss:MDR"}
    for name in shared:
        assert COS.block_by_held_as[name] == GC.block_by_held_as[name]


def test_the_lengths_of_the_tasks_are_those_of_the_source() -> None:
    assert minutes(COS, "GRU", "training") == [30, 30, 20, 20]
    assert minutes(COS, "MDR", "training") == [15, 15]
    assert minutes(COS, "POS", "training") == [30, 20]
    assert minutes(COS, "TD", "training") == [20, 15]
    assert minutes(GC, "GDU", "training") == [75, 15]
    assert minutes(GC, "GDU", "vae") == [None, 45]


def test_the_desk_is_an_alternative_to_double_listening() -> None:
    tasks = COS.block_by_id["GRU"].tasks["training"]
    assert tasks[1].instead_of == tasks[0].id


def test_sessions_are_in_the_first_fifteen_days_of_five_months() -> None:
    assert (COS.sessions.months, COS.sessions.first_day, COS.sessions.last_day) == ((2, 4, 6, 10, 12), 1, 15)


def test_the_weekday_that_the_source_has_wrong_is_noted() -> None:
    first = COS.sittings[0]
    assert first.date.isoformat() == "2022-01-27"
    assert first.text.startswith("Jeudi")
    assert "Mercredi 27 janvier 2022" in first.note


def test_the_register_numbers_are_those_of_the_register() -> None:
    assert (COS.registration.code, COS.registration.level, COS.registration.nsf) == ("RNCP35543", 4, ("310", "300"))
    assert (GC.registration.code, GC.registration.level, GC.registration.nsf) == ("RNCP35729", 5, ("313t", "300"))


def test_clea_has_seven_domains_and_twenty_eight_sub_domains() -> None:
    assert len(CLEA.blocks) == 7
    assert len(CLEA.competences) == 28
    assert 106 <= len(CLEA.block_of_criterion) <= 108


def test_clea_is_not_open_to_vae() -> None:
    assert CLEA.route("vae") is None
    assert all(scheme.route("vae") for scheme in (COS, GC, RETREAT))


def test_a_review_decides_between_the_tests_and_the_training() -> None:
    route = RETREAT.route("training")
    assert route is not None
    review = route.steps[0]
    assert review.decides
    assert review.after("needs") == "training"
    assert route.step(review.after("ready")).kind == "dossier"


def test_a_partial_result_is_followed_by_support_and_the_tests_again() -> None:
    for route in RETREAT.routes:
        support = route.step(route.step("deliberation").after("partial"))
        assert support.kind == "support"
        assert route.step(support.after("done")).kind == "jury"


def test_whoever_trained_for_clea_does_not_evaluate() -> None:
    assert "trainer_not_evaluator" in {rule.rule for rule in CLEA.jury.rules}


@pytest.mark.parametrize("scheme", ALL, ids=lambda scheme: scheme.id)
def test_grids_that_the_sources_do_not_give_are_labelled(scheme: Scheme) -> None:
    assert "grid" in scheme.illustrative


@pytest.mark.parametrize("scheme", ALL, ids=lambda scheme: scheme.id)
def test_a_scheme_keeps_its_hash_through_its_json_form(scheme: Scheme) -> None:
    assert Scheme.model_validate_json(scheme.model_dump_json()).hash == scheme.hash


def test_the_calendar_of_a_scheme_covers_a_fixed_span() -> None:
    assert {(scheme.calendar.first_year, scheme.calendar.last_year) for scheme in ALL} == {(2015, 2045)}
    assert len(freeze_calendar("metropole").holidays) == 11 * 31


def test_a_directory_adds_to_the_bundled_schemes_and_wins_over_them(tmp_path: Path) -> None:
    text = files("schemes").joinpath("clea.yaml").read_text("utf-8")
    (tmp_path / "mine.yaml").write_text(text.replace('"2021.3"', '"2027.1"'), "utf-8")
    assert available(tmp_path)["clea"].version == "2027.1"
    assert available(tmp_path)["cqp-cos"] == COS
    assert bundled()["clea"].version == "2021.3"


def test_one_id_twice_in_a_directory_is_refused(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        shutil.copy(str(files("schemes").joinpath("clea.yaml")), tmp_path / name)
    with pytest.raises(BadScheme, match=r"b\.yaml"):
        available(tmp_path)
