"""What a credential says of an award, and what it does not say of a person."""

from __future__ import annotations

import json
from datetime import date
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.credentials import StatusEntry, credential, is_about
from domain.certificate import CertifiedBlock, Holder
from domain.scheme.certificates import Alignment
from tests.documents.credentials import BASE, HOLDER, LIST, facts, issuer, signed, unsigned


def achievement(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = unsigned(**changes)["credentialSubject"]["achievement"]
    return found


def test_it_is_an_open_badge_at_its_unguessable_address() -> None:
    made = unsigned()
    assert made["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert made["id"] == facts().address
    assert made["credentialSubject"]["licenseNumber"] == "COS-2027-000001"
    assert made["issuer"] == {"id": "did:web:certif.example.org", "type": ["Profile"], "name": "Ucanss", "url": BASE}


@pytest.mark.parametrize(
    ("awarded", "instant"),
    [(date(2027, 6, 7), "2027-06-07T00:00:00+02:00"), (date(2027, 12, 7), "2027-12-07T00:00:00+01:00")],
)
def test_it_counts_from_the_morning_of_the_award_in_paris(awarded: date, instant: str) -> None:
    assert unsigned(awarded_on=awarded)["validFrom"] == instant


def test_it_counts_to_the_end_of_its_last_day_or_for_life() -> None:
    assert unsigned(valid_until=date(2030, 1, 31))["validUntil"] == "2030-01-31T23:59:59+01:00"
    assert "validUntil" not in unsigned()


def test_each_block_is_a_result_that_is_described() -> None:
    made = unsigned()["credentialSubject"]
    described = {result["id"]: result["name"] for result in made["achievement"]["resultDescription"]}
    assert [described[result["resultDescription"]] for result in made["result"]] == [
        "GRU – Gestion de la relation avec l’usager",
        "MDR – Maîtrise du risque",
    ]
    assert {result["status"] for result in made["result"]} == {"Completed"}
    assert "GRU\u00a0: validé le 2026-03-02." in made["narrative"]


def test_the_criteria_list_blocks_and_competences() -> None:
    assert achievement()["criteria"]["narrative"].splitlines() == [
        "Tous les blocs de compétences de la certification sont validés\u00a0:",
        "",
        "- GRU – Gestion de la relation avec l’usager",
        "    - Accueillir",
        "    - Orienter",
        "- MDR – Maîtrise du risque",
        "    - Contrôler",
    ]


def test_it_is_aligned_to_the_register_and_to_what_the_scheme_gives() -> None:
    made = achievement()
    assert [(each["targetCode"], each["targetUrl"]) for each in made["alignment"]] == [
        ("RNCP35543", "https://www.francecompetences.fr/recherche/rncp/35543/"),
        ("K1801", "https://candidat.francetravail.fr/metierscope/fiche-metier/K1801"),
    ]
    assert made["fieldOfStudy"] == "NSF 332 – Travail social"


def test_the_register_is_not_told_twice() -> None:
    own = Alignment(framework="RNCP", code="35543", title="Conseiller", url="https://example.org/fiche")
    assert [each["targetUrl"] for each in achievement(alignments=(own,))["alignment"]] == ["https://example.org/fiche"]


def test_an_alignment_without_an_address_becomes_a_tag() -> None:
    made = achievement(alignments=(Alignment(framework="ESCO", code="2635.3", title="Conseiller"),), register_code="")
    assert "alignment" not in made
    assert made["tag"] == ["ESCO 2635.3 – Conseiller"]


def test_a_block_is_a_certificate_of_its_own() -> None:
    block = CertifiedBlock(id="GRU", title="Gestion de la relation")
    made = achievement(kind="block", title="Certificat de compétences professionnelles (CCP)", blocks=(block,))
    assert made["achievementType"] == "Certificate"
    assert made["name"] == "Certificat de compétences professionnelles (CCP) – Gestion de la relation"
    assert made["description"].startswith(
        "Certificat de compétences professionnelles\u00a0: Gestion de la relation. Bloc"
    )
    assert "Bloc de la certification «\u00a0Conseiller offres de services\u00a0»" in made["description"]


def test_two_languages_share_the_sentences_and_names_stay_plain_texts() -> None:
    made = achievement(languages=("fr", "en"))
    french, english = made["description"].split("\n\n")
    assert french.startswith("Certification professionnelle\u00a0: Conseiller offres de services.")
    assert english.startswith("Professional certification: Service adviser.")
    assert "- MDR – Control of risks" in made["criteria"]["narrative"]
    assert made["name"] == "Conseiller offres de services"
    assert made["inLanguage"] == "fr"


def test_the_same_achievement_has_the_same_identifier_whoever_holds_it() -> None:
    other = achievement(
        number="COS-2028-000007",
        awarded_on=date(2028, 1, 5),
        address=f"{BASE}/v/COS-2028-000007/zzz",
        holder=Holder(family_name="X", given_name="Y"),
        edition=2,
        reissued="lost",
    )
    assert other == achievement()
    assert achievement(title="Autre")["id"] != other["id"]


def test_the_status_stands_in_the_list_of_the_book() -> None:
    assert unsigned(41)["credentialStatus"] == {
        "id": f"{LIST}#41",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "41",
        "statusListCredential": LIST,
    }


def test_neither_name_nor_birth_date_is_in_it() -> None:
    text = json.dumps(signed(), ensure_ascii=False)
    for secret in ("Almeida", "Zoé", "1990"):
        assert secret not in text


def test_the_name_is_in_it_when_that_was_asked() -> None:
    made = credential(facts(), "k3Q", issuer(), StatusEntry(LIST, 0), include_name=True)
    assert made["credentialSubject"]["identifier"][1] == {
        "type": "IdentityObject",
        "hashed": False,
        "identityHash": "Zoé D’Almeida",
        "identityType": "name",
    }


def test_the_hash_is_of_the_text_that_the_documentation_says() -> None:
    identity = unsigned()["credentialSubject"]["identifier"][0]
    assert identity["identityHash"] == "sha256$" + sha256("d'almeida|zoé|1990-05-17k3Q".encode()).hexdigest()
    assert identity["salt"] == "k3Q"


@pytest.mark.parametrize(
    ("holder", "same"),
    [
        (HOLDER, True),
        (Holder(family_name="  D'ALMEIDA ", given_name="ZOÉ", birth_date=HOLDER.birth_date), True),
        (Holder(family_name="D'Almeida", given_name="Zoe\u0301", birth_date=HOLDER.birth_date), True),
        (Holder(family_name="D'Almeida", given_name="Zoe", birth_date=HOLDER.birth_date), False),
        (Holder(family_name="D'Almeida", given_name="Zoé"), False),
        (Holder(family_name="D'Almeida|Zoé", given_name="", birth_date=HOLDER.birth_date), False),
    ],
)
def test_who_knows_the_person_can_find_them_again(holder: Holder, same: bool) -> None:
    assert is_about(signed(), holder) is same


@given(st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_no_credential_is_about_nobody(subject: Any) -> None:
    assert not is_about({"credentialSubject": subject}, HOLDER)
    assert not is_about({"credentialSubject": {"identifier": subject}}, HOLDER)
