"""A real stack for the commands: PostgreSQL, a time-skipping Temporal, a worker, and a way to call ``jalon``."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import itertools
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from temporalio.testing import WorkflowEnvironment

from domain.authority import Actor
from domain.pathway.state import Pathway
from domain.scheme.model import Scheme
from interfaces.candidates import CandidateRow
from interfaces.cli.console import settings
from interfaces.cli.main import run
from interfaces.gateway import Gateway
from interfaces.streams import read_stream
from tests.by_hand import by_hand

KEY = bytes(range(32))
ENVIRONMENT = {"JALON_SEALING_KEY": base64.b64encode(KEY).decode(), "JALON_OPERATOR": "ada"}


@dataclass(frozen=True)
class Answer:
    """What one call of ``jalon`` answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON document it must be."""
        return json.loads(self.out)


@contextlib.contextmanager
def _as_it_was() -> Iterator[None]:
    """What a command sets for its process, put back for this one."""
    root = logging.getLogger()
    handlers, level, language = root.handlers[:], root.level, settings.language
    try:
        yield
    finally:
        root.handlers[:], root.level, settings.language = handlers, level, language


async def jalon(*arguments: object) -> Answer:
    """Call the command line in a thread of its own: it has its own event loop."""
    out, err = io.StringIO(), io.StringIO()
    with _as_it_was(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = await asyncio.to_thread(run, [str(argument) for argument in arguments])
    return Answer(code, out.getvalue(), err.getvalue())


@dataclass
class Office:
    """Pathways, sessions and sittings made quickly, so that each test calls only the command it is about."""

    gateway: Gateway
    environment: WorkflowEnvironment
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def scheme(self, id: str) -> Scheme:
        """A scheme without a conduct."""
        return by_hand()[id]

    async def now(self) -> datetime:
        """What the one clock of all workflows says."""
        return (await self.environment.get_current_time()).astimezone(UTC)

    async def candidate(self, scheme_id: str = "cqp-cos", route: Any = "training", **fields: Any) -> str:
        """A new candidate's pathway."""
        number = next(self._numbers)
        row = {
            "row": number,
            "family_name": f"Lefèvre{number}",
            "usage_name": "",
            "given_name": "Zoé",
            "birth_date": date(1990, 1, 1) + timedelta(days=number),
            "email": "",
            "scheme_id": scheme_id,
            "route": route,
            "employer": f"CPAM {number}",
            "branch": "maladie",
            "initiative": "candidate",
            "candidacy_on": None,
            "held_blocks": (),
            "proof": "",
        }
        [started] = [report async for report in self.gateway.start_candidates([CandidateRow(**(row | fields))])]
        assert started.outcome == "started", started
        return started.pathway

    async def state(self, pathway: str) -> Pathway:
        """Where a pathway stands."""
        state: Pathway = (await read_stream(self.gateway.reading, pathway)).state
        return state

    async def give(self, stream: str, kind: str, actor: Actor | None = None, **fields: Any) -> None:
        """Give a command."""
        pathway = stream if stream.startswith("pathway:") else fields.get("pathway", "")
        subject = (await self.gateway.reading.pathway(pathway)).person_id if pathway else ""
        await self.gateway.give(stream, {"kind": kind, **fields}, subject=subject, actor=actor)

    async def to_jury(self, pathway: str) -> None:
        """Go through training to the jury."""
        module = {"id": "m1", "title": "Module", "hours": 7}
        day = (await self.now()).date().isoformat()
        await self.give(pathway, "record_positioning", body="CFP")
        await self.give(pathway, "plan_training", body="CFP", modules=[module], starts=day, ends=day)
        await self.give(pathway, "complete_module", module="m1")
        await self.give(pathway, "complete_training")

    async def window(self, scheme_id: str, days: int = 40) -> tuple[date, date]:
        """The first session window of the scheme that opens at least so many days from now."""
        sessions = self.scheme(scheme_id).sessions
        day = (await self.now()).date() + timedelta(days=days)
        while not (day.day == sessions.first_day and (not sessions.months or day.month in sessions.months)):
            day += timedelta(days=1)
        return day, day.replace(day=min(sessions.last_day, 28))

    async def session(self, scheme_id: str = "cqp-cos", seats: int = 100) -> str:
        """A session with two jurors."""
        opens, closes = await self.window(scheme_id)
        stream = f"session:s{next(self._numbers)}"
        scheme = self.scheme(scheme_id)
        await self.give(
            stream,
            "open",
            scheme_id=scheme_id,
            scheme_hash=scheme.hash,
            opens=opens.isoformat(),
            closes=closes.isoformat(),
            registration_closes=(opens - timedelta(days=25)).isoformat(),
            place="Paris",
            capacity={block.id: seats for block in scheme.blocks},
        )
        for juror, part in (("j1", "president"), ("j2", "trade_expert")):
            await self.give(stream, "appoint_juror", juror=juror, part=part, organisation="Ucanss", branch="maladie")
        return stream

    async def sitting(self, scheme_id: str = "cqp-cos", days: int = 20) -> str:
        """A sitting so many days from now."""
        stream = f"sitting:p{next(self._numbers)}"
        held_on = (await self.now()).date() + timedelta(days=days)
        hash = self.scheme(scheme_id).hash
        await self.give(stream, "open", scheme_id=scheme_id, scheme_hash=hash, held_on=held_on.isoformat())
        return stream

    async def settled(self, *streams: str) -> None:
        """Wait until nothing is owed by these streams: what one tells another has arrived."""
        async with asyncio.timeout(60):
            # The worker pays debts on its own: there is nothing to await but the log.
            while await self._owing(streams):  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def _owing(self, streams: Sequence[str]) -> bool:
        states = [(await read_stream(self.gateway.reading, stream)).state for stream in streams]
        return any(state.owed for state in states)

    async def reach(self, day: date) -> None:
        """Let time pass until noon of ``day``."""
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        await self.environment.sleep(noon - await self.now())

    async def convened(self, *pathways: str) -> str:
        """Seat the pathways and let time pass until the session's first day."""
        session = await self.session()
        for pathway in pathways:
            await self.give(pathway, "request_seat", session=session)
        await self.settled(*pathways, session)
        opens = (await self.gateway.reading.session(session)).opens
        await self.reach(opens)
        await self.settled(session, *pathways)
        return session

    async def sheet(self, pathway: str, failed: tuple[str, ...] = ()) -> dict[str, bool]:
        """Marks for every remaining criterion: met, except in the ``failed`` blocks."""
        remaining = (await self.state(pathway)).remaining()
        return {criterion: block.id not in failed for block in remaining for criterion in block.criteria}

    async def advised(self, pathway: str, failed: tuple[str, ...] = ()) -> None:
        """Marks of two jurors, then the opinion that follows them, with a recommendation for each failed block."""
        sheet = await self.sheet(pathway, failed)
        blocks = {block.id: block.id not in failed for block in (await self.state(pathway)).remaining()}
        for juror in ("j1", "j2"):
            await self.give(pathway, "record_marks", juror=juror, marks=sheet)
        recommendations = {block: f"Revoir {block}" for block in failed}
        await self.give(pathway, "give_opinion", juror="j1", blocks=blocks, recommendations=recommendations)
