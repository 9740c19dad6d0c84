"""What every template is printed with before it is used: invented, and awkward enough to show what it cannot do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from documents.certificates.award import award_data, qr_code
from documents.certificates.notice import NoticeBlock, NoticeFacts, notice_data
from domain.certificate import CertificateFacts, CertifiedBlock, Holder

_ZOE = Holder(family_name="Loisel", given_name="Zoé", birth_date=date(1990, 5, 1))
_LONG = Holder(
    family_name="Vandenberghe-Rakotomalala d’Aubigné *_#[]$<>\\",
    given_name="Marie-Éléonore Wilhelmine Bénédicte",
    usage_name="Œuvré",
)
_BLOCKS = (
    CertifiedBlock(
        id="A",
        title="Accueillir et conseiller",
        title_en="Receiving and advising",
        competences=("Écouter", "Reformuler la demande"),
        since=date(2027, 4, 12),
    ),
    CertifiedBlock(id="B", title="Traiter les dossiers", competences=("Vérifier les pièces",), since=date(2025, 6, 1)),
)


def sample_facts(**other: Any) -> CertificateFacts:
    """An award that nobody was given, with ``other`` fields."""
    fields: dict[str, Any] = {
        "number": "EX-2027-000001",
        "kind": "certification",
        "title": "CQP Exemple",
        "scheme_id": "exemple",
        "scheme_title": "CQP Exemple",
        "certifier": "Organisme certificateur",
        "deciding_body": "Jury paritaire national",
        "register_code": "RNCP00000",
        "level": 4,
        "awarded_on": date(2027, 4, 12),
        "issued_on": date(2027, 5, 1),
        "blocks": _BLOCKS,
        "address": "https://example.org/v/EX-2027-000001/abcdefghijklmnopqrstuvwxyz",
        "holder": _ZOE,
    }
    return CertificateFacts(**(fields | other))


def sample_notice(**other: Any) -> NoticeFacts:
    """A decision that nobody took, with ``other`` fields."""
    fields: dict[str, Any] = {
        "certifier": "Organisme certificateur",
        "deciding_body": "Jury paritaire national",
        "scheme_title": "CQP Exemple",
        "holder": _ZOE,
        "decided_on": date(2027, 4, 12),
        "issued_on": date(2027, 4, 20),
        "result": "partial",
        "blocks": (
            NoticeBlock(title="Accueillir et conseiller", validated=True),
            NoticeBlock(title="Traiter les dossiers", validated=False, recommendation="Revoir le contrôle des pièces."),
        ),
        "recourse": ("Un recours devant le tribunal compétent est possible dans les deux mois.",),
    }
    return NoticeFacts(**(fields | other))


@dataclass(frozen=True, slots=True)
class Sample:
    """What a template is given once."""

    data: dict[str, Any]
    files: dict[str, bytes] = field(default_factory=dict)


def _award(facts: CertificateFacts) -> Sample:
    return Sample(award_data(facts), {"qr.svg": qr_code(facts.address), "credential.json": b"{}"})


_AWARDS = (
    _award(sample_facts()),
    _award(
        sample_facts(
            kind="block",
            title="Certificat de compétences professionnelles (CCP)",
            blocks=_BLOCKS[:1],
            languages=("fr", "en"),
            holder=_LONG,
            edition=2,
            reissued="lost",
            valid_until=date(2030, 4, 12),
        )
    ),
    _award(sample_facts(languages=("en",), register_code="", level=None, blocks=_BLOCKS[1:])),
)
_LETTER = {
    "title": "Attestation",
    "language": "fr",
    "issued_on": "2027-05-01",
    "certifier": "Organisme certificateur",
    "sections": [{"title": "Demande", "facts": [["Candidate", "Zoé Loisel"]], "paragraphs": ["Une phrase."]}],
    "reference": ["Parcours 1"],
}

SAMPLES: dict[str, tuple[Sample, ...]] = {
    "certificate": _AWARDS,
    "annex": _AWARDS,
    "notice": (
        Sample(notice_data(sample_notice())),
        Sample(
            notice_data(
                sample_notice(
                    language="en", result="full", reasons="Because.", algorithmic=True, again=True, holder=_LONG
                )
            )
        ),
    ),
    "attestation": (Sample(_LETTER), Sample({**_LETTER, "language": "en"})),
}
"""Template -> what it must be able to print."""
