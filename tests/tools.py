"""Programs beside Python that some tests ask for a second opinion: ``.ci/run`` installs them, others may lack them."""

from __future__ import annotations

import os
import shutil

import pytest


def needs(command: str, package: str) -> pytest.MarkDecorator:
    """Skip where ``command`` (of the Debian package ``package``) is absent; never in CI, where it must be there."""
    absent = shutil.which(command) is None and not os.environ.get("CI")
    return pytest.mark.skipif(absent, reason=f"{command} is not on this machine (Debian: apt-get install {package})")
