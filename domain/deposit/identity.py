"""Who a passage is about, as the deposit file must tell it, from what was sealed of them: pure rules, field by field.

The file needs the name at birth, a given name, the sex, the year and the place of birth; what else is known makes the
person easier to find. What is missing or odd is a fault that can be asked about; faults hold no value.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from domain.deposit.birth import Born, Communes, Place, born, place
from domain.deposit.countries import folded
from domain.deposit.faults import Fault, fault
from domain.deposit.names import family_name, given_names, tidy, usage_name

FIELDS = (
    *("family_name", "usage_name", "given_name", "given_name_2", "given_name_3", "sex"),
    *("birth_date", "birth_year", "birth_month", "birth_day"),
    *("birth_commune", "birth_commune_name", "birth_postal_code", "birth_country", "birth_country_name"),
)
"""The keys of a sealed identity that the deposit reads; every other is left alone."""

_SEXES = {
    **dict.fromkeys(("m", "h", "homme", "masculin", "male", "monsieur", "mr", "1"), "M"),
    **dict.fromkeys(("f", "femme", "feminin", "female", "madame", "mme", "mademoiselle", "mlle", "2"), "F"),
}


class Titular(NamedTuple):
    """Somebody whom the file can tell. In the clear: never logged, never stored, never sent to Temporal."""

    family_name: str
    usage_name: str | None
    given_names: tuple[str, ...]
    born: Born
    sex: str
    place: Place

    def __repr__(self) -> str:
        return "Titular(…)"


class Examined(NamedTuple):
    """Who it is, unless a fault is in the way, and every fault and doubt."""

    titular: Titular | None
    faults: tuple[Fault, ...]

    @property
    def blocking(self) -> tuple[Fault, ...]:
        """The faults that are in the way."""
        return tuple(fault for fault in self.faults if fault.blocking)


def examine(identity: Mapping[str, object], on: date, communes: Communes | None = None) -> Examined:
    """What the deposit makes of an identity, of somebody certified ``on`` that day. Total: nothing is raised."""
    given = {name: value for name in FIELDS if isinstance(value := identity.get(name), str)}
    for name in FIELDS:
        if isinstance(value := identity.get(name), int):
            given[name] = str(value)
    family, found = family_name(given.get("family_name", ""))
    usage, wrong = usage_name(given.get("usage_name", ""), family)
    found += wrong
    names, wrong = given_names(
        (given.get("given_name", ""), given.get("given_name_2", ""), given.get("given_name_3", ""))
    )
    found += wrong
    sex, wrong = _sex(given.get("sex", ""))
    found += wrong
    day, wrong = born(given, on)
    found += wrong
    where, wrong = place(given, communes or {}, day)
    found += wrong
    if any(item.blocking for item in found) or day is None:
        return Examined(None, tuple(found))
    return Examined(Titular(family, usage, names, day, sex, where), tuple(found))


def _sex(text: str) -> tuple[str, list[Fault]]:
    written = tidy(text)
    if not written:
        return "", [fault("sex", "missing")]
    sex = _SEXES.get(folded(written), "")
    return sex, [] if sex else [fault("sex", "unknown")]
