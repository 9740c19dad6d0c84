"""Keys that sign: in a PKCS#12 file. (Those on a token are in ``token``.)"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import pkcs12 as pfx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import pkcs12

from documents.seal.errors import (
    CertificateMissing,
    KeyFileMissing,
    KeyFileUnreadable,
    KeyMissing,
    KeyUnusable,
    WrongPassword,
)

Sign = Callable[[bytes], bytes]
Digest = hashes.SHA256 | hashes.SHA384 | hashes.SHA512
PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey

MAX_FILE_BYTES = 1 << 20
_LEAST_RSA_BITS = 2048
_CURVES: dict[str, Digest] = {
    "secp256r1": hashes.SHA256(),
    "secp384r1": hashes.SHA384(),
    "secp521r1": hashes.SHA512(),
}


@dataclass(frozen=True)
class KeyPair:
    """A certificate, those above it, and what signs with its key. ``where``: as refusals name it."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    sign: Sign
    where: str


def digest_of(public: PublicKey) -> Digest:
    """The digest that goes with a key: of its strength, and for Ed25519 the one that RFC 8419 asks for."""
    if isinstance(public, EllipticCurvePublicKey):
        return _CURVES[public.curve.name]
    return hashes.SHA512() if isinstance(public, Ed25519PublicKey) else hashes.SHA256()


def fit_key(certificate: x509.Certificate, where: str) -> PublicKey:
    """The public key of a certificate that may seal. KeyUnusable when it may not."""
    public = certificate.public_key()
    if isinstance(public, RSAPublicKey):
        if public.key_size < _LEAST_RSA_BITS:
            raise KeyUnusable(where=where, reason=f"RSA {public.key_size} < {_LEAST_RSA_BITS}")
    elif isinstance(public, EllipticCurvePublicKey):
        if public.curve.name not in _CURVES:
            raise KeyUnusable(where=where, reason=public.curve.name)
    elif not isinstance(public, Ed25519PublicKey):
        raise KeyUnusable(where=where, reason=type(public).__name__)
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return public
    if not (usage.digital_signature or usage.content_commitment):
        raise KeyUnusable(where=where, reason="keyUsage")
    return public


def prove(pair: KeyPair) -> None:
    """Sign and verify once: the key is the certificate's, and works. KeyUnusable when not."""
    public, probe = fit_key(pair.certificate, pair.where), b"Jalon: this key seals"
    signature = pair.sign(probe)
    try:
        if isinstance(public, RSAPublicKey):
            public.verify(signature, probe, padding.PKCS1v15(), digest_of(public))
        elif isinstance(public, EllipticCurvePublicKey):
            public.verify(signature, probe, ECDSA(digest_of(public)))
        else:
            public.verify(signature, probe)
    except InvalidSignature as error:
        raise KeyUnusable(where=pair.where, reason="another certificate") from error


def from_file(path: Path, password: str | None) -> KeyPair:
    """The key and the certificates in a PKCS#12 file.

    Raises:
        KeyFileMissing, KeyFileUnreadable, WrongPassword, KeyMissing, CertificateMissing, KeyUnusable.
    """
    where = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError as error:
        raise KeyFileMissing(file=where) from error
    except OSError as error:
        raise KeyFileUnreadable(file=where, reason=error.strerror or type(error).__name__) from error
    if len(content) > MAX_FILE_BYTES or not _is_pkcs12(content):
        raise KeyFileUnreadable(file=where, reason="PKCS#12")
    try:
        held = pkcs12.load_pkcs12(content, password.encode() if password else None)
    except ValueError as error:
        # It is PKCS#12, so what remains is what the library's own message says first: the password.
        raise WrongPassword(file=where) from error
    except Exception as error:  # algorithms that the library knows no more, or forbids
        raise KeyFileUnreadable(file=where, reason=type(error).__name__) from error
    if held.key is None:
        raise KeyMissing(where=where)
    if held.cert is None:
        raise CertificateMissing(where=where)
    certificate = held.cert.certificate
    fit_key(certificate, where)
    pair = KeyPair(certificate, tuple(one.certificate for one in held.additional_certs), _signs(held.key, where), where)
    prove(pair)
    return pair


def _is_pkcs12(content: bytes) -> bool:
    try:
        return bool(pfx.Pfx.load(content, strict=True)["version"].native == "v3")
    except (ValueError, TypeError):
        return False


def _signs(key: object, where: str) -> Sign:
    """What signs with a private key: always the same signature for the same data."""
    if isinstance(key, RSAPrivateKey):
        rsa = key
        return lambda data: rsa.sign(data, padding.PKCS1v15(), hashes.SHA256())
    if isinstance(key, EllipticCurvePrivateKey):
        curve = key
        scheme = ECDSA(digest_of(curve.public_key()), deterministic_signing=True)
        return lambda data: curve.sign(data, scheme)
    if isinstance(key, Ed25519PrivateKey):
        return key.sign
    raise KeyUnusable(where=where, reason=type(key).__name__)
