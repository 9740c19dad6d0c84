"""Where a stream stands, as fields with values: what changed between two moments is what differs between two of these.

Names and texts of persons are no fields: what changed is told without opening anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from interfaces.days import plain_date
from interfaces.sentences import name_of, role_name, status_name, task_sentence
from interfaces.telling import bare
from interfaces.words import say


class Field(NamedTuple):
    """One field: ``name`` is its kind, ``subject`` what it is about, ``value`` for programs, ``text`` for people."""

    name: str
    subject: str
    label: str
    value: Any
    text: str


Fields = Mapping[tuple[str, str], Field]


def fields_of(report: Mapping[str, Any] | None, language: str = "fr") -> Fields:
    """The fields of a stream's report; none where there is no report."""
    if report is None:
        return {}
    teller = _Fields(report, language)
    kind = report["id"].partition(":")[0]
    own = {
        "pathway": teller.pathway,
        "session": teller.session,
        "sitting": teller.sitting,
        "register": teller.register,
        "awards": teller.awards,
        "deposit": teller.deposit,
    }[kind]
    return {(field.name, field.subject): field for field in (*own(), *teller.common(kind))}


def changes(before: Fields, after: Fields, language: str = "fr") -> dict[str, list[dict[str, Any]]]:
    """What differs: ``{"added", "removed", "changed"}``, each ``{"field", "subject", "before", "after", "text"}``."""
    found: dict[str, list[dict[str, Any]]] = {"added": [], "removed": [], "changed": []}
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        if old is not None and new is not None and old.value == new.value:
            continue
        how = "added" if old is None else "removed" if new is None else "changed"
        known = new or old
        assert known is not None, "the key is of one of the two"
        texts = {"label": known.label, "before": old.text if old else "", "after": new.text if new else ""}
        found[how].append(
            {
                "field": known.name,
                "subject": known.subject,
                "before": old.value if old else None,
                "after": new.value if new else None,
                "text": say(f"replay.change.{how}", language, **texts),
            }
        )
    return found


class _Fields:
    def __init__(self, report: Mapping[str, Any], language: str) -> None:
        self._report = report
        self._language = language

    def common(self, kind: str) -> Iterator[Field]:
        """What all of them have."""
        status = self._report["status"]
        yield self._field("status", status, status_name(kind, status, self._language))
        for deadline in self._report["deadlines"]:
            value = {name: deadline[name] for name in ("due_on", "status")}
            words = {
                "status": status_name("deadline", deadline["status"], self._language),
                "due": self._day(deadline["due_on"]),
            }
            text = self._say("deadline", **words)
            yield self._field("deadline", value, text, deadline["deadline"], title=deadline["title"])
        for task in self._report["next"]:
            by = self._say("by", by=self._day(task["by"])) if task["by"] else ""
            who = role_name(task["who"], self._language)
            what = task_sentence(task["task"], self._language)
            yield self._field("next", {name: task[name] for name in ("who", "by")}, who + by, task["task"], what=what)
        count = len(self._report["owed"])
        yield self._field("owed", count, str(count))

    def pathway(self) -> Iterator[Field]:
        """Step, candidacy, positioning, training, blocks, seat, dossier, awards."""
        report = self._report
        yield self._field("step", report["step"], report["step_title"] or name_of("step", "end", self._language))
        outcome = report["outcome"]
        yield self._field("outcome", outcome, name_of("outcome", outcome, self._language) if outcome else self._none())
        for name in ("employer", "branch"):
            yield self._field(name, report[name], report[name] or self._none())
        initiative = report["initiative"]
        yield self._field("initiative", initiative, name_of("initiative", initiative, self._language))
        for name in ("strengths", "needs"):
            yield self._list(name, report["positioning"][name])
        for module in report["training"]:
            followed = self._say("followed" if module["followed"] else "planned")
            yield self._field("module", module["followed"], followed, module["id"], title=module["title"])
        for block in report["blocks"]:
            yield from self._block(block)
        yield from self._seat(report["seat"])
        dossier = report["dossier"]
        if dossier:
            text = self._say("dossier_accepted" if dossier["accepted"] else "dossier_sent")
            yield self._field("dossier", {"accepted": dossier["accepted"]}, text, bare(dossier["sitting"]))
        for award in report["awards"]:
            title = award["title"] if award["block"] is None else f"{award['title']}, {award['block']}"
            yield self._award(award, title)
        contest = report["contest"]
        if contest:
            value = {name: contest[name] for name in ("ground", "status", "sitting")}
            yield self._field("contest", value, status_name("contest", contest["status"], self._language))

    def _award(self, award: Mapping[str, Any], title: str) -> Field:
        on, withdrawn = self._day(award["awarded_on"]), award["withdrawn_on"]
        if withdrawn is None:
            return self._field("award", award["awarded_on"], on, title)
        text = self._say("withdrawn", awarded=on, on=self._day(withdrawn))
        return self._field("award", {"awarded_on": award["awarded_on"], "withdrawn_on": withdrawn}, text, title)

    def _block(self, block: Mapping[str, Any]) -> Iterator[Field]:
        for sheet in block["assessed"]:
            text = self._say("sheet", version=sheet["version"], on=self._day(sheet["on"]))
            yield self._field("marks", sheet["version"], text, sheet["juror"])
        for name in ("computed", "advised", "decided"):
            answer = block[name]
            if answer is not None:
                text = self._say("yes" if answer["validated"] else "no")
                yield self._field(name, answer["validated"], text, block["id"])
        held = block["held"]
        if held is not None:
            yield self._field("held", held["since"], self._day(held["since"]), block["id"])

    def _seat(self, seat: Mapping[str, Any] | None) -> Iterator[Field]:
        if seat is None:
            return
        value = {"status": seat["status"], "blocks": seat["blocks"]}
        words = {"status": status_name("seat", seat["status"], self._language), "blocks": ", ".join(seat["blocks"])}
        yield self._field("seat", value, self._say("seat", **words), bare(seat["session"]))

    def session(self) -> Iterator[Field]:
        """Seats, jurors, who is seated or waits."""
        report = self._report
        for seats in report["capacity"]:
            yield self._field("seats", seats["taken"], f"{seats['taken']}/{seats['seats']}", seats["block"])
        for juror in report["jurors"]:
            part = say(f"session.part.{juror['part']}", self._language)
            yield self._field("juror", juror["part"], part, juror["juror"])
        for name in ("seated", "waiting"):
            for place in report[name]:
                present = {None: "", True: "present", False: "absent"}[place["present"]]
                words = [self._say(word) for word in (present, "result" if place["result"] else "") if word]
                value = {key: place[key] for key in ("blocks", "present", "result")}
                yield self._field(name, value, ", ".join((*place["blocks"], *words)), bare(place["pathway"]))

    def sitting(self) -> Iterator[Field]:
        """The agenda, and what was decided."""
        for dossier in self._report["dossiers"]:
            pathway = bare(dossier["pathway"])
            decided = {block["id"]: block["decided"] for block in dossier["blocks"]}
            answers = ", ".join(
                f"{id} {self._say('yes' if yes else 'no')}" for id, yes in decided.items() if yes is not None
            )
            yield self._field("agenda", decided, answers or self._say("undecided"), pathway)

    def register(self) -> Iterator[Field]:
        """What stands in it, in use."""
        for entry in self._report["entries"]:
            if entry["active"]:
                kind = name_of("entity", entry["entity"], self._language)
                shown = ", ".join(f"{name}={value}" for name, value in entry["facts"].items() if value)
                yield self._field("entry", entry["facts"], shown, entry["code"], entity=kind)

    def awards(self) -> Iterator[Field]:
        """What stands in it, by number."""
        for entry in self._report["entries"]:
            title = entry["title"] if entry["block"] is None else f"{entry['title']}, {entry['block']}"
            yield self._award(entry, f"{entry['number']}, {title}")

    def deposit(self) -> Iterator[Field]:
        """Where each passage stands, and what each file waits for."""
        for passage in self._report["passages"]:
            value = {name: passage[name] for name in ("status", "flux", "tries", "fault")}
            status = say(f"deposit.status.{passage['status']}", self._language)
            yield self._field("passage", value, status, passage["number"])
        for flux in self._report["fluxes"]:
            yield self._field("flux", flux["unanswered"], str(flux["unanswered"]), flux["flux"])

    def _field(self, name: str, value: Any, text: str, subject: str = "", **words: str) -> Field:
        label = say(f"replay.field.{name}", self._language, subject=subject, **words)
        return Field(name, subject, label, value, text)

    def _list(self, name: str, items: list[str]) -> Field:
        return self._field(name, items, ", ".join(items) or self._none())

    def _say(self, name: str, **words: Any) -> str:
        return say(f"replay.value.{name}", self._language, **words)

    def _none(self) -> str:
        return say("acting.none", self._language)

    def _day(self, day: date | None) -> str:
        return plain_date(day, self._language) if day else self._none()
