"""Processes that make pages, one a language, each importing its libraries while the records are read.

Drawing and setting take most of a run, and their libraries a second to import: a process of its own does
this beside the reading, and every further language beside the first.
"""

from __future__ import annotations

import gc
import os
import signal
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from reporter.errors import MachineError, ReporterError

if TYPE_CHECKING:  # the processes start before anything of weight is imported
    from reporter.bulletin.pages import Maker, Order, Step


_AT_WORK: set[PageMaker] = set()


class PageMaker:
    """One process; it takes an order at a time."""

    def __init__(self) -> None:
        # spawned, not forked: this process may have threads by then, whose locks a fork would copy
        context = get_context("spawn")
        self.line, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        _AT_WORK.add(self)

    def send(self, order: Order) -> None:
        """Hands over an order."""
        with suppress(BrokenPipeError):  # it died: `answer` tells
            self.line.send(order)

    def answer(self) -> tuple[str, Any]:
        """Yields what it says next: a `step` and its words, or what it has `made`.

        Raises what failed there; MachineError where the process was killed.
        """
        try:
            kind, what = self.line.recv()
        except (EOFError, ConnectionError):
            self._process.join()
            raise MachineError(
                f"the process that makes pages ended with status {self._process.exitcode};"
                " the machine may be short of memory"
            ) from None
        if kind == "failed":
            raise what
        return kind, what

    @property
    def works(self) -> bool:
        """Whether it was not stopped; one that was killed fails at its next order."""
        return self in _AT_WORK

    def stop(self) -> None:
        """Ends the process, whatever it is doing."""
        _AT_WORK.discard(self)
        self._process.kill()
        self._process.join()
        self.line.close()

    def kill(self) -> None:
        """Ends the process under whoever waits for it: its next `answer` says so."""
        self._process.kill()


def end_makers() -> None:
    """Breaks off the work of all makers of this process."""
    for maker in tuple(_AT_WORK):
        maker.kill()


@contextmanager
def page_makers(languages: int) -> Iterator[Maker]:
    """Yields a maker of pages that works in as many processes as there are languages, or processors."""
    makers = [PageMaker() for _ in range(max(1, min(languages, os.cpu_count() or 1)))]
    try:
        yield partial(_make, makers)
    finally:
        for maker in makers:
            maker.stop()


def _make(makers: list[PageMaker], orders: Sequence[Order], step: Step) -> dict[str, bytes]:
    waiting = list(orders)
    busy: dict[Any, PageMaker] = {}
    for number in range(min(len(makers), len(waiting))):
        if not makers[number].works:
            makers[number] = PageMaker()
        makers[number].send(waiting.pop(0))
        busy[makers[number].line] = makers[number]
    try:
        return _gathered(busy, waiting, step)
    except BaseException:
        for maker in busy.values():  # what they still say would pass for the answer to the next order
            maker.stop()
        raise


def _gathered(busy: dict[Any, PageMaker], waiting: list[Order], step: Step) -> dict[str, bytes]:
    """Yields what all make; on an exception, `busy` holds those that have not answered to the end."""
    files: dict[str, bytes] = {}
    while busy:
        for line in wait(list(busy)):
            kind, what = busy[line].answer()
            if kind == "step":
                step(what)
                continue
            files |= what
            if waiting:
                busy[line].send(waiting.pop(0))
            else:
                del busy[line]
    return files


# ── in the other process ──


def _work(line: Connection[Any, Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever waits for the pages ends this process
    gc.disable()  # looking for garbage while it draws takes a tenth of the time
    from reporter.bulletin.pages import make_pages, preload

    with suppress(ReporterError):  # told when a page is wanted
        preload()
    gc.freeze()
    with suppress(EOFError, ConnectionError):  # whoever wanted pages is gone
        while True:
            order = line.recv()
            try:
                line.send(("made", make_pages(order, lambda words: line.send(("step", words)))))
            except Exception as error:
                error.add_note(traceback.format_exc())
                line.send(("failed", error))
            del order
            gc.collect()  # while the issue is saved
