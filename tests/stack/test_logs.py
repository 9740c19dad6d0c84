"""Log lines: identifiers on each, personal data on none."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from pydantic import BaseModel, ValidationError
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from workers import logs

NAME = "Zoé Martin-Lévêque"


class Lines(io.StringIO):
    """What was written, line by line."""

    def read_all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def lines() -> Iterator[Lines]:
    root, hook = logging.getLogger(), sys.excepthook
    handlers, level = root.handlers[:], root.level
    stream = Lines()
    logs.configure(stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook = hook
    structlog.reset_defaults()


def test_every_line_inside_carries_the_bound_identifiers(lines: Lines) -> None:
    with logs.bind(pathway="p-1", command="c-1", event_id="e-1"):
        logs.get_logger("test").info("appended", version=3)
        logging.getLogger("somebody.else").warning("said")
    assert [{"p-1", "c-1", "e-1"} <= set(map(str, line.values())) for line in lines.read_all()] == [True, True]


def test_nothing_but_identifiers_can_be_bound() -> None:
    with pytest.raises(TypeError):
        logs.bind(name=NAME)


@pytest.mark.parametrize("key", ["name", "nom", "birth_date", "mail", "candidate", "first_name", "comment"])
def test_a_key_that_is_not_on_the_list_never_comes_out(lines: Lines, key: str) -> None:
    logs.get_logger("test").info("enrolled", **{key: NAME})
    assert NAME not in lines.getvalue()
    assert lines.read_all()[0]["dropped"] == [key]


def test_an_object_is_told_by_its_type_only(lines: Lines) -> None:
    class Person(BaseModel):
        name: str

    logs.get_logger("test").info("x", code=Person(name=NAME), rows=[Person(name=NAME)])
    assert NAME not in lines.getvalue()


def test_mail_addresses_and_passwords_are_struck_from_any_text(lines: Lines) -> None:
    logs.get_logger("test").info("asked zoe@exemple.fr", path="postgresql://jalon:secret@127.0.0.1/jalon")
    assert "zoe" not in lines.getvalue()
    assert "secret" not in lines.getvalue()


def test_an_exception_is_told_without_the_value_that_it_quotes(lines: Lines) -> None:
    class Row(BaseModel):
        age: int

    try:
        try:
            Row.model_validate({"age": NAME})
        except ValidationError as error:
            raise RuntimeError(f"bad row of {NAME}") from error
    except RuntimeError:
        logs.get_logger("test").exception("failed")
        logging.getLogger("temporalio.worker").warning("failed", exc_info=True)
        sys.excepthook(*sys.exc_info())
    assert NAME not in lines.getvalue()
    assert all("ValidationError" in str(line["exception"]) for line in lines.read_all())
    assert all("test_logs.py" in str(line["exception"]) for line in lines.read_all())


async def test_what_asyncio_says_of_a_lost_task_is_told_without_its_message(lines: Lines) -> None:
    loop = asyncio.get_running_loop()
    loop.default_exception_handler({"message": "Task was lost", "exception": ValueError(NAME), "future": NAME})
    assert "Task was lost" in lines.getvalue()
    assert NAME not in lines.getvalue()


@activity.defn
async def act() -> None:
    activity.logger.info("acting")


@workflow.defn(sandboxed=False)
class Speaker:
    @workflow.run
    async def run(self) -> None:
        from datetime import timedelta

        workflow.logger.info("speaking")
        await workflow.execute_activity(act, start_to_close_timeout=timedelta(seconds=10))


async def test_workflows_and_activities_speak_with_their_identifiers(temporal_client: Client, lines: Lines) -> None:
    async with Worker(
        temporal_client,
        task_queue="logs",
        workflows=[Speaker],
        activities=[act],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        await temporal_client.execute_workflow(Speaker.run, id="pathway-7", task_queue="logs")
    said = {line["event"]: line for line in lines.read_all()}
    assert said["speaking"]["workflow"] == "pathway-7"
    assert said["acting"]["workflow"] == "pathway-7"
    assert said["acting"]["activity_type"] == "act"


def test_a_terminal_gets_sentences_and_a_file_gets_json() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, file = Terminal(), io.StringIO()
    root = logging.getLogger()
    handlers = root.handlers[:]
    for stream in (terminal, file):
        logs.configure(stream)
        logs.get_logger("test").info("ready", count=2)
    root.handlers[:] = handlers
    structlog.reset_defaults()
    assert json.loads(file.getvalue())["count"] == 2
    assert "ready" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")
