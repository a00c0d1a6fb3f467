"""The command of the public pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from reporter.cli_shared import Config, say, settings_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage

    from reporter.publishing_settings import SmtpSettings

serve_app = typer.Typer()


@serve_app.command()
def serve(
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="0 takes a free one.")
    ] = 8080,
    config: Config = None,
) -> None:
    """Serve the pages for readers: subscribe, unsubscribe, download. Runs until SIGTERM or Ctrl-C."""
    from reporter.clock import SystemClock
    from reporter.journal import write_log
    from reporter.post.subscribers import Subscribers
    from reporter.post.tokens import signer_of
    from reporter.post.web.reception import Reception
    from reporter.post.web.server import serve as served
    from reporter.store import open_store

    settings, clock = settings_of(config), SystemClock()
    store = open_store(settings.database)
    signer = signer_of(settings, store, clock.now())
    people = Subscribers(store, signer)
    if settings.smtp is None:
        say("nobody can subscribe here: no mail can be sent; set `smtp:`")

    def examine() -> None:
        with store.reading() as connection:
            connection.exec_driver_sql("SELECT 1 FROM subscribers LIMIT 1")

    def ready(address: str) -> None:
        print(address, flush=True)
        say("Ctrl-C ends it")

    desk = Reception(settings, people, signer, clock, _mailer(settings.smtp), examine)
    write_log()
    served(desk, host, port, ready)


def _mailer(smtp: SmtpSettings | None) -> Callable[[EmailMessage], None] | None:
    """Yields what sends one mail by the settings' server."""
    if smtp is None:
        return None
    from reporter.mailer import send_one

    return lambda mail: send_one(smtp, mail)
