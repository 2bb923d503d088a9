"""Pages of a real Chromium that remember whatever went wrong in them."""

import os
import shutil
from collections.abc import Sequence
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Playwright, Request, Response, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
LOCAL = ("file:", "data:", "blob:", "about:")  # where a report may look, and nowhere else
ABORTED = "net::ERR_ABORTED"  # the page itself gave the request up, by leaving or closing


class Chromium:
    """The Chromium of this machine, started when first asked for; without one tests are skipped, in CI they fail."""

    def __init__(self) -> None:
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    def browser(self) -> Browser:
        """The running browser."""
        if self._browser is None:
            found = next((path for path in map(shutil.which, NAMES) if path), None)
            if found is None:
                message = f"none of {', '.join(NAMES)} is here: apt-get install chromium"
                pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
            sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's sandbox refuses root
            self._playwright = sync_playwright().start()
            launch = self._playwright.chromium.launch
            self._browser = launch(executable_path=found, args=[*sandbox, "--disable-gpu"])
        return self._browser

    def end(self) -> None:
        """End it, and with it the event loop that Playwright holds."""
        if self._browser is not None and self._playwright is not None:
            self._browser.close()
            self._playwright.stop()
        self._playwright = self._browser = None


class WatchedPages:
    """Opens pages, each in a context of its own, and collects the troubles of all."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._troubles: list[str] = []
        self._allowed: tuple[str, ...] = ()
        self._pages: list[Page] = []

    def __call__(
        self,
        *,
        width: int = 1440,
        height: int = 1000,
        scheme: str = "light",
        locale: str = "en-GB",
        allowed: Sequence[str] = LOCAL,
        **options: Any,
    ) -> Page:
        """A blank page; `allowed` are the beginnings of addresses that it may ask, `options` Playwright's own."""
        context = self._browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, locale=locale, **options
        )
        context.set_default_timeout(30_000)
        page = context.new_page()
        beginnings = (*LOCAL, *allowed)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self._troubles.append(f"error: {error}"))
        page.on("dialog", self._asked)
        page.on("request", lambda request: self._requested(request, beginnings))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)
        self._pages.append(page)
        return page

    def allow(self, *signs: str) -> None:
        """Troubles that hold one of these, without any all, count no more, whenever they are heard: some come late."""
        self._allowed += signs or ("",)

    def troubles(self) -> list[str]:
        """What went wrong so far, allowed or not."""
        return list(self._troubles)

    def close(self) -> None:
        """Close all pages; raise AssertionError where something went wrong that no test asked for."""
        for page in self._pages:
            page.context.close()
        left = [trouble for trouble in self._troubles if not any(sign in trouble for sign in self._allowed)]
        assert not left, "\n".join(left)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._troubles.append(f"console: {message.text}")

    def _asked(self, dialog: Dialog) -> None:
        self._troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _requested(self, request: Request, allowed: Sequence[str]) -> None:
        if not request.url.startswith(tuple(allowed)):
            self._troubles.append(f"request: {request.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != ABORTED:
            self._troubles.append(f"request failed: {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self._troubles.append(f"answer {response.status}: {response.url}")
