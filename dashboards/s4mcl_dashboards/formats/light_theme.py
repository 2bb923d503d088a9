"""The report's light colours for figures that no page colours: they name CSS variables, a picture needs values."""

import re
from functools import cache
from importlib import resources
from typing import Any

ROOT = re.compile(r":root\s*\{(.*?)\}", re.DOTALL)
VARIABLE = re.compile(r"(--[\w-]+)\s*:\s*([^;]+);")
NAMED = re.compile(r"var\((--[\w-]+)\)")


@cache
def light_colors() -> dict[str, str]:
    """Variable to its value, as the page's style has them in the light."""
    style = (resources.files("s4mcl_dashboards") / "templates" / "report.css").read_text(encoding="utf-8")
    root = ROOT.search(style)
    return {} if root is None else {name: value.strip() for name, value in VARIABLE.findall(root[1])}


def colored(value: Any) -> Any:
    """A figure's JSON with every "var(--name)" replaced by its light colour.

    Raises:
        KeyError: the style has no such variable.
    """
    if isinstance(value, str):
        named = NAMED.fullmatch(value)
        return value if named is None else light_colors()[named[1]]
    if isinstance(value, dict):
        return {name: colored(item) for name, item in value.items()}
    return [colored(item) for item in value] if isinstance(value, list) else value
