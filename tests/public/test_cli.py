"""``jalon public``: where an award is verified, and the copy of what is published."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from bench.rig import KEY
from interfaces.public.folder import Folder
from tests.cli.office import jalon
from tests.public.published import WHOLE, Published


@pytest.fixture
def environment(register: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What leads the commands to the register."""
    settings = {
        "JALON_SEALING_KEY": base64.b64encode(KEY).decode(),
        "JALON_DATABASE_URL": register.engine.database_url,
        "JALON_STATE": str(tmp_path),
        "JALON_ISSUER_KEY": str(register.folder / "issuer.key"),
        "JALON_PUBLIC_URL": register.live.base,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return tmp_path


async def test_the_address_of_an_award_is_the_one_that_its_documents_bear(
    register: Published, environment: Path
) -> None:
    said = await jalon("public", "address", register.number(WHOLE))
    assert (said.code, said.out.strip()) == (0, register.live.base + await register.path(WHOLE))


async def test_a_number_that_nobody_has_is_said_to_be_unknown(environment: Path) -> None:
    said = await jalon("public", "address", "COS-1999-000001")
    assert said.code == 1
    assert "COS-1999-000001" in said.err


async def test_the_copy_is_written_and_whatever_else_stands_there_is_left(environment: Path) -> None:
    said = await jalon("public", "export", environment / "copy", "--json")
    assert said.code == 0, said.err
    assert (said.json["awards"], said.json["lists"]) == (15, 1)
    assert Folder.open(environment / "copy") is not None
    (environment / "mine").write_text("mine")
    refused = await jalon("public", "export", environment / "mine")
    assert refused.code == 1
    assert (environment / "mine").read_text() == "mine"


async def test_a_folder_without_a_copy_cannot_be_served(environment: Path) -> None:
    said = await jalon("public", "serve", "--from", environment)
    assert said.code == 1
    assert "jalon public export" in said.err


async def test_a_place_to_listen_has_a_host_and_a_port(environment: Path) -> None:
    assert (await jalon("public", "serve", "--listen", "nowhere")).code == 2
