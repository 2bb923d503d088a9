import math
from itertools import product

import pytest
from design_of import WORDS, design_of, found

from s4mcl.config import compose_study
from s4mcl_trainables.problems import InputError

PARTS = [f"part{axis}" for axis in range(5)]


def test_all_combinations_of_components_and_levels() -> None:
    design = design_of(
        "factorial", method="s4mcl", components=["mask_input", "self_supervision"], hyperparameters={"alpha": [1, 0.1]}
    )
    arms = design.arms(found(dropout=0.1))
    names = ("self_supervision", "mask_input", "alpha")
    assert [tuple(arm.factors[name] for name in names) for arm in arms] == list(
        product(("on", "off"), ("on", "off"), (1.0, 0.1))
    )
    for arm in arms:
        given = arm.hyperparameters
        assert given["dropout"] == 0.1
        assert given["alpha"] == arm.factors["alpha"]
        assert given["mask_input"] == (arm.factors["mask_input"] == "on")
        assert given["self_supervision"] == (arm.factors["self_supervision"] == "on")
    assert [arm.name for arm in arms[:3]] == ["reference", "alpha=0.1", "without mask_input"]
    assert arms[-1].name == "without self_supervision, mask_input; alpha=0.1"


def test_a_fraction_is_balanced_and_says_what_it_cannot_tell_apart() -> None:
    design = design_of("factorial", method="stub", components=PARTS, resolution=3)
    arranged = design.arrange(found(**{f"x{axis}": 0.9 for axis in range(5)}))
    assert len(arranged.arms) == design.most_arms() == 8
    assert set(arranged.arms[0].factors.values()) == {"on"}
    for name in PARTS:
        assert sum(arm.factors[name] == "on" for arm in arranged.arms) == 4
    for arm in arranged.arms:
        assert [arm.hyperparameters[f"x{axis}"] == 0.9 for axis in range(5)] == [
            arm.factors[name] == "on" for name in PARTS
        ]
    assert any(note.startswith("cannot be told apart: part0, ") for note in arranged.notes)
    five = design_of("factorial", method="stub", components=PARTS, resolution=5)
    assert len(five.arms(found())) == 16
    assert five.arrange(found()).notes == ()


def test_main_effects_come_out_of_a_fraction() -> None:
    """A response that is the sum of main effects is taken apart exactly, at resolution III."""
    design = design_of("factorial", method="stub", components=PARTS, resolution=3)
    arms = design.arms(found())
    effects = dict(zip(PARTS, (1.0, -2.0, 0.5, 0.0, 4.0), strict=True))
    scores = [sum(effects[name] for name in PARTS if arm.factors[name] == "on") for arm in arms]
    for name, effect in effects.items():
        contrast = sum(score if arm.factors[name] == "on" else -score for arm, score in zip(arms, scores, strict=True))
        assert math.isclose(contrast / (len(arms) / 2), effect, abs_tol=1e-12)


def test_nested_components_share_a_configuration_and_a_note_says_so() -> None:
    design = design_of("factorial", method="s4mcl", components=["unlabelled_branch", "self_supervision"])
    arranged = design.arrange(found())
    assert len(arranged.arms) == 4
    assert arranged.arms[2].hyperparameters == arranged.arms[3].hyperparameters
    assert arranged.notes == (
        "without unlabelled_branch, self_supervision: is the same configuration as without unlabelled_branch",
    )


def test_a_component_that_the_base_lacks_is_no_factor() -> None:
    design = design_of("factorial", method="s4mcl", components=["mask_input", "self_supervision"])
    arranged = design.arrange(found(self_supervision=False))
    assert [dict(arm.factors) for arm in arranged.arms] == [{"mask_input": "on"}, {"mask_input": "off"}]
    assert arranged.notes == ("self_supervision: left out, since in the base self_supervision is False already",)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ("components: [mask_input]", "ablate.designs.f: expected two factors or more under components and hyper"),
        (
            "components: [mask_input, self_supervison]",
            r"f.components\[1\]: method s4mcl has no component 'self_supervi",
        ),
        (
            "components: [unlabelled_branch], hyperparameters: {alpha: [1, 0]}",
            "f.hyperparameters.alpha: is set by switching unlabelled_branch off, too",
        ),
        ("hyperparameters: {alpha: [1], dropout: [0, 0.1]}", "alpha: expected two levels or more, found \\[1\\]"),
        ("hyperparameters: {alfa: [1, 0], dropout: [0, 0.1]}", r"f.hyperparameters.alfa: .* did you mean alpha\?"),
        ("hyperparameters: {alpha: [1, -1], dropout: [0, 0.1]}", "alpha: expected 0 or more, found -1.0"),
        ("hyperparameters: {layout: [heads, head], alpha: [1, 0]}", r"found 'head' \(did you mean heads\?\)"),
        (
            "resolution: 3, hyperparameters: {alpha: [0, 0.5, 1], dropout: [0, 0.1]}",
            "alpha: a resolution asks for two levels, found 3",
        ),
        ("resolution: 2, components: [mask_input, self_supervision]", "f.resolution: expected a whole number of at l"),
        ("components: [mask_input, mask_input]", "f.components: expected every entry once, but 'mask_input' stands tw"),
    ],
)
def test_refused(fields: str, text: str) -> None:
    with pytest.raises(InputError, match=text):
        compose_study([*WORDS, f"ablate.designs.f={{kind: factorial, method: s4mcl, {fields}}}"])


def test_a_large_one_is_refused_in_numbers() -> None:
    parts = ", ".join(f"part{axis}" for axis in range(6))
    text = f"ablate.designs.f={{kind: factorial, method: stub, components: [{parts}], seeds: 20}}"
    with pytest.raises(InputError) as caught:
        compose_study([*WORDS, "ablate.max_trials=1000", text])
    assert (
        "ablate.designs.f: 64 arms x 1 label fraction x 20 seeds are 1280 trials, more than ablate.max_trials=1000"
    ) in str(caught.value)
