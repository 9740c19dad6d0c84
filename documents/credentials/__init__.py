"""Verifiable credentials of awards: Open Badges 3.0 on the W3C's data model 2.0, signed with ``eddsa-rdfc-2022``."""

from documents.credentials.achievement import credential
from documents.credentials.badge import badge_png, badge_svg, baked_png, baked_svg
from documents.credentials.baking import Extracted, bake_png, bake_svg, extract
from documents.credentials.check import Finding, issuer_of, read_status, verify_credential
from documents.credentials.identity import is_about
from documents.credentials.issuer import BadKeyFile, Issuer, add_key, key_of_did_key, keys_of
from documents.credentials.jsonld import Unacceptable
from documents.credentials.proof import Verdict, sign, verify
from documents.credentials.reading import parsed, written
from documents.credentials.status import StatusEntry, is_set, list_size, status_list

__all__ = [
    "BadKeyFile",
    "Extracted",
    "Finding",
    "Issuer",
    "StatusEntry",
    "Unacceptable",
    "Verdict",
    "add_key",
    "badge_png",
    "badge_svg",
    "bake_png",
    "bake_svg",
    "baked_png",
    "baked_svg",
    "credential",
    "extract",
    "is_about",
    "is_set",
    "issuer_of",
    "key_of_did_key",
    "keys_of",
    "list_size",
    "parsed",
    "read_status",
    "sign",
    "status_list",
    "verify",
    "verify_credential",
    "written",
]
