"""What must hold in a scheme's section ``certificates``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from domain.scheme.fault import Fault, doubled, entries, fault, text, texts

if TYPE_CHECKING:
    from domain.scheme.model import Scheme

_CODES = {
    "RNCP": re.compile(r"RNCP[0-9]{2,6}\Z"),
    "RS": re.compile(r"RS[0-9]{2,6}\Z"),
    "ROME": re.compile(r"[A-Z][0-9]{4}\Z"),
    "NSF": re.compile(r"[0-9]{2,3}[a-z]?\Z"),
}
"""How the codes of a framework are written. Those of ESCO are addresses, checked as such."""

_ESCO = "http://data.europa.eu/esco/"
_ADDRESS = re.compile(r"https?://[^\s/]+(/\S*)?\Z")


def certificates(scheme: dict[str, Any]) -> Iterator[Fault]:
    """Everything wrong in the section, if there is one."""
    found = scheme.get("certificates")
    if not isinstance(found, dict):
        return
    yield from _titles(scheme, found)
    yield from _crosswalk(scheme, found)
    yield from _alignments(scheme, found)
    languages = texts(found, "languages")
    yield from doubled((("certificates", "languages", index), item) for index, item in enumerate(languages))
    if found.get("languages") == []:
        yield fault(("certificates", "languages"), "no_languages")
    deposit = found.get("deposit")
    if isinstance(deposit, dict) and deposit.get("awards") == []:
        yield fault(("certificates", "deposit", "awards"), "no_deposits")


def _titles(scheme: dict[str, Any], found: dict[str, Any]) -> Iterator[Fault]:
    titles = found.get("titles")
    if not isinstance(titles, dict):
        return
    blocks = {text(block, "id") for _, block in entries(scheme, "blocks")}
    for key in titles:
        if key and key not in blocks:
            yield fault(("certificates", "titles", key), "unknown_block", id=key, known=_listed(blocks))
    if titles and len(set(texts(found, "languages"))) < 2 and "languages" in found:
        yield fault(("certificates", "titles"), "titles_without_language")


def _crosswalk(scheme: dict[str, Any], found: dict[str, Any]) -> Iterator[Fault]:
    """One entry for each name held elsewhere; and no name that is held here: no chain, no circle."""
    own = {text(block, "held_as") for _, block in entries(scheme, "blocks")}
    pairs = list(entries(found, "crosswalk", ("certificates",)))
    for place, entry in pairs:
        held, counts_as = text(entry, "held"), text(entry, "counts_as")
        if counts_as is not None and counts_as not in own:
            yield fault((*place, "counts_as"), "unknown_held_as", id=counts_as, known=_listed(own))
        if held is not None and held in own:
            yield fault((*place, "held"), "crosswalk_own_block", id=held)
    yield from doubled(((*place, "held"), text(entry, "held")) for place, entry in pairs)


def _alignments(scheme: dict[str, Any], found: dict[str, Any]) -> Iterator[Fault]:
    pairs = list(entries(found, "alignments", ("certificates",)))
    registration = scheme.get("registration")
    registered = text(registration, "code")
    for place, alignment in pairs:
        framework, code, url = (text(alignment, key) for key in ("framework", "code", "url"))
        pattern = _CODES.get(framework or "")
        if code and pattern is not None and not pattern.match(code):
            yield fault((*place, "code"), "alignment_code", id=code, framework=framework)
        if code and framework == "ESCO" and not code.startswith(_ESCO):
            yield fault((*place, "code"), "alignment_esco", id=code, begins=_ESCO)
        if code and framework in ("RNCP", "RS") and registered and code != registered:
            yield fault((*place, "code"), "alignment_differs", id=code, registered=registered)
        if url and not _ADDRESS.match(url):
            yield fault((*place, "url"), "alignment_url", url=url)
    named = ((place, f"{text(it, 'framework')} {text(it, 'code')}") for place, it in pairs if text(it, "code"))
    yield from doubled(named)


def _listed(names: set[str | None]) -> str:
    return ", ".join(sorted(name for name in names if name))


def code_taken(scheme: Scheme, others: Iterable[Scheme]) -> Fault | None:
    """That another certification among ``others`` numbers its awards in the same way, if one does."""
    if scheme.certificates is None:
        return None
    for other in others:
        if other.id != scheme.id and other.certificates and other.certificates.code == scheme.certificates.code:
            return fault(("certificates", "code"), "code_taken", id=scheme.certificates.code, other=other.id)
    return None
