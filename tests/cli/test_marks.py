"""``jalon marks explain``: a file of marks, and what it computes."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from domain.scheme.model import Scheme
from interfaces.cli import marks as _registered
from interfaces.cli.console import settings
from interfaces.cli.marks import share
from schemes.files import bundled
from tests.cli.speaking import answer, refused, run

assert _registered
COS = bundled()["cqp-cos"]


@pytest.fixture(autouse=True)
def _french() -> Iterator[None]:
    yield
    settings.language = "fr"


def full(scheme: Scheme = COS) -> dict[str, str]:
    return dict.fromkeys(scheme.block_of_criterion, "1")


def write(folder: Path, marks: Mapping[str, str], heading: str = "criterion,met") -> Path:
    path = folder / "marks.csv"
    path.write_text("".join(f"{line}\n" for line in (heading, *(f"{id},{met}" for id, met in marks.items()))), "utf-8")
    return path


def explain(path: Path, *arguments: str, scheme: str = "cqp-cos") -> tuple[object, ...]:
    return ("marks", "explain", "--scheme", scheme, "--marks", path, *arguments)


def test_the_json_has_exactly_the_shape_that_is_taken_literally(tmp_path: Path) -> None:
    marks = full() | {"GRU.1.5": "0", "GRU.2.1": "0", "GRU.2.2": "", "POS.1.1": "0", "POS.1.2": "0", "POS.2.1": "0"}
    found = answer(*explain(write(tmp_path, marks)))
    assert list(found) == ["scheme", "blocks", "certificate"]
    assert (found["scheme"], found["certificate"]) == ("cqp-cos", False)
    assert [block["id"] for block in found["blocks"]] == ["GRU", "MDR", "POS", "TD"]
    gru = found["blocks"][0]
    assert list(gru) == ["id", "validated", "validated_competences", "competences", "detail"]
    assert (gru["validated"], gru["validated_competences"], gru["competences"]) == (True, 4, 5)
    assert gru["detail"][:2] == [
        {"id": "GRU.1", "validated": True, "met": 4, "criteria": 5},
        {"id": "GRU.2", "validated": False, "met": 5, "criteria": 7},
    ]
    assert found["blocks"][2]["validated"] is False


def test_the_certificate_is_true_when_every_block_is_validated(tmp_path: Path) -> None:
    for scheme in bundled().values():
        assert answer(*explain(write(tmp_path, full(scheme)), scheme=scheme.id))["certificate"] is True


def test_judging_some_blocks_needs_their_criteria_only_and_never_gives_the_certificate(tmp_path: Path) -> None:
    marks = {id: met for id, met in full().items() if id[:3] in ("GRU", "MDR")}
    found = answer(*explain(write(tmp_path, marks), "--blocks", "MDR, GRU"))
    assert [block["id"] for block in found["blocks"]] == ["GRU", "MDR"]
    assert all(block["validated"] for block in found["blocks"])
    assert found["certificate"] is False


def test_all_missing_criteria_are_listed(tmp_path: Path) -> None:
    marks = full()
    for id in ("GRU.1.1", "TD.4.6"):
        del marks[id]
    said = refused(*explain(write(tmp_path, marks)))
    assert "GRU.1.1, TD.4.6" in said


def test_criteria_missing_from_a_judged_block_are_listed(tmp_path: Path) -> None:
    said = refused(*explain(write(tmp_path, {"GRU.1.1": "1"}), "--blocks", "TD"))
    assert "TD.1.1" in said
    assert "GRU.1.2" not in said


def test_every_fault_is_told_with_its_line(tmp_path: Path) -> None:
    lines = ["GRU.1.1,oui", "GRU.1.1,1", "X.9,1", ",1", "Y.1,0"]
    path = tmp_path / "marks.csv"
    rest = [f"{id},1" for id in full() if id != "GRU.1.1"]
    path.write_text("\n".join(["criterion,met", *lines, *rest]), "utf-8")
    said = refused(*explain(path)).splitlines()
    assert [line.split(" : ")[0] for line in said[:5]] == [f"Ligne {row}" for row in range(2, 7)]
    assert "oui" in said[0]
    assert "ligne 2" in said[1]
    assert "X.9" in said[2]
    assert "Y.1" in said[4]
    assert "manque" not in "".join(said)


def test_with_json_errors_stay_plain_sentences_on_standard_error(tmp_path: Path) -> None:
    result = run(*explain(write(tmp_path, {"X": "1"}), "--json"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "X" in result.stderr


@pytest.mark.parametrize("met", ["2", "-1", "1.0", "true", "oui", "x", "0,5"])
def test_a_mark_is_1_0_or_nothing(tmp_path: Path, met: str) -> None:
    path = write(tmp_path, {id: f'"{value}"' for id, value in (full() | {"GRU.1.1": met}).items()})
    assert "Ligne 2" in refused(*explain(path))


def _file(lines: list[str], separator: str = ",", ending: str = "\n") -> str:
    return "".join(line.replace(",", separator) + ending for line in lines)


LINES = ["criterion,met", *(f"{id},1" for id in full())]


@pytest.mark.parametrize(
    "content",
    [
        _file(LINES).encode(),
        _file(LINES, ";").encode(),
        _file(LINES, ";").encode("utf-8-sig"),
        _file(LINES, " ; ", "\r\n").encode(),
        _file(["Critère,Atteint", *LINES[1:]]).encode("cp1252"),
        _file(["Critère,Atteint", *LINES[1:]]).encode(),
        _file([unicodedata.normalize("NFD", "Critère,Atteint"), *LINES[1:]]).encode(),
        _file(["met,criterion", *(f"1,{id}" for id in full())]).encode(),
        ("\n" + _file(LINES) + "\n\n").encode(),
        _file([f"{line},remarque" for line in LINES]).encode(),
    ],
)
def test_files_of_every_kind_of_program_are_read(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "marks.csv"
    path.write_bytes(content)
    assert answer(*explain(path))["certificate"] is True


def test_an_identifier_in_another_unicode_form_is_the_same(tmp_path: Path) -> None:
    text = files("schemes").joinpath("cqp-cos.yaml").read_text("utf-8")
    (tmp_path / "a.yaml").write_text(text.replace("id: GRU.1.1,", "id: GRÉ.1.1,"), "utf-8")
    marks = {unicodedata.normalize("NFD", id.replace("GRU.1.1", "GRÉ.1.1")): met for id, met in full().items()}
    assert answer(*explain(write(tmp_path, marks), "--schemes", str(tmp_path)))["certificate"] is True


def test_files_that_are_no_table_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"
    for content in (
        b"",
        b"\n\n",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"criterion\nGRU.1.1\n",
        b"criterion,met,met\nGRU.1.1,1,1\n",
    ):
        path.write_bytes(content)
        assert refused(*explain(path))
    assert "n'existe pas" in refused(*explain(tmp_path / "none.csv"))
    assert refused(*explain(tmp_path))


def test_a_file_with_a_heading_only_lists_every_criterion(tmp_path: Path) -> None:
    said = refused(*explain(write(tmp_path, {})))
    assert all(id in said for id in full())


def test_a_file_of_100_mb_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    assert "100 Mio" in refused(*explain(path))


def test_an_unknown_scheme_or_block_is_refused_with_those_there_are(tmp_path: Path) -> None:
    path = write(tmp_path, full())
    assert "cqp-gc" in refused(*explain(path, scheme="cqp-x"))
    assert "GRU, MDR, POS, TD" in refused(*explain(path, "--blocks", "GRU,GDU"))
    assert "GRU, MDR, POS, TD" in refused(*explain(path, "--blocks", " , "))


def test_the_table_shows_how_each_result_came_about(tmp_path: Path) -> None:
    marks = full() | {"GRU.1.5": "0", "GRU.3.1": "0", "GRU.3.2": "", "TD.1.1": "0", "TD.1.2": "0"}
    shown = run(*explain(write(tmp_path, marks))).stdout.replace("\N{NO-BREAK SPACE}", " ")
    assert "4 critères sur 5 : 80 % atteints, seuil 80 %" in shown
    assert "7 critères sur 9 : 77,7 % atteints, seuil 80 % ; non observés : 1" in shown
    assert "Blocs validés : 3 sur 4." in shown
    assert "Grille illustrative" in shown


def test_the_table_speaks_english(tmp_path: Path) -> None:
    shown = run("--lang", "en", *explain(write(tmp_path, full()))).stdout
    assert "5 criteria of 5: 100% met, threshold 80%" in shown


def test_a_share_is_never_rounded_up() -> None:
    assert share(Fraction(7999, 10000)).replace("\N{NO-BREAK SPACE}", " ") == "79,9 %"


@hypothesis_settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_the_answer_equals_a_plain_computation_with_fractions(tmp_path: Path, data: st.DataObject) -> None:
    scheme = data.draw(st.sampled_from([COS, bundled()["clea"]]))
    ids = list(scheme.block_of_criterion)
    likely = st.sampled_from(["1"] * 6 + ["0", ""])
    marks = dict(zip(ids, data.draw(st.lists(likely, min_size=len(ids), max_size=len(ids))), strict=True))
    found = json.loads(run(*explain(write(tmp_path, marks), "--json", scheme=scheme.id)).stdout)
    for block, result in zip(scheme.blocks, found["blocks"], strict=True):
        validated = [
            Fraction(sum(marks[criterion.id] == "1" for criterion in one.criteria), len(one.criteria)) >= one.threshold
            for one in block.competences
        ]
        assert [one["validated"] for one in result["detail"]] == validated
        assert result["validated"] == (Fraction(sum(validated), len(validated)) >= block.threshold)
    assert found["certificate"] == all(block["validated"] for block in found["blocks"])
