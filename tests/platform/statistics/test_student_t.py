import numpy as np
import pytest
from scipy import stats

from s4mcl.statistics.comparison import paired_t
from s4mcl.statistics.student_t import t_quantile, two_sided_p


def test_it_is_scipys() -> None:
    freedom = np.array([1.0, 1.7, 4.0, 30.5])
    assert t_quantile(0.975, freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-13)
    ratios = np.array([-40.0, 0.0, 0.3, 9.0])
    assert two_sided_p(ratios, freedom) == pytest.approx(2 * stats.t.sf(abs(ratios), freedom), rel=1e-12)


def test_the_paired_test_is_scipys() -> None:
    differences = np.random.default_rng(0).standard_normal(7) + 0.8
    assert paired_t(differences) == pytest.approx(stats.ttest_1samp(differences, 0.0).pvalue, rel=1e-12)
