"""``jalon audit``: what an auditor asks of the log. Each module adds its commands to the group when it is imported."""

from interfaces.cli.audit import access, bundle, engine, prove, replay, search, verify

__all__ = ["access", "bundle", "engine", "prove", "replay", "search", "verify"]
