"""A storage with a study whose confirm stage was trained in this process, without Ray and in a blink."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from s4mcl.config import compose_study, to_plain
from s4mcl.execution.inspection import inspect
from s4mcl.execution.samples import write_samples
from s4mcl.execution.study_folder import write_study
from s4mcl.ledger import Ledger, Owner, PlannedTrial, Share, Worker
from s4mcl.stages.keying import Keying
from s4mcl.stages.method_fractions import method_fractions
from s4mcl_trainables.methods import start_training
from s4mcl_trainables.numerics import Profile
from s4mcl_trainables.training.assignment import Assignment, Ending

SMALL = (
    *("name=demo", "split=patch", "data.test=0.2", "data.validation=0.25", "image_size=16", "depth=2", "width=4"),
    *("search.trials=0", "label_fractions=[0.5,1.0]", "seeds=1", "budget.iterations=6", "budget.report_every=3"),
    *("precision=float32", "batch.labelled=4", "batch.unlabelled=3"),
)


def train_study(storage: Path, dataset: Path, *words: str, precision: str = "float32") -> Path:
    """Train every method at every label fraction with every seed; return the study's folder."""
    config = compose_study([*SMALL, f"data.path={dataset}", f"storage={storage}", *words])
    inspected = inspect(config)
    data, partition = inspected.described()
    profile = Profile("cpu", precision, "2.13", 1)
    keying = Keying(config, dataset=data["fingerprint"], partition=partition["fingerprint"], profile=profile)
    made_by = {"commit": "none", "machine": {"precision": precision}}
    study_dir = storage / config.name
    with Ledger.open(storage) as ledger:
        study_dir.mkdir()
        write_study(study_dir, config, inspected)
        write_samples(study_dir / "samples.npz", inspected.dataset, inspected.partition, config)
        ledger.record_study(config.name, to_plain(config), data, partition, {"profile": profile.to_dict(), **made_by})
        for method in config.methods:
            for fraction in method_fractions(config.label_fractions, method):
                keyed = keying.cohort(method, config.hyperparameters.get(method, {}), fraction, config.seeds)
                ledger.plan(
                    config.name,
                    "confirm",
                    [PlannedTrial(each.key, each.cohort, each.trial.to_dict()) for each in keyed],
                )
                for each in keyed:
                    folder = storage / "trials" / each.key / "1"
                    given = Assignment(
                        trial=each.trial,
                        key=each.key,
                        attempt=1,
                        folder=folder,
                        dataset=dataset,
                        partition=inspected.spec,
                        profile=profile,
                        device="cpu",
                        test=True,
                    )
                    _record(ledger, config.name, given, _trained(given), made_by)
    return study_dir


def _trained(given: Assignment) -> Ending:
    training = start_training(given)
    while (ending := training.advance()) is None:
        pass
    assert ending.outcome == "completed"
    return ending


def _record(ledger: Ledger, study: str, given: Assignment, ending: Ending, made_by: dict[str, Any]) -> None:
    how: dict[str, Any] = {"share": Share(cpus=1.0, gpus=0.0), "provenance": made_by}
    attempt = ledger.claim([given.key], study, "confirm", Owner.this_process(), **how)[given.key]
    ledger.heard({given.key: attempt}, Worker(host="node", process="1", device="cpu"), 0.0)
    at = str(given.folder.relative_to(ledger.storage))
    told = {
        name: value for name, value in asdict(ending).items() if name in ("outcome", "iterations", "seconds", "summary")
    }
    assert ledger.finish(given.key, attempt, state="completed", artifacts=at, **told)
    ledger.record_test(given.key, study, ending.test or {}, f"{at}/predictions.npz")
