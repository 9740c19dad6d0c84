"""What every PDF keeps to, whatever its template: PDF/A-3a and PDF/UA-1, the same bytes for the same data."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdf
import pytest
from pypdf.generic import DictionaryObject
from typst import TypstError

from documents import pdf as room

BODY = """
#import "base.typ": data, paper, facts, listing, signatures
#show: paper
#facts(data.facts)
= Notes
#listing(("Critère", "Énoncé"), data.rows, columns: (auto, 1fr))
#signatures("Signatures", ("Nom", "Le"), data.signed)
"""


@pytest.fixture(autouse=True)
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A template of its own, beside the one that all share."""
    base = Path(room.__file__).with_name("base.typ").read_text("utf-8")
    (tmp_path / "base.typ").write_text(base, "utf-8")
    (tmp_path / "sample.typ").write_text(BODY, "utf-8")
    monkeypatch.setattr(room, "_HERE", tmp_path)
    room._press.cache_clear()


def made(language: str = "fr", title: str = "Procès-verbal", **more: Any) -> bytes:
    data = {
        "issued_on": "2027-04-12",
        "certifier": "Ucanss",
        "reference": ["pathway:1 · version 12", "empreinte 0a1b"],
        "keywords": ["jalon:0a1b"],
        "facts": [["Candidate", "Éléonore d'Aubigné-Œuvré"]],
        "rows": [["GRU.1.1", "Accueillir"]],
        "signed": [["juror:1", "12/04/2027"]],
        **more,
    }
    return room.pdf("sample", data, title=title, language=language)


def opened(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(BytesIO(content), strict=True)


def root(content: bytes) -> Any:
    """The catalog of the file."""
    return opened(content).trailer["/Root"]


def text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in opened(content).pages)


def tags(node: Any) -> set[str]:
    """The structure types below ``node``."""
    node = node.get_object()
    if isinstance(node, list):
        return {tag for item in node for tag in tags(item)}
    if not isinstance(node, DictionaryObject):
        return set()
    own = {str(node["/S"])} if "/S" in node else set()
    return own | (tags(node["/K"]) if "/K" in node else set())


def test_it_says_that_it_is_pdf_a_3a_and_pdf_ua_1() -> None:
    xmp = root(made())["/Metadata"].get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp


def test_it_is_tagged_in_its_language_and_shows_its_title() -> None:
    for language in ("fr", "en"):
        catalog = root(made(language))
        assert catalog["/MarkInfo"]["/Marked"]
        assert catalog["/Lang"] == language
        assert catalog["/ViewerPreferences"]["/DisplayDocTitle"]
        assert {"/Document", "/H1", "/Table", "/THead", "/TH", "/TD"} <= tags(catalog["/StructTreeRoot"])


def test_its_fonts_are_inside() -> None:
    fonts = root(made())["/Pages"]["/Kids"][0]["/Resources"]["/Font"]
    for font in fonts.values():
        descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & descriptor.keys()


def test_title_author_and_the_documents_own_date_are_set() -> None:
    about = opened(made(title="Procès-verbal n° 1")).metadata
    assert about is not None
    assert (about.title, about.author) == ("Procès-verbal n° 1", "Ucanss")
    assert about.creation_date is not None
    assert about.creation_date.date() == date(2027, 4, 12)
    assert "jalon:0a1b" in (about.keywords or "")


def test_the_same_data_gives_the_same_bytes_and_other_data_others() -> None:
    first = made()
    assert made(rows=[["GRU.1.1", "Autre"]]) != first
    room._press.cache_clear()
    assert made() == first


def test_every_page_says_which_it_is_and_what_it_rests_on() -> None:
    rows = [[f"GRU.{number}", "Accueillir le public et reformuler sa demande. " * 4] for number in range(60)]
    pages = [page.extract_text() for page in opened(made(rows=rows)).pages]
    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        assert f"{number} sur {len(pages)}" in page
        assert "pathway:1 · version 12" in page
        assert "Critère" in page, "a table that goes on repeats its head"


def test_french_punctuation_does_not_stand_alone_on_a_line() -> None:
    written = text(made(facts=[["Avis", "Favorable : « oui » ; sûr ?"]]))
    assert "Favorable\N{NO-BREAK SPACE}: «\N{NO-BREAK SPACE}oui\N{NO-BREAK SPACE}»" in written
    assert "sûr\N{NARROW NO-BREAK SPACE}?" in written


def test_a_character_that_no_font_has_is_written_as_its_code() -> None:
    written = text(made(facts=[["Candidate", "Yamada 山田"], ["Note", "bien \N{GRINNING FACE}\0"]]))
    assert "Yamada [U+5C71][U+7530]" in written
    assert "bien [U+1F600][U+0000]" in written


def test_what_has_no_spaces_is_folded_and_a_digest_stays_whole() -> None:
    endless, digest = "Motsanscoupure" * 40, "0a1b" * 16
    content = made(rows=[["GRU.1.1", endless], ["x", digest]])
    assert endless in text(content).replace("\N{ZERO WIDTH SPACE}", "").replace("\n", "")
    assert digest in text(content)
    edge = opened(content).pages[0].mediabox.right
    ends: list[float] = []
    opened(content).pages[0].extract_text(visitor_text=lambda text, cm, tm, font, size: ends.append(tm[4]))
    assert max(ends) < edge


def test_what_is_written_is_never_read_as_markup() -> None:
    odd = "#panic() *gras* $x$ \\ <a> @b [c] _d_ // e"
    assert odd in text(made(facts=[["Note", odd]]))


def test_a_fault_of_the_template_is_raised() -> None:
    with pytest.raises(TypstError):
        made(facts=[["only one"]])
