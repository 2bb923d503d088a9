"""Several studies on one page: what compares them, and that each keeps its own sections, ids and links."""

import itertools
import re
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from made_study import make_study
from s4mcl.cli.app import app
from s4mcl_dashboards.figures.side_by_side import line_looks, side_by_side_figure
from s4mcl_dashboards.frames.side_by_side import FATAL, UNEQUAL, about_frame, differing, side_by_side_frame
from s4mcl_dashboards.material import Material, read_material
from s4mcl_dashboards.namespace import deeper, namespaced
from s4mcl_dashboards.page import SECTIONS
from s4mcl_dashboards.palette import looks
from s4mcl_dashboards.report import write_report
from s4mcl_trainables.problems import InputError

EVIL = "</script><b id=\"x\" href='#y'>&"


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A storage with two studies. Read only."""
    storage = tmp_path_factory.mktemp("made") / "studies"
    for name in ("demo", "locked"):
        make_study(storage, name, *(["test=locked"] if name == "locked" else []))
    return storage


@pytest.fixture(scope="module")
def page(storage: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "both.html"
    write_report([storage / "demo", storage / "locked"], path)
    text = path.read_text(encoding="utf-8")
    return text[: text.index("plotly.js")]


def test_each_study_has_all_sections_and_no_id_stands_twice(page: str) -> None:
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for place in (1, 2):
        for anchor, _, _ in SECTIONS:
            assert f'<section id="study-{place}-{anchor}"' in page
            assert f'href="#study-{place}-{anchor}"' in page


def test_whatever_refers_to_an_id_finds_it(page: str) -> None:
    ids = set(re.findall(r' id="([^"]+)"', page))
    told = re.findall(r' (?:href|for|aria-controls|aria-labelledby|aria-describedby)="#?([^"]+)"', page)
    referred = {name for names in told for name in names.split() if not name.startswith("data:")}
    assert len(referred) > 20
    assert referred <= ids


def test_the_page_leads_with_the_comparison_and_the_headings_are_in_order(page: str) -> None:
    assert page.index('<section id="side-by-side"') < page.index('<article class="study" id="study-1"')
    assert "<h1><bdi>demo and locked</bdi></h1>" in page
    levels = [int(aria or level) for level, aria in re.findall(r'<h([1-6])(?: aria-level="(\d)")?', page)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert levels.count(1) == 1


def test_a_locked_study_is_not_compared_with_one_that_read_test_labels(page: str) -> None:
    assert "These studies are not comparable" in page
    assert (
        "different parts of the partition that the values are of: test (“demo”) against validation (“locked”)." in page
    )


def test_the_frame_is_that_of_each_study(storage: Path) -> None:
    studies = {name: read_material(storage / name) for name in ("demo", "locked")}
    frame = side_by_side_frame(studies)
    assert frame["study"].unique(maintain_order=True).to_list() == ["demo", "locked"]
    for name, material in studies.items():
        assert_frame_equal(frame.filter(study=name).drop("study"), material.effect)
    about = about_frame(studies).to_dicts()
    assert [row["part"] for row in about] == ["test", "val"]
    assert about[0]["images"] == [60, 16, 24]
    assert (about[0]["seeds"], about[0]["iterations"], about[0]["trials"], about[0]["completed"]) == (3, 20, 12, 12)


def test_what_differs_is_told_by_groups(material: Callable[..., Material], trials: Callable[..., pl.DataFrame]) -> None:
    def study(fingerprint: str | None, iterations: int) -> Material:
        config = {"budget": {"iterations": iterations}, "image_size": 128}
        values = trials({"test_dice": 0.5})
        return material(values, config=config, dataset={"fingerprint": fingerprint}, partition={"fingerprint": "p"})

    studies = {"a": study("x", 10), "b": study("y", 10), "c": study("x", 20)}
    assert differing(studies, FATAL) == [("datasets", [("x", ["a", "c"]), ("y", ["b"])])]
    unequal = dict(differing(studies, UNEQUAL))
    assert unequal["budgets of training iterations"] == [("10", ["a", "b"]), ("20", ["c"])]
    unknown = [("not told", [name]) for name in studies]  # none says it, so none is known to be like another
    assert unequal["commits of the code"] == unknown
    assert differing({"a": studies["a"], "a again": studies["a"]}, FATAL) == []


def test_a_line_a_study_and_method_with_the_colour_of_the_method(storage: Path) -> None:
    studies = {name: read_material(storage / name) for name in ("demo", "locked")}
    lines = [(name, method) for name in studies for method in ("unet", "s4mcl")]
    of_line = line_looks(lines, looks(["unet", "s4mcl"]))
    assert of_line["demo", "unet"].color == of_line["locked", "unet"].color != of_line["demo", "s4mcl"].color
    assert of_line["demo", "unet"].dash == of_line["demo", "s4mcl"].dash != of_line["locked", "unet"].dash
    frame = side_by_side_frame(studies)
    figure = side_by_side_figure(frame, "dice", of_line).to_plotly()
    assert len(figure.data) == 4
    told = frame.filter(study="demo", method="unet", metric="dice").sort("label_fraction")
    assert list(figure.data[0].y) == told["mean"].to_list()
    assert len({trace.meta["series"] for trace in figure.data}) == 4


def test_only_attributes_are_renamed() -> None:
    html = (
        '<a href="#x">id="x" href="#x"</a><p id="x" aria-labelledby="x y">&quot; id=&quot;x&quot;</p>'
        '<image href="data:image/png;base64,#AA"/><rect fill="url(#x)"/><script>{"a":" id=\\"x\\""}</script>'
    )
    text = 'id="x" href="#x"'  # what escaping never lets through
    assert namespaced(html.replace(text, ""), "s-") == (
        '<a href="#s-x"></a><p id="s-x" aria-labelledby="s-x s-y">&quot; id=&quot;x&quot;</p>'
        '<image href="data:image/png;base64,#AA"/><rect fill="url(#s-x)"/><script>{"a":" id=\\"x\\""}</script>'
    )
    assert deeper("<h2>a</h2><h4 class='x'>b</h4><hr>") == (
        '<h2 aria-level="3">a</h2><h4 aria-level="5" class=\'x\'>b</h4><hr>'
    )


def test_names_that_are_alike_are_told_apart_and_hostile_ones_are_text(storage: Path, tmp_path: Path) -> None:
    other = make_study(tmp_path / EVIL.replace("/", "∕"), "demo")
    path = write_report([storage / "demo", other], tmp_path / "page.html")
    text = path.read_text(encoding="utf-8")
    head = text[: text.index("plotly.js")]
    assert "<bdi>studies/demo</bdi>" in head
    assert "&lt;∕script&gt;&lt;b id=&quot;x&quot; href=&#x27;#y&#x27;&gt;&amp;/demo" in head
    assert "<b id=" not in head
    assert str(tmp_path) not in head


def test_where_several_are_written(storage: Path, tmp_path: Path) -> None:
    assert write_report([storage / "demo", storage / "locked"]) == storage / "report.html"
    other = make_study(tmp_path / "others", "demo")
    with pytest.raises(InputError, match="2 storages"):
        write_report([storage / "demo", other])
    with pytest.raises(InputError, match="named twice"):
        write_report([storage / "demo", storage / "locked", storage / "demo"])


def test_the_command_takes_several_and_tells_what_is_wrong(storage: Path, tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    words = ["report", str(storage / "demo"), str(storage / "locked"), "--output", str(target)]
    shown = CliRunner().invoke(app, words)
    assert (shown.exit_code, shown.output.split()) == (0, [str(target)])
    wrong = CliRunner().invoke(app, ["report", str(storage / "demo"), "--format", "htm"])
    assert isinstance(wrong.exception, InputError)
    assert "unknown format 'htm'" in str(wrong.exception)
    assert "did you mean html?" in str(wrong.exception)
    target.write_text("my notes", encoding="utf-8")
    refused = CliRunner().invoke(app, words)
    assert "exists and is no HTML file" in str(refused.exception)
    assert target.read_text(encoding="utf-8") == "my notes"
    missing = CliRunner().invoke(app, [*words[:-1], str(tmp_path / "missing" / "page.html")])
    assert "there is no folder" in str(missing.exception)
