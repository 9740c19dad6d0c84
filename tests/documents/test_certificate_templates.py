"""An administrator's templates take the place of ours, if they compile; they reach no file outside and no network."""

from __future__ import annotations

import shutil
from io import BytesIO
from pathlib import Path

import pypdf
import pytest

from documents.certificate import TemplateFault, annex, certificate, check, load_templates, result_notice
from documents.certificates.samples import SAMPLES, sample_facts, sample_notice
from documents.certificates.templates import BUNDLED, FONTS, NAMES

PLAIN = """#let data = json("data.json")
#set document(title: data.title)
#set text(lang: data.language)
#set page(paper: "a4")
MINE #data.number
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "certificates").mkdir()
    return tmp_path


def put(folder: Path, text: str, name: str = "certificate.typ") -> Path:
    file = folder / "certificates" / name
    file.write_text(text, "utf-8")
    return file


def read(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(BytesIO(content))


def words(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in read(content).pages).split())


def printed(folder: Path) -> str:
    return words(certificate(sample_facts(), b"{}", folder))


def ours() -> str:
    return words(certificate(sample_facts(), b"{}"))


def fault(folder: Path) -> TemplateFault:
    """The one fault that the folder has."""
    [found] = load_templates(folder).faults
    with pytest.raises(TemplateFault) as told:
        check(folder)
    assert str(told.value) == str(found)
    return found


def test_every_document_has_its_template_and_ours_all_compile() -> None:
    assert {f"{name}.typ" for name in NAMES} <= {file.name for file in BUNDLED.glob("*.typ")}
    for name, samples in SAMPLES.items():
        for sample in samples:
            assert load_templates().print(name, sample.data, sample.files).startswith(b"%PDF")


def test_a_template_takes_the_place_of_ours_and_the_credential_stays_attached(folder: Path) -> None:
    put(folder, PLAIN)
    content = certificate(sample_facts(), b'{"a":1}', folder)
    assert words(content) == "MINE EX-2027-000001"
    assert read(content).attachments["credential.json"] == [b'{"a":1}']
    assert words(annex(sample_facts(), folder)) == words(annex(sample_facts()))
    check(folder)


def test_without_a_folder_or_with_an_empty_one_ours_are_used(tmp_path: Path, folder: Path) -> None:
    assert printed(tmp_path / "nowhere") == printed(folder) == ours()
    check(folder)


def test_what_several_have_in_common_can_be_replaced_too(folder: Path) -> None:
    common = (BUNDLED / "wall.typ").read_text("utf-8")
    put(folder, common.replace('"janvier", "février", "mars", "avril"', '"i", "ii", "iii", "germinal"'), "wall.typ")
    assert "12 germinal 2027" in printed(folder).replace("\N{NO-BREAK SPACE}", " ")
    assert "12 germinal 2027" in words(result_notice(sample_notice(), folder)).replace("\N{NO-BREAK SPACE}", " ")


def test_pictures_files_of_its_own_and_fonts_may_lie_beside_it(folder: Path) -> None:
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
    put(folder, drawing, "logo.svg")
    put(folder, '#let mine = image("logo.svg", alt: "Logo")', "more.typ")
    put(folder, '#import "more.typ": mine\n' + PLAIN + "#mine")
    shutil.copy(FONTS / "EBGaramond.ttf", folder / "certificates" / "Mine.ttf")
    assert load_templates(folder).faults == ()
    assert "MINE" in printed(folder)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (PLAIN + '#let wrong = 1 + "a"', 6, "cannot add integer and string"),
        ("#let data = json(", 1, "unclosed delimiter"),
        (PLAIN + "#data.nothing", 6, "nothing"),
        ("Bonjour", None, "title"),
        (PLAIN + '#image("nowhere.svg", alt: "x")', 6, "not found"),
        (PLAIN + "\N{CJK UNIFIED IDEOGRAPH-5C71}", 6, "could not be displayed"),
    ],
)
def test_one_that_does_not_compile_is_told_with_its_file_and_line_and_ours_stays(
    folder: Path, text: str, line: int | None, reason: str
) -> None:
    file = put(folder, text)
    told = fault(folder)
    assert (told.file, told.line) == (file, line)
    assert reason in told.reason
    assert str(told).startswith(f"{file}:{line}: " if line else f"{file}: ")
    assert printed(folder) == ours()


def test_a_fault_in_a_file_of_its_own_is_told_of_the_template_that_reads_it(folder: Path) -> None:
    file = put(folder, '#import "more.typ": mine\n' + PLAIN)
    put(folder, "\n#let mine = 1 + [a]", "more.typ")
    told = fault(folder)
    assert told.file == file
    assert "more.typ:2" in told.reason
    assert printed(folder) == ours()


def test_the_one_that_was_used_before_stays_until_the_new_one_compiles(folder: Path) -> None:
    put(folder, PLAIN)
    assert printed(folder) == "MINE EX-2027-000001"
    put(folder, PLAIN.replace("MINE", "#broken("))
    assert printed(folder) == "MINE EX-2027-000001"
    assert fault(folder).line is not None
    put(folder, PLAIN.replace("MINE", "RIGHT AGAIN"))
    assert printed(folder) == "RIGHT AGAIN EX-2027-000001"
    (folder / "certificates" / "certificate.typ").unlink()
    assert printed(folder) == ours()


def test_one_wrong_template_does_not_take_the_others_with_it(folder: Path) -> None:
    put(folder, PLAIN)
    put(folder, "#wrong(", "annex.typ")
    assert fault(folder).file.name == "annex.typ"
    assert printed(folder) == "MINE EX-2027-000001"
    assert words(annex(sample_facts(), folder)) == words(annex(sample_facts()))


OUTSIDE = [
    '#read("/etc/passwd")',
    '#read("../../../../../../etc/passwd")',
    '#image("/etc/passwd", alt: "x")',
    '#import "/etc/passwd"',
    '#include "../secret.typ"',
    '#import "@preview/cetz:0.3.0": *',
    '#import "@local/cetz:0.3.0": *',
    '#import ("@" + "preview/cetz:0.3.0"): *',
    '#{ let where = "@preview/cetz:0.3.0"; import where: * }',
    '#import "\\u{40}preview/cetz:0.3.0": *',
    '#eval("import \\"@preview/cetz:0.3.0\\": *")',
    '#std.eval("1")',
    '#dictionary(std).at("ev" + "al")("1")',
    '#plugin("a.wasm")',
    '/* */ #import /* */ "@preview/cetz:0.3.0"',
]


@pytest.mark.parametrize("text", OUTSIDE)
def test_nothing_outside_its_folder_is_read_and_no_package_is_asked_for(folder: Path, text: str) -> None:
    (folder / "secret.typ").write_text("secret", "utf-8")
    put(folder, PLAIN + text)
    told = fault(folder)
    assert told.line == 6
    assert "download" not in told.reason
    assert printed(folder) == ours()


def test_a_file_of_another_kind_is_not_read_not_even_through_a_link(folder: Path) -> None:
    put(folder, PLAIN + '#read("more.txt")')
    (folder / "certificates" / "more.txt").symlink_to("/etc/passwd")
    assert "not found" in fault(folder).reason


@pytest.mark.parametrize("name", ["qr.svg", "main.typ"])
def test_what_each_document_is_given_cannot_be_given_by_the_folder(folder: Path, name: str) -> None:
    put(folder, "", name)
    assert "taken" in fault(folder).reason


def test_one_that_the_samples_did_not_show_to_be_wrong_is_told_when_it_is(folder: Path) -> None:
    file = put(folder, PLAIN + '#if data.number == "EX-2027-000013" { panic("thirteen") }')
    assert load_templates(folder).faults == ()
    with pytest.raises(TemplateFault, match="thirteen") as told:
        certificate(sample_facts(number="EX-2027-000013"), b"{}", folder)
    assert (told.value.file, told.value.line) == (file, 6)
