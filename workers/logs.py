"""Logs: sentences on a terminal, JSON elsewhere, identifiers on every line, personal data never.

Ours (structlog), Temporal's, asyncio's and ``workflow.logger``'s lines all take the same way. What cannot be shown to
be harmless is left out: a key must be on the list below, an exception is told by its types and places and not by its
message (a validation error quotes the value it refused), and addresses and passwords are struck from any text.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from contextlib import AbstractContextManager
from datetime import date
from functools import cache
from types import TracebackType
from typing import Any, TextIO
from uuid import UUID

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor

IDS = frozenset(
    {
        "pathway",
        "session",
        "sitting",
        "register",
        "stream",
        "workflow",
        "run",
        "update",
        "activity",
        "command",
        "event_id",
        "effect",
    }
)
"""What :func:`bind` takes."""

ALLOWED = IDS | {
    "event", "level", "timestamp", "logger", "exception",
    "aggregate", "scheme", "scheme_version", "scheme_hash", "block", "kind", "type", "activity_type", "workflow_type",
    "task_queue",
    "code", "outcome", "refusal", "version", "from_version", "expected_version", "schema_version", "deadline", "due",
    "attempt", "count", "size", "seconds", "milliseconds", "row", "rows", "position", "done", "total",
    "part", "pid", "port", "address", "namespace", "exit_code", "restart_in", "signal", "path", "state", "migration",
    "error", "sqlstate", "operator", "role",
}  # fmt: skip
"""Every key that a line may carry. A key that is missing here is dropped, and its name noted under ``dropped``."""

SPEAKING_ERRORS = (ConnectionError, TimeoutError, FileNotFoundError, PermissionError)
"""Errors of the machine, whose messages hold addresses and paths only."""

LONGEST = 300
FRAMES = 6
_MAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.\w+")
_PASSWORD = re.compile(r"(?<=://)[^\s/@]+@")


def configure(
    stream: TextIO | None = None, *, level: str = "info", readable: bool | None = None, engine: bool = True
) -> None:
    """Send all log lines of this process to ``stream`` (default: standard error).

    ``readable`` is for people, otherwise JSON; by default the former exactly when the stream is a terminal.
    ``engine``: whether this process speaks to Temporal, whose lines then come the same way.
    ValueError when ``level`` is no level.
    """
    target = sys.stderr if stream is None else stream
    for_people = target.isatty() if readable is None else readable
    known = logging.getLevelNamesMapping()
    if level.upper() not in known:
        raise ValueError(level)
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_from_standard_library, *_SHARED],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _safe_exception,
                keep_personal_data_out,
                *_renderers(for_people, target.isatty()),
            ],
        )
    )
    # Python's own way would print the message of the exception, and with it the value that it quotes.
    sys.excepthook = _tell_crash
    if engine:
        _adopt_engine_lines()
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(known[level.upper()])
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(known[level.upper()]),
        cache_logger_on_first_use=False,
    )


def _tell_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    get_logger("process").critical("crashed", exc_info=(kind, error, trace))


@cache
def _adopt_engine_lines() -> None:
    """Let the engine's own lines come the same way: left alone, it writes them to standard output."""
    import temporalio.activity
    import temporalio.workflow
    from temporalio.runtime import LogForwardingConfig, LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

    # What they would put into the sentence, they also hand over as data.
    temporalio.workflow.logger.workflow_info_on_message = False
    temporalio.activity.logger.activity_info_on_message = False
    forwarding = LogForwardingConfig(logger=logging.getLogger("temporalio.core"))
    logging_config = LoggingConfig(
        filter=TelemetryFilter(core_level="WARN", other_level="ERROR"), forwarding=forwarding
    )
    telemetry = TelemetryConfig(logging=logging_config)
    Runtime.set_default(Runtime(telemetry=telemetry), error_if_already_set=False)


def get_logger(name: str) -> FilteringBoundLogger:
    """The logger of one part of the program. The message is an event's name (``part_ended``), facts are keywords."""
    logger: FilteringBoundLogger = structlog.get_logger(f"jalon.{name}")
    return logger


def bind(**ids: str) -> AbstractContextManager[None]:
    """``with bind(pathway=…, command=…):`` every line inside carries these. TypeError for what is no identifier."""
    unknown = ids.keys() - IDS
    if unknown:
        raise TypeError(f"not an identifier of a log line: {sorted(unknown)}")
    return structlog.contextvars.bound_contextvars(**ids)


def keep_personal_data_out(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """Drop every key that is not on the list, and reduce the values to harmless ones."""
    kept = {key: _harmless(value) for key, value in line.items() if key in ALLOWED}
    dropped = sorted(key for key in line if key not in ALLOWED and not key.startswith("_"))
    if dropped:
        kept["dropped"] = dropped
    return kept


def _harmless(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str | UUID | date):
        return _MAIL.sub("…@…", _PASSWORD.sub("", str(value)))[:LONGEST]
    if isinstance(value, list | tuple | set | frozenset):
        return [_harmless(item) for item in value]
    return type(value).__name__


def _from_standard_library(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """Take the identifiers that Temporal's loggers hand over; keep the first line of the sentence only.

    asyncio puts the text form of exceptions and tasks on the lines that follow.
    """
    record: logging.LogRecord = line["_record"]
    line["event"] = str(line["event"]).split("\n", 1)[0]
    for attribute in ("temporal_workflow", "temporal_activity"):
        facts = getattr(record, attribute, None)
        if isinstance(facts, Mapping):
            _adopt(line, facts)
    return line


_NAMES = {
    "workflow_id": "workflow", "run_id": "run", "workflow_run_id": "run", "workflow_type": "workflow_type",
    "task_queue": "task_queue", "activity_id": "activity", "activity_type": "activity_type", "attempt": "attempt",
    "update_id": "update", "namespace": "namespace",
}  # fmt: skip


def _adopt(line: MutableMapping[str, Any], facts: Mapping[str, Any]) -> None:
    for theirs, ours in _NAMES.items():
        if theirs in facts:
            line.setdefault(ours, facts[theirs])


def _safe_exception(_logger: Any, _method: str, line: EventDict) -> EventDict:
    found = line.pop("exc_info", None)
    line.pop("stack_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        line["exception"] = describe_exception(error)
    return line


def describe_exception(error: BaseException) -> list[str]:
    """An exception and its causes by type and place, the innermost places last; no values."""
    told: list[str] = []
    current: BaseException | None = error
    while current is not None and len(told) < 30:
        message = f": {_harmless(str(current))}" if isinstance(current, SPEAKING_ERRORS) else ""
        told.append(f"{type(current).__module__}.{type(current).__qualname__}{message}")
        told += _places(current.__traceback__)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return told


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-FRAMES:]
    return [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def _renderers(for_people: bool, colours: bool) -> list[Processor]:
    if for_people:
        return [_exception_below, structlog.dev.ConsoleRenderer(colors=colours)]
    return [structlog.processors.JSONRenderer(ensure_ascii=False)]


def _exception_below(_logger: Any, _method: str, line: EventDict) -> EventDict:
    if "exception" in line:
        line["exception"] = "\n".join(line["exception"])
    return line


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
