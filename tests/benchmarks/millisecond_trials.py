"""Trials of a millisecond by s4mcl run, against Tune function trainables with Tune's defaults on a sample of them.

    PYTHONPATH=tests python -m benchmarks.millisecond_trials [--trials 1000] [--sample 20] [--pairs 3]

Both train the method `stub`, on two CPUs; a trial takes the time from the first trial's report to the last one's,
divided by the trials that ended between them. The start of Ray is left out on both sides.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.measured_table import print_table, times_as_fast, uncounted

ASKED = 30


def by_s4mcl(trials: int, data: Path, folder: Path) -> float:
    """Milliseconds a trial."""
    from benchmarks.overhead import asked, seconds_between, study

    words = ("methods=[stub]", f"seeds={trials}", "label_fractions=[1.0]", "search.trials=0", "budget.iterations=1")
    shape = ("split=patch", "image_size=16", "depth=2", "width=4", "cluster.num_cpus=2")
    study(data, folder, *words, *shape)
    count, first, last = asked(folder, "select count(*), min(at), max(at) from reports")
    assert count == trials, count
    return 1000 * seconds_between(first, last) / (trials - 1)


def trainable(config: dict[str, Any]) -> None:
    """The same stub."""
    from ray import tune

    from s4mcl_trainables.methods import start_training
    from small_assignment import small_assignment

    folder = Path(tune.get_context().get_trial_dir())
    words = {"fraction": 1.0, "seed": config["seed"], "iterations": 1, "report_every": 1}
    training = start_training(small_assignment(Path(config["data"]), folder, "stub", **words))
    while training.advance() is None:
        pass
    tune.report({**training.reports[-1]["values"], "at": time.time()})


def by_tune(sample: int, data: Path, folder: Path) -> float:
    """Milliseconds a trial. Ray runs already."""
    from ray import tune

    tuner = tune.Tuner(
        trainable,
        param_space={"seed": tune.randint(0, 2**31), "data": str(data)},
        tune_config=tune.TuneConfig(num_samples=sample),
        run_config=tune.RunConfig(storage_path=str(folder), verbose=0),
    )
    results = tuner.fit()
    assert not results.errors, results.errors[0]
    moments = [result.metrics["at"] for result in results]
    assert len(moments) == sample
    return 1000 * (max(moments) - min(moments)) / (sample - 1)


def main() -> None:
    """Command line."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--trials", type=int, default=1000)
    words.add_argument("--sample", type=int, default=20)
    words.add_argument("--pairs", type=int, default=3)
    given = words.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    import ray

    from shapes_dataset import write_shapes

    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        data = write_shapes(Path(folder) / "shapes")
        for pair in range(given.pairs):
            ours.append(by_s4mcl(given.trials, data, Path(folder) / f"ours{pair}"))
            ray.init(address="local", num_cpus=2, log_to_driver=False)
            theirs.append(by_tune(given.sample, data, Path(folder) / f"theirs{pair}"))
            ray.shutdown()
    what = f"{given.trials:,} trials of a millisecond, 2 workers, against {given.sample} of Tune's function trainables"
    rows = [times_as_fast(what, theirs, ours, "ms a trial", ASKED)]
    if given.trials < 1000:
        rows = [uncounted(rows[0], "fewer than 1,000 trials")]
    print_table(rows, " ".join(["benchmarks.millisecond_trials", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
