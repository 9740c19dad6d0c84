"""What is wrong with a scheme file, as data, and how the checks look at files that may be wrong anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from domain.records import Frozen

Place = tuple[str | int, ...]
"""Keys and positions from the root of the file to a value."""


class Fault(Frozen):
    """One thing wrong. ``path`` reads ``blocks[0].threshold``; ``code`` and ``params`` make the sentence."""

    path: str
    code: str
    params: dict[str, Any] = {}
    place: Place = ()


def fault(place: Place, code: str, **params: Any) -> Fault:
    """A fault at ``place``."""
    return Fault(path=path_of(place), code=code, params=params, place=place)


def path_of(place: Place) -> str:
    """``("blocks", 0, "threshold")`` as ``blocks[0].threshold``."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


# The accessors below skip whatever has the wrong type: the shape is reported elsewhere, and must not hide the rest.


def entries(value: Any, key: str, place: Place = ()) -> Iterator[tuple[Place, dict[str, Any]]]:
    """The mappings in the list ``value[key]``, each with its place."""
    found = value.get(key) if isinstance(value, dict) else None
    if isinstance(found, list):
        for index, item in enumerate(found):
            if isinstance(item, dict):
                yield (*place, key, index), item


def text(value: Any, key: str) -> str | None:
    """``value[key]`` if it is a text that is not empty."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) and found else None


def texts(value: Any, key: str) -> list[str]:
    """The texts in the list ``value[key]``."""
    found = value.get(key) if isinstance(value, dict) else None
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def whole(value: Any, key: str) -> int | None:
    """``value[key]`` if it is a whole number."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def wholes(value: Any, key: str) -> list[int]:
    """The whole numbers in the list ``value[key]``."""
    found = value.get(key) if isinstance(value, dict) else None
    return [item for item in found if type(item) is int] if isinstance(found, list) else []


def day(value: Any, key: str) -> date | None:
    """``value[key]`` if it is a day written 2022-01-27."""
    try:
        return date.fromisoformat(text(value, key) or "")
    except ValueError:
        return None


def doubled(found: Iterator[tuple[Place, str | None]], code: str = "doubled") -> Iterator[Fault]:
    """A fault for each name that an earlier place has already."""
    seen: dict[str, Place] = {}
    for place, name in found:
        if name is None:
            continue
        if name in seen:
            yield fault(place, code, id=name, first=path_of(seen[name]))
        else:
            seen[name] = place
