"""The report of one study, or of several side by side, in the format that was asked for."""

from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

from s4mcl_dashboards.formats.asked import Asked
from s4mcl_trainables.problems import InputError

HTML = "html"
FORMATS = {  # name to module and function: a format's libraries may take seconds to import, torch among them
    HTML: ("html", "write_html"),
    "pdf": ("pdf", "write_pdf"),
    "csv": ("tables", "write_csv_tables"),
    "parquet": ("tables", "write_parquet_tables"),
    "markdown": ("markdown", "write_markdown"),
    "latex": ("latex", "write_latex"),
    "tensorboard": ("tensorboard", "write_tensorboard"),
    "mlflow": ("mlflow", "write_mlflow"),
}


def write_report(
    study_dirs: Path | Sequence[Path], output: Path | str | None = None, kind: str = HTML, *, images: bool = True
) -> Path:
    """Write the report of the studies and return the path of its file or folder.

    Everything is written whole or not at all. What stands there already is replaced where it is a report, refused
    where it is something else.

    Args:
        study_dirs: STUDY_DIR, or several that are compared side by side.
        output: where to; by default a name of its own in STUDY_DIR, for several studies in their storage.
        kind: one of `FORMATS`.
        images: whether images of patients are shown.

    Raises:
        InputError: an unknown format, there is no such study, or the report cannot be written.
    """
    wanted = [study_dirs] if isinstance(study_dirs, Path) else list(study_dirs)
    return Path(written(wanted, None if output is None else str(output), kind, images=images))


def written(study_dirs: Sequence[Path], output: str | None, kind: str, *, images: bool) -> str:
    """As `write_report`, but return where it stands as text: --output of the format mlflow may be a URI.

    Raises:
        InputError: as `write_report`.
    """
    if kind not in FORMATS:
        near = get_close_matches(kind, FORMATS, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise InputError(f"unknown format {kind!r}.\nCure: {hint}known are {', '.join(FORMATS)}")
    module, function = FORMATS[kind]
    write = getattr(import_module(f"s4mcl_dashboards.formats.{module}"), function)
    return str(write(Asked.of(study_dirs, output, images=images)))
