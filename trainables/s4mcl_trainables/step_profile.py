"""Where the time of a trial goes: parts of a training step, reports, checkpoints, and what the device could do."""

import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from s4mcl_trainables.counted_work import Work, counted, measured_limit
from s4mcl_trainables.training.run import Run, judge_rows
from s4mcl_trainables.training.schedule import rate_factor

WARM_UP = 3  # steps that are not counted: memory is found, kernels are chosen
KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("convolutions", ("conv",)),
    ("optimiser", ("adam", "optimizer")),
    ("normalisation", ("norm",)),
    ("upsampling", ("::mm", "::bmm", "matmul", "addmm", "upsample")),
    ("pooling", ("pool",)),
    ("activations", ("leaky_relu", "sigmoid", "softplus", "softmax", "logsumexp")),
    ("random numbers", ("random", "randint", "uniform", "randperm", "bernoulli")),
    ("gathering images", ("index", "gather", "take")),
    (
        "sums and products",
        ("::add", "::mul", "::sub", "::div", "::mean", "::sum", "::ge", "::gt", "::le", "::neg", "::pow"),
    ),
    ("copies and conversions", ("copy", "::to", "cat", "clone", "contiguous", "fill", "zero")),
)
REST = "autograd and the rest"


@dataclass(frozen=True)
class StepProfile:
    """What was measured of one trial.

    Attributes:
        step: seconds, the median.
        parts: shares of a step by kind of operation, the largest first; they sum to 1.
        work: of one step.
        limit: floating-point operations a second of a large matrix product in the same precision.
        report, checkpoint: seconds of judging the validation part, and of writing a checkpoint.
        report_every: iterations between two reports.
    """

    method: str
    device: str
    precision: str
    threads: int
    step: float
    parts: tuple[tuple[str, float], ...]
    work: Work
    limit: float
    report: float
    checkpoint: float
    report_every: int

    @property
    def reached(self) -> float:
        """Share of the device's limit that convolutions and matrix products reach over a whole step."""
        return self.work.flops / self.step / self.limit

    @property
    def reporting(self) -> float:
        """Share of a trial's time that goes into judging, not into training."""
        return self.report / (self.report + self.report_every * self.step)

    @property
    def memory_rate(self) -> float:
        """Bytes a second that operations read and write."""
        return self.work.bytes / self.step


def profile_run(run: Run, steps: int, trace: Path | None = None) -> StepProfile:
    """Train a trial for some steps and tell where their time went. The trial is of no use afterwards.

    Args:
        run: a trial before its first step.
        steps: to measure, at least 1.
        trace: where to write what each thread did when, as JSON for Perfetto, speedscope or chrome://tracing.
    """
    device = run.material.resident.images.device
    for _ in range(WARM_UP):
        _step(run)
    times = [_timed(run, device) for _ in range(steps)]
    parts = _parts(run, device, min(steps, 5), trace)
    work = counted(lambda: _step(run))
    start = time.perf_counter()
    judge_rows(run.learner, run.material.resident, run.material.partition.validation)
    report = time.perf_counter() - start
    start = time.perf_counter()
    run.save()
    checkpoint = time.perf_counter() - start
    profile = run.assignment.profile
    return StepProfile(
        method=run.trial.method,
        device=profile.device,
        precision=profile.precision,
        threads=torch.get_num_threads(),
        step=statistics.median(times),
        parts=parts,
        work=work,
        limit=measured_limit(device, getattr(torch, profile.precision)),
        report=report,
        checkpoint=checkpoint,
        report_every=run.settings.report_every,
    )


def kind_of(operation: str) -> str:
    """The kind of an operation by torch's name for it."""
    name = operation.lower()
    return next((kind for kind, signs in KINDS if any(sign in name for sign in signs)), REST)


def _step(run: Run) -> None:
    rate = rate_factor(run.settings.schedule, run.iteration, run.settings.iterations)
    run.learner.step(run.batches.draw(), run.iteration, rate)
    run.average.follow()
    run.iteration += 1


def _timed(run: Run, device: torch.device) -> float:
    start = time.perf_counter()
    _step(run)
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - start


def _parts(run: Run, device: torch.device, steps: int, trace: Path | None) -> tuple[tuple[str, float], ...]:
    """Shares by kind, of the time that operations took by themselves."""
    on_gpu = device.type == "cuda"
    activities = [torch.profiler.ProfilerActivity.CPU]
    if on_gpu:
        activities.append(torch.profiler.ProfilerActivity.CUDA)
    with torch.profiler.profile(activities=activities, with_stack=trace is not None) as found:
        for _ in range(steps):
            _step(run)
    if trace is not None:
        found.export_chrome_trace(str(trace))
    return _shares(found.key_averages(), on_gpu=on_gpu)


def _shares(events: Sequence[Any], *, on_gpu: bool) -> tuple[tuple[str, float], ...]:
    seconds: dict[str, float] = defaultdict(float)
    for event in events:
        seconds[kind_of(event.key)] += event.self_device_time_total if on_gpu else event.self_cpu_time_total
    whole = sum(seconds.values()) or 1.0
    shares = [(kind, spent / whole) for kind, spent in seconds.items() if spent]
    return tuple(sorted(shares, key=lambda share: -share[1]))
