import re
from collections.abc import Callable
from typing import Any

import polars as pl

from s4mcl.statistics.comparisons_frame import COMPARISONS_SCHEMA
from s4mcl_dashboards.frames.label_fraction import label_fraction_frame
from s4mcl_dashboards.frames.table import standing_frame, table_frame
from s4mcl_dashboards.sections.table import table_section
from s4mcl_dashboards.sortable import Head, Row, keyed, keyed_head, sortable_table

Make = Callable[..., Any]


def test_the_best_mean_of_each_share_is_found_ours_and_the_papers(trials: Make) -> None:
    effect = label_fraction_frame(
        trials(
            {"method": "s4mcl", "label_fraction": 0.05, "test_dice": 0.85, "test_hd95": 4.0},
            {"method": "unet", "label_fraction": 0.05, "test_dice": 0.9, "test_hd95": 3.0},
            {"method": "s2mcl", "label_fraction": 0.05, "test_dice": 0.9004, "test_hd95": 5.0},
            {"method": "unet", "label_fraction": 0.5, "test_dice": 0.7},
        )
    )
    rows = {
        (row["label_fraction"], row["method"]): row
        for row in standing_frame(table_frame(effect), pl.DataFrame(schema=COMPARISONS_SCHEMA)).to_dicts()
    }
    assert [rows[0.05, method]["dice_best"] for method in ("unet", "s2mcl", "s4mcl")] == [True, True, False]
    assert [rows[0.05, method]["hd95_best"] for method in ("unet", "s2mcl", "s4mcl")] == [True, False, False]
    assert [rows[0.05, method]["dice_paper_best"] for method in ("unet", "s2mcl", "s4mcl")] == [False, False, True]
    assert not rows[0.5, "unet"]["dice_best"]  # nobody to be better than
    assert not rows[0.05, "unet"]["accuracy_best"]
    assert rows[0.05, "unet"]["dice_shown"] is None


def test_a_shown_difference_is_marked_and_bold_is_explained(paired_trials: Make, material: Make) -> None:
    study = material(paired_trials(3), config={"methods": ["unet", "s4mcl"]})
    html = table_section(study)
    marked = re.findall(r"<strong>(\d\.\d+)</strong><sup>\*</sup>", html)
    assert marked == ["0.810"] * 2  # at 5 %, in both forms of the table; with all labels no difference is shown
    assert "It may be best by chance" in html
    assert "a difference from the reference (the U-Net)" in html
    single = table_section(material(paired_trials(1), config={"methods": ["unet", "s4mcl"]}))
    assert "<sup>" not in single
    assert "No difference from the reference (the U-Net) is shown anywhere" in single


def test_every_row_names_its_share_and_has_keys_to_sort_by(paired_trials: Make, material: Make) -> None:
    html = table_section(material(paired_trials(3), config={"methods": ["unet", "s4mcl"]}))
    assert re.findall(r'<th scope="row" data-value="([\d.]+)">(?:5|100)&nbsp;%', html) == ["0.05", "0.05", "1.0", "1.0"]
    assert "rowspan" not in html
    assert html.count('class="begins"') == 2
    assert '<th scope="col" data-first="descending">Dice</th>' in html


def test_cells_are_text_and_missing_numbers_sort_last() -> None:
    rows = [Row([keyed_head("<b>"), keyed("–", None, "ours"), keyed("a & b", float("nan"), best=True, mark="<")])]
    html = sortable_table("<i>", [Head("x<"), Head("y", "descending"), Head("z")], rows)
    assert '<th scope="row">&lt;b&gt;</th><td class="ours" data-value="">–</td>' in html
    assert '<td data-value=""><strong>a &amp; b</strong><sup>&lt;</sup></td>' in html
    assert 'aria-label="&lt;i&gt;"' in html


def test_a_study_without_values_says_so(trials: Make, material: Make) -> None:
    assert "No trial of the confirm stage has a value yet." in table_section(material(trials()))
    assert "has a value yet" in table_section(material(trials({"state": "failed"})))


def test_table_1s_layout_has_a_row_a_method_and_a_column_a_share(paired_trials: Make, material: Make) -> None:
    config = {"methods": ["unet", "s4mcl", "cps"], "label_fractions": [0.05, 0.5, 1.0]}
    html = table_section(material(paired_trials(3), config=config))
    first = html[: html.index("</table>")]
    assert re.findall(r'<th scope="col">([^<]+)</th>', first) == ["Method", "5 %", "50 %", "100 %"]
    assert re.findall(r'<th scope="row">([^<]+)</th>', first) == ["U-Net", "S4MCL", "CPS"]
    assert first.count("<td>not yet measured</td>") == 1 + 1 + 3
    assert "<strong>0.810</strong><sup>*</sup> ± " in first
    assert "Accuracy by share of labels" not in html  # nobody has one
