"""What the environment says, and where it leads."""

from __future__ import annotations

import base64
import os
import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest

from eventstore.masters import Masters
from interfaces.words import LANGUAGES, catalogue
from tests.stack.running import folder_for_all
from workers.embedded.found import StackInfo
from workers.embedded.process import Identity, free_port
from workers.mail import mail_settings
from workers.settings import Services, Settings, Tls, connect_temporal, load, open_pool, resolve, without_password
from workers.trouble import SettingsError, Unreachable

KEY = bytes(range(32))
MASTERS = Masters.local(KEY)
URL = "postgresql://someone:secret@db.example/jalon"


def running_stack(state: Path) -> StackInfo:
    me = Identity.of(os.getpid())
    assert me is not None
    info = StackInfo(me.pid, me.started, "postgresql://jalon:pw@127.0.0.1:1/jalon", "127.0.0.1:2", "default")
    info.write(state)
    (state / "sealing.key").write_text(base64.b64encode(KEY).decode())
    return info


def test_without_any_variable_everything_is_found_in_the_state_directory(tmp_path: Path) -> None:
    info = running_stack(tmp_path)
    services = resolve(load({"JALON_STATE": str(tmp_path), "JALON_DATABASE_URL": ""}))
    assert (services.database_url, services.temporal_address) == (info.database_url, info.temporal_address)
    assert services.masters.current.id == MASTERS.current.id


def test_a_stack_whose_process_is_gone_is_not_found(tmp_path: Path) -> None:
    StackInfo(os.getpid(), 1.0, "postgresql://x", "y", "default").write(tmp_path)
    with pytest.raises(Unreachable) as refusal:
        resolve(Settings(state=tmp_path))
    assert refusal.value.name == "stack.settings.no_stack"


def test_services_of_ones_own_need_no_stack(tmp_path: Path) -> None:
    services = resolve(
        load(
            {
                "JALON_STATE": str(tmp_path),
                "JALON_DATABASE_URL": URL,
                "JALON_TEMPORAL_ADDRESS": "temporal.example:7233",
                "JALON_TEMPORAL_NAMESPACE": "certification",
                "JALON_TEMPORAL_TLS": "1",
                "JALON_TEMPORAL_API_KEY": "token",
                "JALON_SEALING_KEY": base64.b64encode(KEY).decode(),
            }
        )
    )
    assert services == Services(URL, "temporal.example:7233", "certification", MASTERS, Tls(), "token")


def test_a_database_of_ones_own_without_a_key_is_refused(tmp_path: Path) -> None:
    running_stack(tmp_path)
    with pytest.raises(SettingsError) as refusal:
        resolve(Settings(state=tmp_path, database_url=URL, temporal_address="t:1"))
    assert refusal.value.name == "stack.settings.key_missing"


def test_one_service_of_ones_own_is_completed_by_the_stack(tmp_path: Path) -> None:
    info = running_stack(tmp_path)
    services = resolve(Settings(state=tmp_path, temporal_address="t:1", temporal_api_key="token"))
    assert (services.database_url, services.temporal_address) == (info.database_url, "t:1")


def test_credentials_for_another_temporal_never_go_to_the_embedded_one(tmp_path: Path) -> None:
    running_stack(tmp_path)
    services = resolve(Settings(state=tmp_path, temporal_api_key="token", temporal_tls=Tls()))
    assert services.temporal_api_key is None
    assert services.temporal_tls is None


@pytest.mark.parametrize("key", ["", "not base64!", base64.b64encode(KEY[:31]).decode()])
def test_a_key_that_is_not_32_bytes_is_refused_without_being_repeated(key: str) -> None:
    if not key:
        assert load({"JALON_SEALING_KEY": key}).sealing_key is None
        return
    with pytest.raises(SettingsError) as refusal:
        load({"JALON_SEALING_KEY": key})
    assert key not in str(refusal.value)


def test_secrets_are_not_in_the_text_form_of_settings() -> None:
    settings = Settings(database_url=URL, temporal_api_key="token", sealing_key=KEY)
    services = Services(URL, "t:1", "default", MASTERS, temporal_api_key="token")
    for secret in ("secret", "token", repr(KEY)):
        assert secret not in repr(settings) + repr(services)


def test_a_shown_address_has_no_password() -> None:
    assert without_password(URL + "?password=x") == "postgresql://someone@db.example/jalon"


async def test_a_silent_temporal_is_given_up_after_some_seconds() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        began = time.monotonic()
        with pytest.raises(Unreachable):
            await connect_temporal(Services("", f"127.0.0.1:{silent.getsockname()[1]}", "default", MASTERS), None)
        assert time.monotonic() - began < 10


async def test_an_absent_postgres_is_unreachable() -> None:
    with pytest.raises(Unreachable) as trouble:
        await open_pool(Services(f"postgresql://a:secret@127.0.0.1:{free_port()}/b", "t:1", "default", MASTERS))
    assert "secret" not in str(trouble.value)


def test_a_state_directory_in_the_way_is_named() -> None:
    from workers.embedded.places import make_state_dir
    from workers.trouble import StackError

    with folder_for_all() as folder:
        (folder / "file").touch()
        with pytest.raises(StackError):
            make_state_dir(folder / "file")


RELAY = {"JALON_SMTP_URL": "smtp://office:p%40ss@relay.example:587", "JALON_MAIL_FROM": "Jury <jury@example.org>"}


def test_a_relay_is_named_by_one_address(tmp_path: Path) -> None:
    found = mail_settings(load({"JALON_STATE": str(tmp_path), **RELAY}))
    assert found is not None
    relay = found.relay
    assert (relay.host, relay.port, relay.tls) == ("relay.example", 587, False)
    assert (relay.username, relay.password) == ("office", "p@ss")
    assert "p@ss" not in repr(found)
    assert not found.local


def test_the_mailbox_of_the_stack_is_used_where_there_is_no_relay(tmp_path: Path) -> None:
    assert mail_settings(load({"JALON_STATE": str(tmp_path)})) is None
    replace(running_stack(tmp_path), smtp_address="127.0.0.1:2525").write(tmp_path)
    found = mail_settings(load({"JALON_STATE": str(tmp_path)}))
    assert found is not None
    assert (found.relay.port, found.local) == (2525, True)
    real = mail_settings(load({"JALON_STATE": str(tmp_path), **RELAY}))
    assert real is not None
    assert not real.local


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"JALON_SMTP_URL": "relay.example:587"}, "mail.settings.smtp"),
        ({"JALON_SMTP_URL": "http://relay.example"}, "mail.settings.smtp"),
        ({"JALON_SMTP_URL": "smtp://relay.example:port"}, "mail.settings.smtp"),
        ({"JALON_SMTP_URL": "smtp://office@relay.example"}, "mail.settings.smtp"),
        ({"JALON_SMTP_URL": "smtps://relay.example/box"}, "mail.settings.smtp"),
        ({"JALON_MAIL_FROM": ""}, "mail.settings.no_sender"),
        ({"JALON_MAIL_FROM": "the office"}, "mail.settings.address"),
        ({"JALON_MAIL_HEAD": "chef@"}, "mail.settings.address"),
        ({"JALON_MAIL_RATE": "often"}, "mail.settings.rate"),
        ({"JALON_TEMPLATES": "/nowhere/at/all"}, "mail.settings.templates"),
    ],
)
def test_what_is_wrong_about_mails_is_named(tmp_path: Path, change: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsError) as error:
        mail_settings(load({"JALON_STATE": str(tmp_path), **RELAY, **change}))
    for language in LANGUAGES:
        words = catalogue(language)
        assert words[error.value.name].format(**error.value.params)
        assert words[f"{error.value.name}_do"].format(**error.value.params)
    assert error.value.name == name
    assert "p%40ss" not in str(error.value)


def test_a_template_that_cannot_be_written_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "expiry.fr.md").write_text("Subject: Fini\n\n{% if %}")
    with pytest.raises(SettingsError) as error:
        mail_settings(load({"JALON_STATE": str(tmp_path), **RELAY, "JALON_TEMPLATES": str(tmp_path)}))
    assert error.value.params["place"].endswith("expiry.fr.md:3")
