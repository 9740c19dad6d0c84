"""Old events stay readable: stored bytes never change, and every shape ever written has a way to today's."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar, Literal

import pytest

from domain import upcasting
from domain.aggregate import Aggregate, Standing
from domain.aggregates import AGGREGATES
from domain.ledger import canonical
from domain.log import StoredEvent
from domain.records import Fact
from domain.scheme import library
from domain.upcasting import MissingUpcaster, upcaster
from tests.certified import certified
from tests.domain.world import scheme
from tests.golden.files import (
    FOLDER,
    Example,
    Kind,
    complete,
    current_kinds,
    digest,
    examples,
    existing_kinds,
    manifest,
)

_examples = cache(examples)


@pytest.mark.parametrize("kind", list(current_kinds()), ids=str)
def test_every_event_type_has_a_golden_file_in_its_shape_of_today(kind: Kind) -> None:
    assert kind.path.exists(), "run python -m tests.golden"


def test_no_golden_file_ever_changes() -> None:
    assert {path.relative_to(FOLDER).as_posix(): digest(path) for path in FOLDER.glob("*/*.json")} == manifest()


def test_completing_the_golden_files_touches_none_of_them() -> None:
    before = {path: path.stat().st_mtime_ns for path in FOLDER.glob("*/*.json")}
    assert complete() == []
    assert {path: path.stat().st_mtime_ns for path in FOLDER.glob("*/*.json")} == before


@pytest.mark.parametrize("kind", existing_kinds(), ids=str)
def test_a_golden_file_still_reads_and_folds(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    aggregate: Aggregate[Any] = {str(name): found for name, found in AGGREGATES.items()}[kind.aggregate]
    example = _examples()[kind.aggregate, kind.type]
    stored = golden(kind, example)
    _know(stored, monkeypatch)
    record, order = aggregate.read(example.stream, stored)
    assert record.fact.kind == kind.type
    assert len(order) == 64
    state: Standing = aggregate.fold(aggregate.new(), example.stream, [*example.before, stored])
    assert state.version == len(example.before) + 1
    assert aggregate.view(state).main


def golden(kind: Kind, example: Example) -> StoredEvent:
    """The golden file as an event at the place of the example."""
    public = kind.path.read_text("utf-8")
    return replace(example.event, public=public, schema_version=kind.version)


def _know(stored: StoredEvent, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let today's scheme stand for the version that a founding event was pinned to, which may be gone by now."""
    fact = json.loads(stored.public)["fact"]
    if "scheme_hash" in fact and not library.knows(fact["scheme_hash"]):
        # What has a number does not say of which certification: its book does.
        known = scheme(fact["scheme_id"]) if "scheme_id" in fact else certified("cqp-cos")
        monkeypatch.setitem(library._known, fact["scheme_hash"], known)


def test_no_golden_file_holds_a_ciphertext() -> None:
    assert not [kind for kind in existing_kinds() if "ciphertext" in kind.path.read_text("utf-8")]


# --- the mechanism, on a fact that exists only here -----------------------------------------------------------------


class Noted(Fact):
    """First ``{"name"}``, then ``{"title"}``, today ``{"title", "times"}``."""

    schema_version: ClassVar[int] = 3
    kind: Literal["noted"] = "noted"
    title: str
    times: int


NOTED = replace(AGGREGATES["sitting"], facts=(Noted,), apply=lambda state, record: None)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The two steps from the first shape to today's, for one test."""
    monkeypatch.setattr(upcasting, "_steps", {})

    @upcaster("sitting", "noted", 1)
    def rename(fact: dict[str, Any]) -> dict[str, Any]:
        return {**{key: value for key, value in fact.items() if key != "name"}, "title": fact["name"]}

    @upcaster("sitting", "noted", 2)
    def count(fact: dict[str, Any]) -> dict[str, Any]:
        return {**fact, "times": 1}


def noted(version: int, **fields: Any) -> StoredEvent:
    fact = {"kind": "noted", "on": "2027-01-04", **fields}
    public = {"actor": {"id": "a", "role": "system", "on_behalf_of": None}, "digest": "d" * 64, "fact": fact}
    now = datetime(2027, 1, 4, tzinfo=UTC)
    return StoredEvent(
        version=1,
        command_id="c",
        type="noted",
        schema_version=version,
        occurred_at=now,
        recorded_at=now,
        public=canonical(public).decode(),
    )


@pytest.mark.usefixtures("steps")
@pytest.mark.parametrize(
    ("version", "fields", "times"),
    [(1, {"name": "Un"}, 1), (2, {"title": "Un"}, 1), (3, {"title": "Un", "times": 4}, 4)],
)
def test_an_event_of_any_shape_is_lifted_step_by_step_to_todays(version: int, fields: Any, times: int) -> None:
    stored = noted(version, **fields)
    before = stored.public
    record, _ = NOTED.read("sitting:x", stored)
    assert isinstance(record.fact, Noted)
    assert (record.fact.title, record.fact.times) == ("Un", times)
    assert stored.public == before


@pytest.mark.usefixtures("steps")
def test_an_event_newer_than_this_code_is_not_guessed_at() -> None:
    with pytest.raises(MissingUpcaster):
        NOTED.read("sitting:x", noted(4, title="Un", times=1, more=True))


def test_a_missing_step_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upcasting, "_steps", {})
    with pytest.raises(MissingUpcaster, match=r"sitting\.noted: no step from version 1"):
        NOTED.read("sitting:x", noted(1, name="Un"))


@pytest.mark.usefixtures("steps")
def test_a_fault_inside_a_step_is_not_taken_for_a_missing_one() -> None:
    with pytest.raises(KeyError, match="name"):
        NOTED.read("sitting:x", noted(1, nom="Un"))
