"""What a study would otherwise run: its trials as function trainables of plain Ray Tune, with OptunaSearch.

    PYTHONPATH=tests python -m benchmarks.plain_tune DATA STORAGE [--step ours|plain] [--methods unet,s2mcl,s4mcl]
        [--label-fractions 0.1,1.0] [--seeds 1] [--iterations 60] [--report-every 12] [--size 128] [--width 16]

Two CPUs, a trial on each, in a process of its own with one thread; all else is as Tune has it by default. `--step ours`
trains our learners in a loop, `--step plain` the networks and the step of baseline_step.py, whose file is used as it
is. Both judge the same images by the same functions at the same iterations, and report what they find. OptunaSearch
proposes exactly the trials of the table, so that Tune has all of them at once and need not wait between two parts.
The last line names the trials, their iterations, and the shortest, mean and longest of their seconds.
"""

import argparse
import importlib.util
import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).parent
BASELINE = HERE.parents[2] / "shared" / "baseline_step.py"


def parser(description: str) -> argparse.ArgumentParser:
    """The words that say which table is trained, and how."""
    words = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--methods", default="unet,s2mcl,s4mcl")
    words.add_argument("--label-fractions", default="0.1,1.0")
    words.add_argument("--seeds", type=int, default=1)
    words.add_argument("--iterations", type=int, default=60)
    words.add_argument("--report-every", type=int, default=12)
    words.add_argument("--size", type=int, default=128)
    words.add_argument("--width", type=int, default=16)
    words.add_argument("--baseline", type=Path, default=BASELINE, help="baseline_step.py")
    return words


def table(given: argparse.Namespace) -> list[dict[str, Any]]:
    """The trials: every method at every label fraction with every seed."""
    fractions = [float(word) for word in given.label_fractions.split(",")]
    every = itertools.product(given.methods.split(","), fractions, range(given.seeds))
    return [{"method": method, "label_fraction": fraction, "seed": seed} for method, fraction, seed in every]


def trainable(config: dict[str, Any]) -> None:
    """A trial: train, judge the validation part at every report, the test part at the end."""
    import torch
    from ray import tune

    from s4mcl_trainables.data.partition import draw_labels
    from s4mcl_trainables.training.evaluation import judge, judge_test, score
    from s4mcl_trainables.training.material import material

    begun = time.perf_counter()
    common = config["common"]
    device = torch.device("cpu")
    data = material(Path(common["data"]), common["partition"], common["size"], device, locked=False)
    drawn = draw_labels(data.dataset, data.partition, config["label_fraction"], config["seed"])
    train, predicted = STEPS[common["step"]](config, data, drawn)
    validation, test = (torch.from_numpy(rows) for rows in (data.partition.validation, data.partition.test))
    for iteration in range(1, common["iterations"] + 1):
        terms = train(iteration - 1)
        if iteration % common["report_every"] and iteration < common["iterations"]:
            continue
        metrics = judge(predicted(validation), data.resident, validation)
        found = {f"val_{name}": value for name, value in metrics.items()} | {"val_score": score(metrics)} | terms()
        if iteration == common["iterations"]:
            judged = judge_test(predicted(test), data.resident, test)
            found |= {f"test_{name}": value for name, value in judged.metrics.items()}
        tune.report({**found, "iteration": iteration, "seconds": time.perf_counter() - begun})


def our_step(config: dict[str, Any], data: Any, drawn: Any) -> tuple[Callable[[int], Any], Callable[[Any], Any]]:
    """Our learner and our batches."""
    import torch

    from s4mcl_trainables.methods import cnn, method_named, s2mcl, s4mcl, unet
    from s4mcl_trainables.methods.learner import Problem
    from s4mcl_trainables.numerics import numeric_profile
    from s4mcl_trainables.training.batches import Batches
    from s4mcl_trainables.training.evaluation import predict

    common, method = config["common"], config["method"]
    build: Any = {"unet": unet.UNet, "cnn": cnn.CNN, "s2mcl": s2mcl.build, "s4mcl": s4mcl.build}[method]
    problem = Problem(
        classes=max(2, len(data.dataset.classes)),
        structures=1,
        width=common["width"],
        depth=4,
        iterations=common["iterations"],
        seed=config["seed"],
        device=torch.device("cpu"),
        precision=getattr(torch, numeric_profile(precision="auto", gpus=0, cpus=1).precision),
    )
    learner = build(problem, method_named(method).hyperparameters)
    sizes = {"batch_labelled": 10, "batch_unlabelled": 10}
    batches = Batches(data.resident, drawn.labelled, drawn.unlabelled, **sizes, seed=config["seed"])

    def train(iteration: int) -> Callable[[], dict[str, float]]:
        terms = learner.step(batches.draw(), iteration, 1.0)
        return lambda: {name: term.item() for name, term in terms.items()}

    return train, lambda rows: predict(learner, data.resident, rows)


def plain_step(config: dict[str, Any], data: Any, drawn: Any) -> tuple[Callable[[int], Any], Callable[[Any], Any]]:
    """The networks and the step of baseline_step.py; a single task has its half of them."""
    import torch
    from torch.nn import functional as F

    from s4mcl_trainables.training.evaluation import THRESHOLD, Predictions

    common, method = config["common"], config["method"]
    torch.manual_seed(config["seed"])
    plain = baseline(common["baseline"])
    if method != "s4mcl":
        plain.TRANSFORMS = plain.TRANSFORMS[:1]  # of this process: no self-supervision
    images = torch.cat([data.resident.take(rows) for rows in torch.arange(len(data.dataset)).split(64)])
    masks, classes = data.resident.masks.float(), data.resident.classes
    generator = plain.Generator(common["width"])
    discriminator = plain.Discriminator(common["width"], max(2, len(data.dataset.classes)), len(plain.TRANSFORMS))
    opt_g, opt_d = (torch.optim.Adam(network.parameters(), 1e-4) for network in (generator, discriminator))
    pools = [torch.from_numpy(rows) for rows in (drawn.labelled, drawn.unlabelled)]

    def rows_of(pool: torch.Tensor) -> torch.Tensor:
        return pool[torch.randint(len(pool), (10,))]

    def game(_: int) -> Callable[[], dict[str, float]]:
        both = plain.step(
            generator, discriminator, opt_g, opt_d, (images, masks, classes), rows_of(pools[0]), rows_of(pools[1])
        )
        return lambda: dict(zip(("loss/discriminator", "loss/generator"), both, strict=True))

    def alone(_: int) -> Callable[[], dict[str, float]]:
        rows = rows_of(pools[0])
        if method == "unet":
            loss, optimiser = plain.generalised_dice_loss(generator(images[rows]), masks[rows]), opt_g
        else:
            named = discriminator(images[rows], torch.zeros_like(images[rows]))[0]
            loss, optimiser = F.cross_entropy(named, classes[rows]), opt_d
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return lambda: {"loss": loss.item()}

    def predicted(rows: torch.Tensor) -> Predictions:
        generator.eval(), discriminator.eval()
        found, named = [], []
        with torch.no_grad():
            for part in rows.split(64):
                soft = generator(images[part]) if method != "cnn" else torch.zeros_like(images[part])
                found.append(soft > THRESHOLD)
                if method != "unet":
                    named.append(discriminator(images[part], soft)[0])
        generator.train(), discriminator.train()
        return Predictions(torch.cat(found) if method != "cnn" else None, torch.cat(named) if named else None)

    return (alone if method in ("unet", "cnn") else game), predicted


STEPS = {"ours": our_step, "plain": plain_step}


def baseline(path: str) -> ModuleType:
    """The module of the plain step, read anew from where it lies."""
    spec = importlib.util.spec_from_file_location("baseline_step", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def told(results: Any) -> Iterator[dict[str, Any]]:
    """The last report of every trial."""
    for result in results:
        assert result.error is None, result.error
        yield result.metrics


def main() -> None:
    """Train the table."""
    words = parser(__doc__ or "")
    words.add_argument("data", type=Path)
    words.add_argument("storage", type=Path)
    words.add_argument("--step", choices=STEPS, default="ours")
    given = words.parse_args()

    import ray
    from ray import tune
    from ray.tune.search.optuna import OptunaSearch

    from s4mcl_trainables.data.partition import PartitionSpec

    trials = table(given)
    common = {
        "data": str(given.data.absolute()),
        "baseline": str(given.baseline.absolute()),
        "partition": PartitionSpec(),
        **{name: getattr(given, name) for name in ("step", "iterations", "report_every", "size", "width")},
    }
    named = {name: tune.choice(list(dict.fromkeys(trial[name] for trial in trials))) for name in trials[0]}
    ray.init(address="local", num_cpus=2)  # a Ray of its own: another one on this machine is none of it
    tuner = tune.Tuner(
        trainable,
        param_space={**named, "common": common},
        tune_config=tune.TuneConfig(
            search_alg=OptunaSearch(points_to_evaluate=trials),
            num_samples=len(trials),
            metric="val_score",
            mode="max",
        ),
        run_config=tune.RunConfig(storage_path=str(given.storage.absolute()), verbose=0),
    )
    ended = list(told(tuner.fit()))
    got = sorted((one["config"]["method"], one["config"]["label_fraction"], one["config"]["seed"]) for one in ended)
    assert got == sorted(tuple(trial.values()) for trial in trials), got
    seconds = [one["seconds"] for one in ended]
    spread = f"{min(seconds):.1f} {sum(seconds) / len(seconds):.1f} {max(seconds):.1f}"
    print(f"trials {len(ended)}, iterations {sum(one['iteration'] for one in ended)}, seconds {spread}")


if __name__ == "__main__":
    main()
