"""Every verdict on a file has its sentence on the command line, too."""

from __future__ import annotations

from typing import get_args

import pytest

from interfaces.public.checks import Verdict
from interfaces.words import say


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("verdict", get_args(Verdict))
def test_every_verdict_has_a_sentence(verdict: str, language: str) -> None:
    assert say(f"award.verdict.{verdict}", language)
