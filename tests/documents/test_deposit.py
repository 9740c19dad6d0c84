"""The deposit file: valid by the public schema, and without the mistakes that other generators made."""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from documents.deposit import ACCESS, INITIATIVES, MODALITIES, NAMESPACE, Certification, Head, Passage, stamp, write
from domain.deposit.birth import Born, Place
from domain.deposit.identity import Titular, examine

SCHEMA = Path(
    os.environ.get("JALON_DEPOSIT_XSD")
    or Path(__file__).parents[3] / "shared" / "data" / "accrochage" / "cpf-1.1.2.xsd"
)
SUMMER, WINTER = datetime(2026, 7, 14, 20, 5, 9, 123456, UTC), datetime(2027, 1, 4, 9, tzinfo=UTC)
HEAD = Head("20270104T100000-1a2b3c4d", WINTER, "ESSAI000", "ESSAI")
TITULAR = Titular("Lefèvre", None, ("Zoé",), Born(1990, 5, 17), "F", Place("10387", "", "Troyes", "100", "FRANCE"))
PASSAGE = Passage("COS-2027-000005", date(2027, 1, 4), None, "vae", "candidate", date(2026, 3, 2), TITULAR)
NS = {"cpf": NAMESPACE, "xsi": "http://www.w3.org/2001/XMLSchema-instance"}
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


def written(*passages: Passage, head: Head = HEAD) -> bytes:
    file = io.BytesIO()
    write(file, head, [Certification("RNCP", "RNCP35543", passages)])
    return file.getvalue()


def root(*passages: Passage, head: Head = HEAD) -> Any:
    return etree.fromstring(written(*(passages or (PASSAGE,)), head=head))


def one(path: str, *passages: Passage) -> Any:
    [found] = root(*passages).iterfind(f".//cpf:{path}", NS)
    return found


def text(path: str, *passages: Passage) -> str | None:
    found = one(path, *passages)
    return None if found.get(NIL) == "true" else str(found.text)


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    if not SCHEMA.exists():
        pytest.skip("the public schema of the deposit file is not here")
    return etree.XMLSchema(etree.parse(SCHEMA))


def every_kind() -> Iterable[Passage]:
    """Passages in which everything that can vary does."""
    places = (
        Place("2A004", "", "", "100", "FRANCE"),
        Place("", "10000", "Troyes", "100", "FRANCE"),
        Place("99352", "", "Alger", "352", "ALGERIE"),
        Place(),
    )
    births = (Born(1990, 5, 17), Born(1990, 5), Born(1990))
    number = 0
    for route in ACCESS:
        for initiative in INITIATIVES:
            for modality in ("", *MODALITIES):
                titular = TITULAR._replace(
                    usage_name=("Martin", None)[number % 2],
                    given_names=("Anne", "Marie", "Louise")[: 1 + number % 3],
                    born=births[number % 3],
                    sex="MF"[number % 2],
                    place=places[number % 4],
                )
                day = date(2026, 6, 9)
                yield PASSAGE._replace(
                    number=f"COS-2027-{number:06d}",
                    valid_until=(None, date(2032, 1, 4))[number % 2],
                    route=route,
                    initiative=initiative,
                    titular=titular,
                    exam=(day, day) if modality else None,
                    modality=modality,
                    postal_code="75012" if number % 2 else "",
                )
                number += 1


def test_the_file_is_valid_by_the_public_schema(schema: etree.XMLSchema) -> None:
    schema.assertValid(root(*every_kind()))
    schema.assertValid(root(head=HEAD._replace(at=SUMMER)))


@given(
    st.dictionaries(
        st.sampled_from(("family_name", "given_name", "usage_name", "birth_commune_name")),
        st.text(min_size=1, max_size=70),
    )
)
def test_whoever_is_told_is_told_validly(names: dict[str, str]) -> None:
    if not SCHEMA.exists():
        pytest.skip("the public schema of the deposit file is not here")
    plain = {"family_name": "L", "given_name": "Z", "sex": "F", "birth_date": "1990", "birth_commune": "10387"}
    titular = examine({**plain, **names}, date(2027, 1, 4)).titular
    if titular is not None:
        etree.XMLSchema(etree.parse(SCHEMA)).assertValid(root(PASSAGE._replace(titular=titular)))


def test_the_same_passages_under_the_same_head_give_the_same_bytes_and_their_digest() -> None:
    file = io.BytesIO()
    digest = write(file, HEAD, [Certification("RNCP", "RNCP35543", list(every_kind()))])
    assert file.getvalue() == written(*every_kind())
    assert digest == hashlib.sha256(file.getvalue()).hexdigest()


def test_no_name_can_be_markup() -> None:
    mean = TITULAR._replace(family_name="</cpf:nomNaissance><cpf:x>&'\"", given_names=("]]>",))
    passage = PASSAGE._replace(titular=mean)
    assert text("nomNaissance", passage) == mean.family_name
    assert text("prenom1", passage) == "]]>"
    with pytest.raises(ValueError, match="no XML"):
        written(PASSAGE._replace(titular=TITULAR._replace(family_name="A\x00B")))


# --- mistakes that other generators made --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (WINTER, "2027-01-04T10:00:00+01:00"),
        (SUMMER, "2026-07-14T22:05:09+02:00"),
        (datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), "2026-03-29T01:59:59+01:00"),
        (datetime(2026, 3, 29, 1, 0, 0, tzinfo=UTC), "2026-03-29T03:00:00+02:00"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25T02:30:00+02:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25T02:30:00+01:00"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "2027-01-01T00:30:00+01:00"),
    ],
)
def test_the_offset_is_that_of_the_very_moment_in_summer_and_in_winter(at: datetime, told: str) -> None:
    assert stamp(at) == told
    assert root(head=HEAD._replace(at=at)).findtext("cpf:horodatage", namespaces=NS) == told


def test_the_clock_has_24_hours_and_no_fraction_and_no_z() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT22:\d\d:\d\d\+02:00", stamp(SUMMER))


def test_no_access_is_written_in_a_form_that_the_schema_has_not(schema: etree.XMLSchema) -> None:
    content = written(*every_kind()).decode()
    assert "(" not in content
    assert {text for text in re.findall("<cpf:modaliteAcces>(.*?)<", content)} == set(ACCESS.values())


def test_the_route_by_experience_is_told_twice_and_the_others_once() -> None:
    assert text("voieAccessVAE") == "VAE_CLASSIQUE"
    assert root(PASSAGE._replace(route="training")).find(".//cpf:voieAccessVAE", NS) is None


def test_nothing_stands_between_passages_but_passages() -> None:
    parent = one("passageCertifications", *every_kind())
    assert {child.tag for child in parent} == {f"{{{NAMESPACE}}}passageCertification"}


def test_what_nobody_knows_is_nil_and_what_is_left_out_is_left_out() -> None:
    unknown = PASSAGE._replace(titular=TITULAR._replace(born=Born(1990), place=Place()))
    for name in (
        "nomUsage",
        "moisNaissance",
        "jourNaissance",
        "codePostal",
        "dateFinValidite",
        "scoring",
        "mentionValidee",
    ):
        assert text(name, unknown) is None
    for name in ("prenom2", "libelleCommuneNaissance", "codePaysNaissance", "verbatim", "urlPreuve", "dateDebutExamen"):
        assert root(unknown).find(f".//cpf:{name}", NS) is None


def test_somebody_born_abroad_is_told_by_the_code_of_their_country() -> None:
    abroad = PASSAGE._replace(titular=TITULAR._replace(place=Place("99352", "", "Alger", "352", "ALGERIE")))
    assert (text("codeInsee", abroad), text("codePaysNaissance", abroad)) == ("99352", "352")


def test_every_passage_is_admitted_certified_and_its_technical_id_is_its_number() -> None:
    assert text("idTechnique") == "COS-2027-000005"
    assert (text("obtentionCertification"), text("donneeCertifiee")) == ("PAR_ADMISSION", "true")
    assert (text("dateDebutValidite"), text("dateInscription")) == ("2027-01-04", "2026-03-02")
    assert (text("type"), text("code"), text("natureDeposant")) == ("RNCP", "RNCP35543", "CERTIFICATEUR")
