"""The deposit file of 200 000 holders, against lxml's ``xmlfile`` writing the same bytes; and the memory that it takes.

``python -m bench.deposit`` needs no server and prints a JSON object for each figure.
"""

from __future__ import annotations

import gc
import hashlib
import io
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import IO, Any, cast

from lxml import etree

from bench.rig import line, say, show
from documents.deposit import NAMESPACE, Certification, Head, Passage, write
from domain.deposit.birth import Born, Place
from domain.deposit.identity import Titular

PASSAGES, SAMPLE, ROUNDS = 200_000, 20_000, 5
LIMIT_MIB = 400
HEAD = Head("bench", datetime(2027, 1, 4, 9, tzinfo=UTC), "ESSAI000", "ESSAI")
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_NAMES = {"cpf": NAMESPACE, "xsi": _XSI}


class Sink(io.RawIOBase):
    """Where bytes go that are counted and not kept."""

    def __init__(self) -> None:
        self.digest, self.size = hashlib.sha256(), 0

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, content: object) -> int:
        """Count and digest."""
        given = bytes(cast(bytes, content))
        self.digest.update(given)
        self.size += len(given)
        return len(given)


def passages(number: int) -> Iterator[Passage]:
    """So many holders, one at a time, each with a name of their own; one in ten is told in part only."""
    for n in range(number):
        partial = n % 10 == 0
        born = Born(1960 + n % 40) if partial else Born(1960 + n % 40, 1 + n % 12, 1 + n % 28)
        place = (
            Place("99352", "", "Alger", "352", "ALGERIE") if partial else Place("10387", "", "Troyes", "100", "FRANCE")
        )
        names = ("Zoé", "Anne-Marie") if n % 2 else ("Jean & Co",)
        titular = Titular(f"L'Hostis-Œuvré {n}", "Martin" if n % 3 else None, names, born, "FM"[n % 2], place)
        route = ("vae", "training")[n % 2]
        day = date(2026, 1 + n % 12, 1 + n % 28)
        yield Passage(
            f"COS-2027-{n:06d}", date(2027, 1, 4), None, route, "employer", day, titular, (day, day), "in_person"
        )


def ours(file: IO[bytes], number: int) -> str:
    """The file, as it is exported."""
    return write(file, HEAD, [Certification("RNCP", "RNCP35543", passages(number))])


def bare(file: IO[bytes], number: int) -> None:
    """The same file element by element, by the library alone."""
    ns = f"{{{NAMESPACE}}}"
    nil = {f"{{{_XSI}}}nil": "true"}
    with etree.xmlfile(file, encoding="UTF-8") as out:
        out.write_declaration()

        def leaf(name: str, text: str | None) -> None:
            with out.element(f"{ns}{name}", nil if text is None else None):
                if text is not None:
                    out.write(text)

        with out.element(f"{ns}flux", nsmap=_NAMES):
            leaf("idFlux", HEAD.id)
            leaf("horodatage", "2027-01-04T10:00:00+01:00")
            with out.element(f"{ns}emetteur"):
                leaf("idClient", HEAD.client)
                with out.element(f"{ns}certificateurs"), out.element(f"{ns}certificateur"):
                    leaf("idClient", HEAD.client)
                    leaf("idContrat", HEAD.contract)
                    with out.element(f"{ns}certifications"):
                        out.write("\n")
                        with out.element(f"{ns}certification"):
                            leaf("type", "RNCP")
                            leaf("code", "RNCP35543")
                            leaf("natureDeposant", "CERTIFICATEUR")
                            with out.element(f"{ns}passageCertifications"):
                                out.write("\n")
                                for passage in passages(number):
                                    _bare_passage(out.element, ns, leaf, passage)
                                    out.write("\n")
                        out.write("\n")


def _bare_passage(
    element: Callable[..., Any], ns: str, put: Callable[[str, str | None], None], passage: Passage
) -> None:
    titular = passage.titular
    with element(f"{ns}passageCertification"):
        put("idTechnique", passage.number)
        put("obtentionCertification", "PAR_ADMISSION")
        put("donneeCertifiee", "true")
        assert passage.exam is not None
        put("dateDebutExamen", str(passage.exam[0]))
        put("dateFinExamen", str(passage.exam[1]))
        put("modalitePassageExamen", "EN_PRESENTIEL")
        put("dateDebutValidite", str(passage.awarded_on))
        put("dateFinValidite", None)
        put("presenceNiveauLangueEuro", "false")
        put("presenceNiveauNumeriqueEuro", "false")
        put("scoring", None)
        put("mentionValidee", None)
        with element(f"{ns}modalitesInscription"):
            vae = passage.route == "vae"
            put("modaliteAcces", "VAE" if vae else "FORMATION_CONTINUE_HORS_CONTRAT_DE_PROFESSIONNALISATION")
            if vae:
                put("voieAccessVAE", "VAE_CLASSIQUE")
            put("initiativeInscription", "EMPLOYEUR")
            put("dateInscription", str(passage.registered_on))
        with element(f"{ns}identificationTitulaire"), element(f"{ns}titulaire"):
            put("nomNaissance", titular.family_name)
            put("nomUsage", titular.usage_name)
            for position, name in enumerate(titular.given_names, start=1):
                put(f"prenom{position}", name)
            put("anneeNaissance", str(titular.born.year))
            put("moisNaissance", _two(titular.born.month))
            put("jourNaissance", _two(titular.born.day))
            put("sexe", titular.sex)
            with element(f"{ns}codeCommuneNaissance"), element(f"{ns}codeInseeNaissance"):
                put("codeInsee", titular.place.insee)
            put("libelleCommuneNaissance", titular.place.commune)
            put("codePaysNaissance", titular.place.country)
            put("libellePaysNaissance", titular.place.country_name)


def _two(number: int | None) -> str | None:
    return None if number is None else f"{number:02d}"


def same() -> bool:
    """Whether both write the same document (nothing, and an element that is closed at once, are written alike)."""
    one, other = io.BytesIO(), io.BytesIO()
    ours(one, 200)
    bare(other, 200)
    return bool(etree.canonicalize(one.getvalue().decode()) == etree.canonicalize(other.getvalue().decode()))


def deposit_200k() -> dict[str, object]:
    """Passages written per second, ours and the library's in turns."""
    assert same(), "the reference writes another document"
    values, references = [], []
    for number in range(ROUNDS + 1):
        took = []
        writers: tuple[Callable[[IO[bytes], int], object], ...] = (ours, bare)
        for work in writers:
            sink = cast(IO[bytes], Sink())
            gc.collect()
            start = time.perf_counter()
            work(sink, SAMPLE)
            took.append(SAMPLE / (time.perf_counter() - start))
        if number:  # the first round warms up
            values.append(took[0])
            references.append(took[1])
    value, reference = statistics.median(values), statistics.median(references)
    ratio = statistics.median(one / other for one, other in zip(values, references, strict=True))
    say(f"deposit_200k: {value:.0f} passages/s, by xmlfile alone {reference:.0f}")
    note = f"{SAMPLE} passages a round, to a digest; reference: lxml xmlfile, the same document element by element"
    return line("deposit_200k", "passages/s", value, reference, ratio, note)


_CHILD = f"""
import json, resource, time
from bench.deposit import Sink, ours
sink, start = Sink(), time.perf_counter()
ours(sink, {PASSAGES})
print(json.dumps([resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, sink.size, time.perf_counter() - start]))"""


def deposit_200k_rss() -> dict[str, object]:
    """The most memory that a process took which wrote 200 000 passages and did nothing else."""
    done = subprocess.run([sys.executable, "-c", _CHILD], capture_output=True, text=True, check=True)
    kib, size, seconds = json.loads(done.stdout)
    mib = kib / 1024
    say(f"deposit_200k_rss_mib: {mib:.0f} MiB, {size / 1e6:.0f} MB in {seconds:.1f} s")
    note = f"{PASSAGES} passages, {size / 1e6:.0f} MB in {seconds:.1f} s; the bound is {LIMIT_MIB} MiB"
    return line("deposit_200k_rss_mib", "MiB", mib, None, mib / LIMIT_MIB, note)


if __name__ == "__main__":
    show(deposit_200k())
    show(deposit_200k_rss())
