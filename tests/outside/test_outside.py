"""Credentials verified by implementations that are not Jalon's, without a network.

One is ``@digitalbazaar/vc`` (JavaScript, with canonicalisation and JSON-LD of its own); it is installed once from its
lock file into pytest's cache. The other is ``openvc`` (Python).
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from openvc.errors import OpenvcError
from openvc.proof.data_integrity import DataIntegrityProofSuite
from openvc.status.bitstring import decode_bitstring, get_status_bit

from documents.credentials import (
    Issuer,
    StatusEntry,
    badge_png,
    bake_png,
    credential,
    extract,
    list_size,
    parsed,
    sign,
    status_list,
    written,
)
from documents.credentials.vocabulary import KNOWN, MULTIKEY, OPEN_BADGES, text
from tests.documents.credentials import AT, LIST, facts, issuer, signed, unsigned

HERE = Path(__file__).parent
NOW = datetime(2027, 7, 1, tzinfo=UTC)
WITHDRAWN = 5

Verify = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def node_modules(pytestconfig: pytest.Config) -> Path:
    """A folder with ``verify.mjs`` and what it needs, as the lock file says."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("node and npm are not installed: the outside verifier in JavaScript needs them")
    files = [HERE / name for name in ("package.json", "package-lock.json", ".npmrc", "verify.mjs")]
    cache = pytestconfig.cache
    assert cache is not None
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:16]
    ready = cache.mkdir("outside") / digest
    if ready.exists():
        return ready
    making = Path(tempfile.mkdtemp(dir=ready.parent))
    for path in files:
        shutil.copy(path, making)
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=making, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    try:
        making.rename(ready)
    except OSError:
        # Another run was first.
        shutil.rmtree(making)
    return ready


@pytest.fixture(scope="session")
def outside(node_modules: Path) -> Verify:
    """Verifies credentials with the JavaScript implementation, given what the issuer serves."""

    def verify(*credentials: dict[str, Any], by: Issuer | None = None) -> list[dict[str, Any]]:
        job = {"documents": served(by or issuer()), "credentials": credentials, "now": NOW.isoformat()}
        # A proxy that nobody answers at: a request would fail, and be told.
        environment = {**os.environ, "HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
        done = subprocess.run(
            ["node", "verify.mjs"],
            cwd=node_modules,
            input=json.dumps(job),
            capture_output=True,
            text=True,
            env=environment,
        )
        assert done.returncode == 0, done.stderr
        results: list[dict[str, Any]] = json.loads(done.stdout)
        return results

    return verify


def served(by: Issuer) -> dict[str, Any]:
    """What may be asked for: contexts, the DID document and its keys, the status list."""
    document = by.document()
    keys = {key["id"]: {"@context": MULTIKEY, **key} for key in document["verificationMethod"]}
    contexts = {url: text(url) for url in KNOWN}
    return {**contexts, **keys, document["id"]: document, LIST: statuses(by)}


def statuses(by: Issuer) -> dict[str, Any]:
    return status_list(by, LIST, {WITHDRAWN}, list_size(0), AT)


def tampered() -> dict[str, Any]:
    changed = copy.deepcopy(signed())
    changed["credentialSubject"]["achievement"]["name"] = "Directeur"
    return changed


def with_unknown_term() -> dict[str, Any]:
    """A naive verifier drops the term, and finds the signature good."""
    changed = copy.deepcopy(signed())
    changed["credentialSubject"]["mention"] = "très bien"
    return changed


def test_every_kind_of_credential_is_accepted(outside: Verify) -> None:
    named = credential(facts(), "k3Q", issuer(), StatusEntry(LIST, 1), include_name=True)
    kinds = [
        signed(),
        signed(languages=("fr", "en"), valid_until=date(2030, 1, 31)),
        signed(kind="block", blocks=facts().blocks[:1], alignments=()),
        signed(title='« "\\ \n\t é 𐍈 % </script> ]]>', certifier="Ünïon"),
        sign(named, issuer(), AT),
        parsed(extract(bake_png(badge_png(facts()), written(signed()))).text),
    ]
    for result in outside(*kinds):
        assert (result["verified"], result["status"], result["reasons"]) == (True, False, [])


def test_a_credential_of_an_earlier_key_is_accepted(outside: Verify) -> None:
    both = issuer(1, 2)
    assert [each["verified"] for each in outside(signed(), signed(by=both), by=both)] == [True, True]


def test_an_issuer_that_is_its_key_is_accepted(outside: Verify) -> None:
    own = issuer(public_url=None)
    assert outside(signed(by=own), by=own)[0]["verified"]


def test_a_tampered_value_is_refused(outside: Verify) -> None:
    assert not outside(tampered())[0]["proof"]


def test_an_unknown_term_is_refused(outside: Verify) -> None:
    result = outside(with_unknown_term())[0]
    assert not result["proof"]
    assert any("Safe mode" in reason for reason in result["reasons"])


def test_a_wrong_key_is_refused(outside: Verify) -> None:
    """Signed with another key than the one that the issuer's document has under the same name."""
    stranger = issuer(2)
    stranger.method = issuer().method
    assert not outside(sign(unsigned(), stranger, AT))[0]["proof"]
    assert not outside(signed(by=issuer(3)))[0]["proof"]


def test_a_withdrawn_award_keeps_its_signature_and_its_status_says_so(outside: Verify) -> None:
    result = outside(signed(WITHDRAWN))[0]
    assert (result["proof"], result["status"]) == (True, True)


def test_the_lock_file_names_no_registry() -> None:
    locked = json.loads((HERE / "package-lock.json").read_text("utf-8"))
    assert all("resolved" not in package for package in locked["packages"].values())
    assert all("integrity" in package for path, package in locked["packages"].items() if path)


def by_openvc(document: dict[str, Any]) -> bool:
    public = base64.urlsafe_b64encode(issuer().public[-1]).rstrip(b"=").decode()
    try:
        DataIntegrityProofSuite().verify(
            document,
            public_key_jwk={"kty": "OKP", "crv": "Ed25519", "x": public},
            extra_contexts={OPEN_BADGES: text(OPEN_BADGES)},
            now=NOW,
        )
    except OpenvcError:
        return False
    return True


def test_a_second_implementation_agrees() -> None:
    assert by_openvc(signed())
    assert by_openvc(signed(languages=("fr", "en"), title='« "\\ \n\t é 𐍈 % ]]>'))
    assert not by_openvc(tampered())
    assert not by_openvc(with_unknown_term())
    assert not by_openvc(signed(by=issuer(2)))


def test_a_second_implementation_reads_the_status_list() -> None:
    listed = statuses(issuer())
    assert by_openvc(listed)
    bits = decode_bitstring(listed["credentialSubject"]["encodedList"])
    assert [get_status_bit(bits, index) for index in (WITHDRAWN - 1, WITHDRAWN)] == [0, 1]
