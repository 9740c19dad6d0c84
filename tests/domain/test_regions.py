"""Departments as they are written, and their regions."""

from __future__ import annotations

import pytest

from domain.people import OrganisationFacts
from domain.regions import REGIONS, department_of, region_of


@pytest.mark.parametrize(
    ("written", "department"),
    [
        ("75", "75"),
        ("1", "01"),
        ("01", "01"),
        ("2a", "2A"),
        ("75012", "75"),
        ("01 000", "01"),
        ("20000", "2A"),
        ("20600", "2B"),
        ("97400", "974"),
        ("971", "971"),
        ("20", None),
        ("96", None),
        ("975", None),
        ("99999", None),
        ("Paris", None),
        ("", None),
        ("٧٥", None),
    ],
)
def test_a_department_is_known_by_its_code_or_a_postal_code(written: str, department: str | None) -> None:
    assert department_of(written) == department


def test_there_are_a_hundred_and_one_departments_in_eighteen_regions() -> None:
    departments = [department for found in REGIONS.values() for department in found]
    assert (len(REGIONS), len(departments), len(set(departments))) == (18, 101, 101)
    assert all(region_of(department) in REGIONS for department in departments)
    assert region_of("975") is None


def test_a_body_of_which_no_department_is_known_is_told_as_it_always_was() -> None:
    body = OrganisationFacts(id="x", name="X", kinds=("employer",))
    assert "department" not in body.model_dump(mode="json")
    known = body.model_copy(update={"department": "44", "parent": body})
    assert known.model_dump(mode="json")["department"] == "44"
    assert OrganisationFacts.model_validate(known.model_dump(mode="json")) == known
