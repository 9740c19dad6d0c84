"""The figures that may be shown, from the counts of the register: tables whose small cells nobody can work out.

Every table is by certification and year, and nothing is added up beyond a year: so no two tables tell one count by
different ways. Within a certification and year the awards add up to their total in each breakdown, and these alone.
Withdrawn awards are told apart and count nowhere else. Whoever was erased still counts: the facts stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from domain.regions import region_of
from domain.small_cells import LEAST, Line, Part, Shown, alone, breakdown

WITHHELD = "withheld"
"""What stands for a count that may not be told."""

DIMENSIONS = ("route", "session", "region", "branch")
"""What awards are broken down by, beside their blocks."""

STEPS = (
    *("admissibility", "training", "convocation", "opinion", "decision", "notification", "certificate", "deposit"),
    *("contest", "whole"),
)
"""The steps of which the days are told, in the order of a pathway."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "totals": ("scheme", "year", "certifications", "blocks", "certifications_withdrawn", "blocks_withdrawn"),
    **{name: ("scheme", "year", name, "certifications", "blocks") for name in DIMENSIONS},
    "blocks": ("scheme", "year", "block", "awarded", "presented", "validated", "not_validated", "rate"),
    "delays": ("scheme", "year", "step", "median", "p90"),
    "promotions": ("scheme", "year", "candidacies", "presented", "certified", "certified_vae"),
}
"""Table -> its columns. ``rate`` is a percentage with one decimal, ``median`` and ``p90`` are days."""

Row = dict[str, Any]
Tables = dict[str, list[Row]]


class Count(NamedTuple):
    """One row of counts as the log gives them: what ``a`` to ``d`` are depends on the section.

    ``awards``: certifications and blocks in force, then those withdrawn. ``rates``: presented, validated. ``delays``:
    how many, median, ninetieth percentile. ``candidacies``, ``presented``: how many.
    """

    section: str
    scheme: str
    year: int
    dimension: str
    value: str
    a: int
    b: int
    c: int
    d: int


def tables(counts: Iterable[tuple[str, str, int, str, str, int, int, int, int]], least: int = LEAST) -> Tables:
    """The tables of :data:`COLUMNS`. A cell is a count, the text ``<5`` (with ``least`` for 5), or ``withheld``."""
    promotions: dict[tuple[str, int], list[Count]] = {}
    for row in counts:
        count = Count(*row)
        promotions.setdefault((count.scheme, count.year), []).append(count)
    found: Tables = {name: [] for name in COLUMNS}
    for (scheme, year), rows in sorted(promotions.items()):
        for name, lines in _Promotion(rows, least).tables().items():
            found[name] += [{"scheme": scheme, "year": year, **line} for line in lines]
    return found


class _Promotion:
    """The counts of one certification and year."""

    def __init__(self, rows: Sequence[Count], least: int) -> None:
        self._rows = rows
        self._least = least
        self._total = next((row for row in self._of("awards", "all")), Count("", "", 0, "", "", 0, 0, 0, 0))

    def tables(self) -> Tables:
        return {
            "totals": self._totals(),
            **{name: self._broken_down(name) for name in DIMENSIONS},
            "blocks": self._blocks(),
            "delays": self._delays(),
            "promotions": self._promotions(),
        }

    def _of(self, section: str, dimension: str = "") -> list[Count]:
        return [row for row in self._rows if (row.section, row.dimension) == (section, dimension)]

    def _cell(self, count: int, shown: Shown) -> int | str:
        return count if shown == "shown" else f"<{self._least}" if shown == "small" else WITHHELD

    def _alone(self, count: int) -> int | str:
        return self._cell(count, alone(count, self._least))

    def _totals(self) -> list[Row]:
        total = self._total
        if not any(total[5:]):
            return []
        names = COLUMNS["totals"][2:]
        return [{name: self._alone(count) for name, count in zip(names, total[5:], strict=True)}]

    def _values(self, name: str) -> dict[str, tuple[int, int]]:
        """Value -> certifications and blocks in force; departments by their regions."""
        found: dict[str, tuple[int, int]] = {}
        for row in self._of("awards", "department" if name == "region" else name):
            value = (region_of(row.value) or "") if name == "region" else row.value
            before = found.get(value, (0, 0))
            found[value] = (before[0] + row.a, before[1] + row.b)
        return {value: both for value, both in sorted(found.items()) if any(both)}

    def _lines(self, values: Mapping[str, tuple[int, int]], kind: int) -> dict[str, Line] | None:
        lines = breakdown([Part(both[kind]) for both in values.values()], self._least)
        return None if lines is None else dict(zip(values, lines, strict=True))

    def _broken_down(self, name: str) -> list[Row]:
        values = self._values(name)
        columns = [self._lines(values, kind) for kind in (0, 1)]
        rows = []
        for value, both in values.items():
            if not any(lines is not None and both[kind] for kind, lines in enumerate(columns)):
                # That there is such a line would tell what is not told.
                continue
            cells = [
                self._cell(both[kind], lines[value].count) if lines is not None else WITHHELD
                for kind, lines in enumerate(columns)
            ]
            rows.append({name: value, "certifications": cells[0], "blocks": cells[1]})
        return rows

    def _blocks(self) -> list[Row]:
        awarded = {row.value: row.b for row in self._of("awards", "block") if row.value}
        rates = {row.value: (row.a, row.b) for row in self._of("rates", "block")}
        names = sorted({*(name for name, count in awarded.items() if count), *rates})
        parts = [self._part(awarded.get(name, 0), *rates.get(name, (0, 0))) for name in names]
        lines = breakdown(parts, self._least)
        if lines is None:
            return []
        return [self._rated(name, part, line) for name, part, line in zip(names, parts, lines, strict=True)]

    def _part(self, awarded: int, presented: int, validated: int) -> Part:
        return Part(awarded, validated, presented)

    def _rated(self, name: str, part: Part, line: Line) -> Row:
        assert part.of is not None
        assert part.passed is not None
        told = part.of and line.of == line.passed == "shown"
        return {
            "block": name,
            "awarded": self._cell(part.count, line.count),
            "presented": self._cell(part.of, line.of),
            "validated": self._cell(part.passed, line.passed),
            "not_validated": self._cell(part.of - part.passed, line.rest),
            "rate": f"{percent(part.passed, part.of)}" if told else WITHHELD if part.of else "",
        }

    def _delays(self) -> list[Row]:
        rows = []
        for row in sorted(self._of("delays", "step"), key=lambda row: STEPS.index(row.value)):
            # How many they are is not told: it would be the count of something that another table withholds.
            told = alone(row.a, self._least) == "shown"
            rows.append({"step": row.value, "median": row.b if told else WITHHELD, "p90": row.c if told else WITHHELD})
        return rows

    def _promotions(self) -> list[Row]:
        candidacies, presented = (sum(row.a for row in self._of(name)) for name in ("candidacies", "presented"))
        certified = self._total.a
        if not (candidacies or presented or any(self._total[5:])):
            # A year in which nothing but days were counted: deposits of the year before.
            return []
        shown = alone(presented, self._least)
        if shown == "shown" and alone(certified, self._least) == "shown" and 0 < presented - certified < self._least:
            # Those who came and were not certified would be told by the difference.
            shown = "withheld"
        by_route = self._values("route")
        lines = self._lines(by_route, 0)
        vae = by_route.get("vae", (0, 0))[0]
        line = Line("shown") if lines is None and not certified else lines.get("vae", Line()) if lines else None
        return [
            {
                "candidacies": self._alone(candidacies),
                "presented": self._cell(presented, shown),
                "certified": self._alone(certified),
                "certified_vae": self._cell(vae, line.count) if line is not None else WITHHELD,
            }
        ]


def percent(part: int, whole: int) -> str:
    """A share in percent with one decimal, rounded half up."""
    tenths = (part * 2000 + whole) // (whole * 2)
    return f"{tenths // 10}.{tenths % 10}"
