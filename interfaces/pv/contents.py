"""What the PV of the professional jury says, section by section, as ``documents/record.typ`` lays it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from domain.jury import Finding
from domain.marks import BlockResult, Mark
from domain.pathway import events as e
from domain.session.state import Session
from interfaces.days import plain_date
from interfaces.findings import finding_sentence, rule_title
from interfaces.marks_report import last, marks_report
from interfaces.pv.dossier import Dossier, whole
from interfaces.pv.seal import Seal
from interfaces.ratios import share, threshold
from interfaces.reports import told
from interfaces.telling import bare
from interfaces.words import say

Section = dict[str, Any]
_MARKS = {True: "met", False: "unmet", None: "unseen"}


def pv_data(session: Session, dossiers: Sequence[Dossier], about: str, language: str) -> dict[str, Any]:
    """The data of the whole document: of one candidate (``about``), or of a session (``about`` is empty)."""
    document = whole(list(dossiers))
    signed = sum(len(dossier.signatures) for dossier in dossiers)
    seal = Seal("session", session.stream, about, document, signed, language)
    sections = []
    for number, dossier in enumerate(dossiers):
        head, *rest = _Writer(session, dossier, language).sections()
        # In the PV of a session, each candidate begins a page, and the rest stands below.
        sections += [{**head, "apart": number > 0}, *(rest if about else [{**section, "level": 2} for section in rest])]
    first = dossiers[0]
    if about:
        words = {"pathway": bare(about), "version": first.opinion.version}
        reference = say("pv.reference", language, session=bare(session.stream), **words)
    else:
        reference = say("pv.reference_session", language, session=bare(session.stream), count=len(dossiers))
    return {
        "issued_on": max(dossier.opinion.fact.on for dossier in dossiers).isoformat(),
        "certifier": session.scheme.certifier,
        "subtitle": session.scheme.title,
        "reference": [reference, say("pv.document", language, document=document)],
        "keywords": [seal.keyword],
        "sections": sections,
    }


class _Writer:
    """Writes one candidate's part."""

    def __init__(self, session: Session, dossier: Dossier, language: str) -> None:
        self._session = session
        self._dossier = dossier
        self._language = language
        self._report = marks_report(dossier.state, dossier.seat, dossier.texts, None)

    def sections(self) -> list[Section]:
        """All sections, the first of which says who the candidate is."""
        return [
            self._head(),
            self._jury(),
            self._composition(),
            *self._marks(),
            self._joint(),
            *self._proposal(),
            self._opinion(),
            self._signatures(),
        ]

    def _say(self, name: str, **words: Any) -> str:
        return say(f"pv.{name}", self._language, **words)

    def _day(self, day: Any) -> str:
        return plain_date(day, self._language)

    def _name(self, juror: str) -> str:
        return self._dossier.names.get(juror, self._say("none"))

    def _head(self) -> Section:
        state, session = self._dossier.state, self._session
        scheme = state.scheme
        window = {
            "session": bare(session.stream),
            "opens": self._day(session.opens),
            "closes": self._day(session.closes),
        }
        facts = {
            "scheme": self._say("fact.scheme_version", title=scheme.title, version=scheme.version),
            "pathway": bare(state.stream),
            "route": state.route.title,
            "employer": state.employer or self._say("none"),
            "session": self._say("fact.session_window", **window),
            "held": " ; ".join(self._visits()) or session.place or self._say("none"),
            "blocks": ", ".join(self._block(id) for id in self._dossier.seat.blocks),
            "opinion": self._day(self._dossier.opinion.fact.on),
        }
        paragraphs = [self._say("proposal_used")]
        if "grid" in scheme.illustrative:
            paragraphs.append(self._say("illustrative"))
        return {
            "title": self._dossier.name or self._say("erased"),
            "facts": [[self._say(f"fact.{name}"), text] for name, text in facts.items()],
            "paragraphs": paragraphs,
        }

    def _visits(self) -> list[str]:
        places = self._session.places()
        return [
            self._say(
                "fact.held_visit",
                day=self._day(visit.tasks[0].starts.date()),
                starts=f"{visit.tasks[0].starts:%H:%M}",
                ends=f"{visit.tasks[-1].ends:%H:%M}",
                place=places.get(visit.site, visit.site) or self._say("fact.remote"),
            )
            for visit in self._dossier.seat.visits
        ]

    def _block(self, id: str) -> str:
        return say("events.block", self._language, title=self._dossier.state.scheme.block_by_id[id].title, id=id)

    # --- who -------------------------------------------------------------------------------------------------------

    def _jury(self) -> Section:
        seen = self._dossier.composition
        columns = ["juror", "name", "part", "organisation"] + (["present"] if seen.present is not None else [])
        rows = []
        for juror in self._dossier.jurors:
            part = seen.parts.get(juror)
            row = [
                juror,
                self._name(juror),
                say(f"session.part.{part}", self._language) if part else self._say("none"),
                seen.organisations.get(juror, self._say("none")),
            ]
            rows.append(row + ([self._yes(juror in seen.present)] if seen.present is not None else []))
        return {"title": self._say("jury.title"), "table": self._table("jury", columns, rows, [0, 2, 1, 2, 0])}

    def _table(self, prefix: str, columns: Sequence[str], rows: Any, widths: Sequence[int]) -> Section:
        head = [self._say(f"{prefix}.{column}") for column in columns]
        return {"head": head, "rows": rows, "widths": list(widths[: len(columns)])}

    def _yes(self, value: bool) -> str:
        return self._say("yes" if value else "no")

    def _composition(self) -> Section:
        seen = self._dossier.composition
        title = self._say("composition.title")
        if seen.at is None:
            return {"title": title, "paragraphs": [self._say("composition.none")]}
        rows = [
            [
                rule_title(finding.rule, self._language),
                self._kept(finding),
                finding_sentence(finding, self._language),
                finding.basis,
            ]
            for finding in seen.findings
        ]
        return {
            "title": title,
            "paragraphs": [self._say(f"composition.{seen.at}", on=self._day(seen.on))],
            "table": self._table("composition", ["rule", "holds", "facts", "basis"], rows, [6, 3, 8, 6]),
        }

    def _kept(self, finding: Finding) -> str:
        if finding.holds:
            return self._yes(True)
        if finding.rule in self._dossier.composition.excepted:
            return self._say("composition.excepted")
        return self._yes(False) if finding.bar else self._say("composition.target")

    # --- marks -----------------------------------------------------------------------------------------------------

    def _mark(self, mark: Mark) -> str:
        return self._say(f"marks.{_MARKS[mark]}")

    def _marks(self) -> list[Section]:
        return [self._block_marks(block) for block in self._dossier.seat.blocks]

    def _block_marks(self, block: str) -> Section:
        criteria = [row for row in self._report["criteria"] if row["block"] == block]
        jurors = list(self._report["given"])
        rows = [
            [
                f"{row['criterion']} {row['title']}",
                *(self._mark(row["marks"][juror]) for juror in jurors),
                self._mark(row["mark"]),
            ]
            for row in criteria
        ]
        notes = [
            [self._say("marks.note", criterion=row["criterion"], juror=juror), text or self._say("erased")]
            for row in criteria
            for juror, text in row["notes"].items()
        ]
        head = [self._say("marks.criterion"), *jurors, self._say("marks.settled")]
        table = {"head": head, "rows": rows, "widths": [5, *(3 if len(juror) > 14 else 2 for juror in jurors), 2]}
        return {"title": self._say("marks.title", block=self._block(block)), "table": table, "quotes": notes}

    def _joint(self) -> Section:
        title, joint = self._say("joint.title"), self._report["joint_by"]
        rows = [
            [
                f"{row['criterion']} {row['title']}",
                self._say(f"joint.{row['state']}"),
                self._say("joint.decided") if row["decided"] else self._mark(row["mark"]),
                (row["said"] or self._say("erased")) if row["decided"] else row["said"] or self._say("none"),
            ]
            for row in self._report["criteria"]
            if row["state"] != "agreed" or row["joint"] is not None
        ]
        if joint is None or not rows:
            return {"title": title, "paragraphs": [self._say("joint.none")]}
        return {
            "title": title,
            "paragraphs": [self._say("joint.paragraph", juror=joint)],
            "table": self._table("joint", ["criterion", "why", "settled", "said"], rows, [4, 2, 2, 4]),
        }

    # --- what follows from them ------------------------------------------------------------------------------------

    def _proposal(self) -> list[Section]:
        proposal: e.ProposalComputed = last(self._dossier.state, e.ProposalComputed)
        rows = [row for result in proposal.judgement.blocks for row in self._derivation(result)]
        table = self._table("proposal", ["competence", "met", "threshold", "result"], rows, [4, 2, 1, 2])
        return [{"title": self._say("proposal.title"), "table": table}]

    def _derivation(self, result: BlockResult) -> list[list[str]]:
        block = self._dossier.state.scheme.block_by_id[result.id]
        rows = [
            [
                f"{competence.id} {competence.title}",
                self._of(one.met, one.criteria),
                threshold(one.threshold, self._language),
                self._say("proposal.validated" if one.validated else "proposal.not_validated"),
            ]
            for competence, one in zip(block.competences, result.detail, strict=True)
        ]
        total = [
            self._say("proposal.block", block=block.id, title=block.title),
            self._of(result.validated_competences, result.competences),
            threshold(result.threshold, self._language),
            self._result(result.validated),
        ]
        return [*rows, total]

    def _result(self, validated: bool) -> str:
        return self._say("proposal.block_validated" if validated else "proposal.block_not_validated")

    def _of(self, part: int, all: int) -> str:
        return self._say("proposal.of", part=part, whole=all, share=share(Fraction(part, all), self._language))

    def _opinion(self) -> Section:
        advice, texts = self._dossier.advice, self._dossier.texts
        computed = self._computed()
        rows = [
            [self._block(id), self._result(computed[id]), self._verdict(advised), self._yes(id in advice.differs)]
            for id, advised in advice.blocks.items()
        ]
        quotes = []
        if advice.reasons is not None:
            quotes.append([self._say("opinion.reasons"), told(advice.reasons, texts) or self._say("erased")])
        for id, sealed in advice.recommendations.items():
            quotes.append([self._say("opinion.recommendation", block=id), told(sealed, texts) or self._say("erased")])
        table = self._table("opinion", ["block", "computed", "advised", "differs"], rows, [3, 1, 1, 0])
        return {"title": self._say("opinion.title"), "table": table, "quotes": quotes}

    def _computed(self) -> Mapping[str, bool]:
        proposal: e.ProposalComputed = last(self._dossier.state, e.ProposalComputed)
        return {result.id: result.validated for result in proposal.judgement.blocks}

    def _verdict(self, value: bool) -> str:
        return self._say("opinion.favourable" if value else "opinion.unfavourable")

    def _signatures(self) -> Section:
        signed = {record.fact.signatory: record for record in self._dossier.signatures}  # type: ignore[attr-defined]
        rows = [[juror, self._name(juror), self._signature(signed.get(juror))] for juror in self._dossier.jurors]
        return {
            "title": self._say("signatures.title"),
            "paragraphs": [self._say("signatures.meaning")],
            "table": self._table("signatures", ["juror", "name", "signed"], rows, [0, 2, 3]),
            "kept": True,
        }

    def _signature(self, record: Any) -> str:
        if record is None:
            return self._say("signatures.missing")
        words = {"on": self._day(record.fact.on), "version": record.version}
        if record.actor.id == f"juror:{record.fact.signatory}":
            return self._say("signatures.on", **words)
        return self._say("signatures.on_behalf", **words, actor=record.actor.id)
