"""A scheme on the screen, readable from top to bottom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from rich.console import RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.tree import Tree

from domain.scheme.model import Award, Block, Competence, Deadline, Route, Scheme, Step, Task
from interfaces.cli.console import out, settings, text
from interfaces.days import long_date, plain_date


def show_scheme(scheme: Scheme, today: date) -> None:
    """Print everything that ``scheme`` says; ``today`` decides whether its registration has run out."""
    for part in _parts(scheme, today):
        out.print(part, highlight=False, soft_wrap=False)


def register(scheme: Scheme, today: date) -> str:
    """The entry in the national register in one line."""
    entry = scheme.registration
    parts = [entry.code or _say("no_code", repertoire=entry.repertoire)]
    if entry.level is not None:
        parts.append(_say("level", level=entry.level))
    if entry.until is not None:
        parts.append(
            _say("expired" if entry.until < today else "until", date=plain_date(entry.until, settings.language))
        )
    return ", ".join(parts)


def _say(name: str, **params: object) -> str:
    return text(f"schemes.show.{name}", **params)


def _day(day: date) -> str:
    return long_date(day, settings.language)


def _parts(scheme: Scheme, today: date) -> Iterator[RenderableType]:
    yield Panel("\n".join(map(escape, _head(scheme, today))), title=escape(scheme.title), title_align="left")
    if scheme.illustrative:
        parts = ", ".join(text(f"schemes.part.{part}") for part in scheme.illustrative)
        yield f"[yellow]{escape(_say('illustrative', parts=parts))}[/]"
    yield _tree("routes", [_route(route) for route in scheme.routes])
    for block in scheme.blocks:
        yield _block(block, scheme)
    yield _tree("jury", [_leaf(line) for line in _jury(scheme)])
    yield _tree("sessions", [_leaf(line) for line in _sessions(scheme)])
    if scheme.sittings:
        yield _tree("sittings", [_leaf(f"{_day(item.date)}. {item.note}".strip(". ")) for item in scheme.sittings])
    yield _deadlines(scheme.deadlines)
    yield _tree("awards", [_leaf(line) for line in _awards(scheme)])
    if scheme.erasure:
        lines = [f"{_say(f'kept_{kept.keep}', why=kept.why)} [{kept.basis}]" for kept in scheme.erasure]
        yield _tree("erasure", [_leaf(line) for line in lines])
    yield _tree("sources", [_leaf(f"{item.title} : {item.detail}".strip(" :")) for item in scheme.sources])


def _head(scheme: Scheme, today: date) -> Iterator[str]:
    yield _say("version", version=scheme.version, hash=scheme.hash[:12])
    yield _say("certifier", certifier=scheme.certifier)
    yield _say("deciding_body", body=scheme.deciding_body)
    nsf = scheme.registration.nsf
    codes = f", {_say('nsf', codes=', '.join(nsf))}" if nsf else ""
    yield _say("registration", register=register(scheme, today)) + codes
    until = scheme.registration.until
    if until is not None and until < today:
        yield _say(f"expired_{scheme.registration.after}", date=plain_date(until, settings.language))
    calendar = scheme.calendar
    years = {"first": calendar.first_year, "last": calendar.last_year}
    yield _say("calendar", zone=calendar.zone, timezone=calendar.timezone, **years)


def _leaf(line: str) -> Tree:
    return Tree(escape(line))


def _tree(name: str, branches: Iterable[Tree]) -> Tree:
    tree = Tree(f"[bold]{escape(_say(name))}[/]")
    tree.children.extend(branches)
    return tree


def _route(route: Route) -> Tree:
    tree = Tree(escape(f"{route.title} ({route.id})"))
    for step in route.steps:
        tree.add(escape(f"{step.title} → {_next(route, step)}"))
    return tree


def _next(route: Route, step: Step) -> str:
    titles = {"end": _say("steps_end"), **{other.id: other.title for other in route.steps}}
    if isinstance(step.next, str):
        return titles[step.next]
    return " ; ".join(
        f"{text(f'schemes.outcome.{outcome}')} : {titles[target]}" for outcome, target in step.next.items()
    )


def _block(block: Block, scheme: Scheme) -> Tree:
    title = _say("competences", id=block.id, title=block.title, threshold=_ratio(block))
    tree = Tree(f"[bold]{escape(title)}[/] [dim]{escape(_say('held_as', held_as=block.held_as))}[/]")
    for competence in block.competences:
        count = len(competence.criteria)
        line = _say("criteria", id=competence.id, title=competence.title, count=count, threshold=_ratio(competence))
        branch = tree.add(escape(line))
        for criterion in competence.criteria:
            branch.add(f"[dim]{escape(criterion.id)}[/] {escape(criterion.title)}")
    for route, tasks in block.tasks.items():
        known = scheme.route(route)
        branch = tree.add(escape(f"{_say('tasks')} · {known.title if known else route}"))
        for task in tasks:
            branch.add(escape(_task(task, tasks)))
    return tree


def _ratio(judged: Block | Competence) -> str:
    threshold = judged.threshold
    return f"{threshold.numerator}/{threshold.denominator}"


def _task(task: Task, tasks: tuple[Task, ...]) -> str:
    line = task.title
    if task.minutes is not None:
        line = _say("task_minutes", title=line, minutes=task.minutes)
    if task.instead_of is not None:
        other = next(other.title for other in tasks if other.id == task.instead_of)
        line = _say("task_or", title=line, other=other)
    where = [_say(name) for name in ("at_own_post", "in_person") if getattr(task, name)]
    return ". ".join(filter(None, (", ".join([line, *where]), task.detail)))


def _jury(scheme: Scheme) -> Iterator[str]:
    yield _say("assessors", count=scheme.jury.assessors)
    for rule in scheme.jury.rules:
        yield f"{text(f'schemes.rule.{rule.rule}')} [{rule.basis}]"


def _sessions(scheme: Scheme) -> Iterator[str]:
    sessions = scheme.sessions
    months = ", ".join(text(f"calendar.month.{month}") for month in sessions.months)
    every_day = (sessions.first_day, sessions.last_day) == (1, 31)
    name = "months" if months else "all_year" if every_day else "any_month"
    yield _say(name, months=months, first=sessions.first_day, last=sessions.last_day)
    if sessions.remote:
        yield _say("remote")
    for window in sessions.windows:
        yield _say("window", opens=_day(window.opens), closes=_day(window.closes))


def _deadlines(deadlines: tuple[Deadline, ...]) -> Table:
    columns = ("deadline", "period", "runs", "passed", "basis")
    table = Table(*(_say(column) for column in columns), title=_say("deadlines"), title_justify="left")
    for deadline in deadlines:
        number = "unit_one" if deadline.amount < 2 else "unit"
        unit = text(f"calendar.{number}.{deadline.unit}")
        table.add_row(
            escape(deadline.title),
            _say("before" if deadline.before else "after", amount=deadline.amount, unit=unit),
            text(f"schemes.milestone.{deadline.starts}"),
            text(f"schemes.passed.{deadline.passed}"),
            escape(deadline.basis),
        )
    return table


def _awards(scheme: Scheme) -> Iterator[str]:
    for name, award in (("block", scheme.awards.block), ("certification", scheme.awards.certification)):
        yield _say(f"award_{name}", title=award.title, validity=_validity(award))


def _validity(award: Award) -> str:
    return _say("for_life") if award.years is None else _say("years", years=award.years)
