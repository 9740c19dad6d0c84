"""What is computed, advised and decided: three answers per block, never merged, and what a difference asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from domain.records import Sealed
from domain.refusal import refuse

ALWAYS_RECOMMEND = "Ucanss, CQP COS et GC : préconisations systématiques en cas de validation partielle"
SOVEREIGN = "Ucanss, CQP COS et GC : le jury paritaire national délibère au vu du dossier et de l'avis"


def require_blocks(blocks: Mapping[str, bool], expected: Collection[str]) -> None:
    """Refuse an answer that does not cover exactly the ``expected`` blocks."""
    wrong = sorted(set(blocks) - set(expected))
    if wrong:
        raise refuse("block.unknown", blocks=wrong, known=sorted(expected))
    missing = sorted(set(expected) - blocks.keys())
    if missing:
        raise refuse("block.missing", blocks=missing)


def differing(blocks: Mapping[str, bool], *others: Mapping[str, bool]) -> tuple[str, ...]:
    """The blocks on which ``blocks`` differs from any of ``others``."""
    return tuple(
        sorted(id for id, value in blocks.items() if any(id in other and other[id] != value for other in others))
    )


def require_reasons(differs: Collection[str], reasons: Sealed | None) -> None:
    """Refuse a difference without a written reason."""
    if differs and reasons is None:
        raise refuse("decision.reason_needed", basis=SOVEREIGN, blocks=sorted(differs))


def require_recommendations(blocks: Mapping[str, bool], recommendations: Collection[str]) -> None:
    """Refuse a block not validated without a recommendation for it."""
    silent = sorted(id for id, value in blocks.items() if not value and id not in recommendations)
    if silent:
        raise refuse("decision.recommendation_needed", basis=ALWAYS_RECOMMEND, blocks=silent)
