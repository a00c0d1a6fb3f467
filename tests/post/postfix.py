"""A Postfix of one's own: a queue, mailboxes and a log in a folder of its own, gone afterwards.

It takes mails at a free port of 127.0.0.1 and puts each into the mbox of its recipient. It is not the
system's service and reads nothing of its settings.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from reporter.post.mailbox import mails_in
from tests.conftest import needs

_PATIENCE = 60.0  # seconds in which a delivery has its end

MASTER = """\
127.0.0.1:{port} inet n - n - 20 smtpd
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
proxymap  unix - - n - - proxymap
tlsmgr    unix - - n 1000? 1 tlsmgr
anvil     unix - - n - 1 anvil
virtual   unix - n n - 20 virtual
smtp      unix - - n - - smtp
error     unix - - n - - error
retry     unix - - n - - error
postlog   unix-dgram n - n - 1 postlogd
"""

MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {home}/log
maillog_file_prefixes = {home}
myhostname = mx.example.net
mydestination =
local_recipient_maps =
alias_maps =
mynetworks = 127.0.0.1
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_peername_lookup = no
disable_dns_lookups = yes
in_flow_delay = 0
recipient_delimiter = +
virtual_mailbox_domains = texthash:{home}/domains
virtual_mailbox_base = {home}/boxes
virtual_mailbox_maps = texthash:{home}/people
virtual_uid_maps = static:{user}
virtual_gid_maps = static:{group}
smtpd_relay_restrictions = permit_mynetworks, reject
"""


@dataclass(frozen=True)
class Postfix:
    """A running server: where it takes mails, what it says, and what it delivered."""

    home: Path
    port: int

    @property
    def log(self) -> str:
        return (self.home / "log").read_text()

    def said(self, pattern: str, at_least: int = 1) -> list[str]:
        """Yields what stands in its log, by a pattern's group; waits until it is there so often."""
        end = time.monotonic() + _PATIENCE
        while len(found := re.findall(pattern, self.log)) < at_least:
            assert time.monotonic() < end, f"the log has {pattern!r} {len(found)} times:\n{self.log[-4000:]}"
            time.sleep(0.05)
        return found

    def box_file(self, address: str) -> Path:
        return self.home / "boxes" / address

    def box(self, address: str) -> list[bytes]:
        """Yields the mails that it delivered to an address, extended or not."""
        place = self.box_file(address)
        return list(mails_in(place)) if place.exists() else []


@contextmanager
def postfix(people: Iterable[str], **settings: str) -> Iterator[Postfix]:
    """Yields a server with a mailbox for each address; `settings` are more of its main.cf.

    Skips the test where there is no Postfix, or nobody who may start it.
    """
    needs("postfix", "postfix")
    if os.geteuid() != 0:
        pytest.skip("Postfix is started by root only: run the tests as root")
    home = Path(tempfile.mkdtemp(prefix="reporter-postfix-"))  # pytest's folders are closed to other users
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    _write(home, port, list(people), settings)

    def run(word: str) -> None:
        command = ["postfix", "-c", str(home / "etc"), word]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr + done.stdout + (home / "log").read_text()

    try:
        run("start")
        try:
            yield Postfix(home, port)
        finally:
            run("abort")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _write(home: Path, port: int, people: list[str], settings: Mapping[str, str]) -> None:
    home.chmod(0o755)
    for name in ("etc", "queue", "data", "boxes"):
        (home / name).mkdir()
    (home / "log").touch()
    shutil.chown(home / "data", "postfix")
    shutil.chown(home / "boxes", "nobody")
    box = (home / "boxes").stat()
    more = "".join(f"{name} = {value}\n" for name, value in settings.items())
    main = MAIN.format(home=home, user=box.st_uid, group=65534)
    (home / "etc" / "main.cf").write_text(main + more)
    os.utime(home / "etc" / "main.cf", (0, 0))  # Postfix waits some seconds before it trusts a new one
    (home / "etc" / "master.cf").write_text(MASTER.format(port=port))
    (home / "people").write_text("".join(f"{one} {one}\n" for one in people))
    domains = {one.partition("@")[2] for one in people}
    (home / "domains").write_text("".join(f"{one} ours\n" for one in sorted(domains)))
