"""The dotted keys that a configuration has, read off its model."""

from difflib import get_close_matches

from pydantic import BaseModel

OPEN = (
    "hyperparameters",
    "space",
    "search.start",
    "ablate.designs",
)  # below these the keys are names of methods, hyperparameters and fields


def known_keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    """All dotted keys, parts before their own keys."""
    keys: list[str] = []
    for name, field in model.model_fields.items():
        keys.append(prefix + name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            keys += known_keys(field.annotation, f"{prefix}{name}.")
    return keys


def is_open(key: str) -> bool:
    """Whether the key lies below one whose keys are free."""
    return any(key.startswith(f"{part}.") for part in OPEN)


def nearest(key: str, known: list[str]) -> str:
    """Words that point to the nearest known key: by spelling, or by the last part alone; '' when none is near."""
    near = get_close_matches(key, known, n=1)
    near = near or [name for name in known if name.rsplit(".", 1)[-1] == key.rsplit(".", 1)[-1]]
    near = near or get_close_matches(key.rsplit(".", 1)[-1], [name for name in known if "." not in name], n=1)
    return f"did you mean {near[0]}?" if near else ""
