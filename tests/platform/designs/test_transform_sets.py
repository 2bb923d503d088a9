import pytest
from design_of import WORDS, design_of, found

from s4mcl.config import compose_study
from s4mcl.designs.transform_sets import TransformSets
from s4mcl_trainables.problems import InputError


def test_every_set_that_holds_the_identity() -> None:
    design = design_of("transform_sets", method="s4mcl")
    arms = design.arms(found())
    sets = [frozenset(arm.hyperparameters["transforms"]) for arm in arms]
    assert len(set(sets)) == len(sets) == 127  # 2^7 without the identity alone; the base is one of them
    assert all("identity" in chosen and len(chosen) >= 2 for chosen in sets)
    assert arms[0].name == "base"
    assert arms[1].name == "identity+hflip"


@pytest.mark.parametrize(("smallest", "largest", "count"), [(2, 2, 7), (3, 4, 21 + 35), (8, 8, 1)])
def test_a_range_of_sizes_and_the_base(smallest: int, largest: int, count: int) -> None:
    design = design_of("transform_sets", method="s4mcl", smallest=smallest, largest=largest)
    assert len(design.arms(found())) == design.most_arms() == count + 1
    sizes = [len(arm.hyperparameters["transforms"]) for arm in design.arms(found())[1:]]
    assert (min(sizes), max(sizes)) == (smallest, largest)
    assert sizes == sorted(sizes)


def test_a_base_without_use_for_transforms() -> None:
    arranged = design_of("transform_sets", method="s4mcl").arrange(found(alpha=0.0))
    assert [arm.name for arm in arranged.arms] == ["base"]
    assert arranged.notes == ("no other sets, since in the base alpha is 0, so no unlabelled image is looked at",)


def test_a_search_has_the_set_as_its_only_parameter() -> None:
    design = design_of("transform_sets", method="s4mcl", propose=9, smallest=3)
    assert isinstance(design, TransformSets)
    (parameter,) = design.space().parameters
    assert parameter.name == "transforms"
    assert len(parameter.distributions) == 7
    assert parameter.encode(["identity", "hflip"]) is None
    assert parameter.encode(["identity", "hflip", "rot90"]) is not None
    assert design.most_trials() == 9 * 1 * 2


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ("method: unet", "t.method: unet has no transforms"),
        ("method: s2mcl", "t.method: s2mcl has no transforms"),
        ("method: s4mcl, largest: 9", "t.largest: expected at most 8, the number of transforms, found 9"),
        ("method: s4mcl, smallest: 5, largest: 4", "t.smallest: expected at most 4, found 5"),
        ("method: s4mcl, smallest: 1", "t.smallest: expected a whole number of at least 2, found 1"),
        ("method: s4mcl, propose: 5, largest: 4", "t.largest: a search has no bound from above"),
        ("method: s4mcl, propose: 5, smallest: 8", "t.smallest: one set alone has 8 transforms"),
    ],
)
def test_refused(fields: str, text: str) -> None:
    with pytest.raises(InputError, match=text):
        compose_study([*WORDS, f"ablate.designs.t={{kind: transform_sets, {fields}}}"])
