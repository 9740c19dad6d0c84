"""What each kind of fact tells, for :func:`interfaces.sentences.event_sentence`.

Only the fields named here are ever printed: a field that is added to a fact stays silent until it is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from domain import mails as m
from domain.awards import events as w
from domain.deposit import events as d
from domain.marks import Judgement
from domain.meetings import DeadlineEndangered, MeetingNear
from domain.pathway import events as p
from domain.pathway.commands import HeldBlock, Module
from domain.pathway.contest import events as x
from domain.pathway.depositing import events as g
from domain.people import Span
from domain.records import Fact, Sealed
from domain.register import events as r
from domain.scheme.model import Scheme
from domain.session import events as s
from domain.settling import EffectSettled
from domain.sitting import events as t
from interfaces.days import plain_date
from interfaces.findings import rule_title
from interfaces.words import catalogue, say

_PLAIN = (
    "attempt",
    "basis",
    "body",
    "certifier",
    "code",
    "corrects",
    "decision",
    "dossiers",
    "edition",
    "flux",
    "module",
    "number",
    "organisation",
    "place",
    "signatory",
    "treatment",
    "withdrawn",
    "year",
)
_DAYS = (
    "awarded_on",
    "closes",
    "ends",
    "held_on",
    "last_day",
    "opens",
    "registration_closes",
    "starts",
    "withdrawn_on",
)
_STREAMS = ("pathway", "session", "sitting")
_LISTS = ("missing", "needs", "pieces", "strengths")

_CORRECTABLE = ("employer", "branch", "initiative", "identity", "contact")


class Teller:
    """Facts of one scheme version, told in one language."""

    def __init__(self, scheme: Scheme, language: str) -> None:
        self.scheme = scheme
        self.language = language
        self._formats: dict[str, Callable[[Any], str]] = {
            **dict.fromkeys(_PLAIN, str),
            **dict.fromkeys(_DAYS, self.day),
            **dict.fromkeys(_STREAMS, bare),
            **dict.fromkeys(_LISTS, self.listed),
            "block": self.block,
            "blocks": self.blocks,
            "capacity": self.seats,
            "codes": self.listed,
            "deadline": self.deadline,
            "changed": self.blocks,
            "differs": self.blocks,
            "ground": lambda value: self.name("events.ground", value),
            "initiative": lambda value: self.name("tasks.initiative", value),
            "judgement": self.judgement,
            "jurors": lambda value: self.listed((str(getattr(item, "juror", item)) for item in value), "jurors"),
            "juror": lambda value: str(getattr(value, "juror", value)),
            "members": lambda value: self.listed(str(getattr(item, "member", item)) for item in value),
            "present": self.listed,
            "rules": lambda value: self.listed(self.rule(item) for item in value),
            "modules": self.modules,
            "numbers": self.listed,
            "part": lambda value: self.name("events.part", value),
            "reason": self.reason,
            "route": lambda value: self.name("tasks.route", value),
            "step": self.step,
            "tie": lambda value: self.name("events.tie", value),
            "who": lambda value: self.name("tasks.role", value),
        }

    def what(self, fact: Fact) -> str:
        """The heart of the sentence: what happened."""
        find = _VARIANTS.get(type(fact))
        variant = find(fact) if find else ""
        name = f"events.fact.{fact.kind}_{variant}" if variant else f"events.fact.{fact.kind}"
        more = _MORE.get(type(fact))
        return say(name, self.language, **{**self._fields(fact), **(more(self, fact) if more else {})})

    def _fields(self, fact: Fact) -> dict[str, str]:
        values = ((name, getattr(fact, name)) for name in type(fact).model_fields if name in self._formats)
        return {
            name: self._formats[name](value)
            for name, value in values
            if value is not None and not isinstance(value, Sealed)
        }

    def name(self, table: str, value: str) -> str:
        """What the catalogue calls ``value``, or ``value`` itself."""
        return catalogue(self.language).get(f"{table}.{value}", value)

    def day(self, value: date) -> str:
        """A day, in words."""
        return plain_date(value, self.language)

    def listed(self, items: Iterable[str], empty: str = "any") -> str:
        """Items between commas, or the word for none."""
        return ", ".join(items) or say(f"tasks.empty.{empty}", self.language)

    def block(self, block: str | HeldBlock) -> str:
        """A block by its title."""
        known = self.scheme.block_by_held_as if isinstance(block, HeldBlock) else self.scheme.block_by_id
        id = block.held_as if isinstance(block, HeldBlock) else block
        found = known.get(id)
        return say("events.block", self.language, title=found.title, id=found.id) if found else id

    def blocks(self, blocks: Mapping[str, bool] | Iterable[str]) -> str:
        """Blocks between commas; where each has an answer, those validated and those not."""
        if isinstance(blocks, Mapping):
            return self.verdict(blocks)
        return ", ".join(map(self.block, blocks)) or say("events.no_block", self.language)

    def verdict(self, blocks: Mapping[str, bool]) -> str:
        """The blocks validated, then those not."""
        parts = []
        for name, answer in (("validated", True), ("not_validated", False)):
            if found := [self.block(id) for id, value in blocks.items() if value is answer]:
                parts.append(say(f"events.{name}", self.language, blocks=", ".join(found)))
        between = " ; " if self.language == "fr" else "; "
        return between.join(parts) or self.blocks(())

    def judgement(self, judgement: Judgement) -> str:
        """What marks compute."""
        return self.verdict({block.id: block.validated for block in judgement.blocks})

    def modules(self, modules: Iterable[Module]) -> str:
        """Modules by their titles."""
        return ", ".join(say("events.title", self.language, title=module.title) for module in modules)

    def seats(self, capacity: Mapping[str, int]) -> str:
        """Seats per block."""
        return ", ".join(say("events.seats", self.language, block=id, seats=seats) for id, seats in capacity.items())

    def deadline(self, id: str) -> str:
        """A deadline by its title."""
        title = next((deadline.title for deadline in self.scheme.every_deadline if deadline.id == id), id)
        return say("events.title", self.language, title=title)

    def step(self, id: str) -> str:
        """A step by its title."""
        steps = (step for route in self.scheme.routes for step in route.steps)
        return next((step.title for step in steps if step.id == id), id)

    def reason(self, reason: str) -> str:
        """A reason: the sentence of a known code, or what was written."""
        code, _, blocks = reason.partition(":")
        if f"events.reason.{code}" not in catalogue(self.language):
            return say("events.title", self.language, title=reason)
        return say(f"events.reason.{code}", self.language, blocks=blocks.replace(",", ", "))

    def rule(self, rule: str) -> str:
        """A rule on who may sit, by its title."""
        return say("events.title", self.language, title=rule_title(rule, self.language))

    def days(self, span: Span) -> str:
        """From which day to which."""
        ends = {name: self.day(day) for name in ("since", "until") if (day := getattr(span, name)) is not None}
        name = "both" if len(ends) == 2 else next(iter(ends), "always")
        return say(f"events.days.{name}", self.language, **ends)

    def effect(self, fact: EffectSettled) -> str:
        """What was carried out, for whom, and whether it was refused."""
        text = self.name("events.effect", fact.about)
        if fact.means == "notice":
            text = say("events.to_role", self.language, effect=text, to=self.name("tasks.role", fact.audience))
        elif fact.means == "deliver":
            text = say("events.to_stream", self.language, effect=text, to=bare(fact.audience))
        # What is shared is addressed to a person, whom no sentence names.
        return say("events.refused", self.language, effect=text, code=fact.refused) if fact.refused else text


def bare(stream: str) -> str:
    """A stream's id without its kind."""
    return stream.partition(":")[2] or stream


def short(stream: str) -> str:
    """The id as lists print it: without its kind, and the first eight characters of a long one."""
    kind, _, rest = stream.partition(":")
    return rest[:8] if kind == "pathway" and len(rest) == 36 else rest


def _admissibility(fact: p.AdmissibilityDecided) -> str:
    return ("silence_" if fact.silence else "") + ("admissible" if fact.admissible else "refused")


def _decided(fact: t.DossierDecided) -> str:
    return "listed" if fact.listed else "differs" if fact.differs else ""


def _voted(fact: t.VotesCounted) -> str:
    return "" if fact.tally.adopted and not fact.tally.casting else "casting" if fact.tally.adopted else "rejected"


def _if(word: str, holds: Callable[[Any], Any]) -> Callable[[Any], str]:
    return lambda fact: word if holds(fact) else ""


_VARIANTS: dict[type[Fact], Callable[[Any], str]] = {
    p.CandidacyRegistered: _if("again", lambda fact: fact.attempt > 1),
    p.BlockRecognised: lambda fact: "through" if fact.through else "pathway" if fact.block.pathway else "",
    x.BlockNoLongerHeld: lambda fact: "lapsed" if fact.until else "through" if fact.through else "",
    p.PositioningRecorded: lambda fact: "" if fact.outcome == "done" else str(fact.outcome),
    p.TrainingCompleted: _if("exempted", lambda fact: fact.exempted),
    p.AdmissibilityFiled: _if("incomplete", lambda fact: not fact.complete),
    p.PiecesProvided: _if("incomplete", lambda fact: not fact.complete),
    p.AdmissibilityDecided: _admissibility,
    p.Convened: _if("remote", lambda fact: not fact.place),
    p.AbsenceRecorded: _if("excused", lambda fact: fact.excused),
    p.SheetGiven: _if("corrected", lambda fact: fact.corrects),
    p.OpinionGiven: _if("differs", lambda fact: fact.differs),
    p.DecisionRecorded: _if("differs", lambda fact: fact.differs),
    p.PathwayClosed: lambda fact: str(fact.outcome),
    p.PiecesOverdue: _if("lapses", lambda fact: fact.lapses),
    g.DepositNoted: _if("rejected", lambda fact: fact.status == "rejected"),
    g.IdentityAsked: _if("employer", lambda fact: fact.of == "employer"),
    d.IdentityRequested: _if("employer", lambda fact: fact.of == "employer"),
    x.ContestAnswered: lambda fact: "late" if fact.late else "admissible" if fact.admissible else "refused",
    x.ContestDecided: _if("changed", lambda fact: fact.changed),
    x.AwardWithdrawn: _if("certification", lambda fact: not fact.block),
    m.MailResolved: lambda fact: str(fact.by),
    s.SessionOpened: _if("remote", lambda fact: fact.modality == "remote"),
    s.PlaceGiven: _if("promoted", lambda fact: fact.promoted),
    s.SessionCancelled: _if("sealed", lambda fact: isinstance(fact.reason, Sealed)),
    w.AwardNumbered: _if("block", lambda fact: fact.block),
    w.CertificateReissued: lambda fact: str(fact.why),
    w.DisclosureSet: lambda fact: str(fact.shown),
    DeadlineEndangered: _if("none", lambda fact: fact.held_on is None),
    t.DossierDecided: _decided,
    t.VotesCounted: _voted,
}
"""Which of its sentences a fact takes, where it has several."""


def _scheme_title(teller: Teller, fact: Fact) -> dict[str, str]:
    return {"scheme": teller.scheme.title}


def _counts(teller: Teller, fact: p.MarksRecorded | p.MarksCorrected) -> dict[str, str]:
    found = Counter(fact.marks.values())
    return {"met": str(found[True]), "unmet": str(found[False]), "unseen": str(found[None])}


def _joint(teller: Teller, fact: p.JointMarksRecorded) -> dict[str, str]:
    return {name: str(len(getattr(fact, name))) for name in ("diverging", "unobserved", "decided")}


def _corrected(teller: Teller, fact: p.CandidacyCorrected) -> dict[str, str]:
    changed = [name for name in _CORRECTABLE if getattr(fact, name) is not None]
    return {"fields": ", ".join(teller.name("events.field", name) for name in changed)}


def _lost(teller: Teller, fact: x.BlockNoLongerHeld) -> dict[str, str]:
    last = teller.day(fact.until) if fact.until else ""
    return {"block": teller.block(teller.scheme.block_by_held_as[fact.held_as].id), "last": last, **_through(fact)}


def _recognised(teller: Teller, fact: p.BlockRecognised) -> dict[str, str]:
    if fact.through is None:
        return {}
    return {"block": teller.block(teller.scheme.block_by_held_as[fact.through.counts_as].id), **_through(fact)}


def _through(fact: p.BlockRecognised | x.BlockNoLongerHeld) -> dict[str, str]:
    return {"held_as": fact.through.held, "basis": fact.through.basis} if fact.through else {}


def _attendance(teller: Teller, fact: s.SessionHeld) -> dict[str, str]:
    excused = Counter(fact.absent.values())
    return {"here": str(len(fact.present)), "excused": str(excused[True]), "missing": str(excused[False])}


def _checked(teller: Teller, fact: s.JuryChecked) -> dict[str, str]:
    rules = sorted({finding.rule for found in fact.faults.values() for finding in found})
    aside = sorted({rule for found in fact.excepted.values() for rule in found})
    return {
        "when": say(f"events.checked.{fact.at}", teller.language),
        "lawful": str(len(fact.lawful)),
        "faulty": str(len(fact.faults)),
        "rules": teller.listed(map(teller.rule, rules)),
        "excepted": teller.listed(map(teller.rule, aside)),
    }


def _planned(teller: Teller, fact: s.PlanPublished) -> dict[str, str]:
    counts = {name: str(len(getattr(fact, name))) for name in ("visits", "moved", "unseated")}
    return {"number": str(fact.number), **counts}


def _late(teller: Teller, fact: s.ResultsLate) -> dict[str, str]:
    return {"told": say(f"events.told_to.{fact.tell}", teller.language), "number": str(len(fact.missing))}


def _hours(teller: Teller, fact: p.VisitsSet) -> dict[str, str]:
    return {
        "hours": ", ".join(f"{teller.day(visit.starts.date())} {visit.tasks[0].starts:%H:%M}" for visit in fact.visits)
    }


def _entered(code: str) -> Callable[[Teller, Any], dict[str, str]]:
    def more(teller: Teller, fact: Any) -> dict[str, str]:
        how = say(f"events.entry.{'again' if fact.supersedes else 'new'}", teller.language)
        return {"entry": str(getattr(fact.facts, code)), "how": how}

    return more


def _left(teller: Teller, fact: r.EntryLeft) -> dict[str, str]:
    return {"entity": teller.name("tasks.entity", fact.entity), "entry": fact.code}


def _tied(teller: Teller, fact: r.TieDeclared | r.TieLifted) -> dict[str, str]:
    return {"entry": fact.who}


def _mailed(teller: Teller, fact: Any) -> dict[str, str]:
    told = {"effect": teller.name("events.effect", fact.template), "to": teller.name("tasks.role", fact.audience)}
    return {"told": say("events.to_role", teller.language, **told), "attempt": str(fact.attempt), "code": fact.code}


def _attending(teller: Teller, fact: t.AttendanceRecorded) -> dict[str, str]:
    return {
        "voices": str(fact.quorum.counted),
        "members": str(fact.quorum.members),
        "present": teller.listed(fact.present),
        "remote": teller.listed(fact.remote),
        "proxies": str(len(fact.proxies)),
        "president": fact.president or teller.listed(()),
    }


def _asked(teller: Teller, fact: g.IdentityAsked | d.IdentityRequested) -> dict[str, str]:
    return {"fields": ", ".join(teller.name("deposit.field", field) for field in sorted(fact.faults))}


def _counted(*lists: str) -> Callable[[Teller, Any], dict[str, str]]:
    return lambda teller, fact: {name: str(len(getattr(fact, name))) for name in lists}


def _together(teller: Teller, fact: d.FluxWritten | d.FluxAbandoned) -> dict[str, str]:
    return {"count": str(len(fact.numbers))}


_MORE: dict[type[Fact], Callable[[Teller, Any], dict[str, str]]] = {
    p.CandidacyRegistered: _scheme_title,
    p.MarksRecorded: _counts,
    p.MarksCorrected: _counts,
    p.JointMarksRecorded: _joint,
    p.CandidacyCorrected: _corrected,
    p.BlockRecognised: _recognised,
    x.BlockNoLongerHeld: _lost,
    p.BlockAwarded: lambda teller, fact: {"award": teller.scheme.awards.block.title},
    p.CertificationAwarded: lambda teller, fact: {"award": teller.scheme.awards.certification.title},
    EffectSettled: lambda teller, fact: {"told": teller.effect(fact)},
    **dict.fromkeys((m.MailSent, m.MailDeferred, m.MailBounced, m.MailUncertain), _mailed),
    s.SessionOpened: _scheme_title,
    s.CandidatesConvened: lambda teller, fact: {"number": str(len(fact.pathways))},
    s.SessionHeld: _attendance,
    s.JurorDescribed: lambda teller, fact: {"who": fact.juror.juror},
    s.JurorWithdrew: lambda teller, fact: {"number": str(len(fact.visits))},
    s.CandidateDescribed: lambda teller, fact: {"candidate": bare(fact.candidate.pathway)},
    s.JuryChecked: _checked,
    s.PlanPublished: _planned,
    s.ResultsLate: _late,
    p.VisitsSet: _hours,
    **dict.fromkeys((g.IdentityAsked, d.IdentityRequested), _asked),
    **dict.fromkeys((d.FluxWritten, d.FluxAbandoned), _together),
    d.ReceiptRead: _counted("accepted", "rejected"),
    **dict.fromkeys((DeadlineEndangered, MeetingNear), lambda teller, fact: {"meeting": bare(fact.meeting)}),
    t.SittingOpened: _scheme_title,
    t.SecondConvocation: lambda teller, fact: {"first": bare(fact.first), "number": str(len(fact.dossiers))},
    t.MembersConvened: lambda teller, fact: {
        "number": str(len(fact.members)),
        "presides": teller.name("tasks.college", fact.presides),
    },
    t.MembersLacking: lambda teller, fact: {"titulars": str(fact.titulars), "needed": str(fact.needed)},
    t.AttendanceRecorded: _attending,
    t.QuorumFailed: lambda teller, fact: {"second": bare(fact.second), "second_on": teller.day(fact.second_on)},
    t.MemberRecused: lambda teller, fact: {"member": fact.member},
    t.DossierCalledOut: lambda teller, fact: {"member": fact.member},
    t.VotesCounted: lambda teller, fact: {
        name: str(value) for name, value in fact.tally.summary().model_dump().items() if name != "casting"
    },
    t.ListDecided: lambda teller, fact: {"number": str(len(fact.dossiers))},
    t.MinutesSigned: lambda teller, fact: {"member": fact.member},
    w.BookOpened: _scheme_title,
    w.AwardNumbered: lambda teller, fact: {"title": fact.title},
    r.OrganisationEntered: _entered("id"),
    r.SiteEntered: _entered("id"),
    r.JurorEntered: _entered("juror"),
    r.MemberEntered: _entered("member"),
    r.OfficeEntered: _entered("role"),
    r.EntryLeft: _left,
    r.AbsenceDeclared: lambda teller, fact: {"days": teller.days(fact.absence)},
    r.AbsenceLifted: lambda teller, fact: {"days": teller.days(fact.absence)},
    r.TrainingNoted: lambda teller, fact: {"days": teller.days(fact.trained)},
    r.TieDeclared: _tied,
    r.TieLifted: _tied,
}
"""What a sentence needs beyond the fact's own fields."""
