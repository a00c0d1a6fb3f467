"""The public pages as a web application: only here are requests and responses of Starlette known.

No cookie, no redirect, no script. A request passes, in this order: its size, its token, its rate, its page.
"""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reporter import __version__
from reporter.errors import BadToken, ReporterError
from reporter.language import language
from reporter.post.web.choosing import preferences, unsubscribe
from reporter.post.web.download import download
from reporter.post.web.form_reader import read_form
from reporter.post.web.limiter import Limiter, client_of, counted_as
from reporter.post.web.look import assets, render
from reporter.post.web.reception import ExpiredToken, Reception
from reporter.post.web.subscribing import confirm, subscribe
from reporter.post.web.tongue import choose_language
from reporter.post.web.values import Asked, File, Page, message

_POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Turn = Callable[[Reception, Asked], Page | File]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Counter:
    """One page: its path, what its token is for, and what it answers."""

    path: str
    turn: Turn
    purpose: str | None = None
    methods: tuple[str, ...] = ("GET", "POST")


COUNTERS = (
    Counter("/subscribe", subscribe),
    Counter("/confirm/{token}", confirm, "confirm"),
    Counter("/preferences/{token}", preferences, "preferences"),
    Counter("/unsubscribe/{token}", unsubscribe, "unsubscribe"),
    Counter("/issues/{token}.pdf", download, "download", ("GET",)),
)


def web_app(desk: Reception) -> Starlette:
    """Yields the application; its pages lie below the path of `public_url`."""
    door = _Door(desk)
    routes = [
        Route(desk.prefix + counter.path, door.endpoint(counter), methods=list(counter.methods))
        for counter in COUNTERS
    ]
    routes += [
        Route(f"{desk.prefix}/health", door.health),
        Route(f"{desk.prefix}/look/{{name}}", door.asset),
        Route("/favicon.ico", door.no_icon),  # browsers ask for it by themselves
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: door.refused})
    app.router.redirect_slashes = False
    return app


class _Door:
    """Where requests come in: it counts them, reads them, and sends the answers out."""

    def __init__(self, desk: Reception) -> None:
        self.desk = desk
        self.limiter = Limiter(desk.settings.web.rate_per_minute, timedelta(minutes=1))

    def endpoint(self, counter: Counter) -> Endpoint:
        """Yields what Starlette calls for one page; whatever happens there ends as a page and a line."""

        async def answer(request: Request) -> Response:
            began = monotonic()
            asked = self._asked(request)
            try:
                asked, page = await self._served(request, counter, asked)
                response = await run_in_threadpool(self._response, asked, page)
            except (ReporterError, OSError) as error:
                response = self._trouble(asked, str(error))
            except Exception as error:  # a fault of this program: said once, without what was asked
                place = traceback.extract_tb(error.__traceback__)[-1]
                response = self._trouble(asked, f"{type(error).__name__} at {place.filename}:{place.lineno}")
            self._tell(request, counter.path, response, began)
            return response

        return answer

    async def _served(self, request: Request, counter: Counter, asked: Asked) -> tuple[Asked, Page | File]:
        key = counted_as(asked.client)
        fault = None
        if counter.purpose is not None:
            token = request.path_params["token"]
            try:
                parts = self.desk.read(counter.purpose, token, asked.now)
                asked = replace(asked, token=token, parts=parts)
            except ExpiredToken:
                fault = message("expired", 410)
            except BadToken:
                fault = message("link", 404)
            else:
                key = f"{key} {token}"  # a whole office behind one address may read its mails at once
        if not self.limiter.allows(key, asked.now):
            return asked, message("many", 429)
        if fault is not None:
            return asked, fault
        if request.method == "POST":
            form = await read_form(request)
            if form is None:
                return asked, message("wrong", 400)
            foreign = request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none")
            asked = replace(asked, posted=True, form=form, foreign=foreign)
        return asked, await run_in_threadpool(counter.turn, self.desk, asked)

    def _asked(self, request: Request) -> Asked:
        peer = request.client.host if request.client else ""
        forwarded = request.headers.getlist("x-forwarded-for")
        code = choose_language(
            request.query_params.get("lang"),
            request.headers.get("accept-language", ""),
            self.desk.page_languages,
        )
        client = client_of(peer, forwarded, self.desk.settings.web.proxy)
        return Asked(language(code), self.desk.clock.now(), client)

    def _response(self, asked: Asked, page: Page | File) -> Response:
        if isinstance(page, File):
            # a viewer of PDFs needs styles of its own; a PDF has nothing that could run
            headers = HEADERS | {"Content-Security-Policy": "frame-ancestors 'none'"}
            headers["Content-Disposition"] = f'inline; filename="{page.name}"'
            return Response(page.content, headers=headers, media_type=page.media)
        headers = HEADERS | {"Content-Language": asked.say.code, "Vary": "Accept-Language"}
        if page.status == 429:
            headers["Retry-After"] = "60"
        after = None if page.after is None else BackgroundTask(page.after)
        content = render(self.desk, asked, page)
        return Response(content, page.status, headers, "text/html; charset=utf-8", after)

    def _trouble(self, asked: Asked, why: str) -> Response:
        self.desk.journal.warn("page failed", why=why)
        try:
            return self._response(asked, message("trouble", 503))
        except ReporterError:  # the template itself is at fault
            return Response(asked.say("web.trouble.title"), 503, HEADERS, "text/plain; charset=utf-8")

    async def refused(self, request: Request, error: Exception) -> Response:
        """Yields the page for an address, a method or a form that there is not."""
        began = monotonic()
        asked = self._asked(request)
        status = error.status_code if isinstance(error, HTTPException) else 500
        kind = "missing" if status == 404 else "wrong"
        if not self.limiter.allows(counted_as(asked.client), asked.now):
            kind, status = "many", 429
        response = await run_in_threadpool(self._response, asked, message(kind, status))
        if isinstance(error, HTTPException) and "Allow" in (error.headers or {}):
            response.headers["Allow"] = (error.headers or {})["Allow"]
        self._tell(request, "unknown", response, began)
        return response

    async def health(self, request: Request) -> Response:
        """Yields whether the pages can do their work, for those who watch: 200, or 503."""
        try:
            await run_in_threadpool(self.desk.examine)
        except ReporterError as error:
            self.desk.journal.warn("health failed", why=str(error))
            return JSONResponse({"status": "trouble"}, 503, HEADERS)
        return JSONResponse({"status": "ok", "version": __version__}, headers=HEADERS)

    async def asset(self, request: Request) -> Response:
        """Yields the style sheet or a font."""
        found = assets(self.desk.settings.templates).get(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        headers = HEADERS | {"Cache-Control": "public, max-age=604800"}
        return Response(found.content, headers=headers, media_type=found.media)

    async def no_icon(self, request: Request) -> Response:
        """Yields nothing: there is no icon."""
        return Response(status_code=204, headers=HEADERS | {"Cache-Control": "public, max-age=604800"})

    def _tell(self, request: Request, path: str, response: Response, began: float) -> None:
        """Writes one line, with the page's name in place of its address, which would hold the token."""
        seconds = round(monotonic() - began, 3)
        name = path.replace("{token}", "…")
        self.desk.journal.tell(
            "page", page=name, method=request.method, status=response.status_code, seconds=seconds
        )
