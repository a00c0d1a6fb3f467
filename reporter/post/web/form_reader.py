"""Reads a form as it comes in, and no more of it than a form can be."""

from __future__ import annotations

from collections.abc import Mapping

import anyio
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

LARGEST = 16_384  # bytes of a form; the longest that a page sends is a tenth of it
PATIENCE = 10  # seconds for a form to come in


async def read_form(request: Request) -> Mapping[str, tuple[str, ...]] | None:
    """Yields the fields of a form; None where it is too large, too slow, broken, or none."""
    receive, size = request.receive, 0

    async def counted() -> Message:
        nonlocal size
        part = await receive()
        size += len(part.get("body", b""))
        if size > LARGEST:
            raise HTTPException(413)
        return part

    try:
        with anyio.fail_after(PATIENCE):
            found = await Request(request.scope, counted).form(
                max_files=0, max_fields=50, max_part_size=LARGEST
            )
    except (HTTPException, ClientDisconnect, TimeoutError, UnicodeError):
        return None
    names = dict.fromkeys(name for name, _ in found.multi_items())
    return {name: tuple(str(value) for value in found.getlist(name)) for name in names}
