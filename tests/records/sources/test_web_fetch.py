"""Fetching stays within its limits, whatever a server does, and never asks a machine it may not."""

from __future__ import annotations

import asyncio
import gzip
import logging
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from reporter.records.sources.web_address import Resolve, is_public, resolve_name
from reporter.records.sources.web_fetch import Fetched, fetch
from reporter.records.sources.web_request import FetchFault, Limits, Web, open_web
from tests.conftest import ROOT, needs
from tests.records.sources.webserver import (
    Answer,
    Site,
    Visit,
    certificate,
    cut_short,
    hang_up,
    in_turn,
    page,
    redirect,
    serving,
)

QUICK = Limits(connect=1, read=5, whole=10, tries=3, pause=0.001)
CSV = b"instrument,date\nx,2025-12-05\n"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site()) as made:
        yield made


def get(
    address: str,
    *,
    limits: Limits = QUICK,
    cache: Path | None = None,
    private: bool = True,
    resolve: Resolve = resolve_name,
) -> Fetched | None:
    async def got() -> Fetched | None:
        async with open_web(limits, cache, private, resolve) as web:
            return await fetch(web, address)

    return asyncio.run(got())


def got(address: str, **more: object) -> bytes:
    found = get(address, **more)  # type: ignore[arg-type]
    assert found is not None
    return found.data


def fault(address: str, **more: object) -> FetchFault:
    with pytest.raises(FetchFault) as caught:
        get(address, **more)  # type: ignore[arg-type]
    return caught.value


def known(**hosts: str) -> Resolve:
    """A directory of names of its own, which the system does not know."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        name = host.partition(".")[0]
        return (hosts[name],) if name in hosts else await resolve_name(host, port)

    return resolve


# ── what comes ──


def test_a_file_comes_as_it_is(site: Site) -> None:
    site.pages["/a"] = page(CSV, Content_Type="Text/CSV; charset=utf-8")
    assert get(f"{site.address}/a") == Fetched(CSV, "text/csv")


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_not_there_is_none(site: Site, status: int) -> None:
    site.pages["/a"] = page(b"", status)
    assert get(f"{site.address}/a") is None


def test_gzip_is_unpacked_its_members_one_after_another(site: Site) -> None:
    site.pages["/a"] = page(gzip.compress(CSV) + gzip.compress(CSV), Content_Encoding="gzip")
    assert got(f"{site.address}/a") == CSV * 2


def test_a_file_longer_than_what_is_kept_in_memory_is_whole(site: Site) -> None:
    data = b"0123456789abcde\n" * 1_250_000
    site.pages["/a"] = page(data)
    assert got(f"{site.address}/a") == data


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (page(CSV, Content_Encoding="br"), "packed", "'br'"),
        (page(CSV, Content_Encoding="gzip"), "packed", "is not"),
        (page(gzip.compress(CSV)[:-3], Content_Encoding="gzip"), "cut_short", "middle of its gzip"),
        (page(b"", 401), "http_status", "401 Unauthorized; does the address need a key"),
        (page(b"", 204), "http_status", "204 No Content"),
        (page(b"", 304), "http_status", "304 Not Modified"),
        (page(b"", 599), "http_status", "answers 599"),
        (cut_short, "cut_short", "broke off"),
        (hang_up, "cut_short", "broke off"),
    ],
)
def test_what_is_no_whole_file_is_a_fault(site: Site, answer: Answer, code: str, words: str) -> None:
    site.pages["/a"] = answer
    found = fault(f"{site.address}/a")
    assert found.code == code
    assert words in found.message


# ── limits of size ──


def test_more_bytes_than_the_limit_are_refused(site: Site) -> None:
    """The limit itself is taken; one byte more is not."""
    small = replace(QUICK, size=1000)
    site.pages |= {"/fits": page(b"x" * 1000), "/long": page(b"x" * 1001)}
    assert len(got(f"{site.address}/fits", limits=small)) == 1000
    assert fault(f"{site.address}/long", limits=small).code == "too_large"
    assert site.times("/long") == 1


def test_a_gzip_bomb_is_counted_unpacked(site: Site) -> None:
    """A file of 100 kB that holds 100 MB is given up at the first that is too much."""
    site.pages["/a"] = page(gzip.compress(b"0" * 100_000_000), Content_Encoding="gzip")
    assert fault(f"{site.address}/a", limits=replace(QUICK, size=2_000_000)).message == "is larger than 2 MB"


def test_a_line_without_end_takes_little_memory(site: Site) -> None:
    """The default limit, 200 MB, is met with less than 300 MB in use by the whole program."""

    def endless(visit: Visit) -> None:
        visit.send_response(200)
        visit.send_header("Content-Length", "2000000000")
        visit.end_headers()
        while not site.closing.is_set():
            visit.wfile.write(b"x" * 1_000_000)

    site.pages["/prices.csv"] = endless
    script = (
        "import re, pathlib\n"
        "from reporter.records.location import Location, Source\n"
        "from reporter.records.sources import read_source\n"
        f"place = Location('{site.address}/prices.csv', private=True)\n"
        "for problem in read_source(Source(tables={'prices': place})).problems.of('error'): print(problem)\n"
        "print(re.search(r'VmHWM:\\s+(\\d+) kB', pathlib.Path('/proc/self/status').read_text())[1])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    problem, memory = done.stdout.splitlines()
    assert problem == f"{site.address}/prices.csv: error [too_large] is larger than 200 MB"
    assert int(memory) < 300_000


# ── limits of time ──


def test_a_server_that_says_nothing_is_given_up(site: Site) -> None:
    """Each try waits for the read limit, and every other file of that server would."""

    def silent(visit: Visit) -> None:
        site.closing.wait(30)

    site.pages["/a"] = silent
    found = fault(f"{site.address}/a", limits=replace(QUICK, read=0.05))
    assert (found.code, found.everywhere) == ("too_slow", True)
    assert "nothing for 0.05 seconds (tried 3 times)" in found.message
    assert site.times("/a") == 3


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n"])
def test_a_server_that_drips_is_held_to_the_whole_limit(site: Site, start: bytes) -> None:
    """Bytes now and then, in the head or the body, never outlast the limit of the whole file."""

    def drip(visit: Visit) -> None:
        visit.wfile.write(start)
        while not site.closing.wait(0.02):
            visit.wfile.write(b"x")
            visit.wfile.flush()

    site.pages["/a"] = drip
    began = time.monotonic()
    found = fault(f"{site.address}/a", limits=replace(QUICK, whole=0.3))
    assert time.monotonic() - began < 3
    assert (found.code, found.message) == ("too_slow", "was not read within 0.3 seconds")


# ── tries ──


@pytest.mark.parametrize(
    "bad",
    [page(b"", 500), page(b"", 502), page(b"", 503), page(b"", 504), page(b"", 429), hang_up, cut_short],
)
def test_what_may_pass_is_tried_again(site: Site, bad: Answer) -> None:
    site.pages["/a"] = in_turn(bad, bad, page(CSV))
    assert got(f"{site.address}/a") == CSV
    assert site.times("/a") == 3


def test_what_does_not_pass_is_told_with_how_often_it_was_tried(site: Site) -> None:
    site.pages["/a"] = page(b"", 503)
    assert fault(f"{site.address}/a").message == "the server answers 503 Service Unavailable (tried 3 times)"
    assert site.times("/a") == 3


def test_what_a_server_refuses_is_asked_once(site: Site) -> None:
    site.pages["/a"] = page(b"", 403)
    assert fault(f"{site.address}/a").code == "http_status"
    assert site.times("/a") == 1


def test_a_wait_that_a_server_asks_for_is_kept(site: Site) -> None:
    site.pages["/a"] = in_turn(page(b"", 429, Retry_After="1"), page(CSV))
    began = time.monotonic()
    assert got(f"{site.address}/a") == CSV
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize(
    "when",
    [
        "3600",
        "999999999",
        # named, because every process that runs tests has to collect them under the same names
        pytest.param(
            format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True), id="a date in two hours"
        ),
    ],
)
def test_a_wait_beyond_the_limit_is_not_begun(site: Site, when: str) -> None:
    site.pages["/a"] = page(b"", 503, Retry_After=when)
    assert re.search(r"\(tried once; asks to wait \d+ seconds\)$", fault(f"{site.address}/a").message)
    assert site.times("/a") == 1


@pytest.mark.parametrize("when", ["soon", "-5", "inf", "9" * 5000, "Wed, 99 Foo 2025"])
def test_a_wait_that_is_no_time_is_passed_over(site: Site, when: str) -> None:
    site.pages["/a"] = in_turn(page(b"", 503, Retry_After=when), page(CSV))
    assert got(f"{site.address}/a") == CSV


def test_a_port_where_nobody_listens_is_tried_three_times_and_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    found = fault(f"http://127.0.0.1:{port}/a")
    assert (found.code, found.everywhere) == ("not_reached", True)
    assert found.message.startswith("127.0.0.1 cannot be reached: ")
    assert "(tried 3 times)" in found.message


def test_another_machine_of_the_name_is_asked_where_the_first_does_not_answer(site: Site) -> None:
    async def both(host: str, port: int) -> Sequence[str]:
        return ("::1", "127.0.0.1")

    site.pages["/a"] = page(CSV)
    assert got(f"http://records.invalid:{site.port}/a", resolve=both) == CSV


def test_a_name_that_nobody_knows_is_told() -> None:
    async def nobody(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    found = fault("https://records.invalid/a", resolve=nobody)
    assert found.code == "not_reached"
    assert "the name records.invalid has no address: Name or service not known" in found.message


# ── which machines ──


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%1", "fc00::1"),
        *(
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
        ),
    ],
)
def test_an_address_of_ones_own_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0177.0.0.1", "0"]
)
def test_this_machine_is_refused_however_it_is_written(site: Site, host: str) -> None:
    found = fault(f"http://{host}:{site.port}/a", private=False)
    assert found.code in ("private_address", "no_address", "not_reached")
    assert site.asked == []


def test_the_refusal_of_ones_own_network_says_how_to_allow_it(site: Site) -> None:
    found = fault(f"{site.address}/a", private=False)
    assert (found.code, found.everywhere) == ("private_address", True)
    assert "records: {default: {address: …, private: true}}" in found.message


def test_one_private_address_among_public_ones_refuses_the_name(site: Site) -> None:
    async def mixed(host: str, port: int) -> Sequence[str]:
        return ("93.184.216.34", "127.0.0.1")

    assert (
        fault(f"http://records.invalid:{site.port}/a", private=False, resolve=mixed).code == "private_address"
    )
    assert site.asked == []


def test_the_address_that_was_checked_is_the_one_that_is_asked(site: Site) -> None:
    """A name is looked up once a hop: a second answer, for another machine, has no chance."""
    answers = [("127.0.0.1",), ("203.0.113.1",)]

    async def rebinding(host: str, port: int) -> Sequence[str]:
        return answers.pop(0)

    site.pages["/a"] = page(CSV)
    assert got(f"http://records.invalid:{site.port}/a", resolve=rebinding) == CSV
    assert len(answers) == 1
    assert site.asked[0][1]["Host"] == f"records.invalid:{site.port}"


# ── redirects ──


def test_redirects_are_followed_five_times(site: Site) -> None:
    site.pages |= {f"/{n}": redirect(f"/{n + 1}", 301 + n % 2) for n in range(6)} | {"/6": page(CSV)}
    assert got(f"{site.address}/1") == CSV
    assert fault(f"{site.address}/0").message == "is redirected more than 5 times"


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("file:///etc/passwd", "is redirected to file:…; from http that is not followed"),
        ("ftp://example.org/x", "is redirected to ftp:…"),
        ("data:text/csv,a", "is redirected to data:…"),
        ("http://[::1", "without an address"),
        ("http://127.0.0.1:99999/a", "without an address"),
        ("https:///a", "without an address"),
    ],
)
def test_a_redirect_to_what_is_not_the_web_is_refused(site: Site, target: str, words: str) -> None:
    site.pages["/a"] = redirect(target)
    found = fault(f"{site.address}/a")
    assert found.code == "redirect"
    assert words in found.message


def test_a_redirect_without_a_target_is_a_fault(site: Site) -> None:
    site.pages["/a"] = page(b"", 302)
    assert fault(f"{site.address}/a").message == "is redirected without an address to go to"


def test_a_redirect_into_ones_own_network_is_refused() -> None:
    """The first machine may be asked, the second may not, and its key is not printed."""
    asked = []

    def elsewhere(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"Location": "http://169.254.169.254/latest?token=s3cret"})

    async def got() -> object:
        resolve = known(records="93.184.216.34")
        return await fetch(
            Web(httpx.MockTransport(elsewhere), QUICK, None, False, resolve), "http://records.invalid/a"
        )

    with pytest.raises(FetchFault) as caught:
        asyncio.run(got())
    assert (caught.value.code, caught.value.everywhere) == ("private_address", False)
    assert caught.value.message.startswith(
        "is redirected to http://169.254.169.254/latest?***; 169.254.169.254 is "
    )
    assert asked == ["http://93.184.216.34/a"]


# ── TLS ──


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate for the name records.invalid, which this machine trusts."""
    needs("openssl", "openssl")
    made = certificate(tmp_path, "records.invalid")
    monkeypatch.setenv("SSL_CERT_FILE", str(made))
    return made


def test_the_certificate_must_be_the_names(trusted: Path) -> None:
    """The connection is made to an address; the name is still what the certificate must hold."""
    with serving(Site(), trusted) as site:
        site.pages["/a"] = page(CSV)
        both = known(records="127.0.0.1", other="127.0.0.1")
        assert got(f"https://records.invalid:{site.port}/a", resolve=both) == CSV
        found = fault(f"https://other.invalid:{site.port}/a", resolve=both)
        assert found.code == "not_reached"
        assert "Hostname mismatch" in found.message
        assert "IP address mismatch" in fault(f"{site.address}/a").message


def test_a_certificate_that_nobody_trusts_is_refused(tmp_path: Path) -> None:
    needs("openssl", "openssl")
    with serving(Site(), certificate(tmp_path, "records.invalid")) as site:
        found = fault(f"https://records.invalid:{site.port}/a", resolve=known(records="127.0.0.1"))
        assert "CERTIFICATE_VERIFY_FAILED" in found.message
        assert site.asked == []


def test_https_is_never_left_for_http_and_may_be_come_to(trusted: Path, site: Site) -> None:
    with serving(Site(), trusted) as safe:
        here, resolve = f"https://records.invalid:{safe.port}", known(records="127.0.0.1")
        safe.pages |= {"/down": redirect(f"{site.address}/a?key=s3cret"), "/b": page(CSV)}
        site.pages |= {"/a": page(b"open"), "/up": redirect(f"{here}/b")}
        found = fault(f"{here}/down", resolve=resolve)
        assert found.message == f"is redirected to {site.address}/a?***; from https that is not followed"
        assert site.asked == []
        assert got(f"{site.address}/up", resolve=resolve) == CSV


# ── secrets and the environment ──


def test_a_password_is_sent_to_its_own_server_alone(site: Site) -> None:
    """The user of an address is asked for by its server; a redirect to another takes neither user nor cookie."""
    with serving(Site()) as other:
        other.pages["/b"] = page(CSV)
        site.pages["/a"] = page(b"", 302, Location=f"{other.address}/b", Set_Cookie="session=s3cret")
        assert got(f"http://me:s3cret@127.0.0.1:{site.port}/a") == CSV
        assert site.asked[0][1]["Authorization"].startswith("Basic ")
        assert not {"Authorization", "Cookie", "Referer"} & set(other.asked[0][1])


def test_no_proxy_and_no_password_file_of_the_environment_is_used(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password s3cret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    site.pages["/a"] = page(CSV)
    assert got(f"{site.address}/a") == CSV
    assert "Authorization" not in site.asked[0][1]


def test_no_log_names_an_address_with_its_key(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.pages["/a"] = page(CSV)
    with caplog.at_level(logging.DEBUG):
        got(f"{site.address}/a?key=s3cret")
    assert "s3cret" not in caplog.text


# ── the cache ──


def test_what_has_not_changed_is_not_sent_again(site: Site, tmp_path: Path) -> None:
    site.pages["/a"] = in_turn(
        page(CSV, ETag='"1"', Last_Modified="Fri, 05 Dec 2025 10:00:00 GMT", Content_Type="text/csv"),
        page(b"", 304),
    )
    first = get(f"{site.address}/a", cache=tmp_path)
    assert get(f"{site.address}/a", cache=tmp_path) == first == Fetched(CSV, "text/csv")
    assert "If-None-Match" not in site.asked[0][1]
    assert site.asked[1][1]["If-None-Match"] == '"1"'
    assert site.asked[1][1]["If-Modified-Since"] == "Fri, 05 Dec 2025 10:00:00 GMT"


def test_what_has_changed_is_read_anew(site: Site, tmp_path: Path) -> None:
    site.pages["/a"] = in_turn(page(b"old", ETag='"1"'), page(b"new", ETag='"2"'), page(b"", 304))
    assert [got(f"{site.address}/a", cache=tmp_path) for _ in range(3)] == [b"old", b"new", b"new"]
    assert site.asked[2][1]["If-None-Match"] == '"2"'


def test_a_failing_server_is_a_fault_and_what_was_kept_is_not_used(site: Site, tmp_path: Path) -> None:
    """The message says when the file was read last, which is when the server last confirmed it."""
    site.pages["/a"] = in_turn(page(CSV, ETag='"1"'), page(b"", 503))
    got(f"{site.address}/a", cache=tmp_path)
    (kept,) = tmp_path.iterdir()
    os.utime(kept, (0, datetime(2025, 12, 6, 13, 47, tzinfo=UTC).timestamp()))
    assert fault(f"{site.address}/a", cache=tmp_path).message == (
        "the server answers 503 Service Unavailable (tried 3 times); "
        "it was last read at 2025-12-06T13:47Z, and what it said then is not used"
    )


def test_a_confirmed_file_counts_as_read(site: Site, tmp_path: Path) -> None:
    site.pages["/a"] = in_turn(page(CSV, ETag='"1"'), page(b"", 304))
    got(f"{site.address}/a", cache=tmp_path)
    (kept,) = tmp_path.iterdir()
    os.utime(kept, (0, 0))
    got(f"{site.address}/a", cache=tmp_path)
    assert kept.stat().st_mtime > 0


@pytest.mark.parametrize(
    "damage", [b"", b"{}", b'{"stamp": 1}\nx', b"[1]\nx", b"\xff\xfe", b'{"sha256": "0"}\nmore']
)
def test_a_damaged_cache_is_passed_over(site: Site, tmp_path: Path, damage: bytes) -> None:
    site.pages["/a"] = page(CSV, ETag='"1"')
    got(f"{site.address}/a", cache=tmp_path)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(damage)
    assert got(f"{site.address}/a", cache=tmp_path) == CSV
    assert "If-None-Match" not in site.asked[1][1]


def test_a_changed_byte_of_the_cache_is_noticed(site: Site, tmp_path: Path) -> None:
    site.pages["/a"] = page(CSV, ETag='"1"')
    got(f"{site.address}/a", cache=tmp_path)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:-2] + b"6\n")
    assert got(f"{site.address}/a", cache=tmp_path) == CSV


def test_a_cache_that_cannot_be_written_is_no_fault(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    site.pages["/a"] = page(CSV, ETag='"1"')
    assert got(f"{site.address}/a", cache=tmp_path / "file" / "cache") == CSV


@pytest.mark.parametrize(
    "answer", [page(CSV), page(CSV, ETag='"1"', Cache_Control="private, No-Store"), page(CSV, ETag="ü")]
)
def test_what_may_or_can_not_be_recognised_is_not_kept(site: Site, tmp_path: Path, answer: Answer) -> None:
    site.pages["/a"] = answer
    assert got(f"{site.address}/a", cache=tmp_path) == CSV
    assert list(tmp_path.iterdir()) == []


def test_the_cache_is_its_owners_and_names_no_address(site: Site, tmp_path: Path) -> None:
    site.pages["/a"] = page(CSV, ETag='"1"')
    got(f"{site.address}/a?key=s3cret", cache=tmp_path / "cache")
    (kept,) = (tmp_path / "cache").iterdir()
    assert "s3cret" not in kept.name + kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0
    assert kept.parent.stat().st_mode & 0o077 == 0


def test_what_another_address_gave_is_not_confirmed_by_this_one(site: Site, tmp_path: Path) -> None:
    """A redirect that leads elsewhere than before is read anew: a date says nothing there."""
    site.pages |= {"/a": in_turn(redirect("/b"), redirect("/c"))}
    site.pages |= {"/b": page(b"b", ETag='"1"'), "/c": page(b"c", ETag='"1"')}
    assert [got(f"{site.address}/a", cache=tmp_path) for _ in range(2)] == [b"b", b"c"]
    assert not any("If-None-Match" in headers for _, headers in site.asked)
