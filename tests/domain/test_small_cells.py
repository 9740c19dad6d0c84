"""Small counts cannot be worked out from what is shown: every other world that looks the same is tried."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.small_cells import LEAST, Line, Part, Shown, alone, breakdown

LEASTS = st.integers(3, 5)


def span(shown: Shown, value: int, least: int, most: int) -> range:
    """What a count that is shown so may be, as far as the words tell."""
    if shown == "shown":
        return range(value, value + 1)
    return range(1, min(least, most + 1)) if shown == "small" else range(least, most + 1)


def worlds(parts: Sequence[Part], lines: Sequence[Line], least: int) -> Iterator[tuple[int, ...]]:
    """Every list of counts with which exactly the same would have been shown."""
    total = sum(part.count for part in parts)
    ranges = [span(line.count, part.count, least, total) for part, line in zip(parts, lines, strict=True)]
    return (counts for counts in itertools.product(*ranges) if sum(counts) == total)


def possible(part: Part, line: Line, passed: int, least: int) -> set[int]:
    """How many may have failed where ``passed`` passed; what is hidden may be as large as twice what it is."""
    assert part.passed is not None
    assert part.of is not None
    rests = span(line.rest, part.of - part.passed, least, 2 * part.of + least)
    return {rest for rest in rests if passed + rest in span(line.of, part.of, least, 4 * part.of + 4 * least)}


def honest(shown: Shown, value: int, least: int) -> bool:
    return shown == "shown" or (0 < value < least if shown == "small" else value >= least)


@settings(max_examples=400)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=4), LEASTS)
def test_no_small_count_of_a_breakdown_can_be_worked_out(counts: list[int], least: int) -> None:
    parts = [Part(count) for count in counts]
    lines = breakdown(parts, least)
    if lines is None:
        return
    assert all(honest(line.count, part.count, least) for part, line in zip(parts, lines, strict=True))
    found = list(worlds(parts, lines, least))
    assert tuple(counts) in found
    for number, count in enumerate(counts):
        if 0 < count < least:
            assert len({world[number] for world in found}) > 1


@st.composite
def rated(draw: st.DrawFn) -> Part:
    passed = draw(st.integers(0, 9))
    return Part(passed, passed, passed + draw(st.integers(0, 9)))


@settings(max_examples=400, deadline=None)
@given(st.lists(rated(), min_size=1, max_size=3), LEASTS)
def test_no_small_count_of_those_who_passed_or_failed_can_be_worked_out(parts: list[Part], least: int) -> None:
    lines = breakdown(parts, least)
    if lines is None:
        return
    seen: list[tuple[set[int], set[int]]] = [(set(), set()) for _ in parts]
    for world in worlds(parts, lines, least):
        fails = [possible(part, line, passed, least) for part, line, passed in zip(parts, lines, world, strict=True)]
        if all(fails):
            for number, (passed, failed) in enumerate(seen):
                passed.add(world[number])
                failed |= fails[number]
    for part, line, (passed, failed) in zip(parts, lines, seen, strict=True):
        assert part.of is not None
        assert part.count in passed
        for shown, value, may_be in (
            (line.count, part.count, passed),
            (line.rest, part.of - part.count, failed),
        ):
            assert honest(shown, value, least)
            if 0 < value < least:
                assert len(may_be) > 1, (part, line)
        assert honest(line.of, part.of, least)


@given(st.lists(st.integers(0, 40), max_size=6), LEASTS)
def test_what_is_large_everywhere_is_shown(counts: list[int], least: int) -> None:
    parts = [Part(count if count == 0 or count >= least else least) for count in counts]
    assert breakdown(parts, least) == [Line("shown")] * len(parts)


@given(st.lists(st.integers(0, 40), max_size=6))
def test_a_threshold_of_one_shows_everything(counts: list[int]) -> None:
    lines = breakdown([Part(count) for count in counts], 1)
    assert lines is not None
    assert all(line.count == "shown" for line in lines)


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([3], None),
        ([7], ["shown"]),
        ([12, 3], ["withheld", "small"]),
        ([12, 9, 3], ["shown", "withheld", "small"]),
        ([12, 3, 4], ["shown", "small", "small"]),
        ([12, 4, 4], ["withheld", "small", "small"]),
        ([12, 1, 1, 0], ["withheld", "small", "small", "shown"]),
        ([4, 4], None),
        ([5, 1], None),
        ([6, 1], ["withheld", "small"]),
        ([2, 2], None),
    ],
)
def test_as_little_is_withheld_as_the_law_allows(counts: list[int], shown: list[str] | None) -> None:
    lines = breakdown([Part(count) for count in counts], LEAST)
    assert (None if lines is None else [line.count for line in lines]) == shown


def test_two_who_failed_cannot_be_counted_from_those_who_came_and_those_who_passed() -> None:
    many = Part(30, 30, 40)
    lines = breakdown([Part(18, 18, 20), many], LEAST)
    assert lines == [Line("withheld", "withheld", "shown", "small"), Line("withheld", "withheld", "withheld")]
    assert alone(4, LEAST) == "small"
    assert alone(5, LEAST) == alone(0, LEAST) == "shown"
