"""``jalon session jury``, ``begin`` and what a session that lives by itself shows: with a register on a real stack."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from interfaces import gateway
from schemes.files import bundled
from tests.cli.office import Office, jalon
from tests.conducted import conducted

EXAMPLES = Path(__file__).parents[2] / "examples"
REASON = "Grève des transports"
PRESIDENT, EXPERT = "J01", "J16"


@pytest.fixture(scope="module")
async def session(office: Office) -> str:
    """A session of a conducted scheme with a register and one candidate."""
    scheme, stream = conducted("cqp-cos"), "session:lives"
    await office.gateway.reading.publish_scheme(scheme)
    for kind, file in (("organisations", "organismes"), ("sites", "sites"), ("jurors", "jures")):
        answer = await jalon("register", "import", EXAMPLES / f"{file}.csv", "--kind", kind, "--scheme", "cqp-cos")
        assert answer.code == 0, answer.err
    opens, closes = await office.window("cqp-cos")
    founding: dict[str, Any] = {
        "scheme_id": "cqp-cos",
        "scheme_hash": scheme.hash,
        "opens": opens.isoformat(),
        "closes": closes.isoformat(),
        "registration_closes": (opens - timedelta(days=25)).isoformat(),
        "place": "Paris",
        "capacity": {block.id: 10 for block in scheme.blocks},
    }
    await office.give(stream, "open", **founding)
    with pytest.MonkeyPatch.context() as patch:
        # Candidacies take the scheme's newest version, which is this one.
        patch.setattr(gateway, "bundled", lambda: {**bundled(), "cqp-cos": scheme})
        pathway = await office.candidate(branch="maladie", route="training")
    await office.to_jury(pathway)
    await office.give(pathway, "request_seat", session=stream)
    await office.settled(pathway, stream)
    return stream


async def test_who_may_sit_is_told_rule_by_rule_from_the_register(session: str) -> None:
    for juror, part in ((PRESIDENT, "president"), (EXPERT, "trade_expert")):
        fields = (f"juror={juror}", f"part={part}", "organisation=x")
        answer = await jalon("session", "do", session, "appoint_juror", *fields)
        assert answer.code == 0, answer.err
    (row,) = (await jalon("session", "jury", session, "--json")).json
    assert row["jurors"] == [PRESIDENT, EXPERT]
    assert row["holds"], row["findings"]
    (alone,) = (await jalon("session", "jury", session, "--present", PRESIDENT, "--json")).json
    assert "minimum_members" in [finding["rule"] for finding in alone["findings"] if not finding["holds"]]
    told = await jalon("session", "jury", session, "--present", PRESIDENT)
    assert (told.code, "ne peut pas siéger" in told.out) == (0, True)


async def test_a_session_does_not_begin_before_its_day_nor_before_nobody(session: str) -> None:
    assert (await jalon("session", "begin", session)).code == 1
    answer = await jalon("session", "begin", session, "--present", PRESIDENT)
    assert answer.code == 1
    assert "ne sont pas encore convoqués" in answer.err


async def test_why_a_session_is_cancelled_is_sealed_and_shown_to_who_may_read_it(office: Office, session: str) -> None:
    answer = await jalon("session", "do", session, "withdraw_juror", f"juror={EXPERT}", f"reason={REASON}")
    assert answer.code == 0, answer.err
    await office.settled(session)
    shown = await jalon("session", "show", session)
    assert (shown.code, "Peuvent y remédier" in shown.out) == (0, True)
    assert (await jalon("session", "do", session, "cancel", f"reason={REASON}")).code == 0
    assert (await jalon("session", "show", session, "--json")).json["cancelled_because"] == REASON
    assert REASON not in (await jalon("session", "history", session)).out
