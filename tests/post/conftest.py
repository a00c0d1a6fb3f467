"""An office that delivers, servers with faults, and a certificate."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.post.office import Office
from tests.post.sink import Sink


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(f"sqlite:///{tmp_path}/reporter.db", tmp_path)


@pytest.fixture
def each_office(database: str, tmp_path: Path) -> Office:
    """An office of each kind of database."""
    return Office(database, tmp_path)


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Callable[..., Sink]]:
    started: list[Sink] = []

    def start(*script: list[Any], words: tuple[str, ...] = ()) -> Sink:
        started.append(Sink(tmp_path / f"sink{len(started)}", *script, words=words))
        return started[-1]

    yield start
    for one in started:
        one.end()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and the certificate of 127.0.0.1 that it signed itself, in one file."""
    folder = tmp_path_factory.mktemp("tls")
    words = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext"
    files = ["-keyout", str(folder / "key"), "-out", str(folder / "crt")]
    done = [*words.split(), "subjectAltName=IP:127.0.0.1", *files]
    subprocess.run(done, check=True, capture_output=True)
    (folder / "both.pem").write_bytes((folder / "key").read_bytes() + (folder / "crt").read_bytes())
    return folder
