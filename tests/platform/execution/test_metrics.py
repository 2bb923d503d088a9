"""How a study stands, for Prometheus, and the Grafana dashboard that draws it."""

import json
import re
from pathlib import Path

import pytest
from stub_study import Workers, engine_of, stub_config

from s4mcl.execution.metrics import NAMES, StudyMetrics
from s4mcl.ledger import Ledger, Worker

GRAFANA = Path(__file__).parents[3] / "platform/clusters/grafana-study.json"


class Gauges:
    """Keeps what each gauge was told last."""

    def __init__(self) -> None:
        self.keys: dict[str, tuple[str, ...]] = {}
        self.told: dict[tuple[str, tuple[str, ...]], float] = {}

    def make(self, name: str, description: str, keys: tuple[str, ...]) -> "Gauge":
        assert description.endswith(".")
        self.keys[name] = keys
        return Gauge(self, name)

    def of(self, name: str, **tags: str) -> float:
        return self.told[name, tuple(tags[key] for key in self.keys[name] if key != "study")]


class Gauge:
    def __init__(self, gauges: Gauges, name: str) -> None:
        self.gauges, self.name = gauges, name

    def set(self, value: float, tags: dict[str, str]) -> None:
        assert set(tags) == set(self.gauges.keys[self.name]), "Ray refuses other tags"
        assert tags.pop("study") == "demo"
        self.gauges.told[self.name, tuple(tags.values())] = value


def test_gauges_say_what_the_ledger_holds(tmp_path: Path) -> None:
    now, gauges = 0.0, Gauges()
    with Ledger.open(tmp_path) as ledger:
        workers = Workers(engine_of(stub_config("search.trials=3", "seeds=2"), ledger))
        metrics = StudyMetrics(workers.engine, gauges.make, clock=lambda: now)
        metrics.step()
        assert gauges.of("s4mcl_packs") == 0
        workers.fill()
        now = 1.0
        metrics.step()
        assert gauges.of("s4mcl_packs") == 0  # it is not yet time to look
        now = 10.0
        metrics.step()
        assert gauges.of("s4mcl_packs") == len(workers.running)
        assert gauges.of("s4mcl_trials", stage="search", state="running") == len(workers.running)
        workers.run()
        now = 20.0
        metrics.step()
        counts = ledger.counts("demo")
        for stage, states in counts.items():
            for state, count in states.items():
                assert gauges.of("s4mcl_trials", stage=stage, state=state) == count
        trials = ledger.trials_frame("demo")
        trained = trials.unique("key")["iterations"].sum()
        assert gauges.of("s4mcl_iterations", method="stub") == trained
        assert gauges.of("s4mcl_iterations_per_second") == pytest.approx(trained / 10)
        assert gauges.of("s4mcl_best_score", method="stub") == pytest.approx(workers.engine.best["stub"])


def test_packs_on_gpus_failures_and_reuse_are_told(tmp_path: Path) -> None:
    now, gauges = 0.0, Gauges()
    words = ("search.trials=0", "seeds=3", "label_fractions=[0.05]", "hyperparameters.stub.fail_at=3")
    with Ledger.open(tmp_path) as ledger:
        engine = engine_of(stub_config(*words), ledger)
        metrics = StudyMetrics(engine, gauges.make, clock=lambda: now)
        handed = engine.next_pack()
        assert handed is not None
        name, (assignment,) = handed
        told = {"key": assignment.key, "attempt": 1, "reports": [], "ending": None, "seconds": 0.0}
        measured = {"peak_bytes": 5 * 2**30, "device_bytes": 2**35}
        metrics.step()
        assert "s4mcl_gpu_bytes" not in {gauge for gauge, _ in gauges.told}
        engine.record(name, [{**told, **measured}], Worker("node-3", "7", "cuda:0 Fake"))
        now = 10.0
        metrics.step()
        of = {"node": "node-3", "method": "stub", "fraction": "0.05", "key": assignment.key[:8]}
        assert gauges.of("s4mcl_gpu_bytes", **of) == 5 * 2**30
        engine.close(name, None)
        Workers(engine).run()
        gauges.told.clear()
        now = 20.0
        metrics.step()
        assert gauges.of("s4mcl_failures", outcome="nan") == 3
        assert gauges.of("s4mcl_reused_trials") == 0
        assert "s4mcl_gpu_bytes" not in {gauge for gauge, _ in gauges.told}  # said no more, it is forgotten
        completed = stub_config("search.trials=0", "name=completed")
        Workers(engine_of(completed, ledger)).run()
        again = engine_of(stub_config("search.trials=0", "name=demo"), ledger)
        Workers(again).run()
        StudyMetrics(again, gauges.make).step()
        assert gauges.of("s4mcl_reused_trials") == 4


def test_grafana_draws_every_metric_and_no_other() -> None:
    dashboard = json.loads(GRAFANA.read_text(encoding="utf-8"))
    drawn = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert {name for text in drawn for name in re.findall(r"ray_(s4mcl_\w+)", text)} == NAMES.keys()
    for text in drawn:
        (name,) = re.findall(r"ray_(s4mcl_\w+)", text)
        (by,) = re.findall(r"by \(([^)]*)\)", text)
        assert set(by.split(", ")) <= set(NAMES[name][1])
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
