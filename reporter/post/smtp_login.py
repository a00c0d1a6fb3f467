"""How a sender proves who it is to a mail server: a password, or an access token (XOAUTH2)."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64encode
from dataclasses import dataclass, field

from reporter.post.smtp_faults import Reply, ServerFault
from reporter.post.smtp_wire import Broken, Wire
from reporter.post_settings import OauthSettings
from reporter.publishing_settings import SmtpSettings

_EARLY = 60.0  # a token is replaced that many seconds before its end


def log_in(wire: Wire, smtp: SmtpSettings, offered: dict[str, str], seconds: float) -> None:
    """Logs in by what the server offers; ServerFault where it refuses. Only ever called under TLS."""
    ways = offered.get("AUTH", "").upper().split()
    user = smtp.user or ""
    if smtp.oauth is not None:
        token = _TOKENS.get(smtp.oauth, seconds)
        steps = ["AUTH XOAUTH2 " + _coded(f"user={user}\x01auth=Bearer {token}\x01\x01")]
        needed = "XOAUTH2"
    elif "PLAIN" in ways:
        needed, steps = "PLAIN", ["AUTH PLAIN " + _coded(f"\0{user}\0{_password(smtp)}")]
    else:
        needed, steps = "LOGIN", ["AUTH LOGIN", _coded(user), _coded(_password(smtp))]
    if needed not in ways:
        offer = ", ".join(ways) or "none"
        raise ServerFault("AUTH", f"the server offers {offer}, and {needed} is needed", permanent=True)
    for step in steps:
        reply = _say(wire, step, seconds)
        if reply.code // 100 in (4, 5):
            break
    if reply.code == 334 and needed == "XOAUTH2":  # its error; the refusal comes after an empty line
        reply = _say(wire, "", seconds)
    if reply.code // 100 != 2:
        if smtp.oauth is not None:
            _TOKENS.forget(smtp.oauth)
        raise ServerFault("AUTH", str(reply), permanent=reply.permanent)


def _say(wire: Wire, line: str, seconds: float) -> Reply:
    try:
        wire.send(f"{line}\r\n".encode(), seconds)
        return wire.reply(seconds)
    except Broken as error:
        raise ServerFault("AUTH", str(error)) from None


def _coded(text: str) -> str:
    return b64encode(text.encode()).decode("ascii")


def _password(smtp: SmtpSettings) -> str:
    if smtp.password_file is None:
        return smtp.password or ""
    try:
        return smtp.password_file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        told = f"password_file {smtp.password_file}: cannot be read"
        raise ServerFault("AUTH", told, permanent=True) from None


@dataclass
class _Tokens:
    """Access tokens, each kept until it is nearly over; several connections ask for one at a time."""

    kept: dict[str, tuple[str, float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, oauth: OauthSettings, seconds: float) -> str:
        with self.lock:
            token, end = self.kept.get(oauth.refresh_token, ("", 0.0))
            if time.monotonic() > end:
                token, lasts = _fetch(oauth, seconds)
                self.kept[oauth.refresh_token] = (token, time.monotonic() + lasts - _EARLY)
            return token

    def forget(self, oauth: OauthSettings) -> None:
        with self.lock:
            self.kept.pop(oauth.refresh_token, None)


_TOKENS = _Tokens()


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
        raise ServerFault("AUTH", f"the token's address answered {error.code}", permanent=permanent) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ServerFault("AUTH", f"no token: {type(error).__name__}") from None
