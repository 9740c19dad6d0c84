"""``jalon codec``: payloads in the clear for support staff, while it runs and not otherwise."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from interfaces.cli.acting import Halt, desk, execute
from interfaces.cli.app import app
from interfaces.cli.console import Exit, fail, note

SHORTEST_TOKEN = 16

group = typer.Typer(name="codec", no_args_is_help=True, help="Lire ce que Temporal garde chiffré.")
app.add_typer(group)


@group.callback()
def codec() -> None:
    """Lire ce que Temporal garde chiffré."""


@group.command()
def serve(
    host: Annotated[str, typer.Option("--host", help="Adresse où écouter.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port ; 0 : n'importe lequel.")] = 8081,
    origin: Annotated[
        str, typer.Option("--origin", metavar="URL", help="La seule origine web admise, celle de Temporal UI.")
    ] = "",
    token_file: Annotated[
        Path | None, typer.Option("--token-file", metavar="FICHIER", help="Fichier qui contient le jeton.")
    ] = None,
) -> None:
    """Ouvre un point de décodage pour Temporal UI et la commande temporal, jusqu'à Ctrl-C.

    Chaque demande porte le jeton (Authorization: Bearer …), celui de --token-file, de JALON_CODEC_TOKEN, ou à défaut
    un jeton neuf, affiché ici. Chaque lecture est inscrite au registre des accès. Pour chiffrer (/encode), l'en-tête
    X-Jalon-Stream nomme le parcours, la session ou la séance.
    """
    token = _token(token_file)
    execute(lambda: _serve(host, port, origin, token))


def _token(file: Path | None) -> str:
    if file is not None:
        try:
            token = file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            fail("codec.token_file", Exit.USAGE, file=str(file))
    else:
        token = os.environ.get("JALON_CODEC_TOKEN", "").strip()
    if not token and file is None:
        token = secrets.token_urlsafe(32)
        note("codec.token", token=token)
    if len(token) < SHORTEST_TOKEN:
        fail("codec.token_short", Exit.USAGE, least=SHORTEST_TOKEN)
    return token


async def _serve(host: str, port: int, origin: str, token: str) -> None:
    import uvicorn

    from interfaces.codec_server import make_app
    from workers.shutdown import STOP_SIGNALS

    class Server(uvicorn.Server):
        """Ends when we say so: the library's own way with signals ends the process by the signal."""

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            """Leave signals to us."""
            yield

    async with desk() as books:
        made = make_app(books.reading, books.keyring.keys, books.actor, token, origin)
        server = Server(uvicorn.Config(made, log_config=None, access_log=False, lifespan="off"))
        for number in STOP_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, setattr, server, "should_exit", True)
        with _listening(host, port) as listening:
            note("codec.ready", host=host, port=listening.getsockname()[1])
            await server.serve(sockets=[listening])


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise Halt("codec.not_listening", host=host, port=port, reason=error.strerror or type(error).__name__) from None
