"""Which counts may be shown, so that nobody is recognised in a small one.

A count from 1 to ``least - 1`` is *small*: it is shown as "fewer than ``least``". Where it could be worked out from a
total and from the counts beside it, one or more of these are *withheld* too; where that does not help, nothing is
broken down. What is promised is a law: to whoever knows everything that is shown, the total, what the words *small* and
*withheld* mean, and how counts add up, each small count still has more than one possible value.

Zero is no small count: it is about nobody. A threshold of 2 would promise nothing ("fewer than 2" is 1); 1 shows all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

LEAST = 5
"""Counts below this are small, unless somebody says otherwise."""

Shown = Literal["shown", "small", "withheld"]


@dataclass(frozen=True, slots=True)
class Part:
    """One line of a breakdown: ``count`` adds up, with those of the other lines, to a total that is shown.

    ``passed`` and ``of``: how many passed of how many who came, where the line tells that too; ``count`` and ``passed``
    are taken for one thing, as they nearly always are.
    """

    count: int
    passed: int | None = None
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """How one part may be shown. ``rest``: how many came and did not pass."""

    count: Shown = "shown"
    passed: Shown = "shown"
    of: Shown = "shown"
    rest: Shown = "shown"


def alone(count: int, least: int) -> Shown:
    """How a count is shown that adds up with no other."""
    return "small" if 0 < count < least else "shown"


def breakdown(parts: Sequence[Part], least: int) -> list[Line] | None:
    """How each of ``parts`` is shown; None where the total is shown and nothing else may be."""
    total = sum(part.count for part in parts)
    if alone(total, least) == "small":
        return None
    lines = [_first(part, least) for part in parts]
    while _guessable(parts, lines, least):
        further = _further(parts, lines, least)
        if further is None:
            return None
        lines[further] = _withheld(parts[further], least)
    return lines


def _hidden(count: int, least: int, otherwise: Shown = "withheld") -> Shown:
    """How a count is shown that is not to be told: zero is told all the same, it is about nobody."""
    return "shown" if count == 0 else "small" if count < least else otherwise


def _first(part: Part, least: int) -> Line:
    """The line with what is small in itself, and with what that would be worked out from within the line."""
    if part.passed is None or part.of is None:
        return Line(alone(part.count, least))
    rest = part.of - part.passed
    small = "small" in (alone(part.count, least), alone(part.passed, least), alone(rest, least))
    if not small:
        return Line("shown")
    count, passed = _hidden(part.count, least), _hidden(part.passed, least)
    line = Line(count, passed, alone(part.of, least), _hidden(rest, least))
    if line.of == "shown" and not (_moves(part, line, 1, least) or _moves(part, line, -1, least)):
        line = replace(line, of="withheld")
    return line


def _withheld(part: Part, least: int) -> Line:
    """A line that is withheld for the sake of another one."""
    if part.passed is None or part.of is None:
        return Line("withheld")
    return Line("withheld", _hidden(part.passed, least), _hidden(part.of, least))


def _further(parts: Sequence[Part], lines: Sequence[Line], least: int) -> int | None:
    """The line to withhold next: the smallest that leaves room on both sides, else the smallest there is."""
    open_lines = [n for n, line in enumerate(lines) if line.count == "shown" and parts[n].count >= least]
    return min(open_lines, key=lambda n: (parts[n].count == least, parts[n].count, n), default=None)


def _guessable(parts: Sequence[Part], lines: Sequence[Line], least: int) -> bool:
    """Whether a small count could be worked out: nothing hidden beside it could take the other part of a difference."""
    movable = {
        step: [n for n, line in enumerate(lines) if line.count != "shown" and _moves(parts[n], line, step, least)]
        for step in (1, -1)
    }
    for n, line in enumerate(lines):
        if line.count == "shown" or not (line.count == "small" or (line.rest == "small" and line.of == "shown")):
            continue
        if not any(n in movable[step] and any(other != n for other in movable[-step]) for step in (1, -1)):
            return True
    return False


def _moves(part: Part, line: Line, step: int, least: int) -> bool:
    """Whether the part could as well be one more, or one fewer, with everything that is shown of it as it is."""
    if not _fits(part.count + step, line.count, least):
        return False
    if part.passed is None or part.of is None:
        return True
    if not _fits(part.passed + step, line.passed, least):
        return False
    if line.of == "shown":
        return line.rest != "shown" and _fits(part.of - part.passed - step, line.rest, least)
    return _fits(part.of + step, line.of, least)


def _fits(value: int, shown: Shown, least: int) -> bool:
    """Whether a hidden ``value`` would be shown in the same way."""
    return 0 < value < least if shown == "small" else value >= least if shown == "withheld" else False
