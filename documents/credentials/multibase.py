"""Bytes as the text that keys and signatures are published in: multibase (base58btc) and multikey."""

from __future__ import annotations

_LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {letter: value for value, letter in enumerate(_LETTERS)}
_ED25519 = b"\xed\x01"
_LONGEST = 256
# Ten letters at once: a long number is divided a few times only, and the rest is short ones.
_STEP = 10
_BIG = 58**_STEP


def base58(data: bytes) -> str:
    """``data`` as multibase text: ``z`` and base58btc."""
    number = int.from_bytes(data, "big")
    letters: list[str] = []
    while number:
        number, rest = divmod(number, _BIG)
        for _ in range(_STEP):
            rest, value = divmod(rest, 58)
            letters.append(_LETTERS[value])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "z" + "1" * zeros + "".join(reversed(letters)).lstrip("1")


def from_base58(text: str) -> bytes:
    """The bytes behind multibase text that begins with ``z``.

    Raises:
        ValueError: it is not that, or is longer than any key or signature.
    """
    if not text.startswith("z") or len(text) > _LONGEST:
        raise ValueError("not base58btc, or too long")
    number = 0
    for letter in text[1:]:
        if letter not in _VALUES:
            raise ValueError("not base58btc")
        number = number * 58 + _VALUES[letter]
    body = text[1:]
    zeros = len(body) - len(body.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def multikey(public: bytes) -> str:
    """An Ed25519 public key (32 bytes) as ``z6Mk…``."""
    return base58(_ED25519 + public)


def from_multikey(text: str) -> bytes:
    """The 32 bytes of an Ed25519 public key.

    Raises:
        ValueError: another kind of key, or none.
    """
    data = from_base58(text)
    if len(data) != 34 or not data.startswith(_ED25519):
        raise ValueError("not an Ed25519 key")
    return data[2:]
