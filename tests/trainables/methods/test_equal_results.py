"""Final metrics on the phantom over five seeds: ours are the plain loop's, and in bfloat16 what they are in float32.

`benchmarks.equal_results` has the longer form.
"""

from statistics import mean

import pytest

from benchmarks.equal_results import BFLOAT16, BOUNDS, EASY, FLOAT32, PAIRS, PLAIN, Shape, compared, difference
from s4mcl_trainables.data.phantom import write_phantom

SHAPE = Shape(images=160, size=32, width=4, depth=2, batch=4, iterations=90, rate=3e-3)
Found = dict[str, dict[str, list[float]]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    data = tmp_path_factory.mktemp("equal") / "phantom"
    write_phantom(data, images=SHAPE.images, size=SHAPE.size, difficulty=EASY)
    return compared(data, SHAPE, range(5))


@pytest.mark.parametrize("pair", PAIRS, ids=" - ".join)
@pytest.mark.parametrize("measure", BOUNDS)
def test_final_metrics_agree_within_noise(found: Found, pair: tuple[str, str], measure: str) -> None:
    """Either the paired 95 % interval holds 0, or the mean difference is too small to matter (`BOUNDS` says why)."""
    one, other = (found[way][measure] for way in pair)
    assert difference(one, other).within_noise(BOUNDS[measure]), (one, other)


def test_all_three_ways_have_learned_what_they_are_compared_by(found: Found) -> None:
    for way in (PLAIN, FLOAT32, BFLOAT16):
        assert mean(found[way]["dice"]) > 0.8
        assert mean(found[way]["accuracy"]) > 0.6
        assert len(set(found[way]["dice"])) == 5
