"""How the study was made: moments, commit, versions, fingerprints, and the commands that make it again."""

from collections.abc import Iterator
from typing import Any

import polars as pl
import yaml

from s4mcl.naming import shortened
from s4mcl_dashboards.frames.origins import COLUMNS, origins_frame
from s4mcl_dashboards.markup import cell, details, escaped, facts, paragraph, table
from s4mcl_dashboards.material import Material

ORIGINS = 10  # that are shown
HEADS = {"torch": "PyTorch", "ray": "Ray"}
COMMANDS = ("command", "reproduction", "commit")
CHANGED = "with changes"  # how a commit is marked that does not hold all of the code
HISTORY = {
    "extended": "extended",
    "interrupted": "interrupted",
    "stopped": "stopped",
    "trial_stopped": "trial stopped by a person",
    "paused": "paused: disk full",
}


def how_made(material: Material) -> str:
    """Facts, commands, and on demand everything else that the ledger knows of it."""
    return "".join(
        (
            "<h3>How it was made</h3>",
            facts(_made(material)),
            _again(material),
            _origins(material),
            details("Dataset, partition, versions and machine", facts([*_about(material)])),
            details("Configuration", _code(_yaml(material.config), "Configuration")),
        )
    )


def _made(material: Material) -> list[tuple[str, str]]:
    """The study's own moments, then what its provenance tells at its first level."""
    pairs = [("study", material.name)]
    if material.created_at is not None:
        pairs.append(("started", moment(material.created_at)))
    if "finished_at" in material.trials.columns and (last := material.trials["finished_at"].drop_nulls()).len():
        pairs.append(("last trial finished", moment(last.max())))
    pairs += [*_history(material)]
    plain = {name: value for name, value in material.provenance.items() if not isinstance(value, dict | list)}
    shown = ["commit", *(name for name in plain if name not in COMMANDS)]
    pairs += [(_words(name), str(plain[name])) for name in shown if name in plain]
    if fingerprint := material.dataset.get("fingerprint"):
        pairs.append(("dataset fingerprint", str(fingerprint)))
    if fingerprint := material.partition.get("fingerprint"):
        pairs.append(("partition fingerprint", str(fingerprint)))
    return pairs


def _history(material: Material) -> Iterator[tuple[str, str]]:
    """When the study was extended, interrupted, stopped or paused, the first and the last of each."""
    if not {"kind", "at"} <= set(material.events.columns):
        return
    for kind, words in HISTORY.items():
        moments = material.events.filter(pl.col("kind") == kind)["at"].to_list()
        if moments:
            last = f", the last time {moment(moments[-1])}" if len(moments) > 1 else ""
            times = f"{len(moments)} times, first {moment(moments[0])}" if last else moment(moments[0])
            yield words, f"{times}{last}"


def _again(material: Material) -> str:
    """The commands that make the study again, as they were given and in full."""
    told = {name: str(material.provenance[name]) for name in COMMANDS if material.provenance.get(name)}
    if "command" not in told:
        return paragraph("The ledger does not tell with which command the study was run.")
    commit, _, changes = told.get("commit", "").partition(" ")
    checkout = "" if commit in ("", "unknown") else f"git checkout {commit}\n"
    notes = ["These commands make the study again, with the dataset of the fingerprint above at data.path."]
    if changes == CHANGED:
        notes.append("The code had changes that this commit does not hold.")
    if not checkout:
        notes.append("Which commit it was is not known.")
    full = ""
    if "reproduction" in told:
        text = "The same without presets, whatever these say by then, in a storage of its own"
        full = details(text, _code(f"{checkout}{told['reproduction']}", "Command in full"))
    return f"{paragraph(' '.join(notes))}{_code(checkout + told['command'], 'Command')}{full}"


def _code(text: str, name: str) -> str:
    """Text as it stands, which scrolls sideways in its own box."""
    return f'<pre tabindex="0" role="region" aria-label="{name}"><code>{escaped(text)}</code></pre>'


def _origins(material: Material) -> str:
    """What trained the trials, where they differ; the facts tell it where they do not."""
    origins = origins_frame(material.trials)
    if origins.height < 2:
        return ""
    rows = [
        [*(cell(shortened(row[name] or "–", 40)) for name in COLUMNS), cell(f"{row['trials']:,}")]
        for row in origins.head(ORIGINS).to_dicts()
    ]
    heads = [*(HEADS.get(name, name.capitalize()) for name in COLUMNS), "Trials"]
    more = origins.height - ORIGINS
    rest = paragraph(f"And {more} more.", "note") if more > 0 else ""
    return table("What trained the trials", heads, rows, "numbers") + rest


def _about(material: Material) -> Iterator[tuple[str, str]]:
    yield from _flat("dataset", {name: value for name, value in material.dataset.items() if name != "fingerprint"})
    yield from _flat("partition", {name: value for name, value in material.partition.items() if name != "fingerprint"})
    for name, value in material.provenance.items():
        if isinstance(value, dict | list):
            yield from _flat(name, value)


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for inner, content in value.items():
            yield from _flat(f"{name}: {inner}", content)
    elif isinstance(value, list):
        yield (_words(name), ", ".join(str(item) for item in value))
    else:
        yield (_words(name), str(value))


def _words(name: str) -> str:
    return str(name).replace("_", " ")


def moment(at: Any) -> str:
    """A moment in UTC to the minute; text stays as it is."""
    return f"{at:%Y-%m-%d %H:%M} UTC" if hasattr(at, "strftime") else str(at)


def _yaml(config: dict[str, Any]) -> str:
    return (
        yaml.safe_dump(config, sort_keys=False, allow_unicode=True) if config else "The ledger holds no configuration."
    )
