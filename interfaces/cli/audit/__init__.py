"""``jalon audit``: what an auditor asks of the log."""
