"""Invented candidates, for the demonstration and the benches: any number of them, the same for the same seed."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

HEADINGS = (
    "nom",
    "nom d'usage",
    "prénom",
    "date de naissance",
    "courriel",
    "dispositif",
    "voie",
    "employeur",
    "branche",
    "initiative",
    "blocs acquis",
    "preuve",
    "sexe",
    "code commune de naissance",
    "commune de naissance",
    "pays de naissance",
)
SHARES = {"cqp-cos": 20, "cqp-gc": 16, "cqp-conseiller-retraite": 12, "clea": 12}
"""Of every 60 candidacies. A file of 60 has exactly these."""

VAE_EVERY = {"cqp-cos": 4, "cqp-gc": 4, "cqp-conseiller-retraite": 6}
"""One candidacy in so many takes the VAE route; the others, and all of CléA, train."""

COS_AND_GC_EVERY = 16
"""One candidacy for GC in so many (at least the first) is that of somebody who is a candidate for COS too."""

HOLDS_EVERY = 15
"""One candidacy for COS in so many comes with a block acquired before."""

_BORN_FROM, _BORN_DAYS = date(1964, 1, 1), 38 * 365


def _names(listed: str) -> tuple[str, ...]:
    return tuple(" ".join(name.split()) for name in listed.split("|"))


_FAMILY = _names("""
Abgrall | Amrani | Aubépin | Baudry | Beaulieu | Bélanger | Ben Saïd | Bérard | Bertholon | Boisseau | Bréhat
| Cauvin | Chastagnier | Çelik | Cœurdevey | Combarel | Coëtmeur | d’Aubrac | D'Hérelle | Da Silva | de La
Brosse | Delcourt | Désormeaux | Diallo | Đoàn | Étchegoyen | Fabrègues | Faÿ | Ferrand | Fontanieu | Gaëlic |
Garnotel | Gervaisin | Guénolé | Haddad | Héaulme | Ibáñez | Île-Rousse | Jaubertou | Kéraudren | Kouamé |
L’Hostis | Laborde | Lachaîne | Le Goffic | Lefranc-Noël | Loisel | Maïga | Malherbin | Mérieau | Müller |
N’Diaye | Nguyễn | Noël | O'Brannan | Oussekine | Pâris | Pélissard | Peyrègne | Quéméneur | Rabevary |
Renaudel | Rioufol | Saint-Aubin | Sánchez | Séverac | Şahin | Tessandier | Thévenard | Touré | Urruty |
Vaïsse | Vernoux | Villeroy | Wójcik | Yvernault | Zerrouki
""")
_GIVEN = _names("""
Adèle | Agnès | Aïcha | Amélie | Anaïs | André | Anne-Laure | Aurélien | Béatrice | Benoît | Camille | Cédric
| Chloé | Clément | Cyrille | Djibril | Éléonore | Élise | Émile | Étienne | Fatoumata | François | Françoise
| Frédéric | Gaëlle | Gisèle | Grégoire | Hélène | Inès | Jean-Baptiste | Jean-Noël | Jérôme | Joël | Karim |
Laëtitia | Léa | Loïc | Maël | Marie-Ève | Mathéo | Maÿlis | Mélanie | Minh Anh | Naïma | Nicolas | Noémie |
Océane | Ophélie | Pauline | Raphaël | Régine | Rémi | Romane | Sébastien | Solène | Stéphane | Thaïs | Théo |
Valérie | Véronique | Yaël | Zoé
""")
_EMPLOYERS = {
    "maladie": ("CPAM des Trois-Rivières", "CPAM du Val-d’Ambre", "CPAM de la Côte-Boréale"),
    "famille": ("CAF des Trois-Rivières", "CAF du Haut-Causse", "CAF de l'Île-Verte"),
    "retraite": ("CARSAT Ponant", "CARSAT Monts-et-Causses"),
    "recouvrement": ("URSSAF Ponant", "URSSAF Vallées-du-Levant"),
}
_PROTECTION_GROUPS = ("GPS Horizon Prévoyance", "GPS Alizé", "GPS Béryl Retraite")
_BRANCHES = {
    "cqp-cos": ("maladie", "famille", "retraite", "maladie", "recouvrement"),
    "cqp-gc": ("recouvrement", "maladie", "famille"),
    "cqp-conseiller-retraite": ("retraite",),
    "clea": ("maladie", "famille", "recouvrement"),
}
_MEN = frozenset(
    _names("""
André | Aurélien | Benoît | Cédric | Clément | Cyrille | Djibril | Émile | Étienne | François | Frédéric | Grégoire |
Jean-Baptiste | Jean-Noël | Jérôme | Joël | Karim | Loïc | Maël | Mathéo | Nicolas | Raphaël | Rémi | Sébastien |
Stéphane | Théo
""")
)
_COMMUNES = (
    *(("10387", "Troyes"), ("75112", "Paris 12e Arrondissement"), ("69383", "Lyon 3e Arrondissement")),
    *(("13201", "Marseille 1er Arrondissement"), ("2A004", "Ajaccio"), ("97411", "Saint-Denis"), ("59350", "Lille")),
    *(("44109", "Nantes"), ("67482", "Strasbourg"), ("01053", "Bourg-en-Bresse"), ("97209", "Fort-de-France")),
)
_ABROAD = (("Alger", "Algérie"), ("Dakar", "Sénégal"), ("Porto", "Portugal"), ("Hanoï", "Viêt Nam"))
_INITIATIVES = ("candidat", "candidat", "employeur")

Candidate = dict[str, str]
"""One line of a candidate file, by heading."""


def make_candidates(n: int, seed: int) -> list[Candidate]:
    """``n`` candidacies of nobody in particular, in the proportions of :data:`SHARES`; equal seeds give equal lists.

    No person is a candidate twice for one certification. Where ``n`` allows, somebody is for COS and for GC.
    """
    random = Random(seed)
    counts = _shares(n)
    taken: set[tuple[str, str, str]] = set()
    by_scheme = {
        scheme: [_candidate(random, scheme, place, taken) for place in range(count)] for scheme, count in counts.items()
    }
    for place in range(0, min(len(by_scheme["cqp-gc"]), len(by_scheme["cqp-cos"])), COS_AND_GC_EVERY):
        _same_person(by_scheme["cqp-cos"][place], by_scheme["cqp-gc"][place])
    everybody = [candidate for candidates in by_scheme.values() for candidate in candidates]
    random.shuffle(everybody)
    return [candidate | _civil(candidate, seed) for candidate in everybody]


def as_csv(candidates: Sequence[Candidate]) -> str:
    """The candidacies as a file: ``;`` between the cells."""
    written = io.StringIO()
    writer = csv.DictWriter(written, HEADINGS, delimiter=";", lineterminator="\n")
    writer.writeheader()
    writer.writerows(candidates)
    return written.getvalue()


def _shares(n: int) -> dict[str, int]:
    """Share out ``n`` by the largest remainders."""
    total = sum(SHARES.values())
    counts = {scheme: n * share // total for scheme, share in SHARES.items()}
    remainders = sorted(SHARES, key=lambda scheme: -(n * SHARES[scheme] % total))
    for scheme in remainders[: n - sum(counts.values())]:
        counts[scheme] += 1
    return counts


def _candidate(random: Random, scheme: str, place: int, taken: set[tuple[str, str, str]]) -> Candidate:
    family_name, given_name, born = _person(random, taken)
    branch = _BRANCHES[scheme][place % len(_BRANCHES[scheme])]
    employers = _PROTECTION_GROUPS if scheme == "cqp-conseiller-retraite" else _EMPLOYERS[branch]
    every = VAE_EVERY.get(scheme)
    holds = scheme == "cqp-cos" and place % HOLDS_EVERY == HOLDS_EVERY - 1
    return {
        "nom": family_name,
        "nom d'usage": random.choice(_FAMILY) if random.random() < 0.1 else "",
        "prénom": given_name,
        "date de naissance": born,
        "courriel": f"{_address(given_name)}.{_address(family_name)}.{random.randrange(1000, 10000)}@example.org",
        "dispositif": scheme,
        "voie": "VAE" if every and place % every == 1 else "formation",
        "employeur": random.choice(employers),
        "branche": branch,
        "initiative": random.choice(_INITIATIVES),
        "blocs acquis": "GRU" if holds else "",
        "preuve": f"CCP délivré en {random.randrange(2019, 2025)}" if holds else "",
    }


def _civil(candidate: Candidate, seed: int) -> Candidate:
    """Sex and place of birth: most people tell them, one in eight was born abroad, one in ten says nothing yet.

    The same person tells the same twice, and drawing them leaves everything else as it was.
    """
    random = Random("/".join((str(seed), *(candidate[name] for name in ("nom", "prénom", "date de naissance")))))
    if random.random() < 0.1:
        return dict.fromkeys(("sexe", "code commune de naissance", "commune de naissance", "pays de naissance"), "")
    abroad = random.random() < 0.125
    code, commune = ("", "") if abroad else random.choice(_COMMUNES)
    town, country = random.choice(_ABROAD)
    return {
        "sexe": "M" if candidate["prénom"] in _MEN else "F",
        "code commune de naissance": code,
        "commune de naissance": town if abroad else commune,
        "pays de naissance": country if abroad else "France",
    }


def _person(random: Random, taken: set[tuple[str, str, str]]) -> tuple[str, str, str]:
    while True:
        born = _BORN_FROM + timedelta(days=random.randrange(_BORN_DAYS))
        person = (random.choice(_FAMILY), random.choice(_GIVEN), born.strftime("%d/%m/%Y"))
        if person not in taken:
            taken.add(person)
            return person


def _same_person(first: Candidate, second: Candidate) -> None:
    for heading in ("nom", "nom d'usage", "prénom", "date de naissance", "courriel", "employeur", "branche"):
        second[heading] = first[heading]


def _address(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower().replace("œ", "oe"))
    return "".join(sign for sign in plain if sign.isascii() and sign.isalpha())
