"""How issues are delivered: `deliver:` of an edition, and the parts of `smtp:` that many mails need."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field

from reporter.setting_types import Model, Span, Words

Address = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
WebAddress = Annotated[str, Field(pattern=r"^https?://[^\s/]+")]


class DeliverSettings(Model):
    """How an edition's issues are mailed.

    `automatic`: by the scheduler, once an issue is published. `attach`: the PDF goes with the mail where the
    subscriber wants it and the mail is no larger than `size_limit_mb`, encoded; else a link that holds for
    `link_expires`. What could not be delivered within `expires` is given up.
    """

    automatic: bool = False
    attach: bool = True
    size_limit_mb: Annotated[float, Field(gt=0, le=100)] = 5
    expires: Annotated[Span, Field(ge=timedelta(hours=1))] = timedelta(days=5)
    link_expires: Annotated[Span, Field(ge=timedelta(days=1))] = timedelta(days=60)
    reply_to: Address | None = None
    subject: Words | None = None  # {edition}, {week}, {headline} are filled in; None: the catalogue's


class DkimSettings(Model):
    """Signs each mail; for more than about 50 a second let the relay sign."""

    domain: Annotated[str, Field(min_length=3)]
    selector: Annotated[str, Field(min_length=1)]
    key_file: Path


class OauthSettings(Model):
    """XOAUTH2: an access token is asked for with the refresh token when the last one is over."""

    token_url: WebAddress
    client_id: str
    client_secret: str = Field(default="", repr=False)
    refresh_token: str = Field(repr=False)


class BreakerSettings(Model):
    """Stops an issue when, of the last `of` mails, this share failed."""

    share: Annotated[float, Field(gt=0, le=1)] = 0.5
    of: Annotated[int, Field(ge=2)] = 20


class WebSettings(Model):
    """The public pages. `proxy`: the client's address is what the reverse proxy says."""

    proxy: bool = False
    contact: Address | None = None
    rate_per_minute: Annotated[int, Field(ge=1)] = 30


DELIVERY_MODELS = (DeliverSettings, DkimSettings, OauthSettings, BreakerSettings, WebSettings)
