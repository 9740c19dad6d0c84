"""From counts to tables that tell nobody apart."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.figures import COLUMNS, WITHHELD, Count, percent, tables

COS = "cqp-cos"


def awards(dimension: str, **values: int) -> list[Count]:
    """Certifications by value; there are ten blocks for each."""
    return [Count("awards", COS, 2027, dimension, value, n, n * 10, 0, 0) for value, n in values.items()]


def row(table: str, found: dict[str, list[dict[str, Any]]], **where: Any) -> dict[str, Any]:
    [only] = [row for row in found[table] if where.items() <= row.items()]
    return only


def test_a_promotion_says_who_came_who_was_certified_and_by_vae() -> None:
    counts = [*awards("all", **{"": 20}), *awards("route", training=12, vae=8)]
    counts += [Count(name, COS, 2027, "", "", n, 0, 0, 0) for name, n in (("candidacies", 50), ("presented", 30))]
    found = tables(counts)
    promotion = {"candidacies": 50, "presented": 30, "certified": 20, "certified_vae": 8}
    assert found["promotions"] == [{"scheme": COS, "year": 2027, **promotion}]


def test_two_who_were_not_certified_cannot_be_told_from_those_who_came() -> None:
    counts = [*awards("all", **{"": 20}), *awards("route", training=20)]
    counts += [Count("presented", COS, 2027, "", "", 22, 0, 0, 0)]
    promotion = row("promotions", tables(counts))
    assert (promotion["presented"], promotion["certified"], promotion["certified_vae"]) == (WITHHELD, 20, 0)


def test_what_a_table_hides_no_other_table_tells() -> None:
    counts = [*awards("all", **{"": 20}), *awards("route", training=18, vae=2)]
    found = tables(counts)
    assert row("route", found, route="vae")["certifications"] == "<5"
    assert row("route", found, route="training")["certifications"] == WITHHELD
    assert row("promotions", found)["certified_vae"] == "<5"


def test_a_total_too_small_to_tell_is_not_broken_down() -> None:
    counts = [Count("awards", COS, 2027, name, value, 3, 0, 0, 0) for name, value in (("all", ""), ("route", "vae"))]
    found = tables(counts)
    assert row("totals", found)["certifications"] == "<5"
    assert found["route"] == []
    assert row("promotions", found)["certified_vae"] == WITHHELD
    everything = tables(counts, least=1)
    assert row("route", everything)["certifications"] == 3


def test_withdrawn_awards_are_told_apart_and_count_nowhere_else() -> None:
    counts = [Count("awards", COS, 2027, name, value, 9, 30, 6, 12) for name, value in (("all", ""), ("route", "vae"))]
    found = tables(counts)
    total = {"certifications": 9, "blocks": 30, "certifications_withdrawn": 6, "blocks_withdrawn": 12}
    assert row("totals", found) == {"scheme": COS, "year": 2027, **total}
    assert row("route", found) == {"scheme": COS, "year": 2027, "route": "vae", "certifications": 9, "blocks": 30}


def test_departments_are_added_up_to_regions_and_what_is_no_department_is_unknown() -> None:
    found = tables(awards("department", **{"44": 6, "85": 7, "": 8, "999": 9}))
    regions = {row["region"]: row["certifications"] for row in found["region"]}
    assert regions == {"Pays de la Loire": 13, "": 17}


def test_a_pass_rate_is_told_where_neither_those_who_passed_nor_those_who_failed_are_few() -> None:
    counts = [
        *(Count("awards", COS, 2027, "block", block, 0, n, 0, 0) for block, n in (("GRU", 15), ("MDR", 18), ("TD", 9))),
        *(
            Count("rates", COS, 2027, "block", block, came, passed, 0, 0)
            for block, came, passed in (("GRU", 21, 15), ("MDR", 20, 18), ("TD", 19, 9))
        ),
    ]
    found = tables(counts)
    assert row("blocks", found, block="GRU")["rate"] == "71.4"
    hidden = row("blocks", found, block="MDR")
    assert (hidden["presented"], hidden["not_validated"], hidden["validated"]) == (20, "<5", WITHHELD)
    assert hidden["rate"] == hidden["awarded"] == WITHHELD
    assert row("blocks", found, block="TD")["awarded"] == WITHHELD, "or the total would tell MDR"


def test_days_of_a_few_are_not_told() -> None:
    counts = [Count("delays", COS, 2027, "step", step, n, 10, 20, 0) for step, n in (("decision", 4), ("whole", 5))]
    found = tables(counts)
    assert row("delays", found, step="decision")["median"] == WITHHELD
    assert (row("delays", found, step="whole")["median"], row("delays", found, step="whole")["p90"]) == (10, 20)


COUNTS = st.builds(
    lambda section, year, value, a, b, c: Count(
        section[0], COS, year, section[1], value if section[1] not in ("", "all") else "", max(a, b), min(a, b), c, 0
    ),
    st.sampled_from(
        [("awards", "all"), ("awards", "route"), ("awards", "block"), ("rates", "block"), ("delays", "step")]
    ),
    st.sampled_from((2027, 2028)),
    st.sampled_from(("opinion", "training")),
    st.integers(0, 30),
    st.integers(0, 30),
    st.integers(0, 30),
)


@given(st.lists(COUNTS, max_size=12, unique_by=lambda count: count[:5]), st.sampled_from((3, 5, 8)))
def test_every_table_has_its_columns_and_no_small_count_stands_in_any(counts: list[Count], least: int) -> None:
    counted = ("certifications", "blocks", "awarded", "presented", "validated", "not_validated", "certified")
    for name, rows in tables(counts, least).items():
        for found in rows:
            assert tuple(found) == COLUMNS[name]
            for column in counted:
                value = found.get(column, 0)
                assert value in (0, f"<{least}", WITHHELD) or (isinstance(value, int) and value >= least)


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_percentage_is_rounded_half_up_to_one_decimal(part: int, whole: int) -> None:
    part = min(part, whole)
    assert abs(float(percent(part, whole)) - 100 * part / whole) <= 0.05 + 1e-9
