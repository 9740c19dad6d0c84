"""The certifier's office in the demonstration: registers, plans of sessions, openings, and the day of a sitting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import as_file, files
from threading import Event
from typing import Any

from activities.inquiring import jurors_of, members_of
from domain.pathway.state import Pathway
from domain.people import SiteFacts
from domain.register import register_of
from domain.scheme.model import Scheme
from domain.session.state import Session
from domain.sitting.state import Sitting
from eventstore.reading import Reading
from eventstore.roster import Roster
from interfaces.gateway import Gateway
from interfaces.planning import asked_of, order
from interfaces.register_file import FileKind, read_register
from interfaces.registering import Registrar
from interfaces.streams import read_stream
from planner.search import plan

FILES: tuple[tuple[FileKind, str], ...] = (
    ("organisations", "organismes.csv"),
    ("sites", "sites.csv"),
    ("jurors", "jures.csv"),
    ("members", "membres.csv"),
    ("office", "secretariat.csv"),
)
"""The example registers, each kind after those that it refers to."""

ROOMS = "Paris-Ucanss"
"""The site where juries sit that need not travel."""


@dataclass
class Office:
    """What the office knows beside the read models: for whom it has planned a session."""

    gateway: Gateway
    reading: Reading
    planned: dict[str, frozenset[str]] = field(default_factory=dict)
    sites: dict[str, SiteFacts] = field(default_factory=dict)

    async def open_registers(self, schemes: Iterable[Scheme]) -> None:
        """Bring the example files into the register of every certifier."""
        by_register = {register_of(scheme): scheme for scheme in schemes}
        for scheme in by_register.values():
            registrar = Registrar(self.gateway, scheme, self.gateway.reader("demo"))
            for kind, name in FILES:
                with as_file(files("examples").joinpath(name)) as path:
                    file = read_register(path, kind)
                    if await registrar.bring_in(file) is None:
                        raise ValueError(f"{name}: {file.rejected[0].message()}")
        roster = Roster(self.reading.pool)
        for register in by_register:
            self.sites |= {site.organisation: site for site in await roster.sites(register)}

    def workplace(self, state: Pathway) -> str:
        """Where a candidate is at work: a site of their employer or, where the register has none, one near by."""
        known = self.sites.get(state.employer)
        if known is None:
            place = state.employer.rpartition(" ")[2]
            known = next((site for site in self.sites.values() if place in site.name), self.sites["Ucanss"])
        return known.id

    async def plan(self, session: str, today: date) -> dict[str, Any] | None:
        """The command that publishes a plan for the candidates who have a seat now; None where nothing has changed.

        The first plan found is as good here as the best: it does not depend on how fast the machine is.
        """
        asked = await asked_of(self.reading, session, today)
        candidates = frozenset(candidate.pathway for candidate in asked.problem.candidates)
        if not candidates or self.planned.get(session) == candidates:
            return None
        self.planned[session] = candidates
        at_once = Event()
        at_once.set()
        return order(asked.problem, plan(asked.scheme, asked.problem, stop=at_once))

    async def begin(self, session: str) -> dict[str, Any]:
        """The command that opens a session before all of its jurors."""
        state: Session = (await read_stream(self.reading, session)).state
        roster = Roster(self.reading.pool)
        persons = [candidate.person for id, candidate in state.candidates.items() if id in state.seated]
        found = await jurors_of(roster, register_of(state.scheme), persons=persons)
        return {"kind": "begin", "present": sorted(state.jurors), "jurors": found["jurors"], "ties": found["ties"]}

    async def attendance(self, sitting: str) -> dict[str, Any]:
        """The command that records who attends: one from afar, one by proxy in each college, the others in person."""
        state: Sitting = (await read_stream(self.reading, sitting)).state
        assert state.held_on is not None
        members = await members_of(Roster(self.reading.pool), register_of(state.scheme), sitting, state.held_on)
        colleges: dict[str, list[str]] = {}
        for member in state.members:
            if member.standing == "titular":
                colleges.setdefault(member.college, []).append(member.member)
        present = [member for titulars in colleges.values() for member in titulars[:-2]]
        remote = [titulars[-2] for titulars in colleges.values()]
        proxies = [{"giver": titulars[-1], "holder": titulars[0]} for titulars in colleges.values()]
        said = {"present": present, "remote": remote, "proxies": proxies, "ties": members["ties"]}
        return {"kind": "record_attendance", **said}

    @staticmethod
    def votes(state: Sitting, pathway: str) -> Mapping[str, str]:
        """How the members vote on a dossier that was called out: all for it but one, who abstains."""
        assert state.attendance is not None
        recused: Sequence[str] = state.recused(pathway)
        seated = [seat.member for seat in state.attendance.seats if seat.member not in recused]
        return {**dict.fromkeys(seated, "for"), seated[-1]: "abstain"}
