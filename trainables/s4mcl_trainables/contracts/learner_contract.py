"""What the learner of a method keeps to: its steps, its predictions, its state, its part in a pack."""

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from s4mcl_trainables.contracts.case import Case, require, to_the_end
from s4mcl_trainables.contracts.shapes import write_shapes
from s4mcl_trainables.label_fraction import TaskFractions
from s4mcl_trainables.methods import CLASSIFICATION, SEGMENTATION, start_training
from s4mcl_trainables.methods.learner import Learner, Problem, learner_state, restore_learner
from s4mcl_trainables.methods.registry import build_learner
from s4mcl_trainables.methods.together import Together
from s4mcl_trainables.training.run import Run

RTOL = 1e-4  # in a pack sums are taken in another order


def it_is_built_again(case: Case) -> None:
    """`build` gives the networks that the trial has, so that they can be used after it."""
    run = case.run("a")
    settings = run.settings
    problem = Problem(
        classes=2,
        structures=1,
        width=settings.width,
        depth=settings.depth,
        iterations=settings.iterations,
        seed=run.trial.seed,
        device=torch.device("cpu"),
        precision=torch.float32,
    )
    built = build_learner(case.method, problem, {})
    require(_weights(built).keys() == _weights(run.learner).keys(), "build and start make other networks")
    require(_same(built, run.learner), "build and start begin with other weights for one seed")


def a_step_gives_its_terms(case: Case) -> None:
    """Finite scalars without a graph, and every network learns."""
    run = case.run("a")
    before = {name: weight.clone() for name, weight in _weights(run.learner).items()}
    terms = run.learner.step(run.batches.draw(), 0, 1.0)
    require(any(term.startswith("loss/") for term in terms), f"no term is called loss/...: {list(terms)}")
    for name, term in terms.items():
        fine = term.shape == () and not term.requires_grad and bool(term.isfinite())
        require(fine, f"{name} is {term!r}, a finite scalar was expected. Cure: detach it, take the mean")
    for network in run.learner.modules:
        own = [name for name in before if name.startswith(f"{network}.")]
        moved = any(not torch.equal(before[name], _weights(run.learner)[name]) for name in own)
        require(moved, f"a step changes nothing in {network}. Cure: leave it out of `modules`, or train it")


def a_rate_of_zero_changes_nothing(case: Case) -> None:
    """Every learning rate is scaled by the schedule."""
    run = case.run("a")
    before = {name: weight.clone() for name, weight in _weights(run.learner).items()}
    run.learner.step(run.batches.draw(), 0, 0.0)
    after = _weights(run.learner)
    moved = [name for name in before if not torch.equal(before[name], after[name])]
    require(not moved, f"at rate 0 these change: {moved[:3]}. Cure: Descent(optimiser, loss, rate * learning rate)")


def predictions_have_their_shapes(case: Case) -> None:
    """Masks [B,M,H,W] in [0,1] and class logits [B,K] of its tasks, and of no other."""
    learner = case.run("a").learner
    with torch.no_grad():
        predicted = learner.predict(torch.randn(3, 1, 16, 16))
    masks, logits, tasks = predicted.masks, predicted.class_logits, case.method.tasks
    there = (masks is not None, logits is not None)
    require(
        there == (SEGMENTATION in tasks, CLASSIFICATION in tasks), f"masks, logits are there: {there}; {set(tasks)}"
    )
    if masks is not None:
        require(masks.shape == (3, 1, 16, 16), f"masks are {list(masks.shape)}, [3,1,16,16] was expected")
        require(masks.min() >= 0 and masks.max() <= 1, "masks are not within 0 and 1. Cure: give probabilities")
    if logits is not None:
        require(logits.shape == (3, 2), f"class logits are {list(logits.shape)}, [3,2] was expected")
        require(logits.isfinite().all(), "class logits are not finite")


def state_is_restored_bit_for_bit(case: Case) -> None:
    """What a checkpoint keeps is all that changes."""
    first = case.run("a")
    batches = [first.batches.draw() for _ in range(4)]
    for number, batch in enumerate(batches[:2]):
        first.learner.step(batch, number, 1.0)
    second = case.run("b", seed=7)  # other weights and streams
    restore_learner(second.learner, _saved_and_read(learner_state(first.learner)))
    for number, batch in enumerate(batches[2:], start=2):
        one, two = first.learner.step(batch, number, 0.5), second.learner.step(batch, number, 0.5)
        cure = "name every network, optimiser and stream in `modules`, `optimisers`, `streams`"
        require(one == two, f"step {number} gives {one}, and after restoring {two}. Cure: {cure}")
    require(_same(first.learner, second.learner), "weights differ after restoring")


def trials_train_together_as_alone(case: Case) -> None:
    """Two seeds as one program have the terms that each has by itself, to a ten-thousandth."""
    alone, packed = ([case.run(f"{name}{seed}", seed=seed) for seed in (0, 1)] for name in ("alone", "packed"))
    together = Together([run.learner for run in packed])
    for _ in range(2):
        told = [_stepped(run) for run in alone]
        found = together.step([run.given() for run in packed])
        for one, other, run in zip(told, found, packed, strict=True):
            run.stepped(other)
            close = all(torch.isclose(one[name], other[name], rtol=RTOL, atol=RTOL) for name in one if "loss/" in name)
            require(close, f"alone {one}, in a pack {other}. Cure: ask for passes by `yield Pass(...)` alone")
    together.dissolve()


def partial_labels_serve(case: Case) -> None:
    """Images with a class alone, or a mask alone, and a share of the labels for each task; the same when resumed."""
    dataset, fraction = write_shapes(case.folder / "partial", partial=True), TaskFractions(0.8, 0.4)
    partial = replace(case, dataset=dataset)
    both = len(case.method.tasks) == 2
    run = partial.run("whole", fraction=fraction, test=True)
    require((run.batches.classed is not None) == both, "a method of one task draws its own rows alone")
    reports, ending = to_the_end(run)
    for metric, task in (("val_accuracy", CLASSIFICATION), ("val_dice", SEGMENTATION)):
        judged = ending.summary.get(metric) is not None
        cure = "Cure: Dice over the rows batch.masked, class losses over batch.classed"
        require(judged == (task in case.method.tasks), f"{metric} is {ending.summary.get(metric)!r}. {cure}")
    begun = partial.run("begun", fraction=fraction, test=True)
    begun.advance()
    begun.save()
    given = partial.assignment("again", fraction=fraction, test=True)
    again = start_training(replace(given, earlier=(begun.assignment.folder,)))
    found, same = to_the_end(again)
    require(found == reports and same.test == ending.test, "a resumed trial comes out otherwise")


LEARNER_CHECKS: tuple[Callable[[Case], None], ...] = (
    it_is_built_again,
    a_step_gives_its_terms,
    a_rate_of_zero_changes_nothing,
    predictions_have_their_shapes,
    state_is_restored_bit_for_bit,
    trials_train_together_as_alone,
    partial_labels_serve,
)


def _stepped(run: Run) -> dict[str, torch.Tensor]:
    terms = run.learner.step(*run.given())
    run.stepped(terms)
    return terms


def _weights(learner: Learner) -> dict[str, torch.Tensor]:
    return {
        f"{name}.{key}": value for name, module in learner.modules.items() for key, value in module.state_dict().items()
    }


def _same(one: Learner, other: Learner) -> bool:
    twin = _weights(other)
    return all(torch.equal(value, twin[name]) for name, value in _weights(one).items())


def _saved_and_read(state: dict[str, Any]) -> dict[str, Any]:
    buffer = io.BytesIO()
    torch.save(state, buffer)
    buffer.seek(0)
    read: dict[str, Any] = torch.load(buffer, weights_only=True)
    return read
