"""A PostgreSQL server of one's own, with a password, gone afterwards."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from reporter.database import engine_of


def programs() -> Path | None:
    """Yields the folder of the newest installed server's programs, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Yields the URL of a new server run by the programs of a folder; its database is `postgres`."""
    home = Path(tempfile.mkdtemp(prefix="reporter-postgres-"))  # pytest's folders are closed to other users
    become: list[str] = []
    if os.getuid() == 0:  # PostgreSQL does not run as root
        shutil.chown(home, "postgres")
        become = ["runuser", "-u", "postgres", "--"]

    def run(program: str, *words: str) -> None:
        command = [*become, str(folder / program), "-D", str(home / "cluster"), *words]
        with (home / "log").open("ab") as log:
            subprocess.run(command, cwd="/", check=True, stdout=log, stderr=log)

    (home / "password").write_text("se:c/ret\n")
    (home / "password").chmod(0o644)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["-U", "reporter", "--auth-host=scram-sha-256", f"--pwfile={home / 'password'}", "-E", "UTF8"]
    run("initdb", *words, "--locale=C.UTF-8", "--no-sync")
    wishes = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home}"
    wishes += " -c fsync=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0"
    run("pg_ctl", "-w", "-o", wishes, "start")
    try:
        yield f"postgresql://reporter:se%3Ac%2Fret@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)


def new_database(address: str) -> str:
    """Yields the URL of a new empty database of a server."""
    name = f"reporter_{uuid4().hex}"
    with engine_of(address).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    return address.removesuffix("postgres") + name
