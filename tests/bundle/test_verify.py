"""What verify.py finds: every kind of tampering, by whoever also puts the hashes of the manifest right."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from domain.ledger import canonical
from domain.note import Checkpoint, VerifierKey
from eventstore.signing import SigningKey, signed
from interfaces.bundle.contents import OneStream, Sample, WholeLog
from tests.bundle.copies import VERIFIER, Copy, checked, codes, found, run
from tests.bundle.evidence import CERTIFIED, SESSION, Evidence

MIDDLE = 9
"""An event of the whole stream with others on both sides."""


@pytest.fixture(scope="module")
async def pathway(evidence: Evidence, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of a pathway."""
    return await evidence.bundle(tmp_path_factory.mktemp("pathway") / "b.zip", OneStream(CERTIFIED))


@pytest.fixture(scope="module")
async def sample(evidence: Evidence, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of a sample."""
    return await evidence.bundle(tmp_path_factory.mktemp("sample") / "b.zip", Sample(5, "graine"))


@pytest.fixture(scope="module")
async def log(evidence: Evidence, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """Everything there is."""
    return Copy.of(await evidence.bundle(tmp_path_factory.mktemp("log") / "b.zip", WholeLog()))


def own(copy: Copy) -> list[dict[str, Any]]:
    """The events of the whole stream."""
    return [event for event in copy.events if event["stream"] == CERTIFIED]


def note(copy: Copy) -> str:
    """The name of the last checkpoint's file."""
    return str(copy.manifest["checkpoints"][-1]["file"])


def altered(field: str, value: Any) -> Callable[[Copy], None]:
    def alter(copy: Copy) -> None:
        events = copy.events
        events[MIDDLE][field] = value(events[MIDDLE][field]) if callable(value) else value
        copy.set_events(events)

    return alter


def recomputed(copy: Copy) -> None:
    """The clever way: the hash of the leaf is that of the altered event."""
    from interfaces.bundle import verify

    events = copy.events
    events[MIDDLE]["public"] = events[MIDDLE]["public"].replace("CFP", "CFA")
    events[MIDDLE]["occurred_at"] = "2020-01-01T00:00:00.000000Z"
    events[MIDDLE]["leaf_hash"] = verify.Event(canonical(events[MIDDLE])).leaf().hex()
    copy.set_events(events)


def removed(copy: Copy) -> None:
    copy.set_events([event for event in copy.events if event != own(copy)[MIDDLE]])


def doubled(copy: Copy) -> None:
    copy.set_events([*copy.events[: MIDDLE + 1], *copy.events[MIDDLE:]])


def swapped(copy: Copy) -> None:
    events = copy.events
    events[3], events[4] = events[4], events[3]
    copy.set_events(events)


def exchanged(copy: Copy) -> None:
    """Two events under each other's places and proofs."""
    events = copy.events
    for field in ("leaf_index", "proof"):
        events[3][field], events[4][field] = events[4][field], events[3][field]
    copy.set_events([*events[:3], events[4], events[3], *events[5:]])


def counted_wrong(copy: Copy) -> None:
    copy.files["events.jsonl"] = b"".join(copy.files["events.jsonl"].splitlines(keepends=True)[:-1])


def in_note(old: Callable[[str], str]) -> Callable[[Copy], None]:
    def alter(copy: Copy) -> None:
        text = copy.files[note(copy)].decode()
        copy.files[note(copy)] = old(text).encode()
        assert old(text) != text

    return alter


def other_key(copy: Copy) -> None:
    origin = copy.manifest["origin"]
    copy.files["keys/001.vkey"] = SigningKey.new().verifier(origin).format().encode()


def not_a_key(copy: Copy) -> None:
    copy.files["keys/001.vkey"] = b"jalon+00000000+AAAA"


def endorsed_by_none(copy: Copy) -> None:
    copy.set_manifest(lambda manifest: manifest["keys"][1].update(endorsement=None))


def endorsed_for_more(copy: Copy) -> None:
    name = copy.manifest["keys"][1]["endorsement"]
    lines = copy.files[name].decode().split("\n")
    copy.files[name] = "\n".join([*lines[:4], "1", *lines[5:]]).encode()


def old_key_again(copy: Copy) -> None:
    """The last checkpoint under the first key alone, which had been replaced by then."""
    lines = copy.files[note(copy)].decode().split("\n")
    copy.files[note(copy)] = "\n".join([*lines[:5], ""]).encode()


def no_keys(copy: Copy) -> None:
    copy.set_manifest(lambda manifest: manifest.update(keys=[]))


def inconsistent(copy: Copy) -> None:
    text = copy.files["consistency.json"].decode()
    digit = text.index('"proof":["') + len('"proof":["')
    copy.files["consistency.json"] = (text[:digit] + ("0" if text[digit] != "0" else "1") + text[digit + 1 :]).encode()


def earlier_checkpoint_forgotten(copy: Copy) -> None:
    copy.files["consistency.json"] = b"[]"


def scheme_altered(copy: Copy) -> None:
    name = f"schemes/{copy.manifest['schemes'][0]}.json"
    copy.files[name] = copy.files[name].replace(b"2022.1", b"2023.1")


def scheme_left_out(copy: Copy) -> None:
    [name] = copy.manifest["schemes"]
    del copy.files[f"schemes/{name}.json"]
    copy.set_manifest(lambda manifest: manifest.update(schemes=[]))


def excerpt_called_whole(copy: Copy) -> None:
    copy.set_manifest(lambda manifest: manifest["streams"][SESSION].update(whole=True))


def another_subject(copy: Copy) -> None:
    copy.set_manifest(lambda manifest: manifest["selection"].update(stream=SESSION))


def an_unknown_selection(copy: Copy) -> None:
    copy.set_manifest(lambda manifest: manifest.update(selection={"kind": "hearsay"}))


def called_the_whole_log(copy: Copy) -> None:
    copy.set_manifest(lambda manifest: manifest.update(selection={"kind": "log"}))


def of_another_period(copy: Copy) -> None:
    bounds = {"from": "2030-01-01T00:00:00.000000Z", "before": "2031-01-01T00:00:00.000000Z"}
    copy.set_manifest(lambda manifest: manifest.update(selection={"kind": "period", **bounds}))


def smaller_checkpoint(copy: Copy) -> None:
    copy.set_manifest(lambda manifest: manifest["checkpoint"].update(size=manifest["checkpoint"]["size"] - 1))


def a_stream_concealed(copy: Copy) -> None:
    copy.set_manifest(lambda manifest: manifest["streams"].pop(SESSION))


def a_stream_miscounted(copy: Copy) -> None:
    copy.set_manifest(lambda manifest: manifest["streams"][SESSION].update(events=99))


def a_document_of_nobody(copy: Copy) -> None:
    copy.files["documents/lettre.txt"] = b"Bravo"
    told = {"file": "documents/lettre.txt", "sha256": sha256(b"Bravo").hexdigest(), "leaf_index": 0}
    copy.set_manifest(lambda manifest: manifest.update(documents=[told]))


def a_document_altered(copy: Copy) -> None:
    a_document_of_nobody(copy)
    copy.files["documents/lettre.txt"] = b"Tant pis"


TAMPERED: list[tuple[Callable[[Copy], None], set[str]]] = [
    (altered("public", lambda text: text.replace('"on":"2027', '"on":"2028')), {"leaf_differs", "not_included"}),
    (altered("command_id", "c99"), {"leaf_differs", "not_included"}),
    (altered("type", "module_completed"), {"leaf_differs", "not_canonical"}),
    (altered("schema_version", 2), {"leaf_differs"}),
    (altered("occurred_at", "2027-01-05T09:00:00.000000Z"), {"leaf_differs"}),
    (altered("recorded_at", "2027-01-03T09:00:00.000000Z"), {"leaf_differs", "recorded_earlier"}),
    (altered("version", 99), {"leaf_differs", "id_differs", "version_gap"}),
    (altered("command_seq", 7), {"leaf_differs", "order_gap"}),
    (altered("event_id", "6f0c2c4e-5f7b-5d0a-9c0e-2f5d4a1b7e11"), {"leaf_differs", "id_differs"}),
    (altered("leaf_hash", "0" * 64), {"leaf_differs"}),
    (altered("proof", lambda path: ["0" * 64, *path[1:]]), {"not_included"}),
    (altered("proof", lambda path: path[:-1]), {"not_included"}),
    (altered("proof", lambda path: [*path, "0" * 64]), {"not_included"}),
    (altered("leaf_index", 5), {"out_of_order", "not_included"}),
    (recomputed, {"not_included"}),
    (removed, {"version_gap"}),
    (doubled, {"out_of_order", "version_gap"}),
    (swapped, {"out_of_order"}),
    (exchanged, {"not_included"}),
    (counted_wrong, {"count"}),
    (in_note(lambda text: text.replace("\n95\n", "\n96\n")), {"checkpoint_malformed"}),
    (in_note(lambda text: text.split("\n\n")[0] + "\n\n"), {"checkpoint_malformed"}),
    (in_note(lambda text: text[:-8] + ("A" if text[-8] != "A" else "B") + text[-7:]), {"checkpoint_not_signed"}),
    (in_note(lambda text: text.replace("jalon/", "jalan/", 1)), {"checkpoint_malformed"}),
    (old_key_again, {"checkpoint_not_signed"}),
    (other_key, {"key_not_endorsed", "checkpoint_not_signed"}),
    (not_a_key, {"key_malformed", "no_key"}),
    (endorsed_by_none, {"key_not_endorsed"}),
    (endorsed_for_more, {"key_not_endorsed"}),
    (no_keys, {"no_key"}),
    (inconsistent, {"not_consistent"}),
    (earlier_checkpoint_forgotten, {"not_consistent"}),
    (scheme_altered, {"scheme_changed"}),
    (scheme_left_out, {"scheme_missing"}),
    (excerpt_called_whole, {"version_gap"}),
    (another_subject, {"not_what_was_asked"}),
    (an_unknown_selection, {"not_what_was_asked"}),
    (called_the_whole_log, {"not_what_was_asked"}),
    (of_another_period, {"not_in_period"}),
    (smaller_checkpoint, {"checkpoint_other", "not_included"}),
    (a_stream_concealed, {"stream_unlisted"}),
    (a_stream_miscounted, {"count"}),
    (a_document_of_nobody, {"document_unknown"}),
    (a_document_altered, {"document_changed"}),
]


@pytest.mark.parametrize(("tamper", "expected"), TAMPERED)
def test_what_was_altered_is_named_though_the_hashes_were_put_right(
    pathway: Path, tmp_path: Path, tamper: Callable[[Copy], None], expected: set[str]
) -> None:
    copy = Copy.of(pathway)
    tamper(copy)
    assert expected <= codes(found(copy.listed().write(tmp_path / "b.zip")))


def test_a_file_that_does_not_have_its_hash_is_named(pathway: Path, tmp_path: Path) -> None:
    for name in Copy.of(pathway).files:
        if name != "manifest.json":
            copy = Copy.of(pathway)
            copy.files[name] += b" "
            report = found(copy.write(tmp_path / "b.zip"))
            assert ("files", name, "file_changed", {}) in report.faults


def test_a_file_that_is_missing_or_too_much_is_named(pathway: Path, tmp_path: Path) -> None:
    for name in ("events.jsonl", "consistency.json", "keys/002.vkey", "timeline.html"):
        copy = Copy.of(pathway)
        del copy.files[name]
        assert ("files", name, "file_missing", {}) in found(copy.write(tmp_path / "b.zip")).faults
    copy = Copy.of(pathway)
    copy.files["decision.pdf"] = b"certified"
    assert codes(found(copy.write(tmp_path / "b.zip"))) == {"file_unlisted"}


def _select(selection: dict[str, Any], manifest: Any) -> None:
    manifest["selection"].update(selection)


def test_a_sample_is_drawn_again(sample: Path, log: Copy, tmp_path: Path) -> None:
    copy = Copy.of(sample)
    drawn = [event["leaf_index"] for event in copy.events]
    other = next(event for event in log.events if event["leaf_index"] not in drawn)
    events = sorted([*copy.events[1:], other], key=lambda event: event["leaf_index"])
    streams = {stream: {"whole": False, "events": 0} for stream in {event["stream"] for event in events}}
    copy.set_manifest(lambda manifest: manifest.update(streams=streams))
    copy.files |= {name: content for name, content in log.files.items() if name.startswith("schemes/")}
    copy.set_manifest(lambda manifest: manifest.update(schemes=log.manifest["schemes"]))
    copy.set_events(events)
    assert codes(found(copy.listed().write(tmp_path / "b.zip"))) == {"not_the_sample"}
    told: list[dict[str, Any]] = [{"seed": "autre"}, {"count": 4}, {"count": 2**62}]
    for selection in told:
        copy = Copy.of(sample)
        copy.set_manifest(partial(_select, selection))
        assert codes(found(copy.write(tmp_path / "b.zip"))) == {"not_the_sample"}


def test_a_document_that_its_event_names_is_vouched_for(pathway: Path, tmp_path: Path) -> None:
    copy = Copy.of(pathway)
    [scheme] = copy.manifest["schemes"]
    copy.files["documents/dispositif.json"] = copy.files[f"schemes/{scheme}.json"]
    opening = next(event for event in copy.events if event["type"] == "candidacy_registered")
    told = {"file": "documents/dispositif.json", "sha256": scheme, "leaf_index": opening["leaf_index"]}
    copy.set_manifest(lambda manifest: manifest.update(documents=[told]))
    report = found(copy.listed().write(tmp_path / "b.zip"))
    assert (report.faults, report.good["documents"]) == ([], 1)


def test_a_log_signed_by_another_key_is_told_only_by_who_knows_the_key(
    evidence: Evidence, log: Copy, tmp_path: Path
) -> None:
    forger, origin = SigningKey.new(), log.manifest["origin"]
    copy = Copy(dict(log.files))
    last = log.manifest["checkpoint"]
    text = Checkpoint(origin, last["size"], bytes.fromhex(last["root"])).text()
    key: VerifierKey = forger.verifier(origin)
    copy.files |= {"keys/001.vkey": key.format().encode(), note(log): signed(origin, text, [forger]).encode()}

    def one_key(manifest: Any) -> None:
        manifest["keys"] = [{"file": "keys/001.vkey", "since": 0, "endorsement": None}]
        manifest["checkpoints"] = manifest["checkpoints"][-1:]

    copy.set_manifest(one_key)
    path = copy.listed().write(tmp_path / "b.zip")
    assert found(path).faults == []
    assert "key" in [code for code, _ in found(path).unchecked]
    for known in evidence.published:
        assert codes(found(path, known)) == {"key_not_trusted"}


def test_any_key_of_the_chain_may_be_the_known_one(evidence: Evidence, pathway: Path, tmp_path: Path) -> None:
    for number, known in enumerate(evidence.published):
        (tmp_path / f"{number}.vkey").write_text(known + "\n")
        assert checked(pathway, "--key", known)[0] == 0
        assert checked(pathway, "--key", str(tmp_path / f"{number}.vkey"))[0] == 0


def test_it_runs_from_within_the_folder_and_beside_the_zip(pathway: Path, tmp_path: Path) -> None:
    with ZipFile(pathway) as bundle:
        bundle.extractall(tmp_path / "unpacked")
    program = tmp_path / "unpacked" / "verify.py"
    assert program.read_bytes() == VERIFIER.read_bytes()
    for folder, arguments in ((tmp_path, ()), (tmp_path / "unpacked", ()), (tmp_path, (str(tmp_path / "unpacked"),))):
        assert run(*arguments, program=program, folder=folder).returncode == 0
    assert run(program=VERIFIER, folder=tmp_path / "unpacked").returncode == 0
    (tmp_path / "beside").mkdir()
    for name, source in (("verify.py", VERIFIER), ("b.zip", pathway)):
        (tmp_path / "beside" / name).write_bytes(source.read_bytes())
    assert run(program=tmp_path / "beside" / "verify.py", folder=tmp_path).returncode == 0
    (tmp_path / "unpacked" / "notes de lecture.txt").write_text("vu")
    code, report = checked(tmp_path / "unpacked")
    assert (code, "stray" in [each["code"] for each in report["not_checked"]]) == (0, True)
    (tmp_path / "unpacked" / "events.jsonl").write_text("")
    assert checked(tmp_path / "unpacked")[0] == 1


def test_it_says_what_it_did_and_what_it_did_not(pathway: Path, tmp_path: Path) -> None:
    french = run(str(pathway)).stdout
    assert "Conclusion : tout ce qui a été vérifié tient." in french
    assert french.index("Vérifié") < french.index("Non vérifié") < french.index("Conclusion")
    assert "le parcours pathway:certifiée" in french
    assert "Conclusion: everything that was checked holds." in run(str(pathway), "--lang", "en").stdout
    copy = Copy.of(pathway)
    altered("public", lambda text: text + " ")(copy)
    answer = run(str(copy.listed().write(tmp_path / "b.zip")))
    assert (answer.returncode, answer.stderr) == (1, "")
    assert f"{CERTIFIED}#10" in answer.stdout


def test_it_is_one_file_of_old_python_and_its_library_alone() -> None:
    tree = ast.parse(VERIFIER.read_text("utf-8"), feature_version=(3, 8))
    imported = {
        name.split(".")[0]
        for line in ast.walk(tree)
        if isinstance(line, ast.Import | ast.ImportFrom)
        for name in ([line.module or ""] if isinstance(line, ast.ImportFrom) else [each.name for each in line.names])
    }
    assert imported - {"cryptography"} <= set(sys.stdlib_module_names)
    assert not imported & {"socket", "urllib", "http", "subprocess", "ssl", "ctypes"}
