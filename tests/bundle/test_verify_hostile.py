"""Whoever makes a bundle may want verify.py to fall, to hang or to write: it says a sentence and ends."""

from __future__ import annotations

import bz2
import json
import struct
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.ledger import canonical
from domain.merkle import root_of
from domain.note import Checkpoint
from domain.records import event_id
from eventstore.signing import SigningKey, signed
from interfaces.bundle import verify
from interfaces.bundle.contents import OneStream
from tests.bundle.copies import Copy, codes, found, run
from tests.bundle.evidence import CERTIFIED, Evidence

KEY, ORIGIN = SigningKey.new(), "jalon/forged"


@pytest.fixture(scope="module")
async def honest(evidence: Evidence, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A bundle that holds."""
    return Copy.of(await evidence.bundle(tmp_path_factory.mktemp("honest") / "b.zip", OneStream(CERTIFIED)))


def forged(*events: dict[str, Any]) -> Copy:
    """A bundle in which everything is signed and proved, and the events say what they like."""
    leaves = [verify.Event(canonical({**event, "leaf_hash": "0" * 64, "proof": []})).leaf() for event in events]
    assert len(leaves) in (1, 2)
    proofs = [[leaves[1 - number].hex()] if len(leaves) == 2 else [] for number in range(len(leaves))]
    whole = {event["stream"]: {"whole": True, "events": 0} for event in events}
    size, root = len(events), root_of(leaves)
    copy = Copy(
        {
            "keys/1.vkey": KEY.verifier(ORIGIN).format().encode(),
            "checkpoints/1.note": signed(ORIGIN, Checkpoint(ORIGIN, size, root).text(), [KEY]).encode(),
            "consistency.json": b"[]",
            "schemes/44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a.json": b"{}",
            "manifest.json": json.dumps(
                {
                    "format": verify.FORMAT,
                    "origin": ORIGIN,
                    "selection": {"kind": "log"},
                    "checkpoint": {"size": size, "root": root.hex()},
                    "checkpoints": [{"file": "checkpoints/1.note", "size": size}],
                    "keys": [{"file": "keys/1.vkey", "since": 0, "endorsement": None}],
                    "schemes": ["44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"],
                    "documents": [],
                    "streams": whole,
                    "events": size,
                }
            ).encode(),
        }
    )
    copy.set_events(
        [
            {**event, "leaf_hash": leaf.hex(), "proof": proof}
            for event, leaf, proof in zip(events, leaves, proofs, strict=True)
        ]
    )
    return copy.listed()


def event(index: int = 0, stream: str = "pathway:1", **fields: Any) -> dict[str, Any]:
    """An event that holds; version ``index + 1`` of its stream."""
    asked = {"command": {"kind": "start"}, "on": None}
    digest = sha256(canonical(asked)).hexdigest()
    scheme = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    public = {"actor": {}, "asked": asked, "digest": digest, "fact": {"kind": "begun", "scheme_hash": scheme}}
    told = {
        "leaf_index": index,
        "stream": stream,
        "version": index + 1,
        "event_id": str(event_id(stream, index + 1)),
        "command_id": f"c{index}",
        "command_seq": 0,
        "type": "begun",
        "schema_version": 1,
        "occurred_at": "2027-01-04T09:00:00.000000Z",
        "recorded_at": f"2027-01-04T09:00:00.00000{index}Z",
        "public": canonical(public).decode(),
    }
    return told | fields


PUBLIC = event()["public"]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([event()], set()),
        ([event(), event(1)], set()),
        ([event(event_id=str(event_id("pathway:1", 2)))], {"id_differs"}),
        ([event(), event(1, version=3, event_id=str(event_id("pathway:1", 3)))], {"version_gap"}),
        ([event(), event(1, recorded_at="2027-01-03T09:00:00.000000Z")], {"recorded_earlier"}),
        ([event(command_seq=1)], {"order_gap"}),
        ([event(public=PUBLIC.replace('"start"', '"stop"'))], {"order_differs"}),
        ([event(public=PUBLIC.replace(":", ": "))], {"not_canonical"}),
        ([event(type="ended")], {"not_canonical"}),
        ([event(public=PUBLIC.replace('"asked"', '"axed"'))], {"not_asked"}),
        ([event(public=PUBLIC.replace("44136", "54136"))], {"scheme_missing"}),
    ],
)
def test_what_was_signed_must_hold_together_all_the_same(
    tmp_path: Path, events: list[dict[str, Any]], expected: set[str]
) -> None:
    assert codes(found(forged(*events).write(tmp_path / "b.zip"))) == expected


@pytest.mark.parametrize(
    "public",
    [
        '{"actor":{},"digest":"x","fact":{"kind":"begun"},"fact":{"kind":"begun"}}',
        '{"actor":{},"digest":"x","fact":{"kind":"begun","n":1.5}}',
        '{"actor":{},"digest":"x","fact":{"kind":"begun","n":NaN}}',
        '{"actor":{},"digest":"x","fact":{"kind":"begun","n":' + "9" * 5000 + "}}",
        '{"actor":{},"digest":"x","fact":[]}',
        "[" * 100_000,
        "",
        "\ud800",
    ],
)
def test_an_event_that_no_text_of_the_log_can_be_is_malformed(honest: Copy, tmp_path: Path, public: str) -> None:
    copy, events = Copy(dict(honest.files)), honest.events
    events[4]["public"] = public
    copy.files["events.jsonl"] = b"".join(json.dumps(event).encode() + b"\n" for event in events)
    assert "malformed" in codes(found(copy.listed().write(tmp_path / "b.zip")))


def zipped(*entries: tuple[str, bytes], method: int = ZIP_DEFLATED) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with ZipFile(path, "w", method) as bundle:
            for name, content in entries:
                bundle.writestr(ZipInfo(name), content, method)

    return write


def swollen(path: Path) -> None:
    """Entries that say they are gigabytes."""
    zipped(*((f"f{number}", b"x") for number in range(3)), ("manifest.json", b"{}"))(path)
    raw = bytearray(path.read_bytes())
    at = raw.find(b"PK\x01\x02")
    while at >= 0:
        raw[at + 24 : at + 28] = struct.pack("<I", 0xF0000000)
        at = raw.find(b"PK\x01\x02", at + 4)
    path.write_bytes(raw)


def encrypted(path: Path) -> None:
    zipped(("manifest.json", b"{}"))(path)
    raw = bytearray(path.read_bytes())
    raw[raw.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"PK\x05\x06" + bytes(18)),
        lambda path: path.write_bytes(bytes(range(256)) * 40),
        zipped(("../../etc/passwd", b"x"), ("manifest.json", b"{}")),
        zipped(("/etc/passwd", b"x"), ("manifest.json", b"{}")),
        zipped(("a\\..\\b", b"x"), ("manifest.json", b"{}")),
        zipped(("\x1b[2Jx", b"x"), ("manifest.json", b"{}")),
        zipped(("manifest.json", b"{}"), ("Manifest.json", b"{}"), ("manifest.json", b"{}")),
        zipped(("manifest.json", bz2.compress(bytes(10**6))), method=ZIP_BZIP2),
        swollen,
        encrypted,
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_what_is_no_bundle_at_all_is_one_sentence(tmp_path: Path, write: Callable[[Path], None]) -> None:
    path = tmp_path / "b.zip"
    write(path)
    answer = run(str(path))
    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (2, "", 1)
    assert "Traceback" not in answer.stderr
    assert "\x1b" not in answer.stderr
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_is_not_there_and_a_key_that_is_none_are_one_sentence(honest: Copy, tmp_path: Path) -> None:
    path = honest.write(tmp_path / "b.zip")
    for arguments in (
        (str(tmp_path / "none.zip"),),
        (str(path), "--key", "x"),
        (str(path), "--key", "jalon+00000000+A"),
        (str(path), "--key", str(path)),
    ):
        answer = run(*arguments)
        assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (2, "", 1)


@pytest.mark.parametrize(
    "manifest",
    [b"", b"null", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"format":"other"}', b'{"a":1,"a":2}', b'{"format":1e999}'],
)
def test_a_manifest_that_is_none_is_a_fault(honest: Copy, tmp_path: Path, manifest: bytes) -> None:
    copy = Copy(honest.files | {"manifest.json": manifest})
    report = found(copy.write(tmp_path / "b.zip"))
    assert [(check, code) for check, _, code, _ in report.faults] == [("manifest", "malformed")]
    assert run(str(tmp_path / "b.zip")).returncode == 1


def test_a_file_whose_bytes_are_broken_is_a_fault(honest: Copy, tmp_path: Path) -> None:
    path = honest.write(tmp_path / "b.zip")
    raw = path.read_bytes()
    at = raw.index(b'{"command_id"')
    path.write_bytes(raw[: at + 40] + b"\x00" + raw[at + 41 :])
    assert "unreadable" in codes(found(path))


def test_names_of_the_bundle_never_move_the_cursor(tmp_path: Path) -> None:
    text = run(str(forged(event(stream="pathway:\x1b[2J\u202e1", version=2)).write(tmp_path / "b.zip"))).stdout
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_folder_is_not_left_through_a_link(honest: Copy, tmp_path: Path) -> None:
    folder = tmp_path / "unpacked"
    for name, content in honest.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (tmp_path / "secret").write_bytes(honest.files["events.jsonl"])
    (folder / "events.jsonl").unlink()
    (folder / "events.jsonl").symlink_to(tmp_path / "secret")
    report = verify.Report()
    verify.Bundle(verify.Folder(str(folder)), report, None).run()
    assert ("files", "events.jsonl", "file_missing", {}) in report.faults


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=5) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


def _replaced(value: Any, data: st.DataObject) -> Any:
    """``value`` with something else at some place in it."""
    if isinstance(value, (dict, list)) and value and data.draw(st.integers(0, 4)):
        key = data.draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value))))
        inner = _replaced(value[key], data)
        return {**value, key: inner} if isinstance(value, dict) else [*value[:key], inner, *value[key + 1 :]]
    return data.draw(JSON)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), place=st.sampled_from(["manifest.json", "events.jsonl", "consistency.json"]))
def test_whatever_stands_in_the_files_it_comes_to_an_end(
    honest: Copy, tmp_path: Path, data: st.DataObject, place: str
) -> None:
    copy = Copy(dict(honest.files))
    if place == "events.jsonl":
        events = copy.events
        number = data.draw(st.integers(0, len(events) - 1))
        events[number] = _replaced(events[number], data)
        copy.files[place] = b"".join(json.dumps(event).encode() + b"\n" for event in events)
    else:
        copy.files[place] = json.dumps(_replaced(json.loads(copy.files[place]), data)).encode()
    if place != "manifest.json":
        copy.listed()
    path = copy.write(tmp_path / "b.zip")
    report = found(path)
    bundle, say = verify.Bundle(verify.Zip(str(path)), verify.Report(), None), verify.Speaker("fr")
    bundle.run()
    json.dumps(verify.as_json("b.zip", bundle, report, say))
    verify.print_report("b.zip", bundle, report, say)
