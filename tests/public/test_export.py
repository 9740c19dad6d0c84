"""The copy of what is published: the same answers without a database, whole or not at all, and nothing of before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eventstore.errors import StoreAway
from interfaces.public.export import NotOurs, write_export
from interfaces.public.folder import Folder
from interfaces.public.live import Live
from tests.public.published import AGAIN, ERASED, VALID, WHOLE, WITHDRAWN, Published

EVERY = (VALID, WHOLE, AGAIN, WITHDRAWN, ERASED)


class Away:
    """A database that does not answer."""

    def __getattr__(self, name: str) -> object:
        async def away(*_: object) -> None:
            raise StoreAway("away")

        return away


@pytest.fixture
async def place(register: Published, tmp_path: Path) -> Path:
    """An export of the register."""
    await write_export(register.live, tmp_path / "public")
    return tmp_path / "public"


async def test_a_copy_answers_what_the_database_answers(register: Published, place: Path) -> None:
    folder = Folder.open(place)
    assert folder is not None
    twin = {sequence: await folder.called(register.number(sequence)) for sequence in EVERY}
    listed = next(iter(twin.values()))
    assert listed is not None
    paths = ["/keys.json", "/.well-known/did.json", "/did.json", listed.status_list.partition("example.org")[2]]
    paths += [await register.path(sequence, ".proof.json") for sequence in EVERY]
    async with register.asking() as live, register.asking(exported=folder) as copied:
        for path in paths:
            assert (await live.get(path)).content == (await copied.get(path)).content, path
        for sequence in EVERY:
            path = await register.path(sequence, ".json")
            now, then = (await live.get(path)).json(), (await copied.get(path)).json()
            assert now | {"as_of": ""} == then | {"as_of": ""}
        assert (await copied.get("/health")).json()["source"] == "export"


async def test_the_pages_of_a_copy_are_those_of_the_site(register: Published, place: Path) -> None:
    async with register.asking() as live:
        for sequence in EVERY:
            for suffix in (".html", ".en.html"):
                path = await register.path(sequence, suffix)
                served = (await live.get(path)).text.splitlines()
                written = (place / path[1:]).read_text("utf-8").splitlines()
                differing = [pair for pair in zip(served, written, strict=True) if pair[0] != pair[1]]
                assert all('class="as-of"' in line for pair in differing for line in pair)
    assert {path.name for path in place.iterdir()} >= {"index.html", "index.en.html", "keys.html", "style.css"}
    assert "<form" not in (place / "index.html").read_text("utf-8")


async def test_without_the_database_the_copy_answers_and_says_of_when_it_is(register: Published, place: Path) -> None:
    async with register.asking(live=Away(), exported=Folder.open(place)) as client:  # type: ignore[arg-type]
        page = await client.get(await register.path(WHOLE))
        assert page.status_code == 200
        assert "viennent d’une copie" in page.text
        assert "Certificat valable" in page.text
        assert (await client.get(await register.path(WITHDRAWN))).text.count("Certificat retiré")
        assert (await client.get(f"/v/{register.number(VALID)}/{'a' * 26}")).status_code == 404
        document = (await register.kept(WHOLE)).document
        report = await client.post("/verify", files={"file": ("x.pdf", document)})
        assert "viennent d’une copie" in report.text
        assert "L’empreinte est celle que le journal a retenue" in report.text


async def test_with_neither_database_nor_copy_nothing_is_said_for_or_against(register: Published) -> None:
    async with register.asking(live=Away()) as client:  # type: ignore[arg-type]
        for path in (await register.path(WHOLE), "/keys", "/.well-known/did.json"):
            answer = await client.get(path)
            assert answer.status_code == 503
            assert "ni pour ni contre" in answer.text
        assert (await client.get("/health")).status_code == 503
        assert (await client.get("/")).status_code == 200


async def test_a_new_copy_takes_over_what_has_not_changed_and_makes_what_has(register: Published, place: Path) -> None:
    first = await write_export(register.live, place)
    assert (first.awards, first.made) == (15, 0)
    assert first.lists == 1
    old = place.resolve()
    await register.choose(WHOLE, "full")
    second = await write_export(register.live, place)
    assert (second.awards, second.made) == (15, 1)
    assert not old.exists()
    assert [path.name for path in place.parent.iterdir() if path.is_dir() and not path.is_symlink()] == [
        place.resolve().name
    ]
    twin = json.loads((place / (await register.path(WHOLE, ".json"))[1:]).read_bytes())
    assert twin["holder"] == "Zoë D’Arc-Lefèvre"
    await register.choose(WHOLE, "initials")


async def test_a_copy_that_fails_leaves_the_one_before(register: Published, place: Path) -> None:
    class Failing(Live):
        async def twins(self, *_: object) -> list[object]:  # type: ignore[override]
            raise StoreAway("gone")

    failing = Failing.__new__(Failing)
    failing.__dict__.update(register.live.__dict__)
    before = place.resolve()
    await register.choose(VALID, "full")
    with pytest.raises(StoreAway):
        await write_export(failing, place)
    assert place.resolve() == before
    assert len(list(place.parent.glob(".public-*"))) == 1
    await register.choose(VALID, "initials")


@pytest.mark.parametrize("what", ["file", "folder", "link"])
async def test_what_is_no_copy_of_ours_is_left_alone(register: Published, tmp_path: Path, what: str) -> None:
    there = tmp_path / "there"
    if what == "file":
        there.write_text("mine")
    elif what == "link":
        (tmp_path / "elsewhere").mkdir()
        there.symlink_to(tmp_path / "elsewhere")
    else:
        there.mkdir()
        (there / "mine").write_text("mine")
    with pytest.raises(NotOurs):
        await write_export(register.live, there)
    assert there.exists()


async def test_an_empty_folder_may_become_a_copy(register: Published, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    await write_export(register.live, tmp_path / "there")
    assert Folder.open(tmp_path / "there") is not None


def test_a_folder_that_is_no_copy_or_of_another_form_is_none(tmp_path: Path) -> None:
    assert Folder.open(tmp_path) is None
    (tmp_path / "export.json").write_text('{"form": 999, "written_at": "2027-01-01T00:00:00+00:00"}')
    assert Folder.open(tmp_path) is None
    (tmp_path / "export.json").write_text("[]")
    assert Folder.open(tmp_path) is None


async def test_of_a_copy_that_is_replaced_while_it_is_read_nothing_is_said_to_be_missing(
    register: Published, place: Path
) -> None:
    stale = Folder.open(place)
    assert stale is not None
    await write_export(register.live, place)
    with pytest.raises(StoreAway):
        await stale.award(register.number(WHOLE), await register.mac(WHOLE))
