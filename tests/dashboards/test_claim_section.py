import polars as pl

from s4mcl.statistics.claim_frame import CLAIM_SCHEMA
from s4mcl_dashboards.findings import Findings
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.sections.claim import claim_sentences, claim_table


def claim(*verdicts: str) -> pl.DataFrame:
    """Rows in Dice against a U-Net, the last against one with all labels."""
    rows = [
        {"measure": "dice", "method": "s4mcl", "label_fraction": at, "reference": "unet", "reference_fraction": at}
        for at in (0.05, 0.2, 0.5)[: len(verdicts)]
    ]
    rows[-1] |= {"reference_fraction": 1.0}
    values = {"seeds": 3, "mean": 0.8, "reference_mean": 0.7, "effect": 0.1, "low": 0.02, "high": 0.18, "p_holm": 0.01}
    told = [
        {**row, "verdict": verdict, **(values if verdict != "not yet measured" else {})}
        for row, verdict in zip(rows, verdicts, strict=True)
    ]
    return pl.DataFrame(told, schema=CLAIM_SCHEMA)


def test_a_claim_holds_only_where_every_comparison_is_won() -> None:
    ends = {
        ("win", "win", "win"): "Dice: 3 wins of 3 comparisons: the claim holds.",
        ("win", "no difference shown", "win"): "no difference shown in 1: the claim is not shown.",
        ("win", "loss", "not yet measured"): "1 loss, 1 not yet measured: the claim is not shown.",
        ("win", "win", "not yet measured"): "2 wins of 3 comparisons, 1 not yet measured: it is open.",
    }
    for verdicts, end in ends.items():
        (sentence,) = claim_sentences(claim(*verdicts))
        assert sentence.endswith(end)


def test_every_comparison_is_a_row_and_the_claim_is_told_in_words() -> None:
    found = claim("win", "no difference shown", "not yet measured")
    html = claim_table(Material("demo", pl.DataFrame(), pl.DataFrame(), findings=Findings(claim=found)))
    assert html.count("<tr>") == 1 + 3
    assert "in Dice, S4MCL beats U-Net with the same 5&nbsp;% and 20&nbsp;% of the labels" in html
    assert "with 50&nbsp;% beats U-Net with all." in html
    assert "U-Net with 100&nbsp;% of the labels" in html
    assert "<td>+0.020 to +0.180</td>" in html
    assert html.count("<td>not yet measured</td>") == 1


def test_a_study_that_claims_nothing_has_no_part_of_it() -> None:
    assert claim_table(Material("demo", pl.DataFrame(), pl.DataFrame())) == ""
    assert claim_sentences(Findings().claim) == []
