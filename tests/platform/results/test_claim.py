"""What a study claims, from its configuration to contests and verdicts."""

from pathlib import Path

import pytest

import s4mcl
from made_study import make_study
from s4mcl.config import compose_study
from s4mcl.execution.extension import compared
from s4mcl_trainables.problems import InputError

PLACE = ("name=n", "data.path=d")


def test_a_claim_is_tested_at_each_fraction_and_against_the_single_task_with_all_labels(tmp_path: Path) -> None:
    study = make_study(tmp_path, "demo", "claim.method=s4mcl")
    with s4mcl.open(study) as results:
        found = results.claim()
    assert found.select("measure", "label_fraction", "reference", "reference_fraction", "verdict").rows() == [
        ("accuracy", 0.1, "unet", 0.1, "no difference shown"),  # the made U-Net names classes, and no CNN is there
        ("dice", 0.1, "unet", 0.1, "win"),
        ("dice", 0.1, "unet", 1.0, "win"),
    ]


def test_methods_that_the_study_lacks_are_not_measured(tmp_path: Path) -> None:
    with s4mcl.open(make_study(tmp_path, "demo", "claim.method=s4mcl", "claim.against=[cnn,ssl_seg]")) as results:
        found = results.claim()
    assert found.select("measure", "reference", "reference_fraction", "verdict").rows() == [
        ("accuracy", "cnn", 0.1, "not yet measured"),
        ("dice", "ssl_seg", 0.1, "not yet measured"),
        ("dice", "unet", 1.0, "win"),
    ]


def test_a_study_without_a_claim_has_no_rows(tmp_path: Path) -> None:
    with s4mcl.open(make_study(tmp_path)) as results:
        assert results.claim().is_empty()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["claim.method=s4mcl_clam"], "claim.method: unknown method 's4mcl_clam'; did you mean s4mcl"),
        (["claim.method=s4mcl", "claim.against=[unte]"], "claim.against[0]: unknown method 'unte'; did you mean unet"),
        (["claim.method=s4mcl", "claim.against=[unet,s4mcl]"], "claim.against: holds 's4mcl' itself"),
        (["claim.method=s4mcl", "claim.up_to=0.01"], "claim.up_to: expected at least the smallest of label_fractions"),
    ],
)
def test_a_claim_that_does_not_fit_is_refused(words: list[str], told: str) -> None:
    with pytest.raises(InputError, match=r"cannot be used") as caught:
        compose_study([*PLACE, *words])
    assert told in str(caught.value)


def test_a_claim_is_made_before_and_not_changed_after() -> None:
    before = compose_study([*PLACE])
    assert compared(before, compose_study([*PLACE, "claim.method=s4mcl"])) == ([], ["claim.method"])
