"""A credential inside the image of its badge, as Open Badges 3.0 has it: in a text chunk of a PNG, in a tag of an SVG.

Images that strangers hand over are read within bounds: nothing is decompressed or drawn, no entity is resolved.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from lxml import etree

_PNG = b"\x89PNG\r\n\x1a\n"
_KEYWORD = b"openbadgecredential"
_NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"
_TAG = f"{{{_NAMESPACE}}}credential"
_SVG = "{http://www.w3.org/2000/svg}svg"

MOST_BYTES = 8 * 2**20
_MOST_CHUNKS = 10_000

Fault = Literal["", "too_large", "not_an_image", "damaged", "none", "several", "compressed", "other_proof"]


class Extracted(NamedTuple):
    """The text baked into an image, or why there is none: ``fault`` is empty if there is one."""

    text: str
    fault: Fault = ""


class NotBaked(ValueError):
    """An image that cannot hold a credential; the message says why."""


def bake_png(image: bytes, credential: bytes) -> bytes:
    """``image`` with the JSON of a credential in it, in the place of one that it had.

    Raises:
        NotBaked: it is not a whole PNG.
    """
    try:
        chunks = [chunk for chunk in _chunks(image) if not _ours(*chunk)]
    except _DamagedError as error:
        raise NotBaked(str(error)) from None
    # Keyword, not compressed, no language, no translated keyword.
    text = _KEYWORD + b"\0\0\0\0\0" + credential
    chunks.insert(1, (b"iTXt", text))
    return _PNG + b"".join(_chunk(kind, body) for kind, body in chunks)


def bake_svg(image: bytes, credential: bytes) -> bytes:
    """``image`` with the JSON of a credential right after its first tag, in the place of one that it had.

    Raises:
        NotBaked: it is not SVG.
    """
    root = _root(image)
    if root is None:
        raise NotBaked("not an SVG image")
    for old in [*root.iter(_TAG)]:
        parent = old.getparent()
        if parent is not None:
            parent.remove(old)
    names: dict[Any, str] = {"openbadges": _NAMESPACE}
    names.update(root.nsmap)
    made = etree.Element(root.tag, {str(key): str(value) for key, value in root.attrib.items()}, nsmap=names)
    tag = etree.SubElement(made, _TAG)
    # The end mark of CDATA can only stand inside a text of the JSON, where it may be escaped.
    tag.text = etree.CDATA(credential.decode("utf-8").replace("]]>", "]]\\u003e"))
    made.text, tag.tail = root.text, root.text
    made.extend([*root])
    return etree.tostring(made, xml_declaration=True, encoding="UTF-8")


def extract(data: bytes) -> Extracted:
    """The credential in an image. Never raises."""
    if len(data) > MOST_BYTES:
        return Extracted("", "too_large")
    if data.startswith(_PNG):
        return _from_png(data)
    return _from_svg(data)


class _DamagedError(ValueError):
    """A PNG that does not hold together."""


def _from_png(data: bytes) -> Extracted:
    try:
        found = [body for kind, body in _chunks(data) if _ours(kind, body)]
    except _DamagedError:
        return Extracted("", "damaged")
    if len(found) != 1:
        return Extracted("", "several" if found else "none")
    head, text = found[0][len(_KEYWORD) + 1 :][:2], found[0][len(_KEYWORD) + 3 :]
    if head != b"\0\0":
        return Extracted("", "compressed")
    # What language the text is in, and the keyword in that language, end with a zero each.
    parts = text.split(b"\0", 2)
    try:
        return Extracted(parts[2].decode("utf-8"))
    except (IndexError, UnicodeDecodeError):
        return Extracted("", "damaged")


def _ours(kind: bytes, body: bytes) -> bool:
    return kind == b"iTXt" and body.startswith(_KEYWORD + b"\0")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The kind and body of each chunk, up to the end of the image.

    Raises:
        _DamagedError: a chunk is cut short or altered, or the first or last one is missing.
    """
    if not data.startswith(_PNG):
        raise _DamagedError("not a PNG image")
    at = len(_PNG)
    for number in range(_MOST_CHUNKS):
        if len(data) < at + 12:
            raise _DamagedError("the image is cut short")
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        if len(data) < at + 12 + length or data[at + 8 + length : at + 12 + length] != _crc(kind, body):
            raise _DamagedError("a part of the image is cut short or altered")
        if (kind == b"IHDR") != (number == 0):
            raise _DamagedError("the image does not begin as a PNG does")
        yield kind, body
        if kind == b"IEND":
            return
        at += 12 + length
    raise _DamagedError("the image has too many parts")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + _crc(kind, body)


def _crc(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(kind + body))


def _from_svg(data: bytes) -> Extracted:
    root = _root(data)
    if root is None:
        return Extracted("", "not_an_image")
    found = [*root.iter(_TAG)]
    if len(found) != 1:
        return Extracted("", "several" if found else "none")
    if "verify" in found[0].attrib:
        return Extracted("", "other_proof")
    return Extracted(found[0].text or "") if found[0].text and not len(found[0]) else Extracted("", "damaged")


def _root(data: bytes) -> etree._Element | None:
    """The SVG in ``data``; nothing if it is none, or declares a document type, which could hold entities."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root.tag != _SVG or _declared(root):
        return None
    return root


def _declared(root: etree._Element) -> bool:
    return root.getroottree().docinfo.internalDTD is not None
