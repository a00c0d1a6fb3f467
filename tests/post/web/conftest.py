"""A fresh hall for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.post.web.hall import Hall, hall


@pytest.fixture
def lobby(tmp_path: Path) -> Hall:
    return hall(tmp_path)
