import re
import shlex
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest
from visitor import Visit, Visitor

from made_study import make_study
from s4mcl.ledger import Ledger
from s4mcl_dashboards.app.place import Place
from s4mcl_dashboards.app.views import VIEWS
from s4mcl_dashboards.figures.place import BY_COHORT, BY_KEY, place

STUDY = "/study?study=demo"
SHOWN_ROW = re.compile(r'<tr data-row="(\w+)-(\w{64})">')


def rows(visitor: Visitor) -> list[tuple[str, str]]:
    """Stage and key of each row of the table of trials."""
    return SHOWN_ROW.findall(visitor.html)


def trials_of(storage: Path) -> pl.DataFrame:
    with Ledger.open(storage, create=False) as ledger:
        return ledger.trials_frame("demo")


def test_the_list_tells_how_studies_stand(own_storage: Path, visit: Visit) -> None:
    make_study(own_storage, "second", "description=another one")
    visitor = visit(own_storage)
    assert visitor.look("/")
    assert visitor.title == "Studies · s4mcl"
    assert "another one" in visitor.html
    for name in ("demo", "second"):
        assert f'href="/study?study={name}"' in visitor.html
        assert f'aria-label="Compare {name}"' in visitor.html
    assert "finished, 2 failed" in visitor.html
    assert re.search(r"8 of 8&nbsp;trials|8 of 8 trials, 2 failed|8 of 8 trials", visitor.html)
    best = trials_of(own_storage).filter(stage="confirm").group_by("method", "label_fraction")
    mean = best.agg(pl.col("test_dice").mean())["test_dice"].max()
    assert f"Dice {mean:.3f}" in visitor.html


@pytest.mark.parametrize("view", [view.name for view in VIEWS])
def test_every_view_is_shown(made_storage: Path, visit: Visit, view: str) -> None:
    visitor = visit(made_storage)
    assert visitor.look(f"{STUDY}&view={view}")
    assert visitor.problem == []
    assert '<h1 tabindex="-1"><bdi>demo</bdi></h1>' in visitor.html
    assert visitor.html.count('aria-current="page"') == 1
    assert "<script" not in visitor.html
    for figure in visitor.figures():
        assert set(figure) >= {"data", "layout"}


def test_an_unknown_view_is_the_first(made_storage: Path, visit: Visit) -> None:
    visitor = visit(made_storage)
    visitor.look(f"{STUDY}&view=nonsense")
    assert "How far do the labels go?" in visitor.html


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("stage=confirm", {"stage": ["confirm"]}),
        ("method=unet", {"method": ["unet"]}),
        ("labels=0.1", {"label_fraction": [0.1]}),
        ("state=failed&state=pruned", {"state": ["failed", "pruned"]}),
        ("stage=search&stage=ablate&method=s4mcl", {"stage": ["search", "ablate"], "method": ["s4mcl"]}),
        ("method=none+such", {"method": ["none such"]}),
        ("labels=many", {"label_fraction": []}),
    ],
)
def test_filters_choose_trials(made_storage: Path, visit: Visit, query: str, kept: dict[str, list[object]]) -> None:
    visitor = visit(made_storage)
    visitor.look(f"{STUDY}&view=trials&{query}")
    wanted = trials_of(made_storage)
    for column, values in kept.items():
        wanted = wanted.filter(pl.col(column).is_in(values))
    assert rows(visitor) == wanted.select("stage", "key").rows()
    assert visitor.html.count('class="chip"') > 4
    chosen = sum(len(values) for values in parse_qs(query).values())
    assert len(re.findall(r'class="chip"[^>]*aria-current="true"', visitor.html)) == chosen


def test_filters_reach_the_figures(made_storage: Path, visit: Visit) -> None:
    visitor = visit(made_storage)
    visitor.look(STUDY)
    everything = {
        trace["meta"]["series"] for figure in visitor.figures() for trace in figure["data"] if "meta" in trace
    }
    assert {"unet", "s4mcl"} <= everything
    visitor.look(f"{STUDY}&method=s4mcl")
    figures = visitor.figures()
    means = [t for figure in figures for t in figure["data"] if t.get("meta", {}).get("place")]
    assert {trace["meta"]["series"] for trace in means} == {"s4mcl"}
    visitor.look(f"{STUDY}&view=search&method=s4mcl")
    assert 'role="tab"' not in visitor.html, "the panel of the chosen method stands alone"
    assert visitor.figures()


@pytest.mark.parametrize(("sort", "column", "falls"), [("-dice", "test_dice", True), ("seconds", "seconds", False)])
def test_the_table_is_sorted(made_storage: Path, visit: Visit, sort: str, column: str, falls: bool) -> None:
    visitor = visit(made_storage)
    visitor.look(f"{STUDY}&view=trials&stage=confirm&sort={sort}")
    frame = trials_of(made_storage).filter(stage="confirm")
    found = dict(frame.select("key", column).rows())
    values = [found[key] for _, key in rows(visitor)]
    assert values == sorted(values, reverse=falls)
    assert f'aria-sort="{"descending" if falls else "ascending"}"' in visitor.html


def test_a_long_table_has_pages(own_storage: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("s4mcl_dashboards.app.pages.trial_table.ROWS", 7)
    visitor = visit(own_storage)
    wanted = trials_of(own_storage).select("stage", "key").rows()
    seen = []
    for page in range(1, -(-len(wanted) // 7) + 1):
        visitor.look(f"{STUDY}&view=trials&page={page}")
        seen += rows(visitor)
    assert seen == wanted
    visitor.look(f"{STUDY}&view=trials&page=99")
    assert rows(visitor) == wanted[-(len(wanted) % 7 or 7) :]


def test_a_trial_has_a_page(made_storage: Path, visit: Visit) -> None:
    visitor = visit(made_storage)
    row = trials_of(made_storage).filter(stage="confirm", method="s4mcl", label_fraction=0.1, seed=2).row(0, named=True)
    visitor.look(f"/trial?study=demo&key={row['key']}")
    assert visitor.title == "S4MCL, 10 % of the labels, seed 2 · s4mcl"
    assert row["key"] in visitor.html
    assert f"{row['test_dice']:.3f}" in visitor.html
    drawn = [figure["data"] for figure in visitor.figures()]
    assert any(trace["x"] == [10, 20] for traces in drawn for trace in traces)
    words = shlex.split(re.search(r'<code id="command">(.*?)</code>', visitor.html)[1].replace("&#x27;", "'"))  # type: ignore[index]
    assert words[:2] == ["s4mcl", "run"]
    assert {"methods=[s4mcl]", "label_fractions=[0.1]", "seeds=[2]", "data.path=nowhere"} <= set(words)


def test_a_failed_trial_says_why(made_storage: Path, visit: Visit) -> None:
    visitor = visit(made_storage)
    key = trials_of(made_storage).filter(state="failed")["key"][0]
    visitor.look(f"/trial?study=demo&key={key}")
    assert "failed: nan" in visitor.html


def test_points_of_figures_lead_to_their_trials(made_storage: Path, visit: Visit) -> None:
    trials = trials_of(made_storage)
    visitor = visit(made_storage)
    for view in ("labels", "search"):
        visitor.look(f"{STUDY}&view={view}")
        points = [
            (trace["meta"]["place"], x, custom)
            for figure in visitor.figures()
            for trace in figure["data"]
            if trace.get("meta", {}).get("place")
            for x, custom in zip(trace["x"], trace.get("customdata", [[]] * len(trace["x"])), strict=True)
            if x is not None  # a gap between two lines
            if not (custom and isinstance(custom[0], list))  # several trials
        ]
        assert points
        for template, x, custom in points[:: max(1, len(points) // 8)]:
            of = template.format(*custom, x=x)
            other = visit(made_storage)
            other.look(f"/trial?study=demo&{of}")
            asked = parse_qs(of)
            wanted = trials.filter(
                (pl.col("stage") == asked["stage"][0])
                & (pl.col("method") == asked["method"][0])
                & (pl.col("label_fraction") == float(asked["labels"][0]))
            )
            name = "seed" if "seed" in asked else "proposal"
            wanted = wanted.filter(pl.col(name) == int(float(asked[name][0])))
            assert wanted.height == 1, of
            assert wanted["key"][0] in other.html


def test_bars_lead_to_their_trials(made_storage: Path, visit: Visit) -> None:
    visitor = visit(made_storage)
    visitor.look(f"{STUDY}&view=cluster")
    traces = [trace for figure in visitor.figures() for trace in figure["data"]]
    bars = [
        custom[0] for trace in traces if trace.get("meta", {}).get("place") == BY_KEY for custom in trace["customdata"]
    ]
    keys = set(trials_of(made_storage)["key"])
    assert bars
    for begun in bars[:: max(1, len(bars) // 3)]:
        visitor.look(f"/trial?study=demo&{BY_KEY.format(begun)}")
        assert next(key for key in keys if key.startswith(begun)) in visitor.html


def test_columns_lead_to_their_trials(made_storage: Path, visit: Visit) -> None:
    trials = trials_of(made_storage)
    asked = trials.filter(pl.col("proposal").is_not_null()).row(0, named=True)
    visitor = visit(made_storage)
    of = f"stage={asked['stage']}&method={asked['method']}&labels={asked['label_fraction']}"
    visitor.look(f"/trial?study=demo&{of}&proposal=0&proposal=2&proposal=nonsense")
    place = {name: asked[name] for name in ("stage", "method", "label_fraction")}
    assert {key for _, key in rows(visitor)} == set(trials.filter(pl.col("proposal").is_in([0, 2]), **place)["key"])
    cohort = trials.filter(stage="confirm")["cohort"][0]
    visitor.look(f"/trial?study=demo&{BY_COHORT.format(cohort)}")
    assert {key for _, key in rows(visitor)} == set(trials.filter(cohort=cohort)["key"])


def test_a_point_of_several_trials_lists_them(made_storage: Path, visit: Visit) -> None:
    visitor = visit(made_storage)
    visitor.look("/trial?study=demo&stage=confirm&method=unet&labels=0.1")
    assert len(rows(visitor)) == 3
    visitor.look("/trial?study=demo&stage=confirm&method=unet&labels=nonsense")
    assert rows(visitor) == []
    assert "No trial" in visitor.html
    visitor.look("/trial?study=demo&key=nonsense")
    assert "No trial" in visitor.html


def test_a_place_in_a_figure_holds_any_name() -> None:
    template = place("search", 'a&b="{x}"', labels=0.1, proposal="{x}")
    read = Place.read("/trial", "?study=demo&" + template.replace("proposal={x}", "proposal=3"))
    assert dict(read.of)["proposal"] == "3"
    assert dict(read.of)["method"].startswith('a&b="')


def test_studies_are_compared(own_storage: Path, visit: Visit) -> None:
    make_study(own_storage, "second")
    visitor = visit(own_storage)
    visitor.look("/compare?study=demo&study=second")
    assert "Side by side" in visitor.html
    series = {trace.get("hovertext", [""])[0] for figure in visitor.figures() for trace in figure["data"]}
    assert any("second" in str(text) for text in series)
    visitor.look("/compare?study=demo")
    assert "Choose two studies or more" in visitor.html


def test_links_of_a_page_lead_to_pages(made_storage: Path, visit: Visit) -> None:
    visitor = visit(made_storage)
    visitor.look(f"{STUDY}&view=trials")
    links = set(re.findall(r'href="(/[^"]*)"', visitor.html))
    assert len(links) > 40
    for link in sorted(links)[::6]:
        parts = urlsplit(link.replace("&amp;", "&"))
        read = Place.read(parts.path, parts.query)
        assert not read.unknown
        assert replace(read).url == link.replace("&amp;", "&")
