"""A certifier's seal: a certification signature (PAdES B-B) on a PDF, which allows no change after it.

The same document, time, reason and key give the same bytes: nothing of the machine's clock or chance goes in. (A token
signs with chance when its key is on an elliptic curve; every other key signs without.)
"""

from __future__ import annotations

import hashlib
from collections.abc import Coroutine
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

from asn1crypto import cms
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.generic import ByteStringObject, DictionaryObject, pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.general import as_signing_certificate_v2, simple_cms_attribute
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.signers.pdf_byterange import SignatureObject
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from documents.seal.errors import AlreadySealed, CertificateExpired, CertificateNotYetValid, DocumentUnfit
from documents.seal.keys import KeyPair, Sign, digest_of, fit_key, from_file
from documents.seal.token import from_token
from documents.seal.trial import TEST_NAME

_T = TypeVar("_T")

_FIELD = {"fr": "Cachet électronique", "en": "Electronic seal"}
_TEST = {"fr": "CACHET D’ESSAI SANS VALEUR", "en": "TEST SEAL WITHOUT VALUE"}
# What a broken file makes the reader raise: it names few of its troubles.
_BROKEN = (PdfError, ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)


class Seal:
    """A key and its certificate. Loading it proves that they belong together; safe to share between threads."""

    def __init__(self, pair: KeyPair) -> None:
        self._certificate = pair.certificate
        self._signer = _Signer(pair)

    @classmethod
    def from_pkcs12(cls, path: Path, password: str | None) -> Seal:
        """The seal in a PKCS#12 file.

        Raises:
            KeyFileMissing, KeyFileUnreadable, WrongPassword, KeyMissing, CertificateMissing, KeyUnusable.
        """
        return cls(from_file(path, password))

    @classmethod
    def from_pkcs11(cls, uri: str, pin: str | None) -> Seal:
        """The seal on a token: a URI of RFC 7512 with ``module-path``, ``token`` and ``object`` or ``id``.

        Raises:
            BadTokenUri, ModuleUnusable, TokenMissing, WrongPin, KeyMissing, CertificateMissing, KeyUnusable.
        """
        return cls(from_token(uri, pin))

    @property
    def certificate(self) -> bytes:
        """The certificate (DER)."""
        return self._certificate.public_bytes(Encoding.DER)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 digest of the certificate, in hexadecimal."""
        return hashlib.sha256(self.certificate).hexdigest()

    @property
    def subject(self) -> str:
        """Whom the certificate names (RFC 4514)."""
        return self._certificate.subject.rfc4514_string()

    @property
    def not_before(self) -> datetime:
        """From when on the certificate is valid (UTC)."""
        return self._certificate.not_valid_before_utc

    @property
    def not_after(self) -> datetime:
        """Until when the certificate is valid (UTC)."""
        return self._certificate.not_valid_after_utc

    @property
    def is_test(self) -> bool:
        """Whether the key says of itself that it is for tests."""
        names = self._certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return any(name.value == TEST_NAME for name in names)

    def apply(self, pdf: bytes, *, at: datetime, reason: str, field_name: str = "Jalon") -> bytes:
        """The document ``pdf``, sealed: its own bytes, and behind them the seal, which no page shows.

        ``at``: the time of the seal, aware, told to the second. ``reason``: why it is sealed, as readers show it;
        that of a test seal says so first. The document stays PDF/A and PDF/UA if it was. Blocks for some
        milliseconds; never asks the network.

        Raises:
            CertificateExpired, CertificateNotYetValid: at that time.
            DocumentUnfit: it is no PDF, or an encrypted one.
            AlreadySealed: it has a seal, or a field for one.
            KeyUnusable: the token does not sign.
        """
        if at.tzinfo is None:
            raise ValueError("the time of a seal is aware: else it would follow the machine's zone")
        at = at.astimezone(UTC).replace(microsecond=0)
        self._valid(at)
        try:
            reader = PdfFileReader(BytesIO(pdf))
            if reader.encrypted:
                raise DocumentUnfit(reason="encrypted")
            if next(enumerate_sig_fields(reader), None) is not None:
                raise AlreadySealed()
            writer = _Update(reader, (reason, at.isoformat(), self.fingerprint))
            language = "en" if str(reader.root.get("/Lang", "fr")).lower().startswith("en") else "fr"
            _prepare(writer)
            return self._sealed(writer, field_name, _FIELD[language], self._said(reason, language), at)
        except _BROKEN as error:
            raise DocumentUnfit(reason=str(error) or type(error).__name__) from error

    def _valid(self, at: datetime) -> None:
        if at > self.not_after:
            raise CertificateExpired(subject=self.subject, until=self.not_after.isoformat(), at=at.isoformat())
        if at < self.not_before:
            raise CertificateNotYetValid(subject=self.subject, since=self.not_before.isoformat(), at=at.isoformat())

    def _said(self, reason: str, language: str) -> str:
        if not self.is_test:
            return reason
        return f"{_TEST[language]}\N{NO-BREAK SPACE}: {reason}" if language == "fr" else f"{_TEST[language]}: {reason}"

    def _sealed(self, writer: _Update, field_name: str, readable: str, reason: str, at: datetime) -> bytes:
        # Untagged and on no page: PDF/A wants it printed, PDF/UA wants what is printed to be tagged or outside.
        outside = InvisSigSettings(set_print_flag=True, set_hidden_flag=False, box_out_of_bounds=True)
        field = SigFieldSpec(field_name, invis_sig_settings=outside, readable_field_name=readable)
        embedding = PdfCMSEmbedder(new_field_spec=field).write_cms(field_name, writer)
        next(embedding)
        placeholder = SignatureObject(
            timestamp=at, subfilter=SigSeedSubFilter.PADES, reason=reason, bytes_reserved=2 * self._signer.length
        )
        changes = SigMDPSetup(self._signer.algorithm, certify=True, docmdp_perms=MDPPerm.NO_CHANGES)
        embedding.send(SigObjSetup(placeholder, mdp_setup=changes))
        prepared, output = embedding.send(SigIOSetup(self._signer.algorithm))
        embedding.send(self._signer.signature(prepared.document_digest))
        assert isinstance(output, BytesIO)
        return output.getvalue()


class _Signer(Signer):
    """Makes signatures (CMS) without an event loop: what it awaits is there already.

    Encoding is most of the work, and all but two pieces of it are the same each time: where the key signs in one fixed
    length, what was encoded once is kept, and the pieces are put in.
    """

    def __init__(self, pair: KeyPair) -> None:
        store = SimpleCertificateStore()
        store.register_multiple({_asn1(certificate) for certificate in pair.chain})
        certificate = _asn1(pair.certificate)
        super().__init__(signing_cert=certificate, cert_registry=store)
        public = fit_key(pair.certificate, pair.where)
        self.algorithm = digest_of(public).name
        self._sign: Sign = pair.sign
        self._identity = simple_cms_attribute("signing_certificate_v2", as_signing_certificate_v2(certificate))
        if isinstance(public, EllipticCurvePublicKey):
            # Two numbers in DER, at most this long.
            self._blank = bytes(2 * (public.key_size // 8 + 2) + 8)
        else:
            self._blank = _mark("signature", public.key_size // 8 if isinstance(public, RSAPublicKey) else 64)
        digest = _mark("digest", digest_of(public).digest_size)
        whole = self._encoded(digest, dry_run=True)
        self.length = len(whole)
        self._attributes = self._signed(digest).dump().split(digest)
        self._pieces: list[bytes] | None = None
        if not isinstance(public, EllipticCurvePublicKey):
            self._pieces = [piece for part in whole.split(digest) for piece in part.split(self._blank)]
            assert (len(self._attributes), len(self._pieces)) == (2, 3), "each of the two stands there once"

    def signature(self, digest: bytes) -> bytes:
        """The signature (DER) of a document's digest, with what PAdES wants signed beside it, and nothing else."""
        if self._pieces is None:
            return self._encoded(digest)
        before, between, behind = self._pieces
        return digest.join([before, between]) + self._sign(digest.join(self._attributes)) + behind

    def _encoded(self, digest: bytes, *, dry_run: bool = False) -> bytes:
        work = self.async_sign_prescribed_attributes(self.algorithm, self._signed(digest), dry_run=dry_run)
        return bytes(_at_once(work).dump())

    def _signed(self, digest: bytes) -> cms.CMSAttributes:
        kind, imprint = simple_cms_attribute("content_type", "data"), simple_cms_attribute("message_digest", digest)
        return cms.CMSAttributes([kind, imprint, self._identity])

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return self._blank if dry_run else self._sign(data)

    async def unsigned_attrs(self, *arguments: Any, **named: Any) -> None:
        return None


class _Update(IncrementalPdfFileWriter):
    """Appends to a document, and leaves what it says about itself alone.

    Two inner methods of the library's writer are replaced, because it has no setting for what they do: it would write
    the machine's time into the metadata of a document that has a time of its own, and chance into its identifier.
    """

    def __init__(self, reader: PdfFileReader, follows: tuple[str, ...]) -> None:
        super().__init__(reader.stream, prev=reader)
        reader.stream.seek(0)
        document = hashlib.file_digest(reader.stream, "sha256").digest()
        self._identifier = hashlib.sha256(b"\0".join([document, *(text.encode() for text in follows)])).digest()[:16]

    def _update_meta(self) -> None:
        """The metadata stays: the time of the seal is in the seal."""

    def _populate_trailer(self, trailer: DictionaryObject) -> None:
        super()._populate_trailer(trailer)  # type: ignore[no-untyped-call]
        trailer["/ID"][1] = ByteStringObject(self._identifier)


def _prepare(writer: _Update) -> None:
    """What PAdES and PDF/UA want of a document with a signature field: its extension, and an order of the fields."""
    writer.register_extension(ESIC_EXTENSION_1)
    reference, _ = writer.find_page_for_modification(0)  # type: ignore[no-untyped-call]
    page = reference.get_object()
    if page.get("/Tabs") != "/S":
        page[pdf_name("/Tabs")] = pdf_name("/S")
        writer.mark_update(reference)


def _mark(name: str, length: int) -> bytes:
    """Bytes that stand nowhere else."""
    return hashlib.shake_256(f"Jalon: place of the {name}".encode()).digest(length)


def _asn1(certificate: x509.Certificate) -> asn1.Certificate:
    return asn1.Certificate.load(certificate.public_bytes(Encoding.DER))


def _at_once(work: Coroutine[Any, Any, _T]) -> _T:
    """What a coroutine that waits for nothing returns, whatever loop runs in this thread."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    work.close()
    raise RuntimeError("signing waited")
