"""The page of an award and its twin: what anyone may know of it, and nothing else."""

from __future__ import annotations

import json

import pytest

from interfaces.proofs import check
from interfaces.public.app import HEADERS
from tests.public.published import AGAIN, ERASED, VALID, WHOLE, WITHDRAWN, Published

NAMES = ("Lefèvre", "Zoë")


async def test_a_valid_award_says_what_it_is_of_since_when_and_by_whom(register: Published) -> None:
    async with register.asking() as client:
        twin = (await client.get(await register.path(WHOLE, ".json"))).json()
        page = await client.get(await register.path(WHOLE))
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert (twin["status"], twin["kind"], twin["since"]) == ("valid", "certification", twin["awarded_on"])
    assert len(twin["blocks"]) == 4
    for said in ("Certificat valable", register.number(WHOLE), twin["certifier"], twin["deciding_body"], twin["title"]):
        assert said in page.text
    for block in twin["blocks"]:
        assert block["title"] in page.text
        assert all(competence in page.text for competence in block["competences"])


async def test_a_withdrawn_award_is_never_shown_as_valid(register: Published) -> None:
    async with register.asking() as client:
        twin = (await client.get(await register.path(WITHDRAWN, ".json"))).json()
        page = (await client.get(await register.path(WITHDRAWN))).text
        english = (await client.get(await register.path(WITHDRAWN), params={"lang": "en"})).text
    assert (twin["status"], twin["since"]) == ("withdrawn", twin["withdrawn_on"])
    assert "Certificat retiré" in page
    assert "Certificat valable" not in page
    assert "Withdrawn certificate" in english
    assert "Valid certificate" not in english


async def test_of_a_name_the_initials_are_shown_unless_the_holder_chose_otherwise(register: Published) -> None:
    shown = {}
    async with register.asking() as client:
        for choice in ("", "none", "full", "initials"):
            if choice:
                await register.choose(VALID, choice)
            twin = (await client.get(await register.path(VALID, ".json"))).json()
            page = (await client.get(await register.path(VALID))).text
            shown[choice] = twin["holder"]
            assert (twin["holder"] or "Lefèvre") in page or choice == "none"
            if choice != "full":
                assert not any(name in page + json.dumps(twin, ensure_ascii=False) for name in NAMES)
    assert shown == {"": "Z. D.", "none": "", "full": "Zoë D’Arc-Lefèvre", "initials": "Z. D."}


async def test_somebody_erased_has_no_name_and_the_award_stays(register: Published) -> None:
    async with register.asking() as client:
        twin = (await client.get(await register.path(ERASED, ".json"))).json()
        page = await client.get(await register.path(ERASED))
    assert (twin["status"], twin["holder"]) == ("valid", "")
    assert page.status_code == 200
    # No initials are shown, so none are spoken of.
    assert "initiales" not in page.text


async def test_a_name_is_opened_once_for_each_choice_however_often_the_page_is_read(register: Published) -> None:
    asked = "select count(*) from access_log where purpose = 'public page' and actor = 'public'"
    async with register.asking() as client:
        await client.get(await register.path(VALID))
        before = await register.engine.pool.fetchval(asked)
        for _ in range(5):
            await client.get(await register.path(VALID))
        assert await register.engine.pool.fetchval(asked) == before > 0


async def test_only_the_last_edition_counts_and_the_page_says_so(register: Published) -> None:
    async with register.asking() as client:
        twin = (await client.get(await register.path(AGAIN, ".json"))).json()
        page = (await client.get(await register.path(AGAIN))).text
    assert twin["edition"] == 2
    assert [each["edition"] for each in twin["editions"]] == [1, 2]
    assert twin["editions"][1]["why"] == "lost"
    assert twin["editions"][1]["document"] in page
    assert twin["editions"][0]["document"] not in page


@pytest.mark.parametrize(
    ("number", "mac"),
    [
        ("right", "wrong"),
        ("unknown", "right"),
        ("right", "upper"),
        ("right", "short"),
        ("traversal", "right"),
        ("right", "of another"),
    ],
)
async def test_a_forged_address_is_told_nothing(register: Published, number: str, mac: str) -> None:
    right = await register.mac(VALID)
    numbers = {"right": register.number(VALID), "unknown": register.number("999999"), "traversal": "..%2f..%2fkeys"}
    macs = {
        "right": right,
        "wrong": "a" * 26,
        "upper": right.upper(),
        "short": right[:25],
        "of another": await register.mac(WHOLE),
    }
    async with register.asking() as client:
        plain = await client.get("/nowhere/at/all")
        for suffix in ("", ".json", ".proof.json", ".html", ".en.html", ".pdf"):
            answer = await client.get(f"/v/{numbers[number]}/{macs[mac]}{suffix}")
            assert answer.status_code == 404
            assert answer.text.replace("../", "") == plain.text.replace("../", "")


async def test_the_proof_of_an_entry_holds_by_itself_and_is_about_this_number(register: Published) -> None:
    async with register.asking() as client:
        twin = (await client.get(await register.path(WHOLE, ".json"))).json()
        proof = (await client.get(await register.path(WHOLE, ".proof.json"))).content
    proven = check(proof, None)
    assert proven.event is not None
    assert (proven.event["leaf_index"], proven.size) == (twin["log"]["leaf"], twin["log"]["size"])
    assert json.loads(proven.event["public"])["fact"]["number"] == register.number(WHOLE)


async def test_nothing_follows_a_reader_and_nothing_comes_from_elsewhere(register: Published) -> None:
    async with register.asking() as client:
        for path in ("/", "/keys", "/nowhere", await register.path(VALID), await register.path(VALID, ".json")):
            answer = await client.get(path, headers={"cookie": "a=b"})
            assert "set-cookie" not in answer.headers
            assert {name: answer.headers[name] for name in HEADERS} == HEADERS
            if "html" in answer.headers["content-type"]:
                assert "<script" not in answer.text
                assert 'src="http' not in answer.text
                assert 'rel="stylesheet" href="http' not in answer.text
    assert "script-src" not in HEADERS["content-security-policy"]
    assert HEADERS["content-security-policy"].startswith("default-src 'none'")


async def test_french_comes_first_and_english_for_those_who_prefer_it_or_ask(register: Published) -> None:
    async with register.asking() as client:
        for headers, query, language in (
            ({}, "", "fr"),
            ({"accept-language": "de,en;q=0.5"}, "", "en"),
            ({"accept-language": "en;q=0.5,fr-FR;q=0.9"}, "", "fr"),
            ({"accept-language": "en-GB"}, "?lang=fr", "fr"),
            ({}, "?lang=en", "en"),
            ({"accept-language": "en;q=x,,;;" + "a" * 5000}, "?lang=../en", "fr"),
        ):
            answer = await client.get(f"/{query}", headers=headers)
            assert f'<html lang="{language}">' in answer.text
            assert answer.headers["content-language"] == language


async def test_head_asks_for_no_more_than_the_headers_and_a_range_gets_the_whole(register: Published) -> None:
    path = await register.path(VALID)
    async with register.asking() as client:
        whole = await client.get(path)
        head = await client.head(path)
        part = await client.get(path, headers={"range": "bytes=0-10"})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert part.status_code == 200
    assert len(part.content) == len(whole.content)


async def test_other_methods_are_refused_and_an_answer_that_is_reloaded_says_where_to_begin(
    register: Published,
) -> None:
    async with register.asking() as client:
        assert (await client.delete(await register.path(VALID))).status_code == 405
        assert (await client.post("/")).status_code == 405
        assert (await client.get("/verify")).status_code == 405


async def test_lists_keys_and_the_issuer_are_there_for_programs(register: Published) -> None:
    async with register.asking() as client:
        twin = (await client.get(await register.path(VALID, ".json"))).json()
        listed = await client.get(twin["status_list"].partition("example.org")[2])
        did = await client.get("/.well-known/did.json")
        keys = (await client.get("/keys.json")).json()
        again = await client.get("/.well-known/did.json", headers={"if-none-match": did.headers["etag"]})
    assert listed.headers["content-type"] == "application/vc"
    assert listed.json()["id"] == twin["status_list"]
    assert did.json()["id"] == twin["issuer"] == keys["issuer"]
    assert {listed.headers["access-control-allow-origin"], did.headers["access-control-allow-origin"]} == {"*"}
    assert again.status_code == 304
    assert len(keys["seals"]) == len(keys["notary"]) == 1


@pytest.mark.parametrize("path", ["/status/../../etc/2027", "/status/cqp-cos/..", "/status/%2e%2e%2fetc/2027",
                                  "/status/cqp-cos/1999", "/status/nothing/2027", "/status/cqp-cos/20270"])  # fmt: skip
async def test_a_list_that_is_none_is_not_found_wherever_its_address_leads(register: Published, path: str) -> None:
    async with register.asking() as client:
        assert (await client.get(path)).status_code == 404


async def test_health_says_where_answers_come_from(register: Published) -> None:
    async with register.asking() as client:
        assert (await client.get("/health")).json() == {"ok": True, "source": "database"}


async def test_an_address_with_a_slash_at_its_end_leads_to_the_one_without_and_names_no_host(
    register: Published,
) -> None:
    path = await register.path(VALID)
    async with register.asking() as client:
        answer = await client.get(f"{path}/", headers={"host": "elsewhere.example"})
        assert answer.status_code == 308
        assert answer.headers["location"] == f"../{path.rpartition('/')[2]}"
        assert (await client.get(f"{path}/", follow_redirects=True)).status_code == 200
        forged = await client.get(f"{path[:-1]}!/", follow_redirects=True)
        assert forged.status_code == 404
        elsewhere = await client.get(f"/v/{register.number(VALID)}/%2F%2Felsewhere.example/")
        assert elsewhere.status_code == 404
