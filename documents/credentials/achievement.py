"""An award as an Open Badges 3.0 credential: what was achieved, by which criteria, of whom, and where to ask.

Names stand in the certificate's main language, as plain texts: that is the only form that Open Badges gives them. A
second language follows in descriptions and criteria, which hold sentences.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from documents.credentials.identity import hashed, named
from documents.credentials.issuer import Issuer
from documents.credentials.status import StatusEntry
from documents.credentials.vocabulary import CREDENTIAL
from domain.certificate import CertificateFacts, CertifiedBlock
from domain.scheme.certificates import Alignment

_PARIS: Final = ZoneInfo("Europe/Paris")
_REGISTERS = {
    "RNCP": "https://www.francecompetences.fr/recherche/rncp/{}/",
    "RS": "https://www.francecompetences.fr/recherche/rs/{}/",
}
_OCCUPATIONS = "https://candidat.francetravail.fr/metierscope/fiche-metier/{}"


@cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


def credential(
    facts: CertificateFacts, holder_salt: str, issuer: Issuer, status: StatusEntry, *, include_name: bool = False
) -> dict[str, Any]:
    """The credential of an award, not yet signed.

    ``holder_salt``: a secret of this person's, told in the credential beside the hash. The name of the holder is in
    it only with ``include_name``. It counts from the beginning of the day of the award to the end of its last day,
    in Paris.
    """
    achieved: dict[str, Any] = json.loads(_achievement(_shared(facts)))
    made: dict[str, Any] = {
        "@context": [*CREDENTIAL],
        "id": facts.address,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": achieved["name"],
        "issuer": _profile(facts.certifier, issuer),
        "validFrom": _instant(facts.awarded_on, time(0)),
    }
    if facts.valid_until:
        made["validUntil"] = _instant(facts.valid_until, time(23, 59, 59))
    identities = [hashed(facts.holder, holder_salt)]
    if include_name:
        identities.append(named(facts.holder))
    subject: dict[str, Any] = {
        "type": ["AchievementSubject"],
        "identifier": identities,
        "licenseNumber": facts.number,
        "achievement": achieved,
        "result": [
            {"type": ["Result"], "resultDescription": described["id"], "status": "Completed"}
            for described in achieved["resultDescription"]
        ],
    }
    since = [block for block in facts.blocks if block.since]
    if since:
        subject["narrative"] = _both(facts.languages, lambda language: _dated(since, language))
    return {**made, "credentialSubject": subject, "credentialStatus": status.entry()}


def _profile(certifier: str, issuer: Issuer) -> dict[str, Any]:
    profile: dict[str, Any] = {"id": issuer.id, "type": ["Profile"], "name": certifier}
    return {**profile, "url": issuer.url} if issuer.url else profile


def _dated(blocks: Iterable[CertifiedBlock], language: str) -> str:
    return " ".join(_words()[language]["since"].format(block=block.id, day=block.since) for block in blocks)


def _instant(day: date, at: time) -> str:
    return datetime.combine(day, at, _PARIS).isoformat()


class _Block(NamedTuple):
    id: str
    title: str
    title_en: str
    competences: tuple[str, ...]


class _Shared(NamedTuple):
    """What all awards of one kind have in common."""

    kind: str
    code: str
    title: str
    scheme_title: str
    scheme_title_en: str
    certifier: str
    deciding_body: str
    repertoire: str
    register_code: str
    level: int | None
    languages: tuple[str, ...]
    blocks: tuple[_Block, ...]
    alignments: tuple[Alignment, ...]


def _shared(facts: CertificateFacts) -> _Shared:
    return _Shared(
        facts.kind,
        facts.number.split("-", 1)[0],
        facts.title,
        facts.scheme_title,
        facts.scheme_title_en,
        facts.certifier,
        facts.deciding_body,
        facts.repertoire,
        facts.register_code,
        facts.level,
        facts.languages,
        tuple(_Block(block.id, block.title, block.title_en, block.competences) for block in facts.blocks),
        facts.alignments,
    )


@lru_cache(maxsize=512)
def _achievement(shared: _Shared) -> str:
    """What was achieved, as JSON. Its identifier follows from its content: the same achievement has the same one."""
    alignments, elsewhere = _aligned(shared)
    made: dict[str, Any] = {
        "type": ["Achievement"],
        "achievementType": "Certification" if shared.kind == "certification" else "Certificate",
        "name": _named(shared),
        "description": _both(shared.languages, lambda language: _described(shared, language)),
        "criteria": {"narrative": _both(shared.languages, lambda language: _criteria(shared, language))},
        "humanCode": shared.register_code or shared.code,
        "inLanguage": shared.languages[0],
    }
    if alignments:
        made["alignment"] = alignments
    fields = [text for framework, text in elsewhere if framework == "NSF"]
    tags = [text for framework, text in elsewhere if framework != "NSF"]
    if fields:
        made["fieldOfStudy"] = "; ".join(fields)
    if tags:
        made["tag"] = tags
    results = [
        {"type": ["ResultDescription"], "name": f"{block.id} – {block.title}", "resultType": "Status"}
        for block in shared.blocks
    ]
    content = json.dumps([shared.certifier, made, results], ensure_ascii=False, sort_keys=True)
    own = uuid5(NAMESPACE_URL, content)
    made["resultDescription"] = [
        {"id": uuid5(own, block.id).urn, **result} for block, result in zip(shared.blocks, results, strict=True)
    ]
    return json.dumps({"id": own.urn, **made})


def _named(shared: _Shared) -> str:
    """What was awarded, in the main language: of a block, which."""
    return shared.title if shared.kind == "certification" else f"{shared.title} – {shared.blocks[0].title}"


def _described(shared: _Shared, language: str) -> str:
    say = _words()[language]
    english = language == "en"
    scheme = (english and shared.scheme_title_en) or shared.scheme_title
    if shared.kind == "certification":
        title = scheme if english else shared.title
    else:
        title = (english and shared.blocks[0].title_en) or shared.blocks[0].title
    said = [say[shared.kind].format(title=title, scheme=scheme)]
    if shared.level:
        said.append(say["level"].format(level=shared.level))
    said.append(say["certifier"].format(certifier=shared.certifier, deciding_body=shared.deciding_body))
    return " ".join(said)


def _criteria(shared: _Shared, language: str) -> str:
    """In Markdown: the blocks, and below each its competences."""
    lines = [_words()[language]["all_blocks" if shared.kind == "certification" else "one_block"], ""]
    for block in shared.blocks:
        title = block.title_en if language == "en" and block.title_en else block.title
        lines.append(f"- {block.id} – {title}")
        if language == shared.languages[0]:
            lines.extend(f"    - {competence}" for competence in block.competences)
    return "\n".join(lines)


def _both(languages: Sequence[str], sentence: Callable[[str], str]) -> str:
    return "\n\n".join(sentence(language) for language in languages)


def _aligned(shared: _Shared) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """The alignments, each with its address; and what corresponds to nothing that has one: framework and text."""
    listed = list(shared.alignments)
    own = shared.register_code
    if own and not any(_digits(a.code) == _digits(own) and a.framework == shared.repertoire for a in listed):
        listed.insert(0, Alignment(framework=shared.repertoire, code=own, title=shared.scheme_title))
    say = _words()[shared.languages[0]]
    found: list[dict[str, Any]] = []
    elsewhere: list[tuple[str, str]] = []
    for alignment in listed:
        address = alignment.url or _address(alignment)
        if not address:
            elsewhere.append((alignment.framework, f"{alignment.framework} {alignment.code} – {alignment.title}"))
            continue
        found.append(
            {
                "type": ["Alignment"],
                "targetName": alignment.title,
                "targetUrl": address,
                "targetFramework": say[alignment.framework],
                "targetCode": alignment.code,
            }
        )
    return found, elsewhere


def _address(alignment: Alignment) -> str:
    """Where the framework itself describes what is aligned to; empty where it has no such page."""
    if alignment.framework in _REGISTERS:
        return _REGISTERS[alignment.framework].format(_digits(alignment.code))
    if alignment.framework == "ROME":
        return _OCCUPATIONS.format(alignment.code)
    if alignment.framework == "ESCO" and alignment.code.startswith(("http://", "https://")):
        return alignment.code
    return ""


def _digits(code: str) -> str:
    return "".join(letter for letter in code if letter.isdigit())
