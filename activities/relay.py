"""Handing mails to a relay: connections that are used again, a pace, and an exact word for how each attempt ended."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

import aiosmtplib
from aiosmtplib import SMTP, SMTPException, SMTPResponseException

CONNECTIONS = 4
"""Connections to the relay that are open at once."""
PER_CONNECTION = 100
"""Mails over one connection, after which many relays close it."""
IDLE_SECONDS = 10.0
QUEUE = 64
"""Mails that wait here for their turn at most: an activity that waits is one that cannot do anything else."""
PATIENCE_SECONDS = 5.0
"""How long they wait here at most for the pace to allow them."""
_STOP = re.compile(rb"(?m)^\.")
_READY, _TAKEN = 354, 250
_OURS = (530, 534, 535, 538)
"""What a relay says of whoever speaks to it, not of the mail: nothing that a mail could be sent back for."""


@dataclass(frozen=True)
class RelaySettings:
    """Where mails go. ``tls``: from the first byte (smtps). ``rate``: mails a second at most."""

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    rate: float = 20.0
    timeout: float = 20.0
    """Seconds for each answer, and for the one that follows the mail itself."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How an attempt ended. ``lost``: the mail was handed over and no answer came."""

    status: Literal["taken", "deferred", "refused", "lost"]
    code: str


class Crowded(Exception):
    """So many mails wait already that this one comes back later, at a moment of its own."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.1f} s")
        self.seconds = seconds


class _OutOfStep(Exception):
    """An answer that belongs to no question: the relay said something twice."""


class Relay:
    """A relay. ``claim`` is asked just before the mail itself goes over: from then on the attempt may have happened.

    The answer to everything but a lost answer is exact: the mail was taken, or it was not.
    """

    def __init__(self, settings: RelaySettings) -> None:
        self.settings = settings
        self._gate = asyncio.Semaphore(CONNECTIONS)
        self._idle: list[tuple[SMTP, int, float]] = []
        self._waiting = 0
        self._turn = 0.0
        self._later = 0.0

    async def send(self, sender: str, recipient: str, message: bytes, claim: Callable[[], Awaitable[bool]]) -> Answer:
        """Hand over one mail. ``claim`` answers whether it may go; if not, nothing is sent and the answer is lost.

        Never raises for what a relay or a network does. To be called within :meth:`turn`.
        """
        async with self._gate:
            try:
                return await self._on_a_connection(sender, recipient, message, claim)
            except _OutOfStep:
                # Nothing of the mail went over, and the connection is gone with what was left in it. Others that were
                # used before may hold as much, so this one is new.
                return await self._on_a_connection(sender, recipient, message, claim, new=True)

    async def greet(self) -> str:
        """Connect, speak TLS and log in as for a mail; empty when the relay is content, otherwise what it said."""
        try:
            client, _ = await self._take()
        except SMTPResponseException as error:
            return str(error.code)
        except (SMTPException, OSError) as error:
            return _kind(error)
        client.close()
        return ""

    async def close(self) -> None:
        """Close the connections that nobody uses."""
        idle, self._idle = self._idle, []
        for client, _, _ in idle:
            client.close()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until the pace allows one more mail.

        Raises:
            Crowded: more wait than can be waited for here.
        """
        now, step = time.monotonic(), 1 / self.settings.rate
        turn = max(self._turn + step, now)
        if self._waiting >= QUEUE or turn > now + PATIENCE_SECONDS:
            self._later = max(self._later, now + PATIENCE_SECONDS) + step
            raise Crowded(self._later - now)
        self._turn = turn
        self._waiting += 1
        try:
            await asyncio.sleep(turn - now)
            yield
        finally:
            self._waiting -= 1

    async def _on_a_connection(
        self, sender: str, recipient: str, message: bytes, claim: Callable[[], Awaitable[bool]], new: bool = False
    ) -> Answer:
        attempt = _Attempt()
        try:
            async with self._connection(new) as (client, used):
                return await attempt.make(client, sender, recipient, message, claim, again=used > 0)
        except _OutOfStep:
            if not new:
                raise
            return Answer("deferred", "protocol")
        except (SMTPException, OSError, TimeoutError) as error:
            if attempt.again and not attempt.handed_over and not new:
                # What the mail before left in the connection can answer any question of this one, or close it.
                raise _OutOfStep from None
            if isinstance(error, SMTPResponseException):
                return attempt.answer(error.code)
            # The kind of error, never its words: they quote addresses.
            return Answer("lost" if attempt.handed_over else "deferred", _kind(error))

    @asynccontextmanager
    async def _connection(self, new: bool) -> AsyncIterator[tuple[SMTP, int]]:
        """One that was used so often before and is still good, or a ``new`` one; kept afterwards unless anything went
        wrong."""
        client, used = await self._take(new)
        try:
            yield client, used
        except BaseException:
            client.close()
            raise
        if client.is_connected and used + 1 < PER_CONNECTION:
            self._idle.append((client, used + 1, time.monotonic()))
            asyncio.get_running_loop().call_later(IDLE_SECONDS, self._close_idle)
        else:
            client.close()

    def _close_idle(self) -> None:
        kept, now = self._idle, time.monotonic()
        self._idle = [entry for entry in kept if now - entry[2] < IDLE_SECONDS]
        for entry in kept:
            if entry not in self._idle:
                entry[0].close()

    async def _take(self, new: bool = False) -> tuple[SMTP, int]:
        self._close_idle()
        while self._idle and not new:
            client, used, _ = self._idle.pop()
            if client.is_connected:
                return client, used
        settings = self.settings
        client = SMTP(
            hostname=settings.host,
            port=settings.port,
            use_tls=settings.tls,
            # A password is only ever said over TLS; without one, TLS is taken where it is offered.
            start_tls=None if settings.password is None or settings.tls else True,
            username=settings.username,
            password=settings.password,
            timeout=settings.timeout,
            local_hostname="jalon",
        )
        await client.connect()
        return client, 0


class _Attempt:
    """One mail on one connection."""

    def __init__(self) -> None:
        self.begun = False
        self.again = False
        self.handed_over = False

    async def make(
        self,
        client: SMTP,
        sender: str,
        recipient: str,
        message: bytes,
        claim: Callable[[], Awaitable[bool]],
        *,
        again: bool,
    ) -> Answer:
        """``again``: the connection was used before, and what comes may still be about the mail before."""
        self.begun, self.again = True, again
        await client.mail(sender)
        await client.rcpt(recipient)
        ready = await client.execute_command(b"DATA")
        if ready.code != _READY:
            if ready.code < 400:
                raise _OutOfStep
            raise SMTPResponseException(ready.code, "")
        protocol = client.protocol
        assert protocol is not None, "it has just answered"
        if not await claim():
            # Closing here takes the mail back: its end was never told.
            client.close()
            return Answer("lost", "claimed")
        self.handed_over = True
        protocol.write(_STOP.sub(b"..", message) + b".\r\n")
        answer = await protocol.read_response(timeout=client.timeout)
        return self.answer(answer.code)

    def answer(self, code: int) -> Answer:
        if code == _TAKEN and self.handed_over:
            return Answer("taken", str(code))
        if self.begun and 500 <= code < 600 and code not in _OURS:
            return Answer("refused", str(code))
        if 500 <= code < 600:
            return Answer("deferred", str(code))
        if 400 <= code < 500:
            return Answer("deferred", str(code))
        return Answer("lost" if self.handed_over else "deferred", str(code))


def _kind(error: Exception) -> str:
    if isinstance(error, (aiosmtplib.SMTPTimeoutError, TimeoutError)):
        return "timeout"
    if isinstance(error, aiosmtplib.SMTPServerDisconnected):
        return "disconnected"
    if isinstance(error, (aiosmtplib.SMTPConnectError, OSError)):
        return "unreachable"
    return "protocol"
