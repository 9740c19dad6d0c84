"""Mail templates: what comes with Jalon, what takes its place, and that text and HTML say the same."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from html.parser import HTMLParser
from pathlib import Path

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.mail import words
from documents.mail.markup import as_html, as_text, blocks, literal
from documents.mail.message import Envelope, address_of, compose, invitation
from documents.mail.templates import BUNDLED, LANGUAGES, Telling, TemplateFault, Templates, short

DOMAIN = Path(__file__).parents[2] / "domain"
ENVELOPE = Envelope(
    address_of("Office <office@example.org>"),
    address_of("zoe@example.org"),
    "<1@x>",
    datetime(2027, 1, 4, tzinfo=UTC),
    {},
)


class _Page(HTMLParser):
    """The words of a page, and whatever it would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.fetched: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("style", "title")
        self.fetched += [value or "" for name, value in attrs if name in ("src", "srcset", "background")]
        self.fetched += [tag] if tag in ("script", "link", "img", "iframe", "object") else []

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words += data.split()


def page(html: str) -> _Page:
    found = _Page()
    found.feed(html)
    return found


EVERY = [(name, language) for name in Templates().names for language in LANGUAGES]


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_every_template_says_the_same_as_text_and_as_html(name: str, language: str) -> None:
    templates = Templates()
    letter = templates.letter(name, language, templates.example(name))
    shown = page(letter.html)
    # Items have dashes there and dots here, and the signature a mark of its own.
    text = [line.removeprefix("- ") for line in letter.text.splitlines() if line != "-- "]
    assert "".join(shown.words) == "".join(f"{letter.subject} {' '.join(text)}".split())
    assert not shown.fetched, "a mail fetches nothing"
    assert f'<html lang="{language}">' in letter.html
    assert "{{" not in letter.text


def test_every_template_is_there_in_both_languages_with_its_example() -> None:
    for name in Templates().names:
        assert {file.name for file in BUNDLED.glob(f"{name}.*")} == {f"{name}.fr.md", f"{name}.en.md", f"{name}.toml"}


def test_every_notice_that_the_rules_owe_has_a_template() -> None:
    assert _owed() - set(Templates().names) == set()


def _owed() -> set[str]:
    """The templates that stand as constants beside ``kind="notice"`` in the domain."""
    found: set[str] = set()
    for file in DOMAIN.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                said = {word.arg: word.value.value for word in node.keywords if isinstance(word.value, ast.Constant)}
                if said.get("kind") == "notice" and isinstance(said.get("template"), str):
                    found.add(str(said["template"]))
    return found


@given(st.text(max_size=60))
def test_what_is_inserted_is_never_markup(value: str) -> None:
    written = blocks(f"Dear {literal(value)}, hello")
    said = "".join(sign for sign in f"Dear {value}, hello" if not sign.isspace() and (sign >= " " and sign != "\x7f"))
    assert "".join(as_text(written).split()) == said
    assert "".join(page(as_html(written)).words) == said


def test_a_name_cannot_bring_markup_along() -> None:
    templates = Templates()
    telling = replace(templates.example("expiry"), name="<b>**Eve**</b>\n- [x](https://evil.example)")
    letter = templates.letter("expiry", "fr", telling)
    assert "<b>" not in letter.html
    assert "<a href" not in letter.html
    assert "Bonjour <b>**Eve**</b> - [x](https://evil.example)," in letter.text


def override(folder: Path, text: str, name: str = "expiry.fr.md") -> Templates:
    (folder / "mail").mkdir()
    (folder / "mail" / name).write_text(text, "utf-8")
    return Templates(folder)


def test_a_template_of_the_office_takes_the_place_of_ours(tmp_path: Path) -> None:
    templates = override(tmp_path, "Subject: Fini\n\nAu revoir {{ name }}.")
    templates.check()
    letter = templates.letter("expiry", "fr", templates.example("expiry"))
    assert (letter.subject, letter.text.splitlines()[0]) == ("Fini", "Au revoir Zoé Loisel.")
    assert templates.letter("expiry", "en", templates.example("expiry")).subject.startswith("End of the pathway")


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        ("Subject: x\n\n{{ nobody }}", "expiry.fr.md", "undefined"),
        ("Subject: x\n\n{% if %}", "expiry.fr.md", "Expected"),
        ("no subject", "expiry.fr.md", "subject"),
        ("Subject: x\n\ny", "expirry.fr.md", "unknown"),
        ("Subject: x\n\ny", "expiry.de.md", "unknown"),
        ("Subject: x\n\n{{ ''.__class__.__mro__ }}", "expiry.fr.md", "unsafe"),
        ("Subject: x\n\n{{ name|day }}", "expiry.fr.md", "ValueError"),
    ],
)
def test_a_template_that_cannot_be_used_is_found_before_any_mail(
    tmp_path: Path, text: str, name: str, reason: str
) -> None:
    with pytest.raises(TemplateFault, match=reason):
        override(tmp_path, text, name).check()


@pytest.mark.parametrize("value", ["", "zoé@example.org", "a@b@c", "a b@c.fr", "a@b.fr\nBcc: x@y.fr", "x", "<a@b"])
def test_what_is_no_address_is_written_to_nobody(value: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        address_of(value)


def test_an_address_has_a_name_or_not_and_its_domain_in_ascii() -> None:
    assert str(address_of("Jury, national <jury@exemple.fr>")) == '"Jury, national" <jury@exemple.fr>'
    assert address_of("jury@exémple.fr").addr_spec == "jury@xn--exmple-cva.fr"


def test_an_invitation_keeps_its_name_and_is_called_off_by_it() -> None:
    telling = Templates().example("convocation")
    [visit] = telling.params["appointments"]
    off = replace(telling, params={**telling.params, "appointments": [{**visit, "cancelled": True}]})
    files = [invitation(telling, ENVELOPE, "Jury", 4), invitation(off, ENVELOPE, "Jury", 9)]
    assert [method for found in files if found for method in [found[1]]] == ["REQUEST", "CANCEL"]
    [first, last] = [icalendar.Calendar.from_ical(found[0].decode()).walk("VEVENT")[0] for found in files if found]
    assert first["UID"] == last["UID"]
    assert (first["SEQUENCE"], last["SEQUENCE"], last["STATUS"]) == (4, 9, "CANCELLED")


def test_the_invitation_in_the_mail_is_the_one_that_was_written() -> None:
    templates = Templates()
    telling = templates.example("convocation")
    made = invitation(telling, ENVELOPE, "Jury", 1)
    assert made is not None
    raw = compose(templates.letter("convocation", "fr", telling), "fr", ENVELOPE, *made)
    mail = message_from_bytes(raw, policy=policy.default)
    [attached] = mail.iter_attachments()
    assert attached.get_content().encode() == made[0]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Zoé Loisel", "de Zoé Loisel"),
        ("Amélie Wójcik", "d'Amélie Wójcik"),
        ("Élise Urruty", "d'Élise Urruty"),
        ("Yves Aubry", "d'Yves Aubry"),
        ("Yaël Aubépin", "de Yaël Aubépin"),
        ("", "de "),
    ],
)
def test_french_drops_the_vowel_before_a_name_that_begins_with_one(name: str, said: str) -> None:
    assert words.de(name) == said


@pytest.mark.parametrize(
    ("id", "told"),
    [
        ("pathway:4290c901-59a3-547c-8c8a-92ed25947374", "4290c901"),
        ("session:cqp-gc-2028-02", "cqp-gc-2028-02"),
        ("sitting:cqp-cos-2028-03-14", "cqp-cos-2028-03-14"),
    ],
)
def test_a_reference_is_the_whole_of_a_name_that_somebody_chose(id: str, told: str) -> None:
    assert short(id) == told


def test_a_convocation_with_appointments_names_no_place_but_theirs() -> None:
    telling = Templates().example("convocation")
    assert "Salle des cours" not in _with_place(telling)
    assert "Lieu : Salle des cours" in _with_place(replace(telling, params={**telling.params, "appointments": []}))


def _with_place(telling: Telling) -> str:
    told = replace(telling, params={**telling.params, "place": "Salle des cours"})
    return Templates().letter("convocation", "fr", told).text


def test_the_convocation_to_a_sitting_lists_its_agenda_by_reference() -> None:
    templates = Templates()
    telling = templates.example("sitting")
    text = templates.letter("sitting", "fr", telling).text
    assert "- 1c2d3e4f : GRU, TD ; calculé et avisé : valider GRU, ne pas valider TD\n" in text
    anew = "- 5a6b7c8d : TD (contesté, à décider de nouveau) ; calculé : valider TD ; avisé : ne pas valider TD\n"
    assert anew in text
    assert "- 9e0f1a2b : comme à la première convocation\n\nEt 9 autres dossiers." in text
    assert "- GRU : Gérer la relation avec l'usager\n" in text
    assert "<li><strong>1c2d3e4f</strong> : GRU, TD" in templates.letter("sitting", "fr", telling).html
    plain = {key: telling.params[key] for key in ("dossiers", "held_on")}
    assert "Ordre du jour" not in templates.letter("sitting", "fr", replace(telling, params=plain)).text


def test_an_invitation_to_a_sitting_takes_its_whole_day_and_is_called_off_by_its_name() -> None:
    templates = Templates()
    found = [invitation(templates.example(name), ENVELOPE, name, 4) for name in ("sitting", "sitting_cancelled")]
    assert [made[1] for made in found if made] == ["REQUEST", "CANCEL"]
    [held, off] = [icalendar.Calendar.from_ical(made[0].decode()).walk("VEVENT")[0] for made in found if made]
    assert (held.decoded("DTSTART"), held.decoded("DTEND")) == (date(2027, 3, 16), date(2027, 3, 17))
    assert (held["UID"], off["STATUS"]) == (off["UID"], "CANCELLED")
