"""A study in which every text that can come from outside is hostile: it would run, break the page or mislead."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from made_study import IMAGES
from s4mcl.ledger import Ledger, Owner, PlannedTrial

RUN = "window.hacked=1"
HOSTILE = {
    "script": f"</script><script>{RUN}</script>",
    "image": f"<img src=x onerror={RUN}>",
    "attribute": f'" onmouseover="{RUN}" autofocus onfocus="{RUN}" x="',
    "apostrophe": f"' onmouseover='{RUN}' autofocus onfocus='{RUN}' x='",
    "comment": "<!-- <script> --!> ]]> <![CDATA[",
    "style": "</style><style>body{display:none}</style>",
    "link": f'<a href="javascript:{RUN}">link</a><b>bold</b>&lt;i&gt;&amp;',
    "template": f"$title ${{{RUN}}} {{{{hacked}}}} %{{x}} %{{customdata}} \\u003c",
    "emoji": "🧪👩‍⚕️🏳️‍🌈 smile",
    "right to left": "مرحبا بالعالم שלום",
    "override": "safe\u202etpircs\u202c \u2066isolated\u2069",
    "control": "bell\x07escape\x1b[31mdelete\x7fnext\x85line\u2028end\ufffe",
    "long": "unbroken" * 1250,
    "sentence": "many words " * 909,
}
SURROGATE = "lone \ud800 surrogate"  # JSON may hold it, a column of text may not
MANY = tuple(HOSTILE.values())
STUDY = f"<img src=x onerror={RUN}> '\"&amp; 🧪 שלום"  # the name of a folder: no slash, 255 bytes
FRACTIONS, SEEDS = (0.1, 1.0), (0, 1, 2)
WHERE: dict[str, Any] = {"label_fraction": 0.1}


def hostile(storage: Path) -> Path:
    """Methods, hyperparameters, classes, designs, arms, failures and documents are each named by all hostile texts."""
    (storage / STUDY).mkdir()
    with Ledger.open(storage) as ledger:
        config = {
            "methods": list(MANY),
            "label_fractions": list(FRACTIONS),
            "description": " ".join(MANY),
            **{name: text for name, text in HOSTILE.items() if name != "script"},
            SURROGATE: [SURROGATE],
        }
        dataset = {"name": MANY[0], "classes": [*MANY, SURROGATE], "fingerprint": MANY[1], MANY[2]: MANY[2]}
        partition = {"train": 60, "validation": 16, "test": IMAGES, "split": MANY[3], "fingerprint": MANY[4]}
        provenance = {"command": MANY[0], "commit": MANY[5], "versions": dict.fromkeys(MANY, SURROGATE)}
        ledger.record_study(STUDY, config, dataset, partition, provenance)
        _search(ledger, MANY[1])
        for text in MANY:
            _confirm(ledger, text)
            ledger.record_event(STUDY, "note", text, {text: text})
        _ablate(ledger)
    return storage / STUDY


def _search(ledger: Ledger, method: str) -> None:
    for number in range(3):
        where = {**WHERE, "method": method, "number": number}
        values: dict[str, Any] = {text: f"{text}{number}" for text in MANY}
        values |= {"rate": 10.0**-number, "transforms": list(MANY[: number + 1])}
        ledger.record_proposal(STUDY, "search", **where, hyperparameters=values)
        score = 0.5 + number / 10
        told: dict[str, Any] = {"state": "completed", "score": score, "iterations": 20, "intermediate": {10: score}}
        ledger.tell_proposal(STUDY, "search", **where, **told)


def _confirm(ledger: Ledger, method: str) -> None:
    """Three seeds at two label fractions, and a failure whose outcome and detail are hostile too."""
    for fraction in FRACTIONS:
        for seed in SEEDS:
            key, folder = _train(ledger, "confirm", method, fraction, seed)
            _judge(ledger, key, folder, seed)
    detail = {"error": method, method: [method, SURROGATE]}
    _train(ledger, "confirm", method, 0.1, 9, state="failed", outcome="data_error", detail=detail)


def _train(
    ledger: Ledger, stage: str, method: str, fraction: float, seed: int, *, cohort: str = "", **ended: Any
) -> tuple[str, Path]:
    trial = {"method": method, "label_fraction": fraction, "seed": seed, "hyperparameters": {method: method}}
    key = hashlib.sha256(repr((stage, cohort, trial)).encode()).hexdigest()
    ledger.plan(STUDY, stage, [PlannedTrial(key, cohort or f"{method}{fraction}", trial, None, "d", "p")])
    provenance = {method: method}
    attempt = ledger.claim([key], STUDY, stage, Owner.this_process(), provenance=provenance)[key]
    names = [text for text in MANY if not set('"\\').intersection(text) and text.isprintable()]
    values = {"val_dice": 0.5, "val_score": 0.5, **dict.fromkeys(names if method == MANY[0] else (), 0.5)}
    ledger.add_reports(key, attempt, [{"iteration": at, "values": values} for at in (10, 20)])
    folder = ledger.storage / "trials" / key / str(attempt)
    chance = np.random.default_rng([seed, len(method), len(cohort)])
    summary = {"val_score": chance.uniform(0.4, 0.9), "val_dice": 0.6, "best_iteration": 20}
    done: dict[str, Any] = {"state": "completed", "outcome": "completed", "summary": summary}
    ledger.finish(key, attempt, iterations=20, seconds=1.0, **(ended or done))
    return key, folder


def _judge(ledger: Ledger, key: str, folder: Path, seed: int) -> None:
    dice = np.random.default_rng(seed).uniform(0.5, 0.9, IMAGES).astype(np.float32)
    groups = np.arange(IMAGES, dtype=np.int64) // 2
    folder.mkdir(parents=True)
    path = folder / "predictions.npz"
    np.savez(path, rows=np.arange(IMAGES), labels=groups % 2, groups=groups, dice=dice)
    ledger.record_test(key, STUDY, {"test_dice": float(dice.mean())}, str(path.relative_to(ledger.storage)))


def _ablate(ledger: Ledger) -> None:
    """A design of all arms named by hostile texts, and for each text a small design of that name."""
    _design(ledger, "parts", MANY)
    for text in MANY:
        _design(ledger, text, ("other",))


def _design(ledger: Ledger, design: str, arms: Sequence[str]) -> None:
    told: list[dict[str, Any]] = []
    for arm in ("base", *arms):
        cohort = f"{design}/{arm}"
        for seed in SEEDS:
            _train(ledger, "ablate", MANY[0], 0.1, seed, cohort=cohort)
        where = {**WHERE, "method": MANY[0], "cohort": cohort, "hyperparameters": {arm: arm}}
        told.append({"name": arm, **where, "factors": {arm: arm}, "seeds": list(SEEDS)})
    ledger.record_arms(STUDY, design, "leave-one-component-out", told)
