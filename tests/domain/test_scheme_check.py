"""What is wrong with a scheme file: each rule is broken once, and its place and reason must be told."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.scheme.certificate_rules import code_taken
from domain.scheme.check import check
from domain.scheme.dated import Mention, mentions
from domain.scheme.fault import Fault
from domain.scheme.model import MILESTONES, OUTCOMES, Scheme
from interfaces.scheme_words import fault_sentence
from interfaces.words import LANGUAGES, catalogue
from schemes.files import bundled, freeze_calendar
from schemes.strict_yaml import parse

Raw = dict[str, Any]
COS: Raw = parse(files("schemes").joinpath("cqp-cos.yaml").read_bytes()).value


def broken(change: Callable[[Raw], Any], raw: Raw = COS) -> list[Fault]:
    """The faults of the COS scheme after ``change``."""
    twin = copy.deepcopy(raw)
    change(twin)
    found = check(twin, freeze_calendar)
    assert isinstance(found, list)
    for language in LANGUAGES:
        assert all(fault_sentence(fault, language) for fault in found)
    return found


def told(faults: list[Fault]) -> set[tuple[str, str]]:
    return {(fault.path, fault.code) for fault in faults}


def put(path: str, value: Any) -> Callable[[Raw], None]:
    """A change that sets the value at ``path`` (``blocks.0.title``)."""

    def change(raw: Raw) -> None:
        *way, last = (int(part) if part.isdigit() else part for part in path.split("."))
        for part in way:
            raw = raw[part]  # type: ignore[index]
        raw[last] = value  # type: ignore[index]

    return change


def without(path: str) -> Callable[[Raw], None]:
    """A change that removes what is at ``path``."""

    def change(raw: Raw) -> None:
        *way, last = (int(part) if part.isdigit() else part for part in path.split("."))
        for part in way:
            raw = raw[part]  # type: ignore[index]
        del raw[last]  # type: ignore[arg-type]

    return change


def certified(**fields: Any) -> Callable[[Raw], None]:
    """A change that gives the scheme a section ``certificates`` with these fields."""
    return put("certificates", {"code": "COS", "languages": ["fr", "en"], **fields})


SHAPE = {
    "an unknown key": (put("blocks.0.colour", "blue"), "blocks[0].colour", "unknown_key"),
    "an unknown key at the root": (put("titel", "x"), "titel", "unknown_key"),
    "a missing key": (without("blocks.1.title"), "blocks[1].title", "missing_key"),
    "a missing calendar": (without("calendar"), "calendar", "missing_key"),
    "a missing zone": (put("calendar", {}), "calendar.zone", "missing_key"),
    "an unknown zone": (put("calendar.zone", "corse"), "calendar.zone", "unknown_zone"),
    "a calendar with more than a zone": (put("calendar.holidays", []), "calendar.holidays", "unknown_key"),
    "a zone that is no text": (put("calendar.zone", 3), "calendar.zone", "wrong_type"),
    "a number for a text": (put("version", 2022), "version", "wrong_type"),
    "a text for a number": (put("deadlines.0.amount", "2"), "deadlines[0].amount", "wrong_type"),
    "a boolean for a number": (put("registration.level", True), "registration.level", "wrong_type"),
    "a text for a list": (put("routes", "training"), "routes", "wrong_type"),
    "a list for a mapping": (put("jury", []), "jury", "wrong_type"),
    "an empty text": (put("title", ""), "title", "empty"),
    "a blank text": (put("title", "  "), "title", "blank"),
    "a line break in a text": (put("title", "a\nb"), "title", "character"),
    "half a character": (put("title", "a\ud800"), "title", "character"),
    "a bad id": (put("id", "CQP COS"), "id", "pattern"),
    "an unknown choice": (put("registration.repertoire", "RNPC"), "registration.repertoire", "not_one_of"),
    "a number out of range": (put("registration.level", 9), "registration.level", "out_of_range_less_than_equal"),
    "no minutes": (
        put("blocks.0.tasks.training.0.minutes", 0),
        "blocks[0].tasks.training[0].minutes",
        "out_of_range_greater_than",
    ),
    "a date that does not exist": (put("registration.until", "2026-02-30"), "registration.until", "not_a_date"),
    "a number for a date": (put("registration.until", 2026), "registration.until", "not_a_date"),
    "a threshold over one": (put("blocks.0.threshold", "6/5"), "blocks[0].threshold", "threshold_range"),
    "a threshold of nothing": (put("blocks.0.threshold", "0/5"), "blocks[0].threshold", "threshold_range"),
    "a decimal threshold": (put("blocks.0.threshold", 0.8), "blocks[0].threshold", "threshold_text"),
    "a threshold in percent": (put("blocks.0.threshold", "80 %"), "blocks[0].threshold", "threshold_text"),
    "a threshold over nothing": (put("blocks.0.threshold", "4/0"), "blocks[0].threshold", "threshold_text"),
    "a huge threshold": (put("blocks.0.threshold", "1e999999999"), "blocks[0].threshold", "threshold_text"),
    "a next that is a list": (put("routes.0.steps.0.next", ["jury"]), "routes[0].steps[0].next", "next_shape"),
    "no next": (without("routes.0.steps.0.next"), "routes[0].steps[0].next", "missing_key"),
    "one number of situations": (
        put("routes.1.steps.1.situations", [1]),
        "routes[1].steps[1].situations",
        "wrong_length",
    ),
    "an unknown route": (put("routes.0.id", "apprenticeship"), "routes[0].id", "not_one_of"),
    "a decimal in params": (put("jury.rules.0.params.share", 0.5), "jury.rules[0].params.share", "float"),
    "a key with an accent": (put("jury.rules.0.params.été", 1), "jury.rules[0].params.été", "key_not_ascii"),
    "a number beyond what is exact": (put("deadlines.0.amount", 2**60), "deadlines[0].amount", "number_too_large"),
    "a month that does not exist": (put("sessions.months", [13]), "sessions.months[0]", "out_of_range_less_than_equal"),
}

MEANING = {
    "a competence without criteria": (
        put("blocks.0.competences.1.criteria", []),
        "blocks[0].competences[1].criteria",
        "no_criteria",
    ),
    "a block without competences": (put("blocks.0.competences", []), "blocks[0].competences", "no_competences"),
    "no blocks": (put("blocks", []), "blocks", "no_blocks"),
    "no routes": (put("routes", []), "routes", "no_routes"),
    "no sources": (put("sources", []), "sources", "no_sources"),
    "a block twice": (put("blocks.1.id", "GRU"), "blocks[1].id", "doubled"),
    "two blocks held under one name": (put("blocks.1.held_as", "ucanss:GRU"), "blocks[1].held_as", "doubled"),
    "a competence twice in the scheme": (
        put("blocks.1.competences.0.id", "GRU.2"),
        "blocks[1].competences[0].id",
        "doubled",
    ),
    "a criterion twice in the scheme": (
        put("blocks.1.competences.0.criteria.0.id", "GRU.1.1"),
        "blocks[1].competences[0].criteria[0].id",
        "doubled",
    ),
    "a criterion with a comma": (
        put("blocks.0.competences.0.criteria.0.id", "GRU,1"),
        "blocks[0].competences[0].criteria[0].id",
        "id_characters",
    ),
    "a step twice": (put("routes.0.steps.1.id", "jury"), "routes[0].steps[2].id", "doubled"),
    "a route twice": (put("routes.1.id", "training"), "routes[1].id", "doubled"),
    "a deadline twice": (put("deadlines.1.id", "admissibility"), "deadlines[1].id", "doubled"),
    "a deadline with a name that sessions use": (put("deadlines.1.id", "registration"), "deadlines[1].id", "reserved"),
    "a task twice": (
        put("blocks.0.tasks.training.1.id", "gru-ecoute"),
        "blocks[0].tasks.training[1].id",
        "doubled",
    ),
    "a step called end": (put("routes.0.steps.0.id", "end"), "routes[0].steps[0].id", "reserved"),
    "no steps": (put("routes.0.steps", []), "routes[0].steps", "no_steps"),
    "a next to an unknown step": (put("routes.0.steps.1.next", "juri"), "routes[0].steps[1].next", "unknown_step"),
    "an outcome without a step": (
        put("routes.0.steps.3.next", {"full": "end", "none": "end"}),
        "routes[0].steps[3].next",
        "outcome_missing",
    ),
    "an unknown outcome": (
        put("routes.0.steps.3.next", {"full": "end", "partial": "end", "none": "end", "half": "end"}),
        "routes[0].steps[3].next.half",
        "outcome_unknown",
    ),
    "a review that decides without saying what": (
        put(
            "routes.0.steps.0",
            {"id": "p", "kind": "positioning", "title": "P", "decides": True, "next": {"done": "training"}},
        ),
        "routes[0].steps[0].next",
        "outcome_missing",
    ),
    "a jury that decides": (put("routes.0.steps.2.decides", True), "routes[0].steps[2].decides", "only_for"),
    "situations without a dossier": (
        put("routes.0.steps.2.situations", [1, 2]),
        "routes[0].steps[2].situations",
        "only_for",
    ),
    "more situations at least than at most": (
        put("routes.1.steps.1.situations", [3, 2]),
        "routes[1].steps[1].situations",
        "situations_order",
    ),
    "an unreachable step": (put("routes.0.steps.0.next", "jury"), "routes[0].steps[1]", "unreachable"),
    "a route without an end": (
        put("routes.0.steps.3.next", "jury"),
        "routes[0].steps",
        "no_end",
    ),
    "a step without a way out": (
        put("routes.1.steps.1.next", "livret2"),
        "routes[1].steps[1]",
        "no_way_out",
    ),
    "a route without a deliberation": (put("routes.0.steps.3.kind", "support"), "routes[0].steps", "no_deliberation"),
    "an unknown milestone": (put("deadlines.0.starts", "file_complete"), "deadlines[0].starts", "unknown_milestone"),
    "a milestone of another aggregate": (
        put("deadlines.0.ends.0", "proclaimed"),
        "deadlines[0].ends[0]",
        "unknown_milestone",
    ),
    "a deadline that nothing ends": (put("deadlines.0.ends", []), "deadlines[0].ends", "no_ends"),
    "a deadline that ends where it starts": (
        put("deadlines.0.ends", ["file_completed"]),
        "deadlines[0].ends",
        "ends_where_it_starts",
    ),
    "a passing that cannot be": (put("deadlines.0.passed", "convene"), "deadlines[0].passed", "passed_not_allowed"),
    "an unknown role": (put("deadlines.0.who", "secretary"), "deadlines[0].who", "unknown_role"),
    "counting back from an event": (put("deadlines.0.before", True), "deadlines[0].before", "before_needs_date"),
    "a period longer than the calendar": (put("deadlines.0.amount", 400), "deadlines[0].amount", "too_long"),
    "a reminder before the start": (
        lambda raw: next(d for d in raw["deadlines"] if d["id"] == "opinion").update(remind=[5]),
        "deadlines[5].remind",
        "remind_too_early",
    ),
    "an award kept without a reason": (lambda raw: raw["erasure"].pop(), "erasure", "erasure_unjustified"),
    "nothing said of what stays": (without("erasure"), "erasure", "erasure_unjustified"),
    "a thing kept twice": (put("erasure.1.keep", "facts"), "erasure[1].keep", "doubled"),
    "a session paused by a request for pieces": (
        lambda raw: next(d for d in raw["deadlines"] if d["id"] == "session_results").update(
            paused_by_completeness="resume"
        ),
        "deadlines[10].paused_by_completeness",
        "pause_needs_pathway",
    ),
    "a window reversed": (put("sessions.windows.0.closes", "2022-01-15"), "sessions.windows[0]", "window_reversed"),
    "overlapping windows": (
        lambda raw: raw["sessions"]["windows"].append({"opens": "2022-04-10", "closes": "2022-04-12"}),
        "sessions.windows[5]",
        "windows_overlap",
    ),
    "a window in a month without sessions": (
        put("sessions.windows.0.opens", "2022-01-14"),
        "sessions.windows[0].opens",
        "window_month",
    ),
    "a window late in the month": (
        put("sessions.windows.0.closes", "2022-02-16"),
        "sessions.windows[0].closes",
        "window_days",
    ),
    "a window whose text names another month": (
        put("sessions.windows.0.text", "Les 15 premiers jours de mars 2022"),
        "sessions.windows[0].text",
        "text_month",
    ),
    "a month twice": (put("sessions.months", [2, 2, 4, 6, 10, 12]), "sessions.months", "month_twice"),
    "days reversed": (put("sessions.first_day", 20), "sessions.last_day", "days_reversed"),
    "the wrong weekday": (put("sittings.0.text", "Mercredi 27 janvier 2022"), "sittings[0].text", "text_weekday"),
    "another day": (put("sittings.0.text", "Jeudi 28 janvier 2022"), "sittings[0].text", "text_date"),
    "another month": (put("sittings.0.text", "Jeudi 27 février 2022"), "sittings[0].text", "text_date"),
    "another year": (put("sittings.0.text", "Jeudi 27 janvier 2023"), "sittings[0].text", "text_date"),
    "an impossible day": (put("sittings.0.text", "Jeudi 32 janvier 2022"), "sittings[0].text", "text_impossible"),
    "a text without a date": (put("sittings.0.text", "Jeudi en huit"), "sittings[0].text", "text_unread"),
    "a sitting twice": (put("sittings.2", {"date": "2022-03-16"}), "sittings[2].date", "sitting_twice"),
    "a sitting beyond the calendar": (put("sittings.0", {"date": "2202-01-27"}), "sittings[0].date", "beyond_calendar"),
    "a task instead of an unknown one": (
        put("blocks.0.tasks.training.1.instead_of", "gru-visio"),
        "blocks[0].tasks.training[1].instead_of",
        "unknown_task",
    ),
    "tasks for a route that is not there": (
        put("blocks.0.tasks.free_candidacy", []),
        "blocks[0].tasks.free_candidacy",
        "tasks_without_route",
    ),
    "a common task described twice": (
        put("blocks.1.tasks.vae.1.minutes", 30),
        "blocks[1].tasks.vae[1]",
        "task_differs",
    ),
    "a jury rule twice": (put("jury.rules.1.rule", "minimum_members"), "jury.rules[1].rule", "rule_twice"),
    "a number of members that is not said": (put("jury.rules.0.params", {}), "jury.rules[0].params", "members_missing"),
    "fewer members than assessors": (
        put("jury.assessors", 3),
        "jury.rules[0].params.members",
        "members_below_assessors",
    ),
    "a rule told what it does not ask": (
        put("jury.rules.4.params", {"years": 3}),
        "jury.rules[4].params.years",
        "unknown_key",
    ),
    "half written as a number": (
        put("jury.rules.6.params", {"share": 50}),
        "jury.rules[6].params.share",
        "threshold_text",
    ),
    "a share that is not said": (put("jury.rules.6.params", {}), "jury.rules[6].params.share", "missing_key"),
    "more than all": (put("jury.rules.6.params", {"share": "3/2"}), "jury.rules[6].params.share", "threshold_range"),
    "a balance of an unknown kind": (
        put("jury.rules.7.params", {"kind": "wish"}),
        "jury.rules[7].params.kind",
        "not_one_of",
    ),
    "bodies that are no list": (
        put("jury.rules.1.params", {"bodies": "Ucanss"}),
        "jury.rules[1].params.bodies",
        "wrong_type",
    ),
    "an exception to a rule that is not asked": (
        put("conduct", {"session": {"exceptions": ["trainer_not_evaluator"]}}),
        "conduct.session.exceptions[0]",
        "not_one_of",
    ),
    "a day that ends before it begins": (
        put("conduct", {"session": {"planning": {"day_closes": "08:00"}}}),
        "conduct.session.planning.day_closes",
        "hours_reversed",
    ),
    "a lunch longer than its time": (
        put("conduct", {"session": {"planning": {"lunch": 150}}}),
        "conduct.session.planning.lunch",
        "lunch_too_long",
    ),
    "a certificate title of no block": (certified(titles={"XYZ": "X"}), "certificates.titles.XYZ", "unknown_block"),
    "titles in a language that is not written": (
        certified(languages=["fr"], titles={"GRU": "X"}),
        "certificates.titles",
        "titles_without_language",
    ),
    "a certificate in no language": (certified(languages=[]), "certificates.languages", "no_languages"),
    "a language twice": (certified(languages=["fr", "fr"]), "certificates.languages[1]", "doubled"),
    "a crosswalk to a block that is not here": (
        certified(crosswalk=[{"held": "old:A", "counts_as": "ucanss:XYZ", "basis": "Avis"}]),
        "certificates.crosswalk[0].counts_as",
        "unknown_held_as",
    ),
    "a crosswalk from a block of one's own": (
        certified(crosswalk=[{"held": "ucanss:MDR", "counts_as": "ucanss:GRU", "basis": "Avis"}]),
        "certificates.crosswalk[0].held",
        "crosswalk_own_block",
    ),
    "a crosswalk of a block to itself": (
        certified(crosswalk=[{"held": "ucanss:GRU", "counts_as": "ucanss:GRU", "basis": "Avis"}]),
        "certificates.crosswalk[0].held",
        "crosswalk_own_block",
    ),
    "a block that counts as two": (
        certified(
            crosswalk=[
                {"held": "old:A", "counts_as": "ucanss:GRU", "basis": "Avis"},
                {"held": "old:A", "counts_as": "ucanss:MDR", "basis": "Avis"},
            ]
        ),
        "certificates.crosswalk[1].held",
        "doubled",
    ),
    "a crosswalk without a basis": (
        certified(crosswalk=[{"held": "old:A", "counts_as": "ucanss:GRU"}]),
        "certificates.crosswalk[0].basis",
        "missing_key",
    ),
    "a code that no framework writes so": (
        certified(alignments=[{"framework": "ROME", "code": "K12", "title": "X"}]),
        "certificates.alignments[0].code",
        "alignment_code",
    ),
    "an ESCO code that is no identifier": (
        certified(alignments=[{"framework": "ESCO", "code": "2422", "title": "X"}]),
        "certificates.alignments[0].code",
        "alignment_esco",
    ),
    "an alignment to another registration": (
        certified(alignments=[{"framework": "RNCP", "code": "RNCP1", "title": "X"}]),
        "certificates.alignments[0].code",
        "alignment_code",
    ),
    "an alignment to the registration of somebody else": (
        certified(alignments=[{"framework": "RNCP", "code": "RNCP12345", "title": "X"}]),
        "certificates.alignments[0].code",
        "alignment_differs",
    ),
    "an alignment twice": (
        certified(alignments=[{"framework": "ROME", "code": "C1110", "title": title} for title in ("X", "Y")]),
        "certificates.alignments[1]",
        "doubled",
    ),
    "an alignment whose address is none": (
        certified(alignments=[{"framework": "ROME", "code": "C1110", "title": "X", "url": "rome.example"}]),
        "certificates.alignments[0].url",
        "alignment_url",
    ),
    "a deposit of nothing": (certified(deposit={"awards": []}), "certificates.deposit.awards", "no_deposits"),
    "a registration until nonsense": (put("registration.until", "1026-04-19"), "registration.until", "beyond_calendar"),
    "an end without a number": (without("registration.code"), "registration.until", "until_without_code"),
    "a level in the specific register": (put("registration.repertoire", "RS"), "registration.level", "level_in_rs"),
}


@pytest.mark.parametrize("case", SHAPE.values(), ids=SHAPE)
def test_a_wrong_shape_is_told_with_its_path(case: tuple[Callable[[Raw], None], str, str]) -> None:
    change, path, code = case
    assert (path, code) in told(broken(change))


@pytest.mark.parametrize("case", MEANING.values(), ids=MEANING)
def test_what_cannot_be_meant_is_told_with_its_path(case: tuple[Callable[[Raw], None], str, str]) -> None:
    change, path, code = case
    assert (path, code) in told(broken(change))


def test_one_mistake_is_one_fault() -> None:
    alone = (
        "an unknown key",
        "a missing key",
        "a threshold over one",
        "an unknown zone",
        "a competence without criteria",
        "the wrong weekday",
        "overlapping windows",
        "an unreachable step",
        "an unknown role",
    )
    for name in alone:
        change, path, code = {**SHAPE, **MEANING}[name]
        assert told(broken(change)) == {(path, code)}, name


def test_all_faults_are_told_and_a_wrong_shape_hides_nothing() -> None:
    changes = [SHAPE[name] for name in ("an unknown key", "a decimal threshold", "an unknown zone")]
    changes += [MEANING[name] for name in ("the wrong weekday", "overlapping windows", "an unreachable step")]

    def change(raw: Raw) -> None:
        for one, _, _ in changes:
            one(raw)

    assert {(path, code) for _, path, code in changes} <= told(broken(change))


@pytest.mark.parametrize("raw", [None, [], "text", 3, {}, {"blocks": {"a": 1}, "routes": [[1]], "sittings": "x"}])
def test_what_is_no_scheme_at_all_is_told(raw: Any) -> None:
    assert isinstance(check(raw, freeze_calendar), list)


def test_dates_may_be_dates_or_texts() -> None:
    twin = copy.deepcopy(COS)
    twin["sittings"][1]["date"] = date(2022, 3, 16)
    found = check(twin, freeze_calendar)
    assert isinstance(found, Scheme)
    assert found.hash == bundled()["cqp-cos"].hash


def test_the_calendar_is_frozen_into_the_scheme() -> None:
    found = check(COS, freeze_calendar)
    assert isinstance(found, Scheme)
    assert found.calendar == freeze_calendar("metropole")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mercredi 27 janvier 2022", Mention(2, 27, 1, 2022)),
        ("VENDREDI 16 DÉCEMBRE 2022", Mention(4, 16, 12, 2022)),
        ("le 1er août 2022", Mention(None, 1, 8, 2022)),
        ("lundi 27/06/2022", Mention(0, 27, 6, 2022)),
        ("Les 15 premiers jours d’avril 2022", Mention(None, None, 4, 2022)),
        ("Jeudi 5 mai", Mention(3, 5, 5, None)),
    ],
)
def test_french_dates_are_read(text: str, expected: Mention) -> None:
    assert mentions(text) == [expected]


def test_no_date_is_read_where_there_is_none() -> None:
    assert mentions("La maison de mariage, marsouins, 15 jours") == []


def _paths(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [way] if way else []
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in children:
        found += _paths(item, (*way, key))
    return found


SMALL = {**COS, "blocks": COS["blocks"][:1]}
PLACES = _paths(SMALL)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(PLACES), min_size=1, max_size=3),
    st.sampled_from(
        [None, "", "x", "end", -1, 0, 10**20, 1.5, float("nan"), True, [], {}, [None], {"a": []}, "\udfff"]
    ),
)
def test_whatever_is_in_the_file_the_check_answers(places: list[tuple[Any, ...]], value: Any) -> None:
    twin = copy.deepcopy(SMALL)
    for *way, last in places:
        here: Any = twin
        try:
            for part in way:
                here = here[part]
            # A copy each: one list planted inside itself is nothing that a file can hold.
            here[last] = copy.deepcopy(value)
        except (LookupError, TypeError):
            continue
    found = check(twin, freeze_calendar)
    if isinstance(found, Scheme):
        assert Scheme.model_validate_json(found.model_dump_json()).hash == found.hash
    else:
        assert all(fault_sentence(fault) for fault in found)


def test_every_word_of_the_vocabulary_has_its_sentence() -> None:
    for language in LANGUAGES:
        words = catalogue(language)
        for milestones in MILESTONES.values():
            assert all(f"schemes.milestone.{milestone}" in words for milestone in milestones)
        outcomes = {outcome for several in OUTCOMES.values() for outcome in several} | {"ready", "needs"}
        assert all(f"schemes.outcome.{outcome}" in words for outcome in outcomes)


def test_a_crosswalk_with_titles_and_alignments_that_fit_is_accepted() -> None:
    raw = copy.deepcopy(COS)
    entry = {"held": "old:GRU", "counts_as": "ucanss:GRU", "basis": "Avis de la CPNEFP"}
    esco = {"framework": "ESCO", "code": "http://data.europa.eu/esco/occupation/x", "title": "X"}
    certified(titles={"": "Adviser", "GRU": "Relations"}, crosswalk=[entry], alignments=[esco])(raw)
    assert isinstance(check(raw, freeze_calendar), Scheme)


def test_no_two_certifications_number_their_awards_alike() -> None:
    known = list(bundled().values())
    assert not [scheme.id for scheme in known if code_taken(scheme, known)]
    raw = copy.deepcopy(COS)
    certified()(raw)
    cos = check(raw, freeze_calendar)
    assert isinstance(cos, Scheme)
    found = code_taken(cos, [cos.model_copy(update={"id": "cqp-other"})])
    assert found is not None
    assert (found.path, found.code) == ("certificates.code", "code_taken")
    assert fault_sentence(found)
    assert code_taken(cos, [cos.model_copy(update={"version": "next"})]) is None
