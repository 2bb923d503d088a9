"""A length of time in words."""


def span(seconds: float) -> str:
    """0 s, 45 s, 12 min, 3.4 h, 2.5 d."""
    for unit, size in (("d", 86_400.0), ("h", 3_600.0)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds / 60:.0f} min" if seconds >= 60 else f"{seconds:.0f} s"
