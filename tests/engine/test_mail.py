"""Notices that go out by mail: on real workflows, a real log, and relays that are in every mood."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from activities.mailing import PAUSES, Mailer, MailSettings
from documents.mail.message import address_of
from eventstore.identity import Identity
from eventstore.keyring import Keyring
from interfaces.sealing import Sealer
from tests.engine.harness import Engine, candidacy, stream
from tests.posting import Post, posting


@asynccontextmanager
async def mailing(made: Engine, post: Post) -> AsyncIterator[None]:
    """A worker that sends mails to ``post`` while the block runs."""
    settings = MailSettings(relay=post.settings, sender=address_of("office@example.org"))
    mailer = Mailer(made.reading, Keyring(made.keys), settings)
    async with made.worker(mailer=mailer):
        yield
    await mailer.close()


async def answered(made: Engine) -> str:
    """A pathway that owes its candidate, who has an address, the answer on admissibility."""
    keys, id = Keyring(made.keys), stream()
    [person] = await keys.enrol([Identity("Loisel", "Zoé", date(1990, 5, 17))])
    contact = await Sealer(keys, id, "start", person).seal("contact", "zoe@example.org")
    await made.found(id, candidacy("cqp-cos", "vae", person=person, command_id="start", contact=contact))
    await made.recorded(id)
    await made.give(id, "file_admissibility", pieces=["livret 1"])
    await made.give(id, "decide_admissibility", admissible=True)
    return id


async def test_a_notice_is_sent_once_and_the_log_says_so(skipping: Engine) -> None:
    async with posting() as post, mailing(skipping, post):
        id = await answered(skipping)
        await skipping.until(id, lambda state: not state.owed, "nothing owed")
    kinds = await skipping.kinds(id)
    # The employer has no address: what it is told is recorded, as it is without a relay.
    assert kinds[3:] == ["mail_sent", "effect_settled", "effect_settled"]
    assert [mail["To"] for mail in post.mails] == ["zoe@example.org"]
    assert not any(b"zoe@example.org" in event.public.encode() for event in await skipping.events(id))


async def test_a_mail_that_was_put_off_is_tried_again_when_its_time_has_come(
    skipping: Engine, own_time_skipping: WorkflowEnvironment
) -> None:
    async with posting(rcpt="451 later") as post, mailing(skipping, post):
        id = await answered(skipping)
        await skipping.until_event(id, "mail_deferred")
        await skipping.until_at_rest(id)
        length = await skipping.history_length(id)
        await own_time_skipping.sleep(PAUSES[0] - timedelta(seconds=30))
        assert await skipping.history_length(id) == length, "waiting is nothing that the engine remembers"
        await own_time_skipping.sleep(timedelta(minutes=1))
        await skipping.until(
            id, lambda state: state.mails and next(iter(state.mails.values())).mailing.attempt == 2, "again"
        )
        post.rcpt = "250 ok"
        await own_time_skipping.sleep(PAUSES[1] + timedelta(minutes=1))
        await skipping.until(id, lambda state: not state.owed, "nothing owed")
    kinds = await skipping.kinds(id)
    assert [kind for kind in kinds if kind.startswith("mail_")] == ["mail_deferred", "mail_deferred", "mail_sent"]
    assert len(post.got) == 1


@pytest.mark.parametrize("by", ["resend", "told"])
async def test_a_mail_without_an_answer_waits_for_the_administration(skipping: Engine, by: str) -> None:
    async with posting("silent") as post, mailing(skipping, post):
        id = await answered(skipping)
        await skipping.until(id, lambda state: not state.owed, "nothing owed")
        [lost] = (await skipping.pathway(id)).mails
        post.mood = "takes"
        await skipping.give(id, "resolve_mail", effect=lost, by=by)
        await skipping.until(id, lambda state: not state.owed, "nothing owed")
    kinds = [kind for kind in await skipping.kinds(id) if kind.startswith("mail_")]
    assert kinds == ["mail_uncertain", "mail_resolved", *(["mail_sent"] if by == "resend" else [])]
    assert len(post.got) == (2 if by == "resend" else 1)


async def test_a_workflow_begun_again_sends_nothing_twice(skipping: Engine) -> None:
    async with posting() as post, mailing(skipping, post):
        id = await answered(skipping)
        await skipping.until(id, lambda state: not state.owed, "nothing owed")
        await skipping.handle(id).terminate()
        await skipping.give(id, "file_dossier", situations=dict.fromkeys(("GRU", "MDR", "POS", "TD"), 1))
    assert len(post.got) == 1
