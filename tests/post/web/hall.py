"""A reception of the test's own: two editions, a real database, a drawer for mails, a clock to be set."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from starlette.testclient import TestClient

from reporter.clock import FixedClock
from reporter.post.issues import Links, links_for
from reporter.post.model import IssueFolder, Recipient
from reporter.post.subscribers import Subscribers
from reporter.post.web.app import web_app
from reporter.post.web.reception import Reception
from reporter.settings import Settings, load_settings
from reporter.store import open_store
from tests.post.mails import published
from tests.post.people import NOW, signer

EDITION, OTHER = "solid-state-weekly", "second"
READER = "ann@example.org"


def settings(home: Path, public_url: str = "https://desk.example.org", **more: Any) -> Settings:
    """Settings of two editions, one in two languages."""
    document = {
        "public_url": public_url,
        "database": "sqlite:///reporter.db",
        "smtp": {"host": "localhost", "port": 9, "security": "none", "sender": "desk@example.org"},
        "editions": {
            EDITION: {"title": {"en": "Market Weekly", "zh": "市场周报"}, "languages": ["en", "zh"]},
            OTHER: {"title": {"en": "Second Paper", "zh": "第二份报告"}},
        },
    }
    (home / "data").mkdir(exist_ok=True)
    file = home / "schedule.yaml"
    file.write_text(yaml.safe_dump(document | more, allow_unicode=True, sort_keys=False), "utf-8")
    return load_settings(file)


@dataclass
class Hall:
    """The pages as a client sees them, and what lies behind."""

    home: Path
    desk: Reception
    client: TestClient
    clock: FixedClock
    sent: list[EmailMessage] = field(default_factory=list)

    @property
    def people(self) -> Subscribers:
        return self.desk.people

    def form_of(self, path: str) -> str:
        """Yields the token of the form on a page."""
        found = re.search(r'name="form" value="([^"]+)"', self.client.get(path).text)
        assert found, path
        return found[1]

    def press(self, path: str, **fields: Any) -> Any:
        """Opens a page and presses its button."""
        return self.client.post(path, data={"form": self.form_of(path), **fields})

    def ask(self, email: str = READER, *editions: str, **fields: Any) -> Any:
        """Fills in the form of `/subscribe`."""
        wanted = {"email": email, "edition": list(editions or (EDITION,)), "language": "en", "format": "pdf"}
        return self.press("/subscribe", **wanted | fields)

    def link(self, number: int = -1) -> str:
        """Yields path and query of the link in a mail that was sent."""
        found = re.search(r"https://\S+", self.sent[number].get_content())
        assert found
        return path_of(found[0])

    def subscribed(self, *editions: str) -> str:
        """Subscribes the reader by the pages; yields the name that links carry."""
        self.ask(READER, *editions)
        assert self.press(self.link()).status_code == 200
        person = self.people.by_email(READER)
        assert person is not None
        return person.public

    def state(self, edition: str = EDITION) -> str:
        """Yields how the reader stands to an edition."""
        person = self.people.by_email(READER)
        return person.editions[edition].state if person and edition in person.editions else "unknown"

    def mail_links(self, public: str, issue: IssueFolder) -> Links:
        """Yields the links of an issue's mail."""
        reader = Recipient(1, public, READER, "", "en", "link")
        return links_for(self.desk.signer, self.desk.root, issue, reader, now=self.clock.now())


def path_of(link: str) -> str:
    """Yields path and query of a link."""
    parts = urlsplit(link)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def hall(home: Path, **more: Any) -> Hall:
    """A hall with nobody in it."""
    made = settings(home, **more)
    clock, sent = FixedClock(NOW), list[EmailMessage]()
    people = Subscribers(open_store(made.database), signer())
    desk = Reception(made, people, people.signer, clock, sent.append)
    client = TestClient(web_app(desk), headers={"Accept-Language": "en"})
    return Hall(home, desk, client, clock, sent)


def issue_in(home: Path, **more: Any) -> IssueFolder:
    """Publishes an issue there."""
    return published(home, **more)
