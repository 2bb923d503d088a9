"""A member of a pack: one trial that a worker trains from report to report. What goes wrong with it is its outcome."""

import contextlib
import dataclasses
import socket
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from s4mcl_trainables.data.carried import on_this_node
from s4mcl_trainables.device_memory import DeviceMemory, ran_out
from s4mcl_trainables.full_disk import FullDisk
from s4mcl_trainables.methods import start_training
from s4mcl_trainables.node_check import UnfitError, lacking, refuse_other_code
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.training.assignment import Assignment, Ending, Training
from s4mcl_trainables.training.kept_files import KeptFiles
from s4mcl_trainables.training.node_folder import is_this_nodes_own, trial_folder
from s4mcl_trainables.training.uri_store import UnreachableError
from s4mcl_trainables.training.whole_file import NoSpace, remove_stale

TRACE = 4000  # characters of a traceback that are kept


class Member:
    """One trial of a pack.

    Attributes:
        revision: of its method's code, as the driver has it; None: whatever is here.
        origin: who registers its method on the driver; empty for one of this package.
        full: the disk of this node that had no room for it, where only this node uses that.
    """

    revision: str | None = None
    origin = ""
    full: FullDisk | None = None

    def __init__(
        self,
        plain: dict[str, Any],
        device: str,
        carried: Mapping[str, Any] | None = None,
        memory: DeviceMemory | None = None,
    ) -> None:
        self.carried, self.memory = carried, memory or DeviceMemory(device)
        self.assignment = Assignment.from_dict({**plain, "device": device})
        self.kept: KeptFiles | None = None
        self.training: Training | None = None
        self.sent = 0
        self.ending: Ending | None = None
        self._peak = 0
        self._resumed = False  # from a checkpoint whose reports were not told yet

    def advance(self, leaving: Callable[[], bool] = lambda: False) -> dict[str, Any]:
        """Train up to the next report; what is new, as plain values.

        A trial that goes on from a checkpoint tells first what it had reached, and trains only then: the platform may
        never have heard of it, and may end the trial there.

        Args:
            leaving: whether the trial should end as `moved`; asked before and after the training.

        Raises:
            Exception: the device's context is spoilt, which only a new process mends.
        """
        if self.ending is None:  # a start with others may have come to one
            with self._outcomes():
                self._advance(leaving)
        return self._told()

    def _advance(self, leaving: Callable[[], bool]) -> None:
        if not leaving():
            training = self._start()
            if self._resumed:
                self._resumed = False
                return
            self.ending = training.advance()
            self._peak = 0 if self.assignment.trained else self.memory.peak
        if self.ending is None and leaving():
            self.save()
            self.ending = self._ending("moved")
        self._keep()

    def start(self) -> bool:
        """Begin, where that has not been done; whether the trial is now about to train."""
        with self._outcomes():
            self._start()
        return self.ending is None and not self._resumed and not self.assignment.trained

    def fail(self, error: Exception) -> None:
        """Training with others came to an error: the trial ends."""
        with self._outcomes():
            raise error

    def _start(self) -> Training:
        if self.training is None:
            self.training = self._started()
            self.memory.hold()
            self._resumed = bool(self.training.reports)
        return self.training

    @contextlib.contextmanager
    def _outcomes(self) -> Iterator[None]:
        """What goes wrong meanwhile is an outcome of the trial; but for what only a new process mends."""
        try:
            yield
        except (NoSpace, InputError, ImportError) as error:
            self.ending = self._without_verdict(error)
        except Exception as error:
            if _spoils_the_device(error):
                raise
            if self.memory.is_shared and ran_out(error):
                self.ending = self._ending("no_memory", text=_line_of(error))
                return
            trace = "".join(traceback.format_exception(error))[-TRACE:]
            self.ending = self._ending("error", text=_line_of(error), trace=trace)

    @property
    def reached(self) -> int:
        """Iterations trained; -1 before it has begun."""
        return self.training.iteration if self.training else -1

    def save(self) -> None:
        """Keep what an unfinished trial has reached.

        Raises:
            NoSpace: the disk is full; the checkpoint before is whole.
            UnreachableError: it could not be kept where all nodes find it.
        """
        if self.training is not None and self.ending is None:
            self.training.save()
            self._keep()

    def leave(self) -> None:
        """Remove what this node has of the trial, where it is kept elsewhere."""
        if self.kept is not None:
            self.kept.leave()

    def _keep(self) -> None:
        """Keep what is new where all nodes find it, before anybody is told of it."""
        if self.kept is not None:
            self.kept.keep()

    def _started(self) -> Training:
        given = self.assignment
        if self.revision is not None:
            refuse_other_code(given.trial.method, self.revision, given.profile.torch, self.origin)
        if given.artifacts is not None and self.kept is None:
            self.assignment, self.kept = _on_this_node(given, given.artifacts)
        if self.carried is not None:
            there = on_this_node(self.assignment.dataset, self.carried["fingerprint"], self.carried["files"])
            self.assignment = dataclasses.replace(self.assignment, dataset=there)
        if self.kept is not None:
            self.kept.fetch()
        for folder in (self.assignment.folder, *self.assignment.earlier):
            remove_stale(folder)
        return start_training(self.assignment)

    def _without_verdict(self, error: NoSpace | InputError | ImportError) -> Ending:
        """The trial cannot be trained here and now, which says nothing of it."""
        if isinstance(error, NoSpace):
            self.full = FullDisk(error) if is_this_nodes_own(error.folder) else None
            whose = {} if self.full is None else {"nodes_own": True}
            text = f"{error}, on {socket.gethostname()}"
            return self._ending("no_space", text=text, needed=error.needed, free=error.free, **whose)
        if isinstance(error, ImportError):
            return self._ending("unfit", text=lacking(error, self.assignment.trial.method))
        if isinstance(error.__cause__, ImportError):  # the module of a method from elsewhere
            return self._ending("unfit", text=f"on node {socket.gethostname()}: {error}")
        outcome = {UnreachableError: "unreachable", UnfitError: "unfit"}.get(type(error), "data_error")
        return self._ending(outcome, text=str(error))

    def _ending(self, outcome: str, **detail: Any) -> Ending:
        reached, seconds = (self.training.iteration, self.training.seconds) if self.training else (0, 0.0)
        return Ending(outcome, reached, seconds, {}, detail=detail)

    def _told(self) -> dict[str, Any]:
        training = self.training
        reports = training.reports[self.sent :] if training else []
        self.sent += len(reports)
        notes = list(training.notes) if training else []
        if training:
            training.notes.clear()
        if self.ending:
            self.training = None  # its networks make room for what comes next
            if self.ending.outcome != "unreachable":
                self.leave()
        return {
            "key": self.assignment.key,
            "attempt": self.assignment.attempt,
            "reports": reports,
            "ending": dataclasses.asdict(self.ending) if self.ending else None,
            "seconds": training.seconds if training else 0.0,
            "peak_bytes": self._peak,
            "device_bytes": self.memory.size,
            "notes": notes,
        }


def _on_this_node(given: Assignment, uri: str) -> tuple[Assignment, KeptFiles]:
    """The assignment with folders of this node, and what keeps their files under the URI."""
    folder, *earlier = (trial_folder(uri, path) for path in (given.folder, *given.earlier))
    return dataclasses.replace(given, folder=folder, earlier=tuple(earlier)), KeptFiles(uri, (folder, *earlier))


def _spoils_the_device(error: Exception) -> bool:
    """After an error of the accelerator itself nothing runs in this process any more; running out of memory is none."""
    text = str(error)
    return (type(error).__name__ == "AcceleratorError" or "CUDA error" in text) and "out of memory" not in text


def _line_of(error: Exception) -> str:
    return " ".join("".join(traceback.format_exception_only(error)).split())
