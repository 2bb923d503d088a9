"""The pictures of a search beside Optuna's own and optuna-dashboard's, on the same proposals.

    PYTHONPATH=tests python -m benchmarks.optuna_plots [--sizes 1200 10000] [--limit 600] [--without-dashboard]

For each size two searches of S4MCL are made: one for the score, with early stopping, and one for the Pareto set of
balanced accuracy and Dice. Both are exported by `s4mcl export --format optuna`. Each plot of Optuna's is made in a
process of its own, which is ended after --limit seconds; ours are the parts of the report, figure and words. Sizes are
without Plotly's script (4.6 MB), which each file of Optuna's holds again and a report holds once. Needs
optuna-dashboard, which `pip install 's4mcl[bench]'` brings. Prints Markdown tables with commit and hardware.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

METHOD, FRACTION = "s4mcl", 0.2
MEMORY = 16 * 2**30  # bytes that a part may take
PLOTS = {  # what, Optuna's function, which of the two searches
    "history": ("plot_optimization_history", "score"),
    "Pareto set": ("plot_pareto_front", "pareto"),
    "parallel coordinates": ("plot_parallel_coordinate", "score"),
    "slices": ("plot_slice", "score"),
    "contours": ("plot_contour", "score"),
    "importance": ("plot_param_importances", "score"),
    "importance by fANOVA": ("plot_param_importances", "score"),
    "intermediate values": ("plot_intermediate_values", "score"),
}
WORDS = (f"methods=[{METHOD}]", f"label_fractions=[{FRACTION}]", f"search.label_fractions=[{FRACTION}]")


def optuna_plot(file: Path, name: str) -> dict[str, Any]:
    """Load the study and its trials, then make one plot and its HTML."""
    import optuna
    import optuna.visualization

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = optuna.storages.RDBStorage(f"sqlite:///{file}")
    study = optuna.load_study(study_name=optuna.get_all_study_names(storage)[0], storage=storage)
    began = time.perf_counter()
    study.get_trials(deepcopy=False)
    loaded = time.perf_counter()
    options = {"evaluator": optuna.importance.FanovaImportanceEvaluator(seed=0)} if name.endswith("fANOVA") else {}
    figure = getattr(optuna.visualization, PLOTS[name][0])(study, **options)
    html = figure.to_html(include_plotlyjs=False)
    return {"load": loaded - began, "seconds": time.perf_counter() - loaded, "bytes": len(html)}


def our_parts(folders: dict[str, Path], _name: str) -> dict[str, Any]:
    """The same pictures as parts of the report, one after the other in one process; statistics count with theirs."""
    from s4mcl.ledger import Ledger
    from s4mcl.results.importance import importances
    from s4mcl.results.study_material import StudyMaterial
    from s4mcl_dashboards.findings import Findings
    from s4mcl_dashboards.frames.completed import completed_groups
    from s4mcl_dashboards.frames.search import history_frame, rungs_frame, values_frame
    from s4mcl_dashboards.material import Material
    from s4mcl_dashboards.palette import looks
    from s4mcl_dashboards.sections import search_panel as panel
    from s4mcl_dashboards.sections.coordinates import coordinates_part
    from s4mcl_dashboards.sections.pareto import pareto_part
    from s4mcl_dashboards.sections.surfaces import surfaces_part
    from s4mcl_dashboards.spaces import searched_logarithms

    found: dict[str, Any] = {}

    def timed(name: str, make: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        made = make()
        told = {"bytes": len(made.encode())} if isinstance(made, str) else {}
        found[name] = {"seconds": time.perf_counter() - began, **told}
        return made

    def read(kind: str) -> tuple[StudyMaterial, Material]:
        with Ledger.open(folders[kind].parent, create=False) as ledger:
            study = StudyMaterial.read(ledger, folders[kind].name)
        material = Material(study.name, study.trials, study.proposals, config=study.config, findings=Findings())
        return study, material

    study, material = timed("load", lambda: read("score"))
    look = looks(material.methods)[METHOD]
    unit = "iteration"

    def history() -> str:
        frame = history_frame(material.proposals)
        scores = frame["last"].drop_nulls().to_list()
        return panel.plot(panel.history_figure(frame, look, scores, unit), "", "")

    frame = history_frame(material.proposals)
    scores, groups = frame["last"].drop_nulls().to_list(), completed_groups(material.proposals, METHOD)
    order, logarithms = [], searched_logarithms(material, METHOD)
    timed("history", history)
    timed(
        "intermediate values", lambda: panel._rungs(rungs_frame(material.proposals), frame, look, scores, unit, METHOD)
    )
    timed("slices", lambda: panel._slices(values_frame(material.proposals, frame), logarithms, look, scores, METHOD))
    timed("contours", lambda: surfaces_part(METHOD, groups, order, logarithms))
    timed("parallel coordinates", lambda: coordinates_part(METHOD, groups, order, logarithms, look))
    timed("importance", lambda: "".join(panel._importance(group, look) for group in importances(study)))
    _, other = read("pareto")
    timed("Pareto set", lambda: pareto_part(other))
    return found


def in_a_process(part: str, name: str, paths: dict[str, Path], limit: float) -> dict[str, Any] | str:
    """What a part tells, with its peak memory; why it has not come to its end, when it was ended."""
    words = [f"--{kind}={path}" for kind, path in paths.items()]
    command = [sys.executable, "-m", "benchmarks.optuna_plots", "--part", part, "--name", name, *words]
    try:
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return f"more than {limit:.0f} s"
    if done.returncode:
        return f"failed within {MEMORY / 2**30:.0f} GiB"  # standard error tells more
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def make(folder: Path, size: int) -> tuple[dict[str, Path], dict[str, Path], float]:
    """The two studies and their exports, and the seconds that an export took."""
    studies, exports, seconds = {}, {}, 0.0
    for kind in ("score", "pareto"):
        storage = folder / f"{kind}-{size}"
        words = [*WORDS, f"search.objective={kind}"]
        options = ["--without-designs", f"--trials={size + 3}", "--seeds=3", f"--name={kind}"]
        subprocess.run(
            [sys.executable, "-m", "benchmarks.large_study", str(storage), *words, *options],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        studies[kind], target = storage / kind, folder / f"{kind}-{size}-optuna"
        began = time.perf_counter()
        export = "from s4mcl.cli.app import run_app; run_app()"
        command = [sys.executable, "-c", export, "export", str(studies[kind]), str(target), "--format", "optuna"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = max(seconds, time.perf_counter() - began)
        exports[kind] = target / "optuna.sqlite" if target.is_dir() else target
    return studies, exports, seconds


def shown(found: dict[str, Any] | str) -> tuple[str, str]:
    """Seconds and size, or why it was ended."""
    if isinstance(found, str):
        return found, "–"
    if not found:
        return "in the row above", ""
    return f"{found['seconds']:.2f} s", f"{found['bytes'] / 1e6:.2f} MB"


def plots_table(size: int, folder: Path, given: argparse.Namespace) -> tuple[dict[str, Path], dict[str, Path]]:
    """Print the table of the plots; the studies and the exports."""
    studies, exports, seconds = make(folder, size)
    ours = in_a_process("ours", "", studies, given.limit)
    if isinstance(ours, str):
        raise SystemExit(f"ours: {ours}")
    print(f"\n### {size:,} proposals\n")
    print(f"Exported in {seconds:.1f} s, read from the ledger in {ours['load']['seconds']:.2f} s.\n")
    print("| picture | Optuna | | its peak | s4mcl | |\n|---|---|---|---|---|---|", flush=True)
    for name, (_, kind) in PLOTS.items():
        theirs = in_a_process("plot", name, {"file": exports[kind]}, given.limit)
        memory = "–" if isinstance(theirs, str) else f"{theirs['mib']:.0f} MiB"
        row = (name, *shown(theirs), memory, *shown(ours.get(name, {})))
        print(f"| {' | '.join(row)} |", flush=True)
    print(f"\nPeak memory of ours, all together: {ours['mib']:.0f} MiB.")
    return studies, exports


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_200, 10_000])
    parser.add_argument("--limit", type=float, default=600)
    parser.add_argument("--without-dashboard", dest="dashboard", action="store_false")
    for word in ("--part", "--name"):
        parser.add_argument(word, help=argparse.SUPPRESS)
    for word in ("--file", "--score", "--pareto"):
        parser.add_argument(word, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        folders = {"score": given.score, "pareto": given.pareto}
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))  # the machine should outlive it
        told = optuna_plot(given.file, given.name) if given.part == "plot" else our_parts(folders, given.name)
        print(json.dumps({**told, "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
        return
    from benchmarks.machine import machine

    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine()}")
    with tempfile.TemporaryDirectory() as name:
        for size in given.sizes:
            studies, exports = plots_table(size, Path(name), given)
            if given.dashboard:
                from benchmarks.optuna_dashboard_page import dashboard_table

                dashboard_table(studies["score"], exports["score"], Path(name) / f"{size}.html")


if __name__ == "__main__":
    main()
