"""The presets with designs mean what their comments say."""

from design_of import found

from s4mcl.config import compose_study
from s4mcl.designs.registry import read_designs


def test_the_ablation_leaves_components_out_and_varies_two_weights() -> None:
    config = compose_study(["study=ablation", "name=n", "data.path=d"])
    designs = read_designs(config)
    sizes = {name: len(design.arms(found(adversarial_weight=0.02, alpha=0.7))) for name, design in designs.items()}
    assert sizes == {"components": 11, "adversarial_weight": 5, "alpha": 6}
    assert all(design.label_fractions == (0.3,) and design.seeds == (0, 1, 2) for design in designs.values())


def test_the_factorial_has_sixteen_arms_and_tells_everything_apart() -> None:
    config = compose_study(["study=factorial", "name=n", "data.path=d"])
    arranged = read_designs(config)["parts"].arrange(found())
    assert len(arranged.arms) == 16
    assert arranged.notes == ()
    assert arranged.arms[0].factors == {
        "self_supervision": "on",
        "adversarial_on_labelled": "on",
        "mask_input": "on",
        "class_on_predicted": False,
        "order": "cs",
    }


def test_the_kinds_in_the_comments_compose() -> None:
    kinds = (
        "{kind: add_one_in, method: s4mcl}",
        "{kind: table, methods: [unet, s4mcl], label_fractions: [0.1, 0.3]}",
        "{kind: transform_sets, method: s4mcl, largest: 3}",
        "{kind: transform_sets, method: s4mcl, propose: 20}",
        "{kind: sensitivity, method: s4mcl, parameter: layout, values: [heads, factorised, joint]}",
    )
    words = [f"ablate.designs.more{place}={text}" for place, text in enumerate(kinds)]
    assert len(read_designs(compose_study(["study=ablation", "name=n", "data.path=d", *words]))) == 8
