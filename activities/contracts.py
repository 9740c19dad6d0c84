"""What crosses the line between workflows, activities and the doors: names and models, no behaviour.

Nothing here may carry personal data in the clear: identifiers, dates, and sealed values only.
"""

from __future__ import annotations

from datetime import date

from domain.agenda import Effect
from domain.aggregate import Order
from domain.records import Frozen
from domain.settling import Outcome

TASK_QUEUE = "jalon"
UPDATE = "carry_out"
"""The name of the one Update that every workflow takes."""

REFUSAL = "Refusal"
"""The type of the one non-retryable application error; its first detail is a ``Refusal`` as JSON."""

APPEND = "append"
LOAD = "load"
SETTLE = "settle"


class StreamStart(Frozen):
    """The input of a workflow run. ``order`` is the founding command; without it the run rehydrates from the log.

    ``orders_per_run`` is a test hook: continue as new after so many commands.
    """

    stream: str
    order: Order | None = None
    orders_per_run: int | None = None


class SettleRequest(Frozen):
    """Effects of one stream to carry out."""

    stream: str
    effects: tuple[Effect, ...]


class SettleAnswer(Frozen):
    """What became of the effects; those left out are still owed."""

    outcomes: tuple[Outcome, ...]


class Next(Frozen):
    """One thing that comes next: what, who must act, by when."""

    task: str
    who: str
    by: date | None = None


class Receipt(Frozen):
    """The answer to a command: the versions it wrote and what comes next."""

    stream: str
    from_version: int
    version: int
    repeated: bool = False
    next: tuple[Next, ...] = ()
