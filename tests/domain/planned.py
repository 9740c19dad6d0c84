"""A small session with a legal plan, made by hand, to be damaged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from domain.people import CandidateFacts, JurorFacts, OrganisationFacts, SiteFacts, Span
from domain.plan import PlannedTask, PlanProblem, Visit
from domain.scheme.conduct import Planning
from domain.scheme.model import Scheme, Task
from tests.conducted import conducted

OPENS, CLOSES = date(2027, 2, 1), date(2027, 2, 12)
TRAINED = Span(since=date(2026, 1, 5), until=date(2028, 1, 4))
UCANSS = OrganisationFacts(id="ucanss", name="Ucanss", kinds=("certifier",))
CPAM = OrganisationFacts(id="cpam-rhone", name="CPAM du Rhône", kinds=("employer",), branch="maladie")
INSTITUTE = OrganisationFacts(id="institut", name="Institut", kinds=("training_body",))


def juror(id: str, part: str, body: OrganisationFacts, **facts: Any) -> JurorFacts:
    """A juror whom nothing speaks against."""
    known = {"branch": body.branch or "maladie", "gender": "F", "trained": TRAINED, **facts}
    return JurorFacts.model_validate({"juror": id, "parts": (part,), "organisation": body, **known})


JURORS = (
    juror("anne", "president", UCANSS),
    juror("marc", "trade_expert", CPAM, gender="M"),
    juror("lea", "president", UCANSS),
    juror("paul", "trade_expert", CPAM, gender="M"),
    juror("old", "trade_expert", CPAM, gender="M", trained=Span(since=date(2023, 1, 1), until=date(2027, 2, 1))),
)
SITES = (
    SiteFacts(id="lyon", organisation="cpam-ain", rooms=2, latitude=45.76, longitude=4.83),
    SiteFacts(id="bourg", organisation="cpam-ain", accessible=True, latitude=46.2, longitude=5.22),
    SiteFacts(id="nowhere", organisation="cpam-ain"),
)


def candidate(name: str, *blocks: str, **facts: Any) -> CandidateFacts:
    """A candidate of the CPAM de l'Ain."""
    known = {
        "route": "training", "employer": "cpam-ain", "branch": "maladie", "training_body": "institut",
        "workplace": "bourg", "scheme_hash": conducted("cqp-cos").hash,
    }  # fmt: skip
    return CandidateFacts.model_validate(
        {"pathway": f"pathway:{name}", "person": f"person-{name}", "blocks": blocks, **known, **facts}
    )


CANDIDATES = (
    candidate("gaia", "GRU", "POS"),
    candidate("hugo", "MDR", workplace="lyon"),
    candidate("ines", "GRU", "MDR", "TD", route="vae"),
    candidate("jean", "TD", extra_time=33, accessible=True),
)
PROBLEM = PlanProblem(
    session="session:1",
    scheme_hash=conducted("cqp-cos").hash,
    opens=OPENS,
    closes=CLOSES,
    modality="in_person",
    site="lyon",
    capacity={"GRU": 3, "MDR": 3, "POS": 3, "TD": 3},
    candidates=CANDIDATES,
    jurors=JURORS,
    sites=SITES,
)


def asked(scheme: Scheme, who: CandidateFacts, blocks: Sequence[str] = ()) -> list[tuple[str, Task]]:
    """What ``who`` is asked, block by block, the first of alternatives, what is shared at the end."""
    rows: list[tuple[str, Task]] = []
    for block in blocks or who.blocks:
        found = [task for task in scheme.block_by_id[block].tasks[who.route] if task.minutes and not task.instead_of]
        rows += [(block, task) for task in found]
    names = [task.id for _, task in rows]
    return [row for row in rows if names.count(row[1].id) == 1] + [row for row in rows if names.count(row[1].id) > 1]


def visit(
    who: CandidateFacts,
    site: str,
    starts: datetime,
    jurors: Sequence[str] = ("anne", "marc"),
    *,
    blocks: Sequence[str] = (),
    scheme: Scheme | None = None,
) -> Visit:
    """A visit as the scheme has it, from ``starts``."""
    scheme = scheme or conducted("cqp-cos")
    planning = scheme.conduct.session.planning if scheme.conduct else Planning()
    begins, planned, last = starts + timedelta(minutes=planning.preparation), [], ""
    ends = begins
    for block, task in asked(scheme, who, blocks):
        if task.id != last:
            begins = ends + timedelta(minutes=planning.pause if last else 0)
            ends = begins + timedelta(minutes=-(-(task.minutes or 0) * (100 + who.extra_time) // 100))
        planned.append(PlannedTask(block=block, task=task.id, starts=begins, ends=ends))
        last = task.id
    modality = "in_person" if site else "remote"
    until = ends + timedelta(minutes=planning.deliberation)
    facts = {"site": site, "modality": modality, "jurors": tuple(jurors), "starts": starts, "ends": until}
    return Visit.model_validate({"pathway": who.pathway, "tasks": tuple(planned), **facts})


def at(moment: str) -> datetime:
    """``02 08:30`` in February 2027."""
    return datetime.fromisoformat(f"2027-02-{moment}")


def moved(one: Visit, minutes: int) -> Visit:
    """The same visit, later."""
    by = timedelta(minutes=minutes)
    tasks = tuple(t.model_copy(update={"starts": t.starts + by, "ends": t.ends + by}) for t in one.tasks)
    return one.model_copy(update={"starts": one.starts + by, "ends": one.ends + by, "tasks": tasks})


def legal() -> list[Visit]:
    """A plan of the problem above that breaks no rule."""
    gaia, hugo, ines, jean = CANDIDATES
    return [
        visit(gaia, "bourg", at("02 08:30")),
        visit(hugo, "lyon", at("02 09:00"), ("lea", "paul")),
        visit(ines, "lyon", at("02 14:00"), ("lea", "paul")),
        visit(jean, "bourg", at("02 14:00")),
    ]
