"""What the configuration says of the hyperparameters that are searched."""

from s4mcl.method_spaces import specifications
from s4mcl_dashboards.material import Material


def searched_logarithms(material: Material, method: str) -> dict[str, bool]:
    """Whether the study's space of this method takes a hyperparameter by its logarithm; without those it lacks."""
    space = specifications(material.config.get("space") or {}, method)
    return {name: spec.get("log") is True for name, spec in space.items() if isinstance(spec, dict)}
