"""Awards on the real engine: a decision gives numbers and documents, once each, whatever dies on the way."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.issuing import Issuing
from bench.orders import sealed
from documents.credentials.reading import parsed
from documents.credentials.status import is_set
from documents.seal import CertificateExpired, Seal, check_seal, make_test_key
from eventstore.books import Books
from eventstore.documents import Documents, Kept, StatusLists
from tests.engine import certifying
from tests.engine.certifying import book, candidate, decided, issuing, until_made, wake
from tests.engine.harness import Engine, eventually, gapless


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certifying.keys(tmp_path_factory.mktemp("keys"))


async def test_a_decision_gives_every_award_a_number_a_sealed_certificate_and_a_credential(
    workless: Engine, keys: Path
) -> None:
    pathway = await decided(workless, await candidate(workless))
    async with workless.worker(issuing=issuing(workless, keys)):
        await wake(workless, pathway)
        found = await until_made(workless, 5)
    rows = await Books(workless.pool).numbers(pathway=pathway)
    assert [row.sequence for row in rows] == list(range(1, 6))
    assert [row.kind for row in rows] == ["block"] * 4 + ["certification"]
    assert all(row.issued == 1 and row.document for row in rows)
    assert gapless(await workless.events(book()))
    documents = Documents(workless.keys)
    for row in rows:
        kept = await documents.read(row.number, 1)
        assert kept is not None
        assert kept.digest == row.document
        told = found.entries[row.number].editions[0]
        assert (told.document, told.credential) == (kept.digest, kept.credential_digest)
        report = check_seal(kept.document, [bytes.fromhex(told.key)])
        assert report.intact
        credential = parsed(kept.credential)
        assert credential["credentialSubject"]["licenseNumber"] == row.number
        assert credential["id"].startswith(f"{certifying.BASE}/v/{row.number}/")
        assert "Lefèvre" not in kept.credential.decode()
    lists = await StatusLists(workless.pool).latest(book())
    assert lists is not None
    assert not any(is_set(json.loads(lists[1]), index) for index in range(5))
