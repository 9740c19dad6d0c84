"""What pathways are told in the benches: the training route of one scheme up to its jury."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from bench.rig import OPERATOR
from domain.aggregate import Order, order_digest
from domain.records import Sealed
from domain.scheme import library
from schemes.files import bundled

SCHEME = "cqp-cos"
MODULES = 4

_CIPHERTEXT = b"\x5e" * 180


def today() -> str:
    """The current day, as the rules write it."""
    return datetime.now(UTC).date().isoformat()


def order(command: dict[str, Any]) -> Order:
    """An order of the bench's operator."""
    return Order(command_id=str(uuid4()), digest=order_digest(command, None), actor=OPERATOR, command=command)


def sealed() -> dict[str, Any]:
    """A sealed value of the size that a name and a birth date give; nobody opens it."""
    digest = hashlib.sha256(_CIPHERTEXT).hexdigest()
    value = Sealed(subject="bench", key_version=1, digest=digest, ciphertext=base64.b64encode(_CIPHERTEXT).decode())
    return value.model_dump(mode="json")


def candidacy() -> Order:
    """The founding order of a pathway."""
    scheme = bundled()[SCHEME]
    library.learn(scheme)
    return order(
        {
            "kind": "start",
            "person": str(uuid4()),
            "scheme_id": scheme.id,
            "scheme_hash": scheme.hash,
            "route": "training",
            "employer": "CPAM des Trois-Rivières",
            "branch": "maladie",
            "identity": sealed(),
        }
    )


def road() -> list[dict[str, Any]]:
    """What a pathway is told after its candidacy, in order."""
    day = today()
    modules = [{"id": f"m{number}", "title": f"Module {number}", "hours": 14} for number in range(1, MODULES + 1)]
    return [
        {"kind": "record_positioning", "body": "CFP des Trois-Rivières"},
        {"kind": "plan_training", "body": "CFP", "modules": modules, "starts": day, "ends": day},
        *({"kind": "complete_module", "module": module["id"]} for module in modules),
        {"kind": "correct_candidacy", "employer": "CPAM du Val-d’Ambre", "reason": sealed()},
        {"kind": "complete_training"},
    ]
