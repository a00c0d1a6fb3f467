"""Keys and certificates of mail servers, good for two days; `both.pem` has what a server needs."""

from __future__ import annotations

import subprocess
from pathlib import Path


def self_signed(folder: Path, name: str = "IP:127.0.0.1") -> Path:
    """Makes `folder`/crt and both.pem, of a server that signed for itself; yields the folder."""
    return _made(folder, name)


def issued(folder: Path, name: str = "IP:127.0.0.1") -> Path:
    """Makes them as a private authority signs them, whose certificate is `folder`/authority/crt."""
    authority = folder / "authority"
    authority.mkdir()
    _made(authority, "DNS:authority.example.net", "-addext", "keyUsage=critical,keyCertSign")
    signer = ["-CA", f"{authority}/crt", "-CAkey", f"{authority}/key"]
    return _made(folder, name, *signer, "-addext", "basicConstraints=critical,CA:FALSE")


def _made(folder: Path, name: str, *more: str) -> Path:
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj"]
    names = [f"/CN={name.partition(':')[2]}", "-addext", f"subjectAltName={name}"]
    files = ["-keyout", str(folder / "key"), "-out", str(folder / "crt")]
    subprocess.run([*words, *names, *more, *files], check=True, capture_output=True)
    (folder / "both.pem").write_bytes((folder / "key").read_bytes() + (folder / "crt").read_bytes())
    return folder
