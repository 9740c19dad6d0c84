"""One command on its way: validator, lock, log, receipt."""

from __future__ import annotations

import asyncio
import json
from datetime import date

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from activities import contracts
from activities.contracts import Receipt
from activities.delivery import give
from domain.refusal import Refusal, Refused
from domain.scheme import library
from domain.scheme.model import Scheme
from eventstore.keyring import Keyring
from interfaces.candidates import CandidateRow
from interfaces.gateway import Gateway
from tests.by_hand import by_hand
from tests.engine.harness import OPERATOR, Engine, candidacy, eventually, gapless, once_each, order, stream
from workers.publishing import learn_published

MODULES = [{"id": f"m{number}", "title": "Module", "hours": 7} for number in range(8)]


async def planned(engine: Engine) -> str:
    """A pathway with a training plan of eight modules."""
    pathway = await engine.start()
    today = date.today().isoformat()  # noqa: DTZ011 - any day will do
    await engine.give(pathway, "record_positioning", body="CFP")
    await engine.give(pathway, "plan_training", body="CFP", modules=MODULES, starts=today, ends=today)
    return pathway


async def test_a_refusal_leaves_no_trace_in_the_history(live: Engine) -> None:
    pathway = await live.start()
    await live.give(pathway, "record_positioning", body="CFP")
    before = await live.history_length(pathway)
    assert await live.refusal(pathway, "record_positioning", body="CFP") == "step.not_current"
    assert await live.refusal(pathway, "make_coffee") == "command.malformed"
    assert await live.history_length(pathway) == before
    assert len(await live.events(pathway)) == 2


async def test_a_refusal_comes_as_one_error_that_is_not_retried(live: Engine) -> None:
    pathway = await live.start()
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await live.handle(pathway).execute_update(contracts.UPDATE, order("complete_training"), result_type=Receipt)
    cause = failed.value.cause
    assert isinstance(cause, ApplicationError)
    assert (cause.type, cause.non_retryable) == (contracts.REFUSAL, True)
    assert Refusal.model_validate(cause.details[0]).code == "step.not_current"


async def test_the_same_command_again_gets_the_same_receipt(live: Engine) -> None:
    pathway = await live.start()
    command = order("record_positioning", body="CFP")
    first = await give(live.client, pathway, command, live.task_queue)
    second = await give(live.client, pathway, command, live.task_queue)
    assert (first.from_version, first.version) == (1, 2)
    assert first == second
    assert len(await live.events(pathway)) == 2


async def test_the_same_command_from_another_door_is_done_once(live: Engine) -> None:
    pathway = await live.start()
    command = order("record_positioning", body="CFP")
    receipts = [
        await live.handle(pathway).execute_update(contracts.UPDATE, command, id=f"door-{n}", result_type=Receipt)
        for n in range(2)
    ]
    assert [receipt.version for receipt in receipts] == [2, 2]
    assert [receipt.repeated for receipt in receipts] == [False, True]
    assert len(await live.events(pathway)) == 2


async def test_one_command_id_with_another_content_is_refused(live: Engine) -> None:
    pathway = await live.start()
    await live.give(pathway, "record_positioning", body="CFP", command_id="once")
    assert await live.refusal(pathway, "record_positioning", body="Another", command_id="once") == "command.reused"
    assert len(await live.events(pathway)) == 2


async def test_commands_given_at_once_are_carried_out_one_after_another(live: Engine) -> None:
    pathway = await planned(live)
    receipts = await asyncio.gather(*(live.give(pathway, "complete_module", module=module["id"]) for module in MODULES))
    assert sorted(receipt.version for receipt in receipts) == list(range(4, 4 + len(MODULES)))
    events = await live.events(pathway)
    assert gapless(events)
    assert once_each(events)


async def test_of_commands_that_exclude_each_other_one_is_carried_out(live: Engine) -> None:
    pathway = await live.start()
    answers = await asyncio.gather(
        *(live.give(pathway, "record_positioning", body=f"CFP {n}") for n in range(6)), return_exceptions=True
    )
    refusals = [answer.refusal.code for answer in answers if isinstance(answer, Refused)]
    assert refusals == ["step.not_current"] * 5
    assert await live.kinds(pathway) == ["candidacy_registered", "positioning_recorded"]


async def test_a_candidacy_that_is_refused_leaves_no_stream_and_no_workflow_behind(live: Engine) -> None:
    id = stream()
    await live.found(id, candidacy(route="by_balloon"))
    await live.until_status(id, WorkflowExecutionStatus.FAILED)
    assert await live.events(id) == []


async def test_a_scheme_unknown_to_the_worker_makes_the_task_wait_until_it_is_published(live: Engine) -> None:
    body = by_hand()["cqp-cos"].model_dump(mode="json")
    scheme = Scheme.model_validate(body | {"version": f"test-{stream()}"})
    assert not library.knows(scheme.hash)
    pathway = stream()
    await live.found(pathway, candidacy(scheme=scheme))

    async def task_failed() -> bool:
        history = await live.handle(pathway).fetch_history()
        return any(event.HasField("workflow_task_failed_event_attributes") for event in history.events)

    await eventually(task_failed, "a workflow task that failed")
    assert (await live.handle(pathway).describe()).status == WorkflowExecutionStatus.RUNNING
    await live.reading.publish_scheme(scheme)
    await learn_published(live.reading)
    await live.recorded(pathway)
    assert (await live.pathway(pathway)).scheme.hash == scheme.hash


async def test_temporal_never_sees_personal_data(live: Engine) -> None:
    gateway = Gateway(live.client, live.reading, Keyring(live.keys), OPERATOR, live.task_queue)
    row = CandidateRow(
        row=2,
        family_name="Quenneville",
        usage_name="Zylberstein",
        given_name="Oriane",
        birth_date=date(1977, 3, 9),
        email="oriane.q@example.org",
        scheme_id="cqp-cos",
        route="training",
        employer="CPAM",
        branch="maladie",
        initiative="candidate",
        candidacy_on=None,
        held_blocks=("GRU",),
        proof="Attestation du 12 mai",
    )
    started = [report async for report in gateway.start_candidates([row])]
    pathway = started[0].pathway
    person = (await live.reading.pathway(pathway)).person_id
    secret = "Arrêt maladie de longue durée"
    await gateway.give(pathway, {"kind": "suspend", "reason": secret}, subject=person)
    await gateway.give(pathway, {"kind": "resume"}, subject=person)
    with pytest.raises(Refused):
        await gateway.give(pathway, {"kind": "correct_candidacy", "reason": secret}, subject=person)
    await gateway.give(pathway, {"kind": "withdraw", "reason": secret}, subject=person)
    history = await live.handle(pathway).fetch_history()
    seen = b"\0".join(event.SerializeToString() for event in history.events)
    assert person.encode() not in seen
    for private in (row.family_name, row.usage_name, row.given_name, "1977-03-09", row.email, row.proof, secret):
        for form in (private, json.dumps(private)[1:-1]):
            assert form.encode() not in seen
