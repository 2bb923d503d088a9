"""What `s4mcl plan` says against what a study then trains."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from s4mcl.cli.app import app
from s4mcl.cli.plan import _show, plan
from s4mcl.config import StudyConfig, compose_study, to_plain, to_yaml
from s4mcl.execution.inspection import inspect
from s4mcl.execution.resources import with_resources
from s4mcl.ledger import Ledger, Owner, PlannedTrial
from s4mcl.plan import StudyPlan, plan_study
from s4mcl.plan.pace import LOOKED_AT
from s4mcl.plan.span import span
from s4mcl.stages.ablate import ablate_sources
from s4mcl.stages.cohort import Cohort, Result
from s4mcl.stages.confirm import Confirmation
from s4mcl.stages.keying import Keying
from s4mcl.stages.search import best_for, search_groups
from s4mcl.stages.source import Source
from s4mcl_trainables.numerics import numeric_profile
from s4mcl_trainables.problems import InputError

HERE = Owner.this_process()
WORDS = (
    "name=demo",
    "methods=[stub]",
    "label_fractions=[0.4,1.0]",
    "seeds=2",
    "budget.iterations=100",
    "image_size=16",
    "depth=2",
    "search.trials=5",
    "search.label_fractions=[0.4]",
    "search.sampler=random",
    "split=patch",
    "cluster.concurrency=2",
)
LEAVE = "ablate.designs.parts={kind: leave_one_out, method: stub, components: [part0, part1, part2]}"


@dataclass
class Study:
    """A study of the stub method that is trained here, without an engine: each trial takes as long as it is told to."""

    config: StudyConfig
    ledger: Ledger
    keying: Keying
    seconds: float = 50.0
    trained: list[str] = field(default_factory=list)

    def sources(self) -> list[Source]:
        groups = search_groups(self.config, self.keying, self.ledger)
        by_method = {name: [each for each in groups if each.method == name] for name in self.config.methods}

        def ready(method: str) -> bool:
            return all(group.finished for group in by_method[method])

        def best(method: str, fraction: float) -> dict[str, Any]:
            return dict(best_for(by_method[method], fraction))

        designs = ablate_sources(self.config, self.keying, self.ledger, best=best, ready=ready)
        return [*groups, *(Confirmation(self.config, self.keying, found) for found in by_method.values()), *designs]

    def run(self, most: int = 10_000) -> None:
        """Train what is due, and stop when so many trials have been trained by this call."""
        sources, begun = self.sources(), len(self.trained)
        while not all(source.finished for source in sources):
            for source in sources:
                due = list(source.due())
                source.opened(due)
                for cohort in due:
                    self.train(cohort, most - (len(self.trained) - begun))
                    if cohort.ended:
                        source.ended(cohort)
                    if len(self.trained) - begun >= most:
                        return

    def train(self, cohort: Cohort, most: int) -> None:
        wanted = [PlannedTrial(m.key, m.cohort, m.trial.to_dict(), same_config=m.same_config) for m in cohort.trials]
        self.ledger.plan(self.config.name, cohort.stage, wanted)
        for member in cohort.trials:
            if self.ledger.states([member.key])[member.key].state != "completed":
                if most == 0:
                    return
                most -= 1
                self.finish(member.key, cohort.stage)
            score = float(int(member.key[:8], 16))
            cohort.results[member.key] = Result(score, {}, 100)

    def finish(self, key: str, stage: str) -> None:
        made_by = {"machine": {"device": "cpu"}}
        self.ledger.claim([key], self.config.name, stage, HERE, provenance=made_by)
        score = {"val_score": float(int(key[:8], 16))}
        ending = {"state": "completed", "outcome": "completed", "summary": score}
        self.ledger.finish(key, 1, iterations=100, seconds=self.seconds, **ending)
        self.trained.append(key)


def config_of(shapes: Path, storage: Path, *words: str) -> StudyConfig:
    return compose_study([*WORDS, f"data.path={shapes}", f"storage={storage}", *words])


@contextmanager
def begun(config: StudyConfig, **more: Any) -> Iterator[Study]:
    """A study whose folder and ledger are there."""
    inspected, config = inspect(config), with_resources(config)
    profile = numeric_profile(precision=config.precision, gpus=0, cpus=1)
    data, partition = inspected.described()
    keying = Keying(config, dataset=data["fingerprint"], partition=partition["fingerprint"], profile=profile)
    folder = Path(config.storage) / config.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(to_yaml(config), encoding="utf-8")
    with Ledger.open(config.storage) as ledger:
        origin = {"profile": profile.to_dict(), "revisions": keying.revisions(config.methods)}
        ledger.record_study(config.name, to_plain(config), data, partition, origin)
        yield Study(config, ledger, keying, **more)


def counts(found: StudyPlan, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(getattr(row, name) for name in names) for row in found.rows]


def test_a_new_study_is_counted_without_a_trace(shapes: Path, tmp_path: Path) -> None:
    found = plan_study(config_of(shapes, tmp_path / "new", LEAVE))
    assert list(tmp_path.iterdir()) == []
    assert counts(found, "stage", "design", "label_fraction", "cohorts", "trials", "to_train", "exact", "seconds") == [
        ("search", "", 0.4, 5, 5, 5, False, None),
        ("confirm", "", 0.4, 1, 2, 2, False, None),
        ("confirm", "", 1.0, 1, 2, 2, False, None),
        ("ablate", "parts", 0.4, 4, 8, 8, False, None),
    ]
    assert (found.total("to_train"), found.unmeasured, found.concurrency) == (17, 17, 2)
    told = found.to_dict()
    assert (told["training_seconds"], told["wall_seconds"], told["gpu_hours"]) == (None, None, None)
    assert "time: unknown, since no trial of these methods was trained in this storage" in found.to_text()
    assert "≤ 17" in found.to_text()


def test_without_a_search_everything_is_known_and_shared_trials_count_once(shapes: Path, tmp_path: Path) -> None:
    found = plan_study(config_of(shapes, tmp_path, "search.trials=0", LEAVE))
    assert found.exact
    assert counts(found, "stage", "trials", "shared", "to_train") == [
        ("confirm", 2, 0, 2),
        ("confirm", 2, 0, 2),
        ("ablate", 8, 2, 6),  # the base with both seeds is what confirm trains at the same label fraction
    ]
    with begun(config_of(shapes, tmp_path, "search.trials=0", LEAVE)) as study:
        study.run()
        assert len(study.trained) == found.total("to_train") == 10


def test_what_is_left_is_what_is_then_trained(shapes: Path, tmp_path: Path) -> None:
    """After any number of trials: an exact plan is met, another is never exceeded, and at the end nothing is left."""
    config = config_of(shapes, tmp_path, LEAVE)
    with begun(config) as study:
        study.run()
        whole = len(study.trained)
    for stop_after in (0, 1, 4, 5, 7, 11):
        with begun(config_of(shapes, tmp_path / str(stop_after), LEAVE)) as study:
            study.run(most=stop_after)
            found = plan_study(study.config)
            left = whole - len(study.trained)
            assert found.exact == (stop_after >= 5)
            assert found.total("held") == len(study.trained)
            if found.exact:
                assert found.total("to_train") == left
            assert found.total("to_train") >= left
            study.run()
            assert len(study.trained) == whole
            after = plan_study(study.config)
            assert (after.total("to_train"), after.exact, after.total("held")) == (0, True, whole)
            assert "time: nothing is left to train" in after.to_text()
            assert after.to_dict()["training_seconds"] == 0


def test_trials_of_another_study_count(shapes: Path, tmp_path: Path) -> None:
    with begun(config_of(shapes, tmp_path, "search.trials=0")) as study:
        study.run()
    same = plan_study(config_of(shapes, tmp_path, "search.trials=0", "name=other"))
    assert (same.total("held"), same.total("to_train")) == (4, 0)
    alone = plan_study(config_of(shapes, tmp_path, "search.trials=0", "name=other", "reuse=off"))
    assert (alone.total("held"), alone.total("to_train")) == (0, 4)
    searched = plan_study(config_of(shapes, tmp_path, "name=other", "search.seeds=[1]"))
    assert searched.rows[0].held == 1  # the defaults are the first proposal
    assert searched.rows[0].to_train == 4


def test_starting_points_are_known_before_the_search(shapes: Path, tmp_path: Path) -> None:
    with begun(config_of(shapes, tmp_path, "search.trials=0", "hyperparameters.stub.x0=0.25")) as study:
        study.run()
    words = ("name=other", "search.start.stub=[{x0: 0.25}, {x0: 0.5}]")
    found = plan_study(config_of(shapes, tmp_path, *words))
    assert (found.rows[0].trials, found.rows[0].held, found.rows[0].to_train) == (5, 1, 4)


def test_a_bound_of_iterations_bounds_the_search(shapes: Path, tmp_path: Path) -> None:
    found = plan_study(config_of(shapes, tmp_path, "search.max_iterations=350"))
    assert (found.rows[0].cohorts, found.rows[0].to_train) == (3, 3)


def test_more_seeds_extend_a_study(shapes: Path, tmp_path: Path) -> None:
    with begun(config_of(shapes, tmp_path)) as study:
        study.run()
    found = plan_study(config_of(shapes, tmp_path, "seeds=3"))
    assert found.exact
    assert counts(found, "stage", "held", "to_train") == [("search", 5, 0), ("confirm", 1, 1), ("confirm", 2, 1)]


def test_a_larger_budget_is_trained_anew(shapes: Path, tmp_path: Path) -> None:
    with begun(config_of(shapes, tmp_path)) as study:
        study.run()
    found = plan_study(config_of(shapes, tmp_path, "budget.iterations=200"))
    assert counts(found, "stage", "held", "to_train") == [("search", 0, 5), ("confirm", 0, 2), ("confirm", 0, 2)]


def test_another_configuration_is_refused_as_by_run(shapes: Path, tmp_path: Path) -> None:
    with begun(config_of(shapes, tmp_path)):
        pass
    with pytest.raises(InputError, match=r"has begun with another configuration:\n.*width: 16 then, 8 now"):
        plan_study(config_of(shapes, tmp_path, "width=8"))


def test_label_fractions_of_designs_are_drawn_beforehand(shapes: Path, tmp_path: Path) -> None:
    text = "ablate.designs.t={kind: table, label_fractions: [0.01]}"
    with pytest.raises(InputError, match="label fractions cannot be drawn"):
        plan_study(config_of(shapes, tmp_path, text))


def test_proposed_sets_are_at_most(shapes: Path, tmp_path: Path) -> None:
    text = "ablate.designs.sets={kind: transform_sets, method: s4mcl, propose: 4}"
    found = plan_study(config_of(shapes, tmp_path, "search.trials=0", text))
    assert counts(found, "method", "cohorts", "trials", "exact")[-1] == ("s4mcl", 4, 8, False)
    useless = plan_study(config_of(shapes, tmp_path, "search.trials=0", text, "hyperparameters.s4mcl.alpha=0.0"))
    assert counts(useless, "method", "cohorts", "trials", "exact")[-1] == ("s4mcl", 1, 2, True)


def test_times_come_from_trials_of_the_same_storage(shapes: Path, tmp_path: Path) -> None:
    with begun(config_of(shapes, tmp_path, LEAVE), seconds=50.0) as study:
        study.run(most=5)
    found = plan_study(study.config)
    assert (found.total("to_train"), found.training_seconds) == (9, pytest.approx(450))
    assert found.wall_seconds == pytest.approx(225)
    assert "time: 4 min with 2 packs at once (8 min of training)" in found.to_text()
    assert "0.0 GPU hours" not in found.to_text()


def test_times_are_scaled_by_iterations_and_pixels(shapes: Path, tmp_path: Path) -> None:
    with begun(config_of(shapes, tmp_path, "search.trials=0"), seconds=50.0) as study:
        study.run()
    longer = plan_study(config_of(shapes, tmp_path, "name=longer", "search.trials=0", "budget.iterations=300"))
    assert longer.training_seconds == pytest.approx(4 * 150)
    assert longer.notes == ()
    larger = plan_study(config_of(shapes, tmp_path, "name=larger", "search.trials=0", "image_size=32"))
    assert larger.training_seconds == pytest.approx(4 * 200)
    assert larger.notes == ("stub: the time is scaled by pixels from trials with other images, networks or batches",)
    with begun(config_of(shapes, tmp_path, "name=large", "search.trials=0", "image_size=32"), seconds=300.0) as study:
        study.run(most=1)
    measured = plan_study(config_of(shapes, tmp_path, "name=larger", "search.trials=0", "image_size=32", "seeds=[7]"))
    assert measured.training_seconds == pytest.approx(2 * 300)
    assert measured.notes == ()


def test_a_chain_of_stages_takes_its_time_whatever_runs_at_once(shapes: Path, tmp_path: Path) -> None:
    with begun(config_of(shapes, tmp_path, "name=other", "seeds=[9]", "search.trials=0"), seconds=50.0) as study:
        study.run()
    found = plan_study(config_of(shapes, tmp_path, "cluster.concurrency=100", "cluster.num_cpus=100"))
    assert found.wall_seconds == pytest.approx(100)  # one trial of the search, then one of confirm


def test_methods_that_were_never_trained_are_unknown(shapes: Path, tmp_path: Path) -> None:
    with begun(config_of(shapes, tmp_path, "search.trials=0"), seconds=50.0) as study:
        study.run(most=1)
    found = plan_study(config_of(shapes, tmp_path, "name=two", "methods=[stub,cnn]", "search.trials=0", "seeds=[5]"))
    assert [row.seconds for row in found.rows] == [50.0, 50.0, None, None]
    assert (found.unmeasured, found.to_dict()["unmeasured_trials"]) == (2, 2)
    assert "and 2 trials of methods of which nothing was measured" in found.to_text()


def test_the_median_of_the_latest_trials_counts(shapes: Path, tmp_path: Path) -> None:
    seeds = list(range(LOOKED_AT + 50))
    words = ("search.trials=0", "label_fractions=[0.4]", f"seeds={seeds}")
    with begun(config_of(shapes, tmp_path, *words), seconds=1.0) as study:
        study.run(most=50)
        study.seconds = 7.0
        study.run(most=LOOKED_AT - 1)
        study.seconds = 9.0
        study.run()
        assert len(study.ledger.measured("stub", LOOKED_AT)) == LOOKED_AT
    found = plan_study(config_of(shapes, tmp_path, "name=next", "search.trials=0", "seeds=[1000]"))
    assert found.training_seconds == pytest.approx(2 * 7.0)


def test_limits_are_told(shapes: Path, tmp_path: Path) -> None:
    found = plan_study(config_of(shapes, tmp_path, "limits.hours=2", "limits.trials=3"))
    assert found.notes == ("limits.trials=3, limits.hours=2 may end it before that",)


def test_what_designs_leave_out_is_told(shapes: Path, tmp_path: Path) -> None:
    text = "ablate.designs.parts={kind: leave_one_out, method: s4mcl, components: [self_supervision]}"
    found = plan_study(config_of(shapes, tmp_path, "search.trials=0", text, "hyperparameters.s4mcl.alpha=0.0"))
    assert found.notes == (
        "parts: self_supervision: left out, since in the base alpha is 0, so no unlabelled image is looked at",
    )


def run_command(*words: str) -> Any:
    alone = typer.Typer()
    alone.command()(plan)
    return CliRunner().invoke(alone, list(words))


def test_the_command_prints_a_table_or_json(shapes: Path, tmp_path: Path) -> None:
    words = [*WORDS, f"data.path={shapes}", f"storage={tmp_path / 'new'}", "search.trials=0"]
    shown = run_command(*words)
    assert shown.exit_code == 0
    lines = shown.stdout.splitlines()
    assert lines[0] == "demo: what s4mcl run would do"
    assert " ".join(lines[1].split()) == "stage design method fraction cohorts trials held shared to train time"
    assert lines[2].split() == ["confirm", "stub", "0.4", "1", "2", "0", "0", "2", "unknown"]
    assert lines[4].split() == ["total", "2", "4", "0", "0", "4", "unknown"]
    told = json.loads(run_command(*words, "--json").stdout)
    assert told["totals"] == {"cohorts": 2, "trials": 4, "held": 0, "shared": 0, "to_train": 4, "exact": True}
    assert [row["stage"] for row in told["rows"]] == ["confirm", "confirm"]
    assert not (tmp_path / "new").exists()


def test_bad_input_is_refused_before_anything_is_looked_at(tmp_path: Path) -> None:
    refused = run_command(*WORDS, f"data.path={tmp_path / 'nowhere'}", f"storage={tmp_path / 'new'}")
    assert isinstance(refused.exception, InputError)
    assert list(tmp_path.iterdir()) == []


def test_spans_in_words() -> None:
    assert [span(seconds) for seconds in (0, 45, 60, 3599, 3600, 12_240, 86_400, 216_000)] == [
        "0 s", "45 s", "1 min", "60 min", "1.0 h", "3.4 h", "1.0 d", "2.5 d",
    ]  # fmt: skip


def test_proposed_sets_are_counted_while_they_are_trained(shapes: Path, tmp_path: Path) -> None:
    text = "ablate.designs.sets={kind: transform_sets, method: s4mcl, propose: 4}"
    with begun(config_of(shapes, tmp_path, "methods=[s4mcl]", "search.trials=0", text)) as study:
        study.run(most=6)
        found = plan_study(study.config)
        assert found.total("held") == 6
        study.run()
        after = plan_study(study.config)
    assert found.total("to_train") >= len(study.trained) - 6 > 0
    assert (after.total("to_train"), after.exact, after.total("held")) == (0, True, len(study.trained))


def test_other_code_counts_where_reuse_says_so(shapes: Path, tmp_path: Path) -> None:
    with begun(config_of(shapes, tmp_path, "search.trials=0", "cluster.cpus_per_pack=1")) as study:
        study.keying.profile = numeric_profile(precision="float32", gpus=1, cpus=4)  # trained elsewhere
        study.run()
    words = ("name=other", "search.trials=0")
    assert plan_study(config_of(shapes, tmp_path, *words)).total("to_train") == 4
    assert plan_study(config_of(shapes, tmp_path, *words, "reuse=same-config")).total("to_train") == 0


def test_failed_trials_are_held_unless_another_attempt_may_mend_them(shapes: Path, tmp_path: Path) -> None:
    with begun(config_of(shapes, tmp_path, "search.trials=0", "label_fractions=[0.4]")) as study:
        (cohort,) = [cohort for source in study.sources() for cohort in source.due()]
        wanted = [PlannedTrial(m.key, m.cohort, m.trial.to_dict()) for m in cohort.trials]
        study.ledger.plan("demo", "confirm", wanted)
        for member, outcome in zip(cohort.trials, ("nan", "lost"), strict=True):
            study.ledger.claim([member.key], "demo", "confirm", HERE)
            study.ledger.finish(member.key, 1, state="failed", outcome=outcome, iterations=3, seconds=1.0)
        found = plan_study(study.config)
    assert (found.total("held"), found.total("to_train")) == (1, 1)


def test_a_terminal_has_a_table_where_it_is_wide_enough(
    shapes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = plan_study(config_of(shapes, tmp_path / "new", "limits.hours=2"))
    monkeypatch.setenv("COLUMNS", "140")
    _show(found)
    wide = capsys.readouterr().out
    assert "───" in wide
    assert "note: limits.hours=2 may end it before that" in wide
    assert ["search", "stub", "0.4", "5", "5", "0", "0", "≤", "5", "unknown"] in [
        line.split() for line in wide.splitlines()
    ]
    monkeypatch.setenv("COLUMNS", "60")
    _show(found)
    assert capsys.readouterr().out == f"{found.to_text()}\n"


def test_the_program_knows_the_command() -> None:
    shown = CliRunner().invoke(app, ["plan", "--help"])
    assert shown.exit_code == 0
    assert "Show what s4mcl run would train" in shown.output
