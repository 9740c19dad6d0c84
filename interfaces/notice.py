"""The notice of a result, from the log: what was decided, why, what is recommended, and the ways of recourse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal

from documents.certificate import NoticeBlock, NoticeFacts
from domain.aggregates import aggregate_of
from domain.certificate import Holder
from domain.pathway.contest.decide import last_day
from domain.pathway.contest.events import ContestDecided, Deliberated
from domain.pathway.events import DecisionRecorded
from domain.pathway.state import Pathway
from domain.records import Recorded
from interfaces.days import plain_date
from interfaces.reports import Texts, told
from interfaces.streams import StreamFile
from interfaces.telling import bare
from interfaces.words import say


class NothingDecided(LookupError):
    """No sitting has decided on this pathway yet."""


def notice_facts(
    file: StreamFile, identity: Mapping[str, str], texts: Texts, language: Literal["fr", "en"]
) -> NoticeFacts:
    """The last decision on the pathway as its candidate is told it; its days are those of the log.

    Raises:
        NothingDecided: there is none.
    """
    record = next(
        (item for item in reversed(file.records) if isinstance(item.fact, DecisionRecorded | ContestDecided)), None
    )
    if record is None:
        raise NothingDecided(file.stream)
    fact = record.fact
    assert isinstance(fact, DecisionRecorded | ContestDecided)
    state: Pathway = file.state
    scheme = state.scheme
    titles = {block.id: block.title for block in scheme.blocks}
    born = identity.get("birth_date")
    notified = _notified(state, record)
    return NoticeFacts(
        certifier=scheme.certifier,
        deciding_body=scheme.deciding_body,
        scheme_title=scheme.title,
        holder=Holder(
            family_name=identity["family_name"],
            given_name=identity["given_name"],
            usage_name=identity.get("usage_name", ""),
            birth_date=date.fromisoformat(born) if born else None,
        ),
        decided_on=fact.on,
        notified_on=notified,
        issued_on=notified or fact.on,
        result=_result(file, record, fact.blocks),
        blocks=tuple(
            NoticeBlock(
                title=titles[id],
                validated=validated,
                recommendation=told(fact.recommendations.get(id), texts) or "",
            )
            for id, validated in fact.blocks.items()
        ),
        reasons=told(fact.reasons, texts) or "",
        recourse=tuple(_recourse(state, record, notified, language)),
        algorithmic=_algorithmic(file, record),
        again=isinstance(fact, ContestDecided),
        reference=(
            say("notice.reference", language, pathway=bare(file.stream), version=record.version),
            str(record.event_id),
        ),
        language=language,
    )


def _notified(state: Pathway, decision: Recorded) -> date | None:
    found = state.milestones.get("notified")
    return found.on if found is not None and found.version > decision.version else None


def _result(file: StreamFile, decision: Recorded, blocks: Mapping[str, bool]) -> Literal["full", "partial", "none"]:
    """What the decision made of the certification, with what was held when it was taken."""
    aggregate = aggregate_of(file.stream)
    events = [row.event for row in file.rows if row.event.version <= decision.version]
    then: Pathway = aggregate.fold(aggregate.new(), file.stream, events)
    validated = {id for id, decided in blocks.items() if decided}
    return "full" if then.holds_all(validated) else "partial" if validated else "none"


def _algorithmic(file: StreamFile, decision: Recorded) -> bool:
    """Whether a computed proposal was before those who decided."""
    facts = (item.fact for item in file.records if item.version > decision.version)
    after = next((fact for fact in facts if isinstance(fact, Deliberated)), None)
    return after.algorithmic if after is not None else bool(file.state.computed)


def _recourse(state: Pathway, decision: Recorded, notified: date | None, language: str) -> Iterator[str]:
    fact = decision.fact
    assert isinstance(fact, DecisionRecorded | ContestDecided)
    terms = state.scheme.conduct.contestation if state.scheme.conduct else None
    if terms is not None and isinstance(fact, DecisionRecorded) and not all(fact.blocks.values()):
        unit = say(f"calendar.unit{'_one' if terms.within < 2 else ''}.{terms.within_unit}", language)
        yield say(
            "notice.contest",
            language,
            ground=say(f"notice.ground.{'both' if len(terms.grounds) > 1 else terms.grounds[0]}", language),
            length=f"{terms.within} {unit}",
            basis=terms.basis,
        )
        until = last_day(state, terms) if notified is not None else None
        if until is not None:
            yield say("notice.contest_until", language, on=plain_date(until, language))
    yield say("notice.court", language)
