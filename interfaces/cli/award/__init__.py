"""``jalon award``: the register of awards, its certificates, and whether a certificate is what it says."""

from interfaces.cli.award import acts, checking, files, lists, templates, wallet

__all__ = ["acts", "checking", "files", "lists", "templates", "wallet"]
