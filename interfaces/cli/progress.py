"""How long work shows how far it is, on standard error."""

from __future__ import annotations

from collections.abc import Callable

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from interfaces.cli.console import err, note, text


class Bar:
    """``with Bar(name, total) as advance: advance(done)``: a bar on a terminal, elsewhere a line for every tenth.

    ``name`` is the message that says what is counted.
    """

    def __init__(self, name: str, total: int) -> None:
        self._total = total
        self._told = 0
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=err,
            disable=not err.is_terminal,
        )
        self._task = self._bar.add_task(text(name), total=total)

    def __enter__(self) -> Callable[[int], None]:
        self._bar.start()
        return self._advance

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _advance(self, done: int) -> None:
        self._bar.update(self._task, completed=done)
        tenths = done * 10 // self._total if self._total else 0
        if not err.is_terminal and tenths > self._told:
            self._told = tenths
            note("progress.percent", percent=tenths * 10, done=done, total=self._total)
