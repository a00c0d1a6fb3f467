"""Issue folders and files on disk: they appear whole or not at all, issues by one process at a time."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from reporter.errors import BusyError, MachineError


def week_folder(output: Path, edition: str, week: str) -> Path:
    """Yields `output/<edition>/<week>`."""
    return output / edition / week


def version_folder(output: Path, edition: str, week: str, version: int | None) -> Path:
    """Yields the folder of one version; of the draft when `version` is None."""
    return week_folder(output, edition, week) / ("draft" if version is None else f"v{version}")


@contextmanager
def publishing(output: Path, edition: str, week: str) -> Iterator[None]:
    """Holds the week for this process; BusyError where another one holds it.

    The system frees the lock when the process ends, however it ends. Afterwards nothing of it is left, nor of
    the week's folder if nothing was saved into it.
    """
    folder = week_folder(output, edition, week)
    lock = folder / ".lock"
    with _border(folder):
        descriptor = _locked(lock)
    if descriptor is None:
        raise BusyError(f"another process is publishing {edition} {week}")
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(descriptor)
        for empty in (folder, folder.parent, output):
            with suppress(OSError):  # it holds something
                empty.rmdir()


def _locked(lock: Path) -> int | None:
    """Yields the descriptor of the locked file, or None where another process holds it.

    The one before may have removed the file between our opening and locking it: then it is not the one
    that the next process would find, and we try again.
    """
    while True:
        lock.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(lock, os.O_CREAT | os.O_RDWR, 0o644)
        except FileNotFoundError:  # the one before has just removed the empty folder
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if lock.exists() and os.path.samestat(os.fstat(descriptor), lock.stat()):
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            return None
        except FileNotFoundError:
            pass
        os.close(descriptor)


def save_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Writes the files beside `folder`, then renames the whole into place, replacing what was there.

    Nobody else may save that folder meanwhile: what a killed process left half-written beside it is removed.
    Raises MachineError (disk full, no permission) and leaves what was there before untouched.
    """
    with _border(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        sweep(folder)
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            fresh.chmod(0o755)
            for name, content in files.items():
                _write(fresh / name, content)
            _sync(fresh)
            _swap(fresh, folder)
            _sync(folder.parent)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def sweep(path: Path) -> None:
    """Removes what processes that were killed left half-written beside a file or folder."""
    for left in path.parent.glob(f".{path.name}-*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def save_file(path: Path, content: bytes) -> None:
    """Writes one file beside `path`, then renames it into place; MachineError leaves what was there."""
    with _border(path):
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        os.close(descriptor)
        try:
            _write(Path(name), content)
            Path(name).chmod(0o644)
            Path(name).rename(path)
        finally:
            Path(name).unlink(missing_ok=True)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Waits until no other process is inside the same block for this folder, and keeps them out."""
    with _border(folder):
        descriptor = os.open(folder, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)


def save_new_file(path: Path, content: bytes) -> bool:
    """Writes the file beside `path`, then gives it its name; tells whether it did.

    What is there already stays as it is. Raises MachineError (disk full, no permission).
    """
    with _border(path):
        if path.exists():
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
        try:
            _write(fresh / path.name, content)
            os.link(fresh / path.name, path)  # unlike a rename, it never replaces
            _sync(path.parent)
        except FileExistsError:
            return False
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return True


def _swap(fresh: Path, folder: Path) -> None:
    """Puts `fresh` in the place of `folder`; an older one is moved aside first and then removed."""
    if not folder.exists():
        fresh.rename(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    folder.rename(old / folder.name)
    try:
        fresh.rename(folder)
    except OSError:
        (old / folder.name).rename(folder)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _border(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MachineError(f"cannot write {folder}: {error.strerror or error}") from error
