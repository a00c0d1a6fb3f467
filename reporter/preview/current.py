"""The proof of now: made again when a file behind it has changed, by one thread at a time."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from watchfiles import watch

from reporter.errors import Problem
from reporter.preview.proof import Proof, Wanted, fault_page, faults, make_proof, with_bar
from reporter.records.location import Location, Source
from reporter.settings import Settings, load_settings
from reporter.templating import shipped_templates

PAUSE = 500  # milliseconds after which files are looked at even where the system tells nothing
SETTLE = 50  # milliseconds without a further change: an editor has finished writing

Stamp = Mapping[Path, tuple[int, int, int] | None]


@dataclass(frozen=True)
class Answer:
    """What a browser gets: a page or a PDF, or faults with their page."""

    body: bytes
    good: bool = True
    media: str = "text/html; charset=utf-8"


class Current:
    """The proof of now and its pages, each made when it is first asked for.

    Every question looks at the files first, under one lock: nobody is answered with what has changed since.
    """

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._changed = threading.Condition()  # its lock guards all below
        self._number = ""
        self._made_of: Stamp = {}
        self._settings: Settings | None = None
        self._proof: Proof | tuple[Problem, ...] = ()  # of refused input the faults
        self._good: dict[str, tuple[Proof, str]] = {}  # by language the last page that could be made

    def follow(self, stop: threading.Event) -> None:
        """Keeps the proof up to date until `stop` is set."""
        while not stop.is_set():
            try:
                self.refresh()
                folders = self._folders()
                for _ in _changes(folders, stop):
                    self.refresh()
                    if self._folders() != folders:
                        break
            except OSError:  # a folder has just gone, or the system can watch no more of them
                stop.wait(PAUSE / 1000)

    def refresh(self) -> None:
        """Makes the proof again where a file has changed, and tells whoever waits."""
        with self._changed:
            before, shown = self._stamp(), self._proof
            if before == self._made_of:
                return
            # refused settings may wait for what no stamp covers, such as a folder: they are read each time
            self._made_of = {}
            try:
                self._settings = load_settings(self._wanted.config)
                # what the settings name is stamped before it is read, so that a later change is seen
                self._made_of = {**self._stamp(), self._wanted.config: before[self._wanted.config]}
                self._proof = make_proof(self._settings, self._wanted, datetime.now(UTC))
            except Exception as error:
                self._proof = faults(error)
            if self._proof == shown:
                return  # the same faults
            self._number = str(time.time_ns())
            self._changed.notify_all()

    def number_after(self, seen: str, seconds: float) -> str:
        """Yields the number of the proof as soon as it is not `seen`, at the latest after `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self._number != seen, seconds)
            return self._number

    # ── what a browser asks for; no language means the first, None that there is no such page ──

    def page(self, code: str) -> Answer | None:
        """Yields the page of one language."""
        return self._answer(code, self._page)

    def pdf(self, code: str) -> Answer | None:
        """Yields the PDF of one language, made anew; pages wait meanwhile."""
        return self._answer(code, lambda proof, code: Answer(proof.pdf(code), media="application/pdf"))

    def last_page(self, code: str) -> Answer | None:
        """Yields the page of one language, or the last good one where faults prevent it."""
        with self._changed:
            answer = self.page(code)
            if answer is None or answer.good or code not in self._good:
                return answer
            proof, page = self._good[code]
            return Answer(with_bar(page, proof, code, self._number, past=True).encode())

    def _answer(self, code: str, make: Callable[[Proof, str], Answer]) -> Answer | None:
        with self._changed:
            self.refresh()
            if not isinstance(self._proof, Proof):
                return self._faults(self._proof, code)
            code = code or self._proof.languages[0]
            if code not in self._proof.languages:
                return None
            try:
                return make(self._proof, code)
            except Exception as error:
                return self._faults(faults(error), code)

    def _page(self, proof: Proof, code: str) -> Answer:
        if code not in self._good or self._good[code][0] is not proof:
            self._good[code] = proof, proof.page(code)
        return Answer(with_bar(self._good[code][1], proof, code, self._number).encode())

    def _faults(self, problems: tuple[Problem, ...], code: str) -> Answer:
        kept = code if code in self._good else next(iter(self._good), None)
        last = f"/last/{kept}" if kept else None
        try:
            return Answer(fault_page(problems, code, self._number, last).encode(), good=False)
        except Exception as error:  # the page of faults is a template too
            lines = "\n".join(map(str, (*problems, *faults(error))))
            return Answer(f"{lines}\n".encode(), good=False, media="text/plain; charset=utf-8")

    # ── which files ──

    def _stamp(self) -> Stamp:
        files = [self._wanted.config]
        for folder in self._folders()[1:]:
            files += [path for path in _inside(folder) if path.is_file()]
        return {path: _stamp_of(path) for path in files}

    def _folders(self) -> list[Path]:
        """Yields the folders to be watched: first the settings', then those whose every file counts."""
        folders, deep = [self._wanted.config.resolve().parent], [shipped_templates()]
        if self._settings is not None:
            source = self._settings.source
            if self._wanted.records is not None:
                source = Source(Location(self._wanted.records))
            folders += [path if path.is_dir() else path.parent for path in map(Path, source.paths)]
            deep += [self._settings.commentary_folder, *filter(None, [self._settings.templates])]
            deep += [path / "commentary" for path in map(Path, source.paths)]
        for top in deep:
            folders += sorted(Path(folder) for folder, *_ in os.walk(top))  # passes over what has just gone
        return folders


def _changes(folders: Sequence[Path], stop: threading.Event) -> Iterator[object]:
    """Yields whenever something has changed in the folders, and now and then without any change."""
    there = [folder for folder in folders if folder.is_dir()]
    return watch(
        *there,
        watch_filter=None,
        recursive=False,
        step=SETTLE,
        rust_timeout=PAUSE,
        yield_on_timeout=True,
        stop_event=stop,
        raise_interrupt=False,
    )


def _inside(folder: Path) -> list[Path]:
    """Yields what lies directly in a folder, but for the passing files of editors."""
    try:
        return [path for path in folder.iterdir() if path.name[0] != "." and path.name[-1] != "~"]
    except OSError:
        return []  # not there: whoever reads it says so


def _stamp_of(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
