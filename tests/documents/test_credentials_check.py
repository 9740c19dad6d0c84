"""Each check of a credential answers for itself."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.credentials import list_size, read_status, sign, status_list, verify_credential
from documents.credentials import vocabulary as room
from tests.documents.credentials import AT, LIST, issuer, signed, unsigned

NOW = datetime(2027, 7, 1, tzinfo=UTC)
OWN = issuer()
STATUS = status_list(OWN, LIST, {5}, list_size(0), AT)


def keys_of(did: str) -> Mapping[str, bytes]:
    return OWN.keys() if did == OWN.id else {}


def status_of(url: str, index: int) -> bool | None:
    return read_status(STATUS, url, index, keys_of)


def codes(document: dict[str, Any], at: datetime = NOW) -> list[str]:
    return [found.code for found in verify_credential(document, keys_of, status_of, at=at)]


def test_a_credential_that_counts_is_good_throughout() -> None:
    found = verify_credential(signed(), keys_of, status_of, at=NOW)
    assert [each.check for each in found] == ["signature", "issuer", "validity", "status"]
    assert all(each.good for each in found)


def test_a_withdrawn_award_keeps_its_signature_and_loses_its_status() -> None:
    assert codes(signed(5)) == ["good", "good", "good", "revoked"]


def test_what_was_changed_loses_its_signature_alone() -> None:
    document = {**signed(), "name": "Directeur"}
    assert codes(document) == ["bad_signature", "good", "good", "good"]


def test_a_stranger_that_signs_is_a_stranger() -> None:
    other = issuer(2, public_url="https://else.example")
    assert codes(sign(unsigned(by=other), other, AT)) == ["unknown_key", "unknown_issuer", "good", "good"]


def test_a_stranger_that_says_it_is_us_has_no_key_of_ours() -> None:
    other = issuer(2)
    assert codes(sign(unsigned(by=other), other, AT))[:2] == ["unknown_key", "good"]


def test_a_key_counts_for_its_own_issuer_only() -> None:
    # Somebody whose document lists our key in their name, over a credential that says it is theirs.
    document = {**unsigned(), "issuer": "did:web:else.example"}
    claimed = sign(document, OWN, AT)
    found = verify_credential(claimed, lambda did: OWN.keys(), status_of, at=NOW)
    assert found[0].code == "unknown_key"


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (datetime(2027, 6, 6, 21, 59, 59, tzinfo=UTC), "not_yet_valid"),
        (datetime(2027, 6, 6, 22, 0, tzinfo=UTC), "good"),
        (datetime(2030, 1, 31, 22, 59, 59, tzinfo=UTC), "good"),
        (datetime(2030, 1, 31, 23, 0, tzinfo=UTC), "expired"),
    ],
)
def test_it_counts_from_its_first_day_to_its_last(at: datetime, code: str) -> None:
    assert codes(signed(valid_until=date(2030, 1, 31)), at)[2] == code


@pytest.mark.parametrize("instant", [None, 7, "", "yesterday", "2027-06-07", "2027-06-07T00:00:00", "9" * 100])
def test_a_credential_without_an_instant_does_not_count(instant: Any) -> None:
    assert codes({**signed(), "validFrom": instant})[2] == "no_date"
    assert codes({**signed(), "validUntil": instant})[2] == "no_date"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (None, "no_status"),
        ({"type": "Other"}, "no_status"),
        ({"statusPurpose": "suspension"}, "no_status"),
        ({"statusListIndex": 5}, "no_status"),
        ({"statusListIndex": "-5"}, "no_status"),
        ({"statusListIndex": "٥"}, "no_status"),
        ({"statusListIndex": "9" * 400}, "no_status"),
        ({"statusListIndex": "999999999"}, "status_unknown"),
        ({"statusListCredential": "https://else.example/list"}, "status_unknown"),
        ({"statusListCredential": 7}, "no_status"),
    ],
)
def test_a_status_that_cannot_be_read_is_not_good(change: dict[str, Any] | None, code: str) -> None:
    document = signed()
    document["credentialStatus"] = None if change is None else {**document["credentialStatus"], **change}
    assert codes(document)[3] == code


def test_a_status_list_that_another_signed_says_nothing() -> None:
    other = issuer(2)
    assert read_status(status_list(other, LIST, {5}, list_size(0), AT), LIST, 5, keys_of) is None
    assert read_status({**STATUS, "id": LIST + "x"}, LIST, 5, keys_of) is None
    assert read_status(signed(), signed()["id"], 5, keys_of) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.sampled_from(["@context", "issuer", "validFrom", "validUntil", "credentialStatus", "proof", "type"]), JSON
    )
)
def test_checking_never_raises(members: dict[str, Any]) -> None:
    found = verify_credential({**signed(), **members} if members else {}, keys_of, status_of, at=NOW + timedelta(1))
    assert len(found) == 4


def test_the_contexts_are_those_that_were_published() -> None:
    lines = (room._FOLDER / "SHA256SUMS").read_text("ascii").splitlines()
    told = {name: digest for digest, name in (line.split() for line in lines)}
    assert told == {
        name: hashlib.sha256((room._FOLDER / name).read_bytes()).hexdigest() for name in room._FILES.values()
    }
