"""Everything that is wrong with a scheme file, at once, each with its path and its reason."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from pydantic import ValidationError

from domain.refusal import Refused
from domain.scheme.dated import dates
from domain.scheme.fault import Fault, Place, fault
from domain.scheme.model import Calendar, Scheme
from domain.scheme.rules import rules

__all__ = ["Fault", "check", "misshapen"]

_EXACT = 2**53
_WANTED = {
    "string_type": "text",
    "int_type": "number",
    "bool_type": "boolean",
    "tuple_type": "list",
    "dict_type": "mapping",
    "model_type": "mapping",
    "model_attributes_type": "mapping",
}
_BLANK = Calendar(zone="?", timezone="?", first_year=1, last_year=1, holidays=())
_WHOLE_YEARS = (1900, 2200)


def check(raw: Any, freeze: Callable[[str], Calendar]) -> Scheme | list[Fault]:
    """The scheme that ``raw`` (a file's content as dicts, lists and scalars) describes, or all that is wrong with it.

    ``freeze`` gives the calendar of a zone and raises ``Refused`` for a zone it does not know: in the file,
    ``calendar`` is only ``{zone: metropole}``.
    """
    faults: list[Fault] = []
    plain = _plain(raw, (), faults)
    if not isinstance(plain, dict):
        return [*faults, fault((), "wrong_type", wanted="mapping")]
    calendar = _calendar(plain, freeze, faults)
    years = (calendar.first_year, calendar.last_year) if calendar else _WHOLE_YEARS
    scheme: Scheme | None = None
    try:
        blank = {**plain, "calendar": _BLANK.model_dump(mode="json")}
        scheme = Scheme.model_validate_json(json.dumps(blank), strict=True)
    except ValidationError as error:
        faults += misshapen(error)
    faults += rules(plain, years)
    faults += dates(plain, years)
    if faults or scheme is None or calendar is None:
        return faults
    return scheme.model_copy(update={"calendar": calendar})


def _calendar(plain: dict[str, Any], freeze: Callable[[str], Calendar], faults: list[Fault]) -> Calendar | None:
    found = plain.get("calendar")
    if "calendar" not in plain:
        faults.append(fault(("calendar",), "missing_key", key="calendar"))
    elif not isinstance(found, dict):
        faults.append(fault(("calendar",), "wrong_type", wanted="mapping"))
    else:
        faults += [fault(("calendar", key), "unknown_key", key=key) for key in found if key != "zone"]
        zone = found.get("zone")
        if "zone" not in found:
            faults.append(fault(("calendar", "zone"), "missing_key", key="zone"))
        elif not isinstance(zone, str):
            faults.append(fault(("calendar", "zone"), "wrong_type", wanted="text"))
        else:
            try:
                return freeze(zone)
            except Refused as refused:
                faults.append(fault(("calendar", "zone"), "unknown_zone", **refused.refusal.params))
    return None


def _plain(value: Any, place: Place, faults: list[Fault]) -> Any:
    """``value`` as JSON has it, noting what a canonical form cannot hold."""
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str) or not key.isascii():
                faults.append(fault((*place, str(key)), "key_not_ascii", key=str(key)))
        return {str(key): _plain(item, (*place, str(key)), faults) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, (*place, index), faults) for index, item in enumerate(value)]
    if isinstance(value, str):
        return _written(value, place, faults)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int) and not -_EXACT < value < _EXACT:
        faults.append(fault(place, "number_too_large"))
        return 0
    if isinstance(value, float):
        if "params" in place:
            faults.append(fault(place, "float"))
        return value
    if value is not None and not isinstance(value, (int, bool)):
        faults.append(fault(place, "wrong_type", wanted="text"))
        return None
    return value


def _written(value: str, place: Place, faults: list[Fault]) -> str:
    if any(0xD800 <= ord(letter) <= 0xDFFF or letter in "\0\r\n\t" for letter in value):
        faults.append(fault(place, "character"))
        return "".join(letter for letter in value if not 0xD800 <= ord(letter) <= 0xDFFF)
    if value and not value.strip():
        faults.append(fault(place, "blank"))
    return value


def misshapen(error: ValidationError) -> Iterator[Fault]:
    """Pydantic's errors in plain words, each place once."""
    seen: set[tuple[Place, str]] = set()
    for item in error.errors(include_url=False):
        place = _place(item["loc"])
        found = _translated(place, item["type"], item.get("ctx", {}), item["input"])
        if (place, found.code) not in seen and place[:1] != ("calendar",):
            seen.add((place, found.code))
            yield found


def _place(loc: tuple[int | str, ...]) -> Place:
    """Where it is in the file: what pydantic adds for unions and for keys of a mapping is left out."""
    if "next" in loc:
        return loc[: loc.index("next") + 1]
    return tuple(part for part in loc if part != "[key]")


def _translated(place: Place, type: str, ctx: dict[str, Any], value: Any) -> Fault:
    key = str(place[-1]) if place else ""
    if key == "next":
        return fault(place, "missing_key", key=key) if type == "missing" else fault(place, "next_shape")
    if type == "missing":
        # A list of fixed length: what is missing is not a key but a number.
        short = isinstance(place[-1], int)
        return fault(place[:-1], "wrong_length") if short else fault(place, "missing_key", key=key)
    if type == "extra_forbidden":
        return fault(place, "unknown_key", key=key)
    if type == "value_error":
        return _threshold(place, value)
    if type == "literal_error":
        return fault(place, "not_one_of", known=str(ctx["expected"]).replace("'", "").replace(" or ", ", "))
    if type in _WANTED:
        return fault(place, "wrong_type", wanted=_WANTED[type])
    if type.startswith("date"):
        return fault(place, "not_a_date", value=_short(value))
    if type in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        bound = next(iter(ctx.values()))
        return fault(place, f"out_of_range_{type}", bound=bound, value=_short(value))
    if type in ("too_long", "too_short") or type.startswith("tuple"):
        return fault(place, "wrong_length")
    if type == "string_too_short":
        return fault(place, "empty")
    if type == "string_pattern_mismatch":
        return fault(place, "pattern", value=_short(value))
    return fault(place, "wrong_type", wanted="other")


def _threshold(place: Place, value: Any) -> Fault:
    if isinstance(value, str) and re.fullmatch(r"\d{1,4}/0*[1-9]\d{0,3}", value):
        return fault(place, "threshold_range", value=value)
    return fault(place, "threshold_text", value=_short(value))


def _short(value: Any) -> str:
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= 40 else shown[:39] + "…"
