"""A table that is sorted by its heads, with the mouse and with the keyboard."""

from importlib import resources

from playwright.sync_api import Page, expect
from watched_pages import WatchedPages

from s4mcl_dashboards.sortable import Head, Row, keyed, keyed_head, sortable_table

ROWS = [(0.05, "U-Net", 0.6), (0.05, "S4MCL", 0.8), (0.1, "U-Net", None), (0.1, "S4MCL", 0.09)]


def shown(pages: WatchedPages) -> Page:
    """A page with one small table and the script that sorts it."""
    rows = [
        Row([keyed_head(f"{100 * share:g} %", share), keyed_head(method), keyed(str(dice), dice)], share)
        for share, method, dice in ROWS
    ]
    table = sortable_table("Results", [Head("Labels"), Head("Method"), Head("Dice", "descending")], rows)
    script = (resources.files("s4mcl_dashboards") / "templates" / "tables.js").read_text(encoding="utf-8")
    page = pages()
    page.set_content(f"<html lang='en'><body>{table}<script>{script}</script></body></html>")
    return page


def column(page: Page, place: int) -> list[str]:
    return [text.replace("\xa0", " ") for text in page.locator(f"tbody tr > *:nth-child({place})").all_inner_texts()]


def test_a_click_sorts_another_turns_and_a_third_gives_back_the_order(browser_page: WatchedPages) -> None:
    page = shown(browser_page)
    head, button = page.locator("th", has_text="Dice"), page.get_by_role("button", name="Dice")
    button.click()
    assert column(page, 3) == ["0.8", "0.6", "0.09", "None"]  # the best first, what is missing last
    expect(head).to_have_attribute("aria-sort", "descending")
    button.click()
    assert column(page, 3) == ["0.09", "0.6", "0.8", "None"]
    expect(head).to_have_attribute("aria-sort", "ascending")
    button.click()
    assert column(page, 2) == [method for _, method, _ in ROWS]
    expect(page.locator("th[aria-sort]")).to_have_count(0)


def test_the_keyboard_sorts_and_every_row_keeps_its_share(browser_page: WatchedPages) -> None:
    page = shown(browser_page)
    page.get_by_role("button", name="Method").focus()
    page.keyboard.press("Enter")
    assert list(zip(column(page, 2), column(page, 1), strict=True)) == [
        ("S4MCL", "5 %"),
        ("S4MCL", "10 %"),
        ("U-Net", "5 %"),
        ("U-Net", "10 %"),
    ]
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("th[aria-sort]")).to_have_text("Dice")
    assert column(page, 3)[0] == "0.8"
