"""Delivers a published issue: asks whether it may go out, freezes its mails, and sends them."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from reporter.clock import Clock
from reporter.errors import DeliveryError, NothingToDo, SettingsError
from reporter.post.addresses import check_address
from reporter.post.letters import Letters
from reporter.post.message import Letter, least_limit
from reporter.post.model import DeliveryState, Envelope, IssueFolder, Recipient
from reporter.post.outbox import Outbox, Stamp
from reporter.post.outbox_tables import Delivery
from reporter.post.run import Job
from reporter.post.sender import Outcome, deliver, run_of
from reporter.post.smtp import Line, connect
from reporter.post.smtp_faults import WireFault
from reporter.post.subscribers import Subscribers
from reporter.post.tokens import Signer
from reporter.post.witness import Witness, read_witness, write_witness
from reporter.publishing_settings import SmtpSettings
from reporter.settings import Settings
from reporter.store import Store, kept_open

_ENDED: tuple[DeliveryState, ...] = ("sent", "failed", "suppressed")
_CLOCK_SLACK = timedelta(hours=1)
_ASK = "`reporter send --yes` sends it all the same"

OnMail = Callable[[DeliveryState], None]
OnLink = Callable[[Letter], None]


@dataclass(frozen=True)
class Office:
    """What a delivery needs: settings, the database, the signer of links, a clock."""

    settings: Settings
    store: Store
    signer: Signer
    clock: Clock

    @property
    def smtp(self) -> SmtpSettings:
        """The mail server; SettingsError where none is set, or the links of a mail have no address."""
        missing = []
        if self.settings.smtp is None:
            missing.append(self.settings.problem("no_smtp", "mails need a server; set it", "smtp"))
        if self.settings.public_url is None:
            why = "mails need an address to unsubscribe at; set it"
            missing.append(self.settings.problem("no_public_url", why, "public_url"))
        if self.settings.smtp is None or missing:
            raise SettingsError(missing)
        return self.settings.smtp

    def expires(self, issue: IssueFolder) -> timedelta:
        """Yields for how long an issue is delivered."""
        return self.settings.editions[issue.edition].deliver.expires


def dispatch(
    office: Office,
    issue: IssueFolder,
    *,
    by_hand: bool = True,
    sure: bool = False,
    on_mail: OnMail = lambda _: None,
    on_start: Callable[[int], None] = lambda _: None,
    on_link: OnLink = lambda _: None,
    stopping: Event | None = None,
) -> Outcome:
    """Delivers an issue, or goes on with it; yields what the run came to.

    `by_hand`: also where it is paused. `sure`: also where the issue is old or the database went back in time.
    `on_start` is told how many mails there are, `on_mail` what became of each, `on_link` of letters whose PDF
    is too large for the edition or the server, and goes as a link. `stopping`, once it is set, ends the run
    after the mails in hand. Raises DeliveryError where a hand must say that it is sure, SettingsError,
    NothingToDo where nobody is to receive it, MachineError, and what `compose` does before anything
    is queued.
    """
    smtp = office.smtp
    witness = read_witness(issue)  # before the database, which is never behind it
    outbox, now = Outbox(office.store), office.clock.now()
    known = outbox.find(issue.edition, issue.week, issue.version)
    if issue.withdrawn:
        if known is not None:
            outbox.call_off(known, "withdrawn", now)
        raise NothingToDo(f"{issue.edition} {issue.week} v{issue.version} is withdrawn")
    if not sure:
        _ask_if_old(office, issue, known, now)
        _ask_if_back_in_time(issue, witness, known, {} if known is None else outbox.counts(known), now)
    if known is not None and known.paused and not by_hand:
        return Outcome(outbox.counts(known), known.paused, True, outbox.next_try(known))
    letters = Letters(issue, office.settings, office.signer, on_link=on_link)
    if known is None:
        letters.check()  # a wrong subject or a damaged file is no recipient's fault: nothing is queued
    delivery = known or _freeze(office, outbox, issue, smtp, now)
    if sure and delivery.expires_at <= now:
        outbox.extend(delivery, now + office.expires(issue))
    begun = outbox.begin(delivery, now)
    _write(outbox, issue, begun, durably=True)
    on_start(sum(outbox.counts(begun).values()))
    with kept_open(office.store, smtp.connections) as store:
        people, kept = Subscribers(store, office.signer), Outbox(store)
        wanted, met = lambda id: people.is_wanted(id, issue.edition), _sized(kept, begun, letters)
        job = Job(kept, begun, smtp, letters, wanted, office.clock, met=met)
        try:
            return deliver(run_of(job, _witnessed(kept, issue, begun, on_mail)), stopping)
        finally:
            _write(kept, issue, begun, durably=True)


def _freeze(
    office: Office, outbox: Outbox, issue: IssueFolder, smtp: SmtpSettings, now: datetime
) -> Delivery:
    recipients = Subscribers(office.store, office.signer).recipients(issue.edition)
    return outbox.freeze(issue, recipients, stamp_of(smtp, office.signer), office.expires(issue), now)


def _sized(outbox: Outbox, delivery: Delivery, letters: Letters) -> Callable[[Line], None]:
    """Yields what holds the letters to the size that the first server of the delivery took."""
    letters.limit = delivery.size_limit
    deliver = letters.settings.editions[delivery.edition].deliver

    def met(line: Line) -> None:
        if letters.limit is None:
            letters.limit = outbox.fix_size(delivery, least_limit(deliver, line.size_limit))

    return met


def stamp_of(smtp: SmtpSettings, signer: Signer) -> Stamp:
    """Yields what mails are made with: the sender's domain, and return paths that prove a bounce is ours."""
    local, _, domain = (smtp.bounces or "").rpartition("@")
    if not domain:
        return Stamp(_domain(smtp), lambda _: smtp.sender)
    return Stamp(_domain(smtp), lambda token: f"{local}+{signer.sign('bounce', token)}@{domain}")


def _domain(smtp: SmtpSettings) -> str:
    return smtp.sender.rpartition("@")[2]


# ── what asks ──


def _ask_if_old(office: Office, issue: IssueFolder, known: Delivery | None, now: datetime) -> None:
    as_of = json.loads((issue.folder / "manifest.json").read_bytes())["as_of"]
    made = datetime.fromisoformat(as_of).astimezone(UTC)
    end = made + office.expires(issue) if known is None else known.expires_at
    waits = known is None or Outbox(office.store).next_try(known) is not None
    if waits and now >= end:
        raise DeliveryError(
            f"{issue.edition} {issue.week} v{issue.version}: it is old; its delivery was to end at"
            f" {end:%Y-%m-%d %H:%M} UTC; {_ASK}"
        )


def _ask_if_back_in_time(
    issue: IssueFolder,
    witness: Witness | None,
    known: Delivery | None,
    counts: dict[DeliveryState, int],
    now: datetime,
) -> None:
    name = f"{issue.edition} {issue.week} v{issue.version}"
    runs, ended = (0, 0) if known is None else (known.runs, sum(counts.get(one, 0) for one in _ENDED))
    if witness is not None and (witness.runs > runs or witness.ended > ended):
        raise DeliveryError(
            f"{name}: the database went back in time: it knows of {ended} mails that are done, and"
            f" {witness.ended} were (run {witness.runs}, not {runs}); who had a mail since would get it"
            f" again. Take the newest database; {_ASK}"
        )
    if known is not None and now < known.last_at - _CLOCK_SLACK:
        raise DeliveryError(
            f"{name}: it was mailed at {known.last_at:%Y-%m-%d %H:%M} UTC; check the clock; {_ASK}"
        )


def _write(outbox: Outbox, issue: IssueFolder, delivery: Delivery, *, durably: bool) -> None:
    counts = outbox.counts(delivery)
    ended = sum(counts.get(one, 0) for one in _ENDED)
    write_witness(issue, Witness(delivery.runs, ended), durably=durably)


def _witnessed(outbox: Outbox, issue: IssueFolder, delivery: Delivery, on_mail: OnMail) -> OnMail:
    """Yields `on_mail` with the witness written about once a second."""
    written = [time.monotonic()]

    def noted(state: DeliveryState) -> None:
        on_mail(state)
        if time.monotonic() - written[0] > 1:
            written[0] = time.monotonic()
            _write(outbox, issue, delivery, durably=False)

    return noted


# ── beside the outbox ──


def dry_run(office: Office, issue: IssueFolder) -> tuple[Path, int]:
    """Writes every mail that a delivery would begin with as an .eml file; opens no socket, freezes nothing.

    Yields the folder, replaced each time, and how many there are.
    """
    outbox, now = Outbox(office.store), office.clock.now()
    letters, stamp = Letters(issue, office.settings, office.signer), stamp_of(office.smtp, office.signer)
    known = outbox.find(issue.edition, issue.week, issue.version)
    if known is not None:
        letters.limit = known.size_limit
        envelopes = [mail.envelope for mail in outbox.mails(known, ["queued", "deferred"])]
    else:
        people = Subscribers(office.store, office.signer).recipients(issue.edition)
        chosen = outbox.chosen(issue, people)
        envelopes = [_trial(one, f"dry-run-{one.id}", stamp, now) for one in chosen]
    folder = issue.folder.parent / f"mails-v{issue.version}"
    beside = folder.with_suffix(".part")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    for n, envelope in enumerate(envelopes, 1):
        (beside / f"{n:05}.eml").write_bytes(letters(envelope))
    shutil.rmtree(folder, ignore_errors=True)
    beside.replace(folder)
    return folder, len(envelopes)


def send_proof(office: Office, issue: IssueFolder, addresses: Sequence[str]) -> list[str]:
    """Sends a mail marked as a proof to some addresses, outside the outbox; yields the server's answers.

    Raises SubscriberError for an address that is none, DeliveryError where the server does not take it.
    """
    smtp, now = office.smtp, office.clock.now()
    letters = Letters(issue, office.settings, office.signer, proof=True)
    stamp, answers = Stamp(_domain(smtp), lambda _: smtp.sender), []
    people = [Recipient(0, "proof", check_address(one), "", issue.languages[0], "pdf") for one in addresses]
    line = None
    try:
        line = connect(smtp)
        letters.limit = line.size_limit
        for n, one in enumerate(people):
            envelope = _trial(one, f"proof-{now:%Y%m%d%H%M%S}-{n}", stamp, now)
            reply = line.deliver(letters(envelope), envelope.return_path, one.email, lambda: None)
            answers.append(f"{one.email}: {reply}")
    except WireFault as fault:
        raise DeliveryError(f"the proof was not sent: {fault}") from None
    finally:
        if line is not None:
            line.quit()
    return answers


def _trial(one: Recipient, name: str, stamp: Stamp, now: datetime) -> Envelope:
    return Envelope(one, f"<{name}@{stamp.domain}>", now, stamp.return_path(name))
