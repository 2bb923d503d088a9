"""The Ray Tune trainable: a pack of trials that one worker trains. The only module here that knows Ray.

A reused actor gets `reset_config` in place of `setup`, so both begin a pack in the same way. A step is one report of
each member. What goes wrong with a trial is an outcome in the result; only the death of a process reaches Tune.
"""

import contextlib
import os
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import ray
from ray import tune
from ray._raylet import setproctitle  # type: ignore[attr-defined]  # compiled

from s4mcl_trainables.device_memory import DeviceMemory, ran_out
from s4mcl_trainables.full_disk import FullDisk
from s4mcl_trainables.heap import keep_heap
from s4mcl_trainables.label_fraction import order_of
from s4mcl_trainables.member import Member
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.training.assignment import Assignment
from s4mcl_trainables.training.node_folder import remove_leftovers
from s4mcl_trainables.training.uri_store import UnreachableError

LOG_PREFIX = ":actor_name:"  # Ray takes what follows for the name of a process in the lines that come after


class PackTrainable(tune.Trainable):  # type: ignore[misc]  # Ray has no types
    """Trains the members of config["pack"] report by report until each has ended.

    Where the pack is a program (pack["program"]), members that have come equally far train as one; else one after the
    other. Where it is asked how long steps take (pack["measure"], numbers of trials), that is measured at its start.
    """

    members: list[Member]
    program: bool
    measure: tuple[int, ...]
    steps: dict[int, float]  # measured, and not yet told
    joint: Any = None  # `training.joint.Joint`, which a worker of stubs is spared
    leaving = False
    shown = ""
    carried: Mapping[str, Any] | None = None
    full: FullDisk | None = None

    def setup(self, config: dict[str, Any], carried: Mapping[str, Any] | None = None) -> None:
        """Begin a pack in a fresh actor.

        Args:
            config: with the pack.
            carried: `fingerprint` and `files` of the dataset (`packed`), where not every node sees its folder.
        """
        self.carried = carried
        if carried is not None or any(plain.get("artifacts") for plain in config["pack"]["members"]):
            with contextlib.suppress(InputError):  # it is told when a trial begins
                remove_leftovers()
        self._begin(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Begin a pack in a reused actor, which Tune does not clean up: keep what the pack before has reached."""
        self.cleanup()
        self._begin(new_config)
        return True

    def step(self) -> dict[str, Any]:
        """One report of every member that has not ended; of those that are furthest behind, where some went on from
        a checkpoint, so that none trains past a rung that its cohort has not reached.

        Where a disk that this node alone uses is full, the pack ends, and this worker waits for room: it holds its
        place, so that nobody is sent to this node meanwhile.

        Returns:
            members: for each its key, attempt, new reports, ending, seconds of training since its start, bytes of
            memory that the pack has needed (0 before it has trained) and that its device has, and notes for the log;
            worker: host, process and device; node: its id of Ray's; gpus; since: seconds since this process began the
            pack; full: what it waits for room for, else None; steps: seconds of a step by number of trials, once, where
            that was asked; done.
        """
        if self.full is not None:
            return self._result([], done=self.full.wait(lambda: self.leaving))
        left = [member for member in self.members if member.ending is None]
        self._show(left)
        least = min((member.reached for member in left), default=0)
        behind = [member for member in left if self.leaving or member.reached == least]
        self._train_together(behind)
        told = [member.advance(lambda: self.leaving) for member in behind]
        done = all(member.ending for member in self.members)
        if done and not self.leaving:
            self.full = next((member.full for member in self.members if member.full is not None), None)
        return self._result(told, done=done and self.full is None)

    def _result(self, told: list[dict[str, Any]], *, done: bool) -> dict[str, Any]:
        since = time.monotonic() - self.begun
        where = {"worker": self._named(), "node": self.node, "gpus": self.gpus}
        full = f"node {socket.gethostname()}: {self.full.text}" if self.full is not None and not done else None
        steps, self.steps = self.steps, {}
        return {"members": told, **where, "since": since, "full": full, "steps": list(steps.items()), "done": done}

    def _train_together(self, behind: Sequence[Member]) -> None:
        """Train members as one program up to their next report, where the pack is one; and measure, where asked."""
        if self.leaving or not (self.program or self.measure):
            return
        ready = [member for member in behind if member.start()]
        from s4mcl_trainables.training import joint  # noqa: PLC0415

        runs = joint.runs_of(member.training for member in ready)
        if not runs:
            return
        if self.measure:
            self.steps, self.measure = joint.seconds_of_steps(runs[0], self.measure), ()
            self.memory.begin()
        if not self.program or len(runs) == 1:
            return
        self.joint = self.joint or joint.Joint()
        try:
            self.joint.to_next_report(runs)
        except Exception as error:
            if not (self.memory.is_shared and ran_out(error)):
                raise  # they are at no common step: another process goes on from their checkpoints
            for member in ready:
                member.fail(error)

    def drain(self) -> None:
        """End every trial of this pack at its next report, with a checkpoint, as `moved`."""
        self.leaving = True

    def let_go(self, keys: Sequence[str]) -> None:
        """Train these trials no more: they have ended, and nobody waits for them."""
        for member in [each for each in self.members if each.assignment.key in keys]:
            self.members.remove(member)
            member.leave()

    def cleanup(self) -> None:
        """Tune stops this actor: keep what has been reached, so that the next attempt goes on from there."""
        for member in self.members:
            with contextlib.suppress(OSError, UnreachableError):  # nobody is left to be told; the one before counts
                member.save()
                member.leave()

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Checkpoints are the trials' own; Tune keeps none."""

    def load_checkpoint(self, checkpoint: Any) -> None:
        """An attempt finds its own checkpoint."""

    def _begin(self, config: dict[str, Any]) -> None:
        pack = config["pack"]
        self.leaving, self.full, self.begun = False, None, time.monotonic()
        self.node = ray.get_runtime_context().get_node_id() if ray.is_initialized() else ""  # asked, Ray would start
        self.gpus = [str(number) for number in ray.get_gpu_ids()]
        _own_threads(pack["threads"])
        if pack["device"] == "cpu":
            keep_heap()
        self.device = "cuda:0" if pack["device"] == "cuda" else "cpu"  # Ray shows a worker its own GPUs alone
        self.memory = DeviceMemory(self.device, pack.get("share"))
        self.members = [Member(plain, self.device, self.carried, self.memory) for plain in pack["members"]]
        self.program, self.measure = bool(pack.get("program")), tuple(pack.get("measure", ()))
        self.joint, self.steps = None, {}
        for member in self.members:
            member.revision, member.origin = pack.get("revision"), pack.get("origin", "")

    def _show(self, left: Sequence[Member]) -> None:
        """Tell the machine and Ray's log what is trained here; between two steps Ray puts back the class's name."""
        if not left or ray._private.worker.global_worker.mode != ray.WORKER_MODE:
            return
        title = title_of([member.assignment for member in left])
        setproctitle(f"ray::{title}")
        if title != self.shown:
            self.shown = title
            for stream in (sys.stdout, sys.stderr):
                print(f"{LOG_PREFIX}{title}", file=stream, flush=True)

    def _named(self) -> list[str]:
        """Who trains: host, process and device. A list, since Tune takes dictionaries apart."""
        return [socket.gethostname(), str(os.getpid()), _named(self.device, self.gpus)]


def title_of(trained: Sequence[Assignment]) -> str:
    """A process as `ps` and Ray's log show it: "s4mcl unet 5 % 3f2a91c4", "+2" where two more train with the trial."""
    first, more = trained[0], len(trained) - 1
    shares = dict.fromkeys(order_of(first.trial.label_fraction))
    percent = "/".join(f"{100 * share:g}" for share in shares)
    return f"s4mcl {first.trial.method} {percent} % {first.key[:8]}" + (f" +{more}" if more else "")


def _named(device: str, gpus: list[str]) -> str:
    """A device as a person tells it from others: a GPU by the number that it has on its host, and its kind."""
    if not device.startswith("cuda"):
        return device
    number = f"cuda:{gpus[0]}" if gpus else device
    return f"{number} {sys.modules['torch'].cuda.get_device_name(0)}" if "torch" in sys.modules else number


def _own_threads(threads: int) -> None:
    """torch's threads are the CPUs that Ray gave; a worker that has not imported torch is spared it."""
    os.environ["OMP_NUM_THREADS"] = str(threads)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)
