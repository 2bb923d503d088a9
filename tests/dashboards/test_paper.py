import pytest

from s4mcl_dashboards.paper import paper_frame, paper_value


@pytest.mark.parametrize(
    ("method", "metric", "fraction", "value"),
    [
        ("s4mcl", "accuracy", 0.5, 0.800),
        ("s4mcl", "dice", 0.05, 0.890),
        ("s2mcl", "dice", 0.3, 0.752),
        ("cnn", "accuracy", 1.0, 0.780),
        ("unet", "dice", 0.1, 0.874),
        ("unet", "accuracy", 0.1, None),  # the U-Net does not classify
        ("s4mcl", "dice", 1.0, None),  # the paper stops at 50 %
        ("s4mcl", "balanced_accuracy", 0.5, None),
        ("s4mcl", "dice", 0.07, None),
    ],
)
def test_values_of_table_1(method: str, metric: str, fraction: float, value: float | None) -> None:
    assert paper_value(method, metric, fraction) == value


def test_the_gap_over_the_unet_is_largest_at_five_per_cent() -> None:
    """The differences that the paper's text names: +0.188, +0.033, +0.018, +0.015, +0.015."""
    frame = (
        paper_frame().filter(paper_frame()["metric"] == "dice").pivot("method", index="label_fraction", values="value")
    )
    gaps = (frame["s4mcl"] - frame["unet"]).drop_nulls().round(3).to_list()
    assert gaps == [0.188, 0.033, 0.018, 0.015, 0.015]
