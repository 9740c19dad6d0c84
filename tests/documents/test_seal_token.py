"""A seal whose key never leaves its token: a real PKCS#11 module, with tokens made for the test."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pkcs11
import pytest
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import example, given
from hypothesis import strategies as st
from pkcs11 import Attribute, CertificateType, ObjectClass
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from documents.seal import (
    BadTokenUri,
    CertificateMissing,
    KeyMissing,
    KeyUnusable,
    ModuleUnusable,
    Seal,
    SealError,
    TokenMissing,
    WrongPin,
    check_seal,
)
from documents.seal.token import read_uri
from tests.documents.sealing import AT, REASON, certificate, document, key, seal_of
from tests.tools import needs
from workers.seal_key import SealTrouble, open_seal

pytestmark = needs("softhsm2-util", "softhsm2")

PIN = "271828"
TOKEN = "Jalon essai"
IDS = {"rsa": b"\x01", "p256": b"\x02", "bare": b"\x03", "foreign": b"\x04"}


def _module() -> Path:
    found = [*Path("/usr/lib").glob("**/softhsm/libsofthsm2.so"), *Path("/usr/local/lib").glob("**/libsofthsm2.so")]
    assert found, "SoftHSM is missing (Debian: apt-get install softhsm2)"
    return found[0]


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A module with one token that holds: an RSA key, one on a curve, one without certificate, one with a wrong one."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    path = _module()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        _run("--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", PIN)
        for name, kind in (("rsa", "rsa"), ("p256", "p256"), ("bare", "other"), ("foreign", "rsa")):
            plain = folder / f"{name}.pem"
            plain.write_bytes(key(kind).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            _run("--import", str(plain), "--token", TOKEN, "--label", name, "--id", IDS[name].hex(), "--pin", PIN)
        library = pkcs11.lib(str(path))
        library.reinitialize()
        with library.get_token(token_label=TOKEN).open(rw=True, user_pin=PIN) as session:
            for name, kind in (("rsa", "rsa"), ("p256", "p256"), ("foreign", "other")):
                _add_certificate(session, IDS[name], certificate(key(kind)).public_bytes(Encoding.DER))
        yield path
        library.finalize()


def _run(*arguments: str) -> None:
    subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True, env=dict(os.environ))


def _add_certificate(session: Any, id: bytes, content: bytes) -> None:
    session.create_object(
        {
            Attribute.CLASS: ObjectClass.CERTIFICATE,
            Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
            Attribute.TOKEN: True,
            Attribute.LABEL: "certificate",
            Attribute.ID: id,
            Attribute.SUBJECT: asn1.Certificate.load(content).subject.dump(),
            Attribute.VALUE: content,
        }
    )


def uri(module: Path, name: str = "rsa", token: str = TOKEN) -> str:
    return f"pkcs11:token={quote(token)};object={name};type=private?module-path={module}"


@pytest.mark.parametrize("name", ["rsa", "p256"])
async def test_a_key_on_a_token_seals_like_any_other(name: str, module: Path) -> None:
    seal = Seal.from_pkcs11(uri(module, name), PIN)
    sealed = seal.apply(document(), at=AT, reason=REASON)
    assert check_seal(sealed, [seal.certificate]).intact
    (signature,) = PdfFileReader(BytesIO(sealed)).embedded_signatures
    trust = ValidationContext(trust_roots=[asn1.Certificate.load(seal.certificate)], allow_fetching=False, moment=AT)
    assert (await async_validate_pdf_signature(signature, trust)).bottom_line


def test_the_same_rsa_key_gives_the_same_bytes_on_a_token_and_in_a_file(module: Path, tmp_path: Path) -> None:
    on_token, in_file = Seal.from_pkcs11(uri(module), PIN), seal_of(tmp_path)
    assert on_token.fingerprint == in_file.fingerprint
    assert on_token.apply(document(), at=AT, reason=REASON) == in_file.apply(document(), at=AT, reason=REASON)


def test_a_key_goes_by_its_id_too(module: Path) -> None:
    by_id = f"pkcs11:token={quote(TOKEN)};id=%02?module-path={module}&pin-value={PIN}"
    assert Seal.from_pkcs11(by_id, None).fingerprint == Seal.from_pkcs11(uri(module, "p256"), PIN).fingerprint


def test_threads_share_a_token(module: Path) -> None:
    seal = Seal.from_pkcs11(uri(module), PIN)
    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(lambda _: seal.apply(document(), at=AT, reason=REASON), range(16)))
    assert len(made) == 1


def test_a_token_that_went_away_is_said_and_asked_again(module: Path) -> None:
    seal = Seal.from_pkcs11(uri(module), PIN)
    before = seal.apply(document(), at=AT, reason=REASON)
    pkcs11.lib(str(module)).reinitialize()
    with pytest.raises(KeyUnusable) as refused:
        seal.apply(document(), at=AT, reason=REASON)
    assert refused.value.params["where"] == f"{TOKEN}/rsa"
    assert seal.apply(document(), at=AT, reason=REASON) == before


@pytest.mark.parametrize("pin", ["000000", "", "1", None])
def test_a_wrong_pin_is_told_and_never_repeated(pin: str | None, module: Path) -> None:
    # As a program that has not opened the token yet.
    pkcs11.lib(str(module)).reinitialize()
    with pytest.raises(WrongPin) as refused:
        Seal.from_pkcs11(uri(module), pin)
    assert refused.value.params == {"token": TOKEN}


@pytest.mark.parametrize(
    ("name", "error"),
    [("none", KeyMissing), ("bare", CertificateMissing), ("foreign", KeyUnusable)],
)
def test_a_key_that_lacks_something_is_refused(name: str, error: type[SealError], module: Path) -> None:
    with pytest.raises(error) as refused:
        Seal.from_pkcs11(uri(module, name), PIN)
    assert refused.value.params["where"] == f"{TOKEN}/{name}"


def test_an_absent_token_or_module_is_named(module: Path, tmp_path: Path) -> None:
    with pytest.raises(TokenMissing) as absent:
        Seal.from_pkcs11(uri(module, token="Autre"), PIN)
    assert absent.value.params == {"module": str(module), "token": "Autre"}
    for path in (tmp_path / "none.so", Path("/etc/passwd")):
        with pytest.raises(ModuleUnusable) as unusable:
            Seal.from_pkcs11(uri(path), PIN)
        assert unusable.value.params == {"module": str(path)}


def test_the_settings_lead_to_the_token(module: Path, tmp_path: Path) -> None:
    seal = open_seal(None, None, uri(module), PIN, tmp_path / "seal.p12")
    assert seal.subject == "CN=Ucanss"
    assert not list(tmp_path.iterdir())
    with pytest.raises(SealTrouble) as refused:
        open_seal(None, None, uri(module, token="Autre"), PIN, tmp_path / "seal.p12")
    assert refused.value.name == "seal.token"


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ("", "pkcs11:"),
        ("file:token=x", "pkcs11:"),
        ("pkcs11:token=x;object=y", "module-path"),
        ("pkcs11:object=y?module-path=/m.so", "token"),
        ("pkcs11:token=x?module-path=/m.so", "object"),
        ("pkcs11:token=x;object=y;colour=red?module-path=/m.so", "colour"),
        ("pkcs11:token=x;token=z;object=y?module-path=/m.so", "token"),
        ("pkcs11:token=x;object?module-path=/m.so", "object"),
        ("pkcs11:token=x;object=%FF?module-path=/m.so", "object"),
        ("pkcs11:token=x;object=y;type=cert?module-path=/m.so", "type"),
        ("pkcs11:token=x;object=y?module-path=/m.so&pin-source=/p", "pin-source"),
    ],
)
def test_an_address_that_says_too_little_or_too_much_is_refused_with_the_part_that_is_wrong(
    wrong: str, what: str
) -> None:
    with pytest.raises(BadTokenUri) as refused:
        Seal.from_pkcs11(wrong, PIN)
    assert refused.value.params == {"what": what}


@given(st.text(max_size=60).map(lambda rest: f"pkcs11:{rest}"))
@example("pkcs11:?")
@example("pkcs11:=;=?=&=")
def test_any_address_is_read_or_refused(address: str) -> None:
    with suppress(BadTokenUri):
        assert read_uri(address).module


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    st.binary(min_size=1),
)
def test_what_is_written_into_an_address_is_read_from_it(token: str, label: str, id: bytes) -> None:
    written = f"pkcs11:token={quote(token, safe='')};object={quote(label, safe='')};id={quote(id, safe='')}"
    read = read_uri(f"{written}?module-path=/a%20b.so&pin-value=1%262")
    assert (read.token, read.label, read.id, read.module, read.pin) == (token, label, id, "/a b.so", "1&2")
    assert "1&2" not in read.where
