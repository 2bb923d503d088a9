"""Parts of a training step as generator functions that ask for what is large: passes through networks, and descents.

Who drives them decides how that is done: `alone` for one trial, `methods.together` for several as one program.

    def _part(self, batch: Batch, rate: float) -> Work:
        masks = yield Pass(self.generator, batch.images)
        loss = generalised_dice_loss(masks, batch.masks)
        yield Descent(self.optimisers["generator"], loss, rate * self.given.generator_lr)
        return {"loss/generator": loss.detach()}
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn

from s4mcl_trainables.methods.micro_batch import MicroBatch


@dataclass(frozen=True, eq=False)
class Pass:
    """network(x), [B,...] to [B,...]; without `graph` no gradient is wanted of it.

    A pass in one `whole` is never made in parts, whose gradients cannot be differentiated again.
    """

    network: nn.Module
    x: Tensor
    graph: bool = True
    whole: bool = False


@dataclass(frozen=True, eq=False)
class Descent:
    """One step of an optimiser down `loss` with the learning rate `rate`. It is the last thing that a part asks for."""

    optimiser: torch.optim.Optimizer
    loss: Tensor
    rate: float


Request = Pass | Descent
Terms = dict[str, Tensor]  # loss terms by name, detached scalars
T = TypeVar("T")
Asking = Generator[Request, Tensor, T]  # a pass is answered with its output, a descent with its loss
Work = Asking[Terms]
Part = Callable[[], Work]  # may be begun again from the same draws: until its descent it changes nothing but streams


def alone(part: Callable[[], Asking[T]], micro: MicroBatch) -> T:
    """Do a part, or what a part is made of, as it stands."""
    work = part()
    try:
        request = next(work)
        while True:
            request = work.send(_answer(request, micro))
    except StopIteration as ended:
        found: T = ended.value
        return found
    finally:
        work.close()


def _answer(request: Request, micro: MicroBatch) -> Tensor:
    if isinstance(request, Pass):
        return passed(request, micro)
    prepare(request)
    request.loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    make_step(request)
    return request.loss.detach()


def passed(request: Pass, micro: MicroBatch) -> Tensor:
    """A pass through one network alone."""
    if request.whole:
        y: Tensor = request.network(request.x)
        return y
    if request.graph:
        return micro.through(request.network, request.x)
    with torch.no_grad():
        return micro.through(request.network, request.x)


def prepare(descent: Descent) -> None:
    """Set the rate and forget gradients."""
    for group in descent.optimiser.param_groups:
        group["lr"] = descent.rate
    descent.optimiser.zero_grad(set_to_none=True)


def make_step(descent: Descent) -> None:
    """Let the optimiser step. Where memory runs out, nothing has been changed."""
    optimiser = descent.optimiser
    begun = bool(optimiser.state)
    try:
        optimiser.step()
    except (MemoryError, RuntimeError):
        if not begun:  # Adam makes its moments before its first step, and may have made half of them
            optimiser.state.clear()
        raise
