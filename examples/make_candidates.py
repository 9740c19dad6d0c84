"""Writes a candidate file of invented people: ``python examples/make_candidates.py [N] [SEED] > file.csv``.

``examples/candidats.csv`` is what it writes for 60 candidates and seed 7.
"""

from __future__ import annotations

import sys

from examples.sample import as_csv, make_candidates


def main(arguments: list[str]) -> None:
    """Write the file on standard output."""
    number, seed = (*map(int, arguments), *(60, 7)[len(arguments) :])
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(as_csv(make_candidates(number, seed)))


if __name__ == "__main__":
    main(sys.argv[1:3])
