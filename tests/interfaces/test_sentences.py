"""Every refusal, event, task, role and status has its sentence, in both languages, and none tells who it is about."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest

from domain.aggregates import AGGREGATES
from domain.authority import MAY, Actor, Role
from domain.pathway.events import PathwayClosed
from domain.records import Recorded
from domain.refusal import Refusal
from domain.scheme.model import END, RouteId, Scheme, StepKind
from eventstore.projections import TABLES
from interfaces.bundle.verify import STREAMS
from interfaces.candidate_cells import INITIATIVES
from interfaces.public.checks import Verdict
from interfaces.sentences import event_sentence, name_of, refusal_sentence, role_name, status_name, task_sentence
from interfaces.words import LANGUAGES, catalogue
from tests.golden.stories import stories

ROOT = Path(__file__).parents[2]
ROOMS = ("domain", "planner", "activities", "eventstore", "workers", "workflows", "interfaces", "schemes")
OURS = ("refusals.", "events.", "tasks.")


class Raised(NamedTuple):
    """One place where a rule says no."""

    place: str
    code: str
    params: frozenset[str]


def _constants(value: ast.expr, function: ast.AST) -> list[str]:
    """The texts that an expression can be: a constant, a choice of two, or a name that was given one of these."""
    if isinstance(value, ast.Constant):
        return [str(value.value)]
    if isinstance(value, ast.IfExp):
        return [*_constants(value.body, function), *_constants(value.orelse, function)]
    assert isinstance(value, ast.Name), ast.dump(value)
    given = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and [ast.dump(target) for target in node.targets] == [_stored(value.id)]
    ]
    assert given, f"where does {value.id} come from?"
    return [text for item in given for text in _constants(item, function)]


def _stored(name: str) -> str:
    return ast.dump(ast.Name(id=name, ctx=ast.Store()))


def _raised_in(path: Path) -> Iterator[Raised]:
    tree = ast.parse(path.read_text("utf-8"))
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "refuse"):
            continue
        function: ast.AST = node
        while not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Module)):
            function = parents[function]
        params = frozenset(word.arg for word in node.keywords if word.arg and word.arg != "basis")
        for code in _constants(node.args[0], function):
            yield Raised(f"{path.relative_to(ROOT)}:{node.lineno}", code, params)


@cache
def raised() -> tuple[Raised, ...]:
    paths = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    return tuple(found for path in paths for found in _raised_in(path))


def wanted(message: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(message) if name}


def messages(language: str, prefix: str) -> dict[str, str]:
    return {name: text for name, text in catalogue(language).items() if name.startswith(prefix)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_has_a_sentence_with_the_parameters_of_every_place_that_raises_it(language: str) -> None:
    assert len(raised()) > 80
    sentences = messages(language, "refusals.")
    for place, code, params in raised():
        assert f"refusals.{code}" in sentences, f"{place} raises {code}, which has no sentence in {language}"
        assert wanted(sentences[f"refusals.{code}"]) <= params, f"{place}: {code} in {language}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_kept_for_a_refusal_that_nothing_raises(language: str) -> None:
    codes = {f"refusals.{found.code}" for found in raised()}
    # What stands where a refusal came without a reason.
    assert messages(language, "refusals.").keys() - codes <= {"refusals.unknown"}


@pytest.mark.parametrize("prefix", OURS)
def test_both_languages_say_the_same_things_with_the_same_parameters(prefix: str) -> None:
    french, english = messages("fr", prefix), messages("en", prefix)
    assert french.keys() == english.keys()
    assert {name: wanted(text) for name, text in french.items()} == {
        name: wanted(text) for name, text in english.items()
    }


def test_lists_dates_and_names_are_written_as_people_write_them() -> None:
    refusal = Refusal(code="marks.missing_criteria", params={"criteria": ["GRU.1.1", "GRU.1.2"]})
    assert "GRU.1.1, GRU.1.2" in refusal_sentence(refusal)
    refusal = Refusal(code="date.in_future", params={"on": "2027-01-05", "today": "2027-01-04"})
    assert refusal_sentence(refusal) == "Un fait ne peut pas être daté du 05/01/2027 : nous sommes le 04/01/2027."
    assert refusal_sentence(refusal, "en") == "A fact cannot be dated 2027-01-05: today is 2027-01-04."
    params: dict[str, Any] = {"command": "record_marks", "role": "auditor", "allowed": ["administrator", "juror"]}
    sentence = refusal_sentence(Refusal(code="authority.not_allowed", params=params))
    assert "« auditeur »" in sentence
    assert "saisir des notations" in sentence
    assert "administration, membre du jury professionnel" in sentence


def test_an_empty_list_is_said_in_a_word() -> None:
    params: dict[str, Any] = {"blocks": ["X"], "known": []}
    assert refusal_sentence(Refusal(code="block.unknown", params=params)).endswith("Blocs attendus : aucun.")


def test_a_status_is_named_after_what_has_it() -> None:
    for code, status, name in (
        ("session.over", "held", "tenue"),
        ("sitting.over", "proclaimed", "proclamée"),
        ("seat.too_late", "attended", "venu"),
    ):
        params = {"session": "session:s", "sitting": "sitting:s", "status": status}
        assert f" {name}" in refusal_sentence(Refusal(code=code, params=params))


def records() -> Iterator[tuple[Recorded, Scheme]]:
    """Every event of every story, with the scheme that its stream is pinned to."""
    for world in stories():
        for stream in world.logs:
            for record in world.records(stream):
                yield record, world.states[stream].scheme


@cache
def told(language: str) -> tuple[tuple[Recorded, str], ...]:
    return tuple((record, event_sentence(record, scheme, language)) for record, scheme in records())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_event_is_told(language: str) -> None:
    kinds = {record.fact.kind for record, _ in told(language)}
    assert kinds == {fact.model_fields["kind"].default for found in AGGREGATES.values() for fact in found.facts}
    for _, sentence in told(language):
        assert sentence.startswith({"fr": "Le ", "en": "On "}[language])
        assert sentence.endswith(").")
        assert "{" not in sentence
        assert "None" not in sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_names_the_person_or_what_is_sealed(language: str) -> None:
    assert any(getattr(record.fact, "person", "").startswith("someone-") for record, _ in told(language))
    for _, sentence in told(language):
        assert "someone-" not in sentence
        assert "dddd" not in sentence


def test_the_sentences_of_facts_are_all_used() -> None:
    """A sentence that no story leads to is not known to render."""
    unused = set(messages("fr", "events.fact."))
    for record, scheme in records():
        sentence = event_sentence(record, scheme)
        unused -= {
            name for name in unused if name.startswith(f"events.fact.{record.fact.kind}") and _fits(name, sentence)
        }
    assert unused == {"events.fact.admissibility_decided_silence_refused", "events.fact.pathway_closed_none"}


def _fits(name: str, sentence: str) -> bool:
    fixed = [text for text, *_ in string.Formatter().parse(catalogue("fr")[name]) if text.strip()]
    at = 0
    for text in fixed:
        at = sentence.find(text, at)
        if at < 0:
            return False
        at += len(text)
    return True


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pathway_can_close_in_every_way_it_is_told(language: str) -> None:
    for outcome in get_args(PathwayClosed.model_fields["outcome"].annotation):
        assert f"events.fact.pathway_closed_{outcome}" in catalogue(language)
        assert name_of("outcome", outcome, language) != outcome or language == "en"


def test_a_candidacy_is_told_as_people_would_tell_it() -> None:
    sentence = next(sentence for record, sentence in told("fr") if record.fact.kind == "candidacy_registered")
    assert sentence == (
        "Le 4 janvier 2027, candidature enregistrée pour « CQP Conseiller offres de services » (voie de la formation), "
        "à l'initiative de l'employeur (administration : operator)."
    )


def test_who_acted_and_for_whom_is_said() -> None:
    sentences = [sentence for record, sentence in told("fr") if record.actor.on_behalf_of]
    assert sentences
    assert all(
        sentence.endswith("(organisme de formation : cfp, pour le compte de cpam-aube).") for sentence in sentences
    )
    automatic = [sentence for record, sentence in told("fr") if record.actor == Actor(id="jalon", role=Role.SYSTEM)]
    assert all(sentence.endswith("(automatique).") for sentence in automatic)


def test_blocks_steps_and_deadlines_go_by_their_titles() -> None:
    sentences = "\n".join(sentence for _, sentence in told("fr"))
    assert "Gestion de la relation usagers de la Sécurité sociale (GRU)" in sentences
    assert "dossier déposé : Livret 2" in sentences
    assert "« Fin de validité du parcours, cinq ans après la candidature »" in sentences


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_role_route_step_initiative_and_command_has_a_name(language: str) -> None:
    names = catalogue(language)
    wanted: dict[str, set[str]] = {
        # Mails go to two kinds of people who give no command.
        "role": {*(role.value for role in Role), "head", "member"},
        "route": set(get_args(RouteId)),
        "step": {*get_args(StepKind), END},
        "initiative": set(INITIATIVES),
        "command": {name.partition(".")[2] for name in MAY},
    }
    for table, keys in wanted.items():
        assert keys == {name.removeprefix(f"tasks.{table}.") for name in names if name.startswith(f"tasks.{table}.")}


def _tasks_in(path: Path) -> set[str]:
    """The texts of an agenda that could be kinds of tasks: those that begin a pair, or are given to ``task``."""
    tree = ast.parse(path.read_text("utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple) and len(node.elts) == 3 and not isinstance(node.elts[1], ast.Constant):
            found |= {item.value for item in ast.walk(node.elts[0]) if isinstance(item, ast.Constant)}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "task":
            found |= {item.value for item in ast.walk(node.args[0]) if isinstance(item, ast.Constant)}
    return {text for text in found if isinstance(text, str)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_task_of_the_agendas_is_an_infinitive(language: str) -> None:
    kinds = {"resolve_mail"}.union(*(_tasks_in(ROOT / "domain" / name / "agenda.py") for name in AGGREGATES))
    assert len(kinds) > 20
    named = messages(language, "tasks.task.")
    assert kinds == {name.removeprefix("tasks.task.") for name in named}
    if language == "fr":
        infinitives = ("er", "ir", "re", "oir", "cer")
        assert all(task_sentence(kind).split()[0].split("'")[0].endswith((*infinitives, "se")) for kind in kinds)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", AGGREGATES)
def test_every_status_has_a_name(name: str, language: str) -> None:
    state = {str(kind): found.new for kind, found in AGGREGATES.items()}[name]()
    annotation = str(type(state).__annotations__["status"])
    statuses = {str(item.value) for item in ast.walk(ast.parse(annotation)) if isinstance(item, ast.Constant)} - {""}
    assert statuses
    assert all(".".join(("tasks.status", name, status)) in catalogue(language) for status in statuses)


def test_an_unknown_name_is_shown_as_it_is() -> None:
    assert (role_name("pope"), status_name("session", "x"), name_of("route", "y")) == ("pope", "x", "y")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("names", "place"),
    [
        (tuple(TABLES), "projections.name"),
        (get_args(Verdict), "award.verdict"),
        (STREAMS, "bundle.page.kind"),
        (get_args(get_args(Scheme.model_fields["illustrative"].annotation)[0]), "schemes.part"),
    ],
    ids=("tables", "verdicts", "streams of a bundle", "parts of a scheme"),
)
def test_whatever_a_command_names_has_its_words(names: tuple[str, ...], place: str, language: str) -> None:
    assert names
    assert [name for name in names if f"{place}.{name}" not in catalogue(language)] == []
