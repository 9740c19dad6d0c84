"""What a candidate file may hold, cell by cell."""

from __future__ import annotations

import tracemalloc
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from domain.scheme.model import Scheme
from examples.sample import HEADINGS, make_candidates
from interfaces.candidates import CandidateRow, person_key, read_candidates
from schemes.files import bundled
from tests.interfaces.writing import GOOD, TODAY, check, verdict, write_csv, write_xlsx

SOMEBODY_ELSE = {"nom": "Loisel"}


def only(folder: Path, **cells: str) -> CandidateRow:
    found = check(folder, {heading.replace("_", " "): cell for heading, cell in cells.items()})
    assert found.rejected == []
    return found.rows[0]


def code(folder: Path, heading: str, cell: str) -> str:
    found = check(folder, {heading: cell})
    assert [(rejection.row, rejection.column) for rejection in found.rejected] == [(2, heading)]
    for language in ("fr", "en"):
        assert found.rejected[0].message(language)
    return found.rejected[0].code


def with_registration(**changes: Any) -> dict[str, Scheme]:
    scheme = bundled()["cqp-cos"]
    return {"cqp-cos": scheme.model_copy(update={"registration": scheme.registration.model_copy(update=changes)})}


def test_a_full_row_is_read_into_a_candidacy(tmp_path: Path) -> None:
    found = check(
        tmp_path,
        {
            "nom d'usage": "de La Brosse",
            "courriel": "elise@example.org",
            "employeur": "CPAM des Trois-Rivières",
            "branche": "maladie",
            "initiative": "Employeur",
            "date de candidature": "2026-02-27",
            "blocs acquis": "td, GRU",
            "preuve": "CCP délivré en 2024",
        },
    )
    assert found.rejected == []
    assert found.rows == [
        CandidateRow(
            row=2,
            family_name="Quéméneur",
            usage_name="de La Brosse",
            given_name="Élise",
            birth_date=date(1983, 6, 17),
            email="elise@example.org",
            scheme_id="cqp-cos",
            route="training",
            employer="CPAM des Trois-Rivières",
            branch="maladie",
            initiative="employer",
            candidacy_on=date(2026, 2, 27),
            held_blocks=("GRU", "TD"),
            proof="CCP délivré en 2024",
        )
    ]


def test_what_is_optional_may_be_absent(tmp_path: Path) -> None:
    row = only(tmp_path)
    assert (row.usage_name, row.email, row.employer, row.branch, row.proof) == ("", "", "", "", "")
    assert (row.initiative, row.candidacy_on, row.held_blocks) == ("candidate", None, ())


@pytest.mark.parametrize(
    "headings",
    [
        ("NOM DE NAISSANCE", "Prénom(s)", "Né(e) le", "Certification", "Voie d'accès"),
        ("nom_de_famille", "PRENOM", "date_naissance", "CQP", "voie d’acces"),
        ("Nom *", "Prénoms", "Date de naissance (jj/mm/aaaa)", "scheme", "route"),
    ],
)
def test_headings_may_be_written_in_several_ways(tmp_path: Path, headings: tuple[str, ...]) -> None:
    path = write_csv(tmp_path / "f.csv", [headings, tuple(GOOD.values())])
    assert len(read_candidates(path, bundled(), TODAY).rows) == 1


def test_a_missing_value_is_refused_in_every_needed_column_at_once(tmp_path: Path) -> None:
    found = check(tmp_path, dict.fromkeys(GOOD, "") | {"employeur": "CPAM"})
    assert verdict(found) == [(2, heading, "value.missing") for heading in GOOD]


def test_all_faults_of_all_rows_are_told_with_the_headings_as_written(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "f.csv",
        [
            ("NOM", "Prénom", "Né(e) le", "CQP visé", "Voie"),
            ("Loisel", "Zoé", "31/02/1990", "cqp-inconnu", "formation"),
            ("Loisel", "Léa", "01/02/1990", "cqp-cos", "formation"),
            (),
            ("Loi5el", "", "01/02/1990", "cqp-cos", "par la fenêtre"),
        ],
    )
    found = read_candidates(path, bundled(), TODAY)
    assert verdict(found) == [
        (2, "Né(e) le", "date.impossible"),
        (2, "CQP visé", "scheme.unknown"),
        (5, "NOM", "name.digits"),
        (5, "Prénom", "value.missing"),
        (5, "Voie", "route.unknown"),
    ]
    assert [row.row for row in found.rows] == [3]


@pytest.mark.parametrize(
    "name",
    ["O'Connor", "d’Artagnan", "Nguyễn", "Jean-Paul", "Cœurdevey", "Le Goffic", "Łukasiewicz", "N’Diaye", "’t Hooft",
     "St. Martin", "Gal·la", "Ὀδυσσεύς", "Мария", "É", "Abdul‑Karim", "SÃO"],
)  # fmt: skip
def test_names_as_people_bear_them_are_accepted(tmp_path: Path, name: str) -> None:
    assert only(tmp_path, nom=name).family_name == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("🙂", "name.signs"),
        ("Zoé 🙂", "name.signs"),
        ("R2D2", "name.digits"),
        ("١٢", "name.digits"),
        ("<b>Loisel</b>", "name.markup"),
        ("=Loisel", "name.markup"),
        ("Loisel; DROP", "name.markup"),
        ("loisel@example.org", "name.markup"),
        ("Loi\tsel", "text.invisible"),
        ("Loi\nsel", "text.invisible"),
        ("Loi\u001bsel", "text.invisible"),
        ("Loi\u200bsel", "text.invisible"),
        ("Loi\u202esel", "text.invisible"),
        ("--", "name.letters"),
        ("-Loisel", "name.letters"),
        ("QuÃ©mÃ©neur", "text.mojibake"),
        ("Qu\ufffdmeneur", "text.mojibake"),
        ("Dâ€™Aubrac", "text.mojibake"),
        ("L" * 101, "text.too_long"),
    ],
)
def test_names_that_nobody_bears_are_refused(tmp_path: Path, name: str, reason: str) -> None:
    assert code(tmp_path, "nom", name) == reason
    assert code(tmp_path, "prénom", name) == reason


def test_a_name_may_have_exactly_a_hundred_letters(tmp_path: Path) -> None:
    assert len(only(tmp_path, nom="L" * 100).family_name) == 100


@pytest.mark.parametrize("written", ["17/06/1983", "1983-06-17", "17.06.1983", "17-06-1983", "1983-06-17 00:00:00"])
def test_dates_are_read_day_first_or_year_first(tmp_path: Path, written: str) -> None:
    assert only(tmp_path, date_de_naissance=written).birth_date == date(1983, 6, 17)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("31/02/1990", "date.impossible"),
        ("12/25/1990", "date.impossible"),
        ("29/02/2001", "date.impossible"),
        ("00/00/0000", "date.impossible"),
        ("17/06/83", "date.two_digit_year"),
        ("juin 1983", "date.unreadable"),
        ("30484", "date.unreadable"),
        ("17/06-1983", "date.unreadable"),
        ("03/03/2026", "date.future"),
        ("03/03/2012", "birth_date.too_young"),
        ("01/03/1915", "birth_date.too_old"),
    ],
)
def test_impossible_unreadable_and_absurd_dates_of_birth_are_refused(tmp_path: Path, written: str, reason: str) -> None:
    assert code(tmp_path, "date de naissance", written) == reason


def test_a_candidate_is_at_least_fourteen_today_and_at_most_a_hundred_and_ten(tmp_path: Path) -> None:
    assert only(tmp_path, date_de_naissance="02/03/2012")
    assert only(tmp_path, date_de_naissance="03/03/1915")


@pytest.mark.parametrize(
    ("written", "reason"),
    [("03/03/2026", "date.future"), ("01/03/2025", "candidacy_date.too_old"), ("31/04/2025", "date.impossible")],
)
def test_a_candidacy_is_neither_to_come_nor_more_than_a_year_old(tmp_path: Path, written: str, reason: str) -> None:
    assert code(tmp_path, "date de candidature", written) == reason
    assert only(tmp_path, date_de_candidature="02/03/2025").candidacy_on == date(2025, 3, 2)


@pytest.mark.parametrize("address", ["zoe@example.org", "z.o-e+cqp@caf.example.org", "zoé@exemple-été.org"])
def test_addresses_that_can_exist_are_accepted(tmp_path: Path, address: str) -> None:
    assert only(tmp_path, courriel=address).email == address


@pytest.mark.parametrize(
    "address",
    ["zoe", "zoe@", "@example.org", "zoe@example", "zoe@@example.org", "z e@example.org", ".zoe@example.org",
     "z..e@example.org", "zoe@-example.org", "zoe@example..org",
     "zoe@10.0.0.1", "<zoe@example.org>", "z" * 65 + "@a.org"],
)  # fmt: skip
def test_addresses_that_cannot_exist_are_refused(tmp_path: Path, address: str) -> None:
    assert code(tmp_path, "courriel", address) == "email.invalid"


@pytest.mark.parametrize("written", ["CQP-COS", "cqp cos", "cqp_cos", "CQP conseiller OFFRES de services", "RNCP35543"])
def test_a_scheme_is_known_by_its_id_its_title_or_its_register_number(tmp_path: Path, written: str) -> None:
    assert only(tmp_path, dispositif=written).scheme_id == "cqp-cos"
    assert only(tmp_path, dispositif="CléA").scheme_id == "clea"


@pytest.mark.parametrize(
    ("written", "route"),
    [("Formation", "training"), ("training", "training"), ("V.A.E.", "vae"), ("validation des acquis", "vae")],
)
def test_a_route_is_known_in_french_and_by_its_id(tmp_path: Path, written: str, route: str) -> None:
    assert only(tmp_path, voie=written).route == route


def test_a_route_that_the_scheme_does_not_open_is_refused_with_those_it_opens(tmp_path: Path) -> None:
    found = check(tmp_path, {"dispositif": "clea", "voie": "VAE"})
    assert verdict(found) == [(2, "voie", "route.closed")]
    titles = [route.title for route in bundled()["clea"].routes]
    assert all(title in found.rejected[0].message("fr") for title in titles)
    assert verdict(check(tmp_path, {"voie": "candidature libre"})) == [(2, "voie", "route.closed")]


@pytest.mark.parametrize(
    ("written", "meaning"),
    [("Candidat", "candidate"), ("EMPLOYEUR", "employer"), ("organisme de formation", "training_body"),
     ("France Travail", "job_centre"), ("autre", "other")],
)  # fmt: skip
def test_who_took_the_initiative_is_one_of_five(tmp_path: Path, written: str, meaning: str) -> None:
    assert only(tmp_path, initiative=written).initiative == meaning
    assert code(tmp_path, "initiative", "la lune") == "initiative.unknown"


@pytest.mark.parametrize("written", ["GRU MDR", "mdr,gru", "GRU|MDR", "GRU+MDR", "GRU; MDR", "GRU / MDR / gru"])
def test_blocks_held_may_be_separated_in_several_ways(tmp_path: Path, written: str) -> None:
    assert only(tmp_path, blocs_acquis=written).held_blocks == ("GRU", "MDR")


def test_a_block_of_another_certification_is_refused(tmp_path: Path) -> None:
    assert code(tmp_path, "blocs acquis", "GRU GDU") == "block.unknown"


@pytest.mark.parametrize(
    ("cell", "reason"),
    [("<script>", "text.markup"), ("=1+1", "text.markup"), ("@x", "text.markup"), ("a\nb", "text.invisible"),
     ("x" * 201, "text.too_long"), ("URSSAF du RhÃ´ne", "text.mojibake"), ("Rh\ufffdne", "text.mojibake")],
)  # fmt: skip
def test_free_text_is_one_short_line_that_no_program_would_run(tmp_path: Path, cell: str, reason: str) -> None:
    for heading in ("employeur", "branche", "preuve"):
        assert code(tmp_path, heading, cell) == reason


@pytest.mark.parametrize(
    ("family_name", "given_name"),
    [
        ("QUEMENEUR", "élise"),
        (unicodedata.normalize("NFD", "Quéméneur"), unicodedata.normalize("NFD", "Élise")),
        (" Quéméneur ", "ELISE"),
    ],
)
def test_the_same_person_twice_for_one_certification_is_refused(
    tmp_path: Path, family_name: str, given_name: str
) -> None:
    found = check(tmp_path, {}, SOMEBODY_ELSE, {"nom": family_name, "prénom": given_name})
    assert verdict(found) == [(4, "nom", "candidate.twice")]
    assert found.rejected[0].params["first"] == 2


def test_apostrophes_and_hyphens_do_not_make_two_persons() -> None:
    born = date(1990, 1, 1)
    assert person_key("d’Artagnan", "Jean-Paul", born) == person_key("D'ARTAGNAN", "jean paul", born)
    assert person_key("d’Artagnan", "Jean", born) != person_key("d’Artagnan", "Jean", date(1990, 1, 2))


def test_the_same_person_may_be_a_candidate_for_two_certifications(tmp_path: Path) -> None:
    assert check(tmp_path, {}, {"dispositif": "cqp-gc"}).rejected == []


def test_a_registration_that_has_run_out_refuses_or_warns_as_its_scheme_says(tmp_path: Path) -> None:
    until = date(2026, 3, 1)
    refused = check(tmp_path, {}, schemes=with_registration(until=until, after="refuse"))
    assert verdict(refused) == [(2, "dispositif", "registration.expired")]
    assert "01/03/2026" in refused.rejected[0].message("fr")
    warned = check(tmp_path, {}, SOMEBODY_ELSE, schemes=with_registration(until=until, after="warn"))
    assert len(warned.rows) == 2
    assert [(warning.row, warning.code) for warning in warned.warnings] == [(2, "registration.ended")]


def test_a_registration_holds_on_its_last_day_and_for_a_candidacy_of_before(tmp_path: Path) -> None:
    assert check(tmp_path, {}, schemes=with_registration(until=TODAY, after="refuse")).rejected == []
    ended = with_registration(until=date(2026, 2, 27), after="refuse")
    assert check(tmp_path, {"date de candidature": "27/02/2026"}, schemes=ended).rejected == []


def test_a_column_that_nobody_knows_is_a_warning(tmp_path: Path) -> None:
    found = check(tmp_path, {"pointure": "42"})
    assert len(found.rows) == 1
    assert [(warning.row, warning.column, warning.code) for warning in found.warnings] == [
        (1, "pointure", "heading.unknown")
    ]


def test_missing_and_doubled_columns_refuse_the_whole_file(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "f.csv", [("nom", "prénom", "Nom", "dispositif", "voie"), tuple(GOOD.values())])
    found = read_candidates(path, bundled(), TODAY)
    assert verdict(found) == [(1, "Nom", "column.double"), (1, "date de naissance", "column.missing")]
    assert found.unusable
    assert found.rows == []


def test_a_file_without_candidates_is_refused(tmp_path: Path) -> None:
    found = read_candidates(write_csv(tmp_path / "f.csv", [tuple(GOOD)]), bundled(), TODAY)
    assert verdict(found) == [(1, "", "rows.none")]


def test_an_unreadable_file_is_one_rejection(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_bytes(b"")
    found = read_candidates(tmp_path / "f.csv", bundled(), TODAY)
    assert verdict(found) == [(1, "", "file.empty")]
    assert found.unusable


def test_a_row_cut_wrongly_is_refused_once_and_the_others_are_read(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "f.csv", [tuple(GOOD), (*GOOD.values(), "x"), tuple(GOOD.values())])
    found = read_candidates(path, bundled(), TODAY)
    assert verdict(found) == [(2, "", "row.too_many_cells")]
    assert [row.row for row in found.rows] == [3]


def test_a_workbook_of_candidates_keeps_the_numbers_of_its_rows_and_its_dates(tmp_path: Path) -> None:
    good = [GOOD["nom"], GOOD["prénom"], date(1983, 6, 17), "cqp-cos", "VAE"]
    path = write_xlsx(
        tmp_path / "f.xlsx", [list(GOOD), [], good, [], [12, *good[1:]], ["Loisel", "Zoé", 30484, "clea"]]
    )
    found = read_candidates(path, bundled(), TODAY)
    assert [(row.row, row.birth_date, row.route) for row in found.rows] == [(3, date(1983, 6, 17), "vae")]
    assert verdict(found) == [
        (5, "nom", "name.digits"),
        (6, "date de naissance", "date.unreadable"),
        (6, "voie", "value.missing"),
    ]


def test_messages_show_nothing_that_a_terminal_would_obey(tmp_path: Path) -> None:
    found = check(tmp_path, {"dispositif": "\x1b[31mrouge", "voie": "x" * 500})
    for rejection in found.rejected:
        assert rejection.message("fr").isprintable()
        assert len(rejection.message("fr")) < 300


def test_ten_thousand_candidates_are_read_and_only_their_rows_are_kept(tmp_path: Path) -> None:
    lines = [HEADINGS, *(tuple(candidate.values()) for candidate in make_candidates(10_000, 3))]
    path = write_csv(tmp_path / "f.csv", lines)
    del lines
    schemes = bundled()
    tracemalloc.start()
    found = read_candidates(path, schemes, TODAY)
    kept, top = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(found.rows), found.rejected) == (10_000, [])
    # What must be remembered to find the same person twice is the only thing beside the rows.
    assert kept < 10_000 * 1_000
    assert top < 10_000 * 1_500
