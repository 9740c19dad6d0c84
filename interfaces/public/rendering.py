"""The pages in words: what is known becomes HTML, the same bytes for the same facts, in French or in English."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Literal

from jinja2 import DictLoader, Environment, StrictUndefined

from domain.certificate import CertifiedBlock
from interfaces.days import plain_date
from interfaces.public.checks import Report, sentence_of
from interfaces.public.source import PublicKeys
from interfaces.public.twin import ZONE, Twin
from interfaces.words import catalogue, say

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")

ASSETS = {
    "style.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "garamond.woff2": "font/woff2",
}
"""What the pages need beside themselves, with its media type."""

_HIGH = re.compile(r" ([;?!%»])|(« )| (:)")
_COLOURS = {
    "good": "valid",
    "withdrawn": "withdrawn",
    "expired": "expired",
    "superseded": "warning",
    "bad": "withdrawn",
    "part": "warning",
    "test": "warning",
}


@cache
def asset(name: str) -> bytes:
    """The bytes of one of ``ASSETS``."""
    return files("interfaces.public").joinpath("templates", name).read_bytes()


@cache
def _environment() -> Environment:
    folder = files("interfaces.public").joinpath("templates")
    texts = {path.name: path.read_text("utf-8") for path in folder.iterdir() if path.name.endswith(".html")}
    made = Environment(
        loader=DictLoader(texts), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.globals["sign"] = made.get_template("signs.html").module.sign  # type: ignore[attr-defined]
    return made


def typeset(text: str, language: Language) -> str:
    """``text`` with the no-break spaces that French puts before double punctuation and within quotation marks."""
    if language != "fr":
        return text
    return _HIGH.sub(_spaced, text)


def _spaced(found: re.Match[str]) -> str:
    if found[2]:
        return "«\N{NO-BREAK SPACE}"
    if found[3]:
        return "\N{NO-BREAK SPACE}:"
    return ("\N{NO-BREAK SPACE}" if found[1] == "»" else "\N{NARROW NO-BREAK SPACE}") + found[1]


class Page:
    """One page in one language. ``depth``: how many folders it stands below the root, which its links climb.

    ``other``: the address of the same page in the other language, as seen from it. ``exported_at``: when the answers
    were written down, for those that do not come from the database.
    """

    def __init__(
        self, language: Language, depth: int = 0, other: str = "", exported_at: datetime | None = None
    ) -> None:
        self.language = language
        self._common: dict[str, Any] = {
            "language": language,
            "other_language": "en" if language == "fr" else "fr",
            "other": other,
            "base": "../" * depth or "./",
            "home": "" if language == "fr" else "index.en.html",
            "keys": "keys.html" if language == "fr" else "keys.en.html",
            "exported_at": exported_at,
            "hidden": False,
            "say": self.say,
            "day": self.day,
            "moment": self.moment,
            "count": self.count,
            "colon": "\N{NO-BREAK SPACE}:" if language == "fr" else ":",
        }

    def say(self, name: str, **params: Any) -> str:
        """A sentence of these pages."""
        return typeset(say(f"public.{name}", self.language, **params), self.language)

    def day(self, day: date) -> str:
        """A day in words."""
        return plain_date(day, self.language)

    def count(self, number: int) -> str:
        """A number in groups of three digits."""
        return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}") if self.language == "fr" else f"{number:,}"

    def moment(self, at: datetime) -> dict[str, str]:
        """``day`` and ``time`` of a moment, as sentences take them."""
        here = at.astimezone(ZONE)
        time = f"{here.hour}\u202fh\u202f{here.minute:02}" if self.language == "fr" else f"{here:%H:%M}"
        return {"day": self.day(here.date()), "time": time}

    def _render(self, template: str, **context: Any) -> str:
        return _environment().get_template(template).render({**self._common, **context})

    def home(self, *, form: bool = True) -> str:
        """What this is; ``form``: whether files can be sent to it."""
        return self._render("home.html", form=form)

    def award(self, twin: Twin, mac: str) -> str:
        """The page of an award, whose own address ends in ``mac``."""
        english = self.language == "en"
        latest = twin.latest
        return self._render(
            "award.html",
            hidden=True,
            twin=twin,
            mac=mac,
            title=(english and twin.title_en) or twin.title,
            scheme_title=(english and twin.scheme_title_en) or twin.scheme_title,
            block_title=lambda block: self._block_title(block, english),
            register=self._register(twin),
            edition=self._edition(twin),
            document=latest.document if latest is not None else "",
        )

    def _block_title(self, block: CertifiedBlock, english: bool) -> str:
        return (english and block.title_en) or block.title

    def _register(self, twin: Twin) -> str:
        return f"{twin.repertoire}\N{NO-BREAK SPACE}{twin.register_code.removeprefix(twin.repertoire)}"

    def _edition(self, twin: Twin) -> str:
        latest = twin.latest
        if latest is None:
            return self.say("award.edition_none")
        day = self.day(latest.issued_on)
        if twin.edition == 1:
            return self.say("award.edition_first", day=day)
        told = self.say("award.edition_of", edition=twin.edition, day=day)
        return f"{told}, {self.say(f'award.edition_why.{latest.why}')}" if latest.why else told

    def keys(self, published: PublicKeys) -> str:
        """The public keys."""
        return self._render("keys.html", published=published)

    def message(self, name: str, **params: Any) -> str:
        """One of the pages that only say something: ``not_found``, ``away``, ``refused.too_large``…"""
        group, _, reason = name.partition(".")
        sentence = self.say(f"{group}.{reason or 'text'}", **params)
        return self._render("message.html", hidden=True, heading=self.say(f"{group}.title"), sentence=sentence)

    def result(self, report: Report, page: str, as_of: datetime) -> str:
        """What was checked of a file; ``page``: the address of the award's page, if the file is of one of ours."""
        lines: Sequence[Mapping[str, str]] = [
            {
                "check": line.check,
                "outcome": line.outcome,
                "sentence": typeset(sentence_of(line, self.language), self.language),
            }
            for line in report.lines
        ]
        return self._render(
            "result.html",
            hidden=True,
            verdict=report.verdict,
            colour=_COLOURS[report.verdict],
            lines=lines,
            kind=report.kind,
            digest=report.digest,
            page=page,
            as_of=as_of,
        )


def suffix(language: Language) -> str:
    """How the pages of a language end."""
    return ".html" if language == "fr" else f".{language}.html"


def award_page(twin: Twin, mac: str, language: Language, exported_at: datetime | None = None) -> str:
    """The page of an award, the same whether it is a file or an answer."""
    other = f"{mac}{suffix('fr' if language == 'en' else 'en')}"
    return Page(language, depth=2, other=other, exported_at=exported_at).award(twin, mac)


@cache
def look() -> str:
    """A digest of everything that pages are made with: as long as it is the same, so are the pages."""
    folder = files("interfaces.public").joinpath("templates")
    parts = [path.read_bytes() for path in sorted(folder.iterdir(), key=lambda path: path.name) if path.is_file()]
    words = [f"{name}={text}" for language in LANGUAGES for name, text in sorted(catalogue(language).items())]
    return sha256(b"\0".join([*parts, *(word.encode() for word in words if word.startswith("public."))])).hexdigest()


def tag(content: bytes) -> str:
    """The entity tag of some bytes. Nothing is remembered: there are ever new lists and proofs."""
    return f'"{sha256(content).hexdigest()[:32]}"'
