"""Access tokens for a mail server that wants no password (XOAUTH2): asked for, kept, asked for again."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

from reporter.post_settings import OauthSettings

_EARLY = 60.0  # a token is replaced that many seconds before its end


class NoToken(Exception):  # noqa: N818 - the caller tells what it means
    """No access token was given; `permanent` where asking again is of no use. Its words hold no secret."""

    def __init__(self, told: str, *, permanent: bool = False) -> None:
        self.permanent = permanent
        super().__init__(told)


@dataclass
class AccessTokens:
    """Access tokens, each kept until it is nearly over; several connections ask for one at a time."""

    kept: dict[OauthSettings, tuple[str, float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, oauth: OauthSettings, seconds: float) -> tuple[str, bool]:
        """Yields a token, and whether it is a new one; NoToken where none is given within `seconds`."""
        with self.lock:
            token, end = self.kept.get(oauth, ("", 0.0))
            if token and time.monotonic() < end:
                return token, False
            token, lasts = _fetch(oauth, seconds)
            self.kept[oauth] = (token, time.monotonic() + lasts - _EARLY)
            return token, True

    def forget(self, oauth: OauthSettings, token: str) -> None:
        """Keeps a token no longer that the mail server refused."""
        with self.lock:
            if self.kept.get(oauth, ("", 0.0))[0] == token:
                del self.kept[oauth]


ACCESS_TOKENS = AccessTokens()


def xoauth2(user: str, token: str) -> str:
    """Yields what is said to the mail server, not yet in base64."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01"


def _fetch(oauth: OauthSettings, seconds: float) -> tuple[str, float]:
    asked = {
        "grant_type": "refresh_token",
        "client_id": oauth.client_id,
        "refresh_token": oauth.refresh_token,
    }
    if oauth.client_secret:
        asked["client_secret"] = oauth.client_secret
    request = urllib.request.Request(oauth.token_url, urllib.parse.urlencode(asked).encode())
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            found = json.loads(answer.read(1 << 20))
        return str(found["access_token"]), float(found.get("expires_in", 300))
    except urllib.error.HTTPError as error:  # its body may quote what was sent
        permanent = error.code in (400, 401, 403)
        raise NoToken(f"the token's address answered {error.code}", permanent=permanent) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoToken(f"no token: {type(error).__name__}") from None
