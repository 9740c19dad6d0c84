"""Why each event of a stream was allowed: what was asked, by whom, who may ask it, on which basis, how it was computed.

The order behind every event is put to the rules again, on everything that stood before it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from domain.aggregate import Aggregate, Standing
from domain.aggregates import runs_of
from domain.authority import MAY
from domain.calendar import local_date
from domain.deadlines import Running
from domain.marks import BlockResult, Judgement
from domain.proposals import ALWAYS_RECOMMEND, SOVEREIGN
from domain.recheck import RuleFault
from domain.records import Fact, Recorded, sealed_fields
from domain.refusal import OWN_RULES
from domain.replay import Dated, replay
from domain.scheme.model import Scheme
from interfaces.days import explained, plain_date
from interfaces.sentences import name_of, role_name
from interfaces.words import say


def grounds(
    aggregate: Aggregate[Any],
    stream: str,
    events: Sequence[Dated],
    faults: Iterable[RuleFault],
    language: str = "fr",
    only: Container[int] | None = None,
) -> dict[int, dict[str, Any]]:
    """Version -> why that event was allowed; ``sentences`` tells it, the other keys are for programs.

    ``events`` are all of the stream, ``faults`` what :func:`domain.recheck.recheck` found in them; with ``only``, the
    versions that are wanted.

    ``asked`` is what was ordered; for an event that came with another, None, and ``follows`` is that other's version.
    ``allowed`` is False where the rules do not give this event; ``fault`` then says how.
    """
    wrong = {fault.version: fault for fault in faults}
    fault: RuleFault | None = None
    found: dict[int, dict[str, Any]] = {}
    before: Standing = aggregate.new()
    first = events[0].record
    for step in replay(aggregate, stream, events):
        record = step.event.record
        if record.command_id != first.command_id:
            first, fault = record, None
        # What is wrong with an order is wrong with all that follows from it.
        fault = wrong.get(record.version, fault)
        if only is None or record.version in only:
            ground = _Ground(aggregate, step.state.scheme, record, first, before, language)
            found[record.version] = ground.report(fault)
        before = step.state
    return found


class _Ground:
    def __init__(
        self,
        aggregate: Aggregate[Any],
        scheme: Scheme,
        record: Recorded,
        first: Recorded,
        before: Standing,
        language: str,
    ) -> None:
        self._aggregate = aggregate
        self._scheme = scheme
        self._record = record
        self._first = first
        self._before = before
        self._language = language

    def report(self, fault: RuleFault | None) -> dict[str, Any]:
        """Everything about one event."""
        record, fact = self._record, self._record.fact
        asked = record.asked
        rule = f"{self._aggregate.name}.{asked.command['kind']}" if asked else ""
        may = sorted(role.value for role in MAY.get(rule, ()))
        run = self._run(getattr(fact, "due", ""))
        judgement = getattr(fact, "judgement", None)
        basis = self._basis(fact, run)
        derivation = [dict(step) for step in run.derivation] if run else []
        return {
            "asked": None if asked is None else {"command": asked.command, "at": asked.at.isoformat(), "on": asked.on},
            "follows": None if asked else self._first.version,
            "rule": rule or None,
            "may": may,
            "allowed": fault is None,
            "fault": fault and {"code": fault.code, "detail": fault.detail},
            "scheme": {"id": self._scheme.id, "version": self._scheme.version, "hash": self._scheme.hash},
            "basis": basis,
            "deadline": run.id if run else None,
            "derivation": derivation,
            "judgement": judgement.model_dump(mode="json") if judgement else None,
            "sentences": [
                *self._asked(may),
                *self._verdict(fault),
                self._say("basis", basis=" ; ".join(basis)),
                *self._told_later(),
                *explained(derivation, self._language),
                *(self._judgement(judgement) if judgement else ()),
            ],
        }

    def _asked(self, may: Sequence[str]) -> list[str]:
        asked = self._record.asked
        if asked is None:
            return [self._say("follows", version=self._first.version)]
        actor = self._record.actor
        words = {
            "command": name_of("command", asked.command["kind"], self._language),
            "role": role_name(actor.role, self._language),
            "id": actor.id,
            "may": ", ".join(role_name(role, self._language) for role in may),
            "basis": OWN_RULES["authority"],
        }
        name = "asked_for" if actor.on_behalf_of else "asked"
        return [self._say(name, **words, other=actor.on_behalf_of)]

    def _verdict(self, fault: RuleFault | None) -> list[str]:
        scheme = {"scheme": self._scheme.id, "version": self._scheme.version, "hash": self._scheme.hash[:12]}
        if fault is not None:
            return [self._say(f"fault.{fault.code}", detail=fault.detail, **scheme)]
        return [self._say("allowed", **scheme)] if self._record is self._first else []

    def _basis(self, fact: Fact, run: Running | None) -> list[str]:
        """What the fact itself rests on; where nothing narrower is known, the scheme version."""
        found = [getattr(fact, "basis", ""), run.deadline.basis if run else ""]
        deadline = getattr(fact, "deadline", "")
        found += [item.basis for item in self._scheme.every_deadline if item.id == deadline]
        found += [SOVEREIGN] if getattr(fact, "differs", ()) else []
        found += [ALWAYS_RECOMMEND] if getattr(fact, "recommendations", None) else []
        found += [OWN_RULES["correction"]] if getattr(fact, "corrects", 0) else []
        found += [OWN_RULES["stream"]] if self._record.version == 1 else []
        found += [OWN_RULES["command"]] if fact.kind == "effect_settled" else []
        scheme = self._say("scheme", scheme=self._scheme.title, version=self._scheme.version)
        return list(dict.fromkeys(basis for basis in found if basis)) or [scheme]

    def _told_later(self) -> list[str]:
        """That the fact was told on another day than its own."""
        on, known = self._record.fact.on, local_date(self._scheme.calendar, self._record.recorded_at)
        if known - on < timedelta(days=1):
            return []
        days = {"on": plain_date(on, self._language), "known": plain_date(known, self._language)}
        return [self._say("told_later", **days, basis=OWN_RULES["date"])]

    def _run(self, due: str) -> Running | None:
        """The deadline whose passing or reminder is told, as it ran before."""
        id = due.partition(":remind:")[0]
        return next((run for run in runs_of(self._before) if run.id == id), None) if id else None

    def _judgement(self, judgement: Judgement) -> list[str]:
        return [self._block(result) for result in judgement.blocks]

    def _block(self, result: BlockResult) -> str:
        return self._say(
            "block_validated" if result.validated else "block_not_validated",
            block=self._scheme.block_by_id[result.id].title,
            id=result.id,
            validated=result.validated_competences,
            competences=result.competences,
            threshold=result.threshold,
            detail=", ".join(f"{one.id} {one.met}/{one.criteria}" for one in result.detail),
        )

    def _say(self, name: str, **words: Any) -> str:
        return say(f"replay.why.{name}", self._language, **words)


def texts_of(fact: Fact, texts: Mapping[str, str]) -> dict[str, str | None]:
    """The sealed values of a fact that were opened, by field; None for those that can no longer be read."""
    return {path: texts.get(value.digest) for path, value in sealed_fields(fact)}
