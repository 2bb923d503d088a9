import subprocess
import sys

import pytest

from s4mcl.config import StudyConfig, compose_study, difference, to_plain
from s4mcl.plan.reproduction import command_line
from s4mcl.plan.study_words import OF_MACHINE, study_words

WHERE = ("name=demo", "data.path=/data/it's here")
PRESETS = (
    *("default", "quickstart", "table1", "table1_short", "ablation", "factorial"),
    *("improve", "protocol", "protocol_gpu"),
)


def again(config: StudyConfig) -> list[str]:
    """The keys in which the study that the words make differs."""
    made = compose_study(study_words(to_plain(config)))
    differing = [key for key in difference(config, made) if not key.startswith(OF_MACHINE)]
    return [key for key in differing if not key.startswith("space.") or key.split(".")[1] in config.methods]


@pytest.mark.parametrize("preset", PRESETS)
def test_the_words_of_a_preset_make_the_same_configuration(preset: str) -> None:
    assert again(compose_study([f"study={preset}", *WHERE])) == []


def test_the_words_hold_whatever_was_changed() -> None:
    config = compose_study(
        [
            *WHERE,
            "study=quickstart",
            "methods=[unet,s4mcl]",
            "space=short",
            "seeds=[3,7]",
            "search.constraints=['val_dice >= 0.5']",
            "search.early_stopping.kind=asha",
            "hyperparameters.s4mcl.alpha=0.25",
            "hyperparameters.s4mcl.transforms=[identity,hflip]",
            "~space.unet.generator_lr",
            "space.s4mcl.generator_lr={kind: float, low: 1e-5, high: 1e-2, log: true}",
            "search.start.unet=[{generator_lr: 0.001}]",
            "limits.hours=2.5",
            "test=locked",
        ]
    )
    assert again(config) in ([], ["space.unet"])  # an empty space, or none
    words = study_words(to_plain(config))
    assert "seeds=[3,7]" in words
    assert "~space.unet.generator_lr" in words
    assert command_line(words).startswith("s4mcl run name=demo storage=reproduced 'data.path=/data/it'")


def test_what_the_place_decides_is_left_out() -> None:
    more = ("storage=/elsewhere", "description=mine", "cluster.num_cpus=8", "cluster.prices.cpu_hour=1")
    assert study_words(to_plain(compose_study([*WHERE, *more]))) == study_words(to_plain(compose_study(WHERE)))


def test_keys_that_an_earlier_version_lacked_are_not_told() -> None:
    plain = to_plain(compose_study([*WHERE, "seeds=5"]))
    for key in ("ablate", "limits", "reuse", "space"):
        del plain[key]
    assert all(not word.startswith(("ablate", "limits", "reuse")) for word in study_words(plain))
    assert study_words({})[:3] == ["name=None", "storage=reproduced", "data.path=None"]


def test_torch_is_not_imported_to_word_a_study() -> None:
    """The driver says how to repeat its study; torch would cost it half of the memory that it may take."""
    code = (
        "import sys; from s4mcl.config import compose_study, to_plain; from s4mcl.plan.study_words import study_words; "
        "words = study_words(to_plain(compose_study(['name=a', 'data.path=b', 'methods=[stub]']))); "
        "print('methods=[stub]' in words, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
