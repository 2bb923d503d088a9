"""All sources of a study, in the order of its stages."""

from collections import defaultdict

from s4mcl.config import StudyConfig
from s4mcl.ledger import Ledger
from s4mcl.stages.confirm import Confirmation
from s4mcl.stages.keying import Keying
from s4mcl.stages.search import SearchGroup, search_groups
from s4mcl.stages.source import Source


def sources_of(config: StudyConfig, keying: Keying, ledger: Ledger) -> list[Source]:
    """The search groups, and for each method its confirmation."""
    by_method: dict[str, list[SearchGroup]] = defaultdict(list)
    for group in search_groups(config, keying, ledger):
        by_method[group.method].append(group)
    groups = [group for found in by_method.values() for group in found]
    return [*groups, *(Confirmation(config, keying, found) for found in by_method.values())]
