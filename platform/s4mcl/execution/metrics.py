"""How a study stands, as metrics that Ray's nodes export to Prometheus: `s4mcl_*`, tagged with the study.

Ray's Prometheus names them `ray_s4mcl_...`; `platform/clusters/grafana-study.json` draws them.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from s4mcl.execution.engine import Engine

LOOK_SECONDS = 5.0


class Gauge(Protocol):
    """What of Ray's `Gauge` is used."""

    def set(self, value: float, tags: dict[str, str]) -> None:
        """Say a value."""


NAMES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "s4mcl_trials": ("Trials of a study by stage and state.", ("study", "stage", "state")),
    "s4mcl_iterations": ("Training iterations since the run began.", ("study", "method")),
    "s4mcl_iterations_per_second": ("Training iterations of all workers a second.", ("study",)),
    "s4mcl_best_score": ("The best validation score so far.", ("study", "method")),
    "s4mcl_packs": ("Packs under way.", ("study",)),
    "s4mcl_peak_bytes": ("The largest memory of a worker, of its GPU where it has one.", ("study", "method")),
    "s4mcl_gpu_bytes": (
        "The largest memory so far of each pack that trains on a GPU.",
        ("study", "node", "method", "fraction", "key"),
    ),
    "s4mcl_reused_trials": ("Trials that were there already and are not trained again.", ("study",)),
    "s4mcl_failures": ("Trials of a study that failed, by what became of them.", ("study", "outcome")),
}


class StudyMetrics:
    """Looks at a run from time to time and says how it stands."""

    def __init__(
        self,
        engine: Engine,
        make: Callable[[str, str, tuple[str, ...]], Gauge],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make the gauges.

        Args:
            engine: of the run.
            make: gives a gauge for a name, a description and the keys of its tags (`ray_gauge`).
            clock: seconds that only grow.
        """
        self.engine, self.study, self._clock = engine, engine.config.name, clock
        self._gauges = {name: make(name, *of) for name, of in NAMES.items()}
        self._before: tuple[float, int] | None = None

    def step(self) -> None:
        """Say how the run stands, if it is time."""
        now = self._clock()
        if self._before is not None and now - self._before[0] < LOOK_SECONDS:
            return
        engine = self.engine
        counts = engine.ledger.counts(self.study)
        for stage, states in counts.items():
            for state, count in states.items():
                self._say("s4mcl_trials", count, stage=stage, state=state)
        self._say("s4mcl_reused_trials", sum(states["reused"] for states in counts.values()))
        for outcome, count in engine.ledger.failures(self.study).items():
            self._say("s4mcl_failures", count, outcome=outcome)
        for method, iterations in engine.iterations.items():
            self._say("s4mcl_iterations", iterations, method=method)
        for method, score in engine.best.items():
            self._say("s4mcl_best_score", score, method=method)
        for method, peak in engine.peak_bytes.items():
            self._say("s4mcl_peak_bytes", peak, method=method)
        self._say("s4mcl_packs", len(engine.packs))
        self._say_packs()
        whole = sum(engine.iterations.values())
        if self._before is not None:
            self._say("s4mcl_iterations_per_second", (whole - self._before[1]) / (now - self._before[0]))
        self._before = now, whole

    def _say_packs(self) -> None:
        """The packs on GPUs. Of one that has ended nothing is said, and Ray's nodes forget it at their next export."""
        for pack in self.engine.packs.values():
            worker = pack.worker
            if worker is None or not worker.device.startswith("cuda") or not pack.peak_bytes:
                continue
            of = {"method": pack.method, "fraction": f"{pack.label_fraction:g}", "key": pack.key[:8]}
            self._say("s4mcl_gpu_bytes", pack.peak_bytes, node=worker.host, **of)

    def _say(self, name: str, value: float, **tags: str) -> None:
        self._gauges[name].set(float(value), tags={"study": self.study, **tags})


def ray_gauge(name: str, description: str, keys: tuple[str, ...]) -> Any:
    """A gauge of Ray's."""
    from ray.util import metrics  # noqa: PLC0415  # seconds

    return metrics.Gauge(name, description=description, tag_keys=keys)
