"""Who sits in the paritaire jury on a day, with which voice, and who presides.

Pure rules over facts. Sources: CRPA, art. R. 133-9 to R. 133-11, as far as the scheme does not say otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Literal

from domain.people import College, MemberFacts
from domain.records import Frozen
from domain.refusal import refuse
from domain.scheme.conduct import SittingConduct

PROXIES = "CRPA, art. R. 133-9"
COLLEGES: tuple[College, College] = ("employers", "employees")


class Proxy(Frozen):
    """``giver`` does not come and lets ``holder`` vote."""

    giver: str
    holder: str


class Seat(Frozen):
    """One voice. ``replaces``: the titular for whom a substitute sits; ``holder``: who holds the proxy of the absent
    ``member``."""

    member: str
    college: College
    by: Literal["present", "remote", "proxy"]
    replaces: str = ""
    holder: str = ""


def in_office(members: Sequence[MemberFacts], on: date) -> tuple[MemberFacts, ...]:
    """The members whose mandate covers the day ``on``."""
    return tuple(member for member in members if member.active and member.mandate.covers(on))


def titulars(members: Sequence[MemberFacts]) -> tuple[MemberFacts, ...]:
    """The members who make up the jury; substitutes stand in for them."""
    return tuple(member for member in members if member.standing == "titular")


def seats(
    rules: SittingConduct,
    members: Sequence[MemberFacts],
    present: Sequence[str],
    remote: Sequence[str] = (),
    proxies: Sequence[Proxy] = (),
) -> tuple[Seat, ...]:
    """The voices of a sitting. A substitute for whom no titular of their college is missing attends without one.

    Raises:
        Refused: somebody unknown or there twice, a proxy that cannot be given or held.
    """
    known = {member.member: member for member in members}
    attending = [*present, *remote]
    _require_attendance(known, attending)
    giving = _givers(known, attending, proxies)
    here: list[Seat] = []
    missing = [member for member in titulars(members) if member.member not in attending and member.member not in giving]
    for id in attending:
        member = known[id]
        by: Literal["present", "remote"] = "remote" if id in remote else "present"
        if member.standing == "titular":
            here.append(Seat(member=id, college=member.college, by=by))
    named = [id for id in attending if known[id].standing == "substitute" and known[id].replaces]
    others = [id for id in attending if known[id].standing == "substitute" and not known[id].replaces]
    for id in (*named, *others):
        member = known[id]
        absent = next((one for one in missing if _stands_in(member, one)), None)
        if absent is not None:
            missing.remove(absent)
            by = "remote" if id in remote else "present"
            here.append(Seat(member=id, college=member.college, by=by, replaces=absent.member))
    return (*here, *_represented(rules, known, here, proxies))


def _require_attendance(known: Mapping[str, MemberFacts], attending: Sequence[str]) -> None:
    unknown = sorted({id for id in attending if id not in known})
    if unknown:
        raise refuse("attendance.unknown_member", members=unknown)
    twice = sorted({id for id in attending if attending.count(id) > 1})
    if twice:
        raise refuse("attendance.twice", members=twice)


def _givers(known: Mapping[str, MemberFacts], attending: Collection[str], proxies: Sequence[Proxy]) -> set[str]:
    """The absent titulars who gave a proxy, once."""
    givers: set[str] = set()
    for proxy in proxies:
        if proxy.giver not in known:
            raise refuse("proxy.unknown_member", basis=PROXIES, member=proxy.giver)
        if proxy.giver in givers:
            raise refuse("proxy.twice", basis=PROXIES, giver=proxy.giver)
        if proxy.giver in attending:
            raise refuse("proxy.giver_attends", basis=PROXIES, giver=proxy.giver)
        if known[proxy.giver].standing != "titular":
            raise refuse("proxy.no_seat", basis=PROXIES, giver=proxy.giver)
        stand_in = next((id for id in attending if known[id].replaces == proxy.giver), None)
        if stand_in is not None:
            raise refuse("proxy.replaced", basis=PROXIES, giver=proxy.giver, substitute=stand_in)
        givers.add(proxy.giver)
    return givers


def _stands_in(substitute: MemberFacts, absent: MemberFacts) -> bool:
    return substitute.college == absent.college and substitute.replaces in ("", absent.member)


def _represented(
    rules: SittingConduct, known: Mapping[str, MemberFacts], here: Sequence[Seat], proxies: Sequence[Proxy]
) -> Iterator[Seat]:
    held: dict[str, int] = {}
    for proxy in proxies:
        if all(seat.member != proxy.holder for seat in here):
            raise refuse("proxy.holder_absent", basis=PROXIES, holder=proxy.holder)
        held[proxy.holder] = held.get(proxy.holder, 0) + 1
        if held[proxy.holder] > rules.proxies:
            raise refuse("proxy.too_many", basis=PROXIES, holder=proxy.holder, most=rules.proxies)
        yield Seat(member=proxy.giver, college=known[proxy.giver].college, by="proxy", holder=proxy.holder)


def counting(seats: Sequence[Seat], recused: Collection[str]) -> tuple[Seat, ...]:
    """The voices that count on a dossier: a recused member has none, neither their own nor one that they hold."""
    return tuple(seat for seat in seats if seat.member not in recused and seat.holder not in recused)


def presiding_college(rules: SittingConduct, last: College | None) -> College:
    """The college whose turn it is to preside, after a sitting that ``last`` presided (None: there was none)."""
    if rules.presidency != "alternate":
        return rules.presidency
    return COLLEGES[1] if last == COLLEGES[0] else COLLEGES[0]


def president(seats: Sequence[Seat], college: College, chosen: str = "") -> str:
    """Who presides: ``chosen``, else the first of ``college`` who attends, else the first who does; nobody: ``""``.

    Raises:
        Refused: ``chosen`` does not attend with a voice, or another college's turn it is and that one is there.
    """
    here = [seat for seat in seats if not seat.holder]
    turn = [seat for seat in here if seat.college == college]
    if not chosen:
        return next((seat.member for seat in (*turn, *here)), "")
    if all(seat.member != chosen for seat in here):
        raise refuse("presidency.absent", member=chosen)
    if turn and all(seat.member != chosen for seat in turn):
        raise refuse("presidency.other_college", member=chosen, college=college)
    return chosen
