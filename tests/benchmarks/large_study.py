"""A large study as a cluster would leave it, made in minutes: for measuring what reads it.

    PYTHONPATH=tests python -m benchmarks.large_study STORAGE [--trials 10000] [--reports 52] [--seeds 20] [--url URL]
        [--without-designs] [KEY=VALUE ...]

Makes the study "large" in STORAGE (which must not exist, unless --name gives another study of it): four methods, tuned
at two label fractions with as many proposals as --trials leaves, confirmed at six label fractions with every seed, and
four designs around S4MCL. Curves rise and level off with noise, scores depend on the hyperparameters, proposals gather
where scores are high, some are stopped early or fail, sixteen workers share the work, and every confirm trial leaves
the files of its predictions. KEY=VALUE change the configuration (`search.objective=pareto`, `methods=[s4mcl]`). The
ledger keeps every promise that `s4mcl ledger check` looks at.
"""

import argparse
import heapq
import json
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from optuna.trial import FixedTrial
from sqlalchemy import func, insert, select

from benchmarks.large_values import IMAGES, SIDE, Floats, curves, damage, predictions, samples
from s4mcl.config import StudyConfig, compose_study, fixed_hyperparameters, search_space, to_plain, to_yaml
from s4mcl.designs.registry import read_designs
from s4mcl.ledger import Ledger
from s4mcl.ledger.dialect import insert_new
from s4mcl.ledger.documents import encode
from s4mcl.ledger.schema import arms, attempts, planned, proposals, reports, test_openings, trials
from s4mcl.search.samplers.unit_interval import from_unit
from s4mcl.stages.cohort import KeyedTrial
from s4mcl.stages.keying import Keying, resolved_hyperparameters
from s4mcl_trainables.numerics import Profile

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
WORKERS = 16
EVERY = 40  # iterations between two reports
AT_ONCE = 500  # trials whose curves are made at once
FRACTIONS = "[0.05,0.1,0.2,0.3,0.5,1.0]"
DESIGNS = {
    "components": "{kind:leave_one_out,method:s4mcl}",
    "adversarial_weight": "{kind:sensitivity,method:s4mcl,parameter:adversarial_weight,between:[0.1,10],points:5}",
    "alpha": "{kind:sensitivity,method:s4mcl,parameter:alpha,values:[0.0,0.25,0.5,1.0,2.0]}",
    "parts": "{kind:factorial,method:s4mcl,components:[self_supervision,adversarial_on_labelled,mask_input],"
    "hyperparameters:{class_on_predicted:[false,true],order:[cs,sc]},resolution:5}",
}
PROFILE = Profile("cuda", "bfloat16", "2.13", 1)
PARTS = {"train": 604, "validation": 151, "test": IMAGES, "split": "group", "split_seed": 0, "fingerprint": "b" * 64}
DATASET = {"name": "phantom", "classes": ["normal", "fractured"], "groups": 100, "images": 894, "fingerprint": "d" * 64}
VERSIONS = {"numpy": "2.4.6", "optuna": "5.0.0", "polars": "2.1.0", "ray": "2.60.0", "torch": "2.13.0"}
MACHINE = {"cores": 64, "device": "cuda", "precision": "bfloat16", "processor": "AMD EPYC", "system": "Linux x86_64"}
ORIGIN = {"command": "s4mcl run name=large", "commit": "unknown", "machine": MACHINE, "python": "3.11.7"}
PROVENANCE = {**ORIGIN, "versions": VERSIONS}


@dataclass
class Wanted:
    """A trial to be made: for which stage, how it ends, and after how many reports."""

    stage: str
    member: KeyedTrial
    proposal: int | None = None
    state: str = "completed"
    told: int = 0


@dataclass
class Maker:
    """Writes a study into a ledger."""

    config: StudyConfig
    ledger: Ledger
    draws: np.random.Generator
    keying: Keying = field(init=False)
    known: dict[str, int] = field(default_factory=dict)  # key to row, of trials that stand already
    best: dict[tuple[str, float], dict[str, Any]] = field(default_factory=dict)
    workers: dict[int, int] = field(default_factory=dict)  # row to the worker that trained it

    def __post_init__(self) -> None:
        self.keying = Keying(self.config, dataset="d" * 64, partition="b" * 64, profile=PROFILE)
        self.reports = self.config.budget.iterations // EVERY
        self.free = [(BEGAN, worker) for worker in range(WORKERS)]
        with self.ledger.connection() as connection:
            self.next_id = (connection.scalar(select(func.max(trials.c.id))) or 0) + 1

    def make(self, proposed: int) -> None:
        """The whole study, its search groups with so many proposals together."""
        origin = {**PROVENANCE, "profile": PROFILE.to_dict(), "revisions": self.keying.revisions(self.config.methods)}
        self.ledger.record_study(self.config.name, to_plain(self.config), DATASET, PARTS, origin)
        groups = [(method, at) for method in self.config.methods for at in self.config.search.label_fractions]
        for place, (method, fraction) in enumerate(groups):
            self.search(method, fraction, proposed // len(groups) + (place < proposed % len(groups)))
        for method in self.config.methods:
            for fraction in self.config.label_fractions:
                members = self.keying.cohort(method, self.start(method, fraction), fraction, self.config.seeds)
                self.train([Wanted("confirm", member, told=self.reports) for member in members])
        self.ablate()
        self.ledger.record_event(self.config.name, "started", "the study began", {"host": "node-01"})
        self.ledger.record_event(self.config.name, "ended", "everything was done")

    def beside(self) -> int:
        """About how many trials the other stages have: arms that are the best configuration are the confirmed ones."""
        places = [
            (method, at, self.start(method, at)) for method in self.config.methods for at in self.config.label_fractions
        ]
        places += [
            (arm.method, arm.label_fraction, arm.hyperparameters)
            for design in read_designs(self.config).values()
            for arm in design.arms(self.start)
        ]
        found = {(name, at, encode(resolved_hyperparameters(name, given))) for name, at, given in places}
        return len(found) * len(self.config.seeds)

    def start(self, method: str, fraction: float) -> dict[str, Any]:
        """The best hyperparameters that were found at the nearest label fraction."""
        near = [at for name, at in self.best if name == method]
        if not near:
            return fixed_hyperparameters(self.config, method)
        return self.best[method, min(near, key=lambda at: abs(math.log(at / fraction)))]

    def search(self, method: str, fraction: float, count: int) -> None:
        """A group of proposals: the defaults first, then draws that gather around the optimum."""
        space, defaults = search_space(self.config, method), fixed_hyperparameters(self.config, method)
        wanted: list[Wanted] = []
        for number in range(count):
            values = defaults if number == 0 else self.draw(space, defaults, number / count)
            (member,) = self.keying.cohort(method, values, fraction, self.config.search.seeds)
            state, told = self.fate(number, damage(member.trial.hyperparameters))
            wanted.append(Wanted("search", member, number, state, told))
        scores, curve = self.train(wanted)
        self.propose(method, fraction, wanted, scores, curve)
        completed = [place for place, each in enumerate(wanted) if each.state == "completed"]
        self.best[method, fraction] = dict(
            wanted[max(completed, key=lambda place: scores[place])].member.trial.hyperparameters
        )

    def fate(self, number: int, lost: float) -> tuple[str, int]:
        """How a proposal ends, and after how many reports: poor ones are stopped early, a few fail."""
        chance, poor = self.draws.random(), lost + 0.02 * self.draws.standard_normal() > 0.09
        if self.config.search.objective == "score" and number > 10 and poor and chance < 0.4:
            return "pruned", min(self.reports, int(3 ** self.draws.integers(1, 4)))
        if chance > 0.99 and number:
            return "failed", int(self.draws.integers(1, self.reports))
        return "completed", self.reports

    def draw(self, space: Any, defaults: Mapping[str, Any], gone: float) -> dict[str, Any]:
        """Hyperparameters for a proposal when this share of all has gone by."""
        distributions = {name: each for part in space.parameters for name, each in part.distributions.items()}
        near = self.draws.random() < 0.75 * gone**0.5
        given = {}
        for name, distribution in distributions.items():
            place = 0.6 + 0.12 * self.draws.standard_normal() if near else self.draws.random()
            given[name] = from_unit(distribution, float(np.clip(place, 0, 1)))
        return dict(space.suggest(FixedTrial(given), defaults))

    def ablate(self) -> None:
        """The arms of the designs and their trials."""
        for name, design in read_designs(self.config).items():
            rows = []
            for arm in design.arms(self.start):
                members = self.keying.cohort(arm.method, arm.hyperparameters, arm.label_fraction, design.seeds or ())
                self.train([Wanted("ablate", member, told=self.reports) for member in members])
                told = {key: getattr(arm, key) for key in ("name", "method", "label_fraction", "factors")}
                full = resolved_hyperparameters(arm.method, arm.hyperparameters)
                rows.append({**told, "cohort": members[0].cohort, "hyperparameters": full, "seeds": design.seeds})
            self.ledger.record_arms(self.config.name, name, design.kind, rows)

    def train(self, wanted: Sequence[Wanted]) -> tuple[Floats, Floats]:
        """Write trials of one method with their reports; the scores [N] and their curves [N,R]."""
        found = [self._trained(wanted[at : at + AT_ONCE]) for at in range(0, len(wanted), AT_ONCE)]
        if not found:
            return np.zeros(0), np.zeros((0, self.reports))
        return np.concatenate([part[0] for part in found]), np.concatenate([part[1] for part in found])

    def _trained(self, wanted: Sequence[Wanted]) -> tuple[Floats, Floats]:
        values = curves([each.member.trial for each in wanted], self.reports, self.draws)
        score = values["val_score"]
        columns: dict[str, list[dict[str, Any]]] = {"trials": [], "planned": [], "openings": []}
        sent = []
        for place, each in enumerate(wanted):
            row_id = self.known.get(each.member.key)
            if row_id is None:
                row_id = self.known[each.member.key] = self.next_id
                self.next_id += 1
                best = int(score[place, : each.told].argmax())
                summary = {name: float(told[place, best]) for name, told in values.items() if name.startswith("val_")}
                columns["trials"].append(self.row(row_id, each, {**summary, "best_iteration": EVERY * (best + 1)}))
                sent.append((place, row_id, columns["trials"][-1]["finished_at"]))
                if each.stage == "confirm":
                    self.judge(columns["trials"][-1], each)
                    opened = {"study": self.config.name, "trial_id": row_id, "at": columns["trials"][-1]["finished_at"]}
                    columns["openings"].append({"dataset": "d" * 64, "partition": "b" * 64, **opened})
            at = columns["trials"][-1]["created_at"] if sent and sent[-1][1] == row_id else BEGAN
            wish = {"study": self.config.name, "stage": each.stage, "trial_id": row_id, "at": at}
            columns["planned"].append({**wish, "proposal": each.proposal})
        columns["attempts"] = [self.attempt(row) for row in columns["trials"]]
        written = {"trials": trials, "planned": planned, "openings": test_openings, "attempts": attempts}
        with self.ledger.connection(writes=True) as connection:
            for rows, table in written.items():
                if columns[rows]:
                    connection.execute(insert_new(connection, table), columns[rows])
            lines = self.lines(values, sent, wanted)
            if lines:
                connection.execute(insert(reports), lines)
        return score.max(1), score

    def lines(
        self, values: Mapping[str, Floats], sent: Sequence[tuple[int, int, datetime]], wanted: Sequence[Wanted]
    ) -> list[dict[str, Any]]:
        """The rows of reports; Polars writes the JSON."""
        if not sent:
            return []
        places = np.array([place for place, _, _ in sent])
        flat = {name: values[name][places].ravel() for name in sorted(values)}
        texts = pl.DataFrame(flat).select(pl.struct(pl.all()).struct.json_encode()).to_series().to_list()
        return [
            {
                **{"trial_id": row_id, "iteration": EVERY * (k + 1), "attempt": 1},
                **{"measurements": texts[n * self.reports + k], "at": at},
            }
            for n, (place, row_id, at) in enumerate(sent)
            for k in range(wanted[place].told)
        ]

    def row(self, row_id: int, wanted: Wanted, summary: Mapping[str, Any]) -> dict[str, Any]:
        """The row of a trial, on the worker that is free first."""
        trial = wanted.member.trial
        began, worker = heapq.heappop(self.free)
        seconds = float(wanted.told * 8 * self.draws.lognormal(0, 0.2) * (2 if trial.method.startswith("s") else 1))
        ended = began + timedelta(seconds=seconds)
        heapq.heappush(self.free, (ended + timedelta(seconds=2), worker))
        self.workers[row_id] = worker
        keys = {"key": wanted.member.key, "cohort": wanted.member.cohort, "same_config": wanted.member.same_config}
        lost = wanted.state == "failed"
        return {
            **{
                "id": row_id,
                **keys,
                "method": trial.method,
                "label_fraction": trial.label_fraction,
                "seed": trial.seed,
            },
            **{"trial": encode(trial.to_dict()), "dataset": "d" * 64, "partition": "b" * 64, "attempt": 1},
            **{"state": wanted.state, "outcome": "nan" if lost else wanted.state},
            **{"detail": encode({"iteration": EVERY * wanted.told, "term": "loss/generator"} if lost else {})},
            **{"trained_for_study": self.config.name, "trained_for_stage": wanted.stage},
            **{"iterations": EVERY * wanted.told, "seconds": seconds, "provenance": encode(PROVENANCE)},
            **{"summary": encode(summary) if wanted.state == "completed" else None, "test": None, "predictions": None},
            **{"created_at": BEGAN, "started_at": began, "finished_at": ended},
        }

    def attempt(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The one attempt at a trial: eight workers a machine, a GPU each."""
        worker = self.workers[row["id"]]
        place = {"host": f"node-{worker // 8}", "worker": str(4000 + worker), "device": "cuda:0 NVIDIA H100"}
        return {
            **{"trial_id": row["id"], "attempt": 1, "study": self.config.name, "stage": row["trained_for_stage"]},
            **{**place, "cpus": 4.0, "gpus": 1.0, "claimed_at": row["started_at"], "started_at": row["started_at"]},
            **{"ended_at": row["finished_at"], "ended": row["state"]},
        }

    def judge(self, row: dict[str, Any], wanted: Wanted) -> None:
        """Write a trial's predictions of the test images, and the test values that follow."""
        arrays, test = predictions(wanted.member.trial, self.draws)
        folder = Path("trials") / wanted.member.key / "1"
        (self.ledger.storage / folder).mkdir(parents=True)
        np.savez(self.ledger.storage / folder / "predictions.npz", allow_pickle=False, **arrays)
        row |= {"artifacts": str(folder), "predictions": str(folder / "predictions.npz"), "test": encode(test)}

    def propose(self, method: str, fraction: float, wanted: Sequence[Wanted], scores: Floats, told: Floats) -> None:
        """The rows of a group's proposals, with their scores at the rungs of early stopping."""
        place = {"study": self.config.name, "stage": "search", "method": method, "label_fraction": fraction}
        pareto = self.config.search.objective == "pareto"
        rungs = [] if pareto else [rung for rung in (3, 9, 27) if rung < self.reports]
        rows = []
        for number, each in enumerate(wanted):
            done = each.state == "completed"
            reached = {EVERY * rung: float(told[number, rung - 1]) for rung in rungs if rung <= each.told}
            apart = 0.03 * self.draws.standard_normal()
            objectives = [float(scores[number] - apart), float(scores[number] + apart)] if done and pareto else None
            rows.append(
                {
                    **{**place, "number": number, "hyperparameters": encode(each.member.trial.hyperparameters)},
                    **{"state": each.state, "score": float(scores[number]) if done and not pareto else None},
                    **{"objectives": None if objectives is None else json.dumps(objectives)},
                    **{"intermediate": json.dumps(reached) if reached else None, "violations": None},
                    **{"iterations": EVERY * each.told, "created_at": BEGAN},
                    **{"finished_at": BEGAN + timedelta(minutes=number)},
                }
            )
        with self.ledger.connection(writes=True) as connection:
            connection.execute(insert(proposals), rows)


def configured(given: argparse.Namespace) -> StudyConfig:
    words = [
        *(f"name={given.name}", "data.path=nowhere", "methods=[unet,cnn,s2mcl,s4mcl]", f"seeds={given.seeds}"),
        *(f"label_fractions={FRACTIONS}", f"budget.iterations={EVERY * given.reports}", f"budget.report_every={EVERY}"),
        *(
            "search.label_fractions=[0.1,0.3]",
            f"search.trials={given.trials}",
            "search.seeds=[1000]",
            "ablate.max_trials=100000",
        ),
        *("search.early_stopping.kind=asha", f"search.early_stopping.grace={3 * EVERY}"),
        *(f"image_size={SIDE}", "description=A large study that was made up to measure what reads it."),
        *(f"ablate.designs.{name}={design}" for name, design in DESIGNS.items() if given.designs),
    ]
    return compose_study([*words, *given.words])


def folder_of(config: StudyConfig, storage: Path) -> Path:
    """What a driver leaves beside the ledger: configuration, partition and sample images."""
    folder = storage / config.name
    folder.mkdir()
    (folder / "config.yaml").write_text(to_yaml(config), encoding="utf-8")
    parts = np.split(np.arange(894), [604, 755])
    np.savez(folder / "partition.npz", allow_pickle=False, train=parts[0], validation=parts[1], test=parts[2])
    np.savez(folder / "samples.npz", allow_pickle=False, **samples())
    return folder


def make_large_study(storage: Path, *words: str, **changes: Any) -> Path:
    """Make the study and return its folder; `changes` are the options of the command line (trials=1000)."""
    given = argparse.Namespace(name="large", trials=10_000, reports=52, seeds=20, url=None, designs=True, words=words)
    vars(given).update(changes)
    config = configured(given)
    with Ledger.open(storage, url=given.url) as ledger:
        maker = Maker(config, ledger, np.random.default_rng(0))
        maker.make(max(given.trials - maker.beside(), 0))
        with ledger.connection() as connection:
            dialect = connection.dialect.name
        if dialect == "postgresql":
            with ledger._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as autocommit:
                autocommit.exec_driver_sql("SELECT setval('trials_id_seq', max(id)) FROM trials")
                autocommit.exec_driver_sql("ANALYZE")
    return folder_of(config, storage)


def counted(storage: Path, name: str) -> Iterable[str]:
    with Ledger.open(storage) as ledger, ledger.connection() as connection:
        of_study = select(planned.c.trial_id).where(planned.c.study == name)
        yield f"{connection.scalar(select(func.count()).select_from(trials).where(trials.c.id.in_(of_study))):,} trials"
        sent = select(func.count()).select_from(reports).where(reports.c.trial_id.in_(of_study))
        yield f"{connection.scalar(sent):,} reports"
        for table in (proposals, arms):
            amount = connection.scalar(select(func.count()).select_from(table).where(table.c.study == name))
            yield f"{amount:,} {table.name}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("storage", type=Path)
    parser.add_argument("words", nargs="*", metavar="KEY=VALUE")
    parser.add_argument("--name", default="large")
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--reports", type=int, default=52, help="of a trial that completes")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--without-designs", dest="designs", action="store_false")
    parser.add_argument("--url")
    given = parser.parse_args()
    if (given.storage / given.name).exists():
        parser.error(f"{given.storage / given.name} exists: name a new folder, or another study with --name")
    began = time.perf_counter()
    options = {key: value for key, value in vars(given).items() if key not in ("storage", "words")}
    folder = make_large_study(given.storage, *given.words, **options)
    told = ", ".join(counted(given.storage, given.name))
    print(f"{folder}: {told}, made in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
