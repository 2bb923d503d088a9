"""Methods that train nothing on a GPU that is not there: they take memory of a device of 40 GiB, and die beyond it.

Found through S4MCL_METHODS. What stands for torch.cuda belongs to the process, as that does.
"""

from dataclasses import dataclass, replace

from s4mcl_trainables import device_memory
from s4mcl_trainables.methods import stub
from s4mcl_trainables.training.assignment import Assignment

GIB = 2**30
TOTAL = 40 * GIB
NEEDED = {"greedy": 10 * GIB, "modest": 4 * GIB}  # of tensors; the context comes to it
SPELLING = ",".join(f"{name}={__name__}" for name in NEEDED)


class Gpu:
    """torch.cuda of one process."""

    def __init__(self) -> None:
        self.reserved, self.fraction = 0, 1.0

    def empty_cache(self) -> None:
        self.reserved = 0

    def reset_peak_memory_stats(self) -> None:
        self.reserved = 0

    def mem_get_info(self) -> tuple[int, int]:
        return TOTAL - self.reserved, TOTAL

    def max_memory_reserved(self) -> int:
        return self.reserved

    def set_per_process_memory_fraction(self, fraction: float) -> None:
        self.fraction = fraction


GPU = Gpu()
device_memory.cuda = lambda: GPU


@dataclass(frozen=True)
class Hyperparameters(stub.Hyperparameters):
    """`milliseconds` a report."""

    milliseconds: float = 150.0


class Greedy(stub.Stub):
    """Reserves what its method needs at the first step."""

    def work(self) -> None:
        """Take memory, and time."""
        needed = NEEDED[self.trial.method]
        if needed > GPU.fraction * TOTAL:
            raise RuntimeError(f"CUDA out of memory. Tried to allocate {needed / GIB:.2f} GiB")
        GPU.reserved = max(GPU.reserved, needed)
        super().work()


METHODS = {
    name: replace(stub.METHODS["stub"], name=name, module=__name__, label=name, hyperparameters=Hyperparameters())
    for name in NEEDED
}


def start(method: object, assignment: Assignment) -> Greedy:
    """Begin a trial."""
    return Greedy(METHODS[assignment.trial.method].resolve(assignment.trial.hyperparameters), assignment)
