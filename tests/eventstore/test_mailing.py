"""One mail for one event, whatever relays, networks and workers do: on a real PostgreSQL and real SMTP servers."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import icalendar
import pytest

from activities import mailing as mailing_module
from activities import relay as relay_module
from activities.addressees import Offices
from activities.mailing import PAUSES, PERSON, Mailer, MailSettings, Waiting
from activities.relay import RelaySettings
from documents.mail.message import address_of
from domain.agenda import Effect
from domain.aggregate import Order, order_digest
from domain.authority import SYSTEM, Actor, Role
from domain.log import AppendRequest
from domain.pathway.aggregate import PATHWAY
from domain.scheme import library
from eventstore.identity import Identity
from eventstore.keyring import Keyring
from eventstore.mails import Mails
from eventstore.pool import Pool, open_pool
from eventstore.reading import Reading
from eventstore.store import EventStore
from interfaces.sealing import Sealer
from schemes.files import bundled
from tests.eventstore.making import keyring
from tests.posting import posting

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
ADDRESS = "zoe.loisel@example.org"


@dataclass(frozen=True)
class Office:
    """A log with one candidate, and what sends the notices about them."""

    pool: Pool
    keys: Keyring
    stream: str
    person: str

    def mailer(self, relay: RelaySettings, *, local: bool = False) -> Mailer:
        settings = MailSettings(
            relay=relay,
            sender=address_of("Certification <office@example.org>"),
            offices=Offices(administrator="office@example.org"),
            local=local,
        )
        return Mailer(Reading(self.pool), self.keys, settings)

    def notice(self, template: str = "admissibility", audience: str = "candidate", **params: object) -> Effect:
        return Effect(
            id=f"{self.stream}#1/{uuid4()}",
            kind="notice",
            audience=audience,
            template=template,
            params=params or {"answer": "admissible", "silence": False},
        )


@pytest.fixture(scope="module")
async def office(module_database_url: str) -> AsyncIterator[Office]:
    pool = await open_pool(module_database_url)
    store, keys = EventStore(pool), keyring(pool)
    [person] = await keys.enrol([Identity("Loisel", "Zoé", date(1990, 5, 17))])
    stream, command_id, scheme = f"pathway:{uuid4()}", "c1", bundled()["cqp-cos"]
    library.learn(scheme)
    sealer = Sealer(keys, stream, command_id, person)
    identity = {"family_name": "Loisel", "given_name": "Zoé", "birth_date": "1990-05-17"}
    command = {
        "kind": "start",
        "person": person,
        "scheme_id": scheme.id,
        "scheme_hash": scheme.hash,
        "route": "vae",
        "employer": "CPAM",
        "identity": await sealer.seal("identity", json.dumps(identity)),
        "contact": await sealer.seal("contact", ADDRESS),
    }
    actor = Actor(id="operator:test", role=Role.ADMINISTRATOR)
    order = Order(command_id=command_id, digest=order_digest(command, None), actor=actor, command=command)
    state = PATHWAY.new()
    state.stream = stream
    facts = PATHWAY.consider(state, order, NOW)
    assert isinstance(facts, list)
    events = PATHWAY.events(state, order, facts, NOW)
    view = PATHWAY.rows(PATHWAY.foresee(state, order, events, NOW), 0)
    await store.append(
        AppendRequest(
            aggregate="pathway", stream=stream, expected_version=0, command_id=command_id, events=events, view=view
        )
    )
    yield Office(pool, keys, stream, person)
    await store.close()
    await pool.close()


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


async def test_a_notice_arrives_as_text_and_html_with_an_invitation(office: Office) -> None:
    visit = {"uid": "session:s/GRU", "start": "2027-02-01T09:30:00+01:00", "end": "2027-02-01T10:40:00+01:00"}
    params: dict[str, Any] = {"opens": "2027-02-01", "closes": "2027-02-05", "appointments": [{**visit, "what": "GRU"}]}
    notice = office.notice("convocation", **params)
    async with posting() as post:
        sent = await office.mailer(post.settings).send(office.stream, notice, NOW)
    [mail] = post.mails
    assert sent is not None
    assert (sent.status, sent.attempt, sent.code, sent.message_id) == ("sent", 1, "250", mail["Message-ID"])
    assert (mail["To"], mail["From"]) == (ADDRESS, "Certification <office@example.org>")
    assert (mail["Auto-Submitted"], mail["Content-Language"]) == ("auto-generated", "fr")
    assert PERSON not in mail, "what identifies people here stays here"
    for text in (part(mail, "plain"), part(mail, "html")):
        assert "Bonjour Zoé Loisel" in text
        assert "lundi 1er février 2027 à 9\u202fh\u202f30" in text
    [attached] = mail.iter_attachments()
    assert attached.get_content_type() == "text/calendar"
    assert attached.get_param("method") == "REQUEST"
    [event] = icalendar.Calendar.from_ical(attached.get_content()).walk("VEVENT")
    assert event.decoded("DTSTART") == datetime(2027, 2, 1, 8, 30, tzinfo=UTC)
    assert event["SEQUENCE"] == 1
    assert office.stream.partition(":")[2] not in str(event["UID"])


async def test_reading_the_address_is_in_the_access_log(office: Office) -> None:
    async with posting() as post:
        await office.mailer(post.settings).send(office.stream, office.notice(), NOW)

    found = await office.pool.fetch("select * from access_log where purpose = 'mail admissibility'")

    assert found
    assert {(row["actor"], row["person_id"]) for row in found} == {(SYSTEM.id, office.person)}


async def test_a_notice_that_was_sent_is_not_sent_again(office: Office) -> None:
    notice = office.notice()
    async with posting() as post:
        mailer = office.mailer(post.settings)
        first = await mailer.send(office.stream, notice, NOW)
        assert await mailer.send(office.stream, notice, NOW) == first
        assert await office.mailer(post.settings).send(office.stream, notice, NOW) == first
    assert len(post.got) == 1


async def test_two_who_send_one_notice_at_once_send_one_mail(office: Office) -> None:
    notice = office.notice()
    async with posting() as post:
        mailers = [office.mailer(post.settings) for _ in range(4)]
        answers = await asyncio.gather(
            *(mailer.send(office.stream, notice, NOW) for mailer in mailers), return_exceptions=True
        )
    assert len(post.got) == 1
    sent = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert all(isinstance(answer, Waiting) for answer in answers if isinstance(answer, BaseException))
    assert sent


@pytest.mark.parametrize("refusal", [{"rcpt": "550 no such user"}, {"data": "554 not wanted"}])
async def test_a_relay_that_refuses_for_good_bounces_the_mail(office: Office, refusal: dict[str, str]) -> None:
    async with posting(**refusal) as post:  # type: ignore[arg-type]
        mailer, notice = office.mailer(post.settings), office.notice()
        bounced = await mailer.send(office.stream, notice, NOW)
        assert bounced is not None
        assert (bounced.status, bounced.code) == ("bounced", next(iter(refusal.values()))[:3])
        post.rcpt, post.data = "250 ok", "250 ok"
        assert await mailer.send(office.stream, notice, NOW) == bounced, "and it is not tried again"


@pytest.mark.parametrize("answer", [{"rcpt": "451 later"}, {"data": "452 full"}])
async def test_a_relay_that_refuses_for_now_is_asked_again_later(office: Office, answer: dict[str, str]) -> None:
    async with posting(**answer) as post:  # type: ignore[arg-type]
        mailer, notice = office.mailer(post.settings), office.notice()
        deferred = await mailer.send(office.stream, notice, NOW)
        assert deferred is not None
        assert (deferred.status, deferred.attempt) == ("deferred", 1)
        with pytest.raises(Waiting) as early:
            await mailer.send(office.stream, notice, NOW + PAUSES[0] - timedelta(seconds=1))
        assert early.value.until == NOW + PAUSES[0]
        post.rcpt, post.data = "250 ok", "250 ok"
        sent = await mailer.send(office.stream, notice, NOW + PAUSES[0])
        assert sent is not None
        assert (sent.status, sent.attempt, len(post.got)) == ("sent", 2, 1)


@pytest.mark.parametrize("mood", ["silent_before", "nobody"])
async def test_what_was_not_handed_over_is_tried_again(office: Office, mood: str) -> None:
    notice = office.notice()
    async with posting("silent_before" if mood == "silent_before" else "takes") as post:
        relay = post.settings if mood == "silent_before" else replace(post.settings, port=1)
        deferred = await office.mailer(relay).send(office.stream, notice, NOW)
        assert deferred is not None
        assert (deferred.status, deferred.code) == (
            "deferred",
            "timeout" if mood == "silent_before" else "unreachable",
        )
        post.mood = "takes"
        sent = await office.mailer(post.settings).send(office.stream, notice, NOW + PAUSES[0])
    assert sent is not None
    assert sent.status == "sent"


async def test_a_mail_is_given_up_after_days(office: Office) -> None:
    notice, moment = office.notice(), NOW
    async with posting(rcpt="451 later") as post:
        mailer = office.mailer(post.settings)
        for pause in PAUSES:
            deferred = await mailer.send(office.stream, notice, moment)
            assert deferred is not None
            assert deferred.status == "deferred"
            moment += pause
        last = await mailer.send(office.stream, notice, moment)
    assert last is not None
    assert (last.status, last.attempt) == ("bounced", len(PAUSES) + 1)


@pytest.mark.parametrize("mood", ["silent", "gone"])
async def test_a_mail_handed_over_without_an_answer_is_uncertain_and_stays_so(office: Office, mood: str) -> None:
    notice = office.notice()
    async with posting(mood) as post:  # type: ignore[arg-type]
        lost = await office.mailer(post.settings).send(office.stream, notice, NOW)
        assert lost is not None
        assert lost.status == "uncertain"
        post.mood = "takes"
        assert await office.mailer(post.settings).send(office.stream, notice, NOW + timedelta(days=9)) == lost
    assert len(post.got) == 1


@pytest.mark.parametrize("mood", ["twice", "gone_after"])
async def test_a_relay_that_answers_twice_or_hangs_up_afterwards_got_every_mail_once(office: Office, mood: str) -> None:
    notices = [office.notice() for _ in range(5)]
    async with posting(mood) as post:  # type: ignore[arg-type]
        mailer = office.mailer(post.settings)
        for notice in notices:
            sent = await mailer.send(office.stream, notice, NOW)
            assert sent is not None
            assert sent.status == "sent"
    assert len({mail["Message-ID"] for mail in post.mails}) == len(post.got) == 5


@pytest.mark.parametrize("mood", ["twice", "unsure"])
async def test_what_a_relay_says_of_one_mail_is_never_heard_for_another(office: Office, mood: str) -> None:
    async with posting(mood) as post:  # type: ignore[arg-type]
        mailer = office.mailer(post.settings)
        for _ in range(3):
            # Each round finds every connection of the one before with something left in it.
            notices = [office.notice() for _ in range(8)]
            answers = await asyncio.gather(*(mailer.send(office.stream, notice, NOW) for notice in notices))
            assert {answer and (answer.status, answer.code) for answer in answers} == {("sent", "250")}
        await mailer.close()
    assert len({mail["Message-ID"] for mail in post.mails}) == len(post.got) == 24


async def test_a_worker_killed_while_a_mail_is_under_way_leaves_it_uncertain_and_not_doubled(
    office: Office, module_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = office.notice()
    async with posting("silent") as post:
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _WORKER, module_database_url, str(post.port), office.stream, notice.id),
            cwd=Path(__file__).parents[2],
        )
        await asyncio.wait_for(post.arrived.wait(), 20)
        assert (await Mails(office.pool).known(notice.id)).status == "sending"  # type: ignore[union-attr]
        os.kill(worker.pid, signal.SIGKILL)
        await worker.wait()
        post.mood = "takes"
        with pytest.raises(Waiting):
            await office.mailer(post.settings).send(office.stream, notice, NOW)
        monkeypatch.setattr(mailing_module, "ABANDONED", timedelta(0))
        found = await office.mailer(post.settings).send(office.stream, notice, NOW)
    assert found is not None
    assert (found.status, found.attempt, found.code) == ("uncertain", 1, "interrupted")
    assert len(post.got) == 1


_WORKER = """
import asyncio, sys
from datetime import UTC, datetime
from dataclasses import replace
from activities.relay import RelaySettings
from domain.agenda import Effect
from eventstore.pool import open_pool
from tests.eventstore.making import keyring
from tests.eventstore.test_mailing import NOW, Office
from schemes.files import bundled
from domain.scheme import library

async def main(url, port, stream, id):
    library.learn(bundled()["cqp-cos"])
    pool = await open_pool(url)
    office = Office(pool, keyring(pool), stream, "")
    notice = replace(office.notice(), id=id)
    await office.mailer(RelaySettings(host="127.0.0.1", port=int(port), timeout=60)).send(stream, notice, NOW)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_whoever_has_no_address_is_not_written_to(office: Office) -> None:
    employer = office.notice(audience="employer")
    async with posting() as post:
        assert await office.mailer(post.settings).send(office.stream, employer, NOW) is None
        assert await office.mailer(post.settings).send(office.stream, office.notice("no_such_template"), NOW) is None
    assert not post.got
    assert [row.effect_id for row in await Mails(office.pool).journal(["unaddressed"])] == [employer.id]


async def test_the_office_is_written_to_where_the_settings_say(office: Office) -> None:
    notice = office.notice("replacement", "administrator", opens="2027-02-01", closes="2027-02-02")
    async with posting() as post:
        await office.mailer(post.settings).send(office.stream, notice, NOW)
    assert [mail["To"] for mail in post.mails] == ["office@example.org"]


async def test_the_local_mailbox_is_told_whose_data_a_mail_holds(office: Office) -> None:
    async with posting() as post:
        await office.mailer(post.settings, local=True).send(office.stream, office.notice(), NOW)
    assert [mail[PERSON] for mail in post.mails] == [office.person]


async def test_many_mails_go_over_few_connections(office: Office) -> None:
    notices = [office.notice() for _ in range(60)]
    async with posting() as post:
        mailer = office.mailer(post.settings)
        await asyncio.gather(*(mailer.send(office.stream, notice, NOW) for notice in notices))
        await mailer.close()
    assert len(post.got) == 60
    assert post.links <= 4


async def test_what_the_pace_does_not_allow_comes_back_each_at_a_moment_of_its_own(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "PATIENCE_SECONDS", 0.5)
    notices = [office.notice() for _ in range(40)]
    async with posting() as post:
        mailer = office.mailer(replace(post.settings, rate=4.0))
        answers = await asyncio.gather(
            *(mailer.send(office.stream, notice, NOW) for notice in notices), return_exceptions=True
        )
    later = [answer.until for answer in answers if isinstance(answer, Waiting)]
    assert len(post.got) + len(later) == len(notices)
    assert len(set(later)) == len(later) > 10
    assert min(later) >= NOW + timedelta(seconds=0.5)
