"""The entry point of ``jalon``: finds the command's module, turns what goes wrong into a sentence and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from importlib import import_module
from importlib.util import find_spec

GROUPS = {
    "schemes": "schemes",
    "marks": "marks",
    "calendar": "calendar",
    "candidates": "candidates",
    "pathway": "pathway",
    "register": "register",
    "jury": "jury",
    "session": "session",
    "sitting": "sitting",
    "award": "award",
    "deposit": "deposit",
    "deadlines": "deadlines",
    "mail": "mail",
    "audit": "audit",
    "person": "person",
    "statistics": "statistics",
    "notary": "notary",
    "keys": "keys",
    "codec": "codec",
    "public": "public",
    "recover": "recover",
    "backup": "backup",
    "restore": "backup",
    "projections": "projections",
    "up": "stack",
    "doctor": "stack",
    "demo": "demo",
}
"""The module of ``interfaces.cli`` that holds each command."""

LOST_CONNECTION = (
    "CannotConnectNowError", "ConnectionDoesNotExistError", "ConnectionFailureError", "AdminShutdownError",
    "CrashShutdownError", "TooManyConnectionsError", "InvalidPasswordError",
)  # fmt: skip
"""What the PostgreSQL driver raises when the server is gone; by name, so that the driver need not be imported."""

NO_ROOM = ("StoreFull", "DiskFullError")
"""What is raised when PostgreSQL's disk is full."""

OPTIONS_WITH_VALUE = ("--lang", "--state")


def main() -> None:
    """Run the command line and end the process."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; its exit code (see ``console.Exit``)."""
    try:
        _register(arguments)
        from interfaces.cli.app import app

        app(args=arguments, prog_name="jalon")
    except SystemExit as ended:
        return _code(ended)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        return _explain(error)
    return 0


def _register(arguments: list[str]) -> None:
    """Import the module of the command that was asked for; all of them when that is not clear, as for ``--help``.

    A command that needs no server should not wait for the libraries of those that do.
    """
    asked = GROUPS.get(_first_word(arguments))
    for module in [asked] if asked else dict.fromkeys(GROUPS.values()):
        name = f"interfaces.cli.{module}"
        if find_spec(name) is not None:
            import_module(name)


def _first_word(arguments: list[str]) -> str:
    words = iter(arguments)
    for word in words:
        if word in OPTIONS_WITH_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return ""


def _code(ended: SystemExit) -> int:
    if ended.code is None:
        return 0
    return ended.code if isinstance(ended.code, int) else 1


def _explain(error: Exception) -> int:
    from interfaces.cli.console import Exit, note
    from workers.trouble import Trouble, Unreachable

    if os.environ.get("JALON_DEBUG") == "1":
        traceback.print_exception(error)
    if isinstance(error, Trouble):
        note(error.name, **error.params)
        note(f"{error.name}_do", **error.params)
        return int(Exit.UNREACHABLE if isinstance(error, Unreachable) else Exit.REFUSED)
    if type(error).__name__ in NO_ROOM:
        note("stack.no_room")
        return int(Exit.UNREACHABLE)
    if isinstance(error, ConnectionError | TimeoutError) or type(error).__name__ in LOST_CONNECTION:
        note("stack.no_answer")
        return int(Exit.UNREACHABLE)
    note("stack.unexpected", kind=type(error).__name__)
    return int(Exit.UNEXPECTED)


if __name__ == "__main__":
    main()
