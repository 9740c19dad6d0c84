"""The seal of a certifier on a PDF document (PAdES), and its check.

``Seal`` holds a key and its certificate, from a PKCS#12 file or a PKCS#11 token, and seals documents with it;
``make_test_key`` makes a key that says of itself that it is for tests; ``check_seal`` says of any bytes whether they
are a sealed document, whole and as it was sealed.
"""

from documents.seal.checking import MAX_BYTES, SealReport, check_seal
from documents.seal.errors import (
    AlreadySealed,
    BadTokenUri,
    CertificateExpired,
    CertificateMissing,
    CertificateNotYetValid,
    DocumentUnfit,
    KeyFileMissing,
    KeyFileUnreadable,
    KeyMissing,
    KeyUnusable,
    ModuleUnusable,
    SealError,
    TokenMissing,
    WrongPassword,
    WrongPin,
)
from documents.seal.sealing import Seal
from documents.seal.trial import TEST_NAME, make_test_key

__all__ = [
    "MAX_BYTES",
    "TEST_NAME",
    "AlreadySealed",
    "BadTokenUri",
    "CertificateExpired",
    "CertificateMissing",
    "CertificateNotYetValid",
    "DocumentUnfit",
    "KeyFileMissing",
    "KeyFileUnreadable",
    "KeyMissing",
    "KeyUnusable",
    "ModuleUnusable",
    "Seal",
    "SealError",
    "SealReport",
    "TokenMissing",
    "WrongPassword",
    "WrongPin",
    "check_seal",
    "make_test_key",
]
