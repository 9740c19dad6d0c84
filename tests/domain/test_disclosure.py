"""What the public page of an award shows of its holder's name: initials, unless the holder or the office chose."""

from __future__ import annotations

import pytest

from domain.authority import Actor, Role
from domain.refusal import Refused
from tests.domain.awarded import BOOK, awarded
from tests.domain.decided import TEXT

NUMBER = "COS-2027-000001"
HOLDER = Actor(id="candidate:a", role=Role.CANDIDATE)


def test_a_page_shows_initials_until_something_else_is_chosen() -> None:
    world = awarded()
    assert world.book(BOOK).entries[NUMBER].disclosure == "initials"


@pytest.mark.parametrize("shown", ["none", "initials", "full"])
def test_the_holder_chooses_what_is_shown_and_the_same_choice_again_is_no_event(shown: str) -> None:
    world = awarded()
    world.give(BOOK, "set_disclosure", actor=HOLDER, number=NUMBER, shown=shown)
    world.give(BOOK, "set_disclosure", actor=HOLDER, number=NUMBER, shown=shown)
    assert world.book(BOOK).entries[NUMBER].disclosure == shown
    assert world.kinds(BOOK).count("disclosure_set") == (shown != "initials")


def test_a_choice_leaves_the_other_numbers_and_the_editions_as_they_are() -> None:
    world = awarded()
    before = world.book(BOOK).entries
    others = {number: entry for number, entry in before.items() if number != NUMBER}
    editions = before[NUMBER].editions
    world.give(BOOK, "set_disclosure", actor=HOLDER, number=NUMBER, shown="full")
    after = world.book(BOOK).entries
    assert {number: entry for number, entry in after.items() if number != NUMBER} == others
    assert after[NUMBER].editions == editions


def test_a_number_that_nobody_has_cannot_be_disclosed() -> None:
    with pytest.raises(Refused) as refused:
        awarded().give(BOOK, "set_disclosure", actor=HOLDER, number="COS-2027-000099", shown="full")
    assert refused.value.refusal.code == "award.unknown"


def test_whoever_is_erased_has_no_name_to_show() -> None:
    world = awarded()
    person = world.book(BOOK).entries[NUMBER].person
    world.give(BOOK, "erase_subject", person=person, reason=TEXT)
    with pytest.raises(Refused) as refused:
        world.give(BOOK, "set_disclosure", number=NUMBER, shown="full")
    assert refused.value.refusal.code == "award.erased"
