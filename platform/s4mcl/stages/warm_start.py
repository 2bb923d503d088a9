"""Warm start: what other studies have found out, shown to the sampler before its own proposals.

It is copied into the ledger when a study begins, as the proposals of a stage of its own, so that the study's proposals
do not depend on what becomes of the other studies later.
"""

import math
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from s4mcl.config import StudyConfig
from s4mcl.ledger import Ledger, Proposal
from s4mcl.search import Outcome
from s4mcl.stages.proposal_book import ProposalBook
from s4mcl_trainables.problems import Problems

STAGE = "warm_start"


def take_over(ledger: Ledger, config: StudyConfig) -> None:
    """Copy the finished proposals of the studies in `search.warm_start`, for each group those of the nearest fraction.

    A study that has begun keeps what it took over then.

    Raises:
        InputError: there is no such study, or it has no finished proposal of any of the methods.
    """
    if not config.search.warm_start or ledger.proposals(config.name, STAGE):
        return
    problems = Problems("search.warm_start cannot be used")
    found: list[Proposal] = []
    for name in config.search.warm_start:
        told = [each for each in _proposals(ledger, name, problems) if each.method in config.methods]
        if not told and not problems:
            problems.add(f"{name}: it has no finished proposal of {', '.join(config.methods)}")
        found += told
    problems.raise_if_any("name studies of this storage, or a STUDY_DIR, whose search has ended proposals")
    with ledger.transaction():
        for method in config.methods:
            for fraction in config.search.label_fractions:
                book = ProposalBook(ledger, config.name, STAGE, method, fraction)
                for number, each in enumerate(_nearest(found, method, fraction)):
                    book.copy(number, each)


def warm_outcomes(ledger: Ledger, study: str, method: str, fraction: float) -> list[tuple[dict[str, object], Outcome]]:
    """Hyperparameters and outcomes that a group's sampler is shown first, in the order of taking over."""
    known = ProposalBook(ledger, study, STAGE, method, fraction).known()
    return [(proposal.hyperparameters, outcome) for proposal, outcome in known if outcome is not None]


def _proposals(ledger: Ledger, name: str, problems: Problems) -> list[Proposal]:
    """The finished proposals of a study of this storage, or of one that a path leads to."""
    if "/" in name:
        path = Path(name).absolute()
        with Ledger.open(path.parent, create=False) as other:
            return _finished(other, path.name, name, problems)
    return _finished(ledger, name, name, problems)


def _finished(ledger: Ledger, study: str, shown: str, problems: Problems) -> list[Proposal]:
    known = ledger.studies()
    if study not in known:
        near = get_close_matches(study, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known) or 'none'}"
        problems.add(f"{shown}: there is no such study; {hint}")
        return []
    return [found for found in ledger.proposals(study, "search") if found.state != "running"]


def _nearest(found: Iterable[Proposal], method: str, fraction: float) -> list[Proposal]:
    """Of each study those of the label fraction that is nearest by ratio."""
    of_method = [each for each in found if each.method == method]
    chosen = []
    for study in dict.fromkeys(each.study for each in of_method):
        own = [each for each in of_method if each.study == study]
        distances = {each.label_fraction: abs(math.log(each.label_fraction / fraction)) for each in own}
        nearest = min(distances, key=lambda at: (distances[at], at))
        chosen += [each for each in own if each.label_fraction == nearest]
    return chosen
