"""The words for a plan's codes: who its candidates and jurors are, what its sites, blocks and tasks are called."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.plan import Plan, PlannedTask, Visit
from domain.register import register_of
from domain.scheme.model import Scheme
from eventstore.access import Reader
from eventstore.reading import Reading
from eventstore.roster import Roster
from interfaces.plan_words import mentioned
from interfaces.planning import Asked
from interfaces.streams import full_name, identities
from interfaces.telling import short
from interfaces.words import say


@dataclass(frozen=True, slots=True)
class PlanNames:
    """Code -> name, None of whoever was erased; a code that nobody knows is absent, and stands for itself."""

    scheme: Scheme
    candidates: Mapping[str, str | None]
    jurors: Mapping[str, str | None]
    sites: Mapping[str, str]
    routes: Mapping[str, str]
    language: str

    def candidate(self, pathway: str) -> str:
        """``Zoé Loisel``."""
        return self._name(self.candidates, pathway)

    def juror(self, code: str) -> str:
        """``Karim Bertholon``."""
        return self._name(self.jurors, code)

    def candidate_coded(self, pathway: str) -> str:
        """``Zoé Loisel (0a1b2c3d)``."""
        return self._coded(self.candidates, pathway)

    def juror_coded(self, code: str) -> str:
        """``Karim Bertholon (J02)``."""
        return self._coded(self.jurors, code)

    def site(self, code: str) -> str:
        """What the register calls the site; no site at all is a visit at a distance."""
        return (self.sites.get(code) or code) if code else say("plan.sheet.remote", self.language)

    def block(self, id: str) -> str:
        """The block's title with its id."""
        block = self.scheme.block_by_id.get(id)
        return say("events.block", self.language, title=block.title, id=id) if block else id

    def blocks(self, ids: Iterable[str]) -> str:
        """These blocks, each once."""
        return ", ".join(map(self.block, dict.fromkeys(ids)))

    def task(self, visit: Visit, planned: PlannedTask) -> str:
        """The task's title, on the candidate's route first: an id may have another title elsewhere."""
        block, route = self.scheme.block_by_id.get(planned.block), self.routes.get(visit.pathway)
        tasks = sorted(block.tasks.items(), key=lambda item: item[0] != route) if block else []
        titles = (task.title for _, on_route in tasks for task in on_route if task.id == planned.task)
        return next(titles, planned.task)

    def called(self, kind: str, code: str) -> str:
        """What a sentence calls ``code``, which is a ``juror``, a ``site``, a ``block`` or anything else."""
        words = {"juror": self.juror_coded, "site": self.site, "block": self.block}
        return words[kind](code) if kind in words and code else code

    def _name(self, names: Mapping[str, str | None], code: str) -> str:
        return names.get(code, _code(code)) or say("acting.unnamed", self.language)

    def _coded(self, names: Mapping[str, str | None], code: str) -> str:
        return f"{self._name(names, code)} ({_code(code)})" if code in names else _code(code)


def _code(code: str) -> str:
    return short(code) if ":" in code else code


async def opened_names(reading: Reading, reader: Reader, asked: Asked, plan: Plan, language: str) -> PlanNames:
    """The names behind the codes of ``plan``, and of no others; opening personal data is recorded first.

    Raises:
        NotRecorded, WrongKey, SealBroken, StoreAway.
    """
    roster, register = Roster(reading.pool), register_of(asked.scheme)
    rows = await reading.pathways_called(
        [*{visit.pathway for visit in plan.visits}, *(entry.pathway for entry in plan.unseated)]
    )
    await reader.enter((row.person_id, stream) for row in rows.values() for stream in (row.pathway_id, asked.stream))
    known = await identities(reader, rows.values())
    codes = {juror for visit in plan.visits for juror in visit.jurors} | mentioned(plan.unseated, "juror")
    entered = await roster.entries(register, "juror", codes)
    sealed = await roster.names(register, sorted(row["code"] for row in entered))
    texts = await reader.open([(text.sealed, text.context) for text in sealed.values()])
    opened = {code: json.loads(text) for code, text in zip(sealed, texts, strict=True) if text is not None}
    return PlanNames(
        asked.scheme,
        {id: full_name(known.get(id)) for id in rows},
        {row["code"]: full_name(opened.get(row["code"])) for row in entered},
        {row["code"]: row["facts"].get("name", "") for row in await roster.entries(register, "site")},
        {candidate.pathway: candidate.route for candidate in asked.problem.candidates},
        language,
    )
