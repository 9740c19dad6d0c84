"""``jalon register``: the bodies, places and people that juries are made of, and who is tied to whom."""

from interfaces.cli.register import acts, entries, files

__all__ = ["acts", "entries", "files"]
