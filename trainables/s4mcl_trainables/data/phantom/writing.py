"""Writing the phantom as a prepared dataset."""

import os
import secrets
import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np
import polars as pl
from numpy.lib.format import write_array_header_1_0

from s4mcl_trainables.data.dataset import INDEX_SCHEMA, write_description
from s4mcl_trainables.data.phantom.difficulty import Difficulty
from s4mcl_trainables.data.phantom.frozen import IMAGES, SEED, SIZE
from s4mcl_trainables.data.phantom.patients import Cohort, draw_cohort
from s4mcl_trainables.data.phantom.rendering import render
from s4mcl_trainables.data.phantom.scene import draw_scene, part_of
from s4mcl_trainables.problems import InputError, Problems

CLASSES = ("normal", "fractured")
KINDS = ("wedge", "biconcave", "crush")
CHUNK = 32  # patches drawn at once; belongs to the phantom, since each chunk has its own noise
_SCENE_STREAM, _PIXEL_STREAM = 0, 1


def write_phantom(
    dst: Path | str, images: int = IMAGES, seed: int = SEED, size: int = SIZE, difficulty: Difficulty | None = None
) -> str:
    """Write a phantom of `images` patches [N,1,size,size] as a prepared dataset at `dst`; return its fingerprint.

    The same arguments give the same pixels; the defaults give the frozen phantom (`frozen`). All or nothing: the
    folder appears when it is complete.

    Raises:
        InputError: `dst` exists or cannot be written, or a number is out of range.
    """
    dst = Path(dst).absolute()
    difficulty = difficulty or Difficulty()
    problems = Problems("the phantom cannot be written")
    if os.path.lexists(dst):
        problems.add(f"{dst}: exists already, and nothing is overwritten")
    for name, value, least, most in (
        ("images", images, 2, 1_000_000),
        ("seed", seed, 0, 2**63),
        ("size", size, 16, 1024),
    ):
        if not least <= value <= most:
            problems.add(f"{name}: {value} was found, {least} to {most} expected")
    problems.raise_if_any("give a new folder, and numbers within the ranges")
    try:
        dst.parent.mkdir(parents=True, exist_ok=True)
        draft = dst.with_name(f".{dst.name}-{secrets.token_hex(4)}")
        draft.mkdir()
    except OSError as error:
        raise InputError(f"{dst.parent}: {error.strerror}.\nCure: give a folder that can be written to") from error
    try:
        mark = _write(draft, images, seed, size, difficulty)
        draft.rename(dst)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(f"{dst}: {error}.\nCure: make room, or give another folder") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return mark


def _write(path: Path, images: int, seed: int, size: int, difficulty: Difficulty) -> str:
    """Draw and write chunk by chunk, then the index and the description.

    The arrays are written, not memory-mapped: on a full disk a write is an error that can be told, a map is a crash.
    """
    rng = np.random.Generator(np.random.PCG64([seed, _SCENE_STREAM]))
    cohort = draw_cohort(images, difficulty, rng)
    scene = draw_scene(cohort, difficulty, rng)
    layout = {"descr": "|u1", "fortran_order": False, "shape": (images, 1, size, size)}
    with (path / "images.npy").open("wb") as image_file, (path / "masks.npy").open("wb") as mask_file:
        write_array_header_1_0(image_file, layout)
        write_array_header_1_0(mask_file, layout)
        for start in range(0, images, CHUNK):
            noise = np.random.Generator(np.random.PCG64([seed, _PIXEL_STREAM, start]))
            pixels, masks = render(part_of(scene, start, min(start + CHUNK, images)), size, noise)
            image_file.write(pixels.tobytes())
            mask_file.write(masks.tobytes())
    source = {"kind": "phantom", "images": images, "seed": seed, "size": size, "difficulty": asdict(difficulty)}
    return write_description(path, name="phantom", classes=CLASSES, source=source, index=_index(cohort))


def _index(cohort: Cohort) -> pl.DataFrame:
    """One row a patch; the kind of fracture is metadata."""
    images = len(cohort.patient)
    kinds = [KINDS[kind] if broken else "none" for kind, broken in zip(cohort.kind, cohort.fractured, strict=True)]
    columns = {
        "id": [f"phantom_{row:06d}" for row in range(images)],
        "label": cohort.fractured.astype(np.int32),
        "has_mask": np.ones(images, dtype=bool),
        "group": [f"patient_{patient:05d}" for patient in cohort.patient],
        "split": [None] * images,
    }
    return pl.DataFrame(columns, schema=INDEX_SCHEMA).with_columns(pl.Series("fracture", kinds))
