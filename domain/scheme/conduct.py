"""How a scheme has its sessions and sittings conducted. A scheme without this section leaves it to people."""

from __future__ import annotations

from datetime import time
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Field

from domain.records import Frozen
from domain.scheme.values import Name, Ratio, Unit


class Planning(Frozen):
    """How the days of a session are filled; times are local, lengths in minutes.

    ``preparation``: the jury's, before a candidate's first task. ``deliberation``: the jury's, after the last one.
    ``pause``: between two tasks of a candidate. ``turnover``: between two visits at the same place. ``step``: visits
    start on multiples of it. ``speed``: kilometres an hour as the crow flies, for sites whose distance is not given.
    """

    day_opens: time = time(8, 30)
    day_closes: time = time(17, 30)
    lunch_from: time = time(12, 0)
    lunch_until: time = time(14, 0)
    lunch: int = Field(default=45, ge=0)
    preparation: int = Field(default=10, ge=0)
    deliberation: int = Field(default=15, ge=0)
    pause: int = Field(default=5, ge=0)
    turnover: int = Field(default=5, ge=0)
    step: int = Field(default=5, gt=0)
    speed: int = Field(default=50, gt=0)


class Rung(Frozen):
    """One rung of the ladder climbed while results are late: ``after`` so long past the due day, ``tell`` this one."""

    after: int = Field(ge=0)
    unit: Unit = "calendaires"
    tell: Literal["juror", "president", "administrator", "head"]


class SessionConduct(Frozen):
    """How a session lives. ``exceptions``: rules of the jury that an administrator may set aside, with a reason.

    ``excused_to_next``: whether an excused candidate asks for a seat in the next session by itself.
    ``joint_marks``: whether divergent and unobserved criteria are settled by a joint mark before anything is computed.
    """

    planning: Planning = Planning()
    exceptions: tuple[Name, ...] = ()
    excused_to_next: bool = True
    joint_marks: bool = True
    ladder: tuple[Rung, ...] = ()


class SittingConduct(Frozen):
    """How a sitting deliberates. Basis of the defaults: CRPA, art. R. 133-8 to 13.

    ``members``: how many titulars must be in office for the jury to be convened at all.
    ``quorum``: the share of the members in office that must be present, represented or remote; none is asked on second
    convocation, which is for ``second_after`` days later. ``vote``: over all members, or in each college.
    ``parity``: whether both colleges weigh the same; where fewer of one count than of the other, the voices of the
    larger one weigh less (``unequal: weigh``), or nothing is decided (``refuse``).
    """

    members: int = Field(default=2, ge=1)
    quorum: Ratio = Fraction(1, 2)
    proxies: int = Field(default=1, ge=0)
    second_after: Annotated[int, Field(ge=1)] = 8
    vote: Literal["overall", "by_college"] = "overall"
    casting_vote: bool = True
    presidency: Literal["alternate", "employers", "employees"] = "alternate"
    parity: bool = True
    unequal: Literal["weigh", "refuse"] = "weigh"


CONTESTATION = "contestation"
"""The deadline for contesting a decision."""

_PERIODS: dict[str, dict[str, Any]] = {
    CONTESTATION: {
        "title": "Contestation de la décision",
        "who": "candidate",
        "starts": "notified",
        "ends": ("contested",),
    },
    "contest_admissibility": {
        "title": "Réponse sur la recevabilité de la contestation",
        "who": "administrator",
        "starts": "contested",
        "ends": ("contest_answered",),
    },
    "contest_decision": {
        "title": "Nouvelle décision sur la contestation",
        "who": "administrator",
        "starts": "contest_admitted",
        "ends": ("contest_decided",),
    },
    "withdrawal": {
        "title": "Retrait d’une attribution illégale",
        "who": "administrator",
        "starts": "awarded",
        "ends": ("award_withdrawn",),
    },
}


class Contestation(Frozen):
    """How a decision can be contested: ``within`` so long of its notification; answered within ``answer``.

    ``withdrawal``: months in which an unlawful award may be withdrawn.
    """

    grounds: tuple[Literal["procedure", "merit"], ...] = ("procedure", "merit")
    within: int = Field(default=2, ge=1)
    within_unit: Unit = "mois"
    answer: int = Field(default=2, ge=1)
    answer_unit: Unit = "mois"
    basis: Name
    withdrawal: int = Field(default=4, ge=1)
    withdrawal_basis: Name = "CRPA, art. L. 242-1"

    def periods(self) -> tuple[dict[str, Any], ...]:
        """The deadlines that follow, as fields of :class:`domain.scheme.model.Deadline`."""
        within = {"amount": self.within, "unit": self.within_unit, "basis": self.basis, "passed": "over"}
        answer = {"amount": self.answer, "unit": self.answer_unit, "basis": self.basis, "passed": "record"}
        months = {"amount": self.withdrawal, "unit": "mois", "basis": self.withdrawal_basis, "passed": "over"}
        terms: dict[str, dict[str, Any]] = {
            CONTESTATION: within,
            "contest_admissibility": answer,
            "contest_decision": answer,
            "withdrawal": months,
        }
        return tuple({"id": id, "aggregate": "pathway", **_PERIODS[id], **of} for id, of in terms.items())


class Conduct(Frozen):
    """The conduct of everything that juries do."""

    session: SessionConduct = SessionConduct()
    sitting: SittingConduct = SittingConduct()
    contestation: Contestation | None = None
