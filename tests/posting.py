"""A mail relay for the tests: a real SMTP server that answers as it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Literal

from aiosmtpd.smtp import SMTP

from activities.relay import RelaySettings

Mood = Literal["takes", "silent", "silent_before", "gone", "gone_after", "twice", "unsure"]


@dataclass
class Post:
    """What the relay got, and how it answers: ``rcpt`` and ``data`` are answers in its words; ``mood``: it takes mails,
    never answers one (or the command before it), hangs up instead or right after, answers twice, or takes the mail and
    then says that it does not."""

    mood: Mood = "takes"
    rcpt: str = "250 ok"
    data: str = "250 taken"
    port: int = 0
    got: list[bytes] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    links: int = 0

    @property
    def settings(self) -> RelaySettings:
        """How to reach it, with little patience."""
        # Whoever falls silent is not waited for; whoever answers may take their time, on a slow machine too.
        patience = 0.5 if self.mood.startswith("silent") else 20.0
        return RelaySettings(host="127.0.0.1", port=self.port, rate=1000.0, timeout=patience)

    @property
    def mails(self) -> list[EmailMessage]:
        """What it got, as a mail reader sees it."""
        found = [message_from_bytes(raw, policy=policy.default) for raw in self.got]
        return [mail for mail in found if isinstance(mail, EmailMessage)]

    # --- the server's hooks -------------------------------------------------------------------------------------

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.links += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.mood == "silent_before":
            await asyncio.Event().wait()
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if not self.data.startswith("250"):
            return self.data
        self.got.append(envelope.original_content)
        self.arrived.set()
        match self.mood:
            case "silent":
                await asyncio.Event().wait()
            case "gone":
                server.transport.abort()
            case "gone_after":
                server.transport.write(b"250 taken\r\n")
                server.transport.close()
            case "twice":
                server.transport.write(b"250 taken\r\n250 taken\r\n")
                return "250 and once more"
            case "unsure":
                server.transport.write(b"250 taken\r\n")
                return "550 or rather not"
        return self.data


@asynccontextmanager
async def posting(mood: Mood = "takes", **answers: Any) -> AsyncIterator[Post]:
    """A relay on a free port while the block runs."""
    post = Post(mood, **answers)
    loop = asyncio.get_running_loop()
    links: list[Any] = []

    def serve() -> Any:
        links.append(SMTP(post, hostname="relay.test", loop=loop))
        return links[-1]

    server = await loop.create_server(serve, "127.0.0.1", 0)
    post.port = server.sockets[0].getsockname()[1]
    try:
        yield post
    finally:
        server.close()
        for link in links:
            if link.transport is not None:
                link.transport.abort()
