"""What becomes of the mails that notices go out as."""

from __future__ import annotations

from typing import Any

import pytest

from domain.agenda import Effect
from domain.aggregates import aggregate_of
from domain.authority import SYSTEM, Actor, Role
from domain.pathway.aggregate import PATHWAY
from domain.recheck import recheck
from domain.settling import Outcome
from domain.verifying.histories import mail_faults
from tests.domain.world import World

P = "pathway:a"


def mailing(status: str, attempt: int = 1, code: str = "250") -> dict[str, Any]:
    return {"status": status, "attempt": attempt, "message_id": "<1@x>", "code": code}


def owing() -> tuple[World, Effect]:
    """A pathway that owes its candidate and its employer the answer on admissibility."""
    world = World(delivering=False)
    world.start(P, "cqp-cos", "vae")
    world.give(P, "file_admissibility", pieces=["livret 1"])
    world.give(P, "decide_admissibility", admissible=True)
    return world, next(iter(world.states[P].owed.values()))


def attempted(world: World, notice: Effect, **mail: Any) -> list[str]:
    outcomes = [{"effect": notice.id, "mail": mailing(**mail)}]
    return [fact.kind for fact in world.give(P, "settle", actor=SYSTEM, outcomes=outcomes)]


def tasks(world: World) -> list[str]:
    return [task.kind for task in aggregate_of(P).todo(world.states[P])]


def test_a_mail_that_was_sent_settles_its_notice() -> None:
    world, notice = owing()
    assert attempted(world, notice, status="sent") == ["mail_sent", "effect_settled"]
    assert notice.id not in world.states[P].owed
    assert "resolve_mail" not in tasks(world)


def test_a_mail_that_was_put_off_is_still_owed() -> None:
    world, notice = owing()
    assert attempted(world, notice, status="deferred", code="451") == ["mail_deferred"]
    assert attempted(world, notice, status="deferred", attempt=2, code="timeout") == ["mail_deferred"]
    assert notice.id in world.states[P].owed
    assert attempted(world, notice, status="sent", attempt=3) == ["mail_sent", "effect_settled"]


@pytest.mark.parametrize("status", ["bounced", "uncertain"])
def test_a_mail_that_did_not_arrive_is_not_sent_again_by_itself_but_a_task(status: str) -> None:
    world, notice = owing()
    assert attempted(world, notice, status=status, code="550") == [f"mail_{status}", "effect_settled"]
    assert notice.id not in world.states[P].owed
    [task] = [task for task in aggregate_of(P).todo(world.states[P]) if task.kind == "resolve_mail"]
    assert task.who is Role.ADMINISTRATOR
    assert task.params["effect"] == notice.id


def test_an_administrator_has_it_sent_again_under_an_event_of_its_own() -> None:
    world, notice = owing()
    attempted(world, notice, status="uncertain", code="timeout")
    world.give(P, "resolve_mail", effect=notice.id, by="resend")
    again = list(world.states[P].owed.values())[-1]
    assert again.id != notice.id
    assert (again.audience, again.template, again.params) == (notice.audience, notice.template, notice.params)
    assert "resolve_mail" not in tasks(world)
    assert world.refusal(P, "resolve_mail", effect=notice.id, by="resend") == "mail.nothing_to_resolve"


def test_whoever_was_told_otherwise_was_told() -> None:
    world, notice = owing()
    attempted(world, notice, status="bounced", code="550")
    facts = world.give(P, "resolve_mail", effect=notice.id, by="told")
    assert [fact.kind for fact in facts] == ["mail_resolved", "effect_settled"]
    assert facts[1].refused is None  # type: ignore[attr-defined]
    assert "resolve_mail" not in tasks(world)


def test_a_mail_that_comes_back_later_becomes_a_task() -> None:
    world, notice = owing()
    assert world.refusal(P, "note_bounce", effect=notice.id, smtp_code="5.1.1") == "mail.not_sent"
    attempted(world, notice, status="sent")
    assert [fact.kind for fact in world.give(P, "note_bounce", effect=notice.id, smtp_code="5.1.1")] == ["mail_bounced"]
    assert "resolve_mail" in tasks(world)
    assert world.give(P, "note_bounce", effect=notice.id, smtp_code="5.1.1") == [], "it is known"


def test_a_mail_of_a_pathway_that_is_closed_can_be_sent_again() -> None:
    world, notice = owing()
    attempted(world, notice, status="bounced", code="550")
    world.give(P, "withdraw")
    assert tasks(world) == ["resolve_mail"]
    world.give(P, "resolve_mail", effect=notice.id, by="resend")
    assert tasks(world) == []


@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.EMPLOYER, Role.JUROR, Role.SYSTEM])
def test_only_the_office_decides_about_mails(role: Role) -> None:
    world, notice = owing()
    attempted(world, notice, status="bounced", code="550")
    actor = Actor(id="someone", role=role)
    for kind, more in (("resolve_mail", {"by": "resend"}), ("note_bounce", {"smtp_code": "5.0.0"})):
        assert world.refusal(P, kind, actor=actor, effect=notice.id, **more) == "authority.not_allowed"


def test_what_happened_to_mails_can_be_asked_again() -> None:
    world, notice = owing()
    attempted(world, notice, status="deferred", code="451")
    attempted(world, notice, status="uncertain", attempt=2, code="timeout")
    world.give(P, "resolve_mail", effect=notice.id, by="resend")
    assert list(recheck(PATHWAY, P, world.logs[P])) == []


def test_an_outcome_without_a_mail_is_written_as_it_always_was() -> None:
    assert Outcome(effect="e").model_dump(mode="json") == {"effect": "e", "refusal": None}
    assert Outcome(effect="e").name == "e"


def booked(notice: Effect, **mail: Any) -> dict[str, Any]:
    told = {"audience": notice.audience, "recipient": notice.to, "template": notice.template}
    return {"effect_id": notice.id, **told, **mailing(**mail)}


def against(world: World, *book: dict[str, Any]) -> list[tuple[str, str]]:
    return [(fault.code, fault.params.get("columns", "")) for fault in mail_faults(world.states[P], book)]


def test_the_book_of_mails_is_held_against_what_the_log_tells_of_each_attempt() -> None:
    world, notice = owing()
    attempted(world, notice, status="sent")
    assert against(world, booked(notice, status="sent")) == []
    assert against(world) == [("mail.missing", "")]
    assert against(world, booked(notice, status="uncertain", attempt=2)) == [("mail.differs", "attempt, status")]
    assert against(world, booked(notice, status="sent") | {"recipient": "J02"}) == [("mail.differs", "recipient")]


def test_the_book_of_mails_may_be_ahead_of_the_log_by_an_attempt_that_is_under_way() -> None:
    world, notice = owing()
    attempted(world, notice, status="deferred", code="451")
    assert against(world, booked(notice, status="sending", attempt=2, code="")) == []
    assert against(world, booked(notice, status="sent")) == [("mail.differs", "status, code")]
    # Whoever it was for was erased meanwhile.
    world.give(P, "settle", actor=SYSTEM, outcomes=[{"effect": notice.id}])
    assert against(world, booked(notice, status="unaddressed", attempt=2, code="")) == []
    assert against(world, booked(notice, status="sent", attempt=2)) == [("mail.differs", "attempt, status, code")]


def test_a_return_is_noted_in_the_log_before_it_is_in_the_book() -> None:
    world, notice = owing()
    attempted(world, notice, status="sent")
    world.give(P, "note_bounce", effect=notice.id, smtp_code="5.1.1")
    assert against(world, booked(notice, status="sent")) == []
    assert against(world, booked(notice, status="bounced", code="5.1.1")) == []
    assert against(world, booked(notice, status="uncertain", code="5.1.1")) == [("mail.differs", "status")]
