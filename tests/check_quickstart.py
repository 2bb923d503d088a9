"""Checks what `make quickstart` leaves behind: python tests/check_quickstart.py STUDY_DIR."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl

METHODS = {"unet", "cnn", "s2mcl", "s4mcl"}


def check(study_dir: Path, exported: Path) -> None:
    """Raise AssertionError unless the study is complete and its report and export hold it."""
    program = Path(sys.executable).with_name("s4mcl")
    status = subprocess.run([program, "status", study_dir, "--json"], capture_output=True, text=True, check=True)
    totals = json.loads(status.stdout)["totals"]
    unfinished = {state: totals[state] for state in ("planned", "running", "pruned", "failed")}
    assert not any(unfinished.values()), f"trials are not completed: {unfinished}"

    page = (study_dir / "report.html").read_bytes()
    assert 1_000_000 < len(page) < 8_000_000, f"the report has {len(page)} bytes"
    text = page.decode()
    for needed in ("Content-Security-Policy", "Ours beside the paper", "Boundaries on test images", "Plotly.react"):
        assert needed in text, f"the report lacks {needed!r}"

    subprocess.run([program, "export", study_dir, exported], check=True, capture_output=True)
    confirmed = pl.read_parquet(exported / "trials.parquet").filter(pl.col("stage") == "confirm")
    cells = confirmed.select("method", "label_fraction", "seed").unique()
    assert set(cells["method"]) == METHODS, f"methods {sorted(set(cells['method']))}"
    assert cells["label_fraction"].n_unique() == 3, "three label fractions were expected"
    assert cells["seed"].n_unique() == 2, "two seeds were expected"
    assert cells.height == confirmed.height == 24, f"{confirmed.height} trials were confirmed, 24 expected"
    dice = confirmed.filter(pl.col("method") == "unet")["test_dice"]
    assert dice.null_count() == 0, "a U-Net has no test Dice"
    assert dice.max() > 0.3, "the U-Net learnt nothing"
    assert pl.read_parquet(exported / "reports.parquet").height >= confirmed.height
    print(f"quickstart: {confirmed.height} confirmed trials, report of {len(page) / 1e6:.1f} MB, checked")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    check(folder, folder / "exported")
