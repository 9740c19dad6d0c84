"""Answers to deposit files: read whole or not at all; and what the words of a rejection mean."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.deposit import Head
from domain.deposit.faults import Fault
from domain.deposit.identity import FIELDS
from interfaces.deposit import exporting
from interfaces.deposit.identity_file import read_identities
from interfaces.deposit.messages import CODES, meaning
from interfaces.deposit.places import communes
from interfaces.deposit.receipt import MAX_BYTES, NAMESPACE, BadReceipt, read_receipt
from interfaces.deposit.wording import fault_sentence, meaning_sentence
from interfaces.words import LANGUAGES, catalogue

HEAD = "<nomFichier>depot.xml</nomFichier><idFlux>F1</idFlux><idTraitement>T1</idTraitement>"
OK = "<PassagesOK><idTechnique>N1</idTechnique><idTechnique>N2</idTechnique></PassagesOK>"
KO = (
    "<PassagesKO><passage><idTechnique>N3</idTechnique><messageErreur>Aucun titulaire\n  ne correspond</messageErreur>"
    "</passage></PassagesKO>"
)


def prefixed(inside: str) -> str:
    return f'<ns2:rapport xmlns:ns2="{NAMESPACE}">{inside}</ns2:rapport>'


def written(folder: Path, content: str | bytes) -> Path:
    file = folder / "answer.xml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def code(folder: Path, content: str | bytes) -> str:
    with pytest.raises(BadReceipt) as refused:
        read_receipt(written(folder, content))
    for language in LANGUAGES:
        assert catalogue(language)[f"deposit.receipt_fault.{refused.value.code}"].format(**refused.value.params)
    return refused.value.code


@pytest.mark.parametrize(
    "content",
    [
        prefixed(HEAD + KO + OK),
        f'<rapport xmlns="{NAMESPACE}">{HEAD}{OK}{KO}</rapport>',
        f'\ufeff<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<!-- portail -->{prefixed(HEAD + OK + KO)}',
        prefixed(HEAD + OK.replace("<idTechnique>N2</idTechnique>", "") + KO + OK.replace("N1", "N2")),
        prefixed(HEAD + OK + KO + KO),
        f'\r\n <?xml version="1.0" encoding="UTF-8"?>{prefixed(HEAD + OK + KO)}',
        prefixed(HEAD + "<dateTraitement>2027-01-05</dateTraitement>" + OK + KO),
    ],
)
def test_an_answer_is_read_in_each_of_its_forms(content: str, tmp_path: Path) -> None:
    found = read_receipt(written(tmp_path, content))
    assert (found.file, found.flux, found.treatment) == ("depot.xml", "F1", "T1")
    assert (found.accepted, found.rejected) == (("N1", "N2"), {"N3": "Aucun titulaire ne correspond"})


@pytest.mark.parametrize(
    ("message", "encoding"),
    [
        ("<![CDATA[Aucun <titulaire> né à l'étranger & connu]]>", "UTF-8"),
        ("Aucun &lt;titulaire&gt; n&#233; &#xE0; l&apos;&#233;tranger &amp; connu", "UTF-8"),
        ("Aucun &lt;titulaire> né à l'étranger &amp; connu", "ISO-8859-1"),
        ("Aucun &lt;titulaire> né à l'étranger &amp; connu", "UTF-16"),
    ],
)
def test_a_message_is_read_as_it_was_meant(message: str, encoding: str, tmp_path: Path) -> None:
    inside = KO.replace("Aucun titulaire\n  ne correspond", message)
    content = f'<?xml version="1.0" encoding="{encoding}"?>{prefixed(HEAD + inside)}'.encode(encoding)
    assert read_receipt(written(tmp_path, content)).rejected == {"N3": "Aucun <titulaire> né à l'étranger & connu"}


def test_an_answer_may_only_accept_or_only_reject(tmp_path: Path) -> None:
    assert read_receipt(written(tmp_path, prefixed(HEAD + OK + "<PassagesKO/>"))).rejected == {}
    assert read_receipt(written(tmp_path, prefixed(HEAD + KO))).accepted == ()
    mute = KO.replace("<messageErreur>Aucun titulaire\n  ne correspond</messageErreur>", "")
    assert read_receipt(written(tmp_path, prefixed(HEAD + mute))).rejected == {"N3": ""}


BOMB = "<!DOCTYPE r [" + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "a" * 100}">' for n in range(10))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "nothing"),
        ("   \n", "nothing"),
        (prefixed(HEAD + OK)[:-20], "broken"),
        (prefixed(HEAD + OK)[:30], "broken"),
        ("nothing like it", "broken"),
        (b"\x00\x01\x02", "broken"),
        (prefixed(HEAD + OK.replace("N1", "\x0bN1")), "broken"),
        (f"{BOMB}]>{prefixed(HEAD + OK.replace('N1', '&a9;'))}", "definitions"),
        (f'<!DOCTYPE r SYSTEM "file:///etc/passwd">{prefixed(HEAD + OK)}', "definitions"),
        (f'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>{prefixed(HEAD + OK)}', "definitions"),
        (
            f'<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE r []>{prefixed(HEAD + OK)}'.encode("utf-16"),
            "definitions",
        ),
        (prefixed(HEAD + OK).replace(NAMESPACE, "urn:cdc:cpf:pc5:schema:1.0.0"), "not_a_receipt"),
        (f"<rapport>{HEAD}{OK}</rapport>", "not_a_receipt"),
        (f'<flux xmlns="{NAMESPACE}">{HEAD}{OK}</flux>', "not_a_receipt"),
        (prefixed(HEAD), "empty"),
        (prefixed(HEAD + "<PassagesOK/><PassagesKO/>"), "empty"),
        (prefixed(OK), "not_once"),
        (prefixed(HEAD + "<idFlux>F2</idFlux>" + OK), "not_once"),
        (prefixed(HEAD.replace("T1", " ") + OK), "no_id"),
        (prefixed(HEAD + OK.replace("N1", "")), "no_id"),
        (prefixed(HEAD + OK.replace("N1", "N" * 300)), "no_id"),
        (prefixed(HEAD + KO.replace("<idTechnique>N3</idTechnique>", "")), "no_id"),
        (prefixed("<a>" * 400 + "</a>" * 400), "broken"),
    ],
)
def test_what_is_no_answer_is_refused_with_a_sentence(content: str | bytes, why: str, tmp_path: Path) -> None:
    assert code(tmp_path, content) == why


def test_a_file_that_is_too_large_or_none_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "large.xml"
    with file.open("wb") as sparse:
        sparse.truncate(MAX_BYTES + 1)
    for path, why in ((file, "too_large"), (tmp_path / "none.xml", "missing"), (tmp_path, "not_a_file")):
        with pytest.raises(BadReceipt) as refused:
            read_receipt(path)
        assert refused.value.code == why


def test_a_file_never_takes_the_place_of_another_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    draft, path = tmp_path / ".depot.xml.F1.part", tmp_path / "depot.xml"
    # What a killed command left is written anew.
    draft.write_text("half", "utf-8")
    digest = exporting._write(draft, Head("F1", datetime(2027, 1, 4, tzinfo=UTC), "ESSAI000", "ESSAI"), [])
    content = draft.read_bytes()
    assert (hashlib.sha256(content).hexdigest(), draft.stat().st_mode & 0o077) == (digest, 0)
    exporting._place(draft, path)
    assert path.read_bytes() == content
    # Another command wrote its file under this name meanwhile.
    other = tmp_path / ".depot.xml.F2.part"
    other.write_text("other", "utf-8")
    with pytest.raises(FileExistsError):
        exporting._place(other, path)
    assert path.read_bytes() == content


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_fail_otherwise(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    with pytest.raises(BadReceipt):
        read_receipt(written(tmp_path_factory.getbasetemp(), content))


@pytest.mark.parametrize(
    ("message", "kind", "identity"),
    [
        ("Aucun titulaire ne correspond aux critères obligatoires", "nobody", True),
        ("Aucun titulaire ne correspond aux critères enrichis du jour et du mois de naissance", "nobody_born", True),
        ("AUCUN TITULAIRE NE CORRESPOND AUX CRITERES DE RECONCILIATION", "nobody_reconciled", True),
        ("Plusieurs titulaires correspondent aux critères", "several", True),
        ("Le passage a déjà été transmis", "already", False),
        ("Certification RNCP35543 inactive à la date", "certification", False),
        ("L'identifiant du contrat (idContrat) est inconnu", "contract", False),
        ("La commune de naissance est invalide", "birth", True),
        ("Le nom de naissance est invalide", "name", True),
        ("nomNaissance : valeur refusée", "name", True),
        ("Le code INSEE est invalide", "birth", True),
        ("codeCommuneNaissance : longueur incorrecte", "birth", True),
        ("Titulaire non identifié", "nobody", True),
        ("L'identification de la personne est impossible", "nobody", True),
        ("dateDebutValidite : valeur incorrecte", "dates", False),
        ("Le sexe est incohérent", "sex", True),
        ("Le prénom contient des caractères interdits", "name", True),
        ("La date de fin de validité est antérieure", "dates", False),
        ("Format invalide", "form", False),
        ("Erreur technique", "other", False),
        ("", "other", False),
    ],
)
def test_a_message_is_understood_by_its_words(message: str, kind: str, identity: bool) -> None:
    assert meaning(message) == (kind, identity)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_rejection_is_explained_and_says_what_to_do(language: str) -> None:
    for kind in CODES:
        assert len(meaning_sentence(kind, language)) > 40


def test_every_fault_has_its_sentence_in_both_languages() -> None:
    names = {name.removeprefix("deposit.fault.") for name in catalogue("fr") if name.startswith("deposit.fault.")}
    limits = (("limit", 60), ("length", 61), ("first", 1900), ("last", 2099), ("youngest", 14), ("oldest", 110))
    for name in names:
        field, _, kind = name.partition(".")
        for language in LANGUAGES:
            sentence = fault_sentence(Fault("given_name" if field == "name" else field, kind, limits), language)
            assert "{" not in sentence
    assert {name for name in FIELDS if f"deposit.field.{name}" not in catalogue("fr")} == {
        *("birth_year", "birth_month", "birth_day", "birth_country_name")
    }


def test_the_communes_are_known_by_their_codes() -> None:
    known = communes()
    assert len(known) > 37_000
    assert [known[code] for code in ("10387", "2A004", "75112", "97411")] == [
        *("Troyes", "Ajaccio", "Paris 12e Arrondissement", "Saint-Denis")
    ]


def test_a_table_of_identities_is_read_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "identities.csv"
    file.write_text(
        "Nom,Prénoms,Sexe,Né(e) le,Code INSEE,autre\nLoisel,Zoé,F,17/05/1990,10387,x\n,,,,,\n;a,b\n", "utf-8"
    )
    found = read_identities(file, date(2027, 1, 4))
    assert [row.identified for row in found.rows] == [True, False]
    assert [warning.column for warning in found.warnings] == ["autre"]
