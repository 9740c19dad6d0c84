"""Keys and documents to seal, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption, pkcs12
from cryptography.x509.oid import NameOID
from typst import Compiler

from documents.seal import Seal

AT = datetime(2027, 4, 12, 10, 30, tzinfo=UTC)
REASON = "Certificat COS-2027-000001"
SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)

BODY = """
#set document(title: "Certificat", author: "Ucanss", date: datetime(year: 2027, month: 4, day: 12))
#set text(lang: "LANGUAGE")
#title()
= Blocs
Éléonore d'Aubigné-Œuvré accueille le public.
"""


@cache
def document(language: str = "fr") -> bytes:
    """A PDF/A-3a and PDF/UA-1 document that nobody has sealed."""
    made = Compiler(ignore_system_fonts=True).compile(
        BODY.replace("LANGUAGE", language).encode(), format="pdf", pdf_standards=["a-3a", "ua-1"], timestamp=AT
    )
    assert isinstance(made, bytes)
    return made


@cache
def key(kind: str) -> Any:
    """A private key; the same for the whole run, because making one takes long."""
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind.startswith("p"):
        return ec.generate_private_key({"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p192": ec.SECP192R1()}[kind])
    return rsa.generate_private_key(65537, {"rsa": 2048, "other": 2048, "weak": 1024}[kind])


def certificate(
    private: Any,
    name: str = "Ucanss",
    *,
    since: datetime = SINCE,
    until: datetime = UNTIL,
    signs: bool = True,
    issuer: tuple[str, Any] | None = None,
) -> x509.Certificate:
    """A certificate of a key, signed by itself, or by the ``issuer`` (name and key)."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    above, signing = issuer or (name, private)
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"), not signs
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, above)]))
        .public_key(private.public_key())
        .serial_number(4712 if issuer else 4711)
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(
            x509.KeyUsage(
                digital_signature=signs, content_commitment=signs, encipher_only=False, decipher_only=False, **usage
            ),
            critical=True,
        )
        .sign(signing, None if isinstance(signing, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    )


def key_file(
    path: Path,
    private: Any,
    certified: x509.Certificate | None,
    password: str | None = "secret",
    chain: Sequence[x509.Certificate] = (),
) -> Path:
    """A PKCS#12 file of a key and a certificate, either of which may be missing, and of those above it."""
    encryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"seal", private, certified, chain or None, encryption))
    return path


def seal_of(folder: Path, kind: str = "rsa", name: str = "Ucanss", **options: Any) -> Seal:
    """A seal with a key of this kind."""
    path = folder / f"{kind}-{name}.p12"
    return Seal.from_pkcs12(key_file(path, key(kind), certificate(key(kind), name, **options)), "secret")
