"""The configuration of a study: composed, checked, written down."""

from s4mcl.config.compose import compose_study
from s4mcl.config.hyperparameters import fixed_hyperparameters, search_space
from s4mcl.config.resolved import difference, from_yaml, to_plain, to_yaml
from s4mcl.config.study_config import Cluster, StudyConfig

__all__ = [
    "Cluster",
    "StudyConfig",
    "compose_study",
    "difference",
    "fixed_hyperparameters",
    "from_yaml",
    "search_space",
    "to_plain",
    "to_yaml",
]
