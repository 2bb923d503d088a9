"""Several trials of one method as one program: their steps go on side by side, and what they ask for is done at once.

Each member's numbers are those that it has alone, but for the order in which floating-point sums are taken: the same
draws, the same passes, its own losses and its own optimisers. Members whose passes differ at some point, as where one
has no unlabelled terms, are served one by one there.
"""

import gc
from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from s4mcl_trainables.methods.learner import Learner
from s4mcl_trainables.methods.micro_batch import out_of_memory
from s4mcl_trainables.methods.work import Descent, Part, Pass, Request, Terms, Work, make_step, passed, prepare
from s4mcl_trainables.networks.stacked import Stack, UnstackableError
from s4mcl_trainables.training.batches import Batch

Given = tuple[Batch, int, float]  # what a step is given: batch, iteration, factor of the learning rates


class Together:
    """Learners that step as one. Between two steps each is whole, and may be judged, saved or loaded.

    Attributes:
        crowded: whether memory ran out for all of them at once: the part was done one by one. Fewer should go on
            together.
    """

    def __init__(self, learners: Sequence[Learner]) -> None:
        self.learners = tuple(learners)
        self.crowded = False
        self._stacks: list[Stack] = []
        self._place: dict[int, Stack] = {}
        for name in learners[0].modules if len(learners) > 1 else ():
            try:
                stack = Stack([learner.modules[name] for learner in learners])
            except (KeyError, UnstackableError):
                continue  # each network is called by itself
            self._stacks.append(stack)
            self._place |= {id(network): stack for network in stack.members}

    def step(self, given: Sequence[Given]) -> list[Terms]:
        """One step of each learner on its own batch; their loss terms."""
        parts = [learner.parts(*each) for learner, each in zip(self.learners, given, strict=True)]
        terms: list[Terms] = [{} for _ in parts]
        while due := {place: part for place, each in enumerate(parts) if (part := next(each, None)) is not None}:
            for place, found in self._done(due).items():
                terms[place] |= found
        return terms

    def dissolve(self) -> None:
        """Let each learner be for itself again."""
        for stack in self._stacks:
            stack.dissolve()
        self._stacks, self._place = [], {}

    def _done(self, due: Mapping[int, Part]) -> dict[int, Terms]:
        """A part of each; where memory runs out for all, one by one from the same draws."""
        learners = {place: self.learners[place] for place in due}
        if len(due) > 1:
            before = [(stream, stream.get_state()) for each in learners.values() for stream in each.streams.values()]
            try:
                return self._side_by_side(due)
            except (MemoryError, RuntimeError) as error:
                if not out_of_memory(error):
                    raise
            self.crowded = True
            for stream, state in before:
                stream.set_state(state)
            for each in learners.values():
                each.micro.forget()
            gc.collect()
        return {place: each.done(due[place]) for place, each in learners.items()}

    def _side_by_side(self, due: Mapping[int, Part]) -> dict[int, Terms]:
        works = {place: part() for place, part in due.items()}
        try:
            return self._driven(works)
        finally:
            for work in works.values():
                work.close()

    def _driven(self, works: Mapping[int, Work]) -> dict[int, Terms]:
        ended: dict[int, Terms] = {}
        pending: dict[int, Request] = {place: next(work) for place, work in works.items()}
        while pending:
            passes = {place: asked for place, asked in pending.items() if isinstance(asked, Pass)}
            # Descents wait for the last of them: what they descend may share one graph.
            answers = dict(self._passed(passes)) if passes else self._descended(pending)
            for place, answer in answers.items():
                try:
                    pending[place] = works[place].send(answer)
                except StopIteration as end:
                    ended[place] = end.value
                    del pending[place]
        return ended

    def _passed(self, passes: Mapping[int, Pass]) -> Iterator[tuple[int, Tensor]]:
        """Passes that all members of a stack ask for alike as one, the others one by one."""
        left = dict(passes)
        while left:
            place, first = next(iter(left.items()))
            stack = self._place.get(id(first.network))
            alike = {other: asked for other, asked in left.items() if self._goes_with(asked, first, other)}
            if stack is None or len(alike) < len(stack.members):
                yield place, passed(left.pop(place), self.learners[place].micro)
                continue
            with torch.set_grad_enabled(first.graph):
                y = stack(torch.cat([asked.x for asked in alike.values()], 1))
            yield from zip(alike, stack.split(y), strict=True)
            left = {other: asked for other, asked in left.items() if other not in alike}

    def _goes_with(self, asked: Pass, first: Pass, place: int) -> bool:
        """Whether a pass can be part of the one that `first` asks a stack for."""
        return (
            self._place.get(id(asked.network)) is self._place.get(id(first.network))
            and self.learners[place].micro.rows is None
            and asked.x.shape == first.x.shape
            and (asked.graph, asked.whole) == (first.graph, first.whole)
            and asked.network.training == first.network.training
            and _learns(asked) == _learns(first)
        )

    def _descended(self, pending: Mapping[int, Request]) -> dict[int, Tensor]:
        descents = {place: asked for place, asked in pending.items() if isinstance(asked, Descent)}
        for each in descents.values():
            prepare(each)
        torch.stack([each.loss for each in descents.values()]).sum().backward()  # type: ignore[no-untyped-call]
        for stack in self._stacks:
            stack.hand_out_gradients()
        begun = 0
        try:
            for each in descents.values():
                make_step(each)
                begun += 1
        except (MemoryError, RuntimeError) as error:
            if begun and out_of_memory(error):  # some have stepped: the part cannot be done again
                raise ChangedError("memory ran out for the optimisers of trials that train together") from error
            raise
        return {place: each.loss.detach() for place, each in descents.items()}


class ChangedError(Exception):
    """Trials that train together are no longer at one step: each goes on from its checkpoint."""


def _learns(asked: Pass) -> bool:
    return next(asked.network.parameters()).requires_grad
