"""A storage with a study made by hand: two methods tuned and compared, an ablation, and all the files it leaves."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from s4mcl.config import StudyConfig, compose_study, to_plain, to_yaml
from s4mcl.ledger import Ledger, Owner, PlannedTrial, Share, Worker
from s4mcl_trainables.methods import method_named

HERE = Owner.this_process()
WORKER = Worker(host="node-7", process="4711", device="cpu")
METHODS = ("unet", "s4mcl")
FRACTIONS = (0.1, 1.0)
SEEDS = (0, 1, 2)
WORDS = (
    "data.path=nowhere",
    "methods=[unet,s4mcl]",
    "label_fractions=[0.1,1.0]",
    "seeds=3",
    "budget.iterations=20",
    "budget.report_every=10",
    "search.trials=4",
    "search.label_fractions=[0.1]",
)
ADVANTAGE = {"unet": 0.0, "s4mcl": 0.15}  # of the Dice of every test image
IMAGES = 24  # of the test part, two a group


def content_key(*parts: object) -> str:
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()


def made_config(name: str = "demo", *words: str) -> StudyConfig:
    return compose_study([f"name={name}", *WORDS, *words])


def wanted(method: str, fraction: float, seed: int, what: object = "defaults", **more: Any) -> PlannedTrial:
    """A trial whose key and cohort follow from method, label fraction, seed and `what`."""
    hyperparameters = {**method_named(method).defaults, **more.pop("hyperparameters", {})}
    trial = {"method": method, "label_fraction": fraction, "seed": seed, "hyperparameters": hyperparameters}
    key, cohort = content_key(method, fraction, seed, what), content_key(method, fraction, what)
    return PlannedTrial(key, cohort, trial, dataset="data", partition="part", **more)


def train(
    ledger: Ledger, planned: PlannedTrial, study: str, stage: str, *, state: str = "completed", score: float = 0.5
) -> Path:
    """Claim a planned trial, report twice, write its checkpoints and end it; return its folder."""
    key = planned.key
    how: dict[str, Any] = {"retry_failed": True, "resume_pruned": True, "share": Share(cpus=1.0, gpus=0.0)}
    attempt = ledger.claim([key], study, stage, HERE, **how)[key]
    ledger.heard({key: attempt}, WORKER, 0.0)
    values = {"val_dice": score, "val_balanced_accuracy": score, "val_accuracy": score, "val_score": score}
    ledger.add_reports(key, attempt, [{"iteration": at, "values": {**values, "loss/dice": 1.0}} for at in (10, 20)])
    folder = ledger.storage / "trials" / key / str(attempt)
    folder.mkdir(parents=True)
    name = "best.pt" if state == "completed" else "last.pt"
    (folder / name).write_bytes(key.encode() * 10)
    ended: dict[str, Any] = {"state": state, "outcome": state if state != "failed" else "nan"}
    if state == "completed":
        relative = str(folder.relative_to(ledger.storage))
        ended |= {"summary": {**values, "best_iteration": 20}, "artifacts": relative}
    assert ledger.finish(key, attempt, iterations=20, seconds=2.0, **ended)
    return folder


def settled(ledger: Ledger, planned: PlannedTrial, study: str, stage: str, **ending: Any) -> Path:
    """Train a planned trial unless an earlier study or stage has; return its folder."""
    state = ledger.states([planned.key])[planned.key]
    if state.state == "planned":
        return train(ledger, planned, study, stage, **ending)
    return ledger.storage / "trials" / planned.key / str(state.attempt)


def judge(ledger: Ledger, planned: PlannedTrial, study: str, folder: Path) -> None:
    """Judge a trained trial on 24 made-up test images in 12 groups; both classes, the truth in `labels`."""
    method, seed = str(planned.trial["method"]), int(planned.trial["seed"])
    draws, common = np.random.default_rng([seed, len(method)]), np.random.default_rng(7)
    base = 0.6 + 0.1 * common.standard_normal(IMAGES // 2).repeat(2) + 0.1 * float(planned.trial["label_fraction"])
    dice = (base + ADVANTAGE[method] + 0.02 * draws.standard_normal(IMAGES)).clip(0, 1).astype(np.float32)
    labels = np.arange(IMAGES, dtype=np.int64) // 2 % 2
    right = draws.random(IMAGES) < 0.8
    first = np.where(right == (labels == 0), 0.9, 0.1)
    arrays = {
        "rows": np.arange(100, 100 + IMAGES, dtype=np.int64),
        "labels": labels,
        "groups": np.arange(IMAGES, dtype=np.int64) // 2,
        "dice": dice,
        "class_probabilities": np.stack([first, 1 - first], axis=1).astype(np.float32),
    }
    path = folder / "predictions.npz"
    np.savez(path, allow_pickle=False, **arrays)  # type: ignore[arg-type]
    accuracy = float(right.mean())
    metrics = {
        **{"test_accuracy": accuracy, "test_balanced_accuracy": accuracy, "test_majority_rate": 0.5},
        **{"test_dice": float(dice.mean()), "test_iou": float((dice / (2 - dice)).mean())},
    }
    ledger.record_test(planned.key, study, metrics, str(path.relative_to(ledger.storage)))


def search(ledger: Ledger, study: str, method: str, states: Sequence[str]) -> None:
    """A group of proposals with these states, each scored by one trial."""
    place: dict[str, Any] = {"method": method, "label_fraction": 0.1}
    for number, state in enumerate(states):
        changed = {} if number == 0 else {"generator_lr": 0.0002 * number}
        planned = wanted(method, 0.1, 0, f"proposal {number}" if number else "defaults", hyperparameters=changed)
        planned = PlannedTrial(**{**vars(planned), "proposal": number})
        hyperparameters = planned.trial["hyperparameters"]
        ledger.record_proposal(study, "search", **place, number=number, hyperparameters=hyperparameters)
        ledger.plan(study, "search", [planned])
        if state == "running":
            continue
        score = 0.5 + 0.05 * number
        settled(ledger, planned, study, "search", state=state, score=score)
        told: dict[str, Any] = {"state": state, "score": score if state == "completed" else None, "iterations": 20}
        if state != "failed":
            told["intermediate"] = {10: score / 2, 20: score} if state == "completed" else {10: score / 2}
        ledger.tell_proposal(study, "search", **place, number=number, **told)


def confirm(ledger: Ledger, study: str) -> None:
    """Every method's defaults at every label fraction with every seed, judged on the test part."""
    for method in METHODS:
        for fraction in FRACTIONS:
            for seed in SEEDS:
                planned = wanted(method, fraction, seed)
                ledger.plan(study, "confirm", [planned])
                score = 0.6 + 0.1 * fraction + 0.01 * seed + ADVANTAGE[method]
                judge(ledger, planned, study, settled(ledger, planned, study, "confirm", score=score))


def ablate(ledger: Ledger, study: str) -> None:
    """A design of two arms: S4MCL as it is, and without its self-supervision."""
    arms: list[dict[str, Any]] = []
    for name, level, loss in (("base", "on", 0.0), ("without self_supervision", "off", 0.2)):
        changed = {} if level == "on" else {"self_supervision": False}
        trials = [wanted("s4mcl", 0.1, seed, level, hyperparameters=changed) for seed in SEEDS]
        ledger.plan(study, "ablate", trials)
        for seed, planned in zip(SEEDS, trials, strict=True):
            settled(ledger, planned, study, "ablate", score=0.8 - loss + 0.01 * seed)
        where = {"method": "s4mcl", "label_fraction": 0.1, "cohort": trials[0].cohort}
        factors = {"self_supervision": level}
        arms.append({"name": name, **where, "hyperparameters": changed, "factors": factors, "seeds": list(SEEDS)})
    ledger.record_arms(study, "parts", "leave-one-component-out", arms)


def record(ledger: Ledger, config: StudyConfig) -> None:
    """The study's row, and its folder with what a driver leaves there."""
    documents: dict[str, dict[str, Any]] = {
        "dataset": {"name": "made", "fingerprint": "data", "images": 100, "classes": ["a", "b"], "groups": 40},
        "partition": {"train": 60, "validation": 16, "test": IMAGES, "split": "group", "fingerprint": "part"},
        "provenance": {"commit": "unknown"},
    }
    ledger.record_study(config.name, to_plain(config), **documents)
    folder = ledger.storage / config.name
    folder.mkdir(exist_ok=True)
    (folder / "config.yaml").write_text(to_yaml(config), encoding="utf-8")
    parts = np.split(np.arange(100), [60, 76])
    named = dict(zip(("train", "validation", "test"), parts, strict=True))
    np.savez(folder / "partition.npz", allow_pickle=False, **named)  # type: ignore[arg-type]
    (folder / "run.log").write_text("begun\nended\n", encoding="utf-8")
    (folder / "lock").write_text("", encoding="utf-8")


def make_study(storage: Path, name: str = "demo", *words: str) -> Path:
    """Make a whole study in a storage, which may hold others; return its folder."""
    with Ledger.open(storage) as ledger:
        record(ledger, made_config(name, *words))
        for method in METHODS:
            search(ledger, name, method, ("completed", "pruned", "failed", "completed"))
        confirm(ledger, name)
        ablate(ledger, name)
        ledger.record_event(name, "retried", "=a worker died and another went on", {"key": "x"})
    return storage / name
