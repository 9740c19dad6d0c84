"""A register in memory: jurors whom the rules of the bundled schemes accept, and the answers that inquiries get."""

from __future__ import annotations

from datetime import date
from typing import Any

from domain.people import Gender, JurorFacts, OrganisationFacts, OrganisationKind, Part, Span

TRAINED = Span(since=date(2026, 1, 5), until=date(2028, 12, 31))


def juror(
    id: str,
    part: Part = "trade_expert",
    *,
    body: str = "CAF du Nord",
    kind: OrganisationKind = "employer",
    branch: str = "maladie",
    gender: Gender = "F",
    **changes: Any,
) -> JurorFacts:
    """A trained juror of the body called ``body``."""
    organisation = OrganisationFacts(id=body, name=body, kinds=(kind,), branch=branch)
    facts = {"juror": id, "parts": (part,), "branch": branch, "gender": gender, "trained": TRAINED, **changes}
    return JurorFacts(organisation=organisation, **facts)


def president(id: str, **changes: Any) -> JurorFacts:
    """A trained president from the certifier."""
    return juror(id, "president", **{"body": "Ucanss", "kind": "certifier", "gender": "M", **changes})


def jurors() -> dict[str, JurorFacts]:
    """The jury that every session of a test is given."""
    return {"j1": president("j1"), "j2": juror("j2")}
