"""Commands as typed: which a person may give, how values are read, what is said of those that cannot be."""

from __future__ import annotations

import string
from typing import Any

import pytest

from interfaces.commands import Ask, askable, faults, read_fields
from interfaces.words import LANGUAGES, catalogue, say

SUBJECTS = ("acting.", "commands.", "pathway.", "register.", "session.", "sitting.", "deadlines.")


def ask(kind: str, aggregate: Any = "pathway") -> Ask:
    return askable(aggregate)[kind]


def test_what_only_machines_say_is_not_offered() -> None:
    kinds = {kind for aggregate in ("pathway", "session", "sitting") for kind in askable(aggregate)}
    assert not kinds & {"start", "open", "note_seat", "note_decision", "release_seat", "settle", "deadline_reached"}
    assert {"record_positioning", "appoint_juror", "decide_list"} <= kinds


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_and_every_field_has_words(language: str) -> None:
    for aggregate in ("pathway", "session", "sitting"):
        for asked in askable(aggregate).values():
            assert asked.does(language)
            for field in asked.fields.values():
                assert field.sort_words(language)
                assert say(f"commands.field.{field.name}", language)
                assert say(f"commands.fault.sort_{field.sort}", language, path="x", choices="y")


def test_both_languages_say_the_same_with_the_same_parameters() -> None:
    for subject in SUBJECTS:
        french, english = (
            {name: text for name, text in catalogue(language).items() if name.startswith(subject)}
            for language in LANGUAGES
        )
        assert french.keys() == english.keys()
        assert french, subject
        for name, text in french.items():
            assert parameters(text) == parameters(english[name]), name


def parameters(text: str) -> set[str | None]:
    return {field for _, field, _, _ in string.Formatter().parse(text)} - {None}


@pytest.mark.parametrize(
    ("kind", "pair", "expected"),
    [
        ("record_positioning", "body=007", {"body": "007"}),
        ("record_positioning", "needs=GRU.1, MDR.2", {"needs": ["GRU.1", "MDR.2"]}),
        ("record_positioning", 'needs=["GRU.1"]', {"needs": ["GRU.1"]}),
        ("plan_training", "starts=01/03/2027", {"starts": "2027-03-01"}),
        ("decide_admissibility", "admissible=oui", {"admissible": True}),
        ("decide_admissibility", "reason=1 pièce = insuffisant", {"reason": "1 pièce = insuffisant"}),
        ("file_dossier", "situations.GRU=2", {"situations": {"GRU": 2}}),
        ("record_marks", "marks.GRU.1.1=null", {"marks": {"GRU.1.1": None}}),
        ("give_opinion", "recommendations.TD=12", {"recommendations": {"TD": "12"}}),
    ],
)
def test_a_value_is_read_as_its_field_takes_it(kind: str, pair: str, expected: dict[str, Any]) -> None:
    assert read_fields(ask(kind), [pair], {}) == expected


def test_pairs_complete_a_table_and_replace_other_fields() -> None:
    data = {"juror": "j1", "blocks": {"GRU": True, "TD": True}}
    values = read_fields(ask("give_opinion"), ["blocks.TD=non", "juror=j2"], data)
    assert values == {"juror": "j2", "blocks": {"GRU": True, "TD": False}}


@pytest.mark.parametrize("pair", ["body", "=CFP", " =x"])
def test_a_pair_without_a_name_or_a_sign_is_refused(pair: str) -> None:
    with pytest.raises(ValueError, match=pair.strip() or "x"):
        read_fields(ask("record_positioning"), [pair], {})


def test_each_field_that_is_wrong_is_named_with_its_remedy() -> None:
    found = faults(ask("give_opinion"), {"blocks": {"GRU": "peut-être"}, "recommendations": {"TD": 3}, "mood": "good"})
    assert {fault.path: fault.code for fault in found} == {
        "juror": "missing",
        "blocks.GRU": "sort_flags",
        "recommendations.TD": "inside",
        "mood": "unknown",
    }
    assert all(fault.message(language) for fault in found for language in LANGUAGES)


def test_a_text_is_enough_where_something_sealed_belongs() -> None:
    assert not faults(ask("suspend"), {"reason": "Congé"})
    held = {"held_as": "ucanss:GRU", "since": "2020-01-01", "proof": "Diplôme"}
    assert not faults(ask("recognise_block"), {"block": held})
