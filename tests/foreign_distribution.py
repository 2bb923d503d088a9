"""A distribution of somebody else, installed without a network: its modules in a folder, with metadata beside them."""

from collections.abc import Mapping
from pathlib import Path

UNET = '''
from s4mcl_trainables.methods import unet
from s4mcl_trainables.methods.component import setting
from s4mcl_trainables.methods.method import SEGMENTATION, Method
from s4mcl_trainables.training.run import Run

METHODS = {
    "NAME": Method(
        "NAME", frozenset({SEGMENTATION}), unet.Hyperparameters(), __name__, uses_unlabelled=False, label="Their <U>-Net",
        components=(setting("dropout", "dropout", {"dropout": 0.0}),),
        space={"generator_lr": {"kind": "float", "low": 1e-4, "high": 1e-2, "log": True}},
    ),
}


def build(problem, given):
    return unet.UNet(problem, given)


def start(method, assignment):
    return Run(method, build, assignment)
'''  # fmt: skip  # noqa: E501


WHEEL = "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def unet_named(name: str) -> str:
    """The code of a method that trains as `unet` does."""
    return UNET.replace("NAME", name)


def install(folder: Path, name: str, modules: Mapping[str, str], entries: str, *, group: str = "s4mcl.methods") -> Path:
    """Write the files of a distribution, version 1.0, into a folder for sys.path.

    Args:
        modules: relative path of a file to its text.
        entries: lines of its entry points, as `mine = module`.
    """
    information = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    information.mkdir(parents=True)
    for path, text in modules.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (information / "entry_points.txt").write_text(f"[{group}]\n{entries}\n", encoding="utf-8")
    (information / "WHEEL").write_text(WHEEL, encoding="utf-8")
    files = [*modules, *(f"{information.name}/{file}" for file in ("METADATA", "WHEEL", "entry_points.txt"))]
    record = "".join(f"{file},,\n" for file in [*files, f"{information.name}/RECORD"])
    (information / "RECORD").write_text(record, encoding="utf-8")
    return folder
