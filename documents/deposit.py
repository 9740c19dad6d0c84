"""The deposit file (« accrochage »): XML in the namespace ``urn:cdc:cpf:pc5:schema:1.0.0``, schema 1.1.2.

Written passage by passage, so that memory does not grow with the file. Every text is escaped where it is put in; the
same passages under the same head give the same bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import IO, Literal, NamedTuple
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from domain.deposit.identity import Titular

NAMESPACE = "urn:cdc:cpf:pc5:schema:1.0.0"
PARIS = ZoneInfo("Europe/Paris")

Access = Literal["VAE", "FORMATION_CONTINUE_HORS_CONTRAT_DE_PROFESSIONNALISATION", "CANDIDAT_LIBRE"]
ACCESS: dict[str, Access] = {
    "vae": "VAE",
    "training": "FORMATION_CONTINUE_HORS_CONTRAT_DE_PROFESSIONNALISATION",
    "free_candidacy": "CANDIDAT_LIBRE",
}
"""Route -> ``modaliteAcces``."""

INITIATIVES = {
    "candidate": "CERTIFIE",
    "employer": "EMPLOYEUR",
    "training_body": "OF",
    "job_centre": "POLE_EMPLOI",
    "other": "AUTRE",
}
"""Initiative of a candidacy -> ``initiativeInscription``."""

MODALITIES = {"in_person": "EN_PRESENTIEL", "remote": "A_DISTANCE", "mixed": "MIXTE"}

# What XML 1.0 cannot hold at all, escaped or not.
_IMPOSSIBLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Passage(NamedTuple):
    """One award in the file. ``number``: its technical id, for good. ``exam``: first and last day before the jury;
    ``modality`` as in ``MODALITIES``; ``registered_on``: day of the candidacy."""

    number: str
    awarded_on: date
    valid_until: date | None
    route: str
    initiative: str
    registered_on: date
    titular: Titular
    exam: tuple[date, date] | None = None
    modality: str = ""
    postal_code: str = ""


class Head(NamedTuple):
    """``id``: idFlux; ``at``: the moment of the order, with its zone; ``client`` (8 characters) and ``contract``."""

    id: str
    at: datetime
    client: str
    contract: str


class Certification(NamedTuple):
    """Passages of one certification. ``repertoire``: ``RNCP`` or ``RS``; ``code``: as it stands there."""

    repertoire: str
    code: str
    passages: Iterable[Passage]


def stamp(at: datetime) -> str:
    """``2026-07-14T09:05:00+02:00``: local time in metropolitan France with the offset of that very moment."""
    return at.astimezone(PARIS).replace(microsecond=0).isoformat()


def write(file: IO[bytes], head: Head, certifications: Iterable[Certification]) -> str:
    """Write the whole file; the SHA-256 (hex) of its bytes. Nothing but the file and the digest remember anything.

    Raises:
        ValueError: a text that no XML can hold, a route or an initiative that the schema has no word for.
    """
    digest = hashlib.sha256()
    for text in _file(head, certifications):
        content = text.encode()
        digest.update(content)
        file.write(content)
    return digest.hexdigest()


def _file(head: Head, certifications: Iterable[Certification]) -> Iterator[str]:
    client, contract = _text(head.client), _text(head.contract)
    yield (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        f'<cpf:flux xmlns:cpf="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<cpf:idFlux>{_text(head.id)}</cpf:idFlux><cpf:horodatage>{stamp(head.at)}</cpf:horodatage>"
        f"<cpf:emetteur><cpf:idClient>{client}</cpf:idClient><cpf:certificateurs><cpf:certificateur>"
        f"<cpf:idClient>{client}</cpf:idClient><cpf:idContrat>{contract}</cpf:idContrat><cpf:certifications>\n"
    )
    for certification in certifications:
        yield (
            f"<cpf:certification><cpf:type>{_text(certification.repertoire)}</cpf:type>"
            f"<cpf:code>{_text(certification.code)}</cpf:code><cpf:natureDeposant>CERTIFICATEUR</cpf:natureDeposant>"
            "<cpf:passageCertifications>\n"
        )
        for passage in certification.passages:
            yield _passage(passage)
        yield "</cpf:passageCertifications></cpf:certification>\n"
    yield "</cpf:certifications></cpf:certificateur></cpf:certificateurs></cpf:emetteur></cpf:flux>\n"


def _passage(passage: Passage) -> str:
    exam = (
        f"<cpf:dateDebutExamen>{passage.exam[0]}</cpf:dateDebutExamen>"
        f"<cpf:dateFinExamen>{passage.exam[1]}</cpf:dateFinExamen>"
        if passage.exam
        else ""
    )
    modality = (
        f"<cpf:modalitePassageExamen>{MODALITIES[passage.modality]}</cpf:modalitePassageExamen>"
        if passage.modality
        else ""
    )
    until = (
        f"<cpf:dateFinValidite>{passage.valid_until}</cpf:dateFinValidite>"
        if passage.valid_until
        else '<cpf:dateFinValidite xsi:nil="true"/>'
    )
    access = ACCESS[passage.route]
    vae = "<cpf:voieAccessVAE>VAE_CLASSIQUE</cpf:voieAccessVAE>" if access == "VAE" else ""
    return (
        f"<cpf:passageCertification><cpf:idTechnique>{_text(passage.number)}</cpf:idTechnique>"
        "<cpf:obtentionCertification>PAR_ADMISSION</cpf:obtentionCertification>"
        f"<cpf:donneeCertifiee>true</cpf:donneeCertifiee>{exam}{modality}"
        f"{_optional('codePostalCentreExamen', passage.postal_code)}"
        f"<cpf:dateDebutValidite>{passage.awarded_on}</cpf:dateDebutValidite>{until}"
        "<cpf:presenceNiveauLangueEuro>false</cpf:presenceNiveauLangueEuro>"
        "<cpf:presenceNiveauNumeriqueEuro>false</cpf:presenceNiveauNumeriqueEuro>"
        '<cpf:scoring xsi:nil="true"/><cpf:mentionValidee xsi:nil="true"/>'
        f"<cpf:modalitesInscription><cpf:modaliteAcces>{access}</cpf:modaliteAcces>{vae}"
        f"<cpf:initiativeInscription>{INITIATIVES[passage.initiative]}</cpf:initiativeInscription>"
        f"<cpf:dateInscription>{passage.registered_on}</cpf:dateInscription></cpf:modalitesInscription>"
        f"<cpf:identificationTitulaire>{_titular(passage.titular)}</cpf:identificationTitulaire>"
        "</cpf:passageCertification>\n"
    )


def _titular(titular: Titular) -> str:
    usage, born, place = titular.usage_name, titular.born, titular.place
    names = "".join(
        f"<cpf:prenom{number}>{_text(name)}</cpf:prenom{number}>"
        for number, name in enumerate(titular.given_names, start=1)
    )
    where = (
        f"<cpf:codeInseeNaissance><cpf:codeInsee>{_text(place.insee)}</cpf:codeInsee></cpf:codeInseeNaissance>"
        if place.insee
        else f"<cpf:codePostalNaissance>{_nillable('codePostal', place.postal)}</cpf:codePostalNaissance>"
    )
    return (
        f"<cpf:titulaire><cpf:nomNaissance>{_text(titular.family_name)}</cpf:nomNaissance>"
        f"{_nillable('nomUsage', usage)}{names}<cpf:anneeNaissance>{born.year}</cpf:anneeNaissance>"
        f"{_nillable('moisNaissance', born.month and f'{born.month:02d}')}"
        f"{_nillable('jourNaissance', born.day and f'{born.day:02d}')}<cpf:sexe>{titular.sex}</cpf:sexe>"
        f"<cpf:codeCommuneNaissance>{where}</cpf:codeCommuneNaissance>"
        f"{_optional('libelleCommuneNaissance', place.commune)}{_optional('codePaysNaissance', place.country)}"
        f"{_optional('libellePaysNaissance', place.country_name)}</cpf:titulaire>"
    )


def _nillable(name: str, value: str | int | None) -> str:
    return f"<cpf:{name}>{_text(str(value))}</cpf:{name}>" if value else f'<cpf:{name} xsi:nil="true"/>'


def _optional(name: str, value: str) -> str:
    return f"<cpf:{name}>{_text(value)}</cpf:{name}>" if value else ""


def _text(text: str) -> str:
    if _IMPOSSIBLE.search(text):
        raise ValueError("a text that no XML can hold")
    return escape(text)
