"""Credentials as files hold them: JSON in UTF-8, one object, no key twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from documents.credentials.jsonld import MOST_TEXT, Unacceptable


def written(document: Mapping[str, Any]) -> bytes:
    """``document`` as a file: UTF-8, keys in their own order, a line feed at the end."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def parsed(data: bytes | str) -> dict[str, Any]:
    """The object in a file.

    Raises:
        Unacceptable: it is too long, no JSON, no object, or says something twice.
    """
    if len(data) > MOST_TEXT:
        raise Unacceptable("too_large", f"The document has more than {MOST_TEXT} bytes.")
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        if isinstance(error, Unacceptable):
            raise
        raise Unacceptable("malformed", "The document is not JSON in UTF-8.") from None
    if not isinstance(found, dict):
        raise Unacceptable("malformed", "The document is not a JSON object.")
    if "\\u" in text or isinstance(data, str):
        _encodable(found)
    return found


def _encodable(document: dict[str, Any]) -> None:
    """Refuses half a character, which JSON can escape and no file can hold."""
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        raise Unacceptable("malformed", "The document has a text that is no Unicode.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unacceptable("malformed", "The document says something twice.")
    return found


def _no_number(text: str) -> Any:
    raise Unacceptable("malformed", f"{text} is not a number of JSON.")
