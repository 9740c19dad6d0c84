"""What is wrong with an identity: the field and a code, never what was written there."""

from __future__ import annotations

from typing import Any, NamedTuple


class Fault(NamedTuple):
    """``code`` names the sentence; ``params`` are limits and other numbers of the rule, never a value of a person.

    ``blocking``: with it nobody is deposited. Otherwise the identity is odd, and can be deposited as it stands.
    """

    field: str
    code: str
    params: tuple[tuple[str, Any], ...] = ()
    blocking: bool = True

    @property
    def name(self) -> str:
        """``birth_commune.zero``: under which the catalogue has its sentence."""
        return f"{self.field}.{self.code}"


def fault(field: str, code: str, /, **params: Any) -> Fault:
    """A fault with which nobody is deposited."""
    return Fault(field, code, tuple(params.items()))


def doubt(field: str, code: str, /, **params: Any) -> Fault:
    """Something odd, which may be as it is."""
    return Fault(field, code, tuple(params.items()), blocking=False)
