"""Pydantic's findings in plain words: the key, what was expected, what was found."""

from pydantic import BaseModel, ValidationError

from s4mcl.config.expected import EXPECTED
from s4mcl.config.known_keys import known_keys, nearest


def problem_texts(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """One text a problem, in the order of the keys."""
    known = known_keys(model)
    texts = []
    for item in error.errors(include_url=False):
        key, found = _dotted(item["loc"]), item["input"]
        shown = "nothing" if found is None else shortened(found)
        if item["type"] == "missing":
            texts.append(f"{key}: is missing")
        elif item["type"] == "extra_forbidden":
            hint = nearest(key, known) or f"known are {', '.join(name for name in known if '.' not in name)}"
            texts.append(f"{key}: unknown key; {hint}")
        elif item["type"] == EXPECTED:
            texts.append(f"{key}: expected {item['ctx']['expected']}, found {shown}")
        elif item["type"] in ("dict_type", "model_type"):
            texts.append(f"{key}: expected keys with values, found {shown}")
        else:
            texts.append(f"{key}: {item['msg']}, found {shown}")
    return texts


def shortened(value: object, length: int = 80) -> str:
    """The value as Python writes it, cut where it is very long."""
    text = repr(value)
    return text if len(text) <= length else f"{text[: length - 3]}..."


def _dotted(location: tuple[int | str, ...]) -> str:
    text = ""
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.lstrip(".") or "the configuration"
