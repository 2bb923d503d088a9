"""`s4mcl data`: prepare a dataset, check one, draw the phantom."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from s4mcl.cli.whole_work import ended_by_sigterm, progress_bar

if TYPE_CHECKING:
    from s4mcl_trainables.data.prepare import Prepared

app = typer.Typer(help="Prepare, check and draw datasets.", no_args_is_help=True)

Source = Annotated[Path, typer.Argument(metavar="SRC", help="Folder of images, in one of the two layouts.")]
NewFolder = Annotated[Path, typer.Argument(metavar="DST", help="Folder to make; it must not exist yet.")]
PreparedFolder = Annotated[Path, typer.Argument(metavar="DST", help="A prepared dataset.")]
Size = Annotated[int, typer.Option(help="Side of the square images, in pixels.")]


@app.command()
def prepare(
    src: Source,
    dst: NewFolder,
    *,
    size: Size = 128,
    workers: Annotated[int | None, typer.Option(help="Processes. Default: one a core.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the dataset. Default: DST's name.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Take rows with keep 0 as well.")] = False,
    classes: Annotated[str | None, typer.Option(help="Class names in order, with commas. Default: as found.")] = None,
    structures: Annotated[
        str | None, typer.Option(help="Structures in order, with commas: names of masks, or values of label maps.")
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", metavar="NAME", help="A format that another distribution brings.")
    ] = None,
) -> None:
    """Make a prepared dataset from a folder of images.

    Either SRC/images/<id>.png, SRC/masks/<id>.png and SRC/labels.csv with id,label and optionally group,split,keep and
    further columns; or SRC/<class>/<name>.png with <name>_mask.png, <name>_mask_1.png, ... (images without a class lie
    in SRC/unlabelled). Several structures: SRC/masks/<structure>/<id>.png, <name>_mask_<structure>.png, or label maps
    with --structures. PNG, JPEG, TIFF and DICOM are read. DST is made whole or not at all.
    """
    from s4mcl_trainables.data.prepare import prepare as prepare_dataset

    names, shown = _listed(classes), _listed(structures)
    with ended_by_sigterm(), progress_bar() as progress:
        prepared = prepare_dataset(
            src,
            dst,
            size=size,
            workers=workers,
            name=name,
            keep_all=everything,
            classes=names,
            structures=shown,
            form=form,
            progress=progress,
        )
    for notice in prepared.notices:
        typer.echo(f"note: {notice}", err=True)
    typer.echo(_summary(prepared))


@app.command()
def check(
    dst: PreparedFolder,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Count what is in a prepared dataset and tell what to look at.

    Findings are warnings. A dataset whose parts or fingerprint do not fit together ends with status 2.
    """
    from s4mcl.cli.check_tables import print_report
    from s4mcl_trainables.data.check import check_dataset

    report = check_dataset(dst)
    if as_json:
        typer.echo(json.dumps(report.to_dict(), indent=2))
    else:
        print_report(report)


@app.command()
def phantom(
    dst: NewFolder,
    images: Annotated[int, typer.Option(help="How many patches.")] = 894,
    seed: Annotated[int, typer.Option(help="Seed of all that is drawn by chance.")] = 0,
    size: Size = 128,
) -> None:
    """Write a prepared dataset of made-up vertebra patches, normal or fractured.

    Without options it is the frozen phantom, on which results are published.
    """
    from s4mcl_trainables.data.phantom import frozen_version, write_phantom

    mark = write_phantom(dst, images=images, seed=seed, size=size)
    version = frozen_version(mark)
    frozen = "" if version is None else f"; the frozen phantom, version {version}"
    typer.echo(f"{dst}: {images} patches of {size}x{size}, seed {seed}{frozen}\n  fingerprint  {mark}")


def _listed(text: str | None) -> list[str] | None:
    return [part.strip() for part in text.split(",") if part.strip()] if text else None


def _summary(prepared: "Prepared") -> str:
    classes = ", ".join(f"{name} {count}" for name, count in prepared.classes.items())
    lines = [
        f"{prepared.path}: {prepared.images} images of {prepared.size}x{prepared.size}, {prepared.dtype}",
        f"  classes      {classes}; unlabelled {prepared.unlabelled}",
        f"  masks        {prepared.with_mask} with, {prepared.images - prepared.with_mask} without",
        *([f"  structures   {', '.join(prepared.structures)}"] if prepared.structures else []),
        f"  groups       {prepared.groups}",
        f"  left out     {prepared.left_out} rows with keep 0",
        f"  fingerprint  {prepared.fingerprint}",
    ]
    return "\n".join(lines)
