"""What becomes of each candidate of the demonstration: drawn once from the seed, before anything is played."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from domain.marks import judge_block
from domain.scheme.model import Block, Scheme
from interfaces.candidates import CandidateRow, person_key

STORIES: tuple[str, ...] = (
    "silent",  # nobody decides on the VAE file: silence means acceptance
    "sovereign",  # the sitting validates what the jury advised against, and says why
    "withdraws",  # the candidate leaves with a seat in hand: the waiting list moves up
    "excused",  # absent for a good reason: another session
    "partial",
    "late",  # the opinion is late: a deadline is missed and recorded
    "incomplete",  # pieces are missing from the VAE file: the clock stops
    "absent",  # absent without excuse: the office decides
    "abandons",  # never heard of again: the pathway expires
    "suspends",
    "fails",
)
PERIOD = 30
"""Each story is told once for every so many candidates."""

USUAL = (("passes", 74), ("partial", 17), ("fails", 9))


@dataclass(slots=True)
class Fate:
    """One candidate's story. ``attempt`` counts juries: whoever comes back passes. ``patient``: waits for the other
    pathway of the same person, whose blocks will count here. ``marks``: those on which the jurors end up agreeing.
    """

    story: str
    random: Random
    attempt: int = 1
    patient: bool = False
    absent_once: bool = False
    marks: dict[str, bool | None] = field(default_factory=dict)

    @property
    def failing(self) -> bool:
        """Whether something fails at the jury this time."""
        return self.attempt == 1 and self.story in ("partial", "fails", "sovereign")


def draw(rows: Sequence[CandidateRow], schemes: Mapping[str, Scheme], seed: int) -> list[Fate]:
    """A fate for each row: the same for the same rows and seed."""
    random = Random(seed)
    fates = [Fate(_usual(random), Random(f"{seed}/{index}")) for index in range(len(rows))]
    order = list(range(len(rows)))
    random.shuffle(order)
    waiting = _patient(rows, schemes)
    for index in waiting:
        fates[index].patient = True
        fates[index].story = "passes"
    twins = _of_same_person(rows, waiting)
    free = [index for index in order if index not in waiting and index not in twins]
    for _ in range(max(1, len(rows) // PERIOD)):
        for story in STORIES:
            chosen = next((index for index in free if _can(story)(rows[index], schemes)), None)
            if chosen is not None:
                fates[chosen].story = story
                free.remove(chosen)
    for index in twins:
        fates[index].story = "passes"
    return fates


def _usual(random: Random) -> str:
    return random.choices([story for story, _ in USUAL], [weight for _, weight in USUAL])[0]


def _patient(rows: Sequence[CandidateRow], schemes: Mapping[str, Scheme]) -> set[int]:
    """Of a person's two candidacies that share blocks, the one for the smaller certification waits."""
    by_person: dict[bytes | str, list[int]] = {}
    for index, row in enumerate(rows):
        by_person.setdefault(person_key(row.family_name, row.given_name, row.birth_date), []).append(index)
    return {
        min(indexes, key=lambda index: len(schemes[rows[index].scheme_id].blocks))
        for indexes in by_person.values()
        if len(indexes) > 1
    }


def _of_same_person(rows: Sequence[CandidateRow], waiting: set[int]) -> set[int]:
    persons = {person_key(rows[i].family_name, rows[i].given_name, rows[i].birth_date) for i in waiting}
    return {
        index
        for index, row in enumerate(rows)
        if index not in waiting and person_key(row.family_name, row.given_name, row.birth_date) in persons
    }


def _can(story: str) -> Callable[[CandidateRow, Mapping[str, Scheme]], bool]:
    def steps(row: CandidateRow, schemes: Mapping[str, Scheme]) -> set[str]:
        route = schemes[row.scheme_id].route(row.route)
        return {step.kind for step in route.steps} if route else set()

    if story in ("silent", "incomplete"):
        return lambda row, schemes: "admissibility" in steps(row, schemes)
    if story in ("partial", "sovereign", "late", "excused", "absent", "withdraws"):
        return lambda row, schemes: "preliminary" not in steps(row, schemes)
    if story == "abandons":
        return lambda row, schemes: any(
            deadline.passed == "expire" and deadline.starts == "candidacy"
            for deadline in schemes[row.scheme_id].deadlines
        )
    return lambda row, schemes: True


def marks_for(blocks: Sequence[Block], failing: Sequence[str], random: Random) -> dict[str, bool | None]:
    """Marks that validate every block but the ``failing`` ones, with the slips that thresholds allow."""
    marks: dict[str, bool | None] = {}
    for block in blocks:
        for competence in block.competences:
            criteria = [criterion.id for criterion in competence.criteria]
            slips = len(criteria) - -(
                -len(criteria) * competence.threshold.numerator // competence.threshold.denominator
            )
            missed = set(random.sample(criteria, random.randint(0, slips)))
            if block.id in failing and random.random() < 0.8:
                missed = set(random.sample(criteria, slips + 1))
            marks.update({id: id not in missed for id in criteria})
        if block.id in failing and judge_block(block, marks).validated:
            marks.update({id: False for id in block.criteria})
    return marks


def seen_otherwise(marks: dict[str, bool | None], random: Random) -> dict[str, bool | None]:
    """The marks of another juror, who now and then sees one criterion otherwise."""
    chosen = random.choice(sorted(marks)) if random.random() < 0.3 else ""
    return {id: not mark if id == chosen else mark for id, mark in marks.items()}


def failing_blocks(fate: Fate, blocks: Sequence[Block]) -> list[str]:
    """The blocks that this candidate does not validate at this jury."""
    if not fate.failing or not blocks:
        return []
    if fate.story == "fails":
        return [block.id for block in blocks]
    return [fate.random.choice(blocks).id]
