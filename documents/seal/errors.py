"""Why a document cannot be sealed. Each refusal has a code, and says where and what; never a password or a PIN."""

from __future__ import annotations

from typing import Any, ClassVar


class SealError(Exception):
    """The seal refuses. ``code`` is stable; ``params`` are names of files and tokens, subjects and dates."""

    code: ClassVar[str] = "seal"

    def __init__(self, **params: Any) -> None:
        super().__init__(f"{self.code} {params}")
        self.params = params


class KeyFileMissing(SealError):
    """There is no file of this name. ``file``."""

    code = "seal.file.missing"


class KeyFileUnreadable(SealError):
    """The file cannot be read or written, or is no PKCS#12. ``file``, ``reason``."""

    code = "seal.file.unreadable"


class WrongPassword(SealError):
    """The password does not open the file. ``file``."""

    code = "seal.password"


class KeyMissing(SealError):
    """No private key is there. ``where``: the file, or the token and what was asked of it."""

    code = "seal.key.missing"


class CertificateMissing(SealError):
    """The key is there, its certificate is not. ``where``."""

    code = "seal.certificate.missing"


class KeyUnusable(SealError):
    """The key is there and cannot seal: of an unfit kind, of another certificate, refused. ``where``, ``reason``."""

    code = "seal.key.unusable"


class CertificateExpired(SealError):
    """The certificate had run out when the document was to be sealed. ``subject``, ``until``, ``at`` (ISO, UTC)."""

    code = "seal.certificate.expired"


class CertificateNotYetValid(SealError):
    """The certificate was not valid yet when the document was to be sealed. ``subject``, ``since``, ``at``."""

    code = "seal.certificate.early"


class BadTokenUri(SealError):
    """What names the key on a token is no URI of RFC 7512 that says enough. ``what``: the part that is wrong."""

    code = "seal.uri"


class ModuleUnusable(SealError):
    """The PKCS#11 module cannot be loaded. ``module``."""

    code = "seal.module"


class TokenMissing(SealError):
    """The module has no such token, or several. ``module``, ``token``."""

    code = "seal.token"


class WrongPin(SealError):
    """The token does not open: the PIN is wrong, missing or locked. ``token``."""

    code = "seal.pin"


class DocumentUnfit(SealError):
    """What is to be sealed is no PDF that can be. ``reason``."""

    code = "seal.document.unfit"


class AlreadySealed(SealError):
    """The document has a seal or a field for one: a second would say that the first one's document was changed."""

    code = "seal.document.sealed"
