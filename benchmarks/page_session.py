"""A person at the page without a browser: the requests that one sends to Gradio for a click, and what comes back."""

import json
import secrets
import time
from typing import Any

import httpx2

from tests.gateway.browser.site import PASSWORDS, Site

COMPLETED = "process_completed"
GENERATING = "process_generating"
NAME = "analyst"


class Session:
    """A page opened by one who has signed in."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._client = httpx2.AsyncClient(base_url=site.url(""), timeout=60)
        self._hash = secrets.token_hex(5)

    async def open(self) -> None:
        """Sign in, and read the page's form."""
        given = {"name": NAME, "password": PASSWORDS[NAME]}
        await self._client.post("/login", data=given, headers={"Origin": self._site.origin})
        page: Any = (await self._client.get("/en/config")).json()
        components = {one["id"]: one["props"] for one in page["components"]}
        (self._click,) = (
            one
            for one in page["dependencies"]
            for at, event in one["targets"]
            if event == "click" and components[at].get("elem_id") == "cr-score"
        )
        self._shown = [components[at].get("value") for at in self._click["inputs"]]

    async def click(self) -> float:
        """Milliseconds from a click on "Score and record" to the decision; the reasons are waited for too."""
        begun = time.perf_counter()
        sent = {"data": self._shown, "fn_index": self._click["id"], "session_hash": self._hash}
        (await self._client.post("/en/gradio_api/queue/join", json=sent)).raise_for_status()
        decided = None
        address = f"/en/gradio_api/queue/data?session_hash={self._hash}"
        async with self._client.stream("GET", address) as answer:
            async for line in answer.aiter_lines():
                message = json.loads(line.removeprefix("data:")) if line else {"msg": ""}
                if message["msg"] == GENERATING and decided is None:
                    decided = time.perf_counter()
                if message["msg"] == COMPLETED:
                    assert message["success"], message
                    break
        assert decided is not None
        return 1e3 * (decided - begun)

    async def close(self) -> None:
        await self._client.aclose()
