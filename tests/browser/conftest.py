"""One Chromium for all browser tests, a context of its own for each page, and reports of studies of many shapes."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from live_apps import LiveApps
from playwright.sync_api import Page
from study_shapes import SHAPES
from watched_pages import Chromium, WatchedPages

from s4mcl_dashboards.report import write_report

HERE = Path(__file__).parent
CHROMIUM = Chromium()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """End the browser with the last test of this folder: no other test could run an event loop beside Playwright's."""
    if nextitem is None or HERE not in nextitem.path.parents:
        CHROMIUM.end()


@pytest.fixture
def browser_page() -> Iterator[WatchedPages]:
    """Makes pages, as in `browser_page(width=390, scheme="dark")`; one that had a trouble fails the test."""
    pages = WatchedPages(CHROMIUM.browser())
    yield pages
    pages.close()


@pytest.fixture
def app_of() -> Iterator[LiveApps]:
    """Starts live apps: `app_of(path)` is the address of one over a storage or a study folder."""
    apps = LiveApps()
    yield apps
    apps.close()


@pytest.fixture(scope="session")
def study_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a study of a shape (a name in `SHAPES`), in a storage of its own. Read only: tests share it."""
    return cache(lambda shape: SHAPES[shape](tmp_path_factory.mktemp(shape)))


@pytest.fixture(scope="session")
def report_of(study_of: Callable[[str], Path]) -> Callable[[str], Path]:
    """The report of a study of a shape, made once. Read only: tests share it."""
    return cache(lambda shape: write_report(study_of(shape)))


@pytest.fixture
def open_report(browser_page: WatchedPages, report_of: Callable[[str], Path]) -> Callable[..., Page]:
    """Opens the report of a shape by file://; further arguments are those of `browser_page`."""

    def opened(shape: str, **options: object) -> Page:
        page = browser_page(**options)
        page.goto(report_of(shape).as_uri())
        return page

    return opened
