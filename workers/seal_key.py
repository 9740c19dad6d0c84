"""The certifier's seal that the settings name, or the test key of a stack that has none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workers.trouble import SettingsError, Trouble

# Half a second of libraries, which only whoever seals needs.
if TYPE_CHECKING:
    from documents.seal import Seal, SealError

SEAL_FILE = "seal.p12"
"""The test key in the state directory."""


class SealTrouble(Trouble):
    """Documents cannot be sealed with the key at hand. ``name`` is the code of the seal's own refusal."""


def told(error: SealError) -> SealTrouble:
    """A refusal of the seal as something that the doors can show."""
    return SealTrouble(error.code, **error.params)


def open_seal(p12: Path | None, password: str | None, pkcs11: str | None, pin: str | None, default: Path) -> Seal:
    """The seal of the PKCS#12 file ``p12`` or of the token key ``pkcs11`` (URI of RFC 7512).

    Without either, that of the file ``default``, which is made with a test key (under ``password``) if it is not there.

    Raises:
        SettingsError: both are named.
        SealTrouble: the key cannot be used; the name says why.
    """
    from documents.seal import Seal, SealError, make_test_key

    if p12 is not None and pkcs11 is not None:
        raise SettingsError("seal.two_keys")
    try:
        if pkcs11 is not None:
            return Seal.from_pkcs11(pkcs11, pin)
        if p12 is not None:
            return Seal.from_pkcs12(p12.expanduser(), password)
        if not default.exists():
            make_test_key(default, password)
        return Seal.from_pkcs12(default, password)
    except SealError as error:
        raise told(error) from error
