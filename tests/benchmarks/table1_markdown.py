"""A study's table beside the paper's Table 1, and which of the paper's orderings held, as Markdown.

python tests/benchmarks/table1_markdown.py STUDY_DIR
"""

import sys
from pathlib import Path

import polars as pl

from s4mcl.ledger import Ledger
from s4mcl.statistics.interval import Interval, t_interval
from s4mcl.study_directory import find_study
from s4mcl_dashboards.frames.label_fraction import confirm_trials, label_fraction_frame
from s4mcl_dashboards.frames.table import table_frame

SHOWN = ("accuracy", "balanced_accuracy", "dice")
ORDERINGS = (
    ("S4MCL above the CNN in accuracy", "s4mcl", "cnn", "test_accuracy", 1),
    ("S4MCL above the U-Net in Dice", "s4mcl", "unet", "test_dice", 1),
    ("S2MCL below the U-Net in Dice", "s2mcl", "unet", "test_dice", -1),
    ("S4MCL above S2MCL in accuracy", "s4mcl", "s2mcl", "test_accuracy", 1),
    ("S4MCL above S2MCL in Dice", "s4mcl", "s2mcl", "test_dice", 1),
    ("(ours) calm S4MCL above S4MCL in Dice", "s4mcl_calm", "s4mcl", "test_dice", 1),
    ("(ours) calm S4MCL above the U-Net in Dice", "s4mcl_calm", "unet", "test_dice", 1),
)


def cell(row: dict[str, float | None], metric: str) -> str:
    """Mean, half the interval, and the paper's value in brackets."""
    if row[metric] is None:
        return "-"
    half = row[f"{metric}_half"]
    text = f"{row[metric]:.3f}" + (f" ± {half:.3f}" if half is not None else "")
    paper = row[f"{metric}_paper"]
    return text + (f" [{paper:.3f}]" if paper is not None else "")


def print_table(trials: pl.DataFrame) -> None:
    """Accuracy, balanced accuracy and Dice by label fraction and method."""
    print("| labels | method | n | accuracy [paper] | balanced accuracy | Dice [paper] |\n|---|---|---|---|---|---|")
    for row in table_frame(label_fraction_frame(trials)).to_dicts():
        shown = " | ".join(cell(row, metric) for metric in SHOWN)
        print(f"| {100 * row['label_fraction']:g} % | {row['method']} | {row['n']} | {shown} |")


def print_orderings(trials: pl.DataFrame) -> None:
    """Each ordering of the paper: at how many label fractions the mean agrees, and where the interval leaves out 0."""
    print(
        "\n| ordering | mean agrees | interval leaves out 0, agreeing | contradicting | differences by label fraction |"
    )
    print("|---|---|---|---|---|")
    for name, subject, reference, column, sign in ORDERINGS:
        rows = differences(trials, subject, reference, column)
        agree = sum(sign * found.mean > 0 for found in rows.values())
        clear = {at: found for at, found in rows.items() if found.low is not None and not found.low <= 0 <= found.high}
        held = [f"{100 * at:g} %" for at, found in clear.items() if sign * found.mean > 0]
        against = [f"{100 * at:g} %" for at, found in clear.items() if sign * found.mean < 0]
        listed = ", ".join(f"{found.mean:+.3f}" for found in rows.values())
        none = "none"
        print(
            f"| {name} | {agree} of {len(rows)} | {', '.join(held) or none} | {', '.join(against) or none} | {listed} |"
        )


def differences(trials: pl.DataFrame, subject: str, reference: str, column: str) -> dict[float, Interval]:
    """Subject minus reference by label fraction, over the seeds that both have: same seed, same labels."""
    confirm = confirm_trials(trials).drop_nulls(column)
    sides = [confirm.filter(method=name).select("label_fraction", "seed", column) for name in (subject, reference)]
    paired = sides[0].join(sides[1], on=["label_fraction", "seed"], suffix="_reference").sort("label_fraction")
    by_fraction = paired.group_by("label_fraction", maintain_order=True)
    return {at: t_interval(rows[column] - rows[f"{column}_reference"]) for (at,), rows in by_fraction}


def print_half_against_full(trials: pl.DataFrame) -> None:
    """The paper's headline: S4MCL with half the labels against the single-task networks with all of them."""
    confirm = confirm_trials(trials)

    def values(method: str, fraction: float, column: str) -> list[float]:
        rows = confirm.filter((pl.col("method") == method) & (pl.col("label_fraction") == fraction)).sort("seed")
        return rows[column].drop_nulls().to_list()

    print()
    for subject in ("s4mcl", "s4mcl_calm"):
        for column, reference in (("test_accuracy", "cnn"), ("test_dice", "unet")):
            pairs = list(zip(values(subject, 0.5, column), values(reference, 1.0, column), strict=False))
            if not pairs:
                continue
            found = t_interval([half - full for half, full in pairs])
            interval = f"{found.mean:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
            print(f"- {subject} at 50 % minus {reference} at 100 %, {column}: {interval}")


def main() -> None:
    """Print all three, with the majority-class rate that accuracy must be held against."""
    study = find_study(Path(sys.argv[1]))
    with Ledger.open(study.storage, create=False) as ledger:
        trials = ledger.trials_frame(study.name)
    print_table(trials)
    rate = trials["test_majority_rate"].drop_nulls()
    print(f"\nAlways naming the commonest class gives accuracy {rate.max():.3f}.")
    print_orderings(trials)
    print_half_against_full(trials)


if __name__ == "__main__":
    main()
