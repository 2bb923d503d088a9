"""Components left out of the base, or added to the bare one."""

from typing import Any

import pytest
from design_of import WORDS, design_of, found

from s4mcl.config import compose_study
from s4mcl_trainables.problems import InputError

S4MCL = ["unlabelled_branch", "self_supervision", "adversarial_term", "adversarial_on_labelled", "mask_input"]
D4_6 = ["hflip", "vflip", "rot90", "rot180", "rot270"]


def changed(values: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if base[name] != value}


def test_each_component_of_s4mcl_is_left_out_once() -> None:
    arranged = design_of("leave_one_out", method="s4mcl").arrange(found(alpha=0.5))
    base, *others = arranged.arms
    assert base.hyperparameters["alpha"] == 0.5
    assert [arm.name for arm in others] == [f"without {name}" for name in [*S4MCL, *(f"transform.{t}" for t in D4_6)]]
    assert [changed(dict(arm.hyperparameters), dict(base.hyperparameters)) for arm in others[:5]] == [
        {"alpha": 0.0},
        {"self_supervision": False},
        {"adversarial_weight": 0.0, "discriminator_adversarial_weight": 0.0},
        {"adversarial_on_labelled": False},
        {"mask_input": False},
    ]
    for name, arm in zip(D4_6, others[5:], strict=True):
        assert arm.hyperparameters["transforms"] == ["identity", *(other for other in D4_6 if other != name)]
        assert [factor for factor, level in arm.factors.items() if level == "off"] == [f"transform.{name}"]
    assert arranged.notes == (
        *(
            f"transform.{name}: left out, since in the base {name} is not among the transforms"
            for name in ("transpose", "antitranspose")
        ),
        "ema: left out, since in the base ema is 0.0 already",
        "test_time_averaging: left out, since in the base test_time_averaging is none already",
        "class_balanced: left out, since in the base class_balanced is False already",
        "augmentation: left out, since in the base augmentation is none already",
    )


def test_generic_parts_that_the_base_has_are_left_out_of_any_method() -> None:
    given = {"ema": 0.99, "test_time_averaging": "d4", "class_balanced": True, "augmentation": "light", "dropout": 0.0}
    base, *others = design_of("leave_one_out", method="unet").arrange(found(**given)).arms
    assert [arm.name for arm in others] == [f"without {name}" for name in given if name != "dropout"]
    assert [changed(dict(arm.hyperparameters), dict(base.hyperparameters)) for arm in others] == [
        {"ema": 0.0},
        {"test_time_averaging": "none"},
        {"class_balanced": False},
        {"augmentation": "none"},
    ]


def test_what_the_base_lacks_is_left_out_with_a_note() -> None:
    arranged = design_of("leave_one_out", method="s4mcl", components=["self_supervision", "mask_input"]).arrange(
        found(alpha=0.0)
    )
    assert [arm.name for arm in arranged.arms] == ["base", "without mask_input"]
    assert arranged.notes == (
        "self_supervision: left out, since in the base alpha is 0, so no unlabelled image is looked at",
    )
    assert set(arranged.arms[0].factors) == {"mask_input"}


def test_the_last_transform_is_self_supervision() -> None:
    arranged = design_of("leave_one_out", method="s4mcl", components=["self_supervision", "transform.rot90"]).arrange(
        found(transforms=["identity", "rot90"])
    )
    assert [arm.name for arm in arranged.arms] == ["base", "without self_supervision"]
    assert arranged.notes == (
        "without transform.rot90: left out, since it is the same configuration as without self_supervision",
    )


def test_each_component_alone_with_what_it_needs() -> None:
    arranged = design_of("add_one_in", method="s4mcl").arrange(found(alpha=0.5))
    bare, *others = arranged.arms
    assert (bare.name, set(bare.factors.values())) == ("bare", {"off"})
    plain = bare.hyperparameters
    assert (plain["alpha"], plain["adversarial_weight"], plain["mask_input"]) == (0.0, 0.0, False)
    by_name = {arm.name: arm for arm in others}
    assert list(by_name) == ["with self_supervision", "with adversarial_term", "with mask_input"]
    supervised = by_name["with self_supervision"].hyperparameters
    assert (supervised["self_supervision"], supervised["alpha"], supervised["adversarial_weight"]) == (True, 0.5, 0.0)
    adversarial = by_name["with adversarial_term"].hyperparameters
    assert (adversarial["adversarial_weight"], adversarial["mask_input"], adversarial["alpha"]) == (0.01, True, 0.0)
    assert "with adversarial_term: comes with mask_input" in arranged.notes
    assert (
        "unlabelled_branch: left out, since alone it does nothing: no term looks at unlabelled images"
    ) in arranged.notes


def test_a_transform_alone_is_told_from_the_identity() -> None:
    design = design_of("add_one_in", method="s4mcl", components=[f"transform.{name}" for name in D4_6])
    bare, *others = design.arms(found())
    assert not bare.hyperparameters["self_supervision"]
    assert [arm.hyperparameters["transforms"] for arm in others] == [["identity", name] for name in D4_6]
    assert all(arm.hyperparameters["self_supervision"] for arm in others)


@pytest.mark.parametrize("kind", ["leave_one_out", "add_one_in"])
def test_unknown_components_are_refused(kind: str) -> None:
    text = f"ablate.designs.d={{kind: {kind}, method: s4mcl, components: [mask_inptu, adversarial, transform.rot]}}"
    with pytest.raises(InputError) as caught:
        compose_study([*WORDS, text])
    told = str(caught.value)
    assert (
        "ablate.designs.d.components[0]: method s4mcl has no component 'mask_inptu'. Cure: did you mean mask_input?"
        in told
    )
    assert "components[1]: method s4mcl has no component 'adversarial'" in told
    assert "components[2]: method s4mcl has no component 'transform.rot'. Cure: did you mean transform.rot" in told
