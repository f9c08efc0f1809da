"""Behind the guard Gradio knows who is signed in, and a handler of its learns the role."""

import json

import gradio
import pytest
from fastapi import FastAPI

from gateway.login.guard import signed_in
from tests.gateway.login.site import Site, UsersFile, sign_in


@pytest.fixture
async def gradio_app(site: Site) -> FastAPI:
    """A page of Gradio's with a handler at once and one through the queue, behind the guard at /page.

    Made while a loop runs, as the gateway does: else Gradio makes loops of its own that it never closes.
    """

    def who(request: gradio.Request) -> str:
        user = signed_in(request.request)
        return f"{user.name} {user.role} {request.username}"

    with gradio.Blocks(analytics_enabled=False) as page:
        shown = gradio.Textbox()
        gradio.Button().click(who, None, shown, api_name="at_once", queue=False)
        gradio.Button().click(who, None, shown, api_name="queued")
    inner = FastAPI()
    gradio.mount_gradio_app(inner, page, path="/", auth_dependency=site.login.name)
    site.app.mount("/page", site.login.guard(inner, "/page"))
    return inner


async def test_a_handler_learns_the_role_that_holds_now(site: Site, users: UsersFile, gradio_app: FastAPI) -> None:
    async with gradio_app.router.lifespan_context(gradio_app), site.browser() as browser:
        assert (await browser.get("/page/config")).status_code == 401
        await sign_in(browser, "ana")
        assert (await browser.get("/page/")).status_code == 200
        called = await browser.post("/page/gradio_api/run/at_once", json={"data": []})
        assert called.json()["data"] == ["ana analyst ana"]
        users.write(ana="viewer")
        joined = {"data": [], "fn_index": 1, "session_hash": "one"}
        assert (await browser.post("/page/gradio_api/queue/join", json=joined)).status_code == 200
        stream = await browser.get("/page/gradio_api/queue/data?session_hash=one")
        said = [json.loads(line.removeprefix("data: ")) for line in stream.text.splitlines() if line]
        (completed,) = [one for one in said if one["msg"] == "process_completed"]
        assert completed["output"]["data"] == ["ana viewer ana"]
        users.write(vic="viewer")
        assert (await browser.post("/page/gradio_api/queue/join", json=joined)).status_code == 401
