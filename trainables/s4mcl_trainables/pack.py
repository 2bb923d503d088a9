"""The Ray Tune trainable: a pack of trials that one worker trains. The only module here that knows Ray.

A reused actor gets `reset_config` in place of `setup`, so both begin a pack in the same way. A step is one report of
each member. What goes wrong with a trial is an outcome in the result; only the death of a process reaches Tune.
"""

import dataclasses
import os
import sys
from typing import Any

import ray
from ray import tune

from s4mcl_trainables.methods import start_training
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.training.assignment import Assignment, Ending, Training


class Member:
    """One trial of a pack."""

    def __init__(self, plain: dict[str, Any], device: str) -> None:
        self.assignment = Assignment.from_dict({**plain, "device": device})
        self.training: Training | None = None
        self.sent = 0
        self.ending: Ending | None = None

    def advance(self) -> dict[str, Any]:
        """Train up to the next report; what is new, as plain values."""
        try:
            if self.training is None:
                self.training = start_training(self.assignment)
            self.ending = self.training.advance()
        except InputError as error:
            reached = self.training.iteration if self.training else 0
            self.ending = Ending("data_error", reached, 0.0, {}, detail={"text": str(error)})
        reports = self.training.reports[self.sent :] if self.training else []
        self.sent += len(reports)
        ending = dataclasses.asdict(self.ending) if self.ending else None
        return {
            "key": self.assignment.key,
            "attempt": self.assignment.attempt,
            "reports": reports,
            "ending": ending,
        }

    def save(self) -> None:
        """Keep what an unfinished trial has reached."""
        if self.training is not None and self.ending is None:
            self.training.save()


class PackTrainable(tune.Trainable):  # type: ignore[misc]  # Ray has no types
    """Trains the members of config["pack"] report by report until each has ended."""

    members: list[Member]

    def setup(self, config: dict[str, Any]) -> None:
        """Begin a pack in a fresh actor."""
        self._begin(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Begin a pack in a reused actor, which Tune does not clean up: keep what the pack before has reached."""
        self.cleanup()
        self._begin(new_config)
        return True

    def step(self) -> dict[str, Any]:
        """One report of every member that has not ended.

        Returns:
            members: for each its key, attempt, new reports and ending; device; done.
        """
        told = [member.advance() for member in self.members if member.ending is None]
        done = all(member.ending for member in self.members)
        return {"members": told, "gpus": self.gpus, "done": done}

    def cleanup(self) -> None:
        """Tune stops this actor: keep what has been reached, so that the next attempt goes on from there."""
        for member in self.members:
            member.save()

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Checkpoints are the trials' own; Tune keeps none."""

    def load_checkpoint(self, checkpoint: Any) -> None:
        """An attempt finds its own checkpoint."""

    def _begin(self, config: dict[str, Any]) -> None:
        pack = config["pack"]
        self.gpus = [str(number) for number in ray.get_gpu_ids()]
        _own_threads(pack["threads"])
        device = "cuda:0" if pack["device"] == "cuda" else "cpu"  # Ray shows a worker its own GPUs alone
        self.members = [Member(plain, device) for plain in pack["members"]]


def _own_threads(threads: int) -> None:
    """torch's threads are the CPUs that Ray gave; a worker that has not imported torch is spared it."""
    os.environ["OMP_NUM_THREADS"] = str(threads)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)
