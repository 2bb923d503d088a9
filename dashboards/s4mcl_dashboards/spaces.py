"""What the configuration says of a hyperparameter that is searched."""

from s4mcl_dashboards.material import Material


def is_searched_logarithmically(material: Material, method: str, hyperparameter: str) -> bool:
    """Whether the study's space of this method takes the hyperparameter by its logarithm."""
    space = ((material.config.get("space") or {}).get(method) or {}).get(hyperparameter)
    return isinstance(space, dict) and space.get("log") is True
