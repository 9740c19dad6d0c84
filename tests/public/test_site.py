"""The pages as a process: what it refuses unread, what it keeps to itself, who answers when the database is away.

The last test takes the database away.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.public.published import WHOLE, WITHDRAWN, Published
from tests.public.site import Site, site

HUGE = 200 * 1024 * 1024


@pytest.fixture(scope="module")
async def pages(register: Published, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with site(register.engine.database_url, register.folder, tmp_path_factory.mktemp("site")) as made:
        yield made


async def _huge() -> AsyncIterator[bytes]:
    yield b"%PDF-1.7\n"
    for _ in range(HUGE // 65_536):
        yield bytes(65_536)


@pytest.mark.parametrize("told", [True, False])
async def test_200_megabytes_are_refused_in_words_and_leave_the_memory_as_it_was(pages: Site, told: bool) -> None:
    headers = {"content-type": "application/pdf"} | ({"content-length": str(HUGE + 9)} if told else {})
    async with httpx.AsyncClient(timeout=120) as client:
        await client.get(f"{pages.address}/")
        before = pages.memory()
        answer = await client.post(f"{pages.address}/verify", content=_huge(), headers=headers)
    assert answer.status_code == 413
    assert "20 Mo" in answer.text
    assert pages.memory() - before < 16 * 1024 * 1024


async def test_whoever_asks_first_whether_to_send_sends_nothing_in_vain(pages: Site) -> None:
    host, port = pages.address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"POST /verify HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/pdf\r\n"
        f"Content-Length: {HUGE}\r\nExpect: 100-continue\r\n\r\n".encode()
    )
    first = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    assert first.startswith(b"HTTP/1.1 413")


async def test_a_certificate_is_examined_by_the_process(register: Published, pages: Site) -> None:
    document = (await register.kept(WHOLE)).document
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.post(
            f"{pages.address}/verify", files={"file": ("c.pdf", document)}, headers={"accept": "application/json"}
        )
    assert {line["outcome"] for line in answer.json()["checks"]} == {"ok", "warning"}


async def test_nobody_is_written_down(register: Published, pages: Site) -> None:
    path = await register.path(WHOLE)
    async with httpx.AsyncClient() as client:
        answer = await client.get(pages.address + path, headers={"x-forwarded-for": "203.0.113.7"})
        await client.get(f"{pages.address}/v/nowhere/nothing")
    said = (pages.state / "public.log").read_text()
    assert "server" not in answer.headers
    assert not any(word in said for word in ("127.0.0.1 ", "203.0.113.7", path, "GET", "nowhere"))


async def test_a_change_is_in_the_export_soon(register: Published, pages: Site) -> None:
    async def holder() -> str:
        file = pages.state / "public" / (await register.path(WHOLE, ".json"))[1:]
        return str(json.loads(await asyncio.to_thread(Path(file).read_bytes))["holder"])

    await register.choose(WHOLE, "none")
    async with asyncio.timeout(60):
        # Another process writes it: there is nothing to await but the file.
        while await holder():  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await register.choose(WHOLE, "initials")


async def test_when_the_database_is_gone_the_export_answers_and_says_of_when_it_is(
    register: Published, pages: Site
) -> None:
    pages.wire.cut()
    async with httpx.AsyncClient(timeout=60) as client:
        page = await client.get(pages.address + await register.path(WITHDRAWN))
        health = (await client.get(f"{pages.address}/health")).json()
        forged = await client.get(f"{pages.address}/v/{register.number(WHOLE)}/{'a' * 26}")
        document = (await register.kept(WHOLE)).document
        report = await client.post(f"{pages.address}/verify", files={"file": ("c.pdf", document)})
    assert page.status_code == 200
    assert "Certificat retiré" in page.text
    assert "viennent d’une copie" in page.text
    assert (health["ok"], health["source"]) == (True, "export")
    assert forged.status_code == 404
    assert "a retenue pour l’édition en vigueur" in report.text
