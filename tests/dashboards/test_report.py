"""The whole report from a real ledger: its parts, its edges, and that nothing of the data runs."""

import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from made_study import make_study
from s4mcl.cli.report import report
from s4mcl.ledger import Ledger, Owner, PlannedTrial
from s4mcl_dashboards.report import write_report
from s4mcl_trainables.problems import InputError

EVIL = "</script><script>document.title='owned'</script><img src=x onerror=document.title='owned'>"
FIRST_SCHEMA = Path(__file__).parents[1] / "platform" / "ledger" / "versions" / "v1.sql"
SIZE = 16
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def fill(storage: Path, name: str, methods: tuple[str, ...] = ("unet", "s4mcl"), **changes: Any) -> Path:
    """A study with a search and two seeds at two label fractions, in a real ledger."""
    config = {"methods": list(methods), "label_fractions": [0.05, 1.0], "description": changes.get("description", "")}
    dataset = {"name": changes.get("dataset", "phantom"), "classes": [EVIL], "fingerprint": "d" * 64}
    with Ledger.open(storage) as ledger:
        ledger.record_study(name, config, dataset, {"train": 60, "validation": 20, "test": 10}, {"command": EVIL})
        for place, method in enumerate(methods):
            for number in range(changes.get("proposals", 3)):
                hyperparameters = {
                    "alpha": number / 2,
                    EVIL: f"{EVIL}{number}",
                    "transforms": ["identity", EVIL][: number + 1],
                }
                ledger.record_proposal(
                    name, "search", method=method, label_fraction=0.2, number=number, hyperparameters=hyperparameters
                )
                ledger.tell_proposal(
                    name,
                    "search",
                    method=method,
                    label_fraction=0.2,
                    number=number,
                    state="completed",
                    score=0.5 + number / 10,
                )
            for fraction in (0.05, 1.0):
                for seed in range(2):
                    trial = {"method": method, "label_fraction": fraction, "seed": seed, "hyperparameters": {}}
                    train(ledger, storage, name, trial, 0.7 + 0.1 * place + 0.01 * seed + 0.1 * fraction)
        ablate(ledger, name, methods[-1])
    folder = storage / name
    folder.mkdir(exist_ok=True)
    images = np.arange(2 * SIZE * SIZE, dtype=np.uint8).reshape(2, 1, SIZE, SIZE)
    np.savez(folder / "samples.npz", rows=np.array([7, 9]), images=images, masks=square(2, 4), labels=np.array([0, 1]))
    return folder


def ablate(ledger: Ledger, name: str, method: str) -> None:
    """A design of two arms with three seeds, one arm of an odd name."""
    where = {"method": method, "label_fraction": 0.2, "hyperparameters": {}}
    for place, arm in enumerate(("base", EVIL)):
        for seed in range(3):
            trial = {**where, "seed": seed}
            key = hashlib.sha256(repr((name, arm, trial)).encode()).hexdigest()
            ledger.plan(name, "ablate", [PlannedTrial(key, arm, trial, None, "d", "p")])
            attempt = ledger.claim([key], name, "ablate", Owner.this_process())[key]
            summary = {"val_score": 0.7 - 0.1 * place + 0.01 * seed * (place + 1), "best_iteration": 20}
            ended: dict[str, Any] = {"state": "completed", "outcome": "completed", "iterations": 20, "seconds": 1.0}
            ledger.finish(key, attempt, **ended, summary=summary)
    arms = [{**where, "name": arm, "cohort": arm, "factors": {}, "seeds": [0, 1, 2]} for arm in ("base", EVIL)]
    ledger.record_arms(name, "parts", "leave-one-component-out", arms)


def square(count: int, side: int) -> np.ndarray:
    masks = np.zeros((count, 1, SIZE, SIZE), np.uint8)
    masks[:, :, 4 : 4 + side, 4 : 4 + side] = 1
    return masks


def train(ledger: Ledger, storage: Path, name: str, trial: dict[str, Any], dice: float) -> None:
    key = hashlib.sha256(repr((name, trial)).encode()).hexdigest()
    ledger.plan(name, "confirm", [PlannedTrial(key, "c", trial, None, "d", "p")])
    attempt = ledger.claim([key], name, "confirm", Owner.this_process())[key]
    values = {"val_dice": 0.5, "loss/generalised_dice": 0.3, EVIL: 0.1}
    ledger.add_reports(key, attempt, [{"iteration": i, "values": values} for i in (10, 20)])
    summary = {"val_dice": 0.6, "val_score": 0.6, "best_iteration": 20}
    ledger.finish(key, attempt, state="completed", outcome="completed", iterations=20, seconds=1.0, summary=summary)
    relative = f"trials/{key}/{attempt}/predictions.npz"
    (storage / relative).parent.mkdir(parents=True)
    packed = np.packbits(square(3, 3).reshape(3, -1), axis=1)
    arrays = {"rows": np.array([7, 8, 9]), "masks": packed, "mask_shape": np.array([1, SIZE, SIZE])}
    np.savez(storage / relative, **arrays, dice=np.array([0.72, 0.1, 0.5], np.float32))
    metrics = {"test_dice": dice, "test_majority_rate": 0.56}
    ledger.record_test(key, name, metrics, relative)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    storage = tmp_path_factory.mktemp("storage")
    return write_report(fill(storage, "demo", description=EVIL, dataset=EVIL))


def body(path: Path) -> str:
    """The page without Plotly's own source."""
    text = path.read_text(encoding="utf-8")
    return text[: text.index("plotly.js")] + text[text.rindex("<script>") :]


def test_it_stands_beside_the_study_and_is_small(page: Path) -> None:
    assert page.name == "report.html"
    assert page.parent.name == "demo"
    assert page.stat().st_size < 8 * 2**20
    assert [file.name for file in page.parent.iterdir() if file.name.startswith(".")] == []


def test_the_page_forbids_the_network_and_asks_for_nothing(page: Path) -> None:
    text = body(page)
    assert (
        "default-src 'none'; base-uri 'none'; form-action 'none'; script-src 'unsafe-inline'; "
        "style-src 'unsafe-inline'; img-src data: blob:\"" in text
    )
    assert not re.search(r'(?:src|href)="(?!#|data:)', text)
    assert "@import" not in text


def test_every_part_is_there_in_order(page: Path) -> None:
    text = body(page)
    anchors = re.findall(r'<section id="(\w+)"', text)
    before = ("labels", "table", "comparisons", "ablation", "search", "boundaries", "classification", "curves")
    assert anchors == [*before, "cluster", "provenance"]
    assert "With 5&nbsp;% of the labels S4MCL reached Dice 0.810" in text
    assert "fewer than 3 seeds" in text
    assert "compared seed by seed alone, which says nothing of other patients" in text
    assert "read the labels of the test set 8 times" in text
    assert "0.702" in text  # the paper's U-Net at 5 %
    assert "label_fractions:" in text


def test_boundaries_show_dice_and_no_identifier(page: Path) -> None:
    text = body(page)
    assert text.count('class="picture"') == 2 * 2 * (2 + 2)  # methods, label fractions, ranks and images for all
    assert text.count("Dice 0.720</span>") == text.count("Dice 0.720, image 1</span>") == 4
    assert len(re.findall("data:image/png", text)) == 2  # each image stands in the file once
    assert "Test image 1" in text


def test_nothing_from_data_is_markup(page: Path) -> None:
    text = body(page)
    assert "<img" not in text
    assert "onerror" in text  # it is shown, as text
    assert text.count("<script>") == 3  # the page's own and Plotly's
    assert re.search(r"onerror[^<>]*</th><td>3</td><td>0.620</td><td>−0.090</td>", text)  # the arm of that name


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: the page is not opened in a browser")
def test_the_page_draws_in_a_browser_and_runs_nothing_of_the_data(page: Path, tmp_path: Path) -> None:
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    flags += " --disable-component-update --disable-sync --enable-logging=stderr --virtual-time-budget=8000"
    command = [str(CHROMIUM), *flags.split(), "--window-size=1440,9000", f"--user-data-dir={tmp_path}", "--dump-dom"]
    shown = subprocess.run([*command, page.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    assert "CONSOLE" not in shown.stderr, shown.stderr
    assert "<title>demo · s4mcl report</title>" in shown.stdout
    picked = 3 + (1 + 1 + 2) + 3  # three metrics; history, matrix and two slices; Dice, one loss and the odd quantity
    assert shown.stdout.count('class="js-plotly-plot') + shown.stdout.count('js-plotly-plot"') >= picked
    assert "&lt;/script&gt;" in shown.stdout


def test_a_study_with_predictions_and_an_ablation(tmp_path: Path) -> None:
    text = body(write_report(make_study(tmp_path)))
    assert "interval over seeds crossed with test groups (patients)" in text
    assert "24 images in 12 groups" in text
    assert "3 seeds, 12 test groups; p&nbsp;&lt;&nbsp;0.001): higher." in text
    assert "Balanced accuracy: S4MCL and the U-Net" in text
    assert "S4MCL did not reach the U-Net&#x27;s full-label balanced accuracy (0.792) at any share" in text
    assert "with at most 10&nbsp;% of the labels (95&nbsp;% interval below 10&nbsp;%)" in text
    assert "it is conditional on the trained models" in text
    assert "Design: leave-one-component-out." in text
    assert re.search("without self_supervision</th><td>3</td><td>0.610</td><td>−0.200</td>", text)
    assert "Open ends were stopped early: 1 at 10 iterations." in text
    assert "Importance needs 10 finished proposals or more; there are 2." in text
    assert re.search("S4MCL</th><td>4</td><td>2</td><td>1</td><td>1</td><td>80</td>", text)  # the tuning budget
    assert str(tmp_path) not in text
    assert "compared seed by seed alone" not in text


def test_a_locked_test_part_compares_validation_scores(tmp_path: Path) -> None:
    text = body(write_report(make_study(tmp_path, "locked", "test=locked")))
    assert "No test labels were read" in text
    assert "reached validation Dice" in text
    assert "never by this study" in text or "12 times" in text
    assert "This needs a reference that was trained with all labels, and the predictions of the test images." in text


@pytest.mark.parametrize("study", ["demo", "half"])
def test_a_study_of_the_first_schema_still_has_a_report(tmp_path: Path, study: str) -> None:
    with sqlite3.connect(tmp_path / "ledger.sqlite") as database:
        database.executescript(FIRST_SCHEMA.read_text(encoding="utf-8"))
    database.close()
    (tmp_path / study).mkdir()
    text = body(write_report(tmp_path / study))
    assert "No design of the ablate stage has an effect to show." in text
    assert re.search(r"stub</th><td>\d+</td>(<td>\d+</td>){3}<td>–</td>", text)  # iterations that nobody counted
    assert "None" not in re.sub(r"<script>.*", "", text, flags=re.S)


def test_an_empty_study_has_a_page_that_says_so(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        ledger.record_study("empty", {}, {}, {}, {})
    (tmp_path / "empty").mkdir()
    text = body(write_report(tmp_path / "empty"))
    for words in (
        "no trials yet",
        "Nothing was searched",
        "no sample images",
        "No trial of the confirm stage has reported",
    ):
        assert words in text
    assert "None" not in re.sub(r"<script>.*", "", text, flags=re.S)


def test_a_study_without_a_search_and_with_broken_images(tmp_path: Path) -> None:
    folder = fill(tmp_path, "plain", methods=("stub",), proposals=0)
    (folder / "samples.npz").write_bytes(b"broken")
    text = body(write_report(folder))
    assert "A file could not be used: plain/samples.npz cannot be read" in text
    assert "Nothing was searched" in text
    assert str(tmp_path) not in text


def test_output_goes_where_it_is_asked(tmp_path: Path) -> None:
    folder = fill(tmp_path, "demo")
    app = typer.Typer()
    app.command()(report)
    result = CliRunner().invoke(app, [str(folder), "--output", str(tmp_path / "page.html")])
    assert result.exit_code == 0, result.output
    assert result.output.split() == [str(tmp_path / "page.html")]
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert (tmp_path / "page.html").stat().st_mode & 0o777 == 0o666 & ~current_umask()


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_what_cannot_be_written_or_found_is_told(tmp_path: Path) -> None:
    folder = fill(tmp_path, "demo")
    with pytest.raises(InputError, match="cannot be written"):
        write_report(folder, tmp_path / "missing" / "page.html")
    with pytest.raises(InputError, match="it is a folder"):
        write_report(folder, tmp_path)
    with pytest.raises(InputError, match="demo"):
        write_report(tmp_path / "dem")
    assert not [file for file in tmp_path.rglob(".*") if file.suffix != ".sqlite"]
