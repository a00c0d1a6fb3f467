"""A signed mail is the desk's and unchanged, as two verifiers say."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable
from pathlib import Path

import authheaders
import dkim
import pytest

from reporter.errors import SettingsError
from reporter.post.dkim import SIGNED, dkim_signer
from reporter.post_settings import DkimSettings
from tests.conftest import needs
from tests.post.mails import LINKS, envelope, letter


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs("openssl", "openssl")
    path = tmp_path_factory.mktemp("dkim") / "key.pem"
    subprocess.run(
        ["openssl", "genrsa", "-traditional", "-out", path, "2048"], check=True, capture_output=True
    )
    return path


@pytest.fixture(scope="module")
def record(key: Path) -> Callable[..., bytes]:
    """What the domain's name server says."""
    command = ["openssl", "rsa", "-in", str(key), "-pubout", "-outform", "DER"]
    public = subprocess.run(command, check=True, capture_output=True).stdout
    return lambda name, timeout=5: b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


def signed(home: Path, key: Path) -> bytes:
    settings = DkimSettings(domain="example.org", selector="s1", key_file=key)
    mail = letter(home, reply_to="desk@example.org").mail(envelope(), LINKS)
    return dkim_signer(settings)(mail)


def test_two_verifiers_accept_it(tmp_path: Path, key: Path, record: Callable[..., bytes]) -> None:
    mail = signed(tmp_path, key)
    assert dkim.verify(mail, dnsfunc=record)
    said = authheaders.authenticate_message(
        mail, "here.example", dnsfunc=record, spf=False, arc=False, dmarc=False
    )
    assert "dkim=pass header.d=example.org" in said


def test_a_change_of_a_signed_header_or_the_body_is_found(
    tmp_path: Path, key: Path, record: Callable[..., bytes]
) -> None:
    mail = signed(tmp_path, key)
    for name in SIGNED:
        line = f"\r\n{name}: ".encode()
        assert line in mail
        assert not dkim.verify(mail.replace(line, line + b"x", 1), dnsfunc=record), name
    assert not dkim.verify(mail.replace(b"Highlights", b"highlights"), dnsfunc=record)


def test_a_key_that_is_none_is_told_with_its_file(tmp_path: Path) -> None:
    settings = DkimSettings(domain="example.org", selector="s1", key_file=tmp_path / "key.pem")
    with pytest.raises(SettingsError, match=r"key\.pem: .*cannot be read"):
        dkim_signer(settings)
    for content in ("", "no key", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"):
        (tmp_path / "key.pem").write_text(content)
        with pytest.raises(SettingsError, match="holds no private RSA key"):
            dkim_signer(settings)
