"""``jalon deposit``: holders deposited with the Caisse des Dépôts, its answers, and what is in the way."""

from interfaces.cli.deposit import acts, check, export, lists, receipt

__all__ = ["acts", "check", "export", "lists", "receipt"]
