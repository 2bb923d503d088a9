import errno
import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image
from typer.testing import CliRunner

from predict_study import Told
from s4mcl.cli.app import app
from s4mcl.ledger import Ledger
from s4mcl.predict import predict_images, prediction
from s4mcl.predict.prediction import Predicted
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.training.checkpoint import load_checkpoint, save_checkpoint


def predicted(told: Told, images: Path, destination: Path, **more: Any) -> Predicted:
    return predict_images(told.study.parent, told.study.name, images, destination, **more)


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_test_image_is_predicted_as_in_its_trial(plain: Told, tmp_path: Path) -> None:
    done = predicted(plain, plain.images, tmp_path / "out")
    kept = plain.kept("s4mcl", 0)
    assert 0.02 < kept["masks"].mean() < 0.98
    for place, name in enumerate(plain.names):
        mask = np.asarray(Image.open(tmp_path / "out/masks" / name))
        assert mask.dtype == np.uint8
        assert np.array_equal(mask, 255 * kept["masks"][place, 0]), name
    table = pl.read_csv(tmp_path / "out/classes.csv")
    assert table["file"].to_list() == plain.names
    assert np.abs(table.select("p_bar", "p_disc").to_numpy() - kept["class_probabilities"]).max() < 1e-6
    assert (done.images, done.choice.reason) == (len(plain.names), "the only method at the largest label fraction")


def test_classes_are_the_mean_over_the_seeds_and_masks_have_the_image_s_own_size(resized: Told, tmp_path: Path) -> None:
    done = predicted(resized, resized.images, tmp_path / "out")
    assert done.choice.told == (
        "S4MCL with 100 % of the labels, 2 networks (seed 0, 1): of 3 methods the best by validation score "
        "at the largest label fraction among those that classify and segment"
    )
    table = pl.read_csv(tmp_path / "out/classes.csv")
    assert table.columns == ["file", "predicted", "p_bar", "p_disc"]
    assert table["file"].to_list() == resized.names
    members = [resized.kept("s4mcl", seed)["class_probabilities"] for seed in (0, 1)]
    assert np.abs(members[0] - members[1]).max() > 1e-3
    found = table.select("p_bar", "p_disc").to_numpy()
    assert np.abs(found - np.mean(members, axis=0)).max() < 1e-5
    assert table["predicted"].to_list() == [("bar", "disc")[place] for place in found.argmax(1)]
    for kind, mode in (("masks", "L"), ("overlays", "RGB")):
        for name in resized.names:
            with Image.open(tmp_path / "out" / kind / name) as picture:
                assert (picture.size, picture.mode) == ((56, 40), mode)
    about = json.loads((tmp_path / "out/prediction.json").read_text())
    assert (about["method"], about["label_fraction"], about["images"]) == ("s4mcl", 1.0, len(resized.names))
    assert [trial["seed"] for trial in about["trials"]] == [0, 1]
    assert files_in(tmp_path / "out") == sorted(
        [
            "classes.csv",
            "prediction.json",
            *(f"{kind}/{name}" for kind in ("masks", "overlays") for name in resized.names),
        ]
    )


def test_a_method_of_one_task_gives_what_it_has(resized: Told, tmp_path: Path) -> None:
    one = resized.images / resized.names[0]
    predicted(resized, one, tmp_path / "unet", method="unet", label_fraction=0.5)
    assert files_in(tmp_path / "unet") == [f"{kind}/{one.name}" for kind in ("masks", "overlays")] + ["prediction.json"]
    done = predicted(resized, one, tmp_path / "cnn", method="cnn")
    assert files_in(tmp_path / "cnn") == ["classes.csv", "prediction.json"]
    assert done.choice.told == "CNN with 100 % of the labels, 2 networks (seed 0, 1): the largest label fraction"


def test_images_of_one_name_do_not_meet(plain: Told, tmp_path: Path) -> None:
    source = plain.images / plain.names[0]
    grey = np.asarray(Image.open(source))
    for name in ("a/x.png", "b/deep/x.png", "b/y.png", "b/y.tif", "b/z.png", "c/u.tif", "c/u.png", "c/u.png.tif"):
        path = tmp_path / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(grey).save(path)
    (tmp_path / "images/b/notes.txt").write_text("no image")
    (tmp_path / "images/loop").symlink_to(tmp_path / "images")
    done = predicted(plain, tmp_path / "images", tmp_path / "out")
    assert files_in(tmp_path / "out/masks") == [
        *("a/x.png", "b/deep/x.png", "b/y.png.png", "b/y.tif.png", "b/z.png"),
        *("c/u.png.png", "c/u.png.tif.png", "c/u.tif.png"),
    ]
    assert pl.read_csv(tmp_path / "out/classes.csv")["file"].n_unique() == 8
    assert done.notices == (f"{tmp_path / 'images'}: files that are no images were passed over: .txt (1)",)


def test_16_bits_are_kept(plain: Told, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    grey = np.asarray(Image.open(plain.images / plain.names[0]))
    Image.fromarray(grey).save(tmp_path / "images/eight.png")
    Image.fromarray(grey.astype(np.uint16) * 16 + 7).save(tmp_path / "images/sixteen.png")
    predicted(plain, tmp_path / "images", tmp_path / "out")
    eight, sixteen = pl.read_csv(tmp_path / "out/classes.csv").select("p_bar", "p_disc").rows()
    assert np.allclose(eight, sixteen, atol=1e-6)  # mean and deviation are taken out
    masks = [np.asarray(Image.open(tmp_path / f"out/masks/{name}.png")) for name in ("eight", "sixteen")]
    assert np.array_equal(*masks)


def test_everything_that_cannot_be_read_is_told_at_once(plain: Told, tmp_path: Path) -> None:
    images = tmp_path / "images"
    shutil.copytree(plain.images, images)
    (images / "bar/broken.png").write_bytes((images / plain.names[0]).read_bytes()[:80])
    (images / "note.jpg").write_text("no image")
    Image.fromarray(np.full((9, 9), 7, np.uint8)).save(images / "flat.png")
    with pytest.raises(InputError) as caught:
        predicted(plain, images, tmp_path / "new/out")
    text = str(caught.value)
    assert text.startswith(
        f"{images} cannot be predicted, and nothing was written.\nFiles that cannot be read as images (2)"
    )
    assert all(name in text for name in ("bar/broken.png: ", "note.jpg: ", "flat.png: every pixel is 7"))
    assert text.count("Cure: ") == 2
    assert not (tmp_path / "new").exists()


def test_what_is_asked_for_has_to_be_there(resized: Told, plain: Told, tmp_path: Path) -> None:
    one, out = resized.images / resized.names[0], tmp_path / "out"
    asked: list[tuple[dict[str, Any], str]] = [
        (
            {"method": "s4mlc"},
            "has no networks of method 's4mlc'.\nCure: did you mean s4mcl? it has those of unet, cnn, s4mcl",
        ),
        ({"method": "unet", "label_fraction": 0.3}, "of method unet at label fraction 0.3.\nCure: give one of 0.5, 1"),
        ({"device": "gpu"}, "unknown device 'gpu'.\nCure: give one of auto, cpu, cuda"),
    ]
    for words, text in asked:
        with pytest.raises(InputError) as caught:
            predicted(resized, one, out, **words)
        assert text in str(caught.value)
    (tmp_path / "empty").mkdir()
    for images, text in ((tmp_path / "none", "does not exist"), (tmp_path / "empty", "no image was found in it")):
        with pytest.raises(InputError, match=text):
            predicted(resized, images, out)
    assert not out.exists()
    (out / "mine").mkdir(parents=True)
    with pytest.raises(InputError, match=r"exists and is not empty; nothing was written.\nCure: name a folder"):
        predicted(resized, one, out)
    assert files_in(out) == []


def test_a_checkpoint_that_is_gone_or_another_s_is_refused(plain: Told, tmp_path: Path) -> None:
    storage = tmp_path / "studies"
    shutil.copytree(plain.study.parent, storage)
    (best,) = storage.glob("trials/*/1/best.pt")
    content = best.read_bytes()
    told = Told(storage / "demo", plain.images, plain.names)
    for change, text in (
        (best.unlink, "is not there"),
        (lambda: best.write_bytes(content[:-200]), "cannot be read"),
    ):
        change()
        with pytest.raises(InputError, match=text):
            predicted(told, plain.images, tmp_path / "out")
        assert not (tmp_path / "out").exists()


def test_a_checkpoint_of_another_trial_or_of_other_networks_is_refused(resized: Told, tmp_path: Path) -> None:
    storage = tmp_path / "studies"
    shutil.copytree(resized.study.parent, storage)
    told = Told(storage / "demo", resized.images, resized.names)
    with Ledger.open(storage, create=False) as ledger:
        trials = ledger.trials_frame("demo").filter(label_fraction=1.0, method="s4mcl")
    one, other = (storage / folder / "best.pt" for folder in trials["artifacts"])
    shutil.copy(one, other)
    with pytest.raises(
        InputError, match=rf"{other} is a checkpoint of trial {trials['key'][0]}, {trials['key'][1]} was"
    ):
        predicted(told, resized.images, tmp_path / "out")
    state = load_checkpoint(one)
    state["best"]["weights"]["generator"].popitem()
    save_checkpoint(one, state)
    with pytest.raises(InputError, match=r"does not fit .* method s4mcl has now: .*head.bias.*\nCure: use the v"):
        predicted(told, resized.images, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_an_earlier_version_did_not_write_down_comes_from_the_dataset(plain: Told, tmp_path: Path) -> None:
    storage = tmp_path / "studies"
    shutil.copytree(plain.study.parent, storage)
    told = Told(storage / "demo", plain.images, plain.names)
    with Ledger.open(storage, create=False) as ledger:
        known = ledger.study("demo") or {}
        data = {name: value for name, value in known["dataset"].items() if name not in ("dtype", "structures")}
        ledger.record_study("demo", known["config"], data, known["partition"], known["provenance"])
        predicted(told, plain.images, tmp_path / "out")
        assert files_in(tmp_path / "out/masks") == plain.names
        config = {**known["config"], "data": {**known["config"]["data"], "path": str(tmp_path / "gone")}}
        ledger.record_study("demo", config, data, known["partition"], known["provenance"])
    with pytest.raises(InputError, match="gone is not a prepared dataset: it does not exist"):
        predicted(told, plain.images, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_many_or_large_images_are_taken_in_parts(plain: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts: list[int] = []
    monkeypatch.setattr(prediction, "PIXELS", 3 * 16 * 16)
    predicted(plain, plain.images, tmp_path / "out", progress=lambda stage, done, total: parts.append(done))
    assert parts == [3, 6, 9, len(plain.names)]
    assert pl.read_csv(tmp_path / "out/classes.csv")["file"].to_list() == plain.names


def test_a_full_disk_leaves_nothing_behind(plain: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def saved(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Image.Image, "save", saved)
    with pytest.raises(InputError, match=r"cannot be written: No space left on device.*\nCure: make room on the disk"):
        predicted(plain, plain.images, tmp_path / "new/out")
    assert files_in(tmp_path) == []
    assert not (tmp_path / "new").exists()


def test_checkpoints_under_a_uri_are_fetched(plain: Told, tmp_path: Path) -> None:
    storage = tmp_path / "studies"
    shutil.copytree(plain.study.parent, storage)
    shutil.move(storage / "trials", tmp_path / "bucket/trials")
    with Ledger.open(storage, create=False) as ledger:
        known = ledger.study("demo") or {}
        config = {**known["config"], "artifacts": f"file://{tmp_path}/bucket"}
        ledger.record_study("demo", config, known["dataset"], known["partition"], known["provenance"])
    predicted(Told(storage / "demo", plain.images, plain.names), plain.images, tmp_path / "out")
    assert files_in(tmp_path / "out/masks") == plain.names
    assert not (storage / "trials").exists()


def test_the_command_says_what_it_used(plain: Told, tmp_path: Path) -> None:
    words = ["predict", str(plain.study), str(plain.images), str(tmp_path / "out"), "--device", "cpu"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert done.output == (
        f"{tmp_path / 'out'}: {len(plain.names)} images, by S4MCL with 100 % of the labels, 1 network (seed 0): "
        "the only method at the largest label fraction\n"
    )
