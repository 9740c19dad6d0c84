"""What the template of a result notice is given."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from documents.certificates.award import named, plain
from domain.certificate import Holder
from domain.records import Frozen


class NoticeBlock(Frozen):
    """What was decided on one block, and what the jury recommends for it."""

    title: str
    validated: bool
    recommendation: str = ""


class NoticeFacts(Frozen):
    """A decision as its candidate is told it. Texts are in ``language``.

    ``reasons``: why it differs from what was computed or advised, where somebody wrote it. ``recourse``: the ways of
    contesting it, each a sentence with its period and its basis. ``algorithmic``: a proposal computed from the marks
    was before the jury (CRPA, art. L. 311-3-1). ``again``: it was decided anew, after a contestation.
    """

    certifier: str
    deciding_body: str
    scheme_title: str
    holder: Holder
    decided_on: date
    notified_on: date | None = None
    issued_on: date
    result: Literal["full", "partial", "none"]
    blocks: tuple[NoticeBlock, ...]
    reasons: str = ""
    recourse: tuple[str, ...]
    algorithmic: bool = False
    again: bool = False
    reference: tuple[str, ...] = ()
    language: Literal["fr", "en"] = "fr"


_TITLES = {"fr": "Notification de résultat", "en": "Notice of result"}


def notice_data(facts: NoticeFacts) -> dict[str, Any]:
    """The fields of ``README.md``, as JSON."""
    said = plain(facts.model_dump(mode="json", exclude={"holder"}))
    return {**said, **named(facts.holder), "title": f"{_TITLES[facts.language]} – {said['scheme_title']}"}
