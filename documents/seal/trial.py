"""A key for tests and demonstrations, which says so wherever its certificate is shown."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    KeySerializationEncryption,
    NoEncryption,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from documents.seal.errors import KeyFileUnreadable

TEST_NAME = "Jalon, CLÉ D’ESSAI SANS VALEUR"
"""The common name of the certificate of every test key."""

RSA_BITS = 3072
_SINCE, _UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2060, 1, 1, tzinfo=UTC)
"""Long: a demonstration plays years that are past and years that are to come."""

_DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")


def make_test_key(
    path: Path, password: str | None = None, *, since: datetime = _SINCE, until: datetime = _UNTIL
) -> None:
    """Write a new RSA key and its self-signed certificate to ``path`` (PKCS#12), for its owner's eyes only.

    Whole or not at all. A file that is there already, or that another process makes meanwhile, stays as it is.

    Raises:
        KeyFileUnreadable: the file cannot be written.
    """
    content = _test_key(password, since, until)
    # A name that no other process has, so that two that start at once cannot mix.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
        finally:
            draft.unlink()
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise KeyFileUnreadable(file=str(path), reason=error.strerror or type(error).__name__) from error


def _test_key(password: str | None, since: datetime, until: datetime) -> bytes:
    key = rsa.generate_private_key(65537, RSA_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, TEST_NAME)])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([_DOCUMENT_SIGNING]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    encryption: KeySerializationEncryption = NoEncryption()
    if password:
        encryption = BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(b"jalon", key, certificate, None, encryption)
