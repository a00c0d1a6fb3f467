"""The command in a process of its own that need not import everything anew: forked from one that has.

It is the command as a user calls it: arguments, folder, environment, output and exit status are those of a
fresh process. Only the modules are there already.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
SERVER = """
import gc, json, os, sys
import alembic.command, pandas, sqlalchemy.dialects.postgresql, sqlalchemy.dialects.sqlite
import reporter.cli, reporter.doctor, reporter.importing.run, reporter.mailing, reporter.post.bounces
import reporter.press.by_hand, reporter.press.rounds, reporter.press.scheduler, reporter.press.status
import reporter.press.verify
gc.freeze()
while line := sys.stdin.readline():
    order = json.loads(line)
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(order[name], os.O_WRONLY | os.O_CREAT, 0o600), number)
        os.chdir(order["cwd"])
        os.environ.clear()
        os.environ.update(order["env"])
        sys.argv = ["reporter", *order["words"]]
        reporter.cli.main()
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Warm:
    """The process that has imported everything, begun at the first call."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None

    def run(self, words: Sequence[str], cwd: Path) -> subprocess.CompletedProcess[str]:
        """Yields how the command ended, and what it said."""
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVER],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder) / "out", Path(folder) / "err"
            order = {
                "words": words,
                "cwd": str(cwd),
                "env": dict(os.environ),
                "out": str(out),
                "err": str(err),
            }
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
            status = int(self.process.stdout.readline())
            said = out.read_text("utf-8"), err.read_text("utf-8")
        return subprocess.CompletedProcess(["reporter", *words], status, *said)


WARM = Warm()
