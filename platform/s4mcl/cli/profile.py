"""s4mcl profile: where the time of a study's training steps goes, and what to change."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from s4mcl_trainables.step_profile import StepProfile

SLOW_REPORTS = 0.1  # share of the time
LITTLE = 0.15  # of the device's limit
MOVED = 0.2  # share of a step


def profile(
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE...", help="The words that s4mcl run would be given.", show_default=False),
    ] = None,
    *,
    steps: Annotated[int, typer.Option("--steps", min=1, help="Training steps to measure, of each method.")] = 20,
    trace: Annotated[
        Path | None,
        typer.Option(
            "--trace",
            metavar="DIR",
            help="Write a METHOD.json for each method, a flame graph for Perfetto, speedscope or chrome://tracing.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Train each method of a study for a few steps, and show where their time goes.

    Example: s4mcl profile data.path=DIR methods=[s4mcl] image_size=128

    Of a step it tells the time by kind of operation, the arithmetic and the bytes, and what share of the device's
    limit is reached; besides, what reports and checkpoints cost, and what would make the study faster. Nothing is
    trained for the study and nothing is written, but the files of --trace.
    """
    from s4mcl.config import compose_study
    from s4mcl.profiling import profile_study

    words = overrides or []
    if not any(word.startswith("name=") for word in words):
        words = ["name=profile", *words]
    for found in profile_study(compose_study(words), steps=steps, trace=trace):
        typer.echo(text_of(found))


def text_of(found: "StepProfile") -> str:
    """What a person reads of one method."""
    where = f"{found.device}, {found.precision}, {found.threads} thread{'s' * (found.threads > 1)}"
    work, every = found.work, found.report_every
    lines = [
        f"{found.method}: {1000 * found.step:.1f} ms a step ({where})",
        *(f"  {kind:<24}{share:>7.1%}" for kind, share in found.parts if share >= 0.005),
        f"  {work.flops / 1e9:.1f} GFLOP in {work.operations} operations that read and write "
        f"{work.bytes / 2**20:.0f} MiB",
        f"  {work.flops / found.step / 1e9:.0f} of {found.limit / 1e9:.0f} GFLOP/s, {found.reached:.0%} of the limit; "
        f"{found.memory_rate / 2**30:.1f} GiB/s",
        f"  a report, every {every} iterations: {1000 * found.report:.0f} ms, {found.reporting:.1%} of the time; "
        f"a checkpoint: {1000 * found.checkpoint:.0f} ms",
        *(f"  -> {advice}" for advice in advices(found)),
    ]
    return "\n".join(lines) + "\n"


def advices(found: "StepProfile") -> list[str]:
    """What would make the study faster, by what was measured."""
    given, shares = [], dict(found.parts)
    if found.reporting > SLOW_REPORTS:
        given.append(f"reports take {found.reporting:.0%} of the time: a larger budget.report_every")
    if found.device == "cuda" and found.precision == "float32":
        given.append("precision=bfloat16 uses the matrix units of the GPU")
    if found.device == "cuda" and found.reached < LITTLE:
        given.append("the GPU is mostly idle: several packs share it with cluster.gpus_per_pack=auto")
    if shares.get("copies and conversions", 0.0) > MOVED:
        given.append("much of a step moves numbers about: larger batches or a wider network use the device better")
    return given
