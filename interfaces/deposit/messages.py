"""What the words of a rejection mean: which kind of fault they tell, and whether it is one of who the holder is.

The Caisse des Dépôts publishes no list of its messages; these are the kinds that certifiers report, told by what every
wording of them holds. What fits none is ``other``: its words are shown as they are.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from domain.deposit.countries import folded


class Meaning(NamedTuple):
    """``code``: under which the catalogue says what it means and what to do."""

    code: str
    identity: bool = False


_KINDS: tuple[tuple[str, Meaning], ...] = (
    (r"\bplusieurs (titulaires?|individus?|personnes?)\b", Meaning("several", True)),
    (r"\baucun(e)? (titulaires?|individus?|personnes?)\b.*\b(jour|mois)\b", Meaning("nobody_born", True)),
    (r"\baucun(e)? (titulaires?|individus?|personnes?)\b.*\breconciliation\b", Meaning("nobody_reconciled", True)),
    (r"\baucun(e)? (titulaires?|individus?|personnes?)\b", Meaning("nobody", True)),
    (
        r"\b(titulaires?|individus?|personnes?|identite|identification)\b.*"
        r"\b(introuvables?|inconnue?s?|impossible|non (trouve|identifie|reconnu|retrouve)\w*"
        r"|pas ete (trouve|identifie)\w*)\b",
        Meaning("nobody", True),
    ),
    (r"\b(deces|decede|decedee)\b", Meaning("deceased", True)),
    (r"\b(deja|doublons?|existe deja|double)\b", Meaning("already")),
    (r"\b(idcontrat|idclient|contrat|habilit\w*|certificateur)\b", Meaning("contract")),
    (r"\bnom( de )?naissance\b", Meaning("name", True)),
    (r"naissance\b|\b(codeinsee|insee|commune|pays)\b", Meaning("birth", True)),
    (r"\b(sexe|genre|civilite)\b", Meaning("sex", True)),
    (r"\b(nom\w*|prenom\w*)\b", Meaning("name", True)),
    (r"\b(certification|rncp\w*|rs\d+|code|repertoire)\b", Meaning("certification")),
    (r"\b(date\w*|validite|examen|horodatage)\b", Meaning("dates")),
    (r"\b(format|xsd|schema|obligatoire|balise|caracteres?)\b", Meaning("form")),
)

OTHER = Meaning("other")
CODES = (*dict.fromkeys(meaning.code for _, meaning in _KINDS), OTHER.code)


def meaning(message: str) -> Meaning:
    """What kind of fault a message tells."""
    words = folded(message)
    return next((found for pattern, found in _KINDS if re.search(pattern, words)), OTHER)
