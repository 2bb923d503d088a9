"""Composes a study's configuration from the YAML files and the words of a command line."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.types import Quote, QuotedString
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from s4mcl.config.claiming import check_claim
from s4mcl.config.hyperparameters import add_own_spaces, check_methods
from s4mcl.config.overrides import LITERAL, Overrides, read_overrides
from s4mcl.config.search_path import CONFIG, doubled_options, own_folder
from s4mcl.config.searching import check_search
from s4mcl.config.study_config import StudyConfig
from s4mcl_trainables.problems import InputError, Problems

CURE = "mend what is named, as in: s4mcl run study=quickstart name=demo data.path=FOLDER budget.iterations=200"


def compose_study(overrides: Sequence[str], search_path: Path | None = None) -> StudyConfig:
    """The configuration that the words ask for, checked against the methods.

    The values of `data.path`, `storage`, `name` and `description` are taken as they stand, whatever they hold.

    Args:
        overrides: GROUP=OPTION, KEY=VALUE and ~KEY, in Hydra's grammar.
        search_path: a folder with further options of the groups, such as `study/mine.yaml`.

    Raises:
        InputError: anything that is unknown, of the wrong type or out of range; all of it at once.
    """
    problems = Problems("the configuration cannot be used")
    folders = [own_folder()]
    if search_path is not None:
        folders.append(_usable(search_path))
        problems.extend(doubled_options(folders[1]))
    read = read_overrides(overrides, folders, problems)
    plain = _composed(read, folders, problems)
    if plain is None:
        raise InputError(problems.text(CURE))
    for key, value in read.literal.items():
        _put(plain, key, value)
    add_own_spaces(plain, read.replaced)
    for key in read.left_out:
        _leave_out(plain, key, problems)
    check_methods(plain, problems)
    check_search(plain, problems)
    check_claim(plain, problems)
    _check_designs(plain, problems)
    _check_sizes(plain, problems)
    return StudyConfig.from_plain(plain, problems, CURE)


def _usable(search_path: Path) -> Path:
    if not search_path.is_dir():
        raise InputError(f"{search_path} is not a folder.\nCure: name the folder that holds your study/, data/, space/")
    if "${" in str(search_path.resolve()):
        raise InputError(f"{search_path} has ${{ in its path, which Hydra would replace.\nCure: rename the folder")
    return search_path.resolve()


def _composed(read: Overrides, folders: list[Path], problems: Problems) -> dict[str, Any] | None:
    """Plain values with interpolations resolved, or None when a file or an interpolation is at fault."""
    words = read.for_hydra
    if len(folders) > 1:
        more = QuotedString(f"file://{folders[1]}", Quote.double).with_quotes()
        words = [f"hydra.searchpath=[{more}]", *words]
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(config_dir=str(folders[0]), version_base=None):
            config = compose(config_name=CONFIG, overrides=words)
        return _resolved(config)
    except (HydraException, OmegaConfBaseException, yaml.YAMLError) as error:
        problems.add(" ".join(str(error).split()))
        return None
    finally:
        GlobalHydra.instance().clear()


def _resolved(config: DictConfig) -> dict[str, Any]:
    raw: Any = OmegaConf.to_container(config, resolve=False)
    as_written = {key: _get(raw, key) for key in LITERAL}
    for key in LITERAL:
        OmegaConf.update(config, key, None, force_add=True)
    plain: Any = OmegaConf.to_container(config, resolve=True)
    for key, value in as_written.items():
        _put(plain, key, value)
    return dict(plain)


def _get(plain: dict[str, Any], key: str) -> Any:
    part, _, name = key.rpartition(".")
    inner = plain.get(part, {}) if part else plain
    return inner.get(name) if isinstance(inner, dict) else None


def _put(plain: dict[str, Any], key: str, value: Any) -> None:
    part, _, name = key.rpartition(".")
    inner = plain.setdefault(part, {}) if part else plain
    if isinstance(inner, dict):
        inner[name] = value


def _leave_out(plain: dict[str, Any], key: str, problems: Problems) -> None:
    *parts, name = key.split(".")
    inner: Any = plain
    for part in parts:
        inner = inner.get(part, {}) if isinstance(inner, dict) else {}
    if not isinstance(inner, dict) or name not in inner:
        problems.add(f"~{key}: there is nothing to leave out")
    else:
        del inner[name]


def _check_designs(plain: dict[str, Any], problems: Problems) -> None:
    from s4mcl.designs.registry import check_designs  # noqa: PLC0415  # designs are made of parts of the configuration

    check_designs(plain, problems)


def _check_sizes(plain: dict[str, Any], problems: Problems) -> None:
    """The generator halves an image `depth` times."""
    size, depth = plain.get("image_size"), plain.get("depth")
    if isinstance(size, int) and isinstance(depth, int) and size > 0 and 0 < depth < 32 and size % 2**depth:
        near = max(1, round(size / 2**depth)) * 2**depth
        problems.add(f"image_size: expected a multiple of {2**depth} (depth {depth}), found {size}; {near} is near")
