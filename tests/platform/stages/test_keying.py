from s4mcl.config import compose_study
from s4mcl.stages.keying import Keying, resolved_hyperparameters, settings_of
from s4mcl_trainables.numerics import Profile

PROFILE = Profile("cpu", "float32", "2.10", 1)


def keying(*words: str, dataset: str = "d", profile: Profile = PROFILE) -> Keying:
    config = compose_study(["name=demo", "data.path=nowhere", *words])
    return Keying(config, dataset=dataset, partition="p", profile=profile)


def keys(of: Keying, **hyperparameters: object) -> list[str]:
    return [member.key for member in of.cohort("stub", hyperparameters, 0.2, (0, 1))]


def test_seeds_share_a_cohort_and_nothing_else() -> None:
    first, second = keying().cohort("stub", {}, 0.2, (0, 1))
    assert first.cohort == second.cohort
    assert len({first.key, second.key, first.cohort}) == 3
    assert (first.trial.seed, second.trial.seed) == (0, 1)


def test_defaults_said_and_unsaid_are_one_trial() -> None:
    assert keys(keying()) == keys(keying(), x0=0.5) == keys(keying("name=other", "seeds=7"))


def test_what_changes_the_numbers_changes_the_key() -> None:
    words = ("budget.iterations=7", "width=8", "image_size=64", "batch.labelled=3", "schedule=cosine")
    studies = [keying(), *(keying(word) for word in words), keying(dataset="e")]
    studies.append(keying(profile=Profile("cuda", "bfloat16", "2.10", 1)))
    found = [keys(study)[0] for study in studies] + keys(keying(), x0=0.4)[:1]
    assert len(set(found)) == len(found)


def test_settings_come_from_the_configuration() -> None:
    found = settings_of(compose_study(["name=demo", "data.path=nowhere", "budget.iterations=50", "depth=3"]))
    assert (found.iterations, found.report_every, found.depth, found.patience) == (50, 5, 3, None)


def test_hyperparameters_have_one_form() -> None:
    found = resolved_hyperparameters("s4mcl", {"transforms": ["identity", "hflip"]})
    assert found["transforms"] == ["identity", "hflip"]
    assert found["alpha"] == 1.0


def test_methods_have_revisions() -> None:
    found = keying().revisions(["stub", "unet"])
    assert {len(revision) for revision in found.values()} == {64}
    assert found["stub"] != found["unet"]
