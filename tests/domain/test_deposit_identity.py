"""Awkward identities: what the deposit makes of each, or which field it asks about."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.deposit.birth import Born, Place
from domain.deposit.countries import NAMES, country_code
from domain.deposit.identity import FIELDS, Examined, examine

ON = date(2027, 1, 4)
PLAIN = {
    "family_name": "Lefèvre",
    "given_name": "Zoé",
    "sex": "F",
    "birth_date": "1990-05-17",
    "birth_commune": "10387",
    "birth_commune_name": "Troyes",
}
COMMUNES = {
    "10387": "Troyes",
    "75112": "Paris 12e Arrondissement",
    "69001": "Affoux",
    "2A004": "Ajaccio",
    "97411": "Saint-Denis",
    "97701": "Saint-Barthélemy",
    "69123": "Lyon",
    "76351": "Le Havre",
    "93008": "Bobigny",
    "92012": "Boulogne-Billancourt",
}


def told(**changes: str) -> Examined:
    return examine({**PLAIN, **changes}, ON, COMMUNES)


GOOD_NAMES = [
    ("Lefèvre", "Lefèvre"),
    (unicodedata.normalize("NFD", "Lefèvre"), "Lefèvre"),
    ("  Le   Goff ", "Le Goff"),
    ("L’Hostis", "L'Hostis"),
    ("D\u02bcArtagnan", "D'Artagnan"),
    ("N`Diaye", "N'Diaye"),
    ("'t Hooft", "'t Hooft"),
    ("Le\u00a0Goff", "Le Goff"),
    ("Martin – Dupont", "Martin-Dupont"),
    ("Martin\u2011Dupont", "Martin-Dupont"),
    ("Martin ― Dupont", "Martin-Dupont"),
    ("van 't Hof", "van 't Hof"),
    ("Veuve", "Veuve"),
    ("Mar\u00adtin", "Martin"),
    ("\ufeffMartin\u200b", "Martin"),
    ("O", "O"),
    ("Œuvrard", "Œuvrard"),
    ("Nguyễn", "Nguyễn"),
    ("Đoàn", "Đoàn"),
    ("Łukasik", "Łukasik"),
    ("Yıldız", "Yıldız"),
    ("Großmann", "Großmann"),
    ("de La Rochefoucauld", "de La Rochefoucauld"),
    ("van der Berg", "van der Berg"),
    ("M Baye", "M Baye"),
    ("Ou Yang", "Ou Yang"),
    ("Ÿvetot", "Ÿvetot"),
    ("A" * 60, "A" * 60),
]


@pytest.mark.parametrize(("written", "name"), GOOD_NAMES)
def test_a_name_is_told_as_it_was_meant(written: str, name: str) -> None:
    found = told(family_name=written)
    assert found.titular is not None, found.faults
    assert found.titular.family_name == name


BAD_NAMES = [
    ("", "missing"),
    ("   ", "missing"),
    ("XXX", "missing"),
    ("inconnu", "missing"),
    ("Dupont2", "digits"),
    ("Dupont ²", "digits"),
    ("<b>Dupont</b>", "markup"),
    ("Dupont & fils", "markup"),
    ("DupontÃ©", "mojibake"),
    ("Lef�vre", "mojibake"),
    ("Lef??vre", "mojibake"),
    ("Dupont épouse Martin", "two_names"),
    ("Dupont (Martin)", "two_names"),
    ("Dupont ép. Martin", "two_names"),
    ("Martin née Dupont", "two_names"),
    ("Dupont ou Durand", "two_names"),
    ("Mme Dupont", "title"),
    ("Dr. Dupont", "title"),
    ("Maître Dupont", "title"),
    ("Dupont Mme", "title"),
    ("Madame", "title"),
    ("DUPONT EPSE MARTIN", "two_names"),
    ("N.C.", "missing"),
    ("Dupont ‘Bob’", "nickname"),
    ("'Dupont'", "nickname"),
    ("Иванов", "letters"),
    ("Παπαδόπουλος", "letters"),
    ("王", "letters"),
    ("محمد", "letters"),
    ("Ｄupont", "letters"),
    ("ﬁlou", "letters"),
    ("St. Pierre", "signs"),
    ("Dupont, Martin", "signs"),
    ("-Dupont", "hyphens"),
    ("D'", "hyphens"),
    ("O''Brien", "hyphens"),
    ("Gal·la", "signs"),
    ("Née Martin", "two_names"),
    ("Dupont--Martin", "hyphens"),
    ("D\u0335\u0336\u0337upont", "letters"),
    ("A" * 61, "too_long"),
]


@pytest.mark.parametrize(("written", "code"), BAD_NAMES)
def test_a_name_that_could_mean_two_things_is_asked_about(written: str, code: str) -> None:
    found = told(family_name=written)
    assert found.titular is None
    assert [fault.name for fault in found.blocking] == [f"family_name.{code}"]


GIVEN = [
    ({"given_name": "Jean-Pierre"}, ("Jean-Pierre",)),
    ({"given_name": "Jean - Pierre"}, ("Jean-Pierre",)),
    ({"given_name": "Anne Marie"}, ("Anne Marie",)),
    ({"given_name": "Anne, Marie, Louise"}, ("Anne", "Marie", "Louise")),
    ({"given_name": "Anne,Marie,Louise,Jeanne"}, ("Anne", "Marie", "Louise")),
    ({"given_name": "Anne", "given_name_2": "Marie"}, ("Anne", "Marie")),
    ({"given_name": "Anne", "given_name_3": "Louise"}, ("Anne", "Louise")),
    ({"given_name": "Maria de los Ángeles"}, ("Maria de los Ángeles",)),
    ({"given_name": "Noé"}, ("Noé",)),
    ({"given_name": "D’Artagnan"}, ("D'Artagnan",)),
]


@pytest.mark.parametrize(("written", "names"), GIVEN)
def test_given_names_are_split_at_commas_alone(written: dict[str, str], names: tuple[str, ...]) -> None:
    found = told(**written)
    assert found.titular is not None, found.faults
    assert found.titular.given_names == names


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "missing"),
        ("XXX", "mononym"),
        ("-", "mononym"),
        ("SNP", "mononym"),
        ("J.-P.", "abbreviated"),
        ("J.", "abbreviated"),
        ("J-P", "abbreviated"),
        ("J P", "abbreviated"),
        ("Jean-P.", "abbreviated"),
        ("Robert 'Bob'", "nickname"),
        ("Robert (Bob)", "markup"),
        ("Marie Claire Louise", "several"),
        ("Zo3", "digits"),
        ("Léa!", "markup"),
        ("Zoë" * 21, "too_long"),
    ],
)
def test_a_given_name_that_is_none_is_asked_about(written: str, code: str) -> None:
    assert [fault.name for fault in told(given_name=written).blocking] == [f"given_name.{code}"]


def test_a_given_name_of_one_letter_is_doubted_and_told() -> None:
    found = told(given_name="O")
    assert found.titular is not None
    assert [(fault.name, fault.blocking) for fault in found.faults] == [("given_name.initial", False)]


@pytest.mark.parametrize("name", ["Null", "NONE", "Test"])
def test_a_name_that_programs_write_for_nothing_is_doubted_and_told(name: str) -> None:
    found = told(family_name=name)
    assert found.titular is not None
    assert [(fault.name, fault.blocking) for fault in found.faults] == [("family_name.placeholder", False)]


def test_a_usage_name_that_holds_two_is_asked_about() -> None:
    assert [fault.name for fault in told(usage_name="Lefèvre ép. Martin").blocking] == ["usage_name.two_names"]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Lefevre", None),
        ("LEFEVRE", None),
        ("", None),
        ("LEFÈVRE", None),
        ("néant", None),
        ("-", None),
        ("Martin", "Martin"),
        ("L’Hostis", "L'Hostis"),
    ],
)
def test_a_usage_name_is_told_only_where_there_is_another_one(written: str, name: str | None) -> None:
    found = told(usage_name=written)
    assert found.titular is not None
    assert found.titular.usage_name == name


@pytest.mark.parametrize(
    ("written", "sex"),
    [
        ("F", "F"),
        ("m", "M"),
        ("H", "M"),
        ("Femme", "F"),
        ("féminin", "F"),
        ("Mme", "F"),
        ("Mademoiselle", "F"),
        ("M.", "M"),
        ("2", "F"),
    ],
)
def test_the_sex_is_understood_in_its_words(written: str, sex: str) -> None:
    found = told(sex=written)
    assert found.titular is not None
    assert found.titular.sex == sex


@pytest.mark.parametrize(
    ("written", "code"), [("", "missing"), ("X", "unknown"), ("3", "unknown"), ("non binaire", "unknown")]
)
def test_a_sex_that_the_file_cannot_tell_is_asked_about(written: str, code: str) -> None:
    assert [fault.name for fault in told(sex=written).blocking] == [f"sex.{code}"]


@pytest.mark.parametrize(
    ("written", "born"),
    [
        ({"birth_date": "1990-05-17"}, Born(1990, 5, 17)),
        ({"birth_date": "17/05/1990"}, Born(1990, 5, 17)),
        ({"birth_date": "1990/05/17"}, Born(1990, 5, 17)),
        ({"birth_date": "1992-02-29"}, Born(1992, 2, 29)),
        ({"birth_date": "1990"}, Born(1990)),
        ({"birth_date": "00/00/1990"}, Born(1990)),
        ({"birth_date": "1990-05"}, Born(1990, 5)),
        ({"birth_date": "00/05/1990"}, Born(1990, 5)),
        ({"birth_date": "05/1990"}, Born(1990, 5)),
        ({"birth_year": "1990", "birth_month": "5"}, Born(1990, 5)),
        ({"birth_year": "1990", "birth_month": "05", "birth_day": "17"}, Born(1990, 5, 17)),
    ],
)
def test_what_nobody_knows_of_a_birth_is_left_out(written: dict[str, str], born: Born) -> None:
    found = told(**written)
    assert found.titular is not None, found.faults
    assert found.titular.born == born


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "missing"),
        ("17/05/90", "two_digit_year"),
        ("31/02/1990", "impossible"),
        ("29/02/1990", "impossible"),
        ("17/13/1990", "impossible"),
        ("17/00/1990", "day_without_month"),
        ("33010", "unreadable"),
        ("mai 1990", "unreadable"),
        ("17/05/1890", "year"),
        ("17/05/2100", "year"),
        ("17/05/2020", "too_young"),
        ("05/01/2027", "future"),
        ("17/05/2099", "future"),
        ("17/05/1910", "too_old"),
    ],
)
def test_a_date_of_birth_that_cannot_be_is_asked_about(written: str, code: str) -> None:
    assert [fault.name for fault in told(birth_date=written).blocking] == [f"birth_date.{code}"]


def somewhere(**where: str) -> Examined:
    return examine({**PLAIN, "birth_commune": "", "birth_commune_name": "", **where}, ON, COMMUNES)


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ({"birth_commune": "10387"}, Place("10387", "", "", "100", "FRANCE")),
        ({"birth_commune": "2a004"}, Place("2A004", "", "", "100", "FRANCE")),
        ({"birth_commune": "97411"}, Place("97411", "", "", "100", "FRANCE")),
        ({"birth_commune": "98735", "birth_country": "France"}, Place("98735", "", "", "100", "FRANCE")),
        ({"birth_commune": "75112", "birth_commune_name": "Paris"}, Place("75112", "", "Paris", "100", "FRANCE")),
        ({"birth_postal_code": "10000", "birth_commune_name": "Troyes"}, Place("", "10000", "Troyes", "100", "FRANCE")),
        ({"birth_country": "Algérie", "birth_commune_name": "Alger"}, Place("99352", "", "Alger", "352", "ALGERIE")),
        ({"birth_country": "99352", "birth_commune_name": "Alger"}, Place("99352", "", "Alger", "352", "ALGERIE")),
        ({"birth_country": "352", "birth_commune_name": "Alger"}, Place("99352", "", "Alger", "352", "ALGERIE")),
        ({"birth_country": "DZ", "birth_commune": "99352"}, Place("99352", "", "", "352", "ALGERIE")),
        ({"birth_commune": "99352", "birth_commune_name": "Alger"}, Place("99352", "", "Alger", "352", "ALGERIE")),
        (
            {"birth_commune": "93352", "birth_country": "Algérie", "birth_commune_name": "Bône", "birth_date": "1955"},
            Place("99352", "", "Bône", "352", "ALGERIE"),
        ),
        ({"birth_commune": "93008", "birth_date": "1955"}, Place("93008", "", "", "100", "FRANCE")),
        (
            {"birth_commune": "97411", "birth_country": "La Réunion"},
            Place("97411", "", "", "100", "FRANCE"),
        ),
        (
            {"birth_commune": "75112", "birth_commune_name": "PARIS 12EME"},
            Place("75112", "", "PARIS 12EME", "100", "FRANCE"),
        ),
        (
            {"birth_commune": "76351", "birth_commune_name": "HAVRE (LE)"},
            Place("76351", "", "HAVRE (LE)", "100", "FRANCE"),
        ),
        (
            {"birth_country_name": "Côte d’Ivoire", "birth_commune_name": "Abidjan"},
            Place("99326", "", "Abidjan", "326", "COTE D'IVOIRE"),
        ),
        (
            {"birth_country": "Yougoslavie", "birth_commune_name": "Sarajevo"},
            Place("99121", "", "Sarajevo", "121", "SERBIE"),
        ),
    ],
)
def test_a_place_of_birth_is_told_by_the_code_of_its_commune_or_of_its_country(
    written: dict[str, str], place: Place
) -> None:
    found = somewhere(**written)
    assert found.titular is not None, found.faults
    assert found.titular.place == place


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ({}, "birth_commune.no_place"),
        ({"birth_commune_name": "Troyes"}, "birth_commune.missing"),
        ({"birth_country": "France"}, "birth_commune.missing"),
        ({"birth_commune": "1004"}, "birth_commune.zero"),
        ({"birth_commune": "75012"}, "birth_commune.postal"),
        ({"birth_commune": "20004"}, "birth_commune.corsica"),
        ({"birth_commune": "99352", "birth_country": "France"}, "birth_commune.country"),
        ({"birth_commune": "99100"}, "birth_commune.country"),
        ({"birth_commune": "99999"}, "birth_commune.country"),
        ({"birth_commune": "69001", "birth_commune_name": "Lyon"}, "birth_commune.of_another"),
        ({"birth_commune": "76600", "birth_commune_name": "Le Havre"}, "birth_commune.of_another"),
        (
            {"birth_commune": "92100", "birth_commune_name": "Boulogne-Billancourt", "birth_date": "1955"},
            "birth_commune.of_another",
        ),
        ({"birth_commune": "91352", "birth_commune_name": "Alger", "birth_date": "1955"}, "birth_commune.algeria"),
        ({"birth_commune": "93008", "birth_commune_name": "Bône", "birth_date": "1955"}, "birth_commune.algeria"),
        ({"birth_postal_code": "98000", "birth_commune_name": "Monaco"}, "birth_postal_code.shape"),
        ({"birth_commune": "1٠387"}, "birth_commune.shape"),
        ({"birth_commune": "96001"}, "birth_commune.shape"),
        ({"birth_commune": "10000"}, "birth_commune.shape"),
        ({"birth_commune": "97400"}, "birth_commune.shape"),
        ({"birth_commune": "2C004"}, "birth_commune.shape"),
        ({"birth_commune": "103871"}, "birth_commune.shape"),
        ({"birth_commune": "Troyes"}, "birth_commune.shape"),
        ({"birth_commune": "10387", "birth_country": "Algérie"}, "birth_commune.abroad"),
        ({"birth_commune": "99350", "birth_country": "Algérie"}, "birth_country.differs"),
        ({"birth_country": "Atlantide"}, "birth_country.unknown"),
        ({"birth_country": "999"}, "birth_country.unknown"),
        ({"birth_postal_code": "1000"}, "birth_postal_code.shape"),
        ({"birth_commune": "10387", "birth_commune_name": "<Troyes>"}, "birth_commune_name.markup"),
        ({"birth_commune": "10387", "birth_commune_name": "T" * 61}, "birth_commune_name.too_long"),
    ],
)
def test_a_place_that_cannot_be_is_asked_about(written: dict[str, str], name: str) -> None:
    assert [fault.name for fault in somewhere(**written).blocking] == [name]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ({"birth_commune": "10999"}, "birth_commune.not_listed"),
        ({"birth_commune": "69001", "birth_commune_name": "Tarare"}, "birth_commune_name.differs"),
        # What Saint-Barthélemy had until 2007 is on birth records.
        ({"birth_commune": "97123", "birth_commune_name": "Saint-Barthélemy"}, "birth_commune.not_listed"),
        ({"birth_country": "318", "birth_commune_name": ""}, "birth_commune_name.abroad"),
        ({"birth_country": "599", "birth_commune_name": "Ici"}, "birth_country.not_listed"),
    ],
)
def test_what_may_be_right_is_doubted_and_told(written: dict[str, str], name: str) -> None:
    found = somewhere(**written)
    assert found.titular is not None
    assert [(fault.name, fault.blocking) for fault in found.faults] == [(name, False)]


def test_every_fault_of_an_identity_is_told_at_once_and_none_holds_a_value() -> None:
    values = {"family_name": "Secr3t", "given_name": "Prén0m", "sex": "secret", "birth_date": "31/02/1990"}
    found = examine(values, ON)
    assert {fault.field for fault in found.faults} == {
        "family_name",
        "given_name",
        "sex",
        "birth_date",
        "birth_commune",
    }
    assert not any(str(value) in repr(found) for value in values.values())


def test_the_countries_are_those_of_the_official_code() -> None:
    assert all(len(code) == 3 and code[0] in "12345" for code in NAMES)
    assert len(set(NAMES.values())) == len(NAMES)
    assert [country_code(name) for name in ("Espagne", "ESPAGNE", "États-Unis", "Viêt Nam", "vietnam", "UK", "")] == [
        *("134", "134", "404", "243", "243", "132"),
        None,
    ]


anything = st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=70))


@given(anything)
def test_any_identity_is_told_or_asked_about(identity: dict[str, Any]) -> None:
    found = examine(identity, ON, COMMUNES)
    assert (found.titular is None) == bool(found.blocking)
    if found.titular is not None:
        names = (found.titular.family_name, *found.titular.given_names, found.titular.usage_name or "A")
        assert all(1 <= len(name) <= 60 and unicodedata.is_normalized("NFC", name) for name in names)
