"""A pathway on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.markup import escape
from rich.table import Table

from interfaces.cli.acting import dated, listing, named, next_sentence, say_out, yes_no
from interfaces.cli.console import out, settings, text
from interfaces.days import plain_date
from interfaces.sentences import status_name
from interfaces.telling import short


def show_pathway(report: Mapping[str, Any]) -> None:
    """Print the report of :func:`interfaces.reports.pathway_report`."""
    out.print(f"[bold]{escape(report['name'] or text('acting.unnamed'))}[/bold]", highlight=False)
    out.print(_who(report))
    out.print()
    out.print(_blocks(report["blocks"]))
    _seat(report["seat"])
    _dossier(report["dossier"], report["blocks"])
    _training(report["training"])
    for block in report["blocks"]:
        if block["recommendation"]:
            say_out("pathway.show.recommendation", block=block["id"], text=block["recommendation"])
    for reason in report["reasons"]:
        if reason["text"]:
            day = plain_date(reason["on"], settings.language)
            say_out("pathway.show.reason", version=reason["version"], on=day, text=reason["text"])
    for award in report["awards"]:
        _award(award)
    _contest(report["contest"])
    show_deadlines(report["deadlines"])


def show_deadlines(deadlines: Sequence[Mapping[str, Any]]) -> None:
    """One paragraph for each deadline: due, how late, who must act, about whom; then title, basis and id."""
    for deadline in deadlines:
        late = deadline["late_days"]
        name = "late_one" if late == 1 else "late" if late else "on_time"
        status = status_name("deadline", deadline["status"], settings.language)
        about = deadline.get("name") or short(deadline["stream"])
        who = named("role", deadline["who"])
        words = {"due": dated(deadline["due_on"]), "days": late, "status": status, "who": who, "about": about}
        style = "bold red" if late else "bold"
        out.print(text(f"deadlines.list.{name}", **words), style=style, markup=False, highlight=False)
        for line in (deadline["title"], deadline["basis"], short_id(deadline["id"])):
            out.print(f"    {line}", markup=False, highlight=False)


def short_id(id: str) -> str:
    """A deadline's id as ``explain`` takes it, shortened; a session's or a sitting's keeps its kind."""
    stream, _, deadline = id.rpartition("/")
    return f"{short(stream) if stream.startswith('pathway:') else stream}/{deadline}"


def scheme_line(scheme: Mapping[str, Any]) -> str:
    """Title, id, version, and the beginning of the hash."""
    return f"{scheme['title']} ({scheme['id']} {scheme['version']}, {scheme['hash'][:12]})"


def illustrative_line(scheme: Mapping[str, Any]) -> str | None:
    """What of the scheme no source gives; None when all of it comes from sources."""
    if not scheme["illustrative"]:
        return None
    parts = ", ".join(text(f"schemes.part.{part}") for part in scheme["illustrative"])
    return text("acting.illustrative", parts=parts)


def facts_table(facts: Sequence[tuple[str, str | None]], prefix: str) -> Table:
    """Two columns, the names of the facts from the catalogue; facts without a value are left out."""
    table = Table.grid(padding=(0, 2))
    for name, value in facts:
        if value:
            table.add_row(f"[dim]{text(f'{prefix}.{name}') if name else ''}[/dim]", escape(value))
    return table


def _who(report: Mapping[str, Any]) -> Table:
    identity = report["identity"] or {}
    born = identity.get("birth_date")
    where = report["step_title"] or named("outcome", report["outcome"])
    status = status_name("pathway", report["status"], settings.language)
    facts = [
        ("id", f"{report['id']} (version {report['version']})"),
        ("born", plain_date(born, settings.language) if born else None),
        ("scheme", scheme_line(report["scheme"])),
        ("", illustrative_line(report["scheme"])),
        ("route", report["route_title"]),
        ("employer", ", ".join(filter(None, (report["employer"], report["branch"])))),
        ("initiative", named("initiative", report["initiative"])),
        ("opened", plain_date(report["opened_on"], settings.language)),
        ("where", f"{where} ({status})"),
        ("closed", plain_date(report["closed_on"], settings.language) if report["closed_on"] else None),
        *(("next", next_sentence(task)) for task in report["next"]),
        ("strengths", ", ".join(report["positioning"]["strengths"])),
        ("needs", ", ".join(report["positioning"]["needs"])),
        ("owed", text("pathway.show.owed_count", count=len(report["owed"])) if report["owed"] else None),
    ]
    return facts_table(facts, "pathway.show")


def _blocks(blocks: Sequence[Mapping[str, Any]]) -> Table:
    columns = ("block", "held", "assessed", "computed", "advised", "decided")
    table = listing("pathway.blocks", columns)
    for block in blocks:
        cells = (
            block["id"],
            _held(block["held"]),
            ", ".join(mark["juror"] for mark in block["assessed"]) or text("acting.none"),
            _computed(block["computed"]),
            _answer(block["advised"]),
            _answer(block["decided"]),
        )
        table.add_row(*map(escape, cells))
    return table


def _held(held: Mapping[str, Any] | None) -> str:
    if held is None:
        return text("acting.none")
    if held["here"] or not held["pathway"]:
        return text("pathway.blocks.since", on=dated(held["since"]))
    return text("pathway.blocks.since_elsewhere", on=dated(held["since"]), pathway=short(held["pathway"]))


def _computed(computed: Mapping[str, Any] | None) -> str:
    if computed is None:
        return text("acting.none")
    params = {key: computed[key] for key in ("validated_competences", "competences")}
    return text("pathway.blocks.computed_cell", answer=yes_no(computed["validated"]), **params)


def _answer(answer: Mapping[str, Any] | None) -> str:
    if answer is None:
        return text("acting.none")
    name = "pathway.blocks.differs" if answer["differs"] else "pathway.blocks.answer"
    return text(name, answer=yes_no(answer["validated"]), on=dated(answer["on"]))


def _seat(seat: Mapping[str, Any] | None) -> None:
    if seat is None:
        return
    status = status_name("seat", seat["status"], settings.language)
    say_out("pathway.show.seat", session=short(seat["session"]), status=status, blocks=", ".join(seat["blocks"]))
    if seat["opens"] is not None:
        days = {name: plain_date(seat[name], settings.language) for name in ("opens", "closes")}
        say_out("pathway.show.window", **days, jurors=", ".join(seat["jurors"]))
    for visit in seat["visits"]:
        starts, ends = (
            datetime.fromisoformat(visit["tasks"][place][name]) for place, name in ((0, "starts"), (-1, "ends"))
        )
        hours = {
            "day": plain_date(starts.date(), settings.language),
            "starts": f"{starts:%H:%M}",
            "ends": f"{ends:%H:%M}",
        }
        say_out("pathway.show.visit", **hours, place=visit["site"] or text("session.modality.remote"))


def _dossier(dossier: Mapping[str, Any] | None, blocks: Sequence[Mapping[str, Any]]) -> None:
    if dossier is not None:
        decided = any(block["decided"] and block["decided"]["sitting"] == dossier["sitting"] for block in blocks)
        stage = "dossier_decided" if decided else "dossier_accepted" if dossier["accepted"] else "dossier"
        name = f"pathway.show.{stage}"
        say_out(name, sitting=short(dossier["sitting"]), blocks=", ".join(dossier["blocks"]))


def _training(modules: Sequence[Mapping[str, Any]]) -> None:
    for module in modules:
        name = "pathway.show.module_followed" if module["followed"] else "pathway.show.module"
        say_out(name, id=module["id"], title=module["title"], hours=module["hours"])


def _contest(contest: Mapping[str, Any] | None) -> None:
    if contest is None:
        return
    status = status_name("contest", contest["status"], settings.language)
    words = {"on": plain_date(contest["on"], settings.language), "blocks": ", ".join(contest["blocks"])}
    ground = text(f"events.ground.{contest['ground']}")
    say_out("pathway.show.contest", status=status, ground=ground, decision=contest["decision"], **words)


def _award(award: Mapping[str, Any]) -> None:
    params = {"title": award["title"], "on": plain_date(award["awarded_on"], settings.language)}
    block = award["block"]
    if award["valid_until"] is not None:
        params["until"] = plain_date(award["valid_until"], settings.language)
    name = f"pathway.show.award{'_block' if block else ''}{'_until' if award['valid_until'] else ''}"
    say_out(name, block=block, **params)
    if award["withdrawn_on"] is not None:
        say_out("pathway.show.withdrawn", on=plain_date(award["withdrawn_on"], settings.language))
