"""Running a command in this process, as a person would."""

from __future__ import annotations

import json
from typing import Any

from typer.testing import CliRunner, Result

from interfaces.cli.app import app


def run(*arguments: object) -> Result:
    """Run ``jalon`` with ``arguments``; output and errors are kept apart."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


def answer(*arguments: object) -> Any:
    """The JSON that ``jalon … --json`` prints, which must be alone on standard output and come with exit code 0."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def refused(*arguments: object) -> str:
    """What is said on standard error by a command that ends with exit code 1 and prints nothing else."""
    result = run(*arguments)
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr
