"""A session or a sitting on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from rich.markup import escape
from rich.table import Table

from domain.jury import Finding
from interfaces.cli.acting import dated, listing, named, next_sentence, say_out, yes_no
from interfaces.cli.console import out, settings, text
from interfaces.cli.pathway_view import facts_table, illustrative_line, scheme_line, show_deadlines
from interfaces.days import plain_date
from interfaces.findings import finding_sentence, rule_title
from interfaces.sentences import status_name
from interfaces.telling import bare, short


def show_session(report: Mapping[str, Any]) -> None:
    """Print the report of :func:`interfaces.jury_reports.session_report`."""
    language = settings.language
    window = {name: plain_date(report[name], language) for name in ("opens", "closes")}
    facts = [
        ("id", f"{report['id']} (version {report['version']})"),
        ("scheme", scheme_line(report["scheme"])),
        ("", illustrative_line(report["scheme"])),
        ("window", text("session.show.from_to", **window)),
        ("place", report["place"] or text(f"session.modality.{report['modality']}")),
        ("registration", plain_date(report["registration_closes"], language)),
        ("status", status_name("session", report["status"], language)),
        *(("next", next_sentence(task)) for task in report["next"]),
        ("owed", text("pathway.show.owed_count", count=len(report["owed"])) if report["owed"] else None),
    ]
    out.print(facts_table(facts, "session.show"))
    out.print()
    out.print(_capacity(report["capacity"]))
    for juror in report["jurors"]:
        part = text(f"session.part.{juror['part']}")
        where = ", ".join(filter(None, (juror["organisation"], juror["branch"])))
        say_out("session.show.juror", juror=juror["juror"], part=part, organisation=where)
    for name in ("seated", "waiting"):
        if report[name]:
            out.print(_places(report[name], text(f"session.show.{name}")))
    if "plan" in report:
        _conducted(report)
    show_deadlines(report["deadlines"])


def _conducted(report: Mapping[str, Any]) -> None:
    """The plan, whose jury may not sit, what was set aside, the ladder, what is in danger."""
    plan, language = report["plan"], settings.language
    if report["cancelled_because"]:
        say_out("session.show.cancelled_because", reason=report["cancelled_because"])
    if plan["number"]:
        counts = {name: len(plan[name]) for name in ("visits", "unseated")}
        say_out("session.show.plan", number=plan["number"], **counts)
        out.print(_visits(plan["visits"]))
    for pathway, found in report["faults"].items():
        for finding in (Finding.model_validate(one) for one in found):
            sentence = finding_sentence(finding, language)
            say_out("session.show.fault", pathway=short(pathway), sentence=sentence)
            if finding.mends:
                say_out("session.show.mends", jurors=", ".join(finding.mends))
    for exception in report["exceptions"]:
        titles = ", ".join(rule_title(rule, language) for rule in exception["rules"])
        say_out("session.show.exception", rules=titles, reason=exception["reason"] or text("acting.none"))
    for rung in report["ladder"]:
        name = "session.show.rung_climbed" if rung["climbed"] else "session.show.rung"
        say_out(name, on=plain_date(rung["on"], language), told=text(f"events.told_to.{rung['tell']}"))
    for late in report["endangered"]:
        last_day = plain_date(date.fromisoformat(late["last_day"]), language)
        say_out("session.show.endangered", basis=late["basis"], last_day=last_day)


def _visits(visits: Sequence[Mapping[str, Any]]) -> Table:
    columns = ("day", "hours", "pathway", "blocks", "site", "jurors")
    table = Table(*(text(f"session.visits.{column}") for column in columns))
    for visit in sorted(visits, key=lambda visit: str(visit["starts"])):
        starts, ends = (datetime.fromisoformat(visit[name]) for name in ("starts", "ends"))
        cells = (
            dated(starts.date()),
            f"{starts:%H:%M} – {ends:%H:%M}",
            short(visit["pathway"]),
            ", ".join(sorted({task["block"] for task in visit["tasks"]})),
            visit["site"] or text("session.modality.remote"),
            ", ".join(visit["jurors"]),
        )
        table.add_row(*map(escape, cells))
    return table


def show_sitting(report: Mapping[str, Any]) -> None:
    """Print the report of :func:`interfaces.jury_reports.sitting_report`."""
    language = settings.language
    facts = [
        ("id", f"{report['id']} (version {report['version']})"),
        ("scheme", scheme_line(report["scheme"])),
        ("", illustrative_line(report["scheme"])),
        ("held_on", plain_date(report["held_on"], language)),
        ("place", report["place"]),
        ("status", status_name("sitting", report["status"], language)),
        ("second_of", bare(report["second_of"]) if report["second_of"] else None),
        ("second", bare(report["second"]) if report["second"] else None),
        ("called_off", report["called_off"]),
        ("presides", named("college", report["presides"]) if report["presides"] else None),
        ("president", report["president"] or None),
        ("quorum", text("sitting.show.voices", **report["quorum"]) if report["quorum"] else None),
        *(("next", next_sentence(task)) for task in report["next"]),
        ("owed", text("pathway.show.owed_count", count=len(report["owed"])) if report["owed"] else None),
    ]
    out.print(facts_table(facts, "sitting.show"))
    out.print()
    if report["members"]:
        out.print(_members(report))
    if report["dossiers"]:
        out.print(_dossiers(report["dossiers"]))
    for dossier in report["dossiers"]:
        _texts(dossier)
    show_deadlines(report["deadlines"])


def _capacity(capacity: Sequence[Mapping[str, Any]]) -> Table:
    columns = ("block", "seats", "taken", "free")
    table = Table(*(text(f"session.capacity_table.{column}") for column in columns))
    for row in capacity:
        table.add_row(*(escape(str(row[column])) for column in columns))
    return table


def _places(places: Sequence[Mapping[str, Any]], title: str) -> Table:
    columns = ("number", "pathway", "name", "blocks", "present", "result")
    table = Table(*(text(f"session.places.{column}") for column in columns), title=title)
    for number, place in enumerate(places, start=1):
        cells = (
            str(number),
            short(place["pathway"]),
            place["name"] or text("acting.unnamed"),
            ", ".join(place["blocks"]),
            yes_no(place["present"]),
            yes_no(place["result"]),
        )
        table.add_row(*map(escape, cells))
    return table


def _dossiers(dossiers: Sequence[Mapping[str, Any]]) -> Table:
    columns = ("pathway", "name", "block", "computed", "advised", "decided")
    table = listing("sitting.dossiers", columns)
    for dossier in dossiers:
        table.add_section()
        for place, block in enumerate(dossier["blocks"]):
            who = ("", "") if place else (short(dossier["pathway"]), dossier["name"] or text("acting.unnamed"))
            decided = yes_no(block["decided"])
            cells = (
                *who,
                block["id"],
                yes_no(block["computed"]),
                yes_no(block["advised"]),
                text("sitting.dossiers.differs", answer=decided) if block["differs"] else decided,
            )
            table.add_row(*map(escape, cells))
    return table


def _members(report: Mapping[str, Any]) -> Table:
    columns = ("member", "college", "standing", "attends", "holder")
    table = listing("sitting.members", columns)
    for member in report["members"]:
        cells = (
            member["member"],
            named("college", member["college"]),
            text(f"sitting.members.{member['standing']}"),
            text(f"sitting.members.{member['attends']}") if member["attends"] else text("acting.none"),
            member["holder"] or member["replaces"] or text("acting.none"),
        )
        table.add_row(*map(escape, cells))
    return table


def _deliberation(dossier: Mapping[str, Any]) -> None:
    """Who takes no part in a dossier, and how the others voted on it."""
    pathway = short(dossier["pathway"])
    if dossier["recused"]:
        say_out("sitting.show.recused", pathway=pathway, members=", ".join(dossier["recused"]))
    if dossier["called_out"]:
        say_out("sitting.show.called_out", pathway=pathway, member=dossier["called_out"])
    vote = dossier["vote"]
    if vote is None:
        return
    answers = ("for", "against", "abstain")
    said = {name: ", ".join(id for id, one in vote["votes"].items() if one == name) for name in answers}
    words = {name: ids or text("acting.none") for name, ids in said.items()}
    name = "sitting.show.adopted" if vote["adopted"] else "sitting.show.rejected"
    say_out(name, pathway=pathway, in_favour=words["for"], against=words["against"], abstained=words["abstain"])
    for member, dissent in vote["dissents"].items():
        say_out("sitting.show.dissent", pathway=pathway, member=member, text=dissent or text("acting.none"))


def _texts(dossier: Mapping[str, Any]) -> None:
    _deliberation(dossier)
    if dossier["reasons"]:
        say_out("sitting.show.reasons", pathway=short(dossier["pathway"]), text=dossier["reasons"])
    for block in dossier["blocks"]:
        if block["recommendation"]:
            params = {"block": block["id"], "text": block["recommendation"]}
            say_out("sitting.show.recommendation", pathway=short(dossier["pathway"]), **params)
