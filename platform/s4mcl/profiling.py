"""What `s4mcl profile` measures: each method of a study, trained for a few steps in this process."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from s4mcl.config import StudyConfig
from s4mcl.execution.inspection import inspect
from s4mcl.execution.place import Place
from s4mcl.stages.keying import Keying
from s4mcl_trainables.heap import keep_heap
from s4mcl_trainables.label_fraction import order_of
from s4mcl_trainables.numerics import numeric_profile
from s4mcl_trainables.problems import InputError

if TYPE_CHECKING:
    from s4mcl_trainables.step_profile import StepProfile


def profile_study(config: StudyConfig, *, steps: int, trace: Path | None = None) -> Iterator["StepProfile"]:
    """Measure one method after the other, on a GPU where there is one.

    Args:
        steps: of each method.
        trace: a folder for METHOD.json, what the threads did when.

    Raises:
        InputError: the configuration, the dataset or the partition is refused, or `trace` is no folder.
    """
    os.environ.setdefault("KINETO_LOG_LEVEL", "5")  # torch's profiler is silent
    import torch  # noqa: PLC0415  # seconds

    from s4mcl_trainables.methods import start_training  # noqa: PLC0415
    from s4mcl_trainables.step_profile import profile_run  # noqa: PLC0415
    from s4mcl_trainables.training.run import Run  # noqa: PLC0415

    if trace is not None:
        with suppress(FileExistsError):
            trace.mkdir(parents=True)
        if not trace.is_dir():
            raise InputError(f"--trace: {trace} is a file.\nCure: name a folder")
    inspected = inspect(config)
    gpus = 1.0 if torch.cuda.is_available() and config.cluster.gpus_per_pack != 0 else 0.0
    numbers = numeric_profile(precision=config.precision, gpus=gpus, cpus=config.cluster.cpus_per_pack)
    torch.set_num_threads(numbers.threads)
    if not gpus:
        keep_heap()  # as a worker does
    keying = Keying(config, dataset="", partition="", profile=numbers)
    for method in config.methods:
        (member,) = keying.cohort(method, {}, max(config.label_fractions, key=order_of), (0,))
        with TemporaryDirectory() as folder:
            place = Place(Path(folder), inspected.dataset.path, inspected.spec, locked=True)
            given = place.assignment(member, 1, numbers, test=False)
            given.folder.mkdir(parents=True)
            training = start_training(replace(given, device="cuda" if gpus else "cpu"))
            if not isinstance(training, Run):
                raise InputError(f"methods: {method} has no training step to measure.\nCure: leave it out")
            yield profile_run(training, steps, None if trace is None else trace / f"{method}.json")
