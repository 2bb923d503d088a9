import shlex
from typing import Any

import pytest

from s4mcl.config import compose_study, fixed_hyperparameters, to_plain
from s4mcl.plan.reproduction import command_line, reproduction
from s4mcl.stages.keying import Keying
from s4mcl_trainables.numerics import numeric_profile

UNUSUAL = (
    *("data.test=0.25", "data.validation=0.3", "data.split_seed=4", "split=patch", "image_size=64", "width=8"),
    *("depth=3", "batch.labelled=3", "schedule=cosine", "unlabelled_pool=all", "budget.iterations=70"),
    *("budget.report_every=9", "budget.patience=11", "cluster.cpus_per_pack=2", "precision=float32"),
)
CHANGED: dict[str, dict[str, Any]] = {
    "stub": {"x0": 1e-05, "x3": 1 / 3, "fail_at": 2},
    "s4mcl": {"transforms": ["identity", "hflip"], "self_supervision": False, "generator_lr": 3.2e-7},
    "unet": {},
}


def keying_of(words: list[str]) -> Keying:
    config = compose_study(words)
    cluster = config.cluster
    profile = numeric_profile(precision=config.precision, gpus=float(cluster.gpus_per_pack), cpus=cluster.cpus_per_pack)
    return Keying(config, dataset="d", partition="p", profile=profile)


def composed_key(line: str) -> str:
    """The key of the only trial of the confirm stage that the command line asks for."""
    words = shlex.split(line)
    assert words[:2] == ["s4mcl", "run"]
    config = compose_study(words[2:])
    (method,), (fraction,) = config.methods, config.label_fractions
    given = fixed_hyperparameters(config, method)
    assert config.search.trials == 0
    (member,) = keying_of(words[2:]).cohort(method, given, fraction, config.seeds)
    return member.key


@pytest.mark.parametrize("more", [(), UNUSUAL, ("reuse=off",), ("test=locked", "precision=auto")])
@pytest.mark.parametrize("method", CHANGED)
@pytest.mark.parametrize("stage", ["search", "confirm"])
def test_the_command_line_asks_for_the_same_trial(method: str, stage: str, more: tuple[str, ...]) -> None:
    words = ["name=demo", "data.path=a folder, [odd]='x'", f"methods=[{method}]", *more]
    keying = keying_of(words)
    (member,) = keying.cohort(method, CHANGED[method], 0.35, (7,))
    plain = to_plain(compose_study(words))
    asked = reproduction(plain, member.trial.to_dict(), member.key, stage, keying.profile.to_dict())
    line = command_line(asked)
    assert composed_key(line) == member.key
    config = compose_study(asked)
    assert config.data.path == "a folder, [odd]='x'"
    assert config.test == ("open" if stage == "confirm" and plain["test"] == "open" else "locked")
    assert config.storage != plain["storage"]


def test_a_trial_of_a_smaller_budget_keeps_its_own() -> None:
    before, after = ["name=demo", "data.path=d", "budget.iterations=30"], ["name=demo", "data.path=d"]
    (member,) = keying_of(before).cohort("stub", {}, 1.0, (0,))
    extended = to_plain(compose_study(after))
    asked = reproduction(extended, member.trial.to_dict(), member.key, "search", keying_of(after).profile.to_dict())
    assert composed_key(command_line(asked)) == member.key


def test_defaults_are_not_said() -> None:
    keying = keying_of(["name=demo", "data.path=d"])
    (member,) = keying.cohort("s4mcl", {}, 0.2, (0,))
    plain = to_plain(compose_study(["name=demo", "data.path=d"]))
    asked = reproduction(plain, member.trial.to_dict(), member.key, "confirm", keying.profile.to_dict())
    said = {word.partition("=")[0] for word in asked}
    always = {"name", "storage", "data.path", "methods", "label_fractions", "seeds", "search.trials"}
    assert said == always | {"precision"}


def test_a_study_of_any_name_is_named() -> None:
    keying = keying_of(["name=demo", "data.path=d"])
    (member,) = keying.cohort("stub", {}, 0.2, (0,))
    plain = {**to_plain(compose_study(["name=demo", "data.path=d"])), "name": "<b>x</b> " * 50}
    asked = reproduction(plain, member.trial.to_dict(), member.key, "confirm", keying.profile.to_dict())
    assert compose_study(asked).name == f"trial-{member.key[:8]}"
