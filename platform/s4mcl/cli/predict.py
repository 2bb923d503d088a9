"""s4mcl predict: a study's networks on new images."""

from pathlib import Path
from typing import Annotated

import typer

from s4mcl.cli.whole_work import ended_by_sigterm, progress_bar

Method = Annotated[
    str | None,
    typer.Option(
        "--method", metavar="NAME", help="Whose networks.", show_default="the study's best by validation score"
    ),
]
LabelFraction = Annotated[
    float | None,
    typer.Option(
        "--label-fraction", metavar="F", help="Trained with this share of labels.", show_default="the largest"
    ),
]


def predict(
    study_dir: Annotated[Path, typer.Argument(metavar="STUDY_DIR", help="The study's folder, <storage>/<name>.")],
    images: Annotated[Path, typer.Argument(metavar="IMAGES", help="An image, or a folder of images.")],
    destination: Annotated[Path, typer.Argument(metavar="DST", help="Folder to make; it must not exist yet.")],
    *,
    method: Method = None,
    label_fraction: LabelFraction = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Predict masks and classes of images, by the mean over the networks of all seeds of the confirm stage.

    IMAGES: PNG, JPEG, TIFF and DICOM, in folders of any depth; they are prepared as the study's own were.

    DST/masks, DST/overlays: PNG at each image's own size. DST/segmentations: DICOM SEG, of DICOM images.
    DST/classes.csv: class probabilities. DST/prediction.json: what made them.

    A method of one task gives what it has: unet masks, cnn classes. DST is made whole or not at all.
    """
    from s4mcl.predict import predict_images
    from s4mcl.study_directory import find_study

    study = find_study(study_dir)
    with ended_by_sigterm(), progress_bar() as progress:
        done = predict_images(
            study.storage,
            study.name,
            images,
            destination,
            method=method,
            label_fraction=label_fraction,
            device=device,
            progress=progress,
        )
    for notice in done.notices:
        typer.echo(f"note: {notice}", err=True)
    typer.echo(f"{done.path}: {done.images} image{'s' if done.images > 1 else ''}, by {done.choice.told}")
