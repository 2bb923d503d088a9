"""Wheels of the distributions whose methods a submitted study trains: their code goes to every node with s4mcl's."""

import re
from collections.abc import Iterable, Sequence
from importlib.metadata import Distribution, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from s4mcl.config import StudyConfig
from s4mcl.submit.wheel import Files, checkout, installed_files, without_requirements, write_wheel
from s4mcl_trainables.methods.registry import plugin_of
from s4mcl_trainables.plugins import Plugin
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.revision import PACKAGE, modules_behind

NOT_SHIPPED = ("__pycache__", ".git", ".venv")
OF_EDITABLE = ("METADATA", "entry_points.txt", "WHEEL")


def trained_methods(config: StudyConfig) -> list[str]:
    """The methods that a study compares, and those that its designs name."""
    designs: list[dict[str, Any]] = list(config.ablate.designs.values())
    named = [name for design in designs for name in (design.get("method"), *(design.get("methods") or ()))]
    return list(dict.fromkeys(name for name in (*config.methods, *named) if isinstance(name, str)))


def environment_of(methods: Iterable[str]) -> dict[str, str]:
    """What the job's environment needs for methods that a variable names here; their modules must be on the nodes."""
    named = [plugin for plugin in map(plugin_of, methods) if plugin is not None and not plugin.distribution]
    return {plugin.kind.variable: ",".join(f"{each.name}={each.value}" for each in named) for plugin in named}


def method_wheels(methods: Iterable[str], folder: Path) -> list[Path]:
    """Write the wheel of each distribution that registers one of the methods.

    Raises:
        InputError: the code of one is not found.
    """
    found: dict[str, list[Plugin]] = {}
    for plugin in map(plugin_of, methods):
        if plugin is not None and plugin.distribution:
            found.setdefault(plugin.distribution, []).append(plugin)
    return [_wheel(name, registered, folder) for name, registered in found.items()]


def _wheel(name: str, registered: Sequence[Plugin], folder: Path) -> Path:
    installed = distribution(name)
    files = installed_files(installed)
    if checkout(installed) is not None or not any("dist-info/" not in file for file in files):
        files = editable_files(installed, [plugin.module for plugin in registered])
    if not any(file.endswith(".dist-info/METADATA") for file in files):
        raise InputError(
            f"{registered[0].origin}, which registers method {registered[0].name}, cannot be sent to the cluster: its "
            f"files are not listed here.\nCure: pip install {name} here again"
        )
    plain = re.sub(r"[-_.]+", "_", name)
    return write_wheel(without_requirements(files), installed.version, folder, plain)


def editable_files(installed: Distribution, modules: Iterable[str]) -> Files:
    """What a wheel of an editable install would hold: its metadata, and the packages that these modules are made of."""
    information = f"{re.sub(r'[-_.]+', '_', installed.name)}-{installed.version}.dist-info"
    files = {f"{information}/{name}": text.encode() for name in OF_EDITABLE if (text := installed.read_text(name))}
    files.setdefault(f"{information}/WHEEL", b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    behind = {name.partition(".")[0] for module in modules for name in modules_behind(module)}
    for top in sorted(behind - {PACKAGE}):
        spec = find_spec(top)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            files |= _below(Path(place), Path(place).parent)
        if spec and spec.origin and not spec.submodule_search_locations:
            files[Path(spec.origin).name] = Path(spec.origin).read_bytes()
    return files


def _below(folder: Path, root: Path) -> Files:
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    inside = (path for path in paths if not set(path.relative_to(root).parts) & set(NOT_SHIPPED))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in inside}
