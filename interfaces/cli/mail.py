"""``jalon mail``: the local mailbox, what became of each sending, the templates."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from interfaces.cli.acting import Halt, JsonOption, act, dated, desk, execute, give, listing, say_out
from interfaces.cli.app import app
from interfaces.cli.console import Exit, fail, note, out, print_json, settings, text
from interfaces.sentences import role_name
from interfaces.table_types import shown
from interfaces.telling import short

if TYPE_CHECKING:
    from email.message import EmailMessage

    from documents.mail.templates import Templates
    from eventstore.mails import MailRow
    from interfaces.gateway import Gateway
    from workers.mailbox import Kept

STATUSES = ("sending", "sent", "deferred", "bounced", "uncertain", "unaddressed")
_LIST = ("id", "dated", "to", "subject", "template")
_JOURNAL = ("id", "changed", "status", "template", "audience", "stream")
_TEMPLATES = ("name", "language", "origin")
_ZONE = ZoneInfo("Europe/Paris")

group = typer.Typer(name="mail", no_args_is_help=True, help="Les courriels : boîte locale, envois, modèles.")
app.add_typer(group)

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Identifiant du courriel, entier ou son début.")]
HtmlOption = Annotated[bool, typer.Option("--html", help="La partie HTML, au lieu du texte.")]


@group.callback()
def mail() -> None:
    """Les courriels : boîte locale, envois, modèles."""


# --- the local mailbox ----------------------------------------------------------------------------------------------


@group.command(name="list")
def list_(json: JsonOption = False) -> None:
    """Liste les courriels de la boîte locale de la pile embarquée, les derniers d'abord."""
    rows: list[dict[str, Any]] = [
        {"id": mail.id, "dated": mail.dated, "to": mail.to, "subject": mail.subject, "template": mail.template}
        for mail in _kept()
    ]
    if json:
        print_json(rows)
        return
    table = listing("mail.list", _LIST)
    for row in rows:
        moment = _moment(row["dated"])
        table.add_row(row["id"][:8], moment, row["to"], row["subject"], row["template"])
    _print(table, bool(rows))


@group.command()
def show(id: IdArgument, html: HtmlOption = False, json: JsonOption = False) -> None:
    """Montre un courriel de la boîte locale : en-têtes, texte, pièces jointes."""
    from workers.mailbox import read

    found = _the_one(id)
    report = _mail_report(found, read(found))
    if json:
        print_json(report)
        return
    if html:
        out.print(report["html"], markup=False, highlight=False)
        return
    for header in ("from", "to", "subject", "date"):
        value = _moment(found.dated) if header == "date" else report[header]
        say_out(f"mail.show.{header}", value=value)
    out.print(f"\n{report['text']}", markup=False, highlight=False)
    for attached in report["attachments"]:
        say_out("mail.show.attached", name=attached["name"], kind=attached["type"])


def _moment(instant: datetime) -> str:
    local = instant.astimezone(_ZONE)
    return f"{dated(local.date())} {local:%H:%M}"


def _kept() -> list[Kept]:
    from workers.mailbox import folder_of, kept
    from workers.settings import load

    folder = folder_of(load().state)
    if not folder.is_dir():
        fail("mail.no_mailbox", folder=str(folder.absolute()))
    return kept(folder)


def _the_one(id: str) -> Kept:
    bare = id.strip().removeprefix("<").partition("@")[0]
    found = [mail for mail in _kept() if bare and mail.id.startswith(bare)]
    if not found:
        fail("mail.not_found", id=shown(id))
    if len({mail.id for mail in found}) > 1:
        fail("mail.ambiguous", id=shown(id), candidates=", ".join(sorted({mail.id for mail in found})[:5]))
    return found[0]


def _mail_report(kept: Kept, message: EmailMessage) -> dict[str, Any]:
    def part(kind: str) -> str:
        body = message.get_body((kind,))
        if body is None:
            fail("mail.no_part", id=kept.id)
        return str(body.get_content())

    return {
        "id": kept.id,
        "message_id": str(message["Message-ID"]),
        "template": kept.template,
        "from": str(message["From"]),
        "to": kept.to,
        "subject": kept.subject,
        "date": kept.dated.isoformat(),
        "language": str(message["Content-Language"]),
        "text": part("plain"),
        "html": part("html"),
        "attachments": [
            {"name": item.get_filename(), "type": item["Content-Type"], "content": item.get_content()}
            for item in message.iter_attachments()
        ],
    }


# --- what became of each sending ------------------------------------------------------------------------------------


@group.command()
def journal(
    status: Annotated[
        list[str] | None, typer.Option("--status", metavar="ÉTAT", help=" | ".join(STATUSES) + " (plusieurs fois)")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Nombre de lignes.")] = 200,
    json: JsonOption = False,
) -> None:
    """Dit ce qu'est devenu chaque envoi : parti, remis à plus tard, refusé, incertain, sans adresse."""
    for one in status or ():
        if one not in STATUSES:
            fail("acting.one_of", Exit.USAGE, option="--status", value=shown(one), known=", ".join(STATUSES))
    rows = execute(lambda: _journal(tuple(status or ()), limit))
    if json:
        print_json([_row_report(row) for row in rows])
        return
    table = listing("mail.journal", _JOURNAL)
    for row in rows:
        table.add_row(
            row.message_id[1:9],
            dated(row.changed_at.date()),
            text(f"mail.status.{row.status}") + (f" ({row.code})" if row.code else ""),
            row.template,
            role_name(row.audience, settings.language),
            short(row.stream_id),
        )
    _print(table, bool(rows))


async def _journal(statuses: tuple[str, ...], limit: int) -> list[MailRow]:
    from eventstore.mails import Mails

    async with desk() as books:
        return await Mails(books.reading.pool).journal(statuses, limit)


def _row_report(row: MailRow) -> dict[str, Any]:
    return {
        "id": row.message_id,
        "effect": row.effect_id,
        "stream": row.stream_id,
        "audience": row.audience,
        "to": row.recipient,
        "template": row.template,
        "attempt": row.attempt,
        "status": row.status,
        "code": row.code,
        "retry_at": row.retry_at,
        "changed_at": row.changed_at,
    }


@group.command()
def resend(id: IdArgument, json: JsonOption = False) -> None:
    """Fait renvoyer un courriel refusé, revenu ou incertain (« jalon mail journal » en donne l'identifiant)."""
    _resolve(id, "resend", "mail.resent", json)


@group.command()
def told(id: IdArgument, json: JsonOption = False) -> None:
    """Note que le destinataire d'un courriel non parvenu a été prévenu autrement : lettre, téléphone."""
    _resolve(id, "told", "mail.told", json)


@group.command()
def bounced(
    id: IdArgument,
    code: Annotated[str, typer.Option("--code", help="Code que donne le message de retour, par exemple 5.1.1.")],
    json: JsonOption = False,
) -> None:
    """Note qu'un courriel parti est revenu : il devient une tâche de l'administration."""

    async def work(gateway: Gateway, row: MailRow) -> bool:
        from eventstore.mails import Mails

        given = await give(gateway, row.stream_id, {"kind": "note_bounce", "effect": row.effect_id, "smtp_code": code})
        await Mails(gateway.reading.pool).returned(row.effect_id, code)
        return bool(given.records)

    row, written = act(lambda: _on(id, work))
    if json:
        print_json({**_row_report(row), "noted": written})
    else:
        say_out("mail.returned" if written else "mail.already", id=row.message_id, code=code)


def _resolve(id: str, by: str, sentence: str, as_json: bool) -> None:
    async def work(gateway: Gateway, row: MailRow) -> int:
        command = {"kind": "resolve_mail", "effect": row.effect_id, "by": by}
        return (await give(gateway, row.stream_id, command)).receipt.version

    row, version = act(lambda: _on(id, work))
    if as_json:
        print_json({"effect": row.effect_id, "stream": row.stream_id, "by": by, "version": version})
    else:
        say_out(sentence)


async def _on(id: str, work: Callable[[Gateway, MailRow], Awaitable[Any]]) -> tuple[MailRow, Any]:
    """Find the sending called ``id`` and do ``work`` about it."""
    from eventstore.mails import Mails
    from eventstore.reading import Ambiguous, NotFound
    from interfaces.gateway import Gateway

    async with Gateway.open() as gateway:
        try:
            row = await Mails(gateway.reading.pool).called(id)
        except NotFound:
            raise Halt("mail.not_found", id=shown(id)) from None
        except Ambiguous as several:
            raise Halt("mail.ambiguous", id=shown(id), candidates=", ".join(several.candidates)) from None
        return row, await work(gateway, row)


# --- templates ------------------------------------------------------------------------------------------------------


@group.command()
def templates(json: JsonOption = False) -> None:
    """Liste les modèles, les vérifie, et dit lesquels sont à vous (JALON_TEMPLATES)."""
    from documents.mail.templates import BUNDLED, LANGUAGES

    found = _templates()
    rows = [
        {"name": name, "language": language, "origin": str(found.source(name, language))}
        for name in found.names
        for language in LANGUAGES
    ]
    if json:
        print_json(rows)
        return
    table = listing("mail.templates", _TEMPLATES)
    for row in rows:
        table.add_row(row["name"], row["language"], row["origin"])
    _print(table, bool(rows))
    say_out("mail.checked", count=len(rows), own=sum(Path(row["origin"]).parent != BUNDLED for row in rows))


@group.command()
def preview(
    template: Annotated[str, typer.Argument(metavar="MODÈLE", help="Nom du modèle (« jalon mail templates »).")],
    lang: Annotated[str, typer.Option("--lang", help="fr ou en.")] = "",
    html: HtmlOption = False,
    to_file: Annotated[
        Path | None, typer.Option("--to-file", metavar="FICHIER", help="Écrire dans ce fichier.")
    ] = None,
) -> None:
    """Montre un modèle rempli avec son exemple, tel qu'il serait lu."""
    from documents.mail.templates import LANGUAGES

    found, language = _templates(), lang or settings.language
    if language not in LANGUAGES:
        fail("mail.unknown_language", Exit.USAGE, value=shown(language))
    if template not in found.names:
        fail("mail.unknown_template", name=shown(template), known=", ".join(found.names))
    letter = found.letter(template, language, found.example(template))
    written = letter.html if html else f"{text('mail.show.subject', value=letter.subject)}\n\n{letter.text}"
    if to_file is None:
        out.print(written, markup=False, highlight=False)
        return
    try:
        to_file.write_text(written, "utf-8")
    except OSError as error:
        fail("mail.not_written", file=str(to_file), reason=error.strerror)
    note("mail.written", file=str(to_file))


def _templates() -> Templates:
    from workers.mail import checked_templates
    from workers.settings import load

    return checked_templates(load())


def _print(table: Any, any_rows: bool) -> None:
    if any_rows:
        out.print(table)
    else:
        say_out("mail.nothing")
