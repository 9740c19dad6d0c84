"""How a rule says no: with a code, the facts it looked at, and the text it rests on."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Refusal(BaseModel):
    """A rule's negative answer, as data.

    ``code`` is stable and names the rule (``marks.before_convocation``); the message catalogue
    (``interfaces/words``) turns it into a sentence with ``params``, which are identifiers, dates and
    numbers, never personal data. ``basis`` is the article, the scheme or the source that the rule rests on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    params: dict[str, Any] = {}
    basis: str = ""


OWN_RULES = {
    "authority": "Jalon : qui peut demander quoi",
    "command": "Jalon : une demande s'exécute une fois, sur ce que l'on a lu",
    "correction": "Jalon : un fait se corrige par un fait nouveau",
    "date": "Jalon : un fait porte le jour où il a eu lieu",
    "stream": "Jalon : un dossier commence par son ouverture",
}
"""The basis of rules that no certification sets, by the first part of their codes."""


class Refused(Exception):
    """Raised inside the rules; carries the :class:`Refusal` to whoever asked."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def refuse(code: str, basis: str = "", **params: Any) -> Refused:
    """Build the exception to raise: ``raise refuse("seat.unknown_block", block="GRU")``."""
    return Refused(Refusal(code=code, params=params, basis=basis))
