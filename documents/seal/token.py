"""Keys that sign: on a PKCS#11 token, named by a URI of RFC 7512."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import unquote_to_bytes

import pkcs11
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from pkcs11 import PROTECTED_AUTH, Attribute, Mechanism, ObjectClass, PKCS11Error, TokenFlag
from pkcs11.exceptions import (
    MultipleTokensReturned,
    NoSuchToken,
    PinExpired,
    PinIncorrect,
    PinInvalid,
    PinLenRange,
    PinLocked,
    UserAlreadyLoggedIn,
    UserNotLoggedIn,
    UserPinNotInitialized,
)
from pkcs11.util.ec import encode_ecdsa_signature

from documents.seal.errors import (
    BadTokenUri,
    CertificateMissing,
    KeyMissing,
    KeyUnusable,
    ModuleUnusable,
    SealError,
    TokenMissing,
    WrongPin,
)
from documents.seal.keys import KeyPair, PublicKey, digest_of, fit_key, prove

_PATH = {"token", "manufacturer", "serial", "model", "object", "id", "type"}
_QUERY = {"module-path", "pin-value"}
_PIN = (PinIncorrect, PinInvalid, PinLenRange, PinLocked, PinExpired, UserNotLoggedIn, UserPinNotInitialized)


@dataclass(frozen=True)
class TokenUri:
    """Where a key is: the module's file, the token's label or serial number, the key's label or id."""

    module: str
    token: str | None
    serial: str | None
    label: str | None
    id: bytes | None
    pin: str | None = None

    @property
    def where(self) -> str:
        """As refusals name it, without the PIN."""
        key = self.label if self.label is not None else (self.id or b"").hex()
        return f"{self.token or self.serial}/{key}"


def read_uri(uri: str) -> TokenUri:
    """What a ``pkcs11:`` URI says. BadTokenUri names the part that is wrong or missing."""
    scheme, colon, rest = uri.strip().partition(":")
    if not colon or scheme.lower() != "pkcs11":
        raise BadTokenUri(what="pkcs11:")
    path, _, query = rest.partition("?")
    found: dict[str, bytes] = {}
    for part, known in [*((one, _PATH) for one in path.split(";")), *((one, _QUERY) for one in query.split("&"))]:
        if not part:
            continue
        name, equals, value = part.partition("=")
        if not equals or name not in known or name in found:
            raise BadTokenUri(what=name)
        found[name] = unquote_to_bytes(value)
    text: dict[str, str] = {}
    for name in found.keys() - {"id"}:
        try:
            text[name] = found[name].decode()
        except UnicodeDecodeError as error:
            raise BadTokenUri(what=name) from error
    for wanted in (("module-path",), ("token", "serial"), ("object", "id")):
        if not any(found.get(name) for name in wanted):
            raise BadTokenUri(what=wanted[0])
    if text.get("type", "private") != "private":
        raise BadTokenUri(what="type")
    return TokenUri(
        text["module-path"],
        text.get("token"),
        text.get("serial"),
        text.get("object"),
        found.get("id"),
        text.get("pin-value"),
    )


class _Token:
    """A session with a token: one signature at a time, opened again after a failure."""

    def __init__(self, uri: TokenUri, pin: str | None) -> None:
        self._uri, self._pin = uri, pin if pin is not None else uri.pin
        self._lock = Lock()
        self._key: Any = None
        self.certificate = self._open()
        self._public: PublicKey = fit_key(self.certificate, uri.where)

    def sign(self, data: bytes) -> bytes:
        """The signature of ``data``. KeyUnusable, or why the token does not open, when it refuses."""
        with self._lock:
            try:
                if self._key is None:
                    self._open()
                return self._signature(data)
            except PKCS11Error as error:
                # The next one asks a new session: this one may have ended with the token's own process.
                self._key = None
                raise KeyUnusable(where=self._uri.where, reason=type(error).__name__) from error

    def _signature(self, data: bytes) -> bytes:
        if isinstance(self._public, RSAPublicKey):
            return bytes(self._key.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS))
        if isinstance(self._public, EllipticCurvePublicKey):
            digest = hashlib.new(digest_of(self._public).name, data).digest()
            return bytes(encode_ecdsa_signature(self._key.sign(digest, mechanism=Mechanism.ECDSA)))
        return bytes(self._key.sign(data, mechanism=Mechanism.EDDSA))

    def _open(self) -> x509.Certificate:
        """Find the key, and its certificate."""
        uri = self._uri
        session = self._session()
        wanted: dict[Attribute, Any] = {}
        if uri.label is not None:
            wanted[Attribute.LABEL] = uri.label
        if uri.id is not None:
            wanted[Attribute.ID] = uri.id
        keys = list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, **wanted}))
        if not keys:
            raise KeyMissing(where=uri.where)
        if len(keys) > 1:
            raise KeyUnusable(where=uri.where, reason=f"{len(keys)} keys")
        # A certificate goes by the id of its key; its label may be another.
        by_id = keys[0][Attribute.ID]
        same = {Attribute.ID: by_id} if by_id else wanted
        certificates = list(session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE, **same}))
        if not certificates:
            raise CertificateMissing(where=uri.where)
        try:
            certificate = x509.load_der_x509_certificate(certificates[0][Attribute.VALUE])
        except ValueError as error:
            raise CertificateMissing(where=uri.where) from error
        self._key = keys[0]
        return certificate

    def _session(self) -> Any:
        uri = self._uri
        try:
            library = pkcs11.lib(uri.module)
        except (PKCS11Error, OSError) as error:
            raise ModuleUnusable(module=uri.module) from error
        asked: dict[str, Any] = {}
        if uri.token is not None:
            asked["token_label"] = uri.token
        if uri.serial is not None:
            asked["token_serial"] = uri.serial.encode()
        try:
            token = library.get_token(**asked)
        except (NoSuchToken, MultipleTokensReturned) as error:
            raise TokenMissing(module=uri.module, token=uri.token or uri.serial) from error
        pin: Any = self._pin
        if pin is None and TokenFlag.PROTECTED_AUTHENTICATION_PATH in token.flags:
            # The token asks for its PIN itself, on a keypad of its own.
            pin = PROTECTED_AUTH
        if pin is None and TokenFlag.LOGIN_REQUIRED in token.flags:
            raise WrongPin(token=uri.token or uri.serial)
        try:
            return token.open(user_pin=pin)
        except UserAlreadyLoggedIn:
            # Another seal of this process has opened it: a token knows programs, not their parts.
            return token.open()
        except _PIN as error:
            raise WrongPin(token=uri.token or uri.serial) from error


def from_token(uri: str, pin: str | None) -> KeyPair:
    """The key and the certificate on a token.

    Raises:
        BadTokenUri, ModuleUnusable, TokenMissing, WrongPin, KeyMissing, CertificateMissing, KeyUnusable.
    """
    named = read_uri(uri)
    try:
        token = _Token(named, pin)
    except SealError:
        raise
    except PKCS11Error as error:
        raise KeyUnusable(where=named.where, reason=type(error).__name__) from error
    pair = KeyPair(token.certificate, (), token.sign, named.where)
    prove(pair)
    return pair
