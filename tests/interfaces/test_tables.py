"""Reading tables, whatever program wrote them."""

from __future__ import annotations

import codecs
import gc
import tempfile
import tracemalloc
import unicodedata
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from interfaces.table_types import clean, find_columns, letter
from interfaces.tables import Column, fold, read_table
from tests.interfaces.writing import as_csv, write_csv, write_xlsx

ROWS = [["nom", "prénom"], ["Étchegoyen", "Zoé"], ["L’Hostis", "Anne-Laure"]]


def values(path: Path) -> list[tuple[Any, ...]]:
    return [row.cells for row in read_table(path).rows()]


def refusal(path: Path, **limits: int) -> tuple[str, int]:
    table = read_table(path, **limits)
    faults = [*table.faults, *(fault for row in table.rows() for fault in row.faults)]
    assert len(faults) == 1
    assert faults[0].message("fr") != faults[0].message("en")
    return faults[0].code, faults[0].row


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_every_separator_is_read_in_every_encoding(tmp_path: Path, separator: str, encoding: str) -> None:
    path = write_csv(tmp_path / "t.csv", ROWS, separator, encoding)
    table = read_table(path)
    assert table.headings == ("nom", "prénom")
    assert [row.cells for row in table.rows()] == [("Étchegoyen", "Zoé"), ("L’Hostis", "Anne-Laure")]


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_known_by_its_mark_in_either_byte_order(tmp_path: Path, order: str) -> None:
    mark = codecs.BOM_UTF16_LE if order == "utf-16-le" else codecs.BOM_UTF16_BE
    path = tmp_path / "t.csv"
    path.write_bytes(mark + as_csv(ROWS, "\t").encode(order))
    assert len(values(path)) == 2


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_end_in_any_of_three_ways(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(f"a;b{ending}1;2{ending}3;4".encode())
    assert values(path) == [("1", "2"), ("3", "4")]


def test_rows_are_numbered_as_in_a_spreadsheet_blank_lines_and_quoted_line_breaks_included(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a;b\n\n"one\ntwo";x\n;;\n   ;\n3;4\n', "utf-8")
    assert [(row.number, row.cells) for row in read_table(path).rows()] == [(3, ("one\ntwo", "x")), (6, ("3", "4"))]


def test_the_separator_is_not_looked_for_inside_quotes(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('"nom, prénom, usage";voie\nx;y\n', "utf-8")
    assert read_table(path).headings == ("nom, prénom, usage", "voie")


def test_the_separator_line_of_excel_is_obeyed_and_not_counted(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("sep=,\na,b;c\n1,2\n", "utf-8")
    table = read_table(path)
    assert table.headings == ("a", "b;c")
    assert [row.number for row in table.rows()] == [2]


def test_text_comes_in_nfc_and_stripped(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(unicodedata.normalize("NFD", "nom\n\u00a0 Nguyễn\u200b \n"), "utf-8")
    assert values(path) == [("Nguyễn",)]


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    for content in (b"", codecs.BOM_UTF8, b"\n \r\n\n", b";;;\n"):
        path.write_bytes(content)
        assert refusal(path) == ("file.empty", 1)


def test_a_file_of_100_mb_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    with path.open("wb") as file:
        file.write(b"nom;voie\n")
        file.truncate(100 * 1024 * 1024)
    tracemalloc.start()
    assert refusal(path) == ("file.too_large", 1)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_a_file_that_is_not_there_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "absent.csv") == ("file.missing", 1)
    assert refusal(tmp_path) == ("file.not_a_table", 1)


def test_null_bytes_are_refused_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a;b\n1;2\n3;\x00\n")
    assert refusal(path) == ("file.binary", 3)
    path.write_bytes("nom;prénom\n".encode("utf-16-le"))
    assert refusal(path) == ("file.binary", 1)


def test_utf_8_with_a_line_of_windows_1252_is_refused_with_that_line(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("nom\nZoé\n".encode() + "Élise\n".encode("cp1252"))
    assert refusal(path) == ("file.encoding", 3)


def test_windows_1252_with_a_line_of_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("nom\nÉlise\n".encode("cp1252") + "Zoé\n".encode())
    assert refusal(path) == ("file.encoding", 2)


def test_bytes_that_mean_nothing_in_any_known_encoding_are_refused_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"nom\nDupr\xe9\nD\x81pr\n")
    assert refusal(path) == ("file.encoding", 3)


def test_utf_16_cut_short_and_utf_32_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("nom\nZoé\n".encode("utf-16")[:-1])
    assert refusal(path) == ("file.encoding", 2)
    path.write_bytes("nom\nZoé\n".encode("utf-32"))
    assert refusal(path) == ("file.encoding", 1)


def test_a_row_with_too_many_cells_is_a_fault_and_empty_cells_at_its_end_are_not(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a;b;\n1;2;;;\n1;2;3\n1\n", "utf-8")
    rows = list(read_table(path).rows())
    assert [[fault.code for fault in row.faults] for row in rows] == [[], ["row.too_many_cells"], []]
    assert rows[2].cells == ("1", "")


def test_quotes_badly_closed_are_a_fault_of_their_row_and_reading_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a;b\n"x"y;2\n3;4\n', "utf-8")
    rows = list(read_table(path).rows())
    assert [(row.number, [fault.code for fault in row.faults]) for row in rows] == [(2, ["row.quotes"]), (3, [])]


def test_a_quote_never_closed_does_not_swallow_rows_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a;b\n"x;2\n' + "3;4\n" * 50_000, "utf-8")
    assert [fault.code for row in read_table(path).rows() for fault in row.faults] == ["row.quotes"]


def test_rows_beyond_the_limit_are_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [["a"], *([str(n)] for n in range(5))])
    assert refusal(path, max_rows=3) == ("file.too_many_rows", 5)


def test_headings_are_found_whatever_their_case_accents_spaces_and_brackets() -> None:
    wanted = [Column("given", ("prénom",)), Column("born", ("né(e) le", "date de naissance"))]
    for headings in (
        ("PRENOM", "Date_de  Naissance"),
        ("Prénom (usuel)", "NÉ(E) LE"),
        ("pré-nom", "ne le (jj/mm/aaaa)"),
    ):
        found = find_columns(headings, [*wanted, Column("x", ("ne le",), required=False)])
        assert found.index["given"] == 0
        assert not found.unknown


def test_missing_and_doubled_columns_are_faults_that_name_them() -> None:
    wanted = [Column("a", ("nom", "nom de naissance")), Column("b", ("voie",)), Column("c", ("mail",), required=False)]
    found = find_columns(("Nom", "NOM DE NAISSANCE", "divers"), wanted)
    assert [(fault.column, fault.code) for fault in found.faults] == [
        ("NOM DE NAISSANCE", "column.double"),
        ("voie", "column.missing"),
    ]
    assert found.unknown == ("divers",)


def test_columns_have_letters_as_in_a_spreadsheet() -> None:
    assert [letter(position) for position in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_folding_drops_what_people_type_differently() -> None:
    assert fold("D’ARTAGNAN") == fold("d'Artagnan") == fold("d Artagnan") == "dartagnan"
    assert fold("Cœur") == fold("COEUR")
    assert fold(unicodedata.normalize("NFD", "Nguyễn")) == fold("NGUYỄN") == "nguyen"


def test_a_workbook_is_read_with_blank_rows_dates_numbers_and_formulas(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "t.xlsx",
        [
            ["nom", "né(e) le", "numéro", "taux", "oui"],
            [],
            [" Zoé ", datetime.fromisoformat("1990-02-03T14:30"), 12.0, 0.5, True],
            [None, None, None, None, None],
            ["Élise", date(1991, 2, 3), "007", None, False],
        ],
    )
    assert [(row.number, row.cells) for row in read_table(path).rows()] == [
        (3, ("Zoé", date(1990, 2, 3), "12", "0.5", "1")),
        (5, ("Élise", date(1991, 2, 3), "007", "", "0")),
    ]


def test_a_workbook_is_known_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "t.csv", [["a"], ["1"]])
    assert values(path) == [("1",)]


def test_a_hidden_first_sheet_is_passed_over(tmp_path: Path) -> None:
    book = Workbook()
    hidden = book.active
    assert hidden is not None
    hidden.append(["listes"])
    book.create_sheet("candidats").append(["nom"])
    hidden.sheet_state = "hidden"
    book.save(tmp_path / "t.xlsx")
    assert read_table(tmp_path / "t.xlsx").headings == ("nom",)


def test_the_cached_value_of_a_formula_is_read_and_a_missing_one_is_a_fault(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "t.xlsx", [["a", "b"], ["x", '="y"']])
    table = read_table(path)
    assert [(fault.column, fault.code) for row in table.rows() for fault in row.faults] == [("b", "cell.formula")]
    _rewrite(path, b"<v></v>", b"<v>7</v>")
    assert values(path) == [("x", "7")]


def test_a_calculation_error_is_a_fault_of_its_cell(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "t.xlsx", [["a", "b"], ["x", "#N/A"]])
    table = read_table(path)
    assert [(fault.column, fault.code) for row in table.rows() for fault in row.faults] == [("b", "cell.error")]


def test_old_open_document_and_protected_workbooks_are_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    assert refusal(path) == ("file.legacy", 1)
    assert "XLSX" in read_table(path).faults[0].message("fr")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    assert refusal(path) == ("file.legacy", 1)


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "rien")
    assert refusal(path) == ("file.not_a_table", 1)


def test_an_archive_that_swells_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "t.xlsx", [["a"], ["1"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/bomb.xml", b"0" * 4_000_000)
    assert path.stat().st_size < 50_000
    assert refusal(path, max_bytes=1_000_000) == ("file.inflated", 1)


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "t.xlsx", [["a"], ["1"]])
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert refusal(path) == ("file.damaged", 1)
    path.write_bytes(whole)
    _rewrite(path, b"</row>", b"</wor>")
    assert refusal(path) == ("file.damaged", 1)


def _rewrite(path: Path, old: bytes, new: bytes) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    changed = parts["xl/worksheets/sheet1.xml"].replace(old, new).replace(b"<v />", new)
    assert changed != parts["xl/worksheets/sheet1.xml"]
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, changed if name == "xl/worksheets/sheet1.xml" else part)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_reading_ten_thousand_rows_takes_no_more_memory_than_reading_one_thousand(tmp_path: Path, kind: str) -> None:
    def peak(count: int) -> int:
        rows = [["a", "b", "c"], *([f"{n}", "même texte", f"{n * 7}"] for n in range(count))]
        path = tmp_path / f"{count}.{kind}"
        write_csv(path, rows) if kind == "csv" else write_xlsx(path, [[n, 7, n * 7] for n in range(count + 1)])
        # What others left to be collected would be collected at another row each time.
        gc.collect()
        tracemalloc.start()
        assert sum(1 for _ in read_table(path).rows()) == count
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    # The XML reader of a workbook keeps an empty element for each row, some 150 bytes.
    assert peak(10_000) < peak(1_000) + 9_000 * 200


SIGNS = st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co"), exclude_characters="\ufffd\u2028\u2029\u0085")
CELLS = st.text(SIGNS | st.sampled_from("\";,\t\n '"), max_size=12).map(clean)
# A single column has no separator to be told by.
TABLES = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=6)
)


@settings(deadline=None, max_examples=150)
@given(TABLES, st.sampled_from(";,\t"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_any_table_written_in_any_dialect_reads_back_the_same(
    rows: list[list[str]], separator: str, encoding: str
) -> None:
    headings = [f"colonne {letter(n)}" for n in range(len(rows[0]))]
    with tempfile.TemporaryDirectory() as folder:
        path = write_csv(Path(folder) / "t.csv", [headings, *rows], separator, encoding)
        table = read_table(path)
        read = [(row.number, list(row.cells), row.faults) for row in table.rows()]
    assert list(table.headings) == headings
    assert read == [(number, row, ()) for number, row in enumerate(rows, 2) if any(row)]


LETTERS_OF_1252 = bytes(range(0xE0, 0x100)).decode("cp1252")


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text("abcXYZ' -" + LETTERS_OF_1252, min_size=1, max_size=12).map(clean), min_size=1, max_size=6))
def test_any_lower_case_french_text_in_windows_1252_reads_back_the_same(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_csv(Path(folder) / "t.csv", [["nom", "x"], *([name, "é"] for name in names)], encoding="cp1252")
        assert [row.cells[0] for row in read_table(path).rows()] == names
