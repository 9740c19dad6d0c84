"""Who signs credentials: a decentralised identifier and its Ed25519 keys, of which the last one signs."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from documents.credentials.multibase import from_multikey, multikey
from documents.credentials.vocabulary import DID, MULTIKEY

_END = "-----END PRIVATE KEY-----"
_MOST_KEYS = 100


class BadKeyFile(ValueError):
    """A file of keys that cannot be used; the message says which file and why."""


class Issuer:
    """An issuer and its keys.

    ``public_url``: where it serves its DID document; without one it is known by its key alone (``did:key``).
    ``name`` and ``url`` are what credentials call it. Neither its text form nor its ``repr`` shows a private key.
    """

    def __init__(self, keys: Sequence[Ed25519PrivateKey], *, name: str, public_url: str | None = None) -> None:
        if not keys:
            raise ValueError("an issuer needs a key")
        self._signing = keys[-1]
        self.name = name
        self.url = (public_url or "").rstrip("/")
        self.public = tuple(key.public_key().public_bytes_raw() for key in keys)
        """Every key that ever signed, 32 bytes each; the last one signs now."""
        self.id = did_web(self.url) if self.url else did_key(self.public[-1])
        self.method = method_id(self.id, self.public[-1])
        """The address of the key that signs now: what a proof calls its verification method."""

    def __repr__(self) -> str:
        return f"Issuer({self.id})"

    @classmethod
    def load_or_make(cls, path: Path, *, name: str, public_url: str | None = None) -> Issuer:
        """The issuer whose keys stand in ``path``, PEM blocks one after the other; made with one key if it is absent.

        Raises:
            BadKeyFile: the file holds no Ed25519 private key, or something else.
        """
        if not path.exists():
            _write_new(path, Ed25519PrivateKey.generate())
        return cls(read_keys(path), name=name, public_url=public_url)

    def sign(self, data: bytes) -> bytes:
        """The Ed25519 signature (64 bytes) of ``data`` with the key that signs now."""
        return self._signing.sign(data)

    def keys(self) -> dict[str, bytes]:
        """Each verification method and its public key, those of earlier keys too."""
        if self.id.startswith("did:key:"):
            return {method_id(did_key(public), public): public for public in self.public}
        return {method_id(self.id, public): public for public in self.public}

    def document(self) -> dict[str, Any]:
        """The DID document: every key, for assertions. For ``did:web`` it is served at ``/.well-known/did.json``.

        A ``did:key`` has one key, the one that it is made of.
        """
        own = {method: public for method, public in self.keys().items() if method.startswith(self.id + "#")}
        methods = [
            {"id": method, "type": "Multikey", "controller": self.id, "publicKeyMultibase": multikey(public)}
            for method, public in own.items()
        ]
        return {
            "@context": [DID, MULTIKEY],
            "id": self.id,
            "verificationMethod": methods,
            "assertionMethod": [*own],
        }


def did_key(public: bytes) -> str:
    """The ``did:key`` of an Ed25519 public key."""
    return f"did:key:{multikey(public)}"


def did_web(public_url: str) -> str:
    """The ``did:web`` of what is served below ``public_url``: host, port and path.

    Raises:
        ValueError: it is no http or https address of a host.
    """
    parts = urlsplit(public_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError(f"{public_url!r} is not an address that a did:web can be made of")
    host = parts.hostname.encode("idna").decode("ascii")
    path = [quote(step, safe="") for step in parts.path.split("/") if step]
    return ":".join(["did:web", host + (f"%3A{parts.port}" if parts.port else ""), *path])


def method_id(did: str, public: bytes) -> str:
    """The address of a key in the DID document of ``did``."""
    text = multikey(public)
    # All Ed25519 keys begin alike ("z6Mk"): what tells them apart comes after.
    return f"{did}#{text}" if did.startswith("did:key:") else f"{did}#key-{text[4:20]}"


def keys_of(document: Mapping[str, Any]) -> dict[str, bytes]:
    """The keys that a DID document gives for assertions; what is not an Ed25519 multikey of its own is left out."""
    did, methods, asserting = (document.get(key) for key in ("id", "verificationMethod", "assertionMethod"))
    if not isinstance(methods, list) or not isinstance(asserting, list):
        return {}
    found: dict[str, bytes] = {}
    for method in methods[:_MOST_KEYS]:
        if not isinstance(method, dict) or method.get("id") not in asserting or method.get("controller") != did:
            continue
        key = method.get("publicKeyMultibase")
        if method.get("type") == "Multikey" and isinstance(method["id"], str) and isinstance(key, str):
            try:
                found[method["id"]] = from_multikey(key)
            except ValueError:
                continue
    return found


def key_of_did_key(did: str) -> dict[str, bytes]:
    """The one key of a ``did:key``, by its verification method; nothing if it is not one of Ed25519."""
    try:
        public = from_multikey(did.removeprefix("did:key:"))
    except ValueError:
        return {}
    return {method_id(did, public): public} if did_key(public) == did else {}


def read_keys(path: Path) -> list[Ed25519PrivateKey]:
    """The private keys in ``path``, the oldest first.

    Raises:
        BadKeyFile: a block is no Ed25519 key in PEM, or there is none.
    """
    try:
        text = path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise BadKeyFile(f"{path} cannot be read: {error}") from None
    keys = []
    for block in text.strip().split(_END)[:-1]:
        try:
            key = load_pem_private_key(f"{block.strip()}\n{_END}\n".encode(), None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise BadKeyFile(f"{path} holds something that is not a private key in PEM") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise BadKeyFile(f"{path} holds a key that is not of the kind Ed25519")
        keys.append(key)
    if not keys:
        raise BadKeyFile(f"{path} holds no private key")
    return keys


def pem(key: Ed25519PrivateKey) -> str:
    """A private key as a file holds it (PKCS 8, not encrypted)."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")


def add_key(path: Path) -> None:
    """A new key that signs from now on; the earlier ones stay, so that what they signed is still verified.

    Raises:
        BadKeyFile: the file cannot be read.
    """
    keys = [*read_keys(path), Ed25519PrivateKey.generate()]
    _replace(path, "".join(pem(key) for key in keys), over=True)


def _write_new(path: Path, key: Ed25519PrivateKey) -> None:
    _replace(path, pem(key), over=False)


def _replace(path: Path, text: str, *, over: bool) -> None:
    """Writes the file whole, for its owner alone. Without ``over``, one that another process just made stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if over:
            os.replace(name, path)
            return
        try:
            os.link(name, path)
        except FileExistsError:
            return
    finally:
        Path(name).unlink(missing_ok=True)
