"""What certificates are signed, sealed and addressed with: from the environment, or made once for a stack."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from documents.seal import make_test_key
from interfaces.words import LANGUAGES, catalogue
from workers.doctor import Finding, check_seal
from workers.issuing import ISSUER_FILE, base_address, find_issuer, find_seal, issues
from workers.public_place import PORT_FILE, public_port
from workers.seal_key import SEAL_FILE, SealTrouble
from workers.settings import Settings, load
from workers.trouble import SettingsError


def told(finding: Finding) -> str:
    """The message, which has its words, and what to do about it unless all is well, in every language."""
    for language in LANGUAGES:
        catalogue(language)[finding.name].format(**finding.params)
        if finding.verdict != "ok":
            catalogue(language)[f"{finding.name}_do"].format(**finding.params)
    return finding.name.removeprefix("stack.doctor.")


def test_a_stack_makes_its_own_keys_once_and_for_its_owner_s_eyes(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path)
    assert issues(settings)
    first, seal = find_issuer(settings), find_seal(settings)
    assert (find_issuer(settings).id, find_seal(settings).fingerprint) == (first.id, seal.fingerprint)
    assert first.id.startswith("did:key:")
    assert seal.is_test
    for name in (ISSUER_FILE, SEAL_FILE):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_the_port_that_is_printed_on_certificates_never_changes(tmp_path: Path) -> None:
    port = public_port(tmp_path / "new")
    assert public_port(tmp_path / "new") == port
    assert base_address(Settings(state=tmp_path / "new")) == f"http://127.0.0.1:{port}"
    (tmp_path / PORT_FILE).write_text("nowhere")
    with pytest.raises(SettingsError) as refusal:
        public_port(tmp_path)
    assert refusal.value.name == "stack.settings.public_port"


def test_the_environment_names_keys_and_places(tmp_path: Path) -> None:
    found = load(
        {
            "JALON_ISSUER_KEY": "/keys/issuer.pem",
            "JALON_SEAL_P12": "/keys/seal.p12",
            "JALON_SEAL_PASSWORD": "secret",
            "JALON_PUBLIC_URL": "https://certificats.example.org/",
            "JALON_PUBLIC_LISTEN": "0.0.0.0:8443",
            "JALON_DEPOSIT_CLIENT": "12345678",
            "JALON_DEPOSIT_CONTRACT": "MCFCER000209",
        }
    )
    assert (found.issuer_key, found.seal_p12) == (Path("/keys/issuer.pem"), Path("/keys/seal.p12"))
    assert base_address(found) == "https://certificats.example.org"
    assert (found.public_listen, found.deposit_client) == ("0.0.0.0:8443", "12345678")
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("JALON_PUBLIC_URL", "certificats.example.org", "public_url"),
        ("JALON_PUBLIC_URL", "ftp://certificats.example.org", "public_url"),
        ("JALON_PUBLIC_URL", "https://a.example:port", "public_url"),
        ("JALON_PUBLIC_URL", "https://a.example/?page=1", "public_url"),
        ("JALON_PUBLIC_LISTEN", "8443", "public_listen"),
        ("JALON_PUBLIC_LISTEN", "0.0.0.0:99999", "public_listen"),
        ("JALON_DEPOSIT_CLIENT", "1234", "deposit"),
        ("JALON_DEPOSIT_CONTRACT", "É" * 5, "deposit"),
        ("JALON_DEPOSIT_CONTRACT", "x" * 21, "deposit"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(name: str, value: str, message: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load({name: value})
    assert refusal.value.name == f"stack.settings.{message}"
    for language in LANGUAGES:
        catalogue(language)[refusal.value.name].format(**refusal.value.params)
        catalogue(language)[f"{refusal.value.name}_do"].format(**refusal.value.params)


def test_a_database_of_one_s_own_issues_only_with_a_key_of_one_s_own(tmp_path: Path) -> None:
    own = Settings(state=tmp_path, database_url="postgresql://x")
    assert not issues(own)
    assert issues(Settings(state=tmp_path, database_url="postgresql://x", seal_p12=tmp_path / "seal.p12"))
    assert told(check_seal(own)) == "seal.absent"


def test_an_issuer_s_file_that_holds_something_else_is_refused_and_kept(tmp_path: Path) -> None:
    file = tmp_path / ISSUER_FILE
    file.write_text("hello")
    with pytest.raises(SettingsError) as refusal:
        find_issuer(Settings(state=tmp_path))
    assert refusal.value.name == "stack.settings.issuer_key"
    assert file.read_text() == "hello"


def test_the_doctor_says_with_what_certificates_are_sealed_and_until_when(tmp_path: Path) -> None:
    stack = Settings(state=tmp_path)
    assert told(check_seal(stack)) == "seal.later"
    assert not (tmp_path / SEAL_FILE).exists(), "whoever looks makes nothing"
    find_seal(stack)
    assert told(check_seal(stack)) == "seal.test"
    now, key = datetime.now(UTC), tmp_path / "own.p12"
    own = Settings(state=tmp_path, seal_p12=key)
    assert told(check_seal(own)) == "seal.file.missing"
    for since, until, message in ((-9, -1, "expired"), (1, 9, "early")):
        key.unlink(missing_ok=True)
        make_test_key(key, since=now + timedelta(days=since), until=now + timedelta(days=until))
        assert told(check_seal(own)) == f"seal.certificate.{message}"


def test_two_sealing_keys_are_one_too_many(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path, seal_p12=tmp_path / "seal.p12", seal_pkcs11="pkcs11:token=x")
    with pytest.raises(SettingsError):
        find_seal(settings)
    settings = Settings(state=tmp_path, seal_p12=tmp_path / "absent.p12")
    with pytest.raises(SealTrouble):
        find_seal(settings)
