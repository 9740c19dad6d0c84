"""A bundle of evidence: what an auditor takes away and checks without the one who made it."""
