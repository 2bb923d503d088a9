"""A storage with a study made by hand that has everything to draw: four methods, a search with every kind of
hyperparameter and both objectives, label savings, and a design of each kind."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from made_study import HERE, content_key, made_config, record
from s4mcl.config import StudyConfig
from s4mcl.designs.arm import Arm
from s4mcl.designs.registry import read_designs
from s4mcl.ledger import Ledger, PlannedTrial
from s4mcl_trainables.methods import method_named

METHODS = ("unet", "cnn", "s2mcl", "s4mcl")
FRACTIONS = (0.05, 0.1, 0.3, 1.0)
GROUPS = 30  # of the test part, two images each
LEVEL = {  # (Dice, chance of a right class) at the smallest label fraction and with all labels
    "unet": ((0.62, 0.90), None),
    "cnn": (None, (0.45, 0.78)),
    "s2mcl": ((0.55, 0.86), (0.45, 0.72)),
    "s4mcl": ((0.80, 0.93), (0.62, 0.84)),
}
TRANSFORMS = ("identity", "hflip", "vflip", "rot90", "rot180", "rot270")
DESIGNS = {
    "components": {"kind": "leave_one_out", "method": "s4mcl"},
    "alpha": {"kind": "sensitivity", "method": "s4mcl", "parameter": "alpha", "values": [0.0, 0.25, 0.5, 1.0, 2.0]},
    "weight": {"kind": "sensitivity", "method": "s4mcl", "parameter": "adversarial_weight", "points": 5},
    "layout": {
        "kind": "sensitivity",
        "method": "s4mcl",
        "parameter": "layout",
        "values": ["heads", "factorised", "joint"],
    },
    "parts": {
        "kind": "factorial",
        "method": "s4mcl",
        "components": ["self_supervision", "adversarial_on_labelled", "mask_input"],
        "hyperparameters": {"order": ["cs", "sc"]},
    },
    "half": {
        "kind": "factorial",
        "method": "s4mcl",
        "components": ["self_supervision", "adversarial_on_labelled", "mask_input"],
        "hyperparameters": {"order": ["cs", "sc"]},
        "resolution": 4,
    },
    "sets": {"kind": "transform_sets", "method": "s4mcl", "largest": 3},
}


def make_wide_study(storage: Path, name: str = "wide", *, proposals: int = 24, seeds: int = 3) -> Path:
    """Make the study in a storage; return its folder."""
    words = [
        f"methods=[{','.join(METHODS)}]",
        f"label_fractions=[{','.join(map(str, FRACTIONS))}]",
        f"seeds={seeds}",
        "search.label_fractions=[0.3]",
        f"search.trials={proposals}",
        f"ablate.designs={_flow(DESIGNS)}",
    ]
    config = made_config(name, *words)
    with Ledger.open(storage) as ledger:
        record(ledger, config)
        with ledger.transaction():
            for method in METHODS:
                _search(ledger, name, method, proposals)
            for method in METHODS:
                for fraction in FRACTIONS:
                    for seed in range(seeds):
                        _confirm(ledger, name, method, fraction, seed)
            _ablate(ledger, config)
    return storage / name


def _flow(value: Any) -> str:
    """YAML in one line, as the command line of a study takes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    return "[" + ", ".join(map(_flow, value)) + "]" if isinstance(value, list) else str(value)


def _search(ledger: Ledger, study: str, method: str, amount: int) -> None:
    """Random proposals after the defaults; every fifth is stopped early, every eleventh fails."""
    where: dict[str, Any] = {"method": method, "label_fraction": 0.3}
    draws = np.random.default_rng(len(method) + 100 * METHODS.index(method))
    for number in range(amount):
        values = _proposed(method, draws) if number else {}
        hyperparameters = {**method_named(method).defaults, **values}
        ledger.record_proposal(study, "search", **where, number=number, hyperparameters=hyperparameters)
        dice, right = _scored(method, hyperparameters, draws)
        known = [value for value in (dice, right) if value is not None]
        score = sum(known) / len(known)
        told: dict[str, Any] = {"state": "completed", "score": score, "iterations": 20}
        told["intermediate"] = {5: 0.6 * score, 10: 0.8 * score, 20: score}
        if dice is not None and right is not None:
            told["objectives"] = (right, dice)
        if number % 5 == 3:
            told = {
                "state": "pruned",
                "score": None,
                "iterations": 10,
                "intermediate": {5: 0.4 * score, 10: 0.5 * score},
            }
        if number % 11 == 7:
            told = {"state": "failed", "score": None, "iterations": 3}
        ledger.tell_proposal(study, "search", **where, number=number, **told)


def _proposed(method: str, draws: np.random.Generator) -> dict[str, Any]:
    rates = {"generator_lr": 10 ** draws.uniform(-5, -2.5), "discriminator_lr": 10 ** draws.uniform(-5, -2.5)}
    if method in ("unet", "cnn"):
        name = "generator_lr" if method == "unet" else "discriminator_lr"
        return {name: rates[name]}
    found = {"adversarial_weight": 10 ** draws.uniform(-4, -1), "alpha": draws.uniform(0, 2), **rates}
    if method == "s4mcl":
        others = [name for name in TRANSFORMS[1:] if draws.random() < 0.4] or ["rot90"]
        found |= {"transforms": ["identity", *others], "layout": str(draws.choice(["heads", "joint"]))}
    return found


def _scored(method: str, values: dict[str, Any], draws: np.random.Generator) -> tuple[float | None, float | None]:
    """Dice and balanced accuracy of a configuration: a hill over its numbers, better with rot90, and noise."""
    loss = 0.05 * sum(
        (np.log10(values[name]) + top) ** 2
        for name, top in (("adversarial_weight", 2.2), ("generator_lr", 3.6), ("discriminator_lr", 3.8))
        if name in values
    )
    alpha = values.get("alpha", 1.0)  # little of it is good for masks, much for classes
    gain = 0.05 * ("rot90" in values.get("transforms", ())) + 0.02 * len(values.get("transforms", ()))
    dice, right = LEVEL[method]
    noise = 0.015 * draws.standard_normal(2)
    return (
        None if dice is None else float(np.clip(dice[1] - loss - 0.2 * (alpha - 0.5) ** 2 + noise[0], 0.02, 0.99)),
        None
        if right is None
        else float(np.clip(right[1] - 0.7 * loss - 0.2 * (alpha - 1.6) ** 2 + gain - 0.1 + noise[1], 0.02, 0.99)),
    )


def _confirm(ledger: Ledger, study: str, method: str, fraction: float, seed: int) -> None:
    """Train and judge the defaults of a method at one label fraction with one seed."""
    planned = _planned("confirm", method, fraction, seed, {})
    ledger.plan(study, "confirm", [planned])
    folder = _trained(ledger, planned, study, "confirm", 0.7)
    draws, common = np.random.default_rng([seed, METHODS.index(method), int(100 * fraction)]), np.random.default_rng(7)
    images = 2 * GROUPS
    labels = np.arange(images, dtype=np.int64) // 2 % 3
    arrays: dict[str, Any] = {"rows": np.arange(images), "labels": labels, "groups": np.arange(images) // 2}
    metrics: dict[str, float] = {"test_majority_rate": 1 / 3}
    share = np.log(fraction / FRACTIONS[0]) / np.log(1 / FRACTIONS[0])
    levels = [None if ends is None else ends[0] + (ends[1] - ends[0]) * share for ends in LEVEL[method]]
    if levels[0] is not None:
        hard = 0.08 * common.standard_normal(GROUPS).repeat(2)
        arrays["dice"] = (levels[0] + hard + 0.03 * draws.standard_normal(images)).clip(0, 1).astype(np.float32)
        arrays["dice"] += np.float32(0.01 * draws.standard_normal())
        metrics |= {"test_dice": float(arrays["dice"].mean()), "test_hd95": 30 * (1 - float(arrays["dice"].mean()))}
    if levels[1] is not None:
        right = common.random((10, images))[seed] * 0.5 + draws.random(images) * 0.5 < levels[1]
        named = np.where(right, labels, (labels + 1) % 3)
        arrays["class_probabilities"] = (0.8 * np.eye(3)[named] + 0.2 / 3).astype(np.float32)
        recalls = [right[labels == each].mean() for each in range(3)]
        metrics |= {"test_accuracy": float(right.mean()), "test_balanced_accuracy": float(np.mean(recalls))}
    path = folder / "predictions.npz"
    np.savez(path, allow_pickle=False, **arrays)
    ledger.record_test(planned.key, study, metrics, str(path.relative_to(ledger.storage)))


def _ablate(ledger: Ledger, config: StudyConfig) -> None:
    """Every design of the study, its arms as the design itself makes them."""
    for name, design in read_designs(config).items():
        arms = design.arrange(lambda method, fraction: {}).arms
        rows = [_row(arm, seeds=list(design.seeds or ()), design=name) for arm in arms]
        for arm, row in zip(arms, rows, strict=True):
            for seed in row["seeds"]:
                planned = _planned(row["cohort"], arm.method, arm.label_fraction, seed, dict(arm.hyperparameters))
                ledger.plan(config.name, "ablate", [planned])
                _trained(ledger, planned, config.name, "ablate", _arm_score(arm, seed))
        ledger.record_arms(config.name, name, design.kind, rows)


def _row(arm: Arm, seeds: list[int], design: str) -> dict[str, Any]:
    place = {"method": arm.method, "label_fraction": arm.label_fraction, "hyperparameters": dict(arm.hyperparameters)}
    return {"name": arm.name, **place, "cohort": f"{design}/{arm.name}", "factors": dict(arm.factors), "seeds": seeds}


def _arm_score(arm: Arm, seed: int) -> float:
    """Self-supervision is worth 0.1, twice that together with the mask as input; rot90 0.03; the rest is a hill."""
    values, draws = dict(arm.hyperparameters), np.random.default_rng([seed, *arm.name.encode()])
    off = [name for name, level in arm.factors.items() if level == "off"]
    loss = 0.1 * ("self_supervision" in off) + 0.02 * ("mask_input" in off) + 0.01 * (values.get("order") == "sc")
    loss += 0.1 * ("self_supervision" in off and "mask_input" in off)
    gain = sum(0.03 if name == "rot90" else 0.005 for name in values.get("transforms", ()))
    hill = 0.06 * (np.log10(max(values["adversarial_weight"], 1e-4)) + 2) ** 2 + 0.08 * (values["alpha"] - 0.9) ** 2
    return float(0.75 + gain - loss - hill + 0.01 * seed + 0.008 * draws.standard_normal())


def _planned(what: str, method: str, fraction: float, seed: int, hyperparameters: dict[str, Any]) -> PlannedTrial:
    given = {**method_named(method).defaults, **hyperparameters}
    trial = {"method": method, "label_fraction": fraction, "seed": seed, "hyperparameters": given}
    key = content_key(what, json.dumps(trial, sort_keys=True))
    cohort = what if "/" in what else content_key(what, method, fraction)
    return PlannedTrial(key, cohort, trial, dataset="data", partition="part")


def _trained(ledger: Ledger, planned: PlannedTrial, study: str, stage: str, score: float) -> Path:
    """Claim, report twice and complete a trial; return its folder."""
    key = planned.key
    attempt = ledger.claim([key], study, stage, HERE)[key]
    values = {"val_dice": score, "val_balanced_accuracy": score, "val_accuracy": score, "val_score": score}
    ledger.add_reports(key, attempt, [{"iteration": at, "values": {**values, "loss/dice": 1.0}} for at in (10, 20)])
    folder = ledger.storage / "trials" / key / str(attempt)
    folder.mkdir(parents=True)
    ended: dict[str, Any] = {"state": "completed", "outcome": "completed", "iterations": 20, "seconds": 2.0}
    relative = str(folder.relative_to(ledger.storage))
    assert ledger.finish(key, attempt, **ended, summary={**values, "best_iteration": 20}, artifacts=relative)
    return folder


def figures_of(text: str) -> Iterator[dict[str, Any]]:
    """The Plotly figures of a page, in its order."""
    begin, end = '<script type="application/json">', "</script>"
    for part in text.split(begin)[1:]:
        yield json.loads(part[: part.index(end)])


def panel(html: str, name: str) -> str:
    """What stands in the panel of a method or design."""
    return html[html.index(f"<h3>{name}</h3>") :].split('<div class="panel', maxsplit=1)[0]
