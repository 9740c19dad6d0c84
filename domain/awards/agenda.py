"""What lies ahead of a book of awards: nothing that any deadline waits for, and nothing that somebody must do."""

from __future__ import annotations

from domain.agenda import Due, Task
from domain.awards.state import Book
from domain.deadlines import Running


def runs(state: Book) -> list[Running]:
    """The scheme's deadlines that run on a book: none."""
    return []


def due(state: Book) -> list[Due]:
    """The moments at which something happens by itself: none."""
    return []


def todo(state: Book) -> list[Task]:
    """What somebody must do now: nothing; what is owed is made by the machine."""
    return []
