"""Between Ray Tune and the engine: a searcher that hands out packs and takes their results.

Tune pickles its searcher, stopper and callbacks, so these hold only a name; the engine is looked up in this process.
"""

from collections.abc import Callable
from typing import Any

from ray.tune import Callback, Stopper
from ray.tune.search import Searcher

from s4mcl.execution.engine import Engine
from s4mcl_trainables.training.assignment import Assignment

_ENGINES: dict[str, Engine] = {}
_WATCHERS: dict[str, Callable[[], None]] = {}


def connect(study: str, engine: Engine, on_step: Callable[[], None]) -> None:
    """Make the engine of a study, and who watches its steps, known to what Tune holds."""
    _ENGINES[study], _WATCHERS[study] = engine, on_step


class Dispatcher(Searcher):  # type: ignore[misc]  # Ray is not typed
    """Gives Tune one task a pack. All that happens is written down before Tune goes on."""

    def __init__(self, study: str) -> None:
        super().__init__(metric=None, mode=None)
        self.study = study
        self.tasks: dict[str, str] = {}

    @property
    def engine(self) -> Engine:
        """The engine of this process."""
        return _ENGINES[self.study]

    def set_search_properties(self, metric: str | None, mode: str | None, config: dict[str, Any], **spec: Any) -> bool:
        """Tune's parameter space is empty: the engine decides."""
        return True

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:
        """The next pack, None while everything waits, FINISHED at the end."""
        if self.engine.finished:
            return str(Searcher.FINISHED)
        found = self.engine.next_pack()
        if found is None:
            return str(Searcher.FINISHED) if self.engine.finished else None
        name, assignment = found
        self.tasks[trial_id] = name
        return {"pack": pack_of(assignment)}

    def on_trial_result(self, trial_id: str, result: dict[str, Any]) -> None:
        """Write down what a task reported."""
        for member in result.get("members", ()):
            self.engine.record(self.tasks[trial_id], member)

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """Write down the last report, and how the task ended where its trial did not say so itself."""
        if result and not error:
            self.on_trial_result(trial_id, result)
        self.engine.close(self.tasks.pop(trial_id), "the worker died too often" if error else None)

    def save(self, checkpoint_path: str) -> None:
        """Nothing: the ledger is the truth."""

    def restore(self, checkpoint_path: str) -> None:
        """Nothing: a restarted study asks the ledger."""

    def save_to_dir(self, checkpoint_dir: str, session_str: str = "default") -> None:
        """Nothing: the ledger is the truth."""


class EngineStopper(Stopper):  # type: ignore[misc]  # Ray is not typed
    """Ends Tune's run in order when the engine stops: on Ctrl-C, or on data that cannot be read."""

    def __init__(self, study: str) -> None:
        self.study = study

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        """A task ends when its trainable says so."""
        return False

    def stop_all(self) -> bool:
        """Whether the engine has stopped."""
        return _ENGINES[self.study].stop_reason is not None


class Steps(Callback):  # type: ignore[misc]  # Ray is not typed
    """Tells the watcher of each of Tune's steps."""

    def __init__(self, study: str) -> None:
        self.study = study

    def on_step_end(self, iteration: int, trials: list[Any], **info: Any) -> None:
        """After each step."""
        _WATCHERS[self.study]()


def pack_of(assignment: Assignment) -> dict[str, Any]:
    """What a worker is sent: one trial a pack."""
    plain = assignment.to_dict()
    profile = assignment.profile
    del plain["device"]
    return {"threads": profile.threads, "device": profile.device, "members": [plain]}
