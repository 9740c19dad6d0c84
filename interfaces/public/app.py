"""The application: a few addresses, each answered from whatever source can answer. It keeps nothing of who asks."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from eventstore.errors import StoreAway
from interfaces.public.checks import Report, sentence_of
from interfaces.public.encoding import as_json
from interfaces.public.examining import Examiner, Overloaded
from interfaces.public.folder import award_path
from interfaces.public.receiving import LIMIT, Arriving, Farewell, NotReceived, received
from interfaces.public.rendering import ASSETS, LANGUAGES, Language, Page, asset, award_page, suffix, tag
from interfaces.public.source import Chosen
from interfaces.public.verifying import verify
from workers import logs

HTML, JSON = "text/html; charset=utf-8", "application/json; charset=utf-8"
CREDENTIAL, DID_JSON = "application/vc", "application/did+json"

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
}
"""On every answer. Nothing is loaded from elsewhere, nothing is framed, nobody is told where a visitor came from."""

_FRESH, _ALWAYS, _ASSET = "no-cache", "no-store", "public, max-age=86400"
_OPEN = {"access-control-allow-origin": "*"}
_UNLISTED = {"x-robots-tag": "noindex"}
_SCHEME = re.compile(r"[a-z0-9][a-z0-9.-]{0,60}", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_PREFERRED = re.compile(r"\s*([a-zA-Z*]{1,8})(?:-[a-zA-Z0-9-]*)?\s*(?:;\s*q\s*=\s*([0-9.]{1,5}))?\s*")

log = logs.get_logger("public")


def make_app(sources: Chosen, examiner: Examiner) -> Starlette:
    """The application. ``examiner`` looks into files, in processes of its own."""
    desk = _Desk(sources, examiner)
    get = ["GET"]
    app = Starlette(
        routes=[
            Route("/", desk.home, methods=get),
            *(Route(f"/index{suffix(language)}", desk.home_in(language), methods=get) for language in LANGUAGES),
            Route("/keys", desk.keys, methods=get),
            *(Route(f"/keys{suffix(language)}", desk.keys_in(language), methods=get) for language in LANGUAGES),
            Route("/keys.json", desk.keys_twin, methods=get),
            Route("/v/{number}/{name}", desk.award, methods=get),
            Route("/v/{number}/{name}/", desk.without_slash, methods=get),
            Route("/verify", desk.verify, methods=["POST"]),
            Route("/verify", desk.verify_form, methods=get),
            Route("/.well-known/did.json", desk.did, methods=get),
            # Where a did:web with a path is looked for.
            Route("/did.json", desk.did, methods=get),
            Route("/status/{scheme}/{year}", desk.status, methods=get),
            Route("/health", desk.health, methods=get),
            *(Route(f"/{name}", _asset(name), methods=get) for name in ASSETS),
        ],
        exception_handlers={HTTPException: desk.refused, StoreAway: desk.away, Exception: desk.failed},
    )
    # It would name a host and a scheme that whoever asks may have made up, or a proxy in front of this has changed.
    app.router.redirect_slashes = False
    app.add_middleware(_Guarded)
    return app


class _Guarded:
    """Puts ``HEADERS`` on every answer, whoever gives it."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _ in message["headers"]}
                added = [(name.encode(), value.encode()) for name, value in HEADERS.items() if name.encode() not in own]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        await self._app(scope, receive, guarded if scope["type"] == "http" else send)


def language_of(request: Request) -> Language:
    """The language of the answer: the one asked for, else what the reader prefers, else French."""
    asked = request.query_params.get("lang")
    for language in LANGUAGES:
        if asked == language:
            return language
    best: tuple[float, Language] = (0.0, "fr")
    for part in request.headers.get("accept-language", "")[:500].split(","):
        found = _PREFERRED.fullmatch(part)
        if found is None:
            continue
        try:
            weight = float(found[2]) if found[2] is not None else 1.0
        except ValueError:
            continue
        for language in LANGUAGES:
            if found[1].lower() == language and weight > best[0]:
                best = (weight, language)
    return best[1]


def _other(language: Language) -> Language:
    return "fr" if language == "en" else "en"


def _wants_json(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept


def _answer(
    content: bytes | str, kind: str, headers: Mapping[str, str] = {}, *, status: int = 200, cache: str = _FRESH
) -> Response:
    return Response(content, status, {"content-type": kind, "cache-control": cache, **headers})


def _page(content: str, language: Language, *, status: int = 200, cache: str = _FRESH) -> Response:
    headers = {"content-language": language, "vary": "accept-language"}
    return _answer(content, HTML, headers, status=status, cache=cache)


def _file(request: Request, content: bytes, kind: str, more: Mapping[str, str] = {}) -> Response:
    """Bytes that programs fetch again and again, and need not load again while they are the same."""
    etag = tag(content)
    headers = {"etag": etag, **_OPEN, **more}
    if request.headers.get("if-none-match") == etag:
        return Response(None, 304, {**headers, "cache-control": _FRESH})
    return _answer(content, kind, headers)


def _asset(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return _answer(asset(name), ASSETS[name], cache=_ASSET)

    return answer


class _Desk:
    def __init__(self, sources: Chosen, examiner: Examiner) -> None:
        self._sources = sources
        self._examiner = examiner

    # --- pages --------------------------------------------------------------------------------------------------

    async def home(self, request: Request) -> Response:
        """What this is, and the form."""
        return self._home(language_of(request))

    def home_in(self, language: Language) -> Callable[[Request], Awaitable[Response]]:
        """The same in a language, whatever the reader prefers."""

        async def answer(request: Request) -> Response:
            return self._home(language)

        return answer

    def _home(self, language: Language) -> Response:
        return _page(Page(language, other=f"index{suffix(_other(language))}").home(), language)

    async def keys(self, request: Request) -> Response:
        """The public keys."""
        return await self._keys(language_of(request))

    def keys_in(self, language: Language) -> Callable[[Request], Awaitable[Response]]:
        """The same in a language, whatever the reader prefers."""

        async def answer(request: Request) -> Response:
            return await self._keys(language)

        return answer

    async def _keys(self, language: Language) -> Response:
        published, source = await self._sources.ask(lambda source: source.keys())
        page = Page(language, other=f"keys{suffix(_other(language))}", exported_at=await source.as_of())
        return _page(page.keys(published), language)

    async def keys_twin(self, request: Request) -> Response:
        """The public keys for a program."""
        published, _ = await self._sources.ask(lambda source: source.keys())
        return _file(request, as_json(published.model_dump(mode="json")), JSON)

    async def award(self, request: Request) -> Response:
        """The page of an award, its twin, or the proof of its entry; what was never given is not found."""
        number, name = request.path_params["number"], request.path_params["name"]
        mac, _, suffix = name.partition(".")
        if suffix == "proof.json":
            proof, _ = await self._sources.ask(lambda source: source.proof(number, mac))
            if proof is None:
                raise HTTPException(404)
            return _file(request, proof, JSON, _UNLISTED)
        if suffix not in ("", "json", "html", "en.html"):
            raise HTTPException(404)
        twin, source = await self._sources.ask(lambda source: source.award(number, mac))
        if twin is None:
            raise HTTPException(404)
        if suffix == "json":
            content = as_json(twin.model_dump(mode="json"))
            return _answer(content, JSON, {**_OPEN, **_UNLISTED})
        language = "en" if suffix == "en.html" else "fr" if suffix == "html" else language_of(request)
        return _page(award_page(twin, mac, language, await source.as_of()), language)

    async def without_slash(self, request: Request) -> Response:
        """Somebody typed an address with a slash at its end: it is found without, whether or not anything is there."""
        return Response(None, 308, {"location": f"../{quote(request.path_params['name'])}", "cache-control": _FRESH})

    # --- files --------------------------------------------------------------------------------------------------

    async def did(self, request: Request) -> Response:
        """The document of the issuer."""
        content, _ = await self._sources.ask(lambda source: source.did())
        return _file(request, content, DID_JSON)

    async def status(self, request: Request) -> Response:
        """The list of withdrawn awards of a book."""
        scheme, year = request.path_params["scheme"], request.path_params["year"]
        if not (_SCHEME.fullmatch(scheme) and _YEAR.fullmatch(year)):
            raise HTTPException(404)
        content, _ = await self._sources.ask(lambda source: source.status_list(scheme, int(year)))
        if content is None:
            raise HTTPException(404)
        return _file(request, content, CREDENTIAL)

    async def health(self, request: Request) -> Response:
        """Whether anything can be answered, and from where."""
        try:
            at, _ = await self._sources.ask(lambda source: source.as_of())
        except StoreAway:
            return _answer(as_json({"ok": False, "source": None}), JSON, status=503, cache=_ALWAYS)
        told: dict[str, Any] = {"ok": True, "source": "export" if at else "database"}
        if at is not None:
            told["as_of"] = at.isoformat()
        return _answer(as_json(told), JSON, cache=_ALWAYS)

    # --- files that are sent -------------------------------------------------------------------------------------

    async def verify_form(self, request: Request) -> Response:
        """Somebody reloads the answer: the form is what there is to show."""
        language = language_of(request)
        return _page(Page(language).message("refused.method"), language, status=405, cache=_ALWAYS)

    async def verify(self, request: Request) -> Response:
        """What is to be said of a file."""
        language = language_of(request)
        arriving = Arriving(request)
        try:
            async with received(arriving) as file:
                report, source = await verify(self._sources, self._examiner, file)
        except NotReceived as refused:
            return self._not_received(arriving, refused, language)
        except Overloaded:
            return self._not_received(arriving, NotReceived("busy", 503), language)
        at = await source.as_of()
        page = award_path(report.number, report.mac, "") if report.mac else ""
        moment = at or datetime.now(UTC)
        if _wants_json(request):
            return _answer(as_json(_report(report, page, moment, language)), JSON, cache=_ALWAYS)
        shown = Page(language, exported_at=at).result(report, page, moment)
        return _page(shown, language, cache=_ALWAYS)

    def _not_received(self, arriving: Arriving, refused: NotReceived, language: Language) -> Response:
        page, limit = Page(language), LIMIT // 1024 // 1024
        if _wants_json(arriving.request):
            sentence = page.say(f"refused.{refused.reason}", limit=limit)
            kind, content = JSON, as_json({"error": refused.reason, "message": sentence})
        else:
            kind, content = HTML, page.message(f"refused.{refused.reason}", limit=limit).encode()
        headers = {**HEADERS, "content-type": kind, "cache-control": _ALWAYS, "content-language": language}
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        return _Parting(Farewell(refused.status, raw, content, arriving))

    # --- what goes wrong ------------------------------------------------------------------------------------------

    async def refused(self, request: Request, error: Exception) -> Response:
        """An address that is not there, or is not asked so; nothing is said about why."""
        assert isinstance(error, HTTPException)
        language = language_of(request)
        page = Page(language, depth=request.url.path.count("/") - 1)
        response = _page(page.message("not_found"), language, status=error.status_code, cache=_ALWAYS)
        response.headers.update(error.headers or {})
        return response

    async def away(self, request: Request, error: Exception) -> Response:
        """Neither the database nor an export."""
        return self._unable(request, 503)

    async def failed(self, request: Request, error: Exception) -> Response:
        """A fault of ours; the trace goes to our own log, without the address that was asked for."""
        log.error("not_answered", error=type(error).__name__)
        return self._unable(request, 500)

    def _unable(self, request: Request, status: int) -> Response:
        language = language_of(request)
        page = Page(language, depth=request.url.path.count("/") - 1)
        response = _page(page.message("away"), language, status=status, cache=_ALWAYS)
        response.headers["retry-after"] = "30"
        return response


class _Parting(Response):
    """A :class:`Farewell` where the framework expects a response."""

    def __init__(self, farewell: Farewell) -> None:
        super().__init__(None)
        self._farewell = farewell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._farewell(scope, receive, send)


def _report(report: Report, page: str, at: datetime, language: Language) -> dict[str, Any]:
    lines = [
        {"check": line.check, "outcome": line.outcome, "code": line.code, "message": sentence_of(line, language)}
        for line in report.lines
    ]
    return {
        "verdict": report.verdict,
        "kind": report.kind,
        "sha256": report.digest,
        "number": report.number,
        "page": page,
        "as_of": at.isoformat(),
        "checks": lines,
    }
