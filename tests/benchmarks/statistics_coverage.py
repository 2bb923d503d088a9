"""How often the intervals hold the truth, how often the tests cry wolf, and what they find: by simulation.

    python tests/benchmarks/statistics_coverage.py [--repetitions 10000] [--families 1000]

139 test images in 50 groups of uneven size, 5 seeds. A score is drawn as mean + seed + group + seed-by-group + image +
seed-by-image; a second method has parts of its own. Prints Markdown tables with commit and
hardware. One core, minutes.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from s4mcl.execution.provenance import provenance
from s4mcl.statistics.bootstrap_t import bootstrap_t_interval
from s4mcl.statistics.comparison import NO_DIFFERENCE, compare_family
from s4mcl.statistics.crossed import crossed
from s4mcl.statistics.group_sums import GroupSums, balanced_accuracies, image_means
from s4mcl.statistics.interval import t_interval
from s4mcl.statistics.label_savings import label_savings
from s4mcl_trainables.numerics import numeric_profile

Floats = NDArray[np.float64]
Draw = Callable[..., Floats]

IMAGES, GROUPS, SEEDS = 139, 50, 5
AT_ONCE = 500  # repetitions in memory
FAMILY = 6


@dataclass(frozen=True)
class Parts:
    """Deviations of the parts of a score: seed, group, seed by group, image, seed by image."""

    seed: float
    group: float
    both: float
    image: float
    rest: float


World = tuple[Parts, Parts]

# Dice-like scores: who varies most.
MIXES = {
    "seeds dominate": Parts(0.05, 0.02, 0.02, 0.05, 0.05),
    "seeds and groups alike": Parts(0.03, 0.2, 0.05, 0.1, 0.1),
    "groups dominate": Parts(0.005, 0.2, 0.1, 0.1, 0.1),
    "images alone": Parts(0.0, 0.0, 0.0, 0.15, 0.25),
}
# Correctness is a threshold on a latent score of variance 1: what all methods share, and what each has for itself.
ALIKE = Parts(0, 0.6, 0, 0.58, 0), Parts(0, 0.2, 0.12, 0.25, 0)  # two methods' correctness correlates by 0.47
APART = Parts(0, 0.55, 0, 0.5, 0), Parts(0, 0.25, 0.15, 0.3, 0)  # by 0.35


def group_sizes(stream: np.random.Generator) -> NDArray[np.int64]:
    """50 uneven sizes of 1 or more that add up to 139."""
    return 1 + stream.multinomial(IMAGES - GROUPS, stream.dirichlet(np.full(GROUPS, 1.5)))


def normal(stream: np.random.Generator) -> Draw:
    return lambda *shape: stream.standard_normal(shape)


def lognormal(stream: np.random.Generator) -> Draw:
    """exp of a standard normal, shifted and scaled to mean 0 and deviation 1: skewness 6.2."""
    return lambda *shape: (np.exp(stream.standard_normal(shape)) - np.exp(0.5)) / np.sqrt((np.e - 1) * np.e)


def scores(draw: Draw, parts: Parts, place: NDArray[np.int64], lead: tuple[int, ...]) -> Floats:
    """[*lead, S, n] with mean 0; `place` [n] is the group of each image."""
    n = len(place)
    drawn = parts.seed * draw(*lead, SEEDS, 1) + parts.group * draw(*lead, 1, GROUPS)[..., place]
    drawn = drawn + parts.both * draw(*lead, SEEDS, GROUPS)[..., place]
    return drawn + parts.image * draw(*lead, 1, n) + parts.rest * draw(*lead, SEEDS, n)


def correct(
    stream: np.random.Generator,
    truths: list[float],
    seed_points: float,
    place: NDArray[np.int64],
    count: int,
    *,
    world: World = ALIKE,
) -> NDArray[np.bool_]:
    """[count, methods, S, n] whether each image was named rightly; `truths` are the methods' true accuracies.

    `seed_points` is the deviation of a method's accuracy over seeds at an accuracy of 0.7.
    """
    draw = normal(stream)
    seed = seed_points / float(stats.norm.pdf(stats.norm.ppf(0.7)))
    shared, own = world[0], replace(world[1], seed=seed)
    used = sum(value**2 for parts in (shared, own) for value in vars(parts).values())
    own = replace(own, rest=float(np.sqrt(1 - used)))
    latent = scores(draw, own, place, (count, len(truths))) + scores(draw, shared, place, (count, 1))
    return latent < stats.norm.ppf(truths)[:, None, None]


def batches(repetitions: int, seed: int) -> list[tuple[np.random.Generator, NDArray[np.int64], int]]:
    """A stream, the group of each image, and a count, in batches: each batch has sizes of its own."""
    made = []
    for number, start in enumerate(range(0, repetitions, AT_ONCE)):
        stream = np.random.default_rng([seed, number])
        place = np.repeat(np.arange(GROUPS), group_sizes(stream))
        made.append((stream, place, min(AT_ONCE, repetitions - start)))
    return made


def covered(sums: GroupSums, truth: float, reference: GroupSums | None = None) -> NDArray[np.bool_]:
    found = crossed(sums, reference)
    return np.abs(found.estimate - truth) <= found.half_width()


def coverage_of_scores(law: Callable[[np.random.Generator], Draw], parts: Parts, repetitions: int) -> list[float]:
    """Of one method's mean; of the difference of two methods; of the mean with images taken for independent."""
    hits: list[list[NDArray[np.bool_]]] = [[], [], []]
    for stream, place, count in batches(repetitions, 1):
        drawn = scores(law(stream), parts, place, (count, 2))
        one, other = image_means(drawn[:, 0], place), image_means(drawn[:, 1], place)
        hits[0].append(covered(one, 0.0))
        hits[1].append(covered(one, 0.0, other))
        hits[2].append(covered(image_means(drawn[:, 0], np.arange(IMAGES)), 0.0))
    return [float(np.concatenate(each).mean()) for each in hits]


def coverage_of_ties(truth: float, seed_points: float, repetitions: int) -> list[float]:
    """Correctness, 0 or 1: accuracy, the difference of two methods at the same accuracy, and balanced accuracy."""
    hits: list[list[NDArray[np.bool_]]] = [[], [], []]
    for stream, place, count in batches(repetitions, 2):
        right = correct(stream, [truth, truth], seed_points, place, count)
        one, other = (image_means(right[:, k].astype(float), place) for k in (0, 1))
        labels = (stream.random(IMAGES) < 0.35).astype(np.int64)
        balanced = balanced_accuracies(np.where(right[:, 0], labels, 1 - labels), labels, place, 2)
        hits[0].append(covered(one, truth))
        hits[1].append(covered(one, 0.0, other))
        hits[2].append(covered(balanced, truth))
    return [float(np.concatenate(each).mean()) for each in hits]


def coverage_of_bootstraps(law: Callable[[np.random.Generator], Draw], parts: Parts, repetitions: int) -> list[float]:
    """What was not chosen, on the same data: crossed bootstrap-t and the crossed percentile bootstrap."""
    hits = np.zeros((repetitions, 2))
    row = 0
    for stream, place, count in batches(repetitions, 1):
        drawn = scores(law(stream), parts, place, (count, 2))[:, 0]
        sums = image_means(drawn, place)
        values, lacking = sums.by_seed(), sums.without_each_group()
        pseudo = GROUPS * values[..., None] - (GROUPS - 1) * lacking
        for table in pseudo:
            low, high, flat_low, flat_high = bootstraps(table, stream)
            hits[row] = low <= 0 <= high, flat_low <= 0 <= flat_high
            row += 1
    return hits.mean(0).tolist()


def bootstraps(table: Floats, stream: np.random.Generator, resamples: int = 999) -> tuple[float, float, float, float]:
    """Seeds and groups resampled apart, on the pseudo-values [S,G]: limits of bootstrap-t and of the percentiles."""
    seeds = stream.multinomial(SEEDS, np.full(SEEDS, 1 / SEEDS), resamples).astype(float)
    groups = stream.multinomial(GROUPS, np.full(GROUPS, 1 / GROUPS), resamples).astype(float)
    means = np.einsum("bs,sg,bg->b", seeds, table, groups, optimize=True) / table.size
    errors = _errors(table, seeds, groups, means)
    centre = float(table.mean())
    ones = np.ones((1, SEEDS)), np.ones((1, GROUPS))
    error = float(_errors(table, *ones, np.array([centre]))[0])
    ratios = (means - centre) / np.maximum(errors, 1e-12)
    low, high = np.quantile(ratios, [0.025, 0.975])
    return centre - high * error, centre - low * error, *np.quantile(means, [0.025, 0.975]).tolist()


def _errors(table: Floats, seeds: Floats, groups: Floats, means: Floats) -> Floats:
    rows, columns = groups @ table.T / GROUPS, seeds @ table / SEEDS
    of_seeds = (seeds * (rows - means[:, None]) ** 2).sum(1)
    of_groups = (groups * (columns - means[:, None]) ** 2).sum(1)
    total = np.einsum("bs,sg,bg->b", seeds, table**2, groups, optimize=True) - SEEDS * GROUPS * means**2
    both = total - GROUPS * of_seeds - SEEDS * of_groups
    parts = [of_seeds / (SEEDS - 1) / SEEDS, of_groups / (GROUPS - 1) / GROUPS]
    interplay = both / ((SEEDS - 1) * (GROUPS - 1)) / (SEEDS * GROUPS)
    return np.sqrt(np.maximum(sum(parts) - interplay, np.maximum(interplay, 0)))


def coverage_of_seeds(
    draw: Callable[[np.random.Generator, int], Floats], truth: float, n: int, runs: int
) -> list[float]:
    """Over n seeds alone: Student's t, bootstrap-t, percentile bootstrap; and the median width, bootstrap-t over t."""
    stream = np.random.default_rng(3)
    hits, ratios = np.zeros((runs, 3)), []
    for run in range(runs):
        values = draw(stream, n)
        plain, studentised = t_interval(values), bootstrap_t_interval(values, seed=run)
        low, high = np.quantile(stream.choice(values, (999, n)).mean(1), [0.025, 0.975])
        limits = [(plain.low, plain.high), (studentised.low, studentised.high), (low, high)]
        hits[run] = [a - 1e-12 <= truth <= b + 1e-12 for a, b in limits]
        if plain.half:
            ratios.append(studentised.half / plain.half)
    return [*hits.mean(0).tolist(), float(np.median(ratios))]


def oracle(truths: list[float], seed_points: float, repetitions: int, *, world: World = ALIKE) -> list[float]:
    """Power of a z test that is told the true variance of the difference: alone, and first of 6 by Holm."""
    found = []
    for stream, place, count in batches(repetitions, 4):
        right = correct(stream, truths, seed_points, place, count, world=world).mean((-2, -1))
        found.append(right[:, 1] - right[:, 0])
    difference = np.concatenate(found)
    ratio = np.abs(difference) / difference.std()
    return [float((ratio >= stats.norm.isf(level / 2)).mean()) for level in (0.05, 0.05 / FAMILY)]


def coverage_of_savings(repetitions: int) -> tuple[float, float]:
    """How often the limits hold the fraction at which the true curves cross, and the median ratio of the limits."""
    fractions, means, target, truth = (0.05, 0.1, 0.2, 0.5, 1.0), (0.4, 0.5, 0.7, 0.8, 0.9), 0.6, float(np.sqrt(0.02))
    shared, own = Parts(0, 0.15, 0, 0.1, 0), Parts(0.02, 0.03, 0.02, 0.05, 0.05)
    hits, ratios = [], []
    for stream, place, count in batches(repetitions, 6):
        draw = normal(stream)
        drawn = scores(draw, own, place, (count, 6)) + scores(draw, shared, place, (count, 1))
        for run, values in enumerate(drawn + np.array([*means, target])[:, None, None]):
            *sides, full = (image_means(each, place) for each in values)
            found = label_savings(dict(zip(fractions, sides, strict=True)), full, seed=run)
            hits.append((found.low_open or found.low <= truth) and (found.high_open or truth <= found.high))
            ratios.append(found.high / found.low)
    return float(np.mean(hits)), float(np.median(ratios))


def p_values(truths: list[float], seed_points: float, repetitions: int, *, world: World = ALIKE) -> Floats:
    """[repetitions, methods - 1] p of each method against the first, over seeds and groups."""
    found = []
    for stream, place, count in batches(repetitions, 4):
        right = correct(stream, truths, seed_points, place, count, world=world).astype(float)
        sums = [image_means(right[:, k], place) for k in range(len(truths))]
        found.append(np.stack([crossed(one, sums[0]).p_value() for one in sums[1:]], 1))
    return np.concatenate(found)


def families(truths: list[float], seed_points: float, repetitions: int) -> dict[str, float]:
    """The whole comparison as users meet it. Shares of families with at least one verdict, and one p of each kind.

    "first" is the share in which the first method is called higher than the reference.
    """
    names = ("verdict", "crossed", "swap", "seed", "first")
    hits = np.zeros((repetitions, len(names)))
    row = 0
    for stream, place, count in batches(repetitions, 5):
        right = correct(stream, truths, seed_points, place, count).astype(float)
        for one in right:
            sums = [image_means(method, place) for method in one]
            told = compare_family({k: (method, sums[0]) for k, method in enumerate(sums[1:])}, seed=row)
            every = list(told.values())
            hits[row] = [
                any(each.verdict != NO_DIFFERENCE for each in every),
                min(each.p_holm for each in every) <= 0.05,
                min(each.swap_p_holm for each in every) <= 0.05,
                min(each.seed_p_holm if each.seed_p_holm is not None else 1.0 for each in every) <= 0.05,
                told[0].verdict == "higher",
            ]
            row += 1
    return dict(zip(names, hits.mean(0).tolist(), strict=True))


def grid(truth: float, seed_points: float) -> Callable[[np.random.Generator, int], Floats]:
    """Accuracies of seeds on 20 images: heavy ties."""
    return lambda stream, n: np.round(np.clip(truth + seed_points * stream.standard_normal(n), 0, 1) * 20) / 20


def tables(repetitions: int, families_: int) -> list[str]:
    lines = ["| law | mix | mean | difference | images as if independent | bootstrap-t | percentile |"]
    lines.append("|---|---|---|---|---|---|---|")
    for law in (normal, lognormal):
        for name, parts in MIXES.items():
            found = coverage_of_scores(law, parts, repetitions)
            found += coverage_of_bootstraps(law, parts, repetitions // 5)
            lines.append(f"| {law.__name__} | {name} | {percents(found)} |")
    lines += ["", "| true accuracy | deviation over seeds | accuracy | difference | balanced accuracy |"]
    lines.append("|---|---|---|---|---|")
    for truth, points in ((0.7, 0.0), (0.7, 0.02), (0.7, 0.04), (0.9, 0.02), (0.97, 0.01)):
        lines.append(f"| {truth} | {points} | {percents(coverage_of_ties(truth, points, repetitions))} |")
    lines += [
        "",
        "| law | seeds | t | bootstrap-t | percentile | width, bootstrap-t over t |",
        "|---|---|---|---|---|---|",
    ]
    laws = {
        "normal": (lambda stream, n: stream.standard_normal(n), 0.0),
        "lognormal": (lambda stream, n: np.exp(stream.standard_normal(n)), float(np.exp(0.5))),
        "tied, steps of 0.05": (grid(0.75, 0.04), 0.75),
    }
    for name, (draw, truth) in laws.items():
        for n in (3, 5, 10):
            *shares, width = coverage_of_seeds(draw, truth, n, min(repetitions, 4000))
            lines.append(f"| {name} | {n} | {percents(shares)} | {width:.2f} |")
    return [*lines, "", *tables_of_tests(repetitions, families_)]


def tables_of_tests(repetitions: int, families_: int) -> list[str]:
    lines = ["| 6 comparisons, no true difference, deviation over seeds | crossed p, Holm |", "|---|---|"]
    for points in (0.0, 0.02, 0.04, 0.08, 0.12):
        p = p_values([0.7] * (FAMILY + 1), points, repetitions)
        lines.append(f"| {points} | {100 * (p.min(1) <= 0.05 / FAMILY).mean():.1f} |")
    lines += [
        "",
        "| families, whole comparison | verdict | crossed | permutation | seeds' t |",
        "|---|---|---|---|---|",
    ]
    for points in (0.0, 0.02):
        found = families([0.7] * (FAMILY + 1), points, families_)
        shares = [found[name] for name in ("verdict", "crossed", "swap", "seed")]
        lines.append(f"| deviation over seeds {points} | {percents(shares)} |")
    lines += [
        "",
        "| difference | methods | deviation over seeds | alone | first of 6 by Holm | z test, alone | z test, first |",
    ]
    lines.append("|---|---|---|---|---|---|---|")
    cases = [(0.05, "alike", ALIKE), (0.1, "alike", ALIKE), (0.1, "apart", APART), (0.15, "apart", APART)]
    for (gain, name, world), points in product(cases, (0.01, 0.02, 0.03, 0.04)):
        p = p_values([0.7, 0.7 + gain], points, repetitions, world=world)[:, 0]
        shares = [(p <= 0.05).mean(), (p <= 0.05 / FAMILY).mean()]
        shares += oracle([0.7, 0.7 + gain], points, repetitions, world=world)
        lines.append(f"| {gain} | {name} | {points} | {percents(shares)} |")
    lines += ["", '| a difference of 0.1, deviation over seeds 0.02 | verdict "higher" | any permutation p, Holm |']
    lines.append("|---|---|---|")
    for name, truths in (("alone", [0.7, 0.8]), ("with five that do not differ", [0.7, 0.8, *[0.7] * 5])):
        found = families(truths, 0.02, families_)
        lines.append(f"| {name} | {percents([found['first'], found['swap']])} |")
    held, ratio = coverage_of_savings(families_)
    lines += [
        "",
        f"Label savings: the limits hold the true fraction in {100 * held:.1f} %; upper over lower: {ratio:.2f}.",
    ]
    return lines


def percents(shares: list[float]) -> str:
    return " | ".join(f"{100 * share:.1f}" for share in shares)


def run() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=10_000)
    parser.add_argument("--families", type=int, default=1_000)
    given = parser.parse_args()
    began = time.monotonic()
    lines = tables(given.repetitions, given.families)
    made_by = provenance(numeric_profile(precision="float32", gpus=0, cpus=1), ["statistics_coverage.py"])
    print(f"commit {made_by['commit']}, {made_by['machine']['processor']}, {time.monotonic() - began:.0f} s\n")
    print("\n".join(lines))


if __name__ == "__main__":
    run()
