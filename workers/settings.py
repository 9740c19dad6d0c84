"""The settings, read from the environment, and the services that they lead to."""

from __future__ import annotations

import asyncio
import base64
import binascii
import getpass
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import asyncpg

from domain.authority import Actor, Role
from eventstore.keys import Keys
from eventstore.masters import KEY_BYTES, LocalMaster, Masters
from eventstore.pool import Pool
from eventstore.pool import open_pool as store_pool
from workers.embedded.found import find_stack
from workers.trouble import SettingsError, Unreachable

# The engine's library is imported when it is used: the notary never does, and need not carry it.
if TYPE_CHECKING:
    from temporalio.client import Client
    from temporalio.service import TLSConfig

DEFAULT_STATE = Path(".jalon")
NAMESPACE = "default"
CONNECT_SECONDS = 5.0
LOG_LEVELS = ("debug", "info", "warning", "error")
KEY_FILE = "sealing.key"
PREVIOUS_KEY_FILE = "sealing.key.previous"
"""The master key that is being replaced, as long as something may be wrapped by it."""
NOTARY_KEY_FILE = "notary.key"
WITNESS_FOLDER = "witness"
WITNESS_SCHEMES = ("file", "s3", "gs", "az")


@dataclass(frozen=True)
class Tls:
    """How to speak TLS to Temporal: files in PEM; without them, the system's authorities and no client certificate."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def config(self) -> TLSConfig:
        """The client library's form. SettingsError when a file cannot be read."""
        from temporalio.service import TLSConfig

        return TLSConfig(
            server_root_ca_cert=_read(self.ca), client_cert=_read(self.certificate), client_private_key=_read(self.key)
        )


@dataclass(frozen=True)
class Settings:
    """What the environment says; None where it says nothing. Secrets stay out of the text form."""

    state: Path = DEFAULT_STATE
    database_url: str | None = field(default=None, repr=False)
    temporal_address: str | None = None
    temporal_namespace: str | None = None
    temporal_tls: Tls | None = None
    temporal_api_key: str | None = field(default=None, repr=False)
    sealing_key: bytes | None = field(default=None, repr=False)
    previous_sealing_key: bytes | None = field(default=None, repr=False)
    erasures: Path | None = None
    notary_key: Path | None = None
    witnesses: tuple[str, ...] = ()
    tsa_url: str | None = None
    tsa_certificates: Path | None = None
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str | None = None
    mail_office: str | None = None
    mail_head: str | None = None
    mail_rate: float = 20.0
    """Mails a second at most."""
    templates: Path | None = None
    operator: str = "local"
    issuer_key: Path | None = None
    seal_p12: Path | None = None
    seal_password: str | None = field(default=None, repr=False)
    seal_pkcs11: str | None = field(default=None, repr=False)
    seal_pin: str | None = field(default=None, repr=False)
    public_url: str | None = None
    public_listen: str | None = None
    deposit_client: str | None = None
    deposit_contract: str | None = None
    language: str = "fr"
    log_level: str = "info"

    @property
    def notary_key_file(self) -> Path:
        """Where the notary's private key is."""
        return (self.notary_key or self.state / NOTARY_KEY_FILE).expanduser().absolute()

    @property
    def witness_places(self) -> tuple[str, ...]:
        """Where checkpoints and keys are copied to."""
        return self.witnesses or (str((self.state / WITNESS_FOLDER).expanduser().absolute()),)

    @property
    def actor(self) -> Actor:
        """Who acts and reads at this command line."""
        return Actor(id=f"operator:{self.operator}", role=Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Services:
    """Where PostgreSQL and Temporal are, and the master keys under which personal data is sealed."""

    database_url: str = field(repr=False)
    temporal_address: str
    temporal_namespace: str
    masters: Masters = field(repr=False, compare=False)
    temporal_tls: Tls | None = None
    temporal_api_key: str | None = field(default=None, repr=False)


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. An empty variable counts as unset. SettingsError names the one that is wrong."""
    env = {name: value for name, value in (os.environ if environment is None else environment).items() if value}
    key, previous = env.get("JALON_SEALING_KEY"), env.get("JALON_SEALING_KEY_PREVIOUS")
    level = env.get("JALON_LOG", "info").lower()
    if level not in LOG_LEVELS:
        raise SettingsError("stack.settings.log", value=level)
    return Settings(
        state=Path(env.get("JALON_STATE", DEFAULT_STATE)),
        database_url=env.get("JALON_DATABASE_URL"),
        temporal_address=env.get("JALON_TEMPORAL_ADDRESS"),
        temporal_namespace=env.get("JALON_TEMPORAL_NAMESPACE"),
        temporal_tls=_tls(env),
        temporal_api_key=env.get("JALON_TEMPORAL_API_KEY"),
        sealing_key=decode_key(key, "JALON_SEALING_KEY") if key else None,
        previous_sealing_key=decode_key(previous, "JALON_SEALING_KEY_PREVIOUS") if previous else None,
        notary_key=Path(env["JALON_NOTARY_KEY"]) if "JALON_NOTARY_KEY" in env else None,
        witnesses=_witnesses(env.get("JALON_WITNESS", "")),
        tsa_url=_tsa_url(env.get("JALON_TSA_URL")),
        tsa_certificates=Path(env["JALON_TSA_CERT"]) if "JALON_TSA_CERT" in env else None,
        smtp_url=_smtp_url(env.get("JALON_SMTP_URL")),
        mail_from=env.get("JALON_MAIL_FROM"),
        mail_office=env.get("JALON_MAIL_OFFICE"),
        mail_head=env.get("JALON_MAIL_HEAD"),
        mail_rate=_mail_rate(env.get("JALON_MAIL_RATE", "20")),
        templates=Path(env["JALON_TEMPLATES"]).expanduser() if "JALON_TEMPLATES" in env else None,
        erasures=Path(env["JALON_ERASURES"]) if "JALON_ERASURES" in env else None,
        **_issuing(env),
        operator=env.get("JALON_OPERATOR") or _account_name(),
        language=env.get("JALON_LANG", "fr"),
        log_level=level,
    )


def resolve(settings: Settings) -> Services:
    """The services to use: those of the environment, completed by the stack that runs in the state directory.

    Unreachable when one is missing and no stack runs; SettingsError when no sealing key is known.
    """
    database_url = resolve_database(settings)
    stack = find_stack(settings.state)
    address = settings.temporal_address or (stack.temporal_address if stack else None)
    if address is None:
        raise Unreachable("stack.settings.no_stack", state=str(settings.state.absolute()))
    return Services(
        database_url=database_url,
        temporal_address=address,
        temporal_namespace=settings.temporal_namespace or NAMESPACE,
        masters=masters(settings),
        temporal_tls=settings.temporal_tls if settings.temporal_address else None,
        temporal_api_key=settings.temporal_api_key if settings.temporal_address else None,
    )


def resolve_database(settings: Settings) -> str:
    """The address of the database alone. Unreachable when there is none and no stack runs."""
    stack = find_stack(settings.state)
    database_url = settings.database_url or (stack.database_url if stack else None)
    if database_url is None:
        raise Unreachable("stack.settings.no_stack", state=str(settings.state.absolute()))
    return database_url


def masters(settings: Settings) -> Masters:
    """The master keys at hand, looked for again when a key names another. SettingsError when there is none."""
    return Masters(lambda: [LocalMaster(key) for key in sealing_keys(settings)])


def sealing_keys(settings: Settings) -> list[bytes]:
    """The 32-byte master key, and the one that it replaces if there is one.

    The environment's, or for the embedded PostgreSQL those in the state directory. A database of one's own needs a key
    of one's own: one left in some directory would be lost with it, and every name with the key.
    """
    if settings.sealing_key is not None:
        found = [settings.sealing_key, settings.previous_sealing_key]
        return [key for key in found if key is not None]
    if settings.database_url is not None:
        raise SettingsError("stack.settings.key_missing")
    previous = settings.state / PREVIOUS_KEY_FILE
    keys = [_key_in(settings.state / KEY_FILE)]
    return [*keys, _key_in(previous)] if previous.exists() else keys


def _key_in(file: Path) -> bytes:
    try:
        return decode_key(file.read_text("ascii").strip(), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("stack.settings.key_file", file=str(file.absolute())) from error


def new_key_file(file: Path) -> None:
    """Write a new master key to ``file``, whole or not at all, for its owner's eyes only."""
    draft = file.with_name(f"{file.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as written:
        written.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii") + "\n")
        written.flush()
        os.fsync(written.fileno())
    draft.replace(file)


def decode_key(encoded: str, where: str) -> bytes:
    """Base64 of exactly 32 bytes. SettingsError names ``where`` it was found, never the value."""
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise SettingsError("stack.settings.key_bad", where=where)
    return key


async def connect_temporal(services: Services, keys: Keys | None) -> Client:
    """A client that speaks pydantic, and seals what it sends with ``keys`` (None for one that only asks who is there).

    Unreachable when nothing answers within some seconds.
    """
    from temporalio.client import Client
    from temporalio.contrib.pydantic import pydantic_data_converter
    from temporalio.service import RPCError

    from workers.codec import data_converter

    tls = services.temporal_tls.config() if services.temporal_tls else None
    try:
        return await asyncio.wait_for(
            Client.connect(
                services.temporal_address,
                namespace=services.temporal_namespace,
                data_converter=data_converter(keys) if keys is not None else pydantic_data_converter,
                tls=tls if tls is not None else False,
                api_key=services.temporal_api_key,
            ),
            CONNECT_SECONDS,
        )
    except (TimeoutError, RuntimeError, RPCError) as error:
        raise Unreachable("stack.unreachable.temporal", address=services.temporal_address) from error


async def open_pool(services: Services, *, max_size: int = 4) -> Pool:
    """The store's connections, at least one of them open. Unreachable when PostgreSQL does not let us in."""
    return await open_database(services.database_url, max_size=max_size)


async def open_database(database_url: str, *, max_size: int = 4) -> Pool:
    """Connections to the database alone, for those who need nothing else. Unreachable likewise."""
    try:
        return await asyncio.wait_for(store_pool(database_url, max_size=max_size), CONNECT_SECONDS)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise unreachable_postgres(database_url, error) from error


def unreachable_postgres(url: str, error: BaseException) -> Unreachable:
    """The trouble to raise when PostgreSQL did not let us in; the reason is the kind of error, without values."""
    cause = error.__cause__ or error
    return Unreachable("stack.unreachable.postgres", where=without_password(url), reason=type(cause).__name__)


def without_password(url: str) -> str:
    """A database address that may be shown: ``postgresql://user@host/base``."""
    scheme, separator, rest = url.partition("://")
    credentials, at, place = rest.rpartition("@")
    if not separator:
        return "…"
    return f"{scheme}://{credentials.split(':', 1)[0]}{at}{place.split('?', 1)[0]}"


def _tls(env: Mapping[str, str]) -> Tls | None:
    paths = [Path(env[name]) if name in env else None for name in TLS_FILES]
    wanted = env.get("JALON_TEMPORAL_TLS", "").lower()
    if wanted not in ("", "0", "1", "false", "true", "no", "yes"):
        raise SettingsError("stack.settings.tls", value=wanted)
    if wanted in ("1", "true", "yes") or (not wanted and any(paths)):
        return Tls(*paths)
    return None


def _witnesses(value: str) -> tuple[str, ...]:
    places = tuple(place.strip() for place in value.split(",") if place.strip())
    for place in places:
        if "://" in place and urlsplit(place).scheme not in WITNESS_SCHEMES:
            raise SettingsError("stack.settings.witness", value=without_password(place))
    return places


def _tsa_url(value: str | None) -> str | None:
    if value is not None and urlsplit(value).scheme not in ("http", "https"):
        raise SettingsError("stack.settings.tsa", value=without_password(value))
    return value


def _smtp_url(value: str | None) -> str | None:
    if value is None:
        return None
    parts = urlsplit(value)
    try:
        whole = parts.scheme in ("smtp", "smtps") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        # A port that is no number.
        whole = False
    if not whole or bool(parts.username) != bool(parts.password) or parts.path not in ("", "/") or parts.query:
        raise SettingsError("mail.settings.smtp", value=without_password(value))
    return value


def _issuing(env: Mapping[str, str]) -> dict[str, Any]:
    """What certificates, their public pages and their deposit need."""
    client, contract = env.get("JALON_DEPOSIT_CLIENT"), env.get("JALON_DEPOSIT_CONTRACT")
    for name, value, longest in (("JALON_DEPOSIT_CLIENT", client, 8), ("JALON_DEPOSIT_CONTRACT", contract, 20)):
        if value is not None and (len(value) > longest or not value.isascii() or not value.isprintable()):
            raise SettingsError("stack.settings.deposit", variable=name, longest=longest)
    if client is not None and len(client) != 8:
        raise SettingsError("stack.settings.deposit", variable="JALON_DEPOSIT_CLIENT", longest=8)
    return {
        "issuer_key": Path(env["JALON_ISSUER_KEY"]) if "JALON_ISSUER_KEY" in env else None,
        "seal_p12": Path(env["JALON_SEAL_P12"]) if "JALON_SEAL_P12" in env else None,
        "seal_password": env.get("JALON_SEAL_PASSWORD"),
        "seal_pkcs11": env.get("JALON_SEAL_PKCS11"),
        "seal_pin": env.get("JALON_SEAL_PIN"),
        "public_url": _public_url(env.get("JALON_PUBLIC_URL")),
        "public_listen": _listen(env.get("JALON_PUBLIC_LISTEN")),
        "deposit_client": client,
        "deposit_contract": contract,
    }


def _public_url(value: str | None) -> str | None:
    if value is None:
        return None
    parts = urlsplit(value)
    try:
        whole = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        # A port that is no number.
        whole = False
    if not whole or parts.username or parts.query or parts.fragment:
        raise SettingsError("stack.settings.public_url", value=without_password(value))
    return value.rstrip("/")


def _listen(value: str | None) -> str | None:
    if value is None:
        return None
    host, colon, port = value.rpartition(":")
    if not (host and colon and port.isdecimal() and 0 < int(port) < 65_536):
        raise SettingsError("stack.settings.public_listen", value=value)
    return value


def _mail_rate(value: str) -> float:
    try:
        rate = float(value)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 10_000:
        raise SettingsError("mail.settings.rate", value=value)
    return rate


TLS_FILES = ("JALON_TEMPORAL_TLS_CA", "JALON_TEMPORAL_TLS_CERT", "JALON_TEMPORAL_TLS_KEY")


def _read(file: Path | None) -> bytes | None:
    if file is None:
        return None
    try:
        return file.read_bytes()
    except OSError as error:
        raise SettingsError("stack.settings.file", file=str(file)) from error


def _account_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # An account without a name, as containers have.
        return "local"
