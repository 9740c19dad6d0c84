"""The commands that workflows can issue change only on purpose."""

from __future__ import annotations

import difflib
import json

from tests.engine.fingerprints import BASELINE, FOLDER, fingerprints
from workers.worker import WORKFLOWS

HOW = """
What {name} can ask of the engine has changed. Workflows that are open now meet the new code when they are replayed.
  1. make replay                                       must pass, if need be with workflow.patched around the change
  2. python -m tests.histories.record GENERATION       adds histories of the new code; the old ones stay
  3. python -m tests.engine.fingerprints --write       takes these lines as the new baseline
"""


def test_each_workflow_asks_of_the_engine_what_the_baseline_says() -> None:
    baseline, today = json.loads(BASELINE.read_text("utf-8")), fingerprints()
    assert baseline.keys() == today.keys() == {workflow.__name__ for workflow in WORKFLOWS}
    for name, found in today.items():
        old, new = baseline[name]["commands"], found["commands"]
        assert isinstance(new, list)
        diff = "\n".join(difflib.unified_diff(old, new, "baseline", "today", lineterm="", n=1))
        assert baseline[name]["hash"] == found["hash"], f"{HOW.format(name=name)}\n{diff}"


def changed(old: str, new: str) -> bool:
    """Whether the loop with ``old`` replaced by ``new`` has another fingerprint."""
    texts = [path.read_text("utf-8") for path in sorted(FOLDER.glob("*.py"))]
    assert any(old in text for text in texts)
    after = fingerprints([text.replace(old, new, 1) for text in texts])
    return {after[name]["hash"] == found["hash"] for name, found in fingerprints().items()} == {False}


def test_another_activity_is_noticed() -> None:
    assert changed("contracts.SETTLE,", "contracts.LOAD,")


def test_a_local_activity_made_an_ordinary_one_is_noticed() -> None:
    assert changed("await workflow.execute_local_activity(", "await workflow.execute_activity(")


def test_a_new_timer_is_noticed_wherever_it_hides() -> None:
    assert changed("    self._stirred = False\n            await", "    await workflow.sleep(1)\n            await")


def test_a_command_that_became_conditional_is_noticed() -> None:
    assert changed("        await self._load()\n", "        await self._load() if self._wake else None\n")


def test_a_comment_is_not_a_change() -> None:
    assert not changed("self._stirred = False\n", "self._stirred = False  # awake\n")
