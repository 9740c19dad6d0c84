"""Shares as people write them."""

from __future__ import annotations

from fractions import Fraction


def share(ratio: Fraction, language: str) -> str:
    """``80 %``; never rounded up, so that what falls short does not look reached: 7/9 is ``77,7 %``."""
    percent, rest = divmod(1000 * ratio.numerator // ratio.denominator, 10)
    if language == "en":
        return f"{percent}.{rest}%" if rest else f"{percent}%"
    space = "\N{NO-BREAK SPACE}"
    return f"{percent},{rest}{space}%" if rest else f"{percent}{space}%"


def threshold(ratio: Fraction, language: str) -> str:
    """A threshold: exact, as a fraction where no percentage with one decimal is."""
    exact = 1000 % ratio.denominator == 0
    return share(ratio, language) if exact else f"{ratio.numerator}/{ratio.denominator}"
