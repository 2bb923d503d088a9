"""The trials as runs of TensorBoard: every reported value at its iteration, hyperparameters, and what came out."""

from pathlib import Path
from typing import Any

from tensorboardX.proto.api_pb2 import Status  # type: ignore[import-untyped]
from tensorboardX.proto.event_pb2 import Event  # type: ignore[import-untyped]
from tensorboardX.proto.plugin_hparams_pb2 import (  # type: ignore[import-untyped]
    HParamsPluginData,
    SessionEndInfo,
    SessionStartInfo,
)
from tensorboardX.proto.summary_pb2 import Summary, SummaryMetadata  # type: ignore[import-untyped]
from tensorboardX.record_writer import RecordWriter  # type: ignore[import-untyped]

from s4mcl.export.trial_records import TrialRecord, trial_records
from s4mcl.ledger import Ledger
from s4mcl_dashboards.formats.asked import Asked
from s4mcl_dashboards.formats.document import slug
from s4mcl_dashboards.formats.flat_hyperparameters import flat
from s4mcl_dashboards.formats.placed_folder import placed_folder

NAME = "report-tensorboard"
FILE = "events.out.tfevents.s4mcl"  # TensorBoard reads what has "tfevents" in its name
START, END = "_hparams_/session_start_info", "_hparams_/session_end_info"
STATUS = {"completed": "STATUS_SUCCESS", "pruned": "STATUS_SUCCESS", "failed": "STATUS_FAILURE"}
LETTERS = 12  # of a key in the name of a run


def write_tensorboard(asked: Asked) -> Path:
    """Write a folder for `tensorboard --logdir`, a run a trial; whole or not at all.

    Runs are called STAGE/METHOD/LABEL FRACTION/KEY-seed-SEED, in a folder of their study where there are several.

    Raises:
        InputError: a study cannot be read, or the folder cannot be written.
    """
    target = asked.target(NAME)
    asked.need_trials()
    with placed_folder(target) as folder:
        for place, (name, study) in enumerate(asked.studies.items(), start=1):
            own = folder / f"{place}-{slug(name)}" if len(asked.studies) > 1 else folder
            with Ledger.open(study.storage, create=False) as ledger, ledger.snapshot():
                for record in trial_records(ledger, study.name):
                    write_run(record, own / run_name(record))
    return target


def run_name(record: TrialRecord) -> str:
    """The folder of a run; names of methods and stages may hold anything, those of folders do not."""
    labels = "-".join(f"{100 * share:g}" for share in record.shares.values()) + "-percent"
    return f"{slug(record.stage)}/{slug(record.method)}/{labels}/{record.key[:LETTERS]}-seed-{record.seed}"


def write_run(record: TrialRecord, folder: Path) -> None:
    """Write the run's file of events."""
    folder.mkdir(parents=True)
    begun = record.reports[0].at.timestamp() if record.reports else 0.0
    ended = record.finished_at.timestamp() if record.finished_at else begun
    writer = RecordWriter(str(folder / FILE))
    try:
        writer.write(Event(wall_time=begun, file_version="brain.Event:2").SerializeToString())
        writer.write(_event(begun, 0, [_session_start(record, begun)]))
        for report in record.reports:
            values = [_scalar(_curve(name), value) for name, value in report.values.items()]
            writer.write(_event(report.at.timestamp(), report.iteration, values))
        last = record.best_iteration or record.iterations or 0
        finals = [_scalar(f"final/{name}", value) for name, value in record.measured.items()]
        writer.write(_event(ended, last, [*finals, _session_end(record, ended)]))
    finally:
        writer.close()


def _curve(name: str) -> str:
    """TensorBoard puts the tags before a slash together: val_dice is val/dice, loss/dice stays."""
    return name.replace("_", "/", 1) if name.startswith("val_") else name


def _event(at: float, step: int, values: list[Any]) -> bytes:
    made: bytes = Event(wall_time=at, step=step, summary=Summary(value=values)).SerializeToString()
    return made


def _scalar(tag: str, value: float) -> Any:
    return Summary.Value(tag=_valid(tag), simple_value=value)


def _session_start(record: TrialRecord, begun: float) -> Any:
    """Seeds of one cohort are one group, whose metrics TensorBoard averages.

    No experiment is declared: it would be that of one method, where TensorBoard finds all columns by itself.
    """
    start = SessionStartInfo(group_name=_valid(record.cohort), start_time_secs=begun)
    given = {"method": record.method, **record.shares, "stage": record.stage}
    for name, value in flat(given | record.hyperparameters):
        held = start.hparams[_valid(name)]
        if isinstance(value, bool):
            held.bool_value = value
        elif isinstance(value, int | float):
            held.number_value = value
        else:
            held.string_value = _valid(str(value))
    return _hparams(START, HParamsPluginData(session_start_info=start))


def _session_end(record: TrialRecord, ended: float) -> Any:
    status = Status.Value(STATUS.get(record.state, "STATUS_RUNNING"))
    return _hparams(END, HParamsPluginData(session_end_info=SessionEndInfo(status=status, end_time_secs=ended)))


def _hparams(tag: str, content: Any) -> Any:
    data = SummaryMetadata.PluginData(plugin_name="hparams", content=content.SerializeToString())
    return Summary.Value(tag=tag, metadata=SummaryMetadata(plugin_data=data))


def _valid(text: str) -> str:
    """Text that UTF-8 can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
