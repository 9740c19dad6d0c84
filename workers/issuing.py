"""Who issues certificates: the issuer's key, the seal and the address of the settings, or those of the stack."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from eventstore.keys import Keys
from eventstore.reading import Reading
from workers.public_place import HOST, public_port
from workers.seal_key import SEAL_FILE, open_seal
from workers.settings import Settings
from workers.trouble import SettingsError

# Half a second of libraries, which only whoever issues needs.
if TYPE_CHECKING:
    from activities.issuing import Issuing
    from documents.credentials.issuer import Issuer
    from documents.seal import Seal

ISSUER_FILE = "issuer.key"
"""The issuer's private keys in the state directory."""

ISSUER_NAME = "Jalon"


def issues(settings: Settings) -> bool:
    """Whether certificates are made here: a stack has a test key of its own, others name theirs."""
    return settings.database_url is None or settings.seal_p12 is not None or settings.seal_pkcs11 is not None


def base_address(settings: Settings) -> str:
    """Where what is published is served, without a slash at its end.

    Raises:
        SettingsError: the file that remembers the port holds something else.
    """
    return settings.public_url or f"http://{HOST}:{public_port(settings.state)}"


def issuer_file(settings: Settings) -> Path:
    """Where the issuer's private keys are."""
    return (settings.issuer_key or settings.state / ISSUER_FILE).expanduser().absolute()


def find_issuer(settings: Settings) -> Issuer:
    """The issuer; its key is made the first time.

    Raises:
        SettingsError: its file cannot be read, or holds no such key.
    """
    from documents.credentials.issuer import BadKeyFile, Issuer

    file = issuer_file(settings)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return Issuer.load_or_make(file, name=ISSUER_NAME, public_url=settings.public_url)
    except (BadKeyFile, OSError, ValueError) as error:
        raise SettingsError("stack.settings.issuer_key", file=str(file)) from error


def find_seal(settings: Settings) -> Seal:
    """The sealing key; the stack's test key is made the first time.

    Raises:
        SettingsError: two keys are named. SealTrouble: it cannot be used; the name says why.
    """
    default = settings.state / SEAL_FILE
    return open_seal(
        settings.seal_p12, settings.seal_password, settings.seal_pkcs11, settings.seal_pin, default.expanduser()
    )


def make_issuing(settings: Settings, reading: Reading, keys: Keys) -> Issuing | None:
    """What makes the certificates of a worker; None where they are only owed and never made.

    The sealing key is opened when it is needed: one that is missing or has expired keeps nothing else from being done.

    Raises:
        SettingsError: the issuer's key or the address cannot be used.
    """
    if not issues(settings):
        return None
    from activities.issuing import Issuing, IssuingSettings
    from eventstore.keyring import Keyring

    return Issuing(
        reading,
        Keyring(keys),
        IssuingSettings(
            issuer=find_issuer(settings),
            base=base_address(settings),
            seal=lambda: find_seal(settings),
            templates=settings.templates,
        ),
    )
