"""Carries mails: claims one, hands it to the server, and writes down what became of it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.errors import LostClaim, MachineError, MailError
from reporter.post.model import DeliveryState
from reporter.post.outbox_tables import Mail
from reporter.post.run import Run
from reporter.post.smtp import Line, connect
from reporter.post.smtp_faults import Lost, Refused, ServerFault, Uncertain

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(minutes=70)
_FULL_TRIES, _FULL_PAUSE = 5, 0.2


def carry(run: Run) -> None:
    """Sends what is due over one connection after another, until nothing is or the run is stopped."""
    carrier = Carrier(run)
    try:
        while not run.stopping.is_set() and carrier.one():
            pass
    except BaseException as error:  # a thread's exception is the command's
        run.error = run.error or error
        run.stop(str(error))
    finally:
        carrier.hang_up()


@dataclass
class Carrier:
    """One thread and its connection."""

    run: Run
    line: Line | None = None

    def one(self) -> bool:
        """Carries one mail; tells whether there was one to carry."""
        job, run = self.run.job, self.run
        if run.stopping.wait(run.rates.take()):
            return False
        mail = job.outbox.claim(job.delivery, run.owner, job.lease, job.clock.now())
        if mail is None:
            return False
        try:
            if not job.wanted(mail.envelope.recipient.id):
                self._settle(mail, "suppressed", None, tried=False)
                return True
            line = self._ready()  # first: what the server takes decides how the mail is built
            built = job.build(mail.envelope)
        except ServerFault as fault:
            self._give_back(mail)
            run.fault(fault)
            return True
        except MailError as error:
            self._settle(mail, "failed", str(error), failed=True)
            return True
        except MachineError:
            raise
        except BaseException:
            self._give_back(mail)
            raise
        self._carry(line, mail, built)
        return True

    def _ready(self) -> Line:
        if self.line is not None and self.line.worn:
            self.hang_up()
        if self.line is None:
            self.line = connect(self.run.job.smtp)
            self.run.job.met(self.line)
        return self.line

    def hang_up(self) -> None:
        """Takes leave of the server."""
        if self.line is not None:
            self.line.quit()
            self.line = None

    def _carry(self, line: Line, mail: Mail, built: bytes) -> None:
        job, to = self.run.job, mail.envelope.recipient.email

        def before_dot() -> None:
            nonlocal mail
            mail = job.outbox.mark_dot(mail, job.clock.now())

        try:
            reply = line.deliver(built, mail.envelope.return_path, to, before_dot)
        except ServerFault as fault:
            self._give_back(mail)
            self.hang_up()
            if (
                fault.permanent or line.used == 1
            ):  # an old connection may just be over; a fresh one tells more
                self.run.fault(fault)
        except Refused as refused:
            self._met()
            if refused.permanent:
                self._settle(mail, "failed", str(refused), failed=True)
            else:
                self._defer(mail, str(refused))
        except Lost as lost:
            self._defer(mail, str(lost))
        except Uncertain as error:
            self._settle(mail, "unknown", f"after the dot: {error}", failed=True)
        except LostClaim:
            line.close()
        else:
            self._met()
            self._settle(mail, "sent", str(reply))

    def _met(self) -> None:
        self.run.faults = 0  # the server works

    def _give_back(self, mail: Mail) -> None:
        now = self.run.job.clock.now()
        self._write(lambda: self.run.job.outbox.settle(mail, "queued", now, next_try=now, tried=False))

    def _defer(self, mail: Mail, told: str) -> None:
        """Lets a mail wait, longer each time, but not beyond the issue's expiry: then it has failed."""
        now = self.run.job.clock.now()
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(mail.attempts, 10)) * random.uniform(0.8, 1.0)
        if now + wait >= self.run.job.delivery.expires_at:
            self._settle(mail, "failed", f"{told}; given up at the issue's expiry", failed=True)
        else:
            self._settle(mail, "deferred", told, next_try=now + wait, failed=True)

    def _settle(
        self,
        mail: Mail,
        state: DeliveryState,
        reply: str | None,
        *,
        next_try: datetime | None = None,
        tried: bool = True,
        failed: bool = False,
    ) -> None:
        run = self.run
        now = run.job.clock.now()
        self._write(lambda: run.job.outbox.settle(mail, state, now, reply, next_try, tried))
        run.on_mail(state)
        if tried and run.breaker.note(failed):
            settings = run.breaker.settings
            run.stop(f"of the last {settings.of} mails too many failed; the last: {reply}", pause=True)

    def _write(self, write: Callable[[], None]) -> None:
        """Writes an outcome that is known only here: a database that is full or locked is asked again."""
        for left in reversed(range(_FULL_TRIES)):
            try:
                return write()
            except LostClaim:
                return None
            except MachineError:
                if not left:
                    raise
                time.sleep(_FULL_PAUSE)
        return None
