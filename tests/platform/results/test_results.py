import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import s4mcl
from made_study import FRACTIONS, METHODS, SEEDS, confirm, made_config, make_study, record, search, settled, wanted
from s4mcl.execution.lock import StudyLock
from s4mcl.ledger import Ledger
from s4mcl.results import Results
from s4mcl_trainables.problems import InputError


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A storage of one whole study. Read only."""
    return make_study(tmp_path_factory.mktemp("made") / "studies").parent


@pytest.fixture
def results(storage: Path) -> Iterator[Results]:
    with s4mcl.open(storage / "demo") as opened:
        yield opened


def test_importing_is_fast_and_light() -> None:
    code = (
        "import sys, time; begun = time.perf_counter(); import s4mcl; taken = time.perf_counter() - begun;"
        "heavy = {'torch', 'ray', 'polars', 'optuna', 'sqlalchemy', 'numpy'} & set(sys.modules); print(taken, heavy)"
    )
    printed = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split(" ", 1)
        for _ in range(3)
    ]
    assert min(float(taken) for taken, _ in printed) < 0.05
    assert {heavy.strip() for _, heavy in printed} == {"set()"}


def test_the_frames_are_the_ledgers(results: Results) -> None:
    with Ledger.open(results.storage, create=False) as ledger:
        for name in ("trials", "reports", "proposals", "arms"):
            frame = getattr(results, name)()
            assert frame.columns[0] == "study"
            assert frame["study"].unique().to_list() == ["demo"]
            assert frame.drop("study").equals(getattr(ledger, f"{name}_frame")("demo"))
    assert results.events().select("study", "kind").rows() == [("demo", "retried")]
    assert repr(results) == f"Results('{results.storage / 'demo'}')"


def test_a_study_at_a_glance(results: Results) -> None:
    row = results.studies().row(0, named=True)
    assert row["methods"] == list(METHODS)
    assert row["label_fractions"] == list(FRACTIONS)
    assert row["seeds"] == list(SEEDS)
    assert (row["dataset"], row["images"], row["train"], row["validation"], row["test"]) == ("made", 100, 60, 16, 24)
    assert (row["planned"], row["running"], row["pruned"], row["failed"]) == (0, 0, 2, 2)
    assert row["completed"] + row["reused"] == 4 + 12 + 6
    assert (row["test_openings"], row["run_by"]) == (12, None)
    with StudyLock(results.storage / "demo"):
        assert results.studies()["run_by"][0].startswith("process ")


def test_a_storage_gives_all_its_studies(storage: Path, tmp_path: Path) -> None:
    make_study(tmp_path, "first")
    make_study(tmp_path, "second")
    with Ledger.open(tmp_path) as ledger:
        record(ledger, made_config("empty"))
    with s4mcl.open(tmp_path) as results:
        assert results.names == results.studies()["study"].to_list() == ["first", "second", "empty"]
        assert results.trials().group_by("study").len().sort("study").rows() == [("first", 26), ("second", 26)]
        assert results.reports().filter(study="second").height == 2 * 24  # two of the 26 rows are a trial of search
        found = results.comparisons(metric="dice")
        assert found["study"].to_list() == ["first"] * 2 + ["second"] * 2
        assert set(results.ablation()["study"]) == {"first", "second"}
    Ledger.open(tmp_path / "none").close()
    with s4mcl.open(tmp_path / "none") as results:
        assert results.studies().height == results.trials().height == results.warnings().height == 0


def test_comparisons_on_the_test_images(results: Results) -> None:
    found = results.comparisons(reference="unet", metric="dice")
    assert found.select("study", "measure", "method", "reference", "label_fraction").rows() == [
        ("demo", "dice", "s4mcl", "unet", 0.1),
        ("demo", "dice", "s4mcl", "unet", 1.0),
    ]
    assert found["effect"].to_list() == pytest.approx([0.15, 0.15], abs=0.02)
    assert found.select("seeds", "images", "groups").unique().rows() == [(3, 24, 12)]
    row = found.row(0, named=True)
    assert row["low"] < 0.15 < row["high"]
    assert row["p"] <= row["p_holm"] <= 0.05
    assert row["verdict"] == "higher"
    means = results.trials().filter(stage="confirm", method="s4mcl", label_fraction=0.1)["test_dice"]
    assert row["mean"] == pytest.approx(means.mean(), abs=1e-6)
    every = results.comparisons()
    assert dict(every.group_by("measure").agg(pl.col("reference").first()).iter_rows()) == dict.fromkeys(
        ("accuracy", "balanced_accuracy", "macro_f1", "dice"), "unet"
    )


def test_comparisons_on_validation_scores(results: Results) -> None:
    found = results.comparisons(reference="unet", metric="dice", part="validation")
    row = found.row(0, named=True)
    assert row["effect"] == pytest.approx((0 + 0.15 + 0.15) / 3)  # seed 0 is the search's trial, 0.5 for both
    assert row["mean"] == pytest.approx((0.5 + 0.77 + 0.78) / 3)
    assert (row["seeds"], row["images"], row["p"], row["swap_p"]) == (3, None, None, None)
    assert results.comparisons(metric="hd95", part="validation").is_empty()
    assert found.columns == results.comparisons(metric="dice").columns


def test_label_savings(results: Results) -> None:
    found = results.label_savings(metric="dice")
    rows = {row["method"]: row for row in found.to_dicts()}
    assert rows["s4mcl"]["outcome"] == "reached at the smallest fraction"
    assert rows["s4mcl"]["fraction"] == pytest.approx(0.1)
    assert rows["s4mcl"]["labels"] == pytest.approx(6)
    assert rows["s4mcl"]["saved_with_validation"] == pytest.approx(1 - (6 + 16) / (60 + 16))
    assert rows["unet"]["outcome"] == "reached"
    assert rows["unet"]["reference"] == "unet"


def test_the_effect_of_a_component(results: Results) -> None:
    found = results.ablation("parts")
    row = found.row(0, named=True)
    assert found.height == 1
    assert (row["design"], row["kind"], row["of"]) == ("parts", "leave-one-component-out", "arm")
    assert (row["term"], row["reference"]) == ("without self_supervision", "base")
    assert (row["seeds"], row["label_fraction"]) == (3, 0.1)
    assert row["effect"] == pytest.approx(-0.2)
    assert row["mean"] == pytest.approx(0.61)
    assert results.ablation(metric="dice")["effect"].to_list() == pytest.approx([-0.2])


def test_the_effects_of_a_factorial(tmp_path: Path) -> None:
    levels = [("on", 0.5), ("on", 1), ("off", 0.5), ("off", 1)]
    arms: list[dict[str, Any]] = []
    noise = {0: 0.0, 1: 0.001, 2: -0.002}
    with Ledger.open(tmp_path) as ledger:
        record(ledger, made_config())
        for fraction in (0.1, 1.0):
            for part, alpha in levels:
                trials = [wanted("s4mcl", fraction, seed, (part, alpha)) for seed in SEEDS]
                ledger.plan("demo", "ablate", trials)
                for seed, planned in zip(SEEDS, trials, strict=True):
                    score = 0.5 + 0.2 * (part == "on") + 0.1 * (alpha == 1) + noise[seed] * (1 + (part == "on"))
                    settled(ledger, planned, "demo", "ablate", score=score)
                where = {
                    "method": "s4mcl",
                    "label_fraction": fraction,
                    "cohort": trials[0].cohort,
                    "seeds": list(SEEDS),
                }
                factors = {"part": part, "alpha": alpha}
                name = f"{part} {alpha} at {fraction:g}"
                arms.append({"name": name, **where, "hyperparameters": {}, "factors": factors})
        ledger.record_arms("demo", "cross", "factorial", arms)
    with s4mcl.open(tmp_path / "demo") as results:
        found = results.ablation("cross")
    assert found["label_fraction"].to_list() == [0.1] * 3 + [1.0] * 3
    first = found.head(3)
    assert first["term"].to_list() == ["alpha: 1 - 0.5", "part: off - on", "alpha: 1 - 0.5 × part: off - on"]
    assert first["of"].to_list() == ["main", "main", "interaction"]
    assert first["effect"].to_list() == pytest.approx([0.1, -0.2, 0.0], abs=0.001)
    assert first["verdict"].to_list() == ["higher", "lower", "no difference shown"]
    assert first["reference"].unique().to_list() == ["on 0.5 at 0.1"]


def test_a_table_compares_its_methods(tmp_path: Path) -> None:
    arms: list[dict[str, Any]] = []
    with Ledger.open(tmp_path) as ledger:
        record(ledger, made_config())
        for method, gain in (("unet", 0.0), ("s4mcl", 0.1)):
            trials = [wanted(method, 0.1, seed, "table") for seed in SEEDS]
            ledger.plan("demo", "ablate", trials)
            for seed, planned in zip(SEEDS, trials, strict=True):
                settled(ledger, planned, "demo", "ablate", score=0.5 + gain + 0.001 * seed * (1 + 10 * gain))
            where = {"method": method, "label_fraction": 0.1, "cohort": trials[0].cohort, "seeds": list(SEEDS)}
            arms.append({"name": method, **where, "hyperparameters": {}, "factors": {"method": method}})
        ledger.record_arms("demo", "both", "table", arms)
    with s4mcl.open(tmp_path / "demo") as results:
        (row,) = results.ablation().to_dicts()
    assert (row["kind"], row["method"], row["term"], row["reference"]) == ("table", "s4mcl", "s4mcl", "unet")
    assert row["effect"] == pytest.approx(0.101)
    assert row["verdict"] == "higher"


def test_importance_rests_on_ten_proposals(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        record(ledger, made_config())
        search(ledger, "demo", "unet", ["completed"] * 9)
        search(ledger, "demo", "s4mcl", ["completed"] * 12)
    with s4mcl.open(tmp_path / "demo") as results:
        found = results.importance()
        assert results.importance("unet").is_empty()
        warned = results.warnings().filter(kind="importance")["text"].to_list()
    row = found.row(0, named=True)
    assert (row["method"], row["stage"], row["label_fraction"]) == ("s4mcl", "search", 0.1)
    assert (row["hyperparameter"], row["proposals"], row["logarithmic"]) == ("generator_lr", 12, True)
    assert found["ped_anova"].sum() == pytest.approx(1)
    assert any(text.startswith("U-Net with 10 % of the labels: Importance needs 10") for text in warned)


def test_warnings_are_gathered(results: Results) -> None:
    found = results.warnings()
    assert found["kind"].unique(maintain_order=True).to_list() == ["status", "validation", "importance"]
    texts = dict(
        found.group_by("kind", maintain_order=True).agg(pl.col("text").first()).select("kind", "text").iter_rows()
    )
    assert texts["status"].startswith("search: 1 trial of ")
    assert "At 10 % training sees 6 labelled images and selection 16" in "\n".join(found["text"])


def test_test_labels_that_were_read_more_than_once_are_warned_of(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        for name in ("before", "demo"):
            record(ledger, made_config(name, "methods=[unet,s4mcl]"))
            confirm(ledger, name)
        folder = ledger.storage / ledger.trials_frame("demo")["artifacts"][0]
    (folder / "predictions.npz").write_bytes(b"damaged")
    with s4mcl.open(tmp_path / "demo") as results:
        found = results.warnings()
        with pytest.raises(InputError, match=r"cannot be read as predictions(.|\n)*Cure: "):
            results.comparisons()
    told = dict(found.select("kind", "text").iter_rows())
    assert told["test_openings"].startswith("The test labels were opened 24 times, 12 more than this study's 12 tested")
    assert "cannot be read as predictions" in told["groups"]


def test_frames_may_be_taken_while_the_study_runs(tmp_path: Path) -> None:
    make_study(tmp_path)
    with s4mcl.open(tmp_path / "demo") as results, Ledger.open(tmp_path) as writer:
        with writer.transaction():
            writer.plan("demo", "confirm", [wanted("unet", 1.0, 9)])
            assert results.trials().height == 26  # what is not committed is not seen, and nobody waits
        assert results.trials().height == 27


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda r: r.comparisons(reference="unnet"), r"unknown reference 'unnet'\.\nCure: did you mean unet\?"),
        (lambda r: r.comparisons(metric="dise"), r"unknown metric 'dise'\.\nCure: did you mean dice\?"),
        (lambda r: r.comparisons(part="train"), r"known are test, validation"),
        (lambda r: r.label_savings(metric="f2"), r"unknown metric"),
        (lambda r: r.ablation("part"), r"did you mean parts\?"),
        (lambda r: r.ablation(metric="speed"), r"unknown metric 'speed'"),
        (lambda r: r.importance("cnn"), r"known are s4mcl, unet"),
    ],
)
def test_what_there_is_none_of_is_refused(results: Results, call: Callable[[Results], object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        call(results)


def test_a_path_that_is_no_study_is_refused(storage: Path, tmp_path: Path) -> None:
    for path, said in ((tmp_path, "neither a storage nor a study folder"), (storage / "demmo", "did you mean demo")):
        with pytest.raises(InputError, match=said):
            s4mcl.open(path)
