"""What `s4mcl_improved` adds to the game, each term against its formula or a case in which it must be nothing."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from s4mcl_trainables.methods import method_named
from s4mcl_trainables.methods.game import Game, squared_gradient
from s4mcl_trainables.networks.layers import SpectralConvolution
from s4mcl_trainables.training.batches import Batch

MakeGame = Callable[..., Game]


def spectral_norms(game: Game) -> list[float]:
    """The largest singular value of each weight that C's convolutions use."""
    stages = [stage for stage in game.discriminator.stages if isinstance(stage, SpectralConvolution)]
    return [float(torch.linalg.matrix_norm(stage.used_weight().detach().flatten(1), ord=2)) for stage in stages]


def test_a_spectral_convolution_has_norm_one_and_keeps_it(make_game: MakeGame, batch: Batch) -> None:
    game = make_game(spectral_norm=True, discriminator_lr=0.01)
    assert len(spectral_norms(game)) == 5
    assert spectral_norms(game) == pytest.approx([1.0] * 5, abs=0.1), "after the first iterations"
    before = [stage.weight.detach().clone() for stage in game.discriminator.stages]
    for step in range(30):
        game.step(batch, step, 1.0)
    for step in range(30, 60):
        game.step(batch, step, 0.01)
    assert not any(torch.equal(x, s.weight) for x, s in zip(before, game.discriminator.stages, strict=True))
    assert spectral_norms(game) == pytest.approx([1.0] * 5, abs=0.03), "the vectors follow the weight"


def test_the_power_iteration_is_torchs(make_game: MakeGame) -> None:
    """After as many iterations from the same vector, the weight of torch.nn.utils.parametrizations.spectral_norm."""
    stage = make_game(spectral_norm=True).discriminator.stages[1]
    assert isinstance(stage, SpectralConvolution)
    twin = torch.nn.Conv2d(stage.in_channels, stage.out_channels, 3)
    twin.weight.data = stage.weight.detach().clone()
    torch.nn.utils.parametrizations.spectral_norm(twin, n_power_iterations=40)
    for _ in range(200):
        stage.iterate()
    for _ in range(5):
        theirs = twin.weight  # each reading iterates
    assert torch.allclose(stage.used_weight(), theirs, atol=1e-4)


def test_the_penalty_of_a_linear_function_is_its_squared_weight() -> None:
    weight = torch.tensor([3.0, -4.0])
    x = torch.randn(5, 2, requires_grad=True)
    assert squared_gradient(x @ weight, x).tolist() == pytest.approx([25.0] * 5)


def test_the_gradient_penalty_is_r1(make_game: MakeGame, batch: Batch) -> None:
    """gamma / 2 times the mean over true pairs of the squared length of the logit's Jacobian, row by row."""
    game = make_game(gradient_penalty=4.0, dropout=0.0, discriminator_adversarial_weight=0.5)

    def logit(pair: Tensor) -> Tensor:
        return game.layout.real_logit(game.discriminator(pair[None]))[0]

    true = torch.cat([batch.images, batch.masks], 1)
    squares = torch.stack([torch.autograd.functional.jacobian(logit, pair).square().sum() for pair in true])
    found = {name: term.item() for name, term in game.step(batch, 0, 0.0).items()}
    assert found["loss/gradient_penalty"] == pytest.approx(squares.mean().item(), rel=1e-3)
    rest = found["loss/class_real"] + found["loss/surrogate"] + 0.5 * found["loss/adversarial_predicted_unlabelled"]
    game_terms = found["loss/adversarial_real"] + found["loss/adversarial_predicted_labelled"]
    total = rest + 0.5 * (game_terms + 4.0 / 2 * found["loss/gradient_penalty"])
    assert found["loss/discriminator"] == pytest.approx(total, rel=1e-5)


def test_the_gradient_penalty_flattens_c_at_true_pairs(make_game: MakeGame, batch: Batch) -> None:
    penalties = []
    for gamma in (1e-9, 100.0):
        game = make_game(gradient_penalty=gamma, discriminator_lr=1e-3, dropout=0.0)
        penalties.append([game.step(batch, step, 1.0)["loss/gradient_penalty"].item() for step in range(30)])
    assert penalties[0][0] == penalties[1][0]
    assert penalties[1][-1] < penalties[0][-1] / 2


def test_smoothed_labels_are_a_soft_target(make_game: MakeGame, batch: Batch) -> None:
    game = make_game(label_smoothing=0.2, dropout=0.0)
    with torch.no_grad():
        logit = game.layout.real_logit(game.discriminator(torch.cat([batch.images, batch.masks], 1)))
    wanted = F.binary_cross_entropy_with_logits(logit, torch.full_like(logit, 0.8))
    assert game.step(batch, 0, 0.0)["loss/adversarial_real"].item() == pytest.approx(wanted.item(), rel=1e-5)


def test_feature_matching_is_the_distance_of_mean_features(make_game: MakeGame, batch: Batch) -> None:
    game = make_game(feature_matching=0.5, dropout=0.0, adversarial_weight=0.0, alpha=0.0)
    with torch.no_grad():
        masks = game.generator(batch.images)
        predicted, true = (game.discriminator(torch.cat([batch.images, each], 1)) for each in (masks, batch.masks))
    wide = predicted.shape[1] - game.layout.outputs
    assert wide == 4 * 2**4, "the channels of the last stage"
    wanted = (predicted[:, :wide].mean(0) - true[:, :wide].mean(0)).square().sum().item()
    found = {name: term.item() for name, term in game.step(batch, 0, 0.0).items()}
    assert found["loss/feature_matching"] == pytest.approx(wanted, rel=1e-4)
    assert found["loss/generator"] == pytest.approx(found["loss/generalised_dice"] + 0.5 * wanted, rel=1e-5)
    assert torch.equal(game.discriminator.told(predicted).raw, predicted[:, wide:])


def test_features_leave_the_raw_outputs_as_they_are(make_game: MakeGame, batch: Batch) -> None:
    seen = torch.cat([batch.images, batch.masks], 1)
    plain, wide = (make_game(feature_matching=each, dropout=0.0) for each in (0.0, 1.0))
    assert torch.equal(plain.discriminator(seen), wide.discriminator.told(wide.discriminator(seen)).raw)


def test_feature_matching_moves_s_alone(make_game: MakeGame, batch: Batch) -> None:
    one, other = (make_game(feature_matching=each) for each in (0.0, 1.0))
    for game in (one, other):
        game.step(batch, 0, 1.0)
    same = [
        torch.equal(a, b) for a, b in zip(one.discriminator.parameters(), other.discriminator.parameters(), strict=True)
    ]
    assert all(same)
    assert not all(
        torch.equal(a, b) for a, b in zip(one.generator.parameters(), other.generator.parameters(), strict=True)
    )


def test_consistency_is_nothing_where_nothing_is_turned(make_game: MakeGame, batch: Batch) -> None:
    """Without transforms and dropout the two masks are one; with transforms a network at random is not equivariant."""
    still = make_game("s2mcl", consistency=1.0, dropout=0.0).step(batch, 0, 1.0)
    assert still["loss/consistency"].item() == 0.0
    assert make_game(consistency=1.0, dropout=0.0).step(batch, 0, 1.0)["loss/consistency"].item() > 0


def test_consistency_compares_turned_masks(make_game: MakeGame, batch: Batch) -> None:
    game = make_game(consistency=2.0, alpha=0.5, dropout=0.0, adversarial_weight=0.0)
    assert game.transforms is not None
    game.streams["transforms"].manual_seed(5)
    turned, tau = game._transformed(batch)
    game.streams["transforms"].manual_seed(5)
    with torch.no_grad():
        of_turned = game.generator(turned)
        plain = game.generator(batch.resident.take(batch.unlabelled))
    wanted = torch.stack(
        [(of_turned[i] - game.transforms.apply(plain[i : i + 1], tau[i : i + 1])[0]).square().mean() for i in range(3)]
    )
    found = {name: term.item() for name, term in game.step(batch, 0, 0.0).items()}
    assert found["loss/consistency"] == pytest.approx(wanted.mean().item(), rel=1e-4)
    total = found["loss/generalised_dice"] + 0.5 * 2.0 * found["loss/consistency"]
    assert found["loss/generator"] == pytest.approx(total, rel=1e-5)


def test_pseudo_classes_count_where_c_is_sure(make_game: MakeGame, batch: Batch) -> None:
    """Without transforms and dropout the pair that teaches is the pair that learns: minus log of its largest share."""
    for threshold, share in ((0.0, 1.0), (1.0, 0.0)):
        game = make_game("s2mcl", pseudo_classes=1.0, pseudo_threshold=threshold, dropout=0.0)
        images = batch.resident.take(batch.unlabelled)
        with torch.no_grad():
            raw = game.discriminator(torch.cat([images, game.generator(images)], 1))
        wanted = -raw[:, :2].log_softmax(1).max(1).values.mean().item() * share
        found = game.step(batch, 0, 0.0)
        assert found["pseudo/confident"].item() == share
        assert found["loss/pseudo_class"].item() == pytest.approx(wanted, rel=1e-5)


def test_the_believed_pair_is_the_turned_one_turned_back(make_game: MakeGame, batch: Batch) -> None:
    seen: list[Tensor] = []
    game = make_game(pseudo_classes=1.0, dropout=0.0, transforms=("identity", "rot90", "transpose"))
    game.discriminator.register_forward_hook(lambda module, given, out: seen.append(given[0].detach()))
    game.step(batch, 0, 0.0)
    all_pairs, believed, for_s = seen
    free = all_pairs[2 * len(batch.images) :]
    assert len(for_s) == len(batch.images) + len(free)
    assert torch.equal(believed[:, :1], batch.resident.take(batch.unlabelled))
    for plain, turned in zip(believed, free, strict=True):
        assert any(
            torch.equal(move(plain), turned)
            for move in (lambda x: x, lambda x: x.rot90(1, (-2, -1)), lambda x: x.transpose(-2, -1))
        ), "image and mask were turned back together"


def test_without_unlabelled_images_their_terms_are_gone(make_game: MakeGame, without_unlabelled: Batch) -> None:
    found = make_game(consistency=1.0, pseudo_classes=1.0).step(without_unlabelled, 0, 1.0)
    assert not {"loss/consistency", "loss/pseudo_class"} & set(found)


def test_each_refinement_can_be_removed(make_game: MakeGame, batch: Batch) -> None:
    """A method with all of them, then without: the terms of the plain game to the bit."""
    method = method_named("s4mcl_improved")
    every = {
        **method.defaults,
        "spectral_norm": True,
        "gradient_penalty": 1.0,
        "label_smoothing": 0.1,
        "feature_matching": 1.0,
        "hard_masks": True,
        "alpha_ramp": "sigmoid",
        "consistency": 1.0,
        "pseudo_classes": 1.0,
    }
    names = ["spectral_norm", "gradient_penalty", "label_smoothing", "feature_matching", "hard_masks", "alpha_ramp"]
    names += ["consistency", "pseudo_classes", "mask_softening", "class_on_predicted"]
    values = every
    for name in names:
        assert method.component(name).idle(every) is None, name
        values = method.component(name).switched_off(values)
        assert method.component(name).idle(values), name
    plain = {**values, "discriminator_adversarial_weight": 1.0}
    assert method_named("s4mcl").all_of(plain) == method_named("s4mcl").defaults
    one, other = make_game("s4mcl", **plain).step(batch, 0, 1.0), make_game("s4mcl").step(batch, 0, 1.0)
    assert one == other
