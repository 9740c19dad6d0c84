"""The engine on real servers, as the tests of the engine have it, and a release with a new version of a scheme."""

from __future__ import annotations

from pathlib import Path

import pytest

import schemes
from domain.scheme.model import Scheme
from schemes.files import load
from tests.engine.conftest import live, workless

__all__ = ["live", "release", "workless"]

SCHEME = "cqp-cos"
TWO_MONTHS = "amount: 2\n    unit: mois\n    paused_by_completeness"


@pytest.fixture
def release(tmp_path: Path) -> Scheme:
    """The next version of a scheme: three months for a decision on admissibility where there were two."""
    text = (Path(schemes.__path__[0]) / f"{SCHEME}.yaml").read_text("utf-8")
    assert TWO_MONTHS in text
    text = text.replace('version: "2022.3"', 'version: "2027.1"').replace(TWO_MONTHS, TWO_MONTHS.replace("2", "3", 1))
    path = tmp_path / f"{SCHEME}.yaml"
    path.write_text(text, "utf-8")
    return load(path)
