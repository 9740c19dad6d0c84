"""A large session planned: seconds until the plan is within 5 % of its bound, and how many of those it could seat."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from threading import Event

from bench.rig import line, say, show
from domain.scheme.model import Scheme
from examples.session_sample import make_session
from planner.search import Progress, plan
from schemes.files import bundled

CANDIDATES, JURORS, SITES, DAYS = 300, 40, 10, 14
SECONDS, GAP = 60.0, 0.05


def conducted() -> Scheme:
    """The scheme of the measure; one without a conduct has it by default here."""
    scheme = bundled()["cqp-cos"]
    if scheme.conduct is not None:
        return scheme
    plain = scheme.model_dump(mode="json", exclude_defaults=True)
    return Scheme.model_validate({**plain, "version": f"{scheme.version}-bench", "conduct": {}})


def figures() -> Iterator[dict[str, object]]:
    """Seconds to a gap of 5 %, of the 60 that there are, and candidates seated against the upper bound."""
    stop, reached = Event(), list[Progress]()

    def progress(step: Progress) -> None:
        say(f"plan_300: {step.seconds:.1f} s, gap {100 * step.gap:.1f} %")
        if step.gap <= GAP:
            reached.append(step)
            stop.set()

    scheme = conducted()
    problem = make_session(scheme, date(2027, 6, 1), candidates=CANDIDATES, jurors=JURORS, sites=SITES, days=DAYS)
    made = plan(scheme, problem, seconds=SECONDS, stop=stop, progress=progress)
    seconds = reached[0].seconds if reached else float("inf")
    size = f"{CANDIDATES} candidates, {JURORS} jurors, {SITES} sites, {DAYS} days; seed 7"
    note = f"{size}; gap {100 * made.gap:.1f} %, jurors' days {made.objective['jury_days']}; bound: {SECONDS:.0f} s"
    yield line("plan_300", "s to <= 5 % gap", seconds, None, seconds / SECONDS, note)
    seated = len({visit.pathway for visit in made.visits})
    note = f"{size}; reference: the upper bound; every visit checked by check_plan"
    yield line("plan_300_seated", "candidates", seated, made.bound, seated / made.bound, note)


if __name__ == "__main__":
    for result in figures():
        show(result)
