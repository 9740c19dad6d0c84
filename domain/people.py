"""The people and bodies that juries are made of, as the rules see them: what the registers say, without any name.

These are snapshots: whoever asks a session or a sitting to decide brings them along, and the event that decides keeps
what it rested on. Names and addresses stay sealed in the register.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, SerializerFunctionWrapHandler, model_serializer

from domain.records import Frozen
from domain.scheme.model import RouteId

OrganisationKind = Literal["certifier", "delegate", "training_body", "employer", "evaluator", "branch"]
Part = Literal["president", "trade_expert"]
Gender = Literal["F", "M"]
College = Literal["employers", "employees"]
TieKind = Literal["trained", "coached", "manages", "employs", "related"]
Degrees = Annotated[float, Field(ge=-180, le=180), PlainSerializer(str, return_type=str, when_used="json-unless-none")]
"""Text in JSON, which reads back as the same number: the log holds no floats."""


class Span(Frozen):
    """Days from ``since`` to ``until``, both included; None is open."""

    since: date | None = None
    until: date | None = None

    def covers(self, day: date) -> bool:
        """Whether ``day`` lies within."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


class Habilitation(Frozen):
    """What an organisation may do (``preside``, ``evaluate``, ``train``), and when."""

    what: str
    valid: Span


class OrganisationFacts(Frozen):
    """A body. ``branch``: its branch of legislation. ``part_of``: the body it belongs to, which is ``parent`` where the
    register knows it. ``department``: where it is, by the code of INSEE; empty where that is not known."""

    id: str
    name: str
    kinds: tuple[OrganisationKind, ...]
    branch: str = ""
    part_of: str = ""
    habilitations: tuple[Habilitation, ...] = ()
    parent: OrganisationFacts | None = None
    department: str = ""

    @model_serializer(mode="wrap")
    def _as_ever(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Where no department is known the body is told in the words in which it always was: it is in logs.
        written: dict[str, Any] = write(self)
        if not self.department:
            written.pop("department", None)
        return written


class SiteFacts(Frozen):
    """A place: a workplace of ``organisation``, or rooms for juries. ``latitude`` and ``longitude`` in degrees."""

    id: str
    organisation: str
    name: str = ""
    rooms: int = Field(default=1, ge=0)
    accessible: bool = False
    latitude: Degrees | None = None
    longitude: Degrees | None = None


class JurorFacts(Frozen):
    """A juror. ``trained``: when the jury training was followed until when it is valid; None if never.

    ``sites``: those that the juror can reach (empty: all). ``available``: the days on which they can sit (empty: all)
    but ``absent``.
    """

    juror: str
    parts: tuple[Part, ...]
    organisation: OrganisationFacts
    branch: str = ""
    gender: Gender | None = None
    trained: Span | None = None
    sites: tuple[str, ...] = ()
    available: tuple[Span, ...] = ()
    absent: tuple[Span, ...] = ()
    active: bool = True

    def can_sit(self, day: date) -> bool:
        """Whether the juror is available on ``day``."""
        return (
            self.active
            and (not self.available or any(span.covers(day) for span in self.available))
            and not any(span.covers(day) for span in self.absent)
        )


class MemberFacts(Frozen):
    """A member of the paritaire jury. ``replaces``: the titular for whom a substitute stands in (empty: any).

    ``juror``: the juror that the same person is, if any: who was on a professional jury does not decide on it.
    """

    member: str
    college: College
    standing: Literal["titular", "substitute"]
    replaces: str = ""
    organisation: str = ""
    mandate: Span = Span()
    active: bool = True
    juror: str = ""


class TieFacts(Frozen):
    """A tie between ``who`` (a juror or a member) and the candidate ``person``: ``trained``, ``coached`` or ``manages``
    them, ``employs`` them, or is ``related`` to them."""

    who: str
    person: str
    kind: TieKind
    declared_on: date
    declared_by: str


class CandidateFacts(Frozen):
    """A candidate before a jury. ``workplace``: the site of their own post. ``extra_time``: percent more for a task."""

    pathway: str
    person: str
    scheme_hash: str
    route: RouteId
    blocks: tuple[str, ...]
    employer: str = ""
    branch: str = ""
    training_body: str = ""
    workplace: str = ""
    extra_time: int = Field(default=0, ge=0, le=200)
    accessible: bool = False
    unavailable: tuple[date, ...] = ()
