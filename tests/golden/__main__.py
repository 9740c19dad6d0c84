"""``python -m tests.golden``: write the golden files of event types and versions that have none yet."""

from __future__ import annotations

import sys

from tests.golden.files import FOLDER, complete

for path in complete():
    sys.stdout.write(f"{path.relative_to(FOLDER)}\n")
