"""`s4mcl plan`: from a configuration to what would be trained. Nothing is written."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from s4mcl.config import StudyConfig
from s4mcl.execution.extension import RETRAINS
from s4mcl.execution.inspection import inspect
from s4mcl.execution.resources import with_resources
from s4mcl.execution.study_folder import as_begun, refuse_another_origin, refuse_files
from s4mcl.ledger import Ledger, TrialState
from s4mcl.ledger.sqlite import FILE_NAME
from s4mcl.ledger.storage import URL_NAME
from s4mcl.ledger.trials import LOST
from s4mcl.plan.pace import Pace
from s4mcl.plan.study_plan import PlanRow, StudyPlan
from s4mcl.plan.wanted import Stages, Wanted
from s4mcl.stages.cohort import KeyedTrial
from s4mcl.stages.keying import Keying
from s4mcl_trainables.numerics import numeric_profile


def plan_study(config: StudyConfig) -> StudyPlan:
    """What `s4mcl run` with this configuration would do, a study that has begun included.

    Raises:
        InputError: whatever `s4mcl run` would refuse: the dataset, the label fractions, the designs, another
            configuration of a study that has begun.
    """
    storage = Path(config.storage).absolute()
    refuse_files(storage, storage / config.name)
    inspected = inspect(config)
    config, extends = as_begun(storage / config.name, config)
    config = with_resources(config)
    cluster = config.cluster
    profile = numeric_profile(precision=config.precision, gpus=cluster.gpus, cpus=cluster.cpus_per_pack)
    data, partition = inspected.described()
    keying = Keying(config, dataset=data["fingerprint"], partition=partition["fingerprint"], profile=profile)
    with _opened(storage, config.ledger) as ledger:
        origin = {"profile": profile.to_dict(), "revisions": keying.revisions(config.methods)}
        documents = {"dataset": data, "partition": partition, "provenance": origin}
        refuse_another_origin(ledger.study(config.name), documents, same_config=config.reuse == "same-config")
        stages = Stages(config, keying, ledger, retrained=any(key in RETRAINS for key in extends))
        return _planned(config, keying, ledger, stages)


@contextmanager
def _opened(storage: Path, url: str | None) -> Iterator[Ledger]:
    """The storage's ledger; an empty one elsewhere while the storage has none."""
    if any((storage / name).exists() for name in (FILE_NAME, URL_NAME)):
        with Ledger.open(storage, create=False, url=url) as ledger:
            yield ledger
        return
    with TemporaryDirectory() as empty, Ledger.open(empty) as ledger:
        yield ledger


def _planned(config: StudyConfig, keying: Keying, ledger: Ledger, stages: Stages) -> StudyPlan:
    with ledger.snapshot():
        wanted = list(stages.wanted())
        paces = {
            method: Pace(ledger, method, keying.settings, keying.profile.device)
            for method in dict.fromkeys(each.method for each in wanted)
        }
        states = ledger.states(member.key for each in wanted for member in each.known)
        held = {key for key, state in states.items() if _is_over(state)}
        if config.reuse == "same-config":
            held |= _alike(ledger, [member for each in wanted for member in each.known])
    rows = _rows(wanted, held, {method: pace.seconds for method, pace in paces.items()})
    concurrency = config.cluster.concurrency or 1
    return StudyPlan(
        config.name,
        tuple(rows),
        concurrency,
        config.cluster.gpus,
        _wall_seconds(rows, {method: pace.seconds for method, pace in paces.items()}, concurrency),
        (*stages.notes, *_limits(config), *_scaled(paces, rows)),
    )


def _alike(ledger: Ledger, members: Sequence[KeyedTrial]) -> set[str]:
    """The keys of trials that were completed under another code or numeric profile."""
    alike = ledger.same_config(member.same_config for member in members if member.same_config)
    return {member.key for member in members if member.same_config in alike}


def _is_over(state: TrialState) -> bool:
    """Whether it is not trained again: completed, or failed for good."""
    return state.state == "completed" or (state.state == "failed" and state.outcome != LOST)


def _rows(wanted: Sequence[Wanted], held: set[str], seconds: Mapping[str, float | None]) -> list[PlanRow]:
    """The rows, a trial being counted where it stands first.

    Args:
        held: keys of the trials that are over.
        seconds: of one trial of each method.
    """
    rows, above = [], set[str]()
    for each in wanted:
        known = {member.key for member in each.known}
        settled = set(each.settled) - known - above
        to_train = len(known - held - above) + each.unknown
        pace = seconds[each.method]
        rows.append(
            PlanRow(
                each.stage,
                each.design,
                each.method,
                each.label_fraction,
                cohorts=each.cohorts,
                trials=len(known) + len(settled) + each.unknown,
                held=len(known & held - above) + len(settled),
                shared=len(known & above),
                to_train=to_train,
                bounded=each.at_most,
                exact=not each.unknown and not each.at_most,
                seconds=0.0 if not to_train else None if pace is None else pace * to_train,
            )
        )
        above |= known | settled
    return rows


def _wall_seconds(rows: Sequence[PlanRow], seconds: Mapping[str, float | None], concurrency: int) -> float:
    """Training shared among the packs; not less than one trial of the search and one after it of any method."""
    shared = sum(row.seconds or 0.0 for row in rows) / concurrency
    chains = [
        (seconds[method] or 0.0) * len({row.stage == "search" for row in rows if row.method == method and row.to_train})
        for method in seconds
    ]
    return max([shared, *chains])


def _limits(config: StudyConfig) -> list[str]:
    given = {name: value for name, value in config.limits if value is not None}
    if not given:
        return []
    told = ", ".join(f"limits.{name}={value:g}" for name, value in given.items())
    return [f"{told} may end it before that"]


def _scaled(paces: Mapping[str, Pace], rows: Sequence[PlanRow]) -> list[str]:
    due = {row.method for row in rows if row.to_train}
    names = [method for method, pace in paces.items() if pace.scaled and method in due]
    if not names:
        return []
    what = "the time is scaled by pixels from trials with other images, networks or batches"
    return [f"{', '.join(names)}: {what}"]
