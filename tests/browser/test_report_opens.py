"""Every shape of a study has a report that opens without a single complaint of the browser."""

from collections.abc import Callable

import pytest
from hostile_study import STUDY
from playwright.sync_api import Page, expect
from study_shapes import SHAPES


@pytest.mark.parametrize("shape", SHAPES)
def test_the_report_of_any_study_opens_without_a_complaint(open_report: Callable[..., Page], shape: str) -> None:
    page = open_report(shape)
    expect(page.locator("h1")).to_have_text(STUDY if shape == "hostile" else "demo")
    page.wait_for_timeout(300)
