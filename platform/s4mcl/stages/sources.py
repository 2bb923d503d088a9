"""All sources of a study, in the order of its stages."""

from collections import defaultdict

from s4mcl.config import StudyConfig
from s4mcl.ledger import Ledger
from s4mcl.stages.ablate import ablate_sources
from s4mcl.stages.confirm import Confirmation
from s4mcl.stages.keying import Keying
from s4mcl.stages.search import SearchGroup, best_for, search_groups
from s4mcl.stages.source import Source


def sources_of(config: StudyConfig, keying: Keying, ledger: Ledger) -> list[Source]:
    """The search groups, each method's confirmation, and the designs of the ablate stage.

    Raises:
        InputError: a design does not fit, or is too large.
    """
    by_method: dict[str, list[SearchGroup]] = defaultdict(list)
    for group in search_groups(config, keying, ledger):
        by_method[group.method].append(group)
    designs = ablate_sources(
        config,
        keying,
        ledger,
        best=lambda method, fraction: best_for(by_method[method], fraction),
        ready=lambda method: all(group.finished for group in by_method[method]),
    )
    groups = [group for found in by_method.values() for group in found]
    return [*groups, *(Confirmation(config, keying, found) for found in by_method.values()), *designs]
