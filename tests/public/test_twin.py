"""What of a name is shown, and what an award is worth on a day."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.certificate import Holder
from interfaces.public.rendering import typeset
from interfaces.public.twin import is_mac, is_number, shown_name, standing

DAY = date(2027, 2, 12)


@pytest.mark.parametrize(
    ("given_name", "family_name", "usage_name", "initials"),
    [
        ("Rose", "Đặng", "", "R. Đ."),
        ("Jean-Pierre", "Durand", "", "J.-P. D."),
        ("Rose Marie", "Le Goff", "", "R. L."),
        ("Zoë", "D’Arc-Lefèvre", "", "Z. D."),
        ("Zoe\u0308", "E\u0301toile", "", "Z. É."),
        ("Ana", "Naissance", "Usage", "A. U."),
        ("Ludo", "’t Hooft", "", "L. T."),
        ("山", "田", "", "山. 田."),
        ("", "Mononyme", "", "M."),
        ("?", "-", "", ""),
    ],
)
def test_initials(given_name: str, family_name: str, usage_name: str, initials: str) -> None:
    holder = Holder(given_name=given_name, family_name=family_name, usage_name=usage_name)
    assert shown_name(holder, "initials") == initials


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_initials_tell_no_more_than_the_first_letters(given_name: str, family_name: str, usage_name: str) -> None:
    holder = Holder(given_name=given_name, family_name=family_name, usage_name=usage_name)
    shown = shown_name(holder, "initials")
    bare = [sign for sign in unicodedata.normalize("NFC", shown) if sign.isalpha()]
    assert len(bare) <= 2 + given_name.count("-")
    assert shown_name(holder, "none") == shown_name(None, "full") == ""


@given(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.none() | st.integers(0, 4000),
    st.none() | st.integers(0, 4000),
    st.integers(0, 9000),
)
def test_what_was_withdrawn_is_never_valid_again(
    awarded_on: date, valid_days: int | None, withdrawn_days: int | None, days: int
) -> None:
    until = awarded_on + timedelta(days=valid_days) if valid_days is not None else None
    withdrawn = awarded_on + timedelta(days=withdrawn_days) if withdrawn_days is not None else None
    status, since = standing(awarded_on, until, withdrawn, awarded_on + timedelta(days=days))
    assert (status == "withdrawn") == (withdrawn is not None)
    if status == "valid":
        assert until is None or awarded_on + timedelta(days=days) <= until
    assert since in (awarded_on, until, withdrawn)


def test_the_last_day_of_validity_is_a_valid_day() -> None:
    assert standing(DAY, DAY + timedelta(days=10), None, DAY + timedelta(days=10))[0] == "valid"
    assert standing(DAY, DAY + timedelta(days=10), None, DAY + timedelta(days=11)) == ("expired", DAY + timedelta(10))


@pytest.mark.parametrize("text", ["COS-2027-000001", "CLEA-2027-1000000"])
def test_numbers_are_known_by_their_look(text: str) -> None:
    assert is_number(text)


@pytest.mark.parametrize(
    "text", ["", "cos-2027-000001", "COS-2027-1", "../COS-2027-000001", "COS-2027-000001\n", "COS-٢٠٢٧-000001"]
)
def test_what_is_no_number_is_known_by_its_look(text: str) -> None:
    assert not is_number(text)
    assert not is_mac(text)


def test_french_punctuation_is_not_left_alone_at_the_beginning_of_a_line() -> None:
    assert typeset("Quoi ? « ceci » : oui ; non !", "fr") == (
        "Quoi\u202f? «\u00a0ceci\u00a0»\u00a0: oui\u202f; non\u202f!"
    )
    assert typeset("What? “This”: yes", "en") == "What? “This”: yes"
