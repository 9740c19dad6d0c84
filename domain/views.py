"""Rows that aggregates write in the same way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from domain.agenda import Task
from domain.deadlines import Running


def task_rows(tasks: Iterable[Task]) -> tuple[dict[str, Any], ...]:
    """Rows of ``tasks``."""
    return tuple(
        {
            "task_id": task.id,
            "kind": task.kind,
            "who": task.who.value,
            "since": task.since,
            "due_on": task.by,
            "params": task.params,
        }
        for task in tasks
    )


def deadline_rows(runs: Iterable[Running]) -> tuple[dict[str, Any], ...]:
    """Rows of ``deadlines``."""
    return tuple(
        {
            "deadline_id": run.id,
            "deadline": run.deadline.id,
            "title": run.deadline.title,
            "status": run.status,
            "starts_on": run.starts_on,
            "due_on": run.due,
            "due_at": run.at,
            "who": run.deadline.who,
            "basis": run.deadline.basis,
            "passed": run.deadline.passed,
            "derivation": list(run.derivation),
        }
        for run in runs
    )
