"""Mail templates: those that come with Jalon, those that take their place, and what each becomes for a reader.

A template is text with a little markup (``README.md`` beside it says which); what it inserts is never markup.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from html import escape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import StrictUndefined, Template, TemplateError, Undefined, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from documents.mail import words
from documents.mail.markup import as_html, as_text, blocks, literal, plain

BUNDLED = Path(__file__).parent
FOLDER = "mail"
"""Where, in the folder of an administrator, the mails are."""
LANGUAGES = ("fr", "en")
FOOTER = "footer"
_SUBJECT = "Subject:"
_LONGEST_SUBJECT = 200

# No colour but for the rule, no font but the reader's own: it must be legible wherever it is opened, and print.
_STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; padding: 1.5rem; font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main, footer { max-width: 38rem; margin: 0 auto; }
h1 { font-size: 1.3rem; line-height: 1.3; margin: 0 0 1.2rem; }
h2 { font-size: 1.05rem; margin: 1.6rem 0 .5rem; }
p, ul { margin: 0 0 1rem; }
ul { padding-left: 1.3rem; }
li { margin-bottom: .35rem; }
footer { margin-top: 2rem; padding-top: .8rem; border-top: 1px solid currentColor; font-size: .875rem; }
"""


class TemplateFault(ValueError):
    """A template that cannot be used. ``file`` and ``line`` say where, ``reason`` why (of the reading, no values)."""

    def __init__(self, file: Path, reason: str, line: int | None = None) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason
        self.line = line


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it is read."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Telling:
    """What a template may say: the notice's ``params``, who and what it is about, and how ids are called."""

    params: Mapping[str, Any]
    audience: str
    scheme: str
    reference: str
    name: str = ""
    candidate: str = ""
    office: str = ""
    zone: str = "Europe/Paris"
    titles: Mapping[str, str] = field(default_factory=dict)
    """Block and deadline ids -> their titles."""
    persons: Mapping[str, str] = field(default_factory=dict)
    """Pathway, juror and member ids -> names."""
    recommendations: Mapping[str, str] = field(default_factory=dict)
    """Block -> what the jury recommends for it, where the notice tells a result."""


class Templates:
    """The templates to use: the bundled ones, and over them those of ``override`` (a folder; its ``mail`` counts)."""

    def __init__(self, override: Path | None = None) -> None:
        self._override = override / FOLDER if override is not None else None
        self._read: dict[Path, Template] = {}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every template there is."""
        found = {file.name.split(".")[0] for file in BUNDLED.glob("*.fr.md")}
        return tuple(sorted(found - {FOOTER}))

    def source(self, name: str, language: str) -> Path:
        """The file that says ``name`` in ``language``."""
        file = f"{name}.{language}.md"
        if self._override is not None and (self._override / file).is_file():
            return self._override / file
        return BUNDLED / file

    def check(self) -> None:
        """Write every template of the administrator's with its example.

        Raises:
            TemplateFault: one takes no template's place, cannot be read, or says what the example has no word for.
        """
        if self._override is None:
            return
        for file in sorted(self._override.glob("*.md")):
            name, _, rest = file.name.partition(".")
            language = rest.removesuffix(".md")
            if language not in LANGUAGES or name not in (*self.names, FOOTER):
                raise TemplateFault(file, "unknown")
            example = self.example(name if name != FOOTER else self.names[0])
            self.letter(name if name != FOOTER else self.names[0], language, example)

    def example(self, name: str) -> Telling:
        """The example that stands beside a template."""
        found = tomllib.loads((BUNDLED / f"{name}.toml").read_text("utf-8"))
        return Telling(
            params=found.get("params", {}),
            audience=found.get("audience", "candidate"),
            scheme="Conseiller offres de services",
            reference="1c2d3e4f",
            name="Zoé Loisel",
            candidate="Zoé Loisel",
            office="certification@example.org",
            titles=found.get("titles", {}),
            recommendations=found.get("recommendations", {}),
        )

    def letter(self, name: str, language: str, telling: Telling) -> Letter:
        """The mail that ``name`` makes of ``telling``.

        Raises:
            TemplateFault: the template is wrong, or names something that is not told.
        """
        file = self.source(name, language)
        first, _, body = self._filled(file, language, telling).partition("\n")
        if not first.startswith(_SUBJECT) or not (subject := plain(first.removeprefix(_SUBJECT).strip())):
            raise TemplateFault(file, "subject", 1)
        said = blocks(body)
        signed = blocks(self._filled(self.source(FOOTER, language), language, telling))
        html = _PAGE.format(
            language=language, title=escape(subject), style=_STYLE, main=as_html(said), footer=as_html(signed)
        )
        return Letter(subject[:_LONGEST_SUBJECT], f"{as_text(said)}\n-- \n{as_text(signed)}", html)

    def _filled(self, file: Path, language: str, telling: Telling) -> str:
        context = {
            **telling.params,
            **{"name": telling.name, "candidate": telling.candidate, "scheme": telling.scheme},
            "recommendations": telling.recommendations,
            **{"reference": telling.reference, "audience": telling.audience, "office": telling.office},
            _WRITING: _Writing(telling, language, ZoneInfo(telling.zone)),
        }
        try:
            return self._template(file).render(context)
        except TemplateError as error:
            raise TemplateFault(file, error.message or type(error).__name__, getattr(error, "lineno", None)) from None
        except (OSError, ValueError, TypeError, ArithmeticError, LookupError) as error:
            # What a filter or an operator makes of a value that is not of its kind.
            raise TemplateFault(file, type(error).__name__) from None

    def _template(self, file: Path) -> Template:
        if file not in self._read:
            self._read[file] = _environment().from_string(file.read_text("utf-8"))
        return self._read[file]


@dataclass(frozen=True, slots=True)
class _Writing:
    """What the filters need to know."""

    telling: Telling
    language: str
    zone: ZoneInfo


_WRITING = "_writing"


def _filter(write: Callable[[_Writing, Any], str]) -> Callable[[Context, Any], str]:
    @pass_context
    def filtered(context: Context, value: Any) -> str:
        return write(context[_WRITING], value)

    return filtered


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_literal, autoescape=False
    )
    environment.filters |= {
        "day": _filter(lambda writing, value: words.day(value, writing.language)),
        "moment": _filter(lambda writing, value: words.moment(value, writing.language, writing.zone)),
        "hour": _filter(lambda writing, value: words.hour(value, writing.language, writing.zone)),
        "block": _filter(lambda writing, value: writing.telling.titles.get(value, value)),
        "deadline": _filter(lambda writing, value: writing.telling.titles.get(value, value)),
        "de": _filter(lambda writing, value: words.de(value)),
        "file": _filter(lambda writing, value: short(f"pathway:{value}")),
        "person": _filter(lambda writing, value: writing.telling.persons.get(value) or short(value)),
    }
    return environment


def _literal(value: Any) -> Any:
    # Something undefined must reach the template's own complaint.
    return value if isinstance(value, Undefined) else literal(value)


_DRAWN = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")


def short(id: str) -> str:
    """An id as people are told it: the beginning of one that nobody chose, the whole of a name that somebody gave."""
    _, _, name = id.partition(":")
    return (name[:8] if _DRAWN.match(name) else name) or id


_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{main}
</main>
<footer>
{footer}
</footer>
</body>
</html>
"""
