"""How a sender proves who it is to a mail server: a password, or an access token (XOAUTH2)."""

from __future__ import annotations

from base64 import b64encode

from reporter.oauth import ACCESS_TOKENS, NoToken, xoauth2
from reporter.post.smtp_faults import Reply, ServerFault
from reporter.post.smtp_wire import Broken, Wire
from reporter.post_settings import OauthSettings
from reporter.publishing_settings import SmtpSettings


def log_in(wire: Wire, smtp: SmtpSettings, offered: dict[str, str], seconds: float) -> None:
    """Logs in by what the server offers; ServerFault where it refuses. Only ever called under TLS."""
    ways = offered.get("AUTH", "").upper().split()
    needed = "XOAUTH2" if smtp.oauth else "PLAIN" if "PLAIN" in ways else "LOGIN"
    if needed not in ways:
        offer = ", ".join(ways) or "none"
        raise ServerFault("AUTH", f"the server offers {offer}, and {needed} is needed", permanent=True)
    if smtp.oauth is not None:
        reply = _with_token(wire, smtp, smtp.oauth, seconds)
    else:
        reply = _with_password(wire, smtp, needed, seconds)
    if reply.code // 100 != 2:
        raise ServerFault("AUTH", str(reply), permanent=reply.permanent)


def _with_token(wire: Wire, smtp: SmtpSettings, oauth: OauthSettings, seconds: float) -> Reply:
    """Yields the answer to a token; where an older one is refused, that to a new one."""
    while True:
        try:
            token, is_new = ACCESS_TOKENS.get(oauth, seconds)
        except NoToken as error:
            raise ServerFault("AUTH", str(error), permanent=error.permanent) from None
        coded = _coded(xoauth2(smtp.user or "", token))
        reply = _say(wire, f"AUTH XOAUTH2 {coded}", seconds)
        if reply.code == 334:  # its error; the refusal comes after an empty line
            reply = _say(wire, "", seconds)
        if reply.code // 100 == 2:
            return reply
        ACCESS_TOKENS.forget(oauth, token)
        if is_new or not reply.permanent:
            return _discreet(reply, token, coded)


def _with_password(wire: Wire, smtp: SmtpSettings, way: str, seconds: float) -> Reply:
    user, password = smtp.user or "", _password(smtp)
    if way == "PLAIN":
        coded = _coded(f"\0{user}\0{password}")
        steps = [f"AUTH PLAIN {coded}"]
    else:
        coded = _coded(password)
        steps = ["AUTH LOGIN", _coded(user), coded]
    for step in steps:
        reply = _say(wire, step, seconds)
        if reply.code // 100 != 3:
            break
    return _discreet(reply, password, coded)


def _discreet(reply: Reply, *secrets: str) -> Reply:
    """Yields an answer without its words where these repeat the beginning of a secret: it is written down."""
    if any(secret and secret[:12] in reply.text for secret in secrets):
        return Reply(reply.code, "(what the server said repeats the password)")
    return reply


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
