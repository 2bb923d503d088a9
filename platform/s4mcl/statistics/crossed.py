"""Intervals whose units are seeds crossed with test groups.

A score varies with the seed, with the patients that happen to be in the test part, and with their interplay:
x[s, g] = mean + seed[s] + group[g] + interplay[s, g]. The mean over S seeds and G groups then has the variance

    V = (MS_seed + MS_group - MS_interplay) / (S G)

with the mean squares of the two-way table (two-way crossed random model, Searle, Casella & McCulloch 1992; as a
cluster-robust variance, Cameron, Gelbach & Miller 2011). The table holds jackknife pseudo-values over groups (Tukey
1958), G times the measure on all groups minus G - 1 times that on all but one, so groups of unequal size and measures
that are no means of images (balanced accuracy, macro F1) are treated alike. Its degrees of freedom follow Satterthwaite
(1946); the groups enter with Kish's effective number, 1 / sum w^2 of the shares w of images, since a few large groups
say less than many equal ones.

Satterthwaite's number is too large just where the few seeds happen to agree, and V too small: plugged in as it is, six
comparisons corrected by Holm gave 6 to 7 % false alarms where seeds vary most. So the seeds count 1.5 times, down to
the degrees of freedom of the seeds alone. The factor was chosen by simulation: with 1.5 the alarms keep to 5 %.

V may not fall below MS_interplay / (S G), which is a part of it. Cutting each negative component off at 0 instead makes
V too large where seeds or groups hardly matter (98 % coverage). Why this and no bootstrap over seeds and groups: that
covers less where few seeds decide; docs/results/statistics-2026-11-24.md has both.
"""

from dataclasses import dataclass

import numpy as np

from s4mcl.statistics.group_sums import Floats, GroupSums
from s4mcl.statistics.interval import Interval
from s4mcl.statistics.student_t import t_quantile, two_sided_p

PRUDENCE = 1.5  # weight of the seeds' squared variance in the degrees of freedom; see above


@dataclass(frozen=True)
class Crossed:
    """An estimate with its variance and degrees of freedom; arrays [...] over repetitions.

    The variances are the parts of that of the estimate: by seeds, by groups, and by their interplay (in both).
    """

    estimate: Floats
    variance: Floats
    freedom: Floats
    by_seeds: Floats
    by_groups: Floats
    by_interplay: Floats

    def half_width(self, confidence: float = 0.95) -> Floats:
        """[...] half the width of the t interval."""
        half: Floats = t_quantile((1 + confidence) / 2, self.freedom) * np.sqrt(self.variance)
        return half

    def p_value(self) -> Floats:
        """[...] two-sided p for a true value of 0. Without any spread: 1 for an estimate of 0, else 0."""
        error = np.sqrt(self.variance)
        ratio = np.abs(self.estimate) / np.where(error > 0, error, 1.0)
        p: Floats = np.where(error > 0, two_sided_p(ratio, self.freedom), np.where(self.estimate == 0, 1.0, 0.0))
        return p


def crossed(sums: GroupSums, reference: GroupSums | None = None) -> Crossed:
    """The mean over seeds of a measure, or with a reference the paired difference to it: same seeds, same images.

    Raises:
        ValueError: fewer than two seeds or groups, or a reference with other seeds or images.
    """
    if sums.seeds < 2 or len(sums.sizes) < 2:
        raise ValueError(f"{sums.seeds} seeds and {len(sums.sizes)} groups were found, at least 2 of each are needed")
    values, lacking = sums.by_seed(), sums.without_each_group()
    if reference is not None:
        if not sums.same_units(reference):
            raise ValueError("a paired comparison needs the same seeds and the same images by group on both sides")
        values, lacking = values - reference.by_seed(), lacking - reference.without_each_group()
    return _analysed(values, lacking, effective_groups(sums.sizes))


def crossed_interval(sums: GroupSums, reference: GroupSums | None = None, confidence: float = 0.95) -> Interval:
    """As `crossed`, as an interval; without limits where fewer than two seeds or groups leave the spread unknown.

    The limits of a bounded measure are not clipped, as in `t_interval`. `n` counts the seeds.
    """
    if sums.seeds < 2 or len(sums.sizes) < 2:
        values = sums.by_seed() - (0.0 if reference is None else reference.by_seed())
        return Interval(mean=float(values.mean()), low=None, high=None, n=sums.seeds)
    found = crossed(sums, reference)
    mean, half = float(found.estimate), float(found.half_width(confidence))
    return Interval(mean=mean, low=mean - half, high=mean + half, n=sums.seeds)


def effective_groups(sizes: Floats) -> float:
    """How many groups of equal size say as much as these (Kish 1965)."""
    shares = sizes / sizes.sum()
    return float(1 / (shares @ shares))


def _analysed(values: Floats, lacking: Floats, effective: float) -> Crossed:
    """From the measure by seed [..., S] and without each group [..., S, G]."""
    seeds, groups = lacking.shape[-2:]
    estimate = values.mean(-1)
    pseudo = groups * values[..., None] - (groups - 1) * lacking
    centred = pseudo - pseudo.mean((-2, -1), keepdims=True)
    of_group = centred.mean(-2, keepdims=True)
    interplay = centred - centred.mean(-1, keepdims=True) - of_group
    by_seeds = ((values - estimate[..., None]) ** 2).sum(-1) / (seeds - 1) / seeds
    by_groups = (of_group[..., 0, :] ** 2).sum(-1) / (groups - 1) / groups
    both = (seeds - 1) * (groups - 1)
    by_interplay = (interplay**2).sum((-2, -1)) / both / (seeds * groups)
    variance = np.maximum(by_seeds + by_groups - by_interplay, by_interplay)
    of_groups = max(effective - 1, 1.0)
    spread = PRUDENCE * by_seeds**2 / (seeds - 1) + by_groups**2 / of_groups + by_interplay**2 / both
    fewest = min(seeds - 1.0, of_groups)
    freedom = np.maximum(np.where(spread > 0, variance**2 / np.where(spread > 0, spread, 1.0), fewest), fewest)
    return Crossed(estimate, variance, freedom, by_seeds, by_groups, by_interplay)
