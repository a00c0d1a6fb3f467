"""A small SMTP server in a process of its own, with faults as a script tells; it writes down what it accepted.

`python sink.py FOLDER` prints its port, and `hung` each time it leaves a client waiting. The script is
`FOLDER/script.json`: a list of [phase, recipient's number or null, how often, what]. `what` is an answer such
as "450 later", "drop", "hang" or, at the dot, "accept-drop", "accept-hang". Accepted mails are the lines of
`FOLDER/accepted`: Message-ID and recipient; `FOLDER/log` has every command. As words it takes `tls`, `small`,
`no-starttls`, `certificate=FILE`, `offer=EXTENSION`, `login=USER:PASSWORD`, `token` (XOAUTH2 by what
`FOLDER/token` says) and `keep`: every mail that came to its dot stays in `FOLDER/mails`, taken or not. What it
does not offer, it refuses: large mails, letters beyond ASCII, mails without a login.
"""

from __future__ import annotations

import base64
import json
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent


class Sink:
    """The process, and what it accepted."""

    def __init__(self, folder: Path, *script: list[Any], words: tuple[str, ...] = ()) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.tell(*script)
        (folder / "accepted").touch()
        (folder / "log").touch()
        command = [sys.executable, str(Path(__file__)), str(folder), *words]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = int(self.heard())

    def tell(self, *script: list[Any]) -> None:
        """Gives it a new script."""
        (self.folder / "script.part").write_text(json.dumps(script))
        (self.folder / "script.part").replace(self.folder / "script.json")

    def heard(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    @property
    def accepted(self) -> list[str]:
        """The recipients of what it accepted, in order."""
        return [line.split()[1] for line in (self.folder / "accepted").read_text().splitlines()]

    @property
    def message_ids(self) -> list[str]:
        return [line.split()[0] for line in (self.folder / "accepted").read_text().splitlines()]

    @property
    def mails(self) -> list[bytes]:
        """What came to its dot, with the word `keep`, in order."""
        return [path.read_bytes() for path in sorted((self.folder / "mails").iterdir())]

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


class Closed(Exception):  # noqa: N818
    pass


class Server:
    """What runs in the process: a thread for each connection."""

    def __init__(self, folder: Path, words: list[str]) -> None:
        self.folder, self.words = folder, words
        self.offers = [word.partition("=")[2] for word in words if word.startswith("offer=")]
        sizes = [int(one[5:]) for one in self.offers if one.startswith("SIZE ")]
        self.size = sizes[0] if sizes else 1 << 40
        self.login = [word.partition("=")[2] for word in words if word.startswith("login=")]
        self.lock = threading.Lock()
        self.done: dict[int, int] = {}
        self.text, self.steps = "", []
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192 if "small" in words else 1 << 20)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64)
        self.context: ssl.SSLContext | None = None
        for word in words:
            if word.startswith("certificate="):
                self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self.context.load_cert_chain(word.partition("=")[2])

    def serve(self) -> None:
        print(self.listener.getsockname()[1], flush=True)
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def step(self, phase: str, to: str = "") -> str | None:
        """Yields what the script has at this phase, and counts it."""
        number = int(re.sub(r"\D", "", to.partition("@")[0]) or -1)
        with self.lock:
            text = (self.folder / "script.json").read_text()
            if text != self.text:
                self.text, self.steps, self.done = text, json.loads(text), {}
            for n, (at, whom, often, what) in enumerate(self.steps):
                if at == phase and whom in (None, number) and self.done.get(n, 0) < often:
                    self.done[n] = self.done.get(n, 0) + 1
                    return str(what)
        return None

    def act(self, phase: str, answer: str, to: str = "") -> str:
        """Yields the answer of a phase, or does what the script says."""
        what = self.step(phase, to) or answer
        if what == "drop":
            raise Closed
        if what == "hang":
            print("hung", flush=True)
            time.sleep(3600)
        return what

    def keep(self, mail: bytes) -> None:
        if "keep" in self.words:
            with self.lock:
                place = self.folder / "mails"
                place.mkdir(exist_ok=True)
                (place / f"{len(list(place.iterdir())):05}").write_bytes(mail)

    def talk(self, connection: socket.socket) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            Talk(self, connection).run()
        except (Closed, OSError):
            pass
        finally:
            connection.close()


class Talk:
    """One connection."""

    def __init__(self, server: Server, connection: socket.socket) -> None:
        self.server, self.connection, self.file = server, connection, connection.makefile("rb")
        self.to = ""
        self.secure = "tls" in server.words
        self.known = not (server.login or "token" in server.words)

    def say(self, text: str) -> None:
        self.connection.sendall(text.encode() + b"\r\n")

    def wrap(self) -> None:
        assert self.server.context is not None
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.file, self.secure = self.connection.makefile("rb"), True

    def run(self) -> None:
        if self.secure:
            self.wrap()
        self.say(self.server.act("banner", "220 sink"))
        while line := self.file.readline():
            words = line.decode("utf-8", "replace").strip()
            with self.server.lock, (self.server.folder / "log").open("a") as log:
                log.write(words + "\n")
            verb = words.split(" ")[0].upper()
            if verb == "QUIT":
                self.say("221 bye")
                return
            self.command(verb, words)

    def command(self, verb: str, words: str) -> None:
        act = self.server.act
        if verb == "EHLO":
            offers = list(self.server.offers)
            if self.server.context and not self.secure and "no-starttls" not in self.server.words:
                offers.append("STARTTLS")
            lines = ["sink", *offers]
            answer = "\r\n".join(
                f"250{' ' if n + 1 == len(lines) else '-'}{one}" for n, one in enumerate(lines)
            )
            self.say(act("EHLO", answer))
        elif verb == "STARTTLS":
            self.say("220 go")
            self.wrap()
        elif verb == "AUTH":
            self.known = self.known or self.proven(words)
            self.say(act("AUTH", "235 welcome" if self.known else "535 no: " + words))
        elif not words.isascii() and "SMTPUTF8" not in self.server.offers:
            self.say("500 what letters are these")
        elif verb == "MAIL":
            self.wide = words.endswith(" SMTPUTF8")
            size = re.search(r" SIZE=(\d+)", words)
            too_large = size is not None and int(size[1]) > self.server.size
            self.say(
                act("MAIL", "552 too large" if too_large else "250 ok" if self.known else "530 who are you")
            )
        elif verb == "RCPT" and not words.isascii() and not self.wide:
            self.say("553 that needs SMTPUTF8")
        elif verb == "RCPT":
            self.to = words.partition("<")[2].partition(">")[0]
            self.say(act("RCPT", "250 ok", self.to))
        elif verb == "DATA":
            answer = act("DATA", "354 go on", self.to)
            self.say(answer)
            if answer.startswith("354"):
                self.data()
        else:
            self.say("250 ok")

    def asked(self, question: str) -> str:
        self.say(f"334 {question}")
        return base64.b64decode(self.file.readline(), validate=False).decode()

    def proven(self, words: str) -> bool:
        """Tells whether a client is who it says."""
        _, way, first, *_ = f"{words}  ".split(" ")
        said = base64.b64decode(first).decode()
        if way == "XOAUTH2":
            token = said.partition("\x01auth=Bearer ")[2].removesuffix("\x01\x01")
            if said.startswith("user=desk\x01") and token == (self.server.folder / "token").read_text():
                return True
            self.asked(base64.b64encode(b'{"status": "401"}').decode())
            return False
        if way == "LOGIN":
            return f"{self.asked('VXNlcm5hbWU6')}:{self.asked('UGFzc3dvcmQ6')}" in self.server.login
        return said.removeprefix("\0").replace("\0", ":") in self.server.login

    def data(self) -> None:
        what = self.server.step("body", self.to)
        if what:
            self.file.read(1000)
            if what == "hang":
                print("hung", flush=True)
                time.sleep(3600)
            raise Closed
        name, head, found, content = "?", True, False, bytearray()
        while True:
            line = self.file.readline()
            if not line:
                raise Closed
            if line == b".\r\n":
                break
            content += line.removeprefix(b".")
            head = head and line != b"\r\n"
            if head and line.lower().startswith(b"message-id:"):
                name, found = line.split(b":", 1)[1].strip().decode(), True
        assert found
        self.server.keep(bytes(content))
        what = self.server.step("dot", self.to)
        what = what or ("552 too large" if len(content) > self.server.size else "250 taken")
        if what.startswith(("2", "accept")):
            with self.server.lock, (self.server.folder / "accepted").open("a") as file:
                file.write(f"{name} {self.to}\n")
        if what.endswith("drop"):
            raise Closed
        if what.endswith("hang"):
            print("hung", flush=True)
            time.sleep(3600)
        self.say(what)


if __name__ == "__main__":
    Server(Path(sys.argv[1]), sys.argv[2:]).serve()
