"""What a certificate and its annex keep to: the standards, the credential inside, any name as it is, one sheet."""

from __future__ import annotations

import json
from datetime import date
from io import BytesIO
from typing import Any

import pikepdf
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf.generic import DictionaryObject

from documents.certificate import annex, certificate, result_notice
from documents.certificates.award import qr_code
from documents.certificates.samples import sample_facts, sample_notice
from domain.certificate import CertificateFacts, CertifiedBlock, Holder

CREDENTIAL = json.dumps({"type": ["VerifiableCredential"], "name": "é"}).encode()
BLOCK: dict[str, Any] = {
    "kind": "block",
    "title": "Certificat de compétences professionnelles (CCP)",
    "blocks": sample_facts().blocks[:1],
}


def made(**fields: Any) -> bytes:
    return certificate(sample_facts(**fields), CREDENTIAL)


def named(given: str, family: str, **fields: Any) -> dict[str, Any]:
    return {"holder": Holder(given_name=given, family_name=family, **fields)}


def opened(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(BytesIO(content), strict=True)


def root(content: bytes) -> Any:
    """The catalog of the file."""
    return opened(content).trailer["/Root"]


def flat(text: str) -> str:
    """``text`` with plain spaces and no places to break at."""
    return " ".join(text.replace("\N{ZERO WIDTH SPACE}", "").split())


def sheet(content: bytes) -> str:
    return flat(opened(content).pages[0].extract_text())


def text(content: bytes) -> str:
    return flat("\n".join(page.extract_text() for page in opened(content).pages))


def tags(node: Any) -> list[Any]:
    """The structure elements below ``node``."""
    node = node.get_object()
    if isinstance(node, list):
        return [tag for item in node for tag in tags(item)]
    if not isinstance(node, DictionaryObject):
        return []
    return ([node] if "/S" in node else []) + (tags(node["/K"]) if "/K" in node else [])


VARIANTS: dict[str, dict[str, Any]] = {
    "certification": {},
    "both languages": {"languages": ("fr", "en"), "scheme_title_en": "Example"},
    "English": {"languages": ("en",)},
    "block": BLOCK,
    "block in both languages": {**BLOCK, "languages": ("en", "fr"), "edition": 3, "reissued": "lost"},
    "specific register": {"repertoire": "RS", "level": None, "valid_until": date(2030, 5, 1)},
    "bare": {
        "register_code": "",
        "blocks": (CertifiedBlock(id="A", title="A"),),
        "holder": Holder(family_name="B", given_name="A"),
    },
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_certificate_is_pdf_a_3a_and_pdf_ua_1_tagged_in_its_language(variant: str) -> None:
    facts = sample_facts(**VARIANTS[variant])
    content = certificate(facts, CREDENTIAL)
    catalog = root(content)
    xmp = catalog["/Metadata"].get_data().decode()
    for claim in ("<pdfaid:part>3<", "<pdfaid:conformance>A<", "<pdfuaid:part>1<"):
        assert claim in xmp
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"] == facts.languages[0]
    assert catalog["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "/H1" in {tag["/S"] for tag in tags(catalog["/StructTreeRoot"])}
    about = opened(content).metadata
    assert about is not None
    assert about.title is not None
    assert about.title.startswith(facts.title)
    assert about.title.endswith(facts.number)
    assert about.author == facts.certifier
    assert about.creation_date is not None
    assert about.creation_date.date() == facts.issued_on


def test_neither_the_title_nor_the_keywords_name_the_holder() -> None:
    content = made(**named("Zoé", "Loisel"))
    about, xmp = opened(content).metadata, root(content)["/Metadata"].get_data().decode()
    assert "Loisel" not in str(about)
    assert "Loisel" not in xmp


def test_the_credential_is_inside_byte_for_byte_and_told_as_an_alternative() -> None:
    with pikepdf.open(BytesIO(made())) as pdf:
        assert list(pdf.attachments) == ["credential.json"]
        spec = pdf.attachments["credential.json"]
        assert spec.get_file().read_bytes() == CREDENTIAL
        assert spec.get_file().mime_type == "application/vc"
        assert spec.obj.AFRelationship == "/Alternative"
        assert [item.F for item in pdf.Root.AF] == ["credential.json"]


def test_what_is_not_a_certificate_carries_no_credential_of_the_one_before() -> None:
    made()
    for content in (annex(sample_facts()), result_notice(sample_notice())):
        assert not opened(content).attachments
        assert b"credential" not in content


def test_all_fonts_are_inside_and_they_are_the_ones_we_ship() -> None:
    found = set()
    with pikepdf.open(BytesIO(made(**VARIANTS["both languages"]))) as pdf:
        for font in (
            item
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
        ):
            assert {"/FontFile2", "/FontFile3"} & set(font.keys())
            found.add(str(font.FontName).partition("+")[2])
    assert {name for name in found if name.startswith("EBGaramond")}
    # Only a narrow space is lent by a font of typst's.
    assert {name for name in found if not name.startswith("EBGaramond")} <= {
        "LibertinusSerif-Regular",
        "LibertinusSerif-Italic",
    }


def test_the_code_is_drawn_and_not_a_picture_and_is_told_to_those_who_cannot_see_it() -> None:
    facts = sample_facts()
    content = made()
    with pikepdf.open(BytesIO(content)) as pdf:
        assert not [
            item for item in pdf.objects if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image"
        ]
    [figure] = [tag for tag in tags(root(content)["/StructTreeRoot"]) if tag["/S"] == "/Figure"]
    assert facts.address in str(figure["/Alt"])
    assert facts.address in text(content).replace(" ", "")
    links = [note.get_object() for note in opened(content).pages[0]["/Annots"]]  # type: ignore[attr-defined]
    assert {link["/A"]["/URI"] for link in links} == {facts.address}


def test_another_address_is_another_code() -> None:
    assert qr_code("https://example.org/v/1") != qr_code("https://example.org/v/2")
    assert qr_code("https://example.org/v/1") == qr_code("https://example.org/v/1")


def test_a_certification_says_who_what_when_where_it_is_registered_and_on_which_blocks_it_rests() -> None:
    said = sheet(made())
    assert "Certificatdequalificationprofessionnelle" in said.replace(" ", ""), "it is set wide"
    for part in (
        "Exemple",
        "Zoé Loisel",
        "date de naissance : 1er mai 1990",
        "Décision du 12 avril 2027 – Jury paritaire national",
        "Répertoire national des certifications professionnelles sous le numéro RNCP00000, niveau 4",
        "Accueillir et conseiller",
        "1er juin 2025",
        "EX-2027-000001",
        "1er mai 2027",
    ):
        assert part in said, part


def test_a_block_says_of_which_certification_it_is_and_that_it_is_held_for_life() -> None:
    said = sheet(made(**BLOCK))
    for part in ("Accueillir et conseiller", "Bloc de compétences de la certification « CQP Exemple »", "Acquis à vie"):
        assert part in said, part
    assert "Valable jusqu’au 2 mai 2030" in sheet(made(**BLOCK, valid_until=date(2030, 5, 2)))


def test_another_edition_says_which_and_why_and_voids_those_before() -> None:
    assert "édition" not in sheet(made()).lower()
    for why, said in (("lost", "perte"), ("name_changed", "changement de nom"), ("correction", "correction")):
        found = sheet(made(edition=2, reissued=why))
        assert "Édition n° 2" in found
        assert said in found
        assert "sans valeur" in found


def test_both_languages_are_on_the_sheet_each_marked_as_its_own() -> None:
    content = made(languages=("fr", "en"), scheme_title_en="Example of a title")
    said = sheet(content)
    for part in ("est délivré à", "is awarded to", "Example of a title", "Decision of 12 April 2027"):
        assert part in said, part
    marked = {str(tag["/Lang"]) for tag in tags(root(content)["/StructTreeRoot"]) if "/Lang" in tag}
    assert "en" in marked


def test_in_english_alone_what_has_a_title_there_goes_by_it() -> None:
    said = sheet(made(languages=("en",), scheme_title_en="Example of a title"))
    for part in ("Receiving and advising", "Traiter les dossiers", "12 April 2027"):
        assert part in said, part


def test_a_name_in_use_stands_beneath_the_name_of_birth() -> None:
    said = sheet(made(**named("Zoé", "Loisel", usage_name="Œuvré")))
    assert "Zoé Loisel" in said
    assert "nom d’usage : Œuvré" in said
    assert "usage" not in sheet(made(**named("Zoé", "Loisel", usage_name="Loisel")))


@pytest.mark.parametrize(
    "name",
    [
        '*_#[]$<>\\ `x` @y ~ -- " /* // = - +',
        '#import "@preview/cetz:0.3.0": *',
        '#read("/etc/passwd")',
        "#panic() #sys.inputs $x^2$ <label> @ref",
        "{{ name }} ${name} %s \\u{41}",
    ],
)
def test_what_is_in_a_name_or_a_title_is_printed_and_never_read_as_markup(name: str) -> None:
    blocks = (CertifiedBlock(id="A", title=f"Bloc {name}", competences=(f"Savoir {name}",)),)
    content = made(**named(name, "Loisel"), title=f"Titre {name}", certifier=f"Maison {name}", blocks=blocks)
    # Print may set another space before a punctuation mark; what was written is otherwise all there.
    for part in (f"{name} Loisel", f"Titre {name}", f"Bloc {name}", f"Savoir {name}"):
        assert part.replace(" ", "") in text(content).replace(" ", ""), part


@pytest.mark.parametrize(
    "name",
    [
        "Ştefănescu",
        "Nguyễn Thị Hằng",
        "Παπαδόπουλος",
        "Шевченко-Ґалаґан",
        "Đặng",
        "Œuvré",
        "O’Brien",
        "Łukasz",
        "Հայկ",
        "გიორგი",
    ],
)
def test_a_name_is_printed_in_the_script_that_it_is_written_in(name: str) -> None:
    assert f"Zoé {name}" in sheet(made(**named("Zoé", name)))


def test_decomposed_letters_are_composed_and_breaks_become_spaces() -> None:
    assert "Zoé Le Goff" in sheet(made(**named("Zoe\N{COMBINING ACUTE ACCENT}", "Le\n\t Goff")))


def test_what_no_font_has_or_would_turn_the_line_around_is_printed_as_its_code() -> None:
    said = sheet(made(**named("Yamada 山田", "a\N{RIGHT-TO-LEFT OVERRIDE}b\0c")))
    assert "[U+5C71][U+7530]" in said
    assert "a[U+202E]b[U+0000]c" in said


LONGEST = "Anne-Charlotte Marie-Éléonore Wilhelmine Bénédicte Hildegarde"


@pytest.mark.parametrize(
    ("given_name", "family_name"),
    [("A", "B"), (LONGEST[:60], LONGEST[:60]), ("W" * 60, "M" * 60), ("i" * 60, "é" * 60)],
)
@pytest.mark.parametrize(
    "title", ["G", "Conseiller en offres de services complexes auprès des usagers ou assimilés", "W" * 70]
)
def test_short_or_long_everything_stays_on_one_sheet_within_its_frame(
    given_name: str, family_name: str, title: str
) -> None:
    more = {"valid_until": date(2030, 1, 1), "edition": 2, "reissued": "lost", "languages": ("fr", "en")}
    content = made(**named(given_name, family_name), **more, title=f"CQP {title}", blocks=sample_facts().blocks * 3)
    reader = opened(content)
    assert len(reader.pages) == 2, "the sheet and its annex"
    page = reader.pages[0]
    said = flat(page.extract_text()).replace(" ", "")
    for part in (given_name, family_name, title, "EX-2027-000001"):
        assert part.replace(" ", "") in said, part
    places: list[tuple[float, float]] = []

    def seen(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        if text.strip():
            x, y = tm[4] * cm[0] + tm[5] * cm[2] + cm[4], tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            places.append((x, y))

    page.extract_text(visitor_text=seen)
    left, bottom, right, top = (float(edge) for edge in page.mediabox)
    for x, y in places:
        assert left + 40 < x < right - 40, places
        assert bottom + 40 < y < top - 40, places


def test_the_annex_lists_each_block_with_its_competences_and_since_when_it_is_held() -> None:
    for content in (annex(sample_facts()), made()):
        said = flat(opened(content).pages[-1].extract_text())
        for part in (
            "Annexe des compétences",
            "Acquis le 12 avril 2027",
            "Reformuler la demande",
            "Vérifier les pièces",
        ):
            assert part in said, part
    assert len(opened(annex(sample_facts())).pages) == 1


def test_a_long_annex_goes_on_over_pages_that_say_which_they_are() -> None:
    blocks = tuple(
        CertifiedBlock(
            id=str(n), title=f"Bloc {n}", competences=tuple(f"Compétence {n}.{m} de ce bloc" for m in range(30))
        )
        for n in range(8)
    )
    pages = opened(annex(sample_facts(blocks=blocks))).pages
    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        assert f"{number} sur {len(pages)}" in flat(page.extract_text())
    said = flat(" ".join(page.extract_text() for page in pages))
    assert all(f"Compétence {n}.{m} " in said for n in range(8) for m in range(30))


def test_without_competences_there_is_no_annex_on_the_certificate() -> None:
    assert len(opened(made(blocks=(CertifiedBlock(id="A", title="Accueillir"),))).pages) == 1


def test_the_same_facts_give_the_same_bytes_whatever_was_printed_before() -> None:
    first = made()
    assert made(**named("Autre", "Personne")) != first
    assert certificate(sample_facts(), b"{}") != first
    result_notice(sample_notice())
    assert made() == first


_TEXT = st.text(st.characters(), min_size=1, max_size=40)


@settings(max_examples=25, deadline=None)
@given(given_name=_TEXT, family_name=_TEXT, title=_TEXT, whole=st.booleans())
def test_no_text_whatever_keeps_a_certificate_from_being_printed(
    given_name: str, family_name: str, title: str, whole: bool
) -> None:
    fields = {**({} if whole else BLOCK), "title": title, **named(given_name, family_name)}
    facts: CertificateFacts = sample_facts(**fields)
    assert opened(certificate(facts, CREDENTIAL)).attachments


@pytest.mark.parametrize(("until", "told"), [(date(2027, 4, 11), True), (date(2027, 4, 12), False), (None, False)])
def test_a_registration_that_had_ended_by_the_day_of_the_award_is_told_with_its_end(
    until: date | None, told: bool
) -> None:
    found = sheet(made(registered_until=until))
    assert "RNCP00000, niveau 4" in found
    assert ("jusqu’au 11 avril 2027" in found) is told
