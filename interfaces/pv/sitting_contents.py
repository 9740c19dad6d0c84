"""What the PV of a sitting says, section by section, as ``documents/record.typ`` lays it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from domain.records import Recorded
from domain.sitting import events as e
from domain.sitting.state import Sitting
from interfaces.days import plain_date
from interfaces.pv.seal import Seal
from interfaces.reports import Texts, told
from interfaces.telling import bare
from interfaces.vote_cases import explained
from interfaces.words import say

Section = dict[str, Any]


def pv_data(
    state: Sitting,
    signatures: Sequence[Recorded],
    seal: Seal,
    people: Mapping[str, str],
    names: Mapping[str, str | None],
    texts: Texts,
) -> dict[str, Any]:
    """The data of the document. ``people``: member -> name; ``names``: pathway -> the candidate's.

    Those who were erased are missing.
    """
    writer = _Writer(state, signatures, seal.language, people, names, texts)
    reference = say("sitting_pv.reference", seal.language, sitting=bare(state.stream), dossiers=len(state.decisions))
    return {
        "issued_on": str(state.milestones["proclaimed"].on),
        "certifier": state.scheme.certifier,
        "subtitle": f"{state.scheme.title} – {state.scheme.deciding_body}",
        "reference": [reference, say("sitting_pv.document", seal.language, document=seal.document)],
        "keywords": [seal.keyword],
        "sections": writer.sections(),
    }


class _Writer:
    """Writes the sections."""

    def __init__(
        self,
        state: Sitting,
        signatures: Sequence[Recorded],
        language: str,
        people: Mapping[str, str],
        names: Mapping[str, str | None],
        texts: Texts,
    ) -> None:
        self._state = state
        self._signatures = signatures
        self._language = language
        self._people = people
        self._names = names
        self._texts = texts

    def sections(self) -> list[Section]:
        """All of them; a sitting without a quorum decided nothing."""
        found = [self._head(), self._members(), self._quorum()]
        if self._state.status == "proclaimed":
            found += [*self._recusals(), *self._list(), *self._votes()]
        return [*found, *self._put_off(), self._signed()]

    def _say(self, name: str, **words: Any) -> str:
        return say(f"sitting_pv.{name}", self._language, **words)

    def _day(self, day: Any) -> str:
        return plain_date(day, self._language)

    def _table(self, prefix: str, columns: Sequence[str], rows: Any, widths: Sequence[int]) -> Section:
        head = [self._say(f"{prefix}.{column}") for column in columns]
        return {"head": head, "rows": rows, "widths": list(widths)}

    def _name(self, member: str) -> str:
        return self._people.get(member, self._say("erased"))

    def _person(self, member: str) -> str:
        return f"{self._name(member)} ({member})"

    def _candidate(self, pathway: str) -> str:
        return self._names.get(pathway) or self._say("erased")

    def _block(self, id: str) -> str:
        return say("events.block", self._language, title=self._state.scheme.block_by_id[id].title, id=id)

    def _college(self, college: str | None) -> str:
        return say(f"tasks.college.{college}", self._language) if college else self._say("none")

    def _text(self, sealed: Any) -> str:
        return told(sealed, self._texts) or self._say("erased")

    # --- who -------------------------------------------------------------------------------------------------------

    def _head(self) -> Section:
        state, attendance = self._state, self._attendance()
        decided = len(state.decisions)
        listed = sum(decision.fact.listed for decision in state.decisions.values())
        facts = {
            "sitting": bare(state.stream),
            "held_on": self._day(state.held_on),
            "place": state.place or self._say("none"),
            "convocation": self._say("fact.second" if state.second_of else "fact.first"),
            "presides": self._college(state.presides),
            "president": self._person(attendance.president) if attendance.president else self._say("none"),
            "dossiers": self._say("fact.counts", decided=decided, listed=listed),
        }
        if state.second_of:
            facts["second_of"] = bare(state.second_of)
        paragraphs = []
        if any(dossier.computed for dossier in state.dossiers.values()):
            paragraphs.append(self._say("proposal_used"))
        if state.status == "adjourned":
            paragraphs.append(self._say("adjourned", second=bare(state.second)))
        return {
            "title": self._say("head"),
            "facts": [[self._say(f"fact.{name}"), text] for name, text in facts.items()],
            "paragraphs": paragraphs,
        }

    def _attendance(self) -> e.AttendanceRecorded:
        assert self._state.attendance is not None
        return self._state.attendance

    def _members(self) -> Section:
        seats = {seat.member: seat for seat in self._state.seats}
        attending = {*self._attendance().present, *self._attendance().remote}
        rows = []
        for member in self._state.members:
            seat = seats.get(member.member)
            if seat is None:
                how = self._say("members.without_voice" if member.member in attending else "members.absent")
            elif seat.holder:
                how = self._say("members.proxy", holder=self._name(seat.holder))
            else:
                how = self._say(f"members.{seat.by}")
            if seat is not None and seat.replaces:
                how = self._say("members.replaces", how=how, titular=self._name(seat.replaces))
            standing = self._say(f"members.{member.standing}")
            rows.append([member.member, self._name(member.member), self._college(member.college), standing, how])
        columns = ["member", "name", "college", "standing", "how"]
        return {
            "title": self._say("members.title"),
            "table": self._table("members", columns, rows, [0, 2, 1, 1, 2]),
        }

    def _quorum(self) -> Section:
        quorum = self._attendance().quorum
        name = "quorum.second" if self._state.second_of else "quorum.met" if quorum.holds else "quorum.failed"
        return {"title": self._say("quorum.title"), "paragraphs": [self._say(name, **quorum.model_dump())]}

    def _recusals(self) -> list[Section]:
        rows = [
            [bare(pathway), self._candidate(pathway), ", ".join(map(self._person, recused))]
            for pathway in self._state.dossiers
            if (recused := self._state.recused(pathway))
        ]
        if not rows:
            return []
        table = self._table("recusals", ["pathway", "candidate", "members"], rows, [2, 2, 3])
        return [{"title": self._say("recusals.title"), "table": table}]

    # --- what was decided ------------------------------------------------------------------------------------------

    def _list(self) -> list[Section]:
        rows = [
            [bare(pathway), self._candidate(pathway), *self._blocks(decision.fact.blocks)]
            for pathway, decision in self._state.decisions.items()
            if decision.fact.listed
        ]
        if not rows:
            return []
        columns = ["pathway", "candidate", "validated", "not_validated"]
        table = self._table("listed", columns, rows, [3, 3, 2, 2])
        return [{"title": self._say("listed.title"), "paragraphs": [self._say("listed.paragraph")], "table": table}]

    def _blocks(self, blocks: Mapping[str, bool]) -> list[str]:
        answers = ([id for id, value in blocks.items() if value is answer] for answer in (True, False))
        return [", ".join(found) or self._say("none") for found in answers]

    def _votes(self) -> list[Section]:
        voted = [self._vote(pathway) for pathway in self._state.decisions if pathway in self._state.votes]
        return [{"title": self._say("votes.title")}, *voted] if voted else []

    def _vote(self, pathway: str) -> Section:
        decided, vote = self._state.decisions[pathway].fact, self._state.votes[pathway]
        dossier = self._state.dossiers[pathway]
        rows = [
            [
                self._block(block),
                self._answer(dossier.computed.get(block)),
                self._answer(dossier.advised.get(block)),
                self._answer(decided.blocks[block]),
            ]
            for block in dossier.blocks
        ]
        quotes = [[self._say("votes.reasons"), self._text(decided.reasons)]] if decided.reasons else []
        quotes += [
            [self._say("votes.recommendation", block=block), self._text(sealed)]
            for block, sealed in decided.recommendations.items()
        ]
        quotes += [
            [self._say("votes.dissent", member=self._name(member)), self._text(sealed)]
            for member, sealed in vote.dissents.items()
        ]
        return {
            "title": f"{self._candidate(pathway)} ({bare(pathway)})",
            "level": 2,
            "paragraphs": [" ".join(explained(vote.tally, self._language))],
            "table": self._table("votes", ["block", "computed", "advised", "decided"], rows, [4, 1, 1, 1]),
            "quotes": quotes,
        }

    def _answer(self, value: bool | None) -> str:
        return self._say("none" if value is None else "yes" if value else "no")

    def _put_off(self) -> list[Section]:
        off = [
            fact.pathway for _, fact in self._state.minutes if isinstance(fact, (e.DossierPutOff, e.DossierWithdrawn))
        ]
        if not off:
            return []
        return [{"title": self._say("put_off.title"), "paragraphs": [", ".join(map(bare, off))]}]

    def _signed(self) -> Section:
        signed = {cast(e.MinutesSigned, record.fact).member: record for record in self._signatures}
        rows = [
            [seat.member, self._name(seat.member), self._signature(signed.get(seat.member))]
            for seat in self._state.seats
            if not seat.holder
        ]
        return {
            "title": self._say("signatures.title"),
            "paragraphs": [self._say("signatures.meaning")],
            "table": self._table("signatures", ["member", "name", "signed"], rows, [0, 2, 2]),
            "kept": len(rows) < 20,
        }

    def _signature(self, record: Recorded | None) -> str:
        if record is None:
            return self._say("signatures.missing")
        words = {"on": self._day(record.fact.on), "version": record.version, "actor": record.actor.id}
        own = record.actor.id == f"member:{cast(e.MinutesSigned, record.fact).member}"
        return self._say("signatures.on" if own else "signatures.on_behalf", **words)
