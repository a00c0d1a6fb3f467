"""Sends one mail, at once: a notice to the desk, a question to a new subscriber. Issues go by the post."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage

from reporter.errors import MachineError
from reporter.oauth import ACCESS_TOKENS, NoToken, xoauth2
from reporter.post_settings import OauthSettings
from reporter.publishing_settings import SmtpSettings


def send_one(smtp: SmtpSettings, message: EmailMessage) -> None:
    """Hands a mail to the mail server; MachineError where that fails."""
    seconds = smtp.timeout.total_seconds()
    try:
        server: smtplib.SMTP
        if smtp.security == "tls":
            server = smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=seconds, context=_context(smtp))
        else:
            server = smtplib.SMTP(smtp.host, smtp.port, timeout=seconds)
        with server:
            if smtp.security == "starttls":
                server.starttls(context=_context(smtp))
            if smtp.oauth is not None:
                _show_token(server, smtp, smtp.oauth)
            elif smtp.user:
                server.login(smtp.user, _password(smtp))
            server.send_message(message)
    except smtplib.SMTPAuthenticationError as error:  # its words may repeat what was said
        where = f"{smtp.host}:{smtp.port}"
        raise MachineError(f"the mail server {where}: refused the login ({error.smtp_code})") from None
    except (OSError, smtplib.SMTPException, UnicodeError, NoToken) as error:
        raise MachineError(f"the mail server {smtp.host}:{smtp.port}: {error}") from error


def _context(smtp: SmtpSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=smtp.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _show_token(server: smtplib.SMTP, smtp: SmtpSettings, oauth: OauthSettings) -> None:
    token, _ = ACCESS_TOKENS.get(oauth, smtp.timeout.total_seconds())
    said = xoauth2(smtp.user or "", token)
    server.ehlo_or_helo_if_needed()
    try:
        server.auth("XOAUTH2", lambda challenge=None: said if challenge is None else "")
    except smtplib.SMTPException:
        ACCESS_TOKENS.forget(oauth, token)
        raise


def _password(smtp: SmtpSettings) -> str:
    if smtp.password_file is None:
        return smtp.password or ""
    return smtp.password_file.read_text("utf-8").strip()
