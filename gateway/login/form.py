"""Reading the form that browsers send."""

import asyncio
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request

LARGEST: Final = 8_192
"""Bytes of a form; name and password take fewer, however they are written."""
WITHIN: Final = 10.0
"""Seconds a form has to arrive."""


async def read_form(request: Request) -> dict[str, str]:
    """The form's fields; none where what came is no form, too large or too slow."""
    body = bytearray()
    try:
        async with asyncio.timeout(WITHIN):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST:
                    return {}
        fields = parse_qs(body.decode(), errors="strict", max_num_fields=10)
    except (TimeoutError, ValueError):
        return {}
    return {name: values[0] for name, values in fields.items()}
