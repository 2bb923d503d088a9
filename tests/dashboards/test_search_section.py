"""The section on the search: what it draws of a whole study, and what it says where there is little or nothing."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from s4mcl_dashboards.material import Material, read_material
from s4mcl_dashboards.sections.search import search_section
from wide_study import METHODS, figures_of, make_wide_study, panel

Make = Callable[..., Any]


def test_every_kind_of_figure_is_there_with_its_points(wide: Material) -> None:
    html = search_section(wide)
    assert len(re.findall('<div class="panel', html)) == len(METHODS)
    own = panel(html, "S4MCL")
    figures = {
        re.sub(r"<[^>]+>", "", caption): figure["data"]
        for caption, figure in zip(re.findall(r"<figcaption>(.*?)</figcaption>", own), figures_of(own), strict=False)
    }
    done = wide.proposals.filter(method="s4mcl", stage="search", state="completed").height
    ended = wide.proposals.filter(method="s4mcl", stage="search").height
    assert len(figures["Score by proposal"][1]["x"]) == ended
    sets = next(data for name, data in figures.items() if name.startswith("transforms: sets"))
    assert sum(len(trace["x"]) for trace in sets if trace.get("yaxis") == "y2") > 5
    drawn = list(figures_of(own))
    contours = [figure["data"] for figure in drawn if figure["data"][-1]["marker"].get("symbol") == "star"]
    assert len(contours) == 6
    assert all(len(data[-2]["x"]) == done for data in contours)
    lines = drawn[-1]["data"]
    crossed = sum(sum(value is not None for value in trace["x"]) for trace in lines)
    assert crossed == done * 7  # the score, four numbers, the layout and the transforms
    pareto = next(figures_of(html))["data"]
    assert sum(len(trace["x"]) for trace in pareto if trace["meta"]["series"] == "s4mcl") == done + 1  # and the ring


def test_figures_are_told_in_words(wide: Material) -> None:
    html = search_section(wide)
    assert re.search(r"S4MCL at 30&nbsp;% of the labels: \d+ of \d+ proposals in the Pareto set, Dice 0\.\d+", html)
    assert re.search(r"Score over adversarial_weight and alpha, 30 % of the labels. The best proposal has", html)
    assert re.search(r'aria-label="Each proposal as a line, 30 % of the labels. The best: score 0\.\d+;', html)
    assert "what makes the best tenth" in html or "Importance needs 10" in html


def test_a_large_search_stays_small(tmp_path: Path) -> None:
    html = search_section(read_material(make_wide_study(tmp_path, proposals=1200, seeds=1)))
    figures = [json.dumps(figure, separators=(",", ":")) for figure in figures_of(html)]
    assert sum(map(len, figures)) < 1.5 * 2**20
    assert re.search(r"The figures draw \d+ of 1,200 proposals", html)


def test_studies_with_little_to_show_say_so(proposals: Make, trials: Make, material: Make) -> None:
    config = {"methods": ["s4mcl"]}
    nothing = search_section(material(trials(), proposals(), config=config))
    assert "Nothing was searched" in nothing
    failed = search_section(material(trials(), proposals({"state": "failed"}, {"state": "failed"}), config=config))
    assert "No proposal completed." in failed
    assert list(figures_of(failed)) == []
    one = search_section(material(trials(), proposals({"score": 0.5, "hyperparameters": {"a": 1}}), config=config))
    assert "No hyperparameter varied between the proposals." in one
    two = search_section(
        material(
            trials(),
            proposals(
                {"score": 0.5, "hyperparameters": {"a": 1.0, "b": 2.0, "t": ["x"]}},
                {"score": float("nan"), "hyperparameters": {"a": 2.0, "b": 3.0, "t": ["x", "y"]}},
                {"score": 0.6, "hyperparameters": {"a": 3.0, "b": 1.0, "t": ["x", "y"]}},
            ),
            config=config,
        )
    )
    assert "n&nbsp;=&nbsp;2 completed proposals: contours need 12." in two
    assert "2 sets were proposed once and have no whisker." in two
