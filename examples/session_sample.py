"""An invented session to plan: candidates at their workplaces, jurors, sites; the same for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from domain.people import CandidateFacts, Habilitation, JurorFacts, OrganisationFacts, SiteFacts, Span, TieFacts
from domain.plan import PlanProblem
from domain.scheme.model import RouteId, Scheme

BRANCHES = ("maladie", "famille", "vieillesse", "recouvrement")
CERTIFIER = OrganisationFacts(id="ucanss", name="Ucanss", kinds=("certifier",))
DELEGATES = tuple(
    OrganisationFacts(
        id=id, name=name, kinds=("delegate",), habilitations=(Habilitation(what="preside", valid=Span()),)
    )
    for id, name in (("institut-4-10", "Institut 4.10"), ("cn-maladie", "Caisse nationale d’assurance maladie"))
)
_TRAINED = Span(since=date(2024, 1, 15), until=date(2029, 1, 15))


def make_session(
    scheme: Scheme,
    opens: date,
    *,
    candidates: int = 300,
    jurors: int = 40,
    sites: int = 10,
    days: int = 12,
    seed: int = 7,
) -> PlanProblem:
    """A session that opens on ``opens`` for ``days`` days: who comes, who can sit, where, and who is tied to whom.

    Sites belong to employers of the four branches; jurors are presidents and experts in equal numbers, each away
    now and then; one candidate in eight comes by the VAE, one in twelve has extra time, one in ten a tie to a juror.
    """
    chance = Random(seed)
    employers = [_employer(number) for number in range(sites)]
    places = [_site(number, employers[number], chance) for number in range(sites)]
    last = opens + timedelta(days=days - 1)
    people = [_juror(number, employers, (opens, last), chance) for number in range(jurors)]
    who = [_candidate(number, scheme, places, employers, chance) for number in range(candidates)]
    return PlanProblem(
        session=f"session:{scheme.id}-{opens:%Y-%m}",
        scheme_hash=scheme.hash,
        opens=opens,
        closes=last,
        modality="in_person",
        site=places[0].id,
        capacity={block.id: candidates for block in scheme.blocks},
        candidates=tuple(who),
        jurors=tuple(people),
        sites=tuple(places),
        ties=tuple(_ties(who, people, opens, chance)),
    )


def _employer(number: int) -> OrganisationFacts:
    branch = BRANCHES[number % len(BRANCHES)]
    return OrganisationFacts(
        id=f"caisse-{number + 1:02}", name=f"Caisse {number + 1}", kinds=("employer",), branch=branch
    )


def _site(number: int, employer: OrganisationFacts, chance: Random) -> SiteFacts:
    return SiteFacts(
        id=f"site-{number + 1:02}",
        organisation=employer.id,
        name=f"Site {number + 1}",
        rooms=chance.randint(3, 5),
        accessible=True,
        latitude=round(48.85 + chance.uniform(-0.45, 0.45), 4),
        longitude=round(2.35 + chance.uniform(-0.7, 0.7), 4),
    )


def _juror(
    number: int, employers: Sequence[OrganisationFacts], window: tuple[date, date], chance: Random
) -> JurorFacts:
    presides = number % 2 == 0
    half = number // 2
    body = (CERTIFIER, *DELEGATES)[half % 3] if presides else _expert_body(half, employers)
    away: tuple[Span, ...] = ()
    if chance.random() < 0.4:
        first = window[0] + timedelta(days=chance.randrange((window[1] - window[0]).days + 1))
        away = (Span(since=first, until=first + timedelta(days=chance.randrange(3))),)
    return JurorFacts(
        juror=f"j{number + 1:02}",
        parts=("president",) if presides else ("trade_expert",),
        organisation=body,
        branch="" if presides else body.branch,
        gender="F" if number % 4 in (0, 3) else "M",
        trained=_TRAINED,
        absent=away,
    )


def _expert_body(number: int, employers: Sequence[OrganisationFacts]) -> OrganisationFacts:
    """One expert of a branch comes from elsewhere, the next from an employer of this session, and so on."""
    branches = BRANCHES[: len(employers)]
    branch, turn = branches[number % len(branches)], number // len(branches)
    own = [employer for employer in employers if employer.branch == branch]
    elsewhere = OrganisationFacts(
        id=f"voisine-{branch}", name=f"Caisse voisine ({branch})", kinds=("employer",), branch=branch
    )
    return own[turn // 2 % len(own)] if turn % 2 else elsewhere


def _candidate(
    number: int,
    scheme: Scheme,
    places: Sequence[SiteFacts],
    employers: Sequence[OrganisationFacts],
    chance: Random,
) -> CandidateFacts:
    home = number % len(places)
    vae = scheme.route("vae") is not None and chance.random() < 1 / 8
    route: RouteId = "vae" if vae else "training"
    blocks = [block.id for block in scheme.blocks]
    if chance.random() < 0.6:
        blocks = sorted(chance.sample(blocks, chance.randint(1, len(blocks))), key=blocks.index)
    return CandidateFacts(
        pathway=f"pathway:{number + 1:04}",
        person=f"person:{number + 1:04}",
        scheme_hash=scheme.hash,
        route=route,
        blocks=tuple(blocks),
        employer=employers[home].id,
        branch=employers[home].branch,
        training_body="institut-4-10" if chance.random() < 0.4 else "of-lyon",
        workplace=places[home].id,
        extra_time=33 if chance.random() < 1 / 12 else 0,
        accessible=chance.random() < 0.03,
    )


def _ties(
    candidates: Sequence[CandidateFacts], jurors: Sequence[JurorFacts], opens: date, chance: Random
) -> list[TieFacts]:
    tied = [candidate for candidate in candidates if chance.random() < 0.1]
    return [
        TieFacts(
            who=chance.choice(jurors).juror,
            person=candidate.person,
            kind=chance.choice(("trained", "coached", "manages")),
            declared_on=opens - timedelta(days=40),
            declared_by=candidate.person,
        )
        for candidate in tied
    ]
