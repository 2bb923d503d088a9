"""What the words of a command line become, and which of them are refused."""

from pathlib import Path

import pytest

from s4mcl.config import compose_study
from s4mcl.config.search_path import GROUPS, options, own_folder
from s4mcl.config.study_config import Search
from s4mcl_trainables.methods import method_named
from s4mcl_trainables.problems import InputError

BASE = ["study=quickstart", "name=demo", "data.path=images"]


def refusal(*words: str) -> str:
    with pytest.raises(InputError) as caught:
        compose_study([*BASE, *words])
    return str(caught.value)


def test_quickstart_is_a_small_comparison_of_four_methods() -> None:
    config = compose_study(BASE)
    assert config.methods == ("unet", "cnn", "s2mcl", "s4mcl")
    assert len(config.label_fractions) == 3
    assert config.seeds == (0, 1)
    assert config.storage == "studies"
    assert 1 <= config.budget.report_every <= config.budget.iterations


def test_table1_has_the_papers_label_fractions() -> None:
    config = compose_study(["study=table1", "name=t", "data.path=d"])
    assert config.label_fractions == (0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
    assert config.seeds == (0, 1, 2, 3, 4)
    assert (config.image_size, config.width, config.search.trials) == (128, 16, 30)
    assert (config.budget.iterations, config.budget.report_every) == (20000, 200)


@pytest.mark.parametrize("study", options("study", [own_folder()]))
@pytest.mark.parametrize("method", ["null", *options("method", [own_folder()])])
def test_every_preset_composes(study: str, method: str) -> None:
    config = compose_study([f"study={study}", f"method={method}", "name=n", "data.path=d"])
    assert all(method_named(name).name == name for name in config.methods)


def test_every_group_has_an_option() -> None:
    assert all(options(group, [own_folder()]) for group in GROUPS)


def test_every_kind_of_override_reaches_its_key() -> None:
    config = compose_study(
        [
            *BASE,
            "methods=[unet,s4mcl]",
            "label_fractions=[0.2,1]",
            "seeds=[3,5]",
            "budget.iterations=1e3",
            "search.trials=0",
            "data.validation=0.25",
            "data.split_seed=7",
            "split=patch",
            "image_size=64",
            "width=4",
            "hyperparameters.s4mcl.alpha=2",
            "hyperparameters.s4mcl.layout=joint",
            "space.s4mcl.adversarial_weight.high=0.05",
            "++cluster.concurrency=2",
        ]
    )
    assert config.methods == ("unet", "s4mcl")
    assert config.label_fractions == (0.2, 1.0)
    assert config.seeds == (3, 5)
    assert (config.budget.iterations, config.budget.report_every) == (1000, 100)
    assert type(config.budget.iterations) is int
    assert (config.search.trials, config.data.validation, config.data.split_seed) == (0, 0.25, 7)
    assert (config.split, config.image_size, config.width, config.cluster.concurrency) == ("patch", 64, 4, 2)
    assert config.hyperparameters == {"s4mcl": {"alpha": 2.0, "layout": "joint"}}
    assert type(config.hyperparameters["s4mcl"]["alpha"]) is float  # 2 and 2.0 must be the same trial
    assert config.space["s4mcl"]["adversarial_weight"]["high"] == 0.05


@pytest.mark.parametrize("trials", [0, 3, 4])
def test_a_search_has_no_proposal_or_one_for_each_label_fraction(trials: int) -> None:
    words = [f"search.trials={trials}", "search.label_fractions=[0.1,0.2,0.5]"]
    assert compose_study([*BASE, *words]).search.trials == trials


def test_the_usual_number_of_proposals_is_compared_with_the_label_fractions_too() -> None:
    with pytest.raises(ValueError, match="each of the 11 search"):
        Search.model_validate({"label_fractions": [number / 20 for number in range(1, 12)]})


def test_a_new_specification_replaces_the_old_one_whole() -> None:
    config = compose_study([*BASE, "space.s4mcl.alpha={kind: categorical, choices: [0.0, 1.0]}"])
    assert config.space["s4mcl"]["alpha"] == {"kind": "categorical", "choices": [0.0, 1.0]}


def test_a_searched_hyperparameter_can_be_left_out() -> None:
    config = compose_study([*BASE, "~space.s4mcl.alpha"])
    assert "alpha" not in config.space["s4mcl"]
    assert "generator_lr" in config.space["s4mcl"]


def test_the_last_of_equal_keys_counts_and_a_key_may_refer_to_another() -> None:
    config = compose_study([*BASE, "study=table1", "width=4", "width=6", "budget.patience=${width}"])
    assert (config.width, config.budget.patience, config.search.trials) == (6, 6, 30)


def test_reports_are_never_further_apart_than_the_budget() -> None:
    config = compose_study(["study=table1", "name=t", "data.path=d", "budget.iterations=50"])
    assert config.budget.report_every == 50
    assert compose_study([*BASE, "budget.iterations=3"]).budget.report_every == 1


def test_the_configuration_is_frozen() -> None:
    config = compose_study(BASE)
    with pytest.raises(ValueError, match="frozen"):
        config.width = 3  # type: ignore[misc]  # the point of the test


def test_a_folder_of_the_user_adds_options(tmp_path: Path) -> None:
    folder = tmp_path / "mine, 'and' [yours]"
    (folder / "study").mkdir(parents=True)
    (folder / "study/small.yaml").write_text("# @package _global_\nwidth: 3\nstorage: ${not} a key\n")
    config = compose_study(["study=small", "name=n", "data.path=d"], folder)
    assert (config.width, config.storage) == (3, "${not} a key")


def test_a_folder_of_the_user_is_checked(tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    (tmp_path / "study/quickstart.yaml").write_text("# @package _global_\nwidth: 3\n")
    with pytest.raises(InputError, match=r"quickstart\.yaml: the platform has study=quickstart too"):
        compose_study(BASE, tmp_path)
    (tmp_path / "study/quickstart.yaml").unlink()
    (tmp_path / "study/bad.yaml").write_text("# @package _global_\nwidht: 3\nbudget: {iteration: 5}\n")
    with pytest.raises(InputError) as caught:
        compose_study(["study=bad", "name=n", "data.path=d"], tmp_path)
    assert "widht: unknown key; did you mean width?" in str(caught.value)
    assert "budget.iteration: unknown key; did you mean budget.iterations?" in str(caught.value)
    (tmp_path / "study/bad.yaml").write_text("width: [\n")
    with pytest.raises(InputError, match=r"bad\.yaml"):
        compose_study(["study=bad", "name=n", "data.path=d"], tmp_path)
    with pytest.raises(InputError, match="is not a folder"):
        compose_study(BASE, tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("budget.iteration=5", "budget.iteration: unknown key; did you mean budget.iterations?"),
        ("iterations=5", "iterations: unknown key; did you mean budget.iterations?"),
        ("hydra.run.dir=x", "hydra.run.dir: unknown key"),
        ("study=quikstart", "study: there is no study called 'quikstart'; did you mean quickstart?"),
        ("data=busi", "the dataset's folder is given with data.path=FOLDER"),
        ("methods=[s4mlc]", "methods[0]: unknown method 's4mlc'; did you mean s4mcl?"),
        ("methods=unet", "methods: expected a list such as [unet, s4mcl], found 'unet'"),
        ("methods=unet,cnn", "a list is written in brackets, as in methods=[unet,cnn]"),
        ("methods=[]", "methods: expected a list"),
        ("artifacts=folder", "artifacts: expected a URI such as s3://BUCKET/FOLDER"),
        ("artifacts=s3://KEY:SECRET@bucket/x", "artifacts: expected no credentials in a URI"),
        ("methods=[unet,cnn,unet]", "'unet' stands twice"),
        (
            "label_fractions=[5]",
            "label_fractions[0]: expected a share above 0 and at most 1 (5 % is written 0.05), found 5",
        ),
        ("label_fractions=[0]", "label_fractions[0]: expected a share above 0 and at most 1, found 0"),
        ("label_fractions=[0.1,0.10]", "0.1 stands twice"),
        ("label_fractions=[nan]", "expected a share above 0 and at most 1, found nan"),
        ("seeds=0", "seeds: expected how many (1 to 10000) or a list"),
        ("seeds=[1,1]", "each once"),
        ("seeds=1000000000", "seeds: expected how many (1 to 10000)"),
        ("budget.iterations=ten", "budget.iterations: expected a whole number of at least 1, found 'ten'"),
        ("budget.iterations='10'", "budget.iterations: expected a whole number of at least 1, found '10'"),
        ("budget.iterations=1.5", "found 1.5"),
        ("budget.iterations=true", "found True"),
        ("budget=5", "budget: expected keys with values, found 5"),
        ("search.trials=-1", "search.trials: expected a whole number of at least 0, found -1"),
        (
            "search={trials: 2, label_fractions: [0.1, 0.2, 0.5]}",
            "search.trials: expected at least one proposal for each of the 3 search.label_fractions, found 2",
        ),
        ("search.sampler=tep", "(did you mean tpe?)"),
        ("data.validation=1", "data.validation: expected a share between 0 and 1, found 1"),
        ("split=groups", "(did you mean group?)"),
        ("image_size=40", "image_size: expected a multiple of 16 (depth 4), found 40; 32 is near"),
        ("width=inf", "width: expected a whole number of at least 1, found inf"),
        ("width=${height}", "Interpolation key 'height' not found"),
        ("name=../up", "name: expected a name of at most 100 letters"),
        ("name=.hidden", "does not begin with '.'"),
        ("name=a b", "name: expected a name"),
        ("name=trials", "name: expected another name than trials"),
        ("name=", "name: expected a name"),
        ("data.path=", "data.path: expected the folder of a prepared dataset"),
        ("width", "width: expected KEY=VALUE; the = is missing"),
        ("widht", "widht: expected KEY=VALUE; did you mean width?"),
        ("width=[", "width=[: cannot be read"),
        ("~width", "only keys below hyperparameters, space, search.start and ablate.designs can be left out"),
        ("~space.s4mcl.beta", "~space.s4mcl.beta: there is nothing to leave out"),
        ("hyperparameters.s4mlc.alpha=1", "hyperparameters.s4mlc: unknown method 's4mlc'; did you mean s4mcl?"),
        (
            "hyperparameters.s4mcl.alhpa=1",
            "alhpa: the method has no such hyperparameter; did you mean alpha?",
        ),
        ("hyperparameters.s4mcl.alpha=big", "hyperparameters.s4mcl.alpha: expected a number, found 'big'"),
        ("hyperparameters.s4mcl.alpha=true", "hyperparameters.s4mcl.alpha: expected a number, found True"),
        ("hyperparameters.s4mcl.transforms=rot90", "hyperparameters.s4mcl.transforms: expected a list of names"),
        ("space.s4mcl.alpha.low=3", "space.s4mcl.alpha: the range is empty, low 3 is above high 2"),
        ("space.unte={}", "space.unte: unknown method 'unte'; did you mean unet?"),
    ],
)
def test_bad_words_are_refused_with_what_was_expected(word: str, told: str) -> None:
    message = refusal(word)
    assert told in message
    assert "\nCure: " in message


def test_all_problems_are_told_at_once() -> None:
    message = refusal("budget.iteration=3", "width=x", "study=tabel1", "methods=[unte]", "foo", "label_fractions=[5]")
    for told in ("budget.iteration:", "width:", "tabel1", "'unte'", "foo:", "label_fractions[0]:"):
        assert told in message


def test_what_is_missing_is_told_without_any_word() -> None:
    with pytest.raises(InputError) as caught:
        compose_study([])
    assert "name: expected" in str(caught.value)
    assert "data.path: expected" in str(caught.value)
    assert "found nothing" in str(caught.value)
