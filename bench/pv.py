"""PVs of the professional jury, from the log's events to PDF/A files, against typst compiling the same pages bare.

``python -m bench.pv`` starts no server and prints one JSON object.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pypdf
from typst import Compiler, compile

from bench.rig import line, show
from documents.pdf import pdf
from domain.session.state import Session
from interfaces.pv.contents import pv_data
from interfaces.pv.dossier import Dossier, dossier_of
from interfaces.streams import StreamFile
from tests.interfaces.minuted import A, S, assessed, file

WARM, DOCUMENTS = 5, 40
TEXT = "Candidat {number} : reformule la demande de l’usager et l’oriente ; la trace écrite manque de précision. "


_AS_LONG = """#set page(paper: "a4", margin: (x: 2cm, top: 2cm, bottom: 2.4cm))
#set text(size: 10pt, lang: "fr")
#set table(inset: (x: 5pt, y: 4pt))
"""


def _dossier(pathway: StreamFile, session: StreamFile, number: int) -> Dossier:
    """A candidate assessed like all others, with a name and words of their own."""
    found = dossier_of(pathway, session)
    assert found is not None
    told = {"d" * 64: TEXT.format(number=number) * 2}
    return replace(found, name=f"Zoé Loisel-Œuvré {number}", names={"j1": "Ada", "j2": "Bob"}, texts=told)


def _ours(pathway: StreamFile, session: StreamFile, number: int) -> bytes:
    """A PV, from the events of both streams on."""
    state: Session = session.state
    dossier = _dossier(pathway, session, number)
    return pdf("record", pv_data(state, [dossier], A, "fr"), title="Procès-verbal du jury professionnel")


def _source(pathway: StreamFile, session: StreamFile, dossier: Dossier) -> bytes:
    """The same headings, paragraphs and tables in plain typst, without styles, data, tags or standards."""
    state: Session = session.state
    parts = [_AS_LONG]
    for section in pv_data(state, [dossier], A, "fr")["sections"]:
        parts.append(f"#heading({_literal(section['title'])})\n")
        told = [" : ".join(fact) for fact in section.get("facts", ())] + [*section.get("paragraphs", ())]
        parts += [f"#par({_literal(text)})\n" for text in told]
        if table := section.get("table"):
            widths = ", ".join(f"{width}fr" if width else "auto" for width in table["widths"])
            cells = ", ".join(_literal(cell) for row in (table["head"], *table["rows"]) for cell in row)
            parts.append(f"#{{\n  set text(9pt)\n  table(columns: ({widths}), {cells})\n}}\n")
        parts += [f"#par({_literal(' : '.join(quote))})\n" for quote in section.get("quotes", ())]
    return "".join(parts).encode()


def _literal(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _timed(work: Callable[[], object]) -> tuple[float, bytes]:
    """Seconds, and the document."""
    start = time.perf_counter()
    made = work()
    took = time.perf_counter() - start
    assert isinstance(made, bytes)
    return took, made


def pv_pdf() -> dict[str, object]:
    """PVs per second, and the same pages by a bare compile, in turns; each by its median, once everything is warm.

    Told besides: the same pages by a compiler that is kept ready, as it is for the PVs.
    """
    world = assessed()
    pathway, session = file(world, A), file(world, S)
    compiler = Compiler(ignore_system_fonts=True)
    ours, bare, ready = [], [], []
    for number in range(WARM + DOCUMENTS):
        source = _source(pathway, session, _dossier(pathway, session, 100_000 + number))
        ours.append(_timed(partial(_ours, pathway, session, number)))
        bare.append(_timed(partial(compile, source, format="pdf", ignore_system_fonts=True)))
        ready.append(_timed(partial(compiler.compile, source, format="pdf")))
    each, plain, kept = (1 / statistics.median(took for took, _ in made[WARM:]) for made in (ours, bare, ready))
    pages = f"{_pages(ours[0][1])} pages each, bare {_pages(bare[0][1])} in plain PDF"
    note = f"{pages}; by a compiler kept ready {kept:.1f}/s, {each / kept:.2f} of which are reached"
    return line("pv_pdf", "documents/s", each, plain, each / plain, note)


def _pages(content: bytes) -> int:
    return len(pypdf.PdfReader(io.BytesIO(content)).pages)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    show(pv_pdf())
