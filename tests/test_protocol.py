"""The protocol's presets hold what it asks for, and its command goes from data to page; nothing is trained here."""

import sys
from datetime import date
from pathlib import Path

import pytest

from benchmarks import protocol
from benchmarks.protocol_page import UNMEASURED, results_page
from made_study import make_study
from s4mcl.config import StudyConfig, compose_study, fixed_hyperparameters, search_space
from s4mcl.designs.registry import read_designs
from s4mcl_trainables.data.phantom import write_phantom
from s4mcl_trainables.methods import method_names
from s4mcl_trainables.methods.generic import NAMES as GENERIC

PAPER = {"unet", "cnn", "s2mcl", "s4mcl", "ssl_seg", "ssl_cls", "mtl"}


def preset(name: str) -> StudyConfig:
    return compose_study([f"study={name}", "name=n", "data.path=d"])


@pytest.mark.parametrize("name", ["protocol", "protocol_gpu"])
def test_the_protocol_claims_that_the_preset_beats_the_papers_rows_on_seeds_that_no_choice_saw(name: str) -> None:
    config = preset(name)
    assert config.claim.method in config.methods
    assert {*(config.claim.against or ())} == PAPER - {"s4mcl"}
    assert {*config.methods} >= PAPER
    assert config.claim.up_to == 0.5
    assert config.test == "open"
    for chosen in map(preset, protocol.CHOICES):
        assert not {*config.seeds} & {*config.search.seeds, *chosen.seeds}
        assert (config.data, config.split) == (chosen.data, chosen.split)  # the same test images stay unseen
        assert chosen.test == "locked"
    (design,) = read_designs(config).values()
    assert design.compared == (config.claim.method,)


def test_the_size_for_two_cores_and_that_for_a_gpu() -> None:
    small, large = preset("protocol"), preset("protocol_gpu")
    assert {*small.methods} == PAPER | {"s4mcl_improved", "mean_teacher", "cps", "fixmatch"}
    assert (small.image_size, small.width, small.budget.iterations, len(small.seeds)) == (64, 8, 800, 5)
    assert (small.label_fractions, small.search.trials) == ((0.05, 0.2, 0.5, 1.0), 10)
    assert {*large.methods} == {*method_names()} - {"stub"}
    assert (large.image_size, large.width, large.depth, len(large.seeds), large.search.trials) == (128, 16, 4, 5, 30)
    assert large.label_fractions == (0.05, 0.1, 0.2, 0.3, 0.5, 1.0)


@pytest.mark.parametrize("name", ["improve", "protocol", "protocol_gpu"])
def test_all_methods_have_the_generic_parts_that_were_chosen(name: str) -> None:
    chosen = preset(name).hyperparameters["every_method"]
    assert {*chosen} == {*GENERIC}
    assert chosen == preset("improve").hyperparameters["every_method"]
    for method in preset(name).methods:
        assert fixed_hyperparameters(preset(name), method).items() >= chosen.items()
        assert not {*search_space(preset(name), method).names} & {*GENERIC}


def test_the_preset_is_chosen_around_itself_and_the_generic_parts_on_a_method_that_is_not_ours() -> None:
    ours = preset("protocol").claim.method
    for name, compared in (("improve", ours), ("generic", "mtl")):
        config = preset(name)
        (design,) = read_designs(config).values()
        assert (config.search.trials, design.compared, design.seeds) == (0, (compared,), config.seeds)
        for factor in design.hyperparameters.values():
            assert len(factor) == 2
    assert {*design.hyperparameters} == {*GENERIC}


def test_a_page_has_the_reports_tables_and_says_what_is_not_measured(tmp_path: Path) -> None:
    study = make_study(tmp_path, "demo", "claim.method=s4mcl")
    text = results_page("The protocol", [("Made", study), ("None", tmp_path / "none")], "make it", date(2026, 12, 1))
    assert text.startswith("# The protocol\n\n2026-12-01\n\n    make it\n")
    assert text.endswith(f"## None\n\n{UNMEASURED}\n")
    for part in (
        "| Method | 10 % | 100 % |",
        "### Against the reference",
        "#### Does the claim hold?",
        "| Dice | 10\u00a0% | U-Net | 0.7",
        " win |",
        "#### How many labels are saved?",
        "### What the parts are worth",
        "The tuning budget of each method",
        "### What ran",
    ):
        assert part in text, part
    for part in ("![", "IoU minus", "#### IoU", "lr:", "### Boundaries", "### Training curves"):
        assert part not in text, part


def test_the_command_prepares_runs_and_writes_and_stops_where_it_is_told_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[str, ...]] = []
    statuses = {"run": 0}

    def s4mcl(*words: str) -> int:
        said.append(words)
        return statuses.get(words[0], 0)

    monkeypatch.setattr(protocol, "s4mcl", s4mcl)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(protocol, "git_commit", lambda: "abc")
    monkeypatch.setattr(sys, "argv", ["protocol", "--busi", "there", "--only", "busi", "seeds=2"])
    assert protocol.main() == 0
    assert said == [
        ("data", "prepare", "there", "data/busi", "--name=BUSI"),
        ("run", "study=protocol", "name=protocol-busi", "data.path=data/busi", "storage=studies", "seeds=2"),
    ]
    assert UNMEASURED in (tmp_path / "studies/protocol.md").read_text()
    statuses["run"] = protocol.INTERRUPTED
    assert protocol.main() == protocol.INTERRUPTED


def test_the_test_set_is_not_opened_by_code_that_is_in_no_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(protocol, "git_commit", lambda: "abc with changes")
    monkeypatch.setattr(sys, "argv", ["protocol", "--only", "busi"])
    assert protocol.main() == protocol.REFUSED
    assert "has uncommitted changes" in capsys.readouterr().err
    protocol.refuse_changes(["test=locked"], "protocol")
    protocol.refuse_changes([], "improve")


def test_another_phantom_is_not_taken_for_the_frozen_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_phantom(tmp_path / "data/phantom", images=36, size=16)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["protocol", "--only", "phantom", "--short"])
    assert protocol.main() == protocol.REFUSED
    assert "data/phantom is not the frozen phantom" in capsys.readouterr().err
