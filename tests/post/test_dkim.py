"""A signed mail is the desk's and unchanged, as verifiers say that share no code with each other."""

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

MAIL_DKIM = """
use strict; use Mail::DKIM::Verifier; use Net::DNS;
my ($name, $text) = @ARGV;
{ package Names; sub new { bless {} } sub AUTOLOAD {
    my $answer = Net::DNS::Packet->new($_[1], 'TXT');
    my %found = (owner => $name, type => 'TXT', txtdata => [unpack '(a200)*', $text]);
    $answer->push(answer => Net::DNS::RR->new(%found)) if lc $_[1] eq $name;
    return $answer } sub DESTROY {} }
$Mail::DKIM::DNS::RESOLVER = Names->new;
my $verifier = Mail::DKIM::Verifier->new; binmode STDIN; local $/;
$verifier->PRINT(<STDIN>); $verifier->CLOSE;
print $verifier->result_detail;
"""  # Perl: Mail::DKIM, with the one record instead of a name server


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


def signed(home: Path, key: Path, email: str = "reader@example.com") -> bytes:
    settings = DkimSettings(domain="example.org", selector="s1", key_file=key)
    mail = letter(home, reply_to="desk@example.org").mail(envelope(email), LINKS)
    return dkim_signer(settings)(mail)


def said_by_mail_dkim(mail: bytes, record: bytes) -> str:
    """What a verifier in another language says: "pass", or a word and its reason."""
    there = subprocess.run(["perl", "-MMail::DKIM", "-e1"], capture_output=True, check=False)
    if there.returncode:
        pytest.skip("Mail::DKIM is missing: apt-get install libmail-dkim-perl")
    command = ["perl", "-e", MAIL_DKIM, "s1._domainkey.example.org", record.decode()]
    done = subprocess.run(command, input=mail, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


@pytest.mark.parametrize("email", ["reader@example.com", "用户@example.com"])
def test_verifiers_accept_it(tmp_path: Path, key: Path, record: Callable[..., bytes], email: str) -> None:
    """Two in Python, of which one writes what a receiver would note, and one in Perl."""
    mail = signed(tmp_path, key, email)
    assert said_by_mail_dkim(mail, record(b"")) == "pass"
    assert dkim.verify(mail, dnsfunc=record)
    said = authheaders.authenticate_message(
        mail, "here.example", dnsfunc=record, spf=False, arc=False, dmarc=False
    )
    assert "dkim=pass header.d=example.org" in said


def test_a_change_of_a_signed_header_or_the_body_is_found(
    tmp_path: Path, key: Path, record: Callable[..., bytes]
) -> None:
    mail = signed(tmp_path, key)
    changed = [mail.replace(b"Highlights", b"highlights")]
    for name in SIGNED:
        line = f"\r\n{name}: ".encode()
        assert line in mail
        changed.append(mail.replace(line, line + b"x", 1))
    for other in changed:
        assert not dkim.verify(other, dnsfunc=record)
    for other in changed[:3]:
        assert said_by_mail_dkim(other, record(b"")).startswith("fail")


def test_a_key_that_is_none_is_told_with_its_file(tmp_path: Path) -> None:
    settings = DkimSettings(domain="example.org", selector="s1", key_file=tmp_path / "key.pem")
    with pytest.raises(SettingsError, match=r"key\.pem: .*cannot be read"):
        dkim_signer(settings)
    for content in ("", "no key", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"):
        (tmp_path / "key.pem").write_text(content)
        with pytest.raises(SettingsError, match="holds no private RSA key"):
            dkim_signer(settings)
