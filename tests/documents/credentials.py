"""An award, its issuer and its signed credential, for the tests of credentials."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from documents.credentials import Issuer, StatusEntry, credential, sign
from domain.certificate import CertificateFacts, CertifiedBlock, Holder
from domain.scheme.certificates import Alignment

BASE = "https://certif.example.org"
LIST = f"{BASE}/status/cqp-cos/2027"
AT = datetime(2027, 6, 8, 10, 30, tzinfo=UTC)
HOLDER = Holder(family_name="D’Almeida", given_name="Zoé", birth_date=date(1990, 5, 17))


def key(number: int = 1) -> Ed25519PrivateKey:
    """Always the same key for a number, so that what is signed is always the same."""
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def issuer(*numbers: int, public_url: str | None = BASE) -> Issuer:
    return Issuer([key(number) for number in numbers or (1,)], name="Ucanss", public_url=public_url)


def facts(**changes: Any) -> CertificateFacts:
    """A certification of two blocks; ``changes`` to its fields."""
    fields: dict[str, Any] = {
        "number": "COS-2027-000001",
        "kind": "certification",
        "title": "Conseiller offres de services",
        "scheme_id": "cqp-cos",
        "scheme_title": "Conseiller offres de services",
        "scheme_title_en": "Service adviser",
        "certifier": "Ucanss",
        "deciding_body": "Jury paritaire national",
        "register_code": "RNCP35543",
        "level": 4,
        "awarded_on": date(2027, 6, 7),
        "issued_on": date(2027, 6, 8),
        "blocks": (
            CertifiedBlock(
                id="GRU",
                title="Gestion de la relation avec l’usager",
                title_en="Relations with users",
                competences=("Accueillir", "Orienter"),
                since=date(2026, 3, 2),
            ),
            CertifiedBlock(
                id="MDR", title="Maîtrise du risque", title_en="Control of risks", competences=("Contrôler",)
            ),
        ),
        "alignments": (
            Alignment(framework="ROME", code="K1801", title="Conseil en développement local"),
            Alignment(framework="NSF", code="332", title="Travail social"),
        ),
        "address": f"{BASE}/v/COS-2027-000001/abcdefghijklmnopqrstuvwxyz",
        "holder": HOLDER,
    }
    return CertificateFacts(**{**fields, **changes})


def unsigned(index: int = 0, by: Issuer | None = None, **changes: Any) -> dict[str, Any]:
    return credential(facts(**changes), "k3Q", by or issuer(), StatusEntry(LIST, index))


def signed(index: int = 0, by: Issuer | None = None, **changes: Any) -> dict[str, Any]:
    return sign(unsigned(index, by, **changes), by or issuer(), AT)
