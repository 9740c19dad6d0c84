"""From criteria to competences to blocks to the certificate: exact, with the derivation as data.

Source: the Ucanss page on the CQP of the Sécurité sociale: a competence is validated when at least 80 % of
its criteria are, a block when at least 80 % of its competences are, the certificate when all blocks are.
The thresholds are the scheme's; the arithmetic is the same for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from domain.records import Frozen
from domain.scheme.model import Block, Competence, Scheme
from domain.scheme.values import Ratio

Mark = bool | None
"""Met, not met, or ``None``: not observed, which counts as not met until it is decided otherwise."""


class CompetenceResult(Frozen):
    """``met`` of ``criteria`` were met; validated when that share reaches ``threshold``."""

    id: str
    threshold: Ratio
    validated: bool
    met: int
    criteria: int
    not_observed: int = 0


class BlockResult(Frozen):
    """``validated_competences`` of ``competences``; validated when that share reaches ``threshold``."""

    id: str
    threshold: Ratio
    validated: bool
    validated_competences: int
    competences: int
    detail: tuple[CompetenceResult, ...]


class Judgement(Frozen):
    """What marks compute for the judged blocks. A proposal: juries are free to differ, with a reason."""

    blocks: tuple[BlockResult, ...]

    def validated(self) -> frozenset[str]:
        """The ids of the blocks that the marks validate."""
        return frozenset(block.id for block in self.blocks if block.validated)


def reaches(part: int, whole: int, threshold: Fraction) -> bool:
    """Whether ``part / whole`` is at least ``threshold``, in integers: 4 of 5 is 80 %, 7 of 9 is not."""
    return part * threshold.denominator >= threshold.numerator * whole


def judge_competence(competence: Competence, marks: Mapping[str, Mark]) -> CompetenceResult:
    """Judge one competence. A criterion absent from ``marks`` counts as not observed."""
    found = [marks.get(criterion.id) for criterion in competence.criteria]
    met = sum(mark is True for mark in found)
    return CompetenceResult(
        id=competence.id,
        threshold=competence.threshold,
        validated=reaches(met, len(found), competence.threshold),
        met=met,
        criteria=len(found),
        not_observed=sum(mark is None for mark in found),
    )


def judge_block(block: Block, marks: Mapping[str, Mark]) -> BlockResult:
    """Judge one block from the marks of its criteria."""
    detail = tuple(judge_competence(competence, marks) for competence in block.competences)
    validated = sum(result.validated for result in detail)
    return BlockResult(
        id=block.id,
        threshold=block.threshold,
        validated=reaches(validated, len(detail), block.threshold),
        validated_competences=validated,
        competences=len(detail),
        detail=detail,
    )


def judge(scheme: Scheme, marks: Mapping[str, Mark], blocks: Iterable[str] | None = None) -> Judgement:
    """Judge ``blocks`` (default: every block of ``scheme``), in the scheme's order."""
    wanted = None if blocks is None else set(blocks)
    return Judgement(
        blocks=tuple(judge_block(block, marks) for block in scheme.blocks if wanted is None or block.id in wanted)
    )


def certificate(scheme: Scheme, held: Iterable[str]) -> bool:
    """Whether the blocks ``held`` are all the blocks that the certification asks for."""
    return {block.id for block in scheme.blocks} <= set(held)


def combine(by_juror: Mapping[str, Mapping[str, Mark]]) -> dict[str, Mark]:
    """One mark per criterion from the jurors' own.

    Met when every juror who observed it says met; not met as soon as one who observed it says not met;
    not observed when nobody did. Deliberation on divergence belongs to the jury, not to arithmetic.
    """
    combined: dict[str, Mark] = {}
    for marks in by_juror.values():
        for criterion, mark in marks.items():
            known = combined.get(criterion)
            combined[criterion] = known if mark is None else (mark if known is None else known and mark)
    return combined
