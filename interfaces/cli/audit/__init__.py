"""``jalon audit``: what an auditor asks of the log."""

import interfaces.cli.audit.engine  # noqa: F401 - registers its commands
import interfaces.cli.audit.replay  # noqa: F401 - registers its commands
