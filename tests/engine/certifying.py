"""Candidates with a name that can be opened, decided on, and what makes their certificates."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from activities.contracts import StreamStart
from activities.delivery import workflow_of
from activities.issuing import Issuing, IssuingSettings
from documents.credentials.issuer import Issuer
from documents.seal import Seal, make_test_key
from domain.awards import book_of
from domain.awards.state import Book
from domain.scheme import library
from domain.scheme.model import Scheme
from eventstore.identity import Identity
from eventstore.keyring import Keyring
from eventstore.reading import context_of
from tests.certified import certified
from tests.domain.decided import before_the_sitting, decide
from tests.domain.world import World
from tests.engine.harness import Engine, eventually, stream
from tests.eventstore.telling import tell

BASE = "https://certificats.example.org"
BORN = date(1990, 5, 17)
NAMES = {"family_name": "D’Arc-Lefèvre", "given_name": "Zoë", "usage_name": "", "birth_date": BORN.isoformat()}


def scheme_of(made: Engine) -> Scheme:
    """CQP COS under an id and a certifier of this engine's own: books and queues are called after them, and all engines
    share a server."""
    plain = certified("cqp-cos").model_dump(mode="json", exclude_defaults=True)
    own = made.task_queue[-12:]
    scheme = Scheme.model_validate({**plain, "id": f"cqp-cos-{own}", "certifier": f"Ucanss {own}"})
    library.learn(scheme)
    return scheme


def keys(folder: Path) -> Path:
    """A folder with a sealing key and the issuer's."""
    make_test_key(folder / "seal.p12")
    Issuer.load_or_make(folder / "issuer.key", name="Jalon")
    return folder


def issuer(folder: Path) -> Issuer:
    """The issuer of the folder."""
    return Issuer.load_or_make(folder / "issuer.key", name="Jalon", public_url=BASE)


def issuing(made: Engine, folder: Path, seal: Callable[[], Seal] | None = None) -> Issuing:
    """What makes certificates with the keys of the folder."""
    opened = seal or (lambda: Seal.from_pkcs12(folder / "seal.p12", None))
    return Issuing(made.reading, Keyring(made.keys), IssuingSettings(issuer=issuer(folder), base=BASE, seal=opened))


async def candidate(made: Engine, given_name: str = "Zoë") -> str:
    """A person with a key."""
    [person] = await Keyring(made.keys).enrol([Identity(NAMES["family_name"], given_name, BORN)])
    return person


async def decided(made: Engine, person: str, failed: tuple[str, ...] = (), given_name: str = "Zoë") -> str:
    """A pathway on which a sitting decided, in the log; what it owes waits for its workflow."""
    scheme = scheme_of(made)
    await made.reading.publish_scheme(scheme)
    pathway, world = stream(), World(now=datetime.now(UTC))
    names = json.dumps({**NAMES, "given_name": given_name})
    sealed = await Keyring(made.keys).seal(person, context_of(pathway, "c1", "identity"), names)
    identity: dict[str, Any] = sealed.model_dump(mode="json")
    before_the_sitting(failed, scheme, world, pathway, person, identity=identity)
    decide(world, pathway)
    await tell(made.store, made.reading, world, {(pathway, 1): {"identity": sealed}})
    return pathway


async def wake(made: Engine, pathway: str) -> None:
    """Have the workflow of a pathway carry out what it owes."""
    await made.client.start_workflow(
        workflow_of(pathway), StreamStart(stream=pathway), id=pathway, task_queue=made.task_queue
    )


def book(made: Engine) -> str:
    """The book of today."""
    return book_of(scheme_of(made).id, datetime.now(UTC).date())


async def state(made: Engine) -> Book:
    """Where the book stands."""
    found = await made.state(book(made))
    assert isinstance(found, Book)
    return found


async def until_made(made: Engine, entries: int) -> Book:
    """Wait until so many awards have numbers and nothing more is owed."""

    async def there() -> bool:
        found = await state(made)
        return len(found.entries) >= entries and not found.owed

    await eventually(there, f"{entries} awards in the book")
    return await state(made)
