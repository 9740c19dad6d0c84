"""The typst templates of certificates and letters: ours, and those that an administrator puts in their place.

A replacement reads nothing but the files of its own folder and ours, and loads no package from a network. One that does
not compile with the samples is not used: the one before it stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from typst import TypstError

from documents.certificates.samples import SAMPLES
from documents.mail import templates as mail
from documents.pdf import Press

BUNDLED = Path(__file__).parent
FONTS = BUNDLED.parent / "fonts"
FOLDER = "certificates"
"""Where, in the folder of an administrator, these templates are."""
NAMES = tuple(SAMPLES)
"""What there is a template for."""
_FILES = (".typ", ".svg", ".png", ".jpg", ".jpeg", ".ttf", ".otf")
_PICTURES = (".svg", ".png", ".jpg", ".jpeg")
# An import names a file; whatever else could lead to one (a name put together, an evaluated text) is refused, wherever
# it stands: what is a comment and what is not is for typst to say.
_IMPORT = re.compile(rb'\b(?P<word>import|include)\b(?:\s*"(?P<file>[^"\\]*)")?')
_HIDDEN = re.compile(rb"\b(eval|std|plugin)\b")
_PLACE = re.compile(r"┌─ (?P<file>.+):(?P<line>\d+):\d+")
# What a certificate carries, whoever wrote its template.
_ENDINGS = {
    "certificate": '\n#pdf.attach("credential.json", relationship: "alternative", mime-type: "application/vc", '
    'description: "Open Badges 3.0")\n'
}
_NOTHING = {"qr.svg": b"", "credential.json": b""}


class TemplateFault(mail.TemplateFault):
    """A template that cannot be used; it tells the file, the line where there is one, and what is wrong."""

    def __str__(self) -> str:
        return f"{self.file}{f':{self.line}' if self.line else ''}: {self.reason}"


@dataclass(frozen=True)
class Templates:
    """Templates that all compile.

    ``used``: the replacements among them, by file name; ``faults``: why others are not used.
    """

    folder: Path | None = None
    used: Mapping[str, bytes] = field(default_factory=dict)
    faults: tuple[TemplateFault, ...] = ()
    _press: Press = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        fonts = [FONTS, *([self.folder] if self.folder is not None else [])]
        object.__setattr__(self, "_press", Press({**_bundled(), **self.used}, BUNDLED, fonts))

    def print(self, name: str, data: Mapping[str, Any], files: Mapping[str, bytes] | None = None) -> bytes:
        """The document ``name`` made of ``data``, which holds ``title``, ``language`` and ``issued_on`` (ISO date).

        ``files``: the drawing of the code and the credential, where the document has them.

        Raises:
            TemplateFault: the template cannot be printed with this.
        """
        on = datetime.combine(date.fromisoformat(data["issued_on"]), datetime.min.time(), UTC)
        try:
            return self._press.print(
                f"{name}.typ",
                {"languages": [data["language"]], "keywords": [], **data},
                data["language"],
                on,
                files={**_NOTHING, **(files or {})},
                ending=_ENDINGS.get(name, ""),
            )
        except TypstError as error:
            raise self._fault(f"{name}.typ", error) from error

    def _fault(self, main: str, error: TypstError) -> TemplateFault:
        found = _PLACE.search(error.diagnostic)
        name = Path(found["file"]).name if found else main
        name = main if name == "main.typ" else name
        folder = self.folder if self.folder is not None and name in self.used else BUNDLED
        return TemplateFault(folder / name, error.message, int(found["line"]) if found else None)


_loaded: dict[Path | None, tuple[object, Templates]] = {}
_loading = Lock()


def load_templates(folder: Path | None = None) -> Templates:
    """The templates to use: ours, and over them those in ``certificates`` of ``folder`` (the administrator's).

    What changed in the folder since is read again. What does not compile is told in ``faults``; the template that was
    used before stays, ours at first.
    """
    place = folder / FOLDER if folder is not None else None
    with _loading:
        before = _loaded.get(place)
        now = _stamp(place)
        if before is None or before[0] != now:
            _loaded[place] = now, _load(place, before[1] if before else Templates(place))
        return _loaded[place][1]


def check(folder: Path) -> None:
    """Print each template of ``certificates`` in ``folder`` with samples.

    Raises:
        TemplateFault: of the first that cannot be used.
    """
    for fault in _load(folder / FOLDER, Templates(folder / FOLDER)).faults:
        raise fault


def _load(place: Path | None, before: Templates) -> Templates:
    if place is None or not place.is_dir():
        return Templates(place)
    own = _bundled()
    found = {path.name: path.read_bytes() for path in _files(place) if path.suffix not in (".ttf", ".otf")}
    theirs = {name: content for name, content in found.items() if name not in own}
    faults = [
        fault
        for name, content in found.items()
        if (fault := _unknown(place / name, own) or _reaching(place / name, content, found.keys() | own.keys()))
    ]
    wrong = {fault.file.name for fault in faults}
    wanted = {name: content for name, content in found.items() if name not in wrong}
    if _trouble(place, wanted) is None:
        return Templates(place, wanted | _kept(before, wrong & own.keys()), tuple(faults))
    # Not all of them together: each that can be used with those before it.
    used = {name: content for name, content in theirs.items() if name not in wrong}
    # What others import comes before them.
    for name in sorted(wanted.keys() & own.keys(), key=lambda name: (name.removesuffix(".typ") in NAMES, name)):
        fault = _trouble(place, {**used, name: wanted[name]})
        if fault is None:
            used[name] = wanted[name]
        else:
            faults.append(TemplateFault(place / name, f"{fault}") if fault.file.name != name else fault)
            wrong.add(name)
    return Templates(place, used | _kept(before, wrong & own.keys()), tuple(faults))


def _kept(before: Templates, wrong: set[str]) -> dict[str, bytes]:
    """What was used until now in the place of those that are ``wrong``."""
    return {name: content for name, content in before.used.items() if name in wrong}


def _trouble(place: Path, used: Mapping[str, bytes]) -> TemplateFault | None:
    """Why the samples cannot be printed with ``used``."""
    templates = Templates(place, used)
    theirs = {name.removesuffix(".typ") for name in used}
    common = {name.removesuffix(".typ") for name in _bundled()} - SAMPLES.keys()
    try:
        for name, samples in SAMPLES.items():
            # Ours read nothing of theirs but what all have in common.
            for sample in samples if name in theirs or theirs & common else ():
                templates.print(name, sample.data, sample.files)
    except TemplateFault as fault:
        return fault
    return None


def _unknown(file: Path, own: Mapping[str, bytes]) -> TemplateFault | None:
    """Why ``file`` may not lie here: what every template is given cannot be given by the folder."""
    if file.name in (*_NOTHING, "data.json", "main.typ"):
        return TemplateFault(file, "this name is taken by what each document is given")
    return None


def _reaching(file: Path, content: bytes, files: set[str]) -> TemplateFault | None:
    """Why ``content`` would reach beyond ``files``."""
    if file.suffix != ".typ":
        return None
    for found in _IMPORT.finditer(content):
        if found["file"] is None or found["file"].decode("utf-8", "replace") not in files:
            word = found["word"].decode()
            reason = f'"{word}" must be followed by the name of a file of this folder, in quotes'
            return TemplateFault(file, reason, _line(content, found.start()))
    for found in _HIDDEN.finditer(content):
        return TemplateFault(file, f'"{found[0].decode()}" may not be used', _line(content, found.start()))
    return None


def _line(content: bytes, at: int) -> int:
    return content.count(b"\n", 0, at) + 1


def _bundled() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(BUNDLED.glob("*.typ"))}


def _files(place: Path) -> Iterator[Path]:
    return (path for path in sorted(place.iterdir()) if path.suffix in _FILES and path.is_file())


def _stamp(place: Path | None) -> object:
    """What tells whether the folder changed."""
    if place is None or not place.is_dir():
        return None
    return tuple((path.name, (told := path.stat()).st_mtime_ns, told.st_size) for path in _files(place))
