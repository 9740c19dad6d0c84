"""``jalon statistics`` on a real PostgreSQL, without any engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from openpyxl import load_workbook

from domain.figures import COLUMNS, WITHHELD
from eventstore.pool import open_pool
from eventstore.reading import Reading
from eventstore.store import EventStore
from tests import counted
from tests.certified import certified
from tests.cli.office import ENVIRONMENT, jalon
from tests.domain.world import World
from tests.eventstore.telling import tell


@pytest.fixture(scope="module")
def world() -> World:
    return counted.lived()


@pytest.fixture(scope="module")
async def told(world: World, module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[None]:
    """A database that holds the world, in the environment of the command line."""
    pool = await open_pool(module_database_url)
    reading, store = Reading(pool), EventStore(pool)
    for id in ("cqp-cos", "cqp-gc"):
        await reading.publish_scheme(certified(id))
    await tell(store, reading, world)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            **ENVIRONMENT,
            "JALON_DATABASE_URL": module_database_url,
            "JALON_TEMPORAL_ADDRESS": "127.0.0.1:9",
            "JALON_STATE": str(tmp_path_factory.mktemp("state")),
        }.items():
            patch.setenv(name, value)
        yield
    await store.close()
    await pool.close()


pytestmark = pytest.mark.usefixtures("told")


async def test_without_a_threshold_the_tables_are_the_counts(world: World) -> None:
    report = (await jalon("statistics", "--json", "--threshold", "1")).json
    assert (report["scheme"], report["year"], report["threshold"]) == (None, None, 1)
    tables = report["tables"]
    assert {name: tuple(rows[0]) for name, rows in tables.items()} == COLUMNS
    for name in ("route", "session", "region", "branch"):
        shown = {
            (row["scheme"], row["year"], row[name]): [row["certifications"], row["blocks"]] for row in tables[name]
        }
        expected = {key: count[:2] for key, count in counted.awards(world, name).items() if any(count[:2])}
        assert shown == expected, name
    blocks = {(row["scheme"], row["year"], row["block"]): row for row in tables["blocks"]}
    for key, (presented, validated) in counted.rates(world).items():
        assert (blocks[key]["presented"], blocks[key]["validated"]) == (presented, validated)
        assert float(blocks[key]["rate"]) == pytest.approx(100 * validated / presented, abs=0.051)
    certified_in = {(row["scheme"], row["year"]): row["certified"] for row in tables["promotions"]}
    assert sum(certified_in.values()) == sum(count[0] for count in counted.awards(world, "all").values())
    vae = {(row["scheme"], row["year"]): row["certified_vae"] for row in tables["promotions"]}
    by_route = counted.awards(world, "route")
    assert vae == {(scheme, year): by_route.get((scheme, year, "vae"), [0])[0] for scheme, year in vae}


async def test_small_counts_are_hidden_unless_somebody_says_otherwise() -> None:
    report = (await jalon("statistics", "--json")).json
    assert report["threshold"] == 5
    cells = [cell for rows in report["tables"].values() for row in rows for cell in list(row.values())[3:]]
    assert "<5" in cells
    assert WITHHELD in cells
    numbers = [
        row[name]
        for rows in report["tables"].values()
        for row in rows
        for name in ("certifications", "blocks", "presented", "validated", "certified")
        if isinstance(row.get(name), int)
    ]
    assert numbers
    assert all(number == 0 or number >= 5 for number in numbers)


@pytest.mark.parametrize(("language", "words"), [("fr", "Voie d'accès"), ("en", "Route")])
async def test_the_tables_are_told_in_both_languages(language: str, words: str) -> None:
    answer = await jalon("--lang", language, "statistics", "--scheme", "cqp-cos", "--year", "2027")
    assert answer.code == 0, answer.err
    assert words in answer.out
    assert "<5" in answer.out
    assert "2028" not in answer.out
    assert "cqp-gc" not in answer.out


async def test_a_workbook_has_a_sheet_for_each_table_and_numbers_that_can_be_reckoned_with(tmp_path: Path) -> None:
    file = tmp_path / "chiffres.xlsx"
    answer = await jalon("statistics", "--threshold", "1", "--xlsx", file)
    assert (answer.code, answer.out) == (0, ""), answer.err
    book = load_workbook(file)
    assert book.sheetnames == [
        *("Attributions", "Voies d'accès", "Sessions", "Régions", "Branches", "Blocs", "Délais", "Promotions", "À lire")
    ]
    for sheet, columns in zip(book.worksheets, COLUMNS.values(), strict=False):
        assert len([cell.value for cell in sheet[1] if cell.value]) == len(columns)
    report = (await jalon("statistics", "--threshold", "1", "--json")).json
    first = report["tables"]["totals"][0]
    assert [cell.value for cell in book["Attributions"][2]] == list(first.values())
    hidden = await jalon("statistics", "--xlsx", file, "--json")
    assert hidden.json["threshold"] == 5
    values = [cell for row in load_workbook(file)["Voies d'accès"].iter_rows(values_only=True) for cell in row]
    assert "<5" in values
    assert "n. c." in values


async def test_what_nothing_counts_is_said() -> None:
    answer = await jalon("statistics", "--scheme", "cqp-gc", "--year", "2019")
    assert answer.code == 0
    assert answer.out == "Le registre ne compte encore rien pour cqp-gc en 2019.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--scheme", "cqp-zzz"), 1, "cqp-zzz"),
        (("--threshold", "2"), 2, "moins de 2"),
        (("--year", "27"), 2, "27"),
        (("--xlsx", "chiffres.csv"), 2, ".xlsx"),
        (("--xlsx", "/nowhere/at/all.xlsx"), 1, "/nowhere/at/all.xlsx"),
    ],
)
async def test_bad_input_is_told(arguments: tuple[str, ...], code: int, words: str) -> None:
    answer = await jalon("statistics", *arguments)
    assert (answer.code, answer.out) == (code, "")
    assert words in answer.err
    assert "Traceback" not in answer.err
