"""The web server under the public pages."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn

from reporter.errors import MachineError
from reporter.post.web.app import web_app
from reporter.post.web.reception import Reception

_AT_ONCE, _GRACE = 200, 10  # requests, and seconds for those that run when it ends


def serve(desk: Reception, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serves the pages until SIGTERM or Ctrl-C; `ready` is told the address.

    `port` 0 takes a free one. Raises MachineError where host and port cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            place.bind((host, port))
            place.listen()  # so that who reads the address can come at once
        except OSError as error:
            raise MachineError(
                f"{host}:{port}: {error.strerror or error}; choose others with --host and --port"
            ) from None
        config = uvicorn.Config(
            web_app(desk),
            log_config=None,
            access_log=False,  # it would write tokens
            proxy_headers=False,  # `web.proxy` decides who is believed
            server_header=False,
            lifespan="off",
            limit_concurrency=_AT_ONCE,
            timeout_graceful_shutdown=_GRACE,
        )
        shown = f"[{host}]" if ":" in host else host
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # both end it by KeyboardInterrupt
        with suppress(KeyboardInterrupt):  # how it ends
            ready(f"http://{shown}:{place.getsockname()[1]}{desk.prefix}/")
            asyncio.run(uvicorn.Server(config).serve(sockets=[place]))
