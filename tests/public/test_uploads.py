"""What is said of a file that somebody was handed: each check by itself, and what follows from all of them."""

from __future__ import annotations

import json
import zlib
from collections.abc import AsyncIterator
from io import BytesIO
from tempfile import TemporaryFile
from typing import Any

import httpx
import pikepdf
import pytest

from documents.certificate import certificate
from documents.credentials import Issuer, StatusEntry, credential, parsed, sign, written
from documents.seal import Seal, make_test_key
from interfaces.public.app import make_app
from interfaces.public.examining import AT_ONCE, WAITING, Examiner, Trust
from interfaces.public.receiving import LIMIT
from interfaces.public.source import Chosen
from tests.engine.certifying import BASE
from tests.public.published import AGAIN, VALID, WHOLE, WITHDRAWN, Published

ALL = ["kind", "seal", "signature", "issuer", "number", "digest", "log", "status", "validity"]


async def asked(register: Published, content: bytes, name: str = "file") -> dict[str, Any]:
    """What the pages say of a file, for a program."""
    async with register.asking() as client:
        answer = await client.post("/verify", files={"file": (name, content)}, headers={"accept": "application/json"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def outcomes(report: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Check -> how it ended, and why."""
    return {line["check"]: (line["outcome"], line["code"]) for line in report["checks"]}


async def test_a_certificate_as_it_was_issued_passes_every_check(register: Published) -> None:
    report = await asked(register, (await register.kept(WHOLE)).document)
    found = outcomes(report)
    assert list(found) == ALL
    # The register's key says of itself that it is for tests; nothing else is amiss.
    assert found.pop("seal") == ("warning", "test")
    assert report["verdict"] == "test"
    assert {outcome for outcome, _ in found.values()} == {"ok"}
    assert report["number"] == register.number(WHOLE)
    assert f"/{report['page']}" == await register.path(WHOLE)


@pytest.mark.parametrize("kind", ["json", "png", "svg"])
async def test_a_credential_passes_by_itself_and_in_a_badge(register: Published, kind: str) -> None:
    files = {"json": (await register.kept(WHOLE)).credential, **await register.badges(WHOLE)}
    report = await asked(register, files[kind])
    assert report["kind"] == kind
    assert list(outcomes(report)) == [check for check in ALL if check != "seal"]
    assert report["verdict"] == "good"


async def test_what_was_withdrawn_is_said_to_be_though_seal_and_signature_hold(register: Published) -> None:
    kept = await register.kept(WITHDRAWN)
    for content in (kept.document, kept.credential):
        report = await asked(register, content)
        assert report["verdict"] == "withdrawn"
        found = outcomes(report)
        assert found["status"] == ("failed", "since")
        assert "validity" not in found
        assert not any("valable" in line["message"] for line in report["checks"])
        assert found["signature"] == ("ok", "ok")


async def test_an_edition_that_was_replaced_is_told_from_the_last_one(register: Published) -> None:
    first, second = await register.kept(AGAIN, 1), await register.kept(AGAIN, 2)
    assert outcomes(await asked(register, first.document))["digest"] == ("warning", "superseded")
    assert outcomes(await asked(register, first.credential))["digest"] == ("warning", "superseded")
    assert (await asked(register, first.credential))["verdict"] == "superseded"
    assert outcomes(await asked(register, second.document))["digest"] == ("ok", "ok")


async def test_a_changed_byte_of_a_certificate_breaks_its_seal(register: Published) -> None:
    document = bytearray((await register.kept(WHOLE)).document)
    at = document.index(b"/Producer") if b"/Producer" in document else 200
    document[at + 1] ^= 1
    report = await asked(register, bytes(document))
    assert outcomes(report)["seal"] == ("failed", "altered")
    assert report["verdict"] == "bad"


async def test_what_is_added_behind_a_seal_counts_as_a_change(register: Published) -> None:
    report = await asked(register, (await register.kept(WHOLE)).document + b"\n% more")
    found = outcomes(report)
    assert (found["seal"], found["digest"]) == (("failed", "altered"), ("failed", "other"))
    assert report["verdict"] == "bad"


async def test_a_changed_value_of_a_credential_breaks_its_signature_and_tells_nothing_of_the_register(
    register: Published,
) -> None:
    document = parsed((await register.kept(WHOLE)).credential)
    document["credentialSubject"]["licenseNumber"] = register.number(VALID)
    report = await asked(register, written(document))
    assert outcomes(report) == {"kind": ("ok", "known"), "signature": ("failed", "altered"), "issuer": ("ok", "ok")}
    assert (report["number"], report["page"]) == ("", "")


async def test_a_term_that_no_signature_covers_is_refused(register: Published) -> None:
    document = parsed((await register.kept(WHOLE)).credential)
    document["credentialSubject"]["mention"] = "très bien"
    assert outcomes(await asked(register, written(document)))["signature"] == ("failed", "unknown_term")


async def test_a_credential_that_was_written_anew_is_still_signed(register: Published) -> None:
    document = json.loads((await register.kept(WHOLE)).credential)
    laid_out = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    assert outcomes(await asked(register, laid_out))["digest"] == ("ok", "credential")
    reordered = json.dumps(document, sort_keys=True).encode()
    report = await asked(register, reordered)
    assert outcomes(report)["digest"] == ("skipped", "rewritten")
    assert report["verdict"] == "part"


async def test_a_mark_before_the_text_is_none_of_the_credential(register: Published) -> None:
    credential = (await register.kept(WHOLE)).credential
    report = await asked(register, b"\xef\xbb\xbf" + credential)
    assert report["verdict"] == "good"


async def test_a_credential_of_another_issuer_is_not_judged(register: Published, tmp_path: Any) -> None:
    other = Issuer.load_or_make(tmp_path / "other.key", name="Other", public_url="https://elsewhere.example")
    document = {key: value for key, value in parsed((await register.kept(WHOLE)).credential).items() if key != "proof"}
    document["issuer"] = {**document["issuer"], "id": other.id}
    at = (await register.live.twins(*await _entry(register, WHOLE)))[0].as_of
    report = await asked(register, written(sign(document, other, at)))
    assert outcomes(report)["issuer"] == ("failed", "other")
    assert report["page"] == ""


async def test_a_forger_with_a_key_of_their_own_under_our_name_fails(register: Published, tmp_path: Any) -> None:
    forger = Issuer.load_or_make(tmp_path / "forger.key", name="Jalon", public_url=BASE)
    make_test_key(tmp_path / "forged.p12")
    book_, entries = await _entry(register, WHOLE)
    edition = await register.live._facts_of.edition(register.book, entries[0].number, entries[0].editions[-1].version)
    facts = await register.live._facts_of.facts(edition, BASE)
    at = edition.owing.recorded_at
    forged = written(sign(credential(facts, "salt", forger, StatusEntry(f"{BASE}/status/x/1", 0)), forger, at))
    seal = Seal.from_pkcs12(tmp_path / "forged.p12", None)
    report = await asked(register, seal.apply(certificate(facts, forged, None), at=seal.not_before, reason="x"))
    found = outcomes(report)
    assert found["seal"] == ("failed", "unknown_key")
    assert found["signature"] == ("failed", "not_ours")
    assert report["number"] == ""
    assert book_.stream == register.book


async def test_a_certificate_without_its_seal_is_not_one(register: Published) -> None:
    out = BytesIO()
    with pikepdf.open(BytesIO((await register.kept(WHOLE)).document)) as pdf:
        del pdf.Root.AcroForm
        pdf.save(out)
    found = outcomes(await asked(register, out.getvalue()))
    assert found["seal"][0] == "failed"
    assert found["digest"] == ("failed", "other")


def _bomb_svg() -> bytes:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    return f'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a0 "lol">{entities}]><svg>&a11;</svg>'.encode()


def _bomb_pdf() -> bytes:
    """A PDF whose attachment unpacks to two gigabytes."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(2048)) + packer.flush()
    with pikepdf.new() as pdf:
        stream = pikepdf.Stream(pdf, b"")
        stream.write(packed, filter=pikepdf.Name.FlateDecode)
        file = pdf.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.Filespec, UF="credential.json", EF=pikepdf.Dictionary(F=stream))
        )
        names = pikepdf.Dictionary(Names=pikepdf.Array(["credential.json", file]))
        pdf.Root.Names = pikepdf.Dictionary(EmbeddedFiles=names)
        out = BytesIO()
        pdf.save(out)
    return out.getvalue()


def _looping_pdf() -> bytes:
    """A PDF whose tree of names has itself for a child."""
    with pikepdf.new() as pdf:
        node = pdf.make_indirect(pikepdf.Dictionary())
        node.Kids = pikepdf.Array([node] * 64)
        pdf.Root.Names = pikepdf.Dictionary(EmbeddedFiles=node)
        out = BytesIO()
        pdf.save(out)
    return out.getvalue()


HOSTILE: dict[str, bytes] = {
    "nothing known": b"hello",
    "a program": b"\x7fELF" + bytes(100),
    "half a PDF": b"%PDF-1.7\n1 0 obj\n<<",
    "a PDF that is none": b"%PDF-1.7" + b"\xff" * 5000,
    "deep JSON": b'{"a":' * 100_000,
    "JSON that ends early": b'{"@context": [',
    "no credential": b'{"a": 1}',
    "a PNG of nothing": b"\x89PNG\r\n\x1a\n" + bytes(50),
    "SVG without anything": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "an XML bomb": _bomb_svg(),
    "an outside entity": b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
    "a PDF bomb": _bomb_pdf(),
    "a PDF that turns in circles": _looping_pdf(),
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_whatever_is_sent_gets_an_answer_in_words(register: Published, what: str) -> None:
    async with register.asking() as client:
        answer = await client.post("/verify", files={"file": ("x", HOSTILE[what])})
    assert answer.status_code == 200
    assert "Ce fichier ne prouve rien" in answer.text
    assert "root:" not in answer.text


async def test_an_examination_that_takes_too_long_is_ended(register: Published) -> None:
    trust = Trust(issuer="", keys={}, seals=())
    found = await Examiner(seconds=0.0).examine(_temporary(b'{"a": 1}'), trust)
    assert found.fault == "bomb"


def _temporary(content: bytes) -> Any:
    file = TemporaryFile()  # noqa: SIM115 - gone with the test
    file.write(content)
    return file


async def test_only_so_many_files_wait_to_be_examined(register: Published) -> None:
    examiner = Examiner()
    examiner._present = AT_ONCE + WAITING
    transport = httpx.ASGITransport(app=make_app(Chosen(register.live, lambda: None), examiner))
    async with httpx.AsyncClient(transport=transport, base_url="http://pages") as client:
        answer = await client.post("/verify", files={"file": ("x", b'{"a": 1}')})
    assert answer.status_code == 503
    assert "Recommencez dans une minute" in answer.text


async def test_a_file_may_come_as_the_whole_body(register: Published) -> None:
    content = (await register.kept(WHOLE)).credential
    async with register.asking() as client:
        headers = {"accept": "application/json", "content-type": "application/json"}
        answer = await client.post("/verify", content=content, headers=headers)
    assert answer.json()["verdict"] == "good"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"files": {"file": ("x", b"")}}, 400),
        ({"files": {"file": (None, "text")}}, 400),
        ({"content": b""}, 400),
        ({"content": b"--x\r\nnonsense", "headers": {"content-type": "multipart/form-data; boundary=x"}}, 400),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400),
        ({"files": [("file", ("a", b"{}")), ("file", ("b", b"{}"))]}, 400),
    ],
)
async def test_what_is_no_file_is_refused_in_words(register: Published, sent: dict[str, Any], status: int) -> None:
    async with register.asking() as client:
        answer = await client.post("/verify", **sent)
    assert answer.status_code == status
    assert "n’a pas été examiné" in answer.text


async def test_a_file_of_one_byte_too_many_is_refused_even_if_nobody_said_how_long_it_is(register: Published) -> None:
    async def growing() -> AsyncIterator[bytes]:
        for _ in range(LIMIT // 65_536):
            yield bytes(65_536)
        yield b"x"

    async with register.asking() as client:
        answer = await client.post("/verify", content=growing())
    assert answer.status_code == 413
    assert "20 Mo" in answer.text


async def _entry(register: Published, sequence: str) -> tuple[Any, list[Any]]:
    found = await register.live.book(register.book)
    return found, [found.entries[register.number(sequence)]]
