"""Looking into a file that anyone may have made: in a process of its own, which has little time and little memory.

``python -m interfaces.public.examining TRUST`` reads a file on its standard input and writes what it saw as JSON.
"""

from __future__ import annotations

import asyncio
import json
import resource
import signal
import sys
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any, BinaryIO

from domain.records import Frozen
from interfaces.public.checks import Kind

MEMORY = 1024 * 1024 * 1024
"""Bytes of address space that an examination may take."""
CPU_SECONDS, WALL_SECONDS = 10, 30.0
AT_ONCE, WAITING = 2, 8
"""Examinations that run, and those that may wait for them."""

ATTACHMENT = "credential.json"
_MARK = b"\xef\xbb\xbf"
_MOST = 4 * 1024 * 1024
_MOST_FILES, _MOST_NODES = 64, 100


class Trust(Frozen):
    """What an examination knows: our issuer, its keys (hex) by verification method, the seals (SHA-256, hex)."""

    issuer: str
    keys: dict[str, str]
    seals: tuple[str, ...]


class SealSeen(Frozen):
    """What was seen of a seal; see :class:`documents.seal.SealReport`."""

    code: str
    signer: str = ""
    test: bool = False
    signed_at: datetime | None = None


class CredentialSeen(Frozen):
    """What was seen of a credential. ``digests``: of its bytes, and of them as an issuer writes them.

    ``signature``: ``good``, or the kind of fault. ``number`` is only told of what we signed.
    """

    digests: tuple[str, ...]
    signature: str
    issuer: str
    ours: bool
    number: str = ""


class Examined(Frozen):
    """What was seen of a file. ``fault``: why there is no more to see."""

    kind: Kind
    digest: str
    fault: str = ""
    seal: SealSeen | None = None
    credential: CredentialSeen | None = None


class Overloaded(Exception):
    """Too many files wait to be examined."""


class Examiner:
    """Has files examined, a few at a time."""

    def __init__(self, seconds: float = WALL_SECONDS) -> None:
        self._running = asyncio.Semaphore(AT_ONCE)
        self._present = 0
        self._seconds = seconds

    async def examine(self, file: BinaryIO, trust: Trust) -> Examined:
        """What is to be seen of ``file``. Raises Overloaded."""
        if self._present >= AT_ONCE + WAITING:
            raise Overloaded
        self._present += 1
        try:
            async with self._running:
                return await self._examine(file, trust)
        finally:
            self._present -= 1

    async def _examine(self, file: BinaryIO, trust: Trust) -> Examined:
        kind, digest = await asyncio.to_thread(_first_look, file)
        if kind == "unknown":
            return Examined(kind=kind, digest=digest, fault="unknown")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "interfaces.public.examining", trust.model_dump_json()),
            stdin=file,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            out, _ = await asyncio.wait_for(process.communicate(), self._seconds)
        except TimeoutError:
            out = b""
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0 or not out:
            # Out of memory or of time, in whichever way that ended it.
            return Examined(kind=kind, digest=digest, fault="bomb")
        return Examined.model_validate_json(out)


def _first_look(file: BinaryIO) -> tuple[Kind, str]:
    """The kind of a file and its digest; afterwards it is a real file, at its beginning."""
    rollover = getattr(file, "rollover", None)
    if rollover is not None:
        rollover()
    file.seek(0)
    head, hash = file.read(4096), sha256()
    file.seek(0)
    while part := file.read(1 << 20):
        hash.update(part)
    file.seek(0)
    return kind_of(head), hash.hexdigest()


def kind_of(head: bytes) -> Kind:
    """What a file is, by its first bytes."""
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    text = head.removeprefix(_MARK).lstrip()
    if text.startswith(b"{"):
        return "json"
    return "svg" if text.startswith(b"<") else "unknown"


# --- within the process of its own -----------------------------------------------------------------------------------


def examine(data: bytes, trust: Trust) -> Examined:
    """What is to be seen of a file. May take all the time and memory that there is."""
    kind, digest = kind_of(data[:4096]), sha256(data).hexdigest()
    if kind == "unknown":
        return Examined(kind=kind, digest=digest, fault="unknown")
    seal = _seal(data, trust) if kind == "pdf" else None
    try:
        written = data if kind == "json" else _attached(data) if kind == "pdf" else _baked(data)
    except _UnreadableError:
        return Examined(kind=kind, digest=digest, fault="unreadable", seal=seal)
    if written is None:
        return Examined(kind=kind, digest=digest, fault="no_credential", seal=seal)
    return Examined(kind=kind, digest=digest, seal=seal, credential=_credential(written, trust))


class _UnreadableError(ValueError):
    """The file is damaged."""


def _seal(pdf: bytes, trust: Trust) -> SealSeen:
    from documents.seal import check_seal

    found = check_seal(pdf, [bytes.fromhex(digest) for digest in trust.seals])
    return SealSeen(code=found.code, signer=found.signer, test=found.test, signed_at=found.signed_at)


def _baked(image: bytes) -> bytes | None:
    from documents.credentials import extract

    found = extract(image)
    if found.fault in ("", "none"):
        return found.text.encode() if not found.fault else None
    raise _UnreadableError(found.fault)


def _attached(pdf: bytes) -> bytes | None:
    """The credential attached to a PDF; None where there is none."""
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        root = PdfFileReader(BytesIO(pdf), strict=False).root
        names = root["/Names"]["/EmbeddedFiles"] if "/Names" in root and "/EmbeddedFiles" in root["/Names"] else None
        return _found_in(names) if names is not None else None
    except (PdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, OSError):
        # What is no PDF can break a reader in any of these ways.
        raise _UnreadableError from None


def _found_in(root: Any) -> bytes | None:
    """The attachment in a tree of names, of which only so many nodes are looked at."""
    waiting = [root]
    for _ in range(_MOST_NODES):
        if not waiting:
            break
        node = waiting.pop()
        names = node.get("/Names", [])
        for at in range(1, min(len(names), 2 * _MOST_FILES), 2):
            specification = names[at]
            if ATTACHMENT in [str(specification[key]) for key in ("/UF", "/F") if key in specification]:
                return _content(specification["/EF"]["/F"])
        kids = node.get("/Kids", [])
        waiting += [kids[number] for number in range(min(len(kids), _MOST_NODES))]
    return None


def _content(stream: Any) -> bytes:
    """What a stream holds, unpacked no further than a credential can be long."""
    filters = stream.get("/Filter")
    raw: bytes = stream.encoded_data
    if filters is None:
        return raw[:_MOST]
    if str(filters) not in ("/FlateDecode", "['/FlateDecode']"):
        raise _UnreadableError("packed in another way")
    reader = zlib.decompressobj()
    try:
        content = reader.decompress(raw, _MOST)
    except zlib.error:
        raise _UnreadableError("not packed as it says") from None
    if reader.unconsumed_tail:
        raise _UnreadableError("too long once unpacked")
    return content


def _credential(data: bytes, trust: Trust) -> CredentialSeen:
    from documents.credentials import Unacceptable, parsed, verify_credential, written
    from documents.credentials.check import issuer_of

    digests = [sha256(data).hexdigest()]
    try:
        # Some editors put a mark before the text, which is none of it.
        document = parsed(data.removeprefix(_MARK))
    except Unacceptable as error:
        return CredentialSeen(digests=tuple(digests), signature=error.code, issuer="", ours=False)
    again = sha256(written(document)).hexdigest()
    keys = {method: bytes.fromhex(key) for method, key in trust.keys.items()}

    def keys_of(issuer: str) -> Mapping[str, bytes]:
        return {method: key for method, key in keys.items() if method.split("#")[0] == issuer}

    found = verify_credential(document, keys_of, lambda url, index: None, at=datetime.now(UTC))
    checked = {finding.check: finding for finding in found}
    good = checked["signature"].good
    return CredentialSeen(
        digests=tuple(dict.fromkeys((*digests, again))),
        signature=checked["signature"].code,
        issuer=issuer_of(document)[:200],
        ours=checked["issuer"].good,
        number=_number(document) if good else "",
    )


def _number(document: Mapping[str, Any]) -> str:
    subject = document.get("credentialSubject")
    number = subject.get("licenseNumber") if isinstance(subject, dict) else None
    return number[:40] if isinstance(number, str) else ""


def main() -> int:
    """Examine standard input, with what the first argument says can be trusted."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    trust = Trust.model_validate(json.loads(sys.argv[1]))
    try:
        found = examine(sys.stdin.buffer.read(), trust)
    except (MemoryError, RecursionError):
        return 3
    sys.stdout.write(found.model_dump_json())
    return 0


if __name__ == "__main__":
    sys.exit(main())
