"""An office that delivers, servers with faults, and a certificate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.post.certificates import self_signed
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
    """The folder of a certificate that nobody vouches for."""
    return self_signed(tmp_path_factory.mktemp("tls"))
