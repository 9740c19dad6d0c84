"""How every command ends: an exit code, and a sentence instead of a trace."""

from __future__ import annotations

import pytest
import typer

import interfaces.cli.stack  # noqa: F401 - the command that the tests name, registered before the root is replaced
from interfaces.cli import main
from interfaces.cli.app import app
from workers.trouble import SettingsError, Unreachable


@pytest.fixture
def outcome(monkeypatch: pytest.MonkeyPatch) -> list[BaseException | None]:
    """What the command ``doctor`` raises in this test."""
    raised: list[BaseException | None] = [None]

    def command(**_: object) -> None:
        if raised[0] is not None:
            raise raised[0]

    def run(*_: object, **__: object) -> None:
        probe = typer.Typer(pretty_exceptions_enable=False)
        probe.command()(lambda: command())
        probe(args=[])

    monkeypatch.setattr("interfaces.cli.app.app", run)
    monkeypatch.delenv("JALON_DEBUG", raising=False)
    return raised


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (None, 0),
        (SystemExit(3), 3),
        (typer.Exit(4), 4),
        (KeyboardInterrupt(), 130),
        (SettingsError("stack.settings.key_missing"), 1),
        (Unreachable("stack.unreachable.temporal", address="t:1"), 3),
        (ConnectionRefusedError(), 3),
        (ZeroDivisionError("secret"), 70),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_ending_has_its_exit_code(outcome: list[BaseException | None], raised: BaseException, code: int) -> None:
    outcome[0] = raised
    assert main.run(["doctor"]) == code


def test_a_fault_of_ours_is_one_sentence_without_trace(
    outcome: list[BaseException | None], capsys: pytest.CaptureFixture[str]
) -> None:
    outcome[0] = ZeroDivisionError("secret")
    main.run(["doctor"])
    said = capsys.readouterr()
    assert said.out == ""
    assert "ZeroDivisionError" in said.err
    assert "Traceback" not in said.err
    assert "secret" not in said.err


def test_the_trace_is_shown_when_asked_for(
    outcome: list[BaseException | None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JALON_DEBUG", "1")
    outcome[0] = ZeroDivisionError()
    main.run(["doctor"])
    assert "Traceback" in capsys.readouterr().err


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(group.name in shown for group in app.registered_groups if group.name)
    assert "doctor" in shown
