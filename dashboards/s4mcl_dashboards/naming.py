"""How methods, metrics and numbers are written for a person to read."""

import math

from s4mcl.naming import LONGEST, shortened

METRICS = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro F1",
    "auc": "AUC",
    "dice": "Dice",
    "iou": "IoU",
    "hd95": "HD95",
    "assd": "ASSD",
}


def metric_name(metric: str) -> str:
    """The name of a metric as an axis shows it."""
    return METRICS.get(metric, metric)


def quantity_name(quantity: str) -> str:
    """The name of what a trial reports: val_dice is "Validation Dice"; a loss keeps its own name."""
    group, _, name = quantity.rpartition("/")
    if group == "discriminator":
        return f"Discriminator: {name.replace('_', ' ')}"
    if not quantity.startswith("val_"):
        return shortened(quantity, 2 * LONGEST)
    metric = metric_name(quantity.removeprefix("val_"))
    kept = metric in ("IoU", "Macro F1", "HD95", "ASSD", "AUC")
    return f"Validation {metric if kept else metric.lower().replace('_', ' ').replace('dice', 'Dice')}"


def within(measure: str) -> str:
    """The measure inside a sentence: Dice, balanced accuracy."""
    name = metric_name(measure)
    return name[0].lower() + name[1:] if measure in ("accuracy", "balanced_accuracy", "macro_f1") else name


def percent_of(share: float | None) -> str:
    """A measured share in whole percent: 0.824 is "82 %"; a dash where there is none."""
    return "–" if share is None or not math.isfinite(share) else f"{100 * share:.0f} %"


def number(value: float | None, digits: int = 3) -> str:
    """A number with a true minus sign; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:.{digits}f}".replace("-", "−")


def signed(value: float, digits: int = 3) -> str:
    """A difference with its sign: +0.021 or −0.021; one that rounds to nothing has none."""
    text = f"{value:+z.{digits}f}".replace("-", "−")
    return text if text.strip("+0.") else text.removeprefix("+")


def p_value(p: float | None) -> str:
    """A p-value in three decimals: 0.031, 1.000, <0.001; a dash where there is none."""
    return "<0.001" if p is not None and p < 0.001 else number(p)


def p_told(p: float | None) -> str:
    """A p-value inside a sentence: p = 0.031, p < 0.001, no p."""
    return "no p" if p is None else "p < 0.001" if p < 0.001 else f"p = {number(p)}"


def limits(low: float | None, high: float | None, digits: int = 3) -> str:
    """The limits of an interval of differences: −0.010 to +0.032; a dash where there are none."""
    return "–" if low is None or high is None else f"{signed(low, digits)} to {signed(high, digits)}"


def limits_of(low: float | None, high: float | None, digits: int = 3) -> str:
    """The limits of an interval of values: 0.880 to 0.940; a dash where there are none."""
    return "–" if low is None or high is None else f"{number(low, digits)} to {number(high, digits)}"


def compact(value: float) -> str:
    """A number in four significant digits: 0.0001, 3.162e-05, 12."""
    return f"{value:.4g}".replace("-", "−")


def count(amount: int, thing: str, things: str | None = None) -> str:
    """1 seed, 2 seeds, 1,200 trials."""
    return f"{amount:,} {thing if amount == 1 else (things or thing + 's')}"


def duration(seconds: float | None) -> str:
    """Seconds as a person says them: 42 s, 6 min 12 s, 3 h 5 min."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"


def joined(parts: list[str]) -> str:
    """A, B and C."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""
