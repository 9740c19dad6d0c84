"""The people of the demonstration: they look at what is to be done and do it, day after day.

They know what any user knows: the read models, the published schemes, and their own part in the story. They know no
certification by name.
"""

from __future__ import annotations

import asyncio
import calendar
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from domain.authority import Actor, Role
from domain.calendar import local_date
from domain.pathway.state import Pathway
from domain.scheme.model import Scheme
from domain.sitting.state import Sitting
from eventstore.reading import Reading
from eventstore.rows import PathwayRow, SessionRow, TaskRow
from interfaces.candidates import CandidateRow
from interfaces.demo.fates import Fate, failing_blocks, marks_for, seen_otherwise
from interfaces.demo.office import ROOMS, Office
from interfaces.gateway import Gateway
from interfaces.streams import read_stream

TICK = timedelta(days=5)
LONGEST = timedelta(days=900)
OPEN_AHEAD, REGISTRATION_CLOSES = 80, 30
SITTING_AFTER = 28
LATE_DAYS = 14
QUIET_SECONDS = 60.0
_SESSION_AHEAD = ("announced", "open", "closed", "convened", "begun")
AT_ONCE = 16

_ONE_BY_ONE = frozenset({"request_seat"})
"""Tasks whose order matters to others: done one after the other."""

_OTHERS = frozenset({"await_session", "await_seat", "await_sitting", "decide_dossier", "sign_pv"})
"""Tasks that wait for a session or a sitting, or for whoever prints the PV."""


class Clock(Protocol):
    """The one clock of the played year."""

    async def get_current_time(self) -> datetime:
        """What time it is."""

    async def sleep(self, duration: timedelta) -> None:
        """Let time pass for everyone."""


@dataclass
class Player:
    """Plays everybody. ``tell`` is called after each tick with the day and the number of pathways that are closed."""

    gateway: Gateway
    reading: Reading
    clock: Clock
    schemes: Mapping[str, Scheme]
    tell: Callable[[date, int, int], None]
    today: date = date.min
    fates: dict[str, Fate] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    starts: date = date.min
    office: Office = field(init=False)

    def __post_init__(self) -> None:
        self.office = Office(self.gateway, self.reading)

    async def play(self, rows: Sequence[CandidateRow], fates: Sequence[Fate]) -> None:
        """From the first candidacy until everyone who can has come to an end; then until the rest expire."""
        await self._new_year()
        self.starts = self.today
        await self.office.open_registers(self.schemes.values())
        async for started in self.gateway.start_candidates(rows):
            if started.refusal is not None:
                raise RuntimeError(f"row {started.row}: {started.refusal.code}")
            index = next(index for index, row in enumerate(rows) if row.row == started.row)
            self.fates[started.pathway] = fates[index]
            self.rows[started.pathway] = index
        while await self._open_stories() and self.today - self.starts < LONGEST:
            await self._act()
            await self._sleep(await self._until_something_happens())
        await self._cancel_what_nobody_needs()
        while await self._open():
            # Whoever gave up without a word: the law closes the pathway, years later.
            await self._sleep(timedelta(days=90))

    async def _cancel_what_nobody_needs(self) -> None:
        """Sessions and sittings that were opened ahead for candidates who have all come to an end."""
        sessions = [row.session_id for row in await self.reading.sessions() if row.status in _SESSION_AHEAD]
        sittings = [row.sitting_id for row in await self.reading.sittings() if row.status in ("open", "closed")]
        await self.gateway.keyring.keys.made([*sessions, *sittings])
        command = {"kind": "cancel", "reason": "Plus aucun candidat"}
        for stream in (*sessions, *sittings):
            await self._give(stream, Role.ADMINISTRATOR, command, stream)

    async def _new_year(self) -> None:
        """Start on the first Monday after 3 January, nine in the morning, whatever today is."""
        now = await self.clock.get_current_time()
        first = date(now.year + 1, 1, 4)
        monday = first + timedelta(days=-first.weekday() % 7)
        await self._sleep(datetime(monday.year, monday.month, monday.day, 8, tzinfo=UTC) - now)

    async def _sleep(self, duration: timedelta) -> None:
        await self.clock.sleep(duration)
        await self._quiet()
        somewhere = next(iter(self.schemes.values())).calendar
        self.today = local_date(somewhere, await self.clock.get_current_time())
        pathways = await self.reading.pathways()
        self.tell(self.today, sum(row.status == "closed" for row in pathways), len(pathways))

    async def _until_something_happens(self) -> timedelta:
        """Until the next day on which a session begins or ends, or a sitting is held; not longer than a tick."""
        sessions = [row for row in await self.reading.sessions() if row.status in _SESSION_AHEAD]
        sittings = [row.held_on for row in await self.reading.sittings() if row.status in ("open", "closed")]
        days = [*(row.opens for row in sessions), *(row.closes for row in sessions), *sittings]
        return min([TICK, *(day - self.today for day in days if day > self.today)])

    async def _quiet(self) -> None:
        """Wait until nothing is owed and no moment that has come is still to be handled."""
        async with asyncio.timeout(QUIET_SECONDS):
            while True:
                now = await self.clock.get_current_time()
                if not await self.reading.unsettled(now - timedelta(minutes=6)):
                    return
                await asyncio.sleep(0.02)

    async def _open(self) -> list[PathwayRow]:
        return [row for row in await self.reading.pathways() if row.status != "closed"]

    async def _open_stories(self) -> bool:
        return any(self.fates[row.pathway_id].story != "abandons" for row in await self._open())

    # --- a day --------------------------------------------------------------------------------------------------

    async def _act(self) -> None:
        """Open what is to be opened, then do every task that somebody would do today."""
        await self._open_sessions_and_sittings()
        tasks = await self.reading.tasks()
        mine = sorted((task for task in tasks if task.stream_id in self.rows), key=lambda t: self.rows[t.stream_id])
        await self._together([task for task in mine if task.kind not in _ONE_BY_ONE], self._pathway_task)
        # Whoever has the nearest deadline asks first.
        for task in sorted(mine, key=lambda task: (task.due_on or date.max, self.rows[task.stream_id])):
            if task.kind in _ONE_BY_ONE:
                await self._pathway_task(task)
                await self._quiet()
        await self._plan_sessions()
        await self._together([task for task in tasks if task.stream_id not in self.rows], self._jury_task)
        await self._quiet()

    async def _together(self, tasks: Sequence[TaskRow], act: Callable[[TaskRow], Awaitable[None]]) -> None:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(task: TaskRow) -> None:
            async with gate:
                await act(task)

        await asyncio.gather(*(one(task) for task in tasks))

    async def _give(self, stream: str, role: Role, command: dict[str, Any], subject: str = "", whom: str = "") -> None:
        actor = Actor(id=self.gateway.actor.id, role=role, on_behalf_of=whom or None)
        await self.gateway.give(stream, command, subject=subject, actor=actor)

    async def _give_as_juror(self, stream: str, juror: str, command: dict[str, Any], subject: str = "") -> None:
        actor = Actor(id=f"juror:{juror}", role=Role.JUROR)
        await self.gateway.give(stream, {**command, "juror": juror}, subject=subject, actor=actor)

    # --- sessions and sittings ----------------------------------------------------------------------------------

    async def _open_sessions_and_sittings(self) -> None:
        known = {row.session_id for row in await self.reading.sessions()}
        wanted = sorted({row.scheme_id for row in await self._open()})
        for scheme_id in wanted:
            scheme = self.schemes[scheme_id]
            for opens, closes in _windows(scheme, self.today):
                session = f"session:{scheme_id}-{opens:%Y-%m}"
                if session not in known:
                    await self._open_session(session, scheme, opens, closes)
                    await self._open_sitting(scheme, closes)

    async def _open_session(self, session: str, scheme: Scheme, opens: date, closes: date) -> None:
        candidates = len(await self.reading.pathways(scheme=scheme.id))
        # Fewer seats than candidates: some will wait.
        seats = max(3, -(-candidates * 2 // 5))
        await self._give(
            session,
            Role.ADMINISTRATOR,
            {
                "kind": "open",
                "scheme_id": scheme.id,
                "scheme_hash": scheme.hash,
                "opens": opens.isoformat(),
                "closes": closes.isoformat(),
                "registration_closes": (opens - timedelta(days=REGISTRATION_CLOSES)).isoformat(),
                "place": ROOMS,
                "capacity": {block.id: seats for block in scheme.blocks},
            },
        )

    async def _open_sitting(self, scheme: Scheme, closes: date) -> None:
        held_on = closes + timedelta(days=SITTING_AFTER)
        held_on += timedelta(days=-held_on.weekday() % 7 if held_on.weekday() > 4 else 0)
        command = {
            "kind": "open",
            "scheme_id": scheme.id,
            "scheme_hash": scheme.hash,
            "held_on": held_on.isoformat(),
            "place": "Paris",
        }
        await self._give(f"sitting:{scheme.id}-{held_on}", Role.ADMINISTRATOR, command)

    async def _plan_sessions(self) -> None:
        """Plan every session whose registration is over, and again when its candidates have changed."""
        for row in await self.reading.sessions():
            if row.status in ("closed", "convened") and row.closes >= self.today:
                command = await self.office.plan(row.session_id, self.today)
                if command is not None:
                    await self._give(row.session_id, Role.ADMINISTRATOR, command)
                    await self._quiet()

    async def _jury_task(self, task: TaskRow) -> None:
        stream, come = task.stream_id, task.due_on is not None and task.due_on <= self.today
        if task.kind == "begin" and (await self.reading.session(stream)).opens <= self.today:
            await self._give(stream, Role.ADMINISTRATOR, await self.office.begin(stream))
        elif task.kind == "hold" and come:
            await self._hold(stream)
        elif task.kind == "record_attendance" and come:
            await self._give(stream, Role.PARITAIRE, await self.office.attendance(stream))
            await self._deliberate(stream)
            await self._give(stream, Role.PARITAIRE, {"kind": "proclaim"})

    async def _hold(self, session: str) -> None:
        absent = {}
        for row in await self._open():
            fate = self.fates[row.pathway_id]
            if row.session_id == session and fate.story in ("excused", "absent") and not fate.absent_once:
                absent[row.pathway_id] = fate.story == "excused"
        seated = (await read_stream(self.reading, session)).state.seated
        absent = {pathway: excused for pathway, excused in absent.items() if pathway in seated}
        for pathway in absent:
            self.fates[pathway].absent_once = True
        await self._give(session, Role.ADMINISTRATOR, {"kind": "hold", "absent": absent})

    async def _deliberate(self, sitting: str) -> None:
        state: Sitting = (await read_stream(self.reading, sitting)).state
        persons = {row.pathway_id: row.person_id for row in await self.reading.pathways()}
        for pathway, dossier in state.dossiers.items():
            against = [block for block in dossier.blocks if not dossier.advised[block]]
            fate = self.fates[pathway]
            if fate.story == "sovereign" and fate.attempt == 1 and against:
                votes = self.office.votes(state, pathway)
                called_out = {"kind": "call_out", "pathway": pathway, "member": next(iter(votes))}
                await self._give(sitting, Role.PARITAIRE, called_out)
                command = {
                    "kind": "decide_dossier",
                    "pathway": pathway,
                    "blocks": dict.fromkeys(dossier.blocks, True),
                    "reasons": "Le dossier montre une pratique constante que l'épreuve n'a pas permis d'observer.",
                    "votes": votes,
                }
                await self._give(sitting, Role.PARITAIRE, command, persons[pathway])
        state = (await read_stream(self.reading, sitting)).state
        if state.dossiers.keys() - state.decisions.keys():
            await self._give(sitting, Role.PARITAIRE, {"kind": "decide_list"})

    # --- pathways -----------------------------------------------------------------------------------------------

    async def _pathway_task(self, task: TaskRow) -> None:
        pathway, fate = task.stream_id, self.fates[task.stream_id]
        if task.kind in _OTHERS or (fate.story == "abandons" and task.kind != "record_positioning"):
            return
        act: Callable[[str, Fate, TaskRow, Pathway], Awaitable[None]] = getattr(self, f"_do_{task.kind}")
        await act(pathway, fate, task, (await read_stream(self.reading, pathway)).state)

    async def _do_record_positioning(self, id: str, fate: Fate, task: TaskRow, state: Pathway) -> None:
        competences = sorted(state.scheme.competences)
        needs = sorted(fate.random.sample(competences, max(1, len(competences) // 4)))
        strengths = sorted(fate.random.sample([c for c in competences if c not in needs], len(competences) // 4))
        command = {"kind": "record_positioning", "body": state.employer, "strengths": strengths, "needs": needs}
        if state.current is not None and state.current.decides:
            command["outcome"] = fate.random.choice(("ready", "needs", "needs"))
        await self._give(id, Role.EMPLOYER, command, whom=f"employer:{state.employer}")

    async def _do_record_preliminary(self, id: str, fate: Fate, task: TaskRow, state: Pathway) -> None:
        blocks = state.remaining()
        complete = fate.random.random() < 0.25
        missing = [] if complete else [b.id for b in fate.random.sample(blocks, max(1, len(blocks) // 3))]
        marks = marks_for(blocks, missing, fate.random)
        command = {"kind": "record_preliminary", "body": "Organisme évaluateur", "marks": marks}
        await self._give(id, Role.TRAINING_BODY, command, whom="body:evaluateur")

    async def _do_plan_training(self, id: str, fate: Fate, task: TaskRow, state: Pathway) -> None:
        wanted = list(state.needs) or [c.id for block in state.remaining() for c in block.competences][:4]
        modules = [
            {"id": f"M{number}", "title": f"Module {number}", "hours": 14, "competences": wanted[number - 1 :: 3]}
            for number in range(1, min(3, len(wanted)) + 1)
        ]
        ends = self.today + timedelta(days=fate.random.randint(30, 75))
        dates = {"starts": self.today.isoformat(), "ends": ends.isoformat()}
        command = {"kind": "plan_training", "body": "Institut de formation", "modules": modules, **dates}
        await self._give(id, Role.TRAINING_BODY, command, whom="body:institut")

    async def _do_complete_training(self, id: str, fate: Fate, task: TaskRow, state: Pathway) -> None:
        planned = state.milestones["training_planned"].on
        if fate.story == "suspends" and not fate.absent_once:
            fate.absent_once = True
            await self._give(
                id, Role.ADMINISTRATOR, {"kind": "suspend", "reason": "Arrêt de longue durée"}, state.person
            )
            return
        left = sorted(state.modules.keys() - state.followed)
        if (self.today - planned).days < 20 * (len(state.followed) + 1):
            return
        if left:
            command = {"kind": "complete_module", "module": left[0]}
            await self._give(id, Role.TRAINING_BODY, command, whom="body:institut")
        else:
            await self._give(id, Role.TRAINING_BODY, {"kind": "complete_training"}, whom="body:institut")

    async def _do_resume(self, id: str, fate: Fate, task: TaskRow, state: Pathway) -> None:
        if (self.today - state.suspensions[-1].since).days >= 60:
            await self._give(id, Role.ADMINISTRATOR, {"kind": "resume"})

    async def _do_file_admissibility(self, id: str, fate: Fate, task: TaskRow, state: Pathway) -> None:
        command = {"kind": "file_admissibility", "pieces": ["livret 1", "attestation d'activité"]}
        await self._give(id, Role.CANDIDATE, command, whom=id)

    async def _do_decide_admissibility(self, id: str, fate: Fate, task: TaskRow, state: Pathway) -> None:
        filed = state.milestones["file_submitted"].on
        if fate.story == "silent" or (self.today - filed).days < 15:
            return
        if fate.story == "incomplete" and not state.completeness:
            command = {"kind": "request_pieces", "missing": ["bulletins de paie"]}
            await self._give(id, Role.ADMINISTRATOR, command)
            return
        await self._give(id, Role.ADMINISTRATOR, {"kind": "decide_admissibility", "admissible": True})

    async def _do_provide_pieces(self, id: str, fate: Fate, task: TaskRow, state: Pathway) -> None:
        if (self.today - state.completeness[-1].since).days >= 20:
            command = {"kind": "provide_pieces", "pieces": ["bulletins de paie"]}
            await self._give(id, Role.CANDIDATE, command, whom=id)

    async def _do_file_dossier(self, id: str, fate: Fate, task: TaskRow, state: Pathway) -> None:
        step = state.current
        least, most = (step.situations if step is not None else None) or (1, 1)
        situations = {block.id: fate.random.randint(least, most) for block in state.remaining()}
        await self._give(id, Role.CANDIDATE, {"kind": "file_dossier", "situations": situations}, whom=id)

    async def _do_request_seat(self, id: str, fate: Fate, task: TaskRow, state: Pathway) -> None:
        if fate.patient and await self._other_pathway_open(state):
            return
        session = await self._next_session(state.scheme.id)
        if session is not None:
            conditions = {"kind": "set_conditions", "workplace": self.office.workplace(state)}
            await self._give(id, Role.ADMINISTRATOR, conditions)
            await self._give(id, Role.ADMINISTRATOR, {"kind": "request_seat", "session": session.session_id})

    async def _other_pathway_open(self, state: Pathway) -> bool:
        return len(await self.reading.open_pathways_of(state.person)) > 1

    async def _next_session(self, scheme_id: str) -> SessionRow | None:
        open_ones = await self.reading.sessions(scheme=scheme_id, status="open")
        return min(open_ones, key=lambda session: session.opens, default=None)

    async def _do_await_convocation(self, id: str, fate: Fate, task: TaskRow, state: Pathway) -> None:
        if fate.story == "withdraws":
            await self._give(id, Role.CANDIDATE, {"kind": "withdraw", "reason": "Mutation"}, state.person, whom=id)

    async def _do_record_marks(self, id: str, fate: Fate, task: TaskRow, state: Pathway) -> None:
        seat = state.seat
        if seat is None or seat.opens is None or seat.opens > self.today:
            return
        if any(visit.ends.date() > self.today for visit in seat.visits):
            return
        if fate.story in ("excused", "absent") and not fate.absent_once:
            return
        blocks = [state.scheme.block_by_id[block] for block in seat.blocks]
        fate.marks = marks_for(blocks, failing_blocks(fate, blocks), fate.random)
        for number, juror in enumerate(seat.jurors):
            marks = fate.marks if number == 0 else seen_otherwise(fate.marks, fate.random)
            await self._give_as_juror(id, juror, {"kind": "record_marks", "marks": marks})

    async def _do_record_joint_marks(self, id: str, fate: Fate, task: TaskRow, state: Pathway) -> None:
        assert state.seat is not None
        settled = {criterion: fate.marks[criterion] for criterion in state.to_settle().all}
        await self._give_as_juror(id, state.seat.jurors[0], {"kind": "record_joint_marks", "marks": settled})

    async def _do_give_opinion(self, id: str, fate: Fate, task: TaskRow, state: Pathway) -> None:
        if fate.story == "late" and (self.today - state.milestones["marked"].on).days < LATE_DAYS:
            return
        seat = state.seat
        assert seat is not None
        if seat.status != "attended":
            return
        blocks = {block: state.computed[block] for block in seat.blocks}
        advice = {
            block: "Reprendre les situations de ce bloc en tutorat." for block, good in blocks.items() if not good
        }
        command = {"kind": "give_opinion", "blocks": blocks, "recommendations": advice}
        await self._give_as_juror(id, seat.jurors[0], command, state.person)

    async def _do_excuse_absence(self, id: str, fate: Fate, task: TaskRow, state: Pathway) -> None:
        command = {"kind": "excuse_absence", "reason": "Décision de la direction : nouvelle présentation"}
        await self._give(id, Role.ADMINISTRATOR, command, state.person)

    async def _do_complete_support(self, id: str, fate: Fate, task: TaskRow, state: Pathway) -> None:
        if (self.today - state.milestones["decided"].on).days >= 45:
            fate.attempt += 1
            await self._give(id, Role.TRAINING_BODY, {"kind": "complete_support"}, whom="body:institut")


def _windows(scheme: Scheme, today: date) -> Iterator[tuple[date, date]]:
    """The session windows whose registration should be open now."""
    pattern = scheme.sessions
    months = pattern.months or (2, 4, 6, 8, 10, 12)
    for ahead in range(5):
        year, month = today.year + (today.month - 1 + ahead) // 12, (today.month - 1 + ahead) % 12 + 1
        if month not in months:
            continue
        opens = date(year, month, pattern.first_day)
        last = min(pattern.last_day, pattern.first_day + 14, calendar.monthrange(year, month)[1])
        days = (opens - today).days
        if REGISTRATION_CLOSES + 2 < days <= OPEN_AHEAD:
            yield opens, date(year, month, last)
