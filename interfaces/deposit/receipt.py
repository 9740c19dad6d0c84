"""The answer to a deposit file: root ``rapport``, which passages were taken (OK) and which were not (KO), and why.

The file comes from outside: it is read whole or not at all, with no entity expanded, nothing fetched, and a bound on
its size.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from stat import S_ISREG
from typing import Any, NamedTuple

from lxml import etree

NAMESPACE = "urn:cdc:cpf:pc5:rapport:schema"
MAX_BYTES = 64 * 1024 * 1024
MESSAGE_LENGTH = 2000
ID_LENGTH = 255


class BadReceipt(Exception):
    """The file is no answer that can be read: ``code`` and ``params`` say why."""

    def __init__(self, code: str, /, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class Receipt(NamedTuple):
    """``accepted`` and ``rejected`` (number -> message) as the file tells them; ``digest`` of its bytes."""

    file: str
    flux: str
    treatment: str
    digest: str
    accepted: tuple[str, ...]
    rejected: dict[str, str]


def read_receipt(path: Path) -> Receipt:
    """Read the answer at ``path``. Raises BadReceipt."""
    content = _content(path)
    root = _root(content)
    name = etree.QName(root)
    if name.localname != "rapport" or name.namespace != NAMESPACE:
        raise BadReceipt("not_a_receipt", root=_shown(name.localname), namespace=_shown(name.namespace or ""))
    accepted: list[str] = []
    rejected: dict[str, str] = {}
    for child in _children(root):
        match _name(child):
            case "PassagesOK":
                accepted += [_id(item) for item in child.iter() if _name(item) == "idTechnique"]
            case "PassagesKO":
                for passage in _children(child):
                    if _name(passage) == "passage":
                        number, message = _rejection(passage)
                        known = rejected.get(number)
                        rejected[number] = message if known in (None, message) else f"{known} ; {message}"
    if not accepted and not rejected:
        raise BadReceipt("empty")
    flux, treatment = (_once(root, name) for name in ("idFlux", "idTraitement"))
    named = [str(item.text or "").strip() for item in _children(root) if _name(item) == "nomFichier"]
    digest = hashlib.sha256(content).hexdigest()
    return Receipt("".join(named)[:ID_LENGTH], flux, treatment, digest, tuple(dict.fromkeys(accepted)), rejected)


def _content(path: Path) -> bytes:
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            raise BadReceipt("not_a_file")
        if status.st_size > MAX_BYTES:
            raise BadReceipt("too_large", limit=MAX_BYTES // 1024**2, size=status.st_size // 1024**2)
        content = path.read_bytes()
    except FileNotFoundError:
        raise BadReceipt("missing") from None
    except OSError as error:
        raise BadReceipt("unreadable", why=error.strerror or type(error).__name__) from None
    if not content.strip():
        raise BadReceipt("nothing")
    return content


def _root(content: bytes) -> Any:
    """The root element of a document without any definition of its own: those are where XML becomes a weapon."""
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    # Before the parser sees it: an answer has no need of definitions, and a small file of them can fill any memory.
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise BadReceipt("definitions")
    try:
        # Blank lines before the declaration, which copying leaves, are no XML, and hurt nothing.
        root = etree.fromstring(content.lstrip(b" \t\r\n"), parser)
    except etree.XMLSyntaxError as error:
        raise BadReceipt("broken", line=error.lineno or 1) from None
    except ValueError:
        raise BadReceipt("broken", line=1) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise BadReceipt("definitions")
    return root


def _name(element: Any) -> str:
    """The local name, of what is in no namespace or in the answer's own."""
    if not isinstance(element.tag, str):
        return ""
    name = etree.QName(element)
    return name.localname if name.namespace in (None, NAMESPACE) else ""


def _children(element: Any) -> list[Any]:
    return [child for child in element if _name(child)]


def _once(root: Any, name: str) -> str:
    """The text of the one element of this name."""
    found = [child for child in _children(root) if _name(child) == name]
    if len(found) != 1:
        raise BadReceipt("not_once", element=name, number=len(found))
    return _id(found[0])


def _id(element: Any) -> str:
    text = "".join(element.itertext()).strip()
    if not text or len(text) > ID_LENGTH or not text.isprintable():
        raise BadReceipt("no_id", element=_name(element), line=element.sourceline or 1)
    return text


def _rejection(passage: Any) -> tuple[str, str]:
    numbers = [child for child in _children(passage) if _name(child) == "idTechnique"]
    if len(numbers) != 1:
        raise BadReceipt("no_id", element="idTechnique", line=passage.sourceline or 1)
    messages = [
        " ".join("".join(child.itertext()).split()) for child in _children(passage) if _name(child) == "messageErreur"
    ]
    return _id(numbers[0]), " ; ".join(text for text in messages if text)[:MESSAGE_LENGTH]


def _shown(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
