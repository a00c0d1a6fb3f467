"""Senders killed at random lose no mail and repeat none."""

from __future__ import annotations

from pathlib import Path

from tests.post.soak import check, soak


def test_a_few_random_kills(tmp_path: Path) -> None:
    check(soak(tmp_path, recipients=60, kills=5, seed=20251208), 60, 5)
