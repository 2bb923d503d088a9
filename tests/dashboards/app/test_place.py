import pytest
from hypothesis import given
from hypothesis import strategies as st

from s4mcl_dashboards.app.place import FILTERS, Place

NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=30)
CHOICES = st.lists(NAMES, min_size=1, max_size=3, unique=True).map(tuple)


def read(url: str) -> Place:
    path, _, query = url.partition("?")
    return Place.read(path, f"?{query}" if query else "")


@given(st.dictionaries(st.sampled_from(FILTERS), CHOICES), NAMES, st.integers(1, 99))
def test_a_view_survives_its_url(chosen: dict[str, tuple[str, ...]], study: str, page: int) -> None:
    kept = tuple((name, chosen[name]) for name in FILTERS if name in chosen)
    place = Place("/study", (study,), view="search", chosen=kept, sort="-dice", page=page)
    assert read(place.url) == place


def test_a_filter_is_chosen_and_let_go() -> None:
    place = Place("/study", ("demo",), page=3)
    once = place.toggled("method", "unet")
    assert once.url == "/study?study=demo&method=unet"
    both = once.toggled("method", "cnn").toggled("stage", "search")
    assert both.url == "/study?study=demo&stage=search&method=unet&method=cnn"
    assert both.toggled("method", "unet").values("method") == ("cnn",)
    assert once.toggled("method", "unet").url == "/study?study=demo"


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "1e3", "²", "9" * 30])
def test_a_page_that_is_none_is_the_first(page: str) -> None:
    assert Place.read("/study", f"?study=demo&page={page}").page == 1


def test_a_point_of_a_figure_names_trials() -> None:
    place = Place.read("/trial", "?study=demo&stage=search&method=unet&labels=0.1&proposal=3")
    assert dict(place.of) == {"stage": "search", "method": "unet", "labels": "0.1", "proposal": "3"}
    assert not place.chosen
    assert read(place.url) == place


def test_what_cannot_be_read_is_left_out() -> None:
    assert Place.read(None, None) == Place()
    assert Place.read("", "?nonsense") == Place()
    assert Place.read("/study/", "?study=demo").path == "/study"
    assert Place.read("/etc/passwd", "").unknown
