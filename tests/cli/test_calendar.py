"""``jalon calendar``: one date on standard output, sentences elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from interfaces.cli import calendar as _registered
from interfaces.cli.console import settings
from interfaces.days import explained, long_date
from tests.cli.speaking import answer, refused, run

assert _registered


@pytest.fixture(autouse=True)
def _french() -> Iterator[None]:
    yield
    settings.language = "fr"


@pytest.mark.parametrize(("unit", "expected"), [("ouvres", "2026-11-24"), ("ouvrables", "2026-11-21")])
def test_one_iso_date_is_printed(unit: str, expected: str) -> None:
    result = run("calendar", "add", "2026-11-09", "10", "--unit", unit, "--zone", "metropole")
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{expected}\n", "")


def test_units_may_be_written_with_their_accents_and_dates_the_french_way() -> None:
    assert run("calendar", "add", "09/11/2026", "10", "--unit", "ouvrés").stdout == "2026-11-24\n"


def test_the_explanation_goes_to_standard_error() -> None:
    result = run("calendar", "add", "2026-11-09", "10", "--unit", "ouvres", "--explain")
    assert result.stdout == "2026-11-24\n"
    assert "Mercredi 11 novembre 2026 est férié" in result.stderr
    assert "4 samedis et dimanches" in result.stderr


def test_the_json_carries_the_derivation() -> None:
    found = answer("calendar", "add", "2026-11-09", "10", "--unit", "ouvres")
    assert found["due"] == "2026-11-24"
    assert {"step": "holiday", "on": "2026-11-11"} in found["derivation"]
    assert found["sentences"][-1] == "Échéance : mardi 24 novembre 2026, à la fin de la journée."


def test_english_is_spoken_when_asked_for() -> None:
    result = run("--lang", "en", "calendar", "add", "2026-11-09", "1", "--unit", "ouvres", "--explain")
    assert "Due: Tuesday 10 November 2026" in result.stderr


def test_counting_back_is_possible() -> None:
    assert run("calendar", "add", "2026-12-16", "5", "--before").stdout == "2026-12-11\n"


def test_a_count_may_leave_the_years_of_a_scheme() -> None:
    assert run("calendar", "add", "2044-12-31", "3", "--unit", "ans").stdout == "2047-12-31\n"


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("2026-02-30", "1"), "2026-02-30"),
        (("hier", "1"), "hier"),
        (("", "1"), "n'est pas une date"),
        (("2026-01-01", "x"), "nombre entier"),
        (("2026-01-01", "1.5"), "nombre entier"),
        (("2026-01-01", "9" * 30), "nombre entier"),
        (("2026-01-01", "-3"), "négatif"),
        (("2026-01-01", "5", "--unit", "semaines"), "ouvrables"),
        (("2026-01-01", "5", "--zone", "corse"), "alsace-moselle"),
        (("2026-01-01", "999999999", "--unit", "ans"), "2100"),
        (("9999-12-31", "1"), "2100"),
        (("0001-01-01", "1", "--before"), "1970"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(arguments: tuple[str, ...], part: str) -> None:
    said = refused("calendar", "add", *arguments)
    assert part in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("arguments", [(), ("2026-01-01",), ("2026-01-01", "1", "--unti", "x")])
def test_a_wrong_command_line_ends_with_code_2(arguments: tuple[str, ...]) -> None:
    assert run("calendar", "add", *arguments).exit_code == 2


def test_the_zones_are_listed() -> None:
    assert {"zone": "reunion", "timezone": "Indian/Reunion"} in answer("calendar", "zones")
    assert "reunion" in run("calendar", "zones").stdout


def test_days_read_as_french_people_write_them() -> None:
    assert long_date("2026-05-01") == "vendredi 1er mai 2026"
    assert long_date("2026-05-01", "en") == "Friday 1 May 2026"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_step_of_a_derivation_has_its_sentence(language: str) -> None:
    day = "2026-05-01"
    steps: list[dict[str, str | int]] = [
        {"step": "start", "on": day},
        *(
            {"step": "unit", "unit": unit, "amount": amount, "direction": direction}
            for unit in ("calendaires", "ouvrables", "ouvres", "francs", "mois", "ans")
            for amount in (0, 1, 2)
            for direction in (1, -1)
        ),
        {"step": "holiday", "on": day},
        *({"step": "rest", "unit": unit, "days": days} for unit in ("ouvres", "ouvrables") for days in (1, 2)),
        *({"step": "pause", "since": day, "until": day, "days": days} for days in (1, 2)),
        {"step": "restart", "since": day, "until": day},
        {"step": "held", "since": day},
        {"step": "month_end", "on": day, "day": 31},
        {"step": "rolled", "from": day, "to": day},
        {"step": "due", "on": day},
        {"step": "latest", "on": day},
    ]
    assert all(explained(steps, language))
