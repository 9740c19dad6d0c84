"""The documents that an award or a decision gives: certificate, annex of competences, result notice, attestation.

PDF/A-3a and PDF/UA-1, not sealed yet. The same facts give the same bytes, with the same templates. ``templates`` is the
folder of an administrator: what lies in its ``certificates`` takes the place of ours (``certificates/README.md``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from documents.certificates.award import award_data, qr_code
from documents.certificates.notice import NoticeBlock, NoticeFacts, notice_data
from documents.certificates.templates import TemplateFault, Templates, check, load_templates
from domain.certificate import CertificateFacts

__all__ = [
    "NoticeBlock",
    "NoticeFacts",
    "TemplateFault",
    "Templates",
    "annex",
    "attestation",
    "certificate",
    "check",
    "load_templates",
    "result_notice",
]


def certificate(facts: CertificateFacts, credential: bytes, templates: Path | None = None) -> bytes:
    """The certificate with its annex; ``credential`` (JSON) is attached as ``credential.json``.

    Raises:
        TemplateFault: an administrator's template cannot be printed with these facts.
    """
    files = {"qr.svg": qr_code(facts.address), "credential.json": credential}
    return load_templates(templates).print("certificate", award_data(facts), files)


def annex(facts: CertificateFacts, templates: Path | None = None) -> bytes:
    """The annex of competences alone: the blocks, their competences, and since when each is held.

    Raises:
        TemplateFault: as :func:`certificate`.
    """
    return load_templates(templates).print("annex", award_data(facts))


def result_notice(facts: NoticeFacts, templates: Path | None = None) -> bytes:
    """What was decided on each block, why, what the jury recommends, and the ways of recourse.

    Raises:
        TemplateFault: as :func:`certificate`.
    """
    return load_templates(templates).print("notice", notice_data(facts))


def attestation(data: Mapping[str, Any], *, title: str, language: str, templates: Path | None = None) -> bytes:
    """A letter of sections that are already in words, as ``record.typ`` takes them.

    Raises:
        TemplateFault: as :func:`certificate`.
    """
    return load_templates(templates).print("attestation", {**data, "title": title, "language": language})
