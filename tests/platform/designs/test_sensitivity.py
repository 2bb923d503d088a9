import pytest
from design_of import WORDS, design_of, found

from s4mcl.config import compose_study
from s4mcl_trainables.problems import InputError


def values_of(name: str, /, base: dict[str, object], **fields: object) -> list[object]:
    method = fields.pop("method", "s4mcl")
    arms = design_of("sensitivity", method=method, parameter=name, **fields).arms(found(**base))
    assert arms[0].name == "base"
    return [arm.hyperparameters[name] for arm in arms]


def test_a_grid_on_a_log_scale_around_the_best() -> None:
    assert values_of("adversarial_weight", {"adversarial_weight": 0.02}) == [0.02, 0.002, 0.006325, 0.06325, 0.2]


def test_a_grid_on_a_linear_scale() -> None:
    found = values_of("alpha", {"alpha": 2.0}, points=5, scale="linear", between=[0, 2])
    assert found == [2.0, 0.0, 1.0, 3.0, 4.0]


def test_an_even_grid_misses_the_base_and_holds_it_once_more() -> None:
    assert values_of("alpha", {"alpha": 1.0}, points=4, between=[0.1, 10]) == [1.0, 0.1, 0.4642, 2.154, 10.0]


def test_given_values_keep_their_order_and_leave_the_base_out() -> None:
    assert values_of("alpha", {"alpha": 0.5}, values=[1, 0.5, 0]) == [0.5, 1.0, 0.0]
    assert values_of("order", {}, values=["cs", "sc"]) == ["cs", "sc"]
    assert values_of("saturating", {}, values=[True, False]) == [False, True]


def test_whole_numbers_stay_whole() -> None:
    assert values_of("fail_at", {"fail_at": 10}, method="stub", points=3, between=[0.1, 10]) == [10, 1, 100]


def test_values_that_the_method_refuses_are_left_out_with_a_note() -> None:
    design = design_of("sensitivity", method="s4mcl", parameter="dropout", between=[0.5, 8], points=3, scale="linear")
    arranged = design.arrange(found(dropout=0.25))
    assert [arm.name for arm in arranged.arms] == ["base", "dropout=0.125"]
    assert len(arranged.notes) == 2
    assert arranged.notes[0].startswith("dropout=1.062: left out, the adversarial game: dropout: expected 0 to 0.95")


def test_nothing_is_a_factor_of_zero() -> None:
    arranged = design_of("sensitivity", method="s4mcl", parameter="alpha").arrange(found(alpha=0.0))
    assert [arm.name for arm in arranged.arms] == ["base"]
    assert arranged.notes == ("alpha: no other value than the base's 0; give values",)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ("parameter: alhpa", r"ablate.designs.s.parameter: s4mcl has no hyperparameter .alhpa.; did you mean alpha\?"),
        ("", "ablate.designs.s.parameter: is missing"),
        ("parameter: layout", "s.values: is missing; layout is of kind str, not a number"),
        ("parameter: alpha, values: [1, -2]", "s.values.alpha: .*alpha: expected 0 or more, found -2.0"),
        ("parameter: alpha, values: [much]", "s.values.alpha: expected a number, found 'much'"),
        ("parameter: alpha, values: []", r"s.values: expected a list such as \[0.0, 0.5, 1.0\], found \[\]"),
        ("parameter: alpha, values: [1], points: 3", "s: expected values, or a grid by points; found both"),
        (
            "parameter: alpha, between: [0, 2]",
            r"s.between: expected factors above 0 on a log scale, found \[0.0, 2.0\]",
        ),
        (
            "parameter: alpha, between: [2]",
            r"s.between: expected two different numbers such as \[0.1, 10\], found \[2\]",
        ),
        ("parameter: alpha, points: 1", "s.points: expected a whole number of at least 2, found 1"),
        (
            "parameter: alpha, scale: lin",
            r"s.scale: expected one of log, linear \(did you mean linear\?\), found 'lin'",
        ),
    ],
)
def test_refused(fields: str, text: str) -> None:
    with pytest.raises(InputError, match=text):
        compose_study([*WORDS, f"ablate.designs.s={{kind: sensitivity, method: s4mcl, {fields}}}".replace(", }", "}")])
