"""The gateway with its page asks no other host."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.gateway.browser.site import serving, visit
from tests.gateway.browser.test_applicant import decide
from tests.gateway.process import LOOPBACK
from trainer.local import Service

ASK = "import httpx; httpx.get('https://huggingface.co', timeout=2)"


def through(proxy: socket.socket) -> dict[str, str]:
    """Settings by which what asks another host comes to ``proxy`` instead."""
    address = f"http://{LOOPBACK}:{proxy.getsockname()[1]}"
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
    return dict.fromkeys(names, address) | dict.fromkeys(("NO_PROXY", "no_proxy"), f"{LOOPBACK},localhost")


@pytest.mark.asyncio(loop_scope="session")
async def test_the_server_asks_no_other_host(browser: Browser, services: dict[str, Service], tmp_path: Path) -> None:
    targets = {name: service.target for name, service in services.items()}
    with socket.create_server((LOOPBACK, 0)) as proxy:
        proxy.settimeout(0)
        with serving(tmp_path, targets, **through(proxy)) as site:
            async with visit(browser, site) as seen:
                await decide(seen.page)
        with pytest.raises(BlockingIOError):
            proxy.accept()


def test_who_asks_another_host_would_be_noticed() -> None:
    with socket.create_server((LOOPBACK, 0)) as proxy:
        proxy.settimeout(10)
        with subprocess.Popen([sys.executable, "-c", ASK], env=through(proxy), stderr=subprocess.DEVNULL) as asking:
            asked, _ = proxy.accept()
            asked.close()
            asking.wait(10)
