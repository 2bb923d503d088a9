"""Tasks that have ended, which Tune would keep to the end of a run: half a gigabyte for ten thousand of them.

At its end Tune writes them all down and looks for a file of each. The ledger is the truth, so they are forgotten.
"""

from typing import Any

from ray.tune.progress_reporter import TrialProgressCallback

KEPT = 100  # that have ended, until they are forgotten together
HELD_IN = ("_stopped_trials", "_failed_trials", "_live_trials", "_trials_to_cache")


def forget_ended(controller: Any) -> None:
    """Let a `TuneController` forget the tasks that have ended, but for the latest one: with none it would look for
    those of an earlier run.
    """
    ended = controller._stopped_trials | controller._failed_trials
    if len(ended) <= KEPT:
        return
    in_order = [task for task in controller._trials if task in ended and task not in controller._trial_to_actor]
    gone = set(in_order[:-1])
    controller._trials[:] = [task for task in controller._trials if task not in gone]
    for name in HELD_IN:
        getattr(controller, name).difference_update(gone)


class Unprinted(TrialProgressCallback):  # type: ignore[misc]  # Ray is not typed
    """In place of Tune's own: that prints nothing either, and holds every task for it."""

    def on_trial_result(self, *_: Any, **__: Any) -> None:
        """Nothing."""

    def on_trial_error(self, *_: Any, **__: Any) -> None:
        """Nothing."""

    def on_trial_complete(self, *_: Any, **__: Any) -> None:
        """Nothing."""
