"""Certificates from the facts of an award to sealed files, against typst compiling the same template bare; credentials.

``python -m bench.certificates`` starts no server and prints a JSON object for each figure.
"""

from __future__ import annotations

import argparse
import io
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pypdf
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse
from typst import Compiler

from activities.award_facts import Edition, described
from bench.orders import SCHEME
from bench.rig import line, say, show
from documents.certificate import certificate
from documents.certificates.award import award_data, qr_code
from documents.certificates.templates import BUNDLED, FONTS
from documents.credentials import Issuer, StatusEntry, credential, sign, written
from documents.credentials.jsonld import nquads
from documents.credentials.multibase import base58
from documents.pdf import written as printed
from documents.seal import Seal, check_seal, make_test_key
from domain.awards import book_of
from domain.awards.events import AwardNumbered
from domain.certificate import CertificateFacts, Holder
from domain.records import Recorded
from domain.scheme import library
from schemes.files import bundled

WARM, DOCUMENTS = 5, 40
CREDENTIALS, ROUNDS = 60, 7
"""Credentials in a round, and rounds; the first one warms up and is not counted."""

BASE = "https://awards.example.org"
AT = datetime(2027, 4, 13, 9, tzinfo=UTC)
DAY = date(2027, 4, 12)
STATUS = f"{BASE}/status/{SCHEME}/{DAY.year}"
SALT = "5a" * 16

_Made = TypeVar("_Made")


class Keys(NamedTuple):
    """Who signs and who seals; the seal's key is RSA with 3072 bits."""

    issuer: Issuer
    seal: Seal

    @classmethod
    def new(cls) -> Keys:
        """Keys of this run alone."""
        with tempfile.TemporaryDirectory(prefix="jalon-bench-") as folder:
            make_test_key(Path(folder) / "seal.p12")
            issuer = Issuer.load_or_make(Path(folder) / "issuer.key", name="Jalon", public_url=BASE)
            return cls(issuer, Seal.from_pkcs12(Path(folder) / "seal.p12", None))


def facts(number: int) -> CertificateFacts:
    """A whole certification, of a person with a name and an address of their own: in two languages, with its annex."""
    scheme = bundled()[SCHEME]
    library.learn(scheme)
    assert scheme.certificates is not None
    code = f"{scheme.certificates.code}-{DAY.year}-{number:06d}"
    title = scheme.awards.certification.title
    numbered = AwardNumbered(
        on=DAY,
        number=code,
        sequence=number,
        award=f"pathway:{number}#30",
        kind_of_award="certification",
        title=title,
        awarded_on=DAY,
        sitting="sitting:bench",
        decision=25,
        pathway=f"pathway:{number}",
        person=f"person:{number}",
        route="training",
        scheme_hash=scheme.hash,
    )
    owing = Recorded(book_of(SCHEME, DAY), number + 1, "bench", AT, AT, numbered, "")
    holder = Holder(family_name=f"Loisel-Œuvré {number}", given_name="Zoé", birth_date=date(1990, 5, 1))
    address = f"{BASE}/v/{code}/{sha256(code.encode()).hexdigest()[:26]}"
    held = {block.held_as: DAY for block in scheme.blocks}
    return described(scheme, Edition(numbered, owing, 1, "", title, None), held, holder, address)


def _credential(told: CertificateFacts, issuer: Issuer) -> dict[str, Any]:
    index = int(told.number.rpartition("-")[2]) - 1
    return sign(credential(told, SALT, issuer, StatusEntry(STATUS, index)), issuer, AT)


def _issued(told: CertificateFacts, keys: Keys) -> bytes:
    """The sealed file, and what the book is told of it, as a worker makes them; nothing is kept."""
    signed = written(_credential(told, keys.issuer))
    pdf = keys.seal.apply(certificate(told, signed), at=AT, reason=f"Certificat {told.number}, édition 1")
    noted = sha256(pdf).hexdigest(), sha256(signed).hexdigest(), check_seal(pdf).fingerprint
    assert noted[2] == keys.seal.fingerprint
    return pdf


class _Bare:
    """A compiler kept ready, which is given the same template and the same data, and nothing to attach."""

    def __init__(self) -> None:
        self._files = {path.name: path.read_bytes() for path in BUNDLED.glob("*.typ")}
        self._compiler = Compiler(root=BUNDLED, font_paths=[FONTS], ignore_system_fonts=True)

    def given(self, told: CertificateFacts) -> dict[str, bytes]:
        """What the template reads, made beforehand."""
        data = printed(award_data(told), told.languages[0]).encode()
        main = self._files["certificate.typ"]
        return {**self._files, "main.typ": main, "data.json": data, "qr.svg": qr_code(told.address)}

    def plain(self, given: dict[str, bytes]) -> bytes:
        """As plain PDF."""
        made = self._compiler.compile(given, format="pdf")  # type: ignore[type-var]  # files by name
        assert isinstance(made, bytes)
        return made

    def standard(self, given: dict[str, bytes]) -> bytes:
        """As PDF/A-3a and PDF/UA-1."""
        made = self._compiler.compile(
            given,  # type: ignore[type-var]  # files by name
            format="pdf",
            pdf_standards=["a-3a", "ua-1"],
            timestamp=AT,
        )
        assert isinstance(made, bytes)
        return made


def _timed(work: Callable[[], _Made]) -> tuple[float, _Made]:
    start = time.perf_counter()
    made = work()
    return time.perf_counter() - start, made


def certificates_pdf(keys: Keys) -> dict[str, object]:
    """Sealed certificates per second, and the same pages by a bare compile, in turns; each by its median, once warm.

    Each document has facts of its own: what typst laid out for one side would serve the other.
    """
    bare = _Bare()
    took: list[tuple[float, float, float]] = []
    for number in range(1, WARM + DOCUMENTS + 1):
        others = bare.given(facts(100_000 + number)), bare.given(facts(200_000 + number))
        ours, pdf = _timed(partial(_issued, facts(number), keys))
        plain, page = _timed(partial(bare.plain, others[0]))
        standard, _ = _timed(partial(bare.standard, others[1]))
        took.append((ours, plain, standard))
    value, reference, same = (1 / statistics.median(side) for side in zip(*took[WARM:], strict=True))
    say(f"certificates_pdf: {value:.1f} certificates/s, bare {reference:.1f}")
    assert _pages(pdf) == _pages(page)
    note = (
        f"{_pages(pdf)} pages each, with credential and seal (RSA-3072); reference: the same template and data in "
        f"plain PDF by a compiler kept ready; to the same standards it makes {same:.1f}/s, {value / same:.2f} of which "
        "are reached"
    )
    return line("certificates_pdf", "documents/s", value, reference, value / reference, note)


def _pages(content: bytes) -> int:
    return len(pypdf.PdfReader(io.BytesIO(content)).pages)


def _canonical(quads: str) -> bytes:
    dataset = Dataset(parse(quads, format=RdfFormat.N_QUADS))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return sha256("".join(sorted(f"{quad} .\n" for quad in dataset)).encode()).digest()


def _bare_signature(graphs: tuple[str, str], issuer: Issuer) -> str:
    """The value of a proof, from the proof's and the document's statements, which nobody has to find first."""
    proof, document = graphs
    return base58(issuer.sign(_canonical(proof) + _canonical(document)))


def _statements(signed: dict[str, Any]) -> tuple[str, str]:
    document = {key: value for key, value in signed.items() if key != "proof"}
    proof = {key: value for key, value in signed["proof"].items() if key != "proofValue"}
    return nquads({"@context": document["@context"], **proof}), nquads(document)


def credentials(keys: Keys) -> dict[str, object]:
    """Credentials made and signed per second, against canonicalisation and signature of their statements alone."""
    issuer, values, references = keys.issuer, [], []
    for number in range(ROUNDS + 1):
        awards = [facts(number * CREDENTIALS + index) for index in range(1, CREDENTIALS + 1)]
        graphs = [_statements(_credential(award, issuer)) for award in awards]
        ours, signed = _timed(partial(_each, (partial(_credential, award, issuer) for award in awards)))
        bare, proofs = _timed(partial(_each, (partial(_bare_signature, pair, issuer) for pair in graphs)))
        assert [one["proof"]["proofValue"] for one in signed] == proofs
        if number:
            values.append(CREDENTIALS / ours)
            references.append(CREDENTIALS / bare)
    value, reference = statistics.median(values), statistics.median(references)
    say(f"credentials: {value:.0f} credentials/s, bare {reference:.0f}")
    ratio = statistics.median(one / other for one, other in zip(values, references, strict=True))
    note = (
        "from an award's facts; reference: RDFC-1.0 and Ed25519 over the same statements, given as N-Quads, same proofs"
    )
    return line("credentials", "credentials/s", value, reference, ratio, note)


def _each(jobs: Iterator[Callable[[], _Made]]) -> list[_Made]:
    return [job() for job in jobs]


def figures() -> Iterator[dict[str, object]]:
    """The lines ``certificates_pdf`` and ``credentials``."""
    keys = Keys.new()
    yield certificates_pdf(keys)
    yield credentials(keys)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    for result in figures():
        show(result)
