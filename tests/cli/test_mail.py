"""``jalon mail``: what a reader of the local mailbox sees, what became of each sending, templates."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from interfaces import erasing
from interfaces.cli.console import Exit
from tests.cli.office import Office, jalon
from workers.mailbox import folder_of

MAILS = True
ADDRESS = "oriane.mercier@example.org"


@pytest.fixture(autouse=True)
def quick_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "LEASE_SECONDS", 0.05)


async def answered(office: Office, address: str = ADDRESS, **fields: Any) -> str:
    """A pathway whose candidate was written to about admissibility."""
    pathway = await office.candidate(route="vae", email=address, **fields)
    await office.give(pathway, "file_admissibility", pieces=["livret 1"])
    await office.give(pathway, "decide_admissibility", admissible=True)
    await office.settled(pathway)
    return pathway


async def mails_to(address: str) -> list[dict[str, Any]]:
    return [mail for mail in (await jalon("mail", "list", "--json")).json if mail["to"] == address]


async def test_a_mail_is_listed_and_shown_as_its_reader_sees_it(office: Office) -> None:
    pathway = await answered(office, given_name="Oriane", family_name="Mercier")
    [mail] = await mails_to(ADDRESS)
    assert mail["template"] == "admissibility"
    assert ADDRESS in (await jalon("mail", "list")).out
    shown = (await jalon("mail", "show", mail["id"][:10], "--json")).json
    assert (shown["to"], shown["language"], shown["attachments"]) == (ADDRESS, "fr", [])
    assert "Bonjour Oriane Mercier," in shown["text"]
    assert "Bonjour Oriane Mercier," in (await jalon("mail", "show", mail["id"])).out
    html = (await jalon("mail", "show", mail["id"], "--html")).out
    assert html.startswith("<!doctype html>")
    assert pathway.partition(":")[2][:8] in html


async def test_an_unknown_mail_is_told(office: Office) -> None:
    for command in (("show",), ("resend",), ("told",), ("bounced", "--code", "5.1.1")):
        answer = await jalon("mail", command[0], "0123nothing", *command[1:])
        assert (answer.code, answer.out) == (Exit.REFUSED, "")
        assert "0123nothing" in answer.err


async def test_a_mail_that_came_back_is_a_task_until_it_is_sent_again(office: Office) -> None:
    pathway = await answered(office, "back@example.org")
    [mail] = await mails_to("back@example.org")
    assert (await jalon("mail", "resend", mail["id"])).code == Exit.REFUSED, "it arrived, as far as anybody knows"
    assert (await jalon("mail", "bounced", mail["id"], "--code", "5.1.1")).code == Exit.OK
    [row] = (await jalon("mail", "journal", "--status", "bounced", "--json")).json
    assert (row["stream"], row["code"]) == (pathway, "5.1.1")
    tasks = (await jalon("pathway", "show", pathway, "--json")).json["next"]
    assert [task["task"] for task in tasks] == ["file_dossier", "resolve_mail"]
    assert (await jalon("mail", "resend", row["effect"])).code == Exit.OK
    await office.settled(pathway)
    assert len(await mails_to("back@example.org")) == 2


async def test_what_was_told_otherwise_is_no_task_any_more(office: Office) -> None:
    pathway = await answered(office, "told@example.org")
    [mail] = await mails_to("told@example.org")
    await jalon("mail", "bounced", mail["id"], "--code", "5.1.1")
    assert (await jalon("mail", "told", mail["id"])).code == Exit.OK
    assert [task["task"] for task in (await jalon("pathway", "show", pathway, "--json")).json["next"]] == [
        "file_dossier"
    ]


async def test_whoever_is_erased_is_gone_from_the_mailbox(office: Office) -> None:
    pathway = await answered(office, "gone@example.org", family_name="Ouellette")
    kept = await answered(office, "stays@example.org")
    await jalon("person", "erase", (await office.gateway.reading.pathway(pathway)).person_id, "--reason", "x", "--end")
    folder = folder_of(Path(os.environ["JALON_STATE"]))
    assert not [file for file in folder.rglob("*.jalon") if b"gone@" in file.read_bytes()]
    assert [mail["to"] for mail in await mails_to("stays@example.org")] == ["stays@example.org"]
    assert kept


async def test_a_filter_that_does_not_exist_is_told(office: Office) -> None:
    assert (await jalon("mail", "journal", "--status", "lost")).code == Exit.USAGE


async def test_a_preview_shows_the_office_its_own_template(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "expiry.fr.md").write_text("Subject: Fini\n\nAu revoir **{{ name }}**.", "utf-8")
    monkeypatch.setenv("JALON_TEMPLATES", str(tmp_path))
    assert "Au revoir Zoé Loisel." in (await jalon("mail", "preview", "expiry")).out
    page = tmp_path / "page.html"
    assert (await jalon("mail", "preview", "expiry", "--html", "--to-file", page)).out == ""
    assert "<strong>Zoé Loisel</strong>" in page.read_text("utf-8")
    assert "Hello" in (await jalon("mail", "preview", "expiry", "--lang", "en")).out
    own = [row for row in (await jalon("mail", "templates", "--json")).json if str(tmp_path) in row["origin"]]
    assert [row["name"] for row in own] == ["expiry"]
    (tmp_path / "mail" / "expiry.fr.md").write_text("Subject: Fini\n\n{{ nobody }}", "utf-8")
    broken = await jalon("mail", "preview", "expiry")
    assert (broken.code, broken.out) == (Exit.REFUSED, "")
    assert "expiry.fr.md" in broken.err


async def test_what_cannot_be_previewed_is_told(office: Office, tmp_path: Path) -> None:
    assert "convocation" in (await jalon("mail", "preview", "nothing")).err
    assert (await jalon("mail", "preview", "expiry", "--lang", "de")).code == Exit.USAGE
    assert (await jalon("mail", "preview", "expiry", "--to-file", tmp_path)).code == Exit.REFUSED


async def test_a_result_tells_what_the_jury_recommends(office: Office) -> None:
    pathway = await office.candidate(email="partial@example.org")
    await office.to_jury(pathway)
    session = await office.convened(pathway)
    await office.advised(pathway, failed=("TD",))
    sitting = await office.sitting(days=30)
    await office.give(session, "hold")
    await office.settled(session, pathway)
    await office.give(pathway, "send_dossier", sitting=sitting)
    await office.settled(pathway, sitting)
    await office.reach((await office.gateway.reading.sitting(sitting)).held_on)
    blocks = {block.id: block.id != "TD" for block in office.scheme("cqp-cos").blocks}
    text = "Revoir <b>le traitement</b> des dossiers"
    await office.give(sitting, "decide_dossier", pathway=pathway, blocks=blocks, recommendations={"TD": text})
    await office.give(sitting, "proclaim")
    await office.settled(sitting, pathway)
    [mail] = [mail for mail in await mails_to("partial@example.org") if mail["template"] == "result"]
    shown = (await jalon("mail", "show", mail["id"], "--json")).json
    assert f"- {office.scheme('cqp-cos').block_by_id['TD'].title} : {text}" in shown["text"]
    assert "&lt;b&gt;le traitement&lt;/b&gt;" in shown["html"]
