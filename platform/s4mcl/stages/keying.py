"""From a configuration to trials with content keys."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from s4mcl.config import StudyConfig
from s4mcl.stages.cohort import KeyedTrial
from s4mcl_trainables.label_fraction import LabelFraction
from s4mcl_trainables.methods import method_named
from s4mcl_trainables.numerics import Profile
from s4mcl_trainables.revision import code_revision
from s4mcl_trainables.trial import Settings, Trial, config_digest, content_key


class Keying:
    """Makes the trials of a study and knows what else their numbers depend on."""

    def __init__(self, config: StudyConfig, *, dataset: str, partition: str, profile: Profile) -> None:
        """With reuse=off the study's name is in every key, so that no other study's trial is one of its own."""
        self.dataset, self.partition, self.profile = dataset, partition, profile
        self.scope = config.name if config.reuse == "off" else None
        self.settings = settings_of(config)

    def cohort(
        self, method: str, hyperparameters: Mapping[str, Any], fraction: LabelFraction, seeds: tuple[int, ...]
    ) -> tuple[KeyedTrial, ...]:
        """One keyed trial a seed."""
        resolved = resolved_hyperparameters(method, hyperparameters)
        first = Trial(method, fraction, 0, self.settings, resolved)
        cohort = self._key(replace(first, seed=-1))
        trials = (replace(first, seed=seed) for seed in seeds)
        return tuple(KeyedTrial(self._key(trial), cohort, trial, self._same_config(trial)) for trial in trials)

    def revisions(self, methods: Iterable[str]) -> dict[str, str]:
        """The revision of the code behind each method, 64 hexadecimal characters."""
        return {method: code_revision(_module(method)) for method in methods}

    def _key(self, trial: Trial) -> str:
        return content_key(
            trial,
            dataset=self.dataset,
            partition=self.partition,
            revision=code_revision(_module(trial.method)),
            profile=self.profile.to_dict(),
            scope=self.scope,
        )

    def _same_config(self, trial: Trial) -> str:
        return config_digest(trial, dataset=self.dataset, partition=self.partition)


def settings_of(config: StudyConfig) -> Settings:
    """What a study gives all its trials."""
    return Settings(
        iterations=config.budget.iterations,
        report_every=config.budget.report_every,
        patience=config.budget.patience,
        image_size=config.image_size,
        width=config.width,
        depth=config.depth,
        batch_labelled=config.batch.labelled,
        batch_unlabelled=config.batch.unlabelled,
        schedule=config.schedule,
        unlabelled_pool=config.unlabelled_pool,
        precision=config.precision,
    )


def resolved_hyperparameters(method: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """All hyperparameters of a method in their one canonical form, so that equal trials have equal keys.

    Raises:
        InputError: the method refuses a value.
    """
    return method_named(method).all_of(given)


@cache
def _module(method: str) -> str:
    return method_named(method).module
