"""The whole protocol, from nothing to its results page: what `make protocol` starts.

    PYTHONPATH=tests python -m benchmarks.protocol [--busi ../shared/data/busi] [--only busi|phantom]
        [--study protocol|protocol_gpu|generic|improve] [--storage studies] [--page PAGE] [--page-alone] [--short]
        [KEY=VALUE ...]

BUSI is prepared and the frozen phantom drawn into DATA (`--data`, data), unless they are there; then a study of each is
run, and the page written after each of them. The same command again goes on where it stopped, and trains nothing twice.
BUSI is taken as `s4mcl data prepare` takes it: one image of each group of near-duplicates and none that stands in two
classes (keep = 1: 615 images). Its division holds images of those apart that earlier choices were made on.

Where the test set is opened, code with uncommitted changes is refused: what is confirmed has to be in a commit first.
`--short` tries the whole out in minutes at 16x16, in STORAGE/short; its figures count for nothing.
Exit status: 0 done, 1 done but some trials failed, 2 bad input, 130 interrupted.
"""

import argparse
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.protocol_page import results_page
from s4mcl.execution.provenance import git_commit, shell_line
from s4mcl_trainables.data.dataset import open_dataset
from s4mcl_trainables.data.phantom import frozen_version
from s4mcl_trainables.problems import InputError

DATASETS = {"busi": "BUSI: breast ultrasound", "phantom": "The frozen phantom"}
CHOICES = {"generic": "The choice of the generic parts", "improve": "The choice of the improved preset"}
SHORT = (
    *("image_size=16", "width=4", "depth=2", "budget.iterations=6", "budget.report_every=3", "seeds=[100,101]"),
    *("search.trials=1", "batch.labelled=4", "batch.unlabelled=4"),
)
INTERRUPTED, REFUSED = 130, 2


def prepare(name: str, busi: Path, folder: Path) -> Path:
    """The prepared dataset of this name; made where it is not there.

    Raises:
        InputError: it cannot be made, or the phantom in the folder is not the frozen one.
    """
    dst = folder / name
    if not dst.exists():
        words = ["phantom", str(dst)] if name == "phantom" else ["prepare", str(busi), str(dst), "--name=BUSI"]
        if s4mcl("data", *words):
            raise InputError(f"{dst} could not be made.\nCure: see above; --busi names the folder of BUSI")
    if name == "phantom" and frozen_version(open_dataset(dst).fingerprint) is None:
        raise InputError(f"{dst} is not the frozen phantom.\nCure: move it away; this command draws it anew")
    return dst


def refuse_changes(words: Sequence[str], study: str) -> None:
    """Refuse to open the test set with code that stands in no commit.

    Raises:
        InputError: files differ from the commit.
    """
    locked = "test=locked" in words or study in CHOICES
    if not locked and (git_commit() or "").endswith("with changes"):
        raise InputError(
            "this study opens the test set, and the code has uncommitted changes.\n"
            "Cure: commit them first, so that what is confirmed was settled before; --short tries it out without"
        )


def s4mcl(*words: str) -> int:
    """Run s4mcl with these words; its exit status."""
    print(f"\n== s4mcl {shell_line([*words])}", flush=True)
    return subprocess.run([sys.executable, "-m", "s4mcl.cli", *words], check=False).returncode


def run(given: argparse.Namespace) -> int:
    """All studies, and the page after each; the exit status.

    Raises:
        InputError: a dataset cannot be made, or the test set would be opened with uncommitted code.
    """
    words = [*(SHORT if given.short else ()), *given.overrides]
    study_dirs = {name: given.storage / f"{given.study}-{name}" for name in ([given.only] if given.only else DATASETS)}
    if given.page_alone:
        write_page(given, study_dirs)
        return 0
    if not given.short:
        refuse_changes(words, given.study)
    worst = 0
    for name, study_dir in study_dirs.items():
        data = prepare(name, given.busi, given.data)
        place = (f"study={given.study}", f"name={study_dir.name}", f"data.path={data}", f"storage={given.storage}")
        status = s4mcl("run", *place, *words)
        if status in (REFUSED, INTERRUPTED):
            return status
        worst = max(worst, status)
        write_page(given, study_dirs)
    return worst


def write_page(given: argparse.Namespace, study_dirs: Mapping[str, Path]) -> None:
    """The page of what there is of these studies."""
    command = shell_line(["python", "-m", "benchmarks.protocol", *sys.argv[1:]])
    title = CHOICES.get(given.study, "S4MCL and the semi-supervised field, the whole protocol")
    studies = [(DATASETS[name], study_dir) for name, study_dir in study_dirs.items()]
    given.page.parent.mkdir(parents=True, exist_ok=True)
    given.page.write_text(results_page(title, studies, command, datetime.now(UTC).date()), encoding="utf-8")
    print(given.page, flush=True)


def main() -> int:
    """Command line."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--busi", type=Path, default=Path("../shared/data/busi"), help="images/, masks/, labels.csv")
    words.add_argument("--data", type=Path, default=Path("data"), help="where prepared datasets are, or are made")
    words.add_argument("--storage", type=Path, default=Path("studies"))
    words.add_argument("--study", default="protocol", help="a preset: protocol, protocol_gpu, generic, improve")
    words.add_argument("--only", choices=DATASETS)
    words.add_argument("--page", type=Path, help="where the page is written; STORAGE/STUDY.md")
    words.add_argument("--page-alone", action="store_true", help="run nothing; the page of what is there")
    words.add_argument("--short", action="store_true")
    words.add_argument("overrides", nargs="*", metavar="KEY=VALUE")
    given = words.parse_args()
    given.storage = given.storage / "short" if given.short else given.storage
    given.page = given.page or given.storage / f"{given.study}.md"
    try:
        return run(given)
    except InputError as error:
        print(f"protocol: {error}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
