"""What can go wrong with the store itself; what a rule refuses is another matter."""

from __future__ import annotations

import asyncpg


class StoreAway(ConnectionError):
    """PostgreSQL cannot be reached, or went away while it was asked.

    Whether an append that was under way is stored is unknown: ask again with the same ``command_id``, and the answer
    will be *already done* or *appended*.
    """


class StoreFull(StoreAway):
    """PostgreSQL has no room left on its disk: nothing was stored. Ask again once there is."""


class AheadOfLog(RuntimeError):
    """An append expects a version that the log has not reached: the caller knows of events that the log has lost."""


_AWAY = (
    OSError,
    asyncpg.InterfaceError,
    # What asyncpg says when the server's last word reached an idle connection that it is then asked to use.
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.DiskFullError,
)


def is_away(error: BaseException) -> bool:
    """Whether ``error`` means that the server could not do it now rather than that the statement was wrong.

    A statement that was merely cancelled counts as wrong.
    """
    return isinstance(error, _AWAY) and not isinstance(error, asyncpg.QueryCanceledError)


def away(error: BaseException) -> StoreAway:
    """The exception to raise instead of the driver's, without a word of the statement's values."""
    kind = StoreFull if isinstance(error, asyncpg.DiskFullError) else StoreAway
    return kind(f"PostgreSQL is away ({type(error).__name__})")
