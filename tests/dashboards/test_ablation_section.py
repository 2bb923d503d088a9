"""The section on the ablation, made from a study that has a design of each kind."""

import re

from s4mcl_dashboards.material import Material
from s4mcl_dashboards.sections.ablation import ablation_section
from wide_study import DESIGNS, figures_of, panel


def test_every_design_has_a_panel_with_its_kind_of_picture(wide: Material) -> None:
    html = ablation_section(wide)
    assert set(re.findall(r"<h3>([^<]+)</h3>", html)) == set(DESIGNS)
    kinds = {name: [figure["data"] for figure in figures_of(panel(html, name))] for name in DESIGNS}
    assert [trace["type"] for trace in kinds["alpha"][0]] == ["scatter", "scatter"]  # a curve and its dots
    assert len(kinds["alpha"][0][1]["x"]) == 5  # four values and the base
    assert len(kinds["components"][0][0]["x"]) == 10
    dots, matrix, *pairs = kinds["parts"]
    assert (len(dots[0]["x"]), matrix[0]["type"], len(pairs)) == (4, "heatmap", 4)
    assert len(kinds["half"]) == 2 + 3  # three of its six interactions are told apart
    assert len(kinds["sets"][0][3]["x"]) == 24


def test_effects_have_intervals_and_corrected_significance_in_words(wide: Material) -> None:
    html = ablation_section(wide)
    assert re.search(
        r"without self_supervision</th><td>3</td><td>0\.\d+</td><td>−0\.\d+</td><td>−0\.\d+ to −0\.\d+</td>"
        r"<td>[^/]+</td><td>[^/]+</td><td>lower",
        html,
    )
    parts = panel(html, "parts")
    assert "Main effects" in parts
    assert re.search(r"mask_input: off - on × self_supervision: off - on</th><td>−0\.\d+</td>.*?lower", parts)
    assert "Not told apart from" in panel(html, "half")
    assert "The dot on the line is the base, alpha = 1." in panel(html, "alpha")
    assert "The 24 best of 29 sets by mean score, and the base. All hold identity." in panel(html, "sets")


def test_pictures_are_told_in_words(wide: Material) -> None:
    html = ablation_section(wide)
    told = re.findall(r'role="img" aria-label="([^"]+)"', html)
    assert all(len(words) > 40 for words in told)
    assert any("Effects as a matrix. A is " in words for words in told)
