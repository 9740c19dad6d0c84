"""Values that the parts of a scheme share."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

_RATIO = re.compile(r"[0-9]{1,4}/0*[1-9][0-9]{0,3}")


def _ratio(value: Any) -> Fraction:
    if not isinstance(value, (str, Fraction)):
        raise ValueError("write a ratio as text, such as 4/5")
    return _threshold(value)


@lru_cache(maxsize=1024)
def _threshold(value: str | Fraction) -> Fraction:
    """The checked ratio. The same few are read again in every judgement of every log."""
    if isinstance(value, str) and not _RATIO.fullmatch(value):
        raise ValueError(f"not a ratio such as 4/5: {value!r}")
    ratio = Fraction(value)
    if not 0 < ratio <= 1:
        raise ValueError(f"a threshold lies between 0 (excluded) and 1: {value}")
    return ratio


Ratio = Annotated[
    Fraction,
    PlainValidator(_ratio),
    PlainSerializer(lambda ratio: f"{ratio.numerator}/{ratio.denominator}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d+/\d+$"}),
]
"""An exact threshold, written ``4/5``."""

Name = Annotated[str, Field(min_length=1)]
Unit = Literal["calendaires", "ouvrables", "ouvres", "francs", "mois", "ans"]
