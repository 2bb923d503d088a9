"""The score axis that all figures of one method's search share."""


def score_range(scores: list[float]) -> list[float]:
    """The range of the score axis, shared by all figures of one method."""
    low, high = min(scores, default=0.0), max(scores, default=1.0)
    margin = max((high - low) * 0.08, 0.01)
    return [low - margin, high + margin]
