"""The kill test: a study is killed again and again, and must come out as if nothing had happened.

    make chaos                                  # 200 kills; most of an hour on two cores
    python tests/chaos/kill_test.py --kills 10 --short

Prints a page of Markdown; exit status 1 when anything is not as it should be. Linux, two CPUs, 4 GiB of memory.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from chaos_study import FULL, SHORT, ChaosStudy
from findings import Findings, asked, cleaned, faults, half_written
from found_page import found_page
from kills import LINGER_SECONDS, Kills, Story

GRID = 10
ALLOWED = 1.25


@dataclass
class Verdict:
    """What the kill test found.

    Attributes:
        undisturbed: seconds of the study alone.
        training: of these since its first worker trained.
        storages: how many studies were disturbed.
        half_written: files that dead processes left in the storages, gone after `s4mcl clean`.
        faults: what is not as it should be.
    """

    undisturbed: float
    training: float
    storages: int
    half_written: int
    story: Story
    faults: list[str]

    @property
    def ratio(self) -> float:
        """Time without start-ups over that of as many undisturbed studies."""
        return (self.story.seconds - self.story.startup) / (self.storages * self.undisturbed)

    @property
    def strict(self) -> float:
        """The same where no start-up counts, on either side: what was trained twice, and waited for."""
        left = self.story.seconds - self.story.startup - self.story.first_startup
        return left / (self.storages * self.training)


def kill_test(
    study: ChaosStudy,
    folder: Path,
    *,
    kills: int,
    pause: float,
    seed: int,
    linger: float = LINGER_SECONDS,
    say: bool = False,
) -> Verdict:
    """Run a study undisturbed, then in new storages under kills, and compare.

    Args:
        kills: how many in all.
        pause: seconds between two, on average.
        linger: seconds that processes may outlive their driver.
        say: whether to tell of the progress.
    """
    alone = Kills(study, kills=0, pause=pause, seed=seed)
    alone.run(folder / "alone", folder / "alone.log")
    expected = Findings.of(folder / "alone")
    found = [f"undisturbed: {fault}" for fault in [*alone.story.faults, *faults(folder / "alone", GRID)]]
    disturbed = Kills(study, kills=kills, pause=pause, seed=seed)
    storages, left = 0, 0
    while disturbed.story.killed < kills and len(found) < 10:
        storages += 1
        storage = folder / f"disturbed{storages}"
        disturbed.run(storage, folder / f"disturbed{storages}.log")
        wrong = [*expected.differences(Findings.of(storage)), *faults(storage, GRID)]
        left += len(half_written(storage))
        wrong += [*cleaned(storage), *_untouched(disturbed, storage, folder)]
        found += [f"storage {storages}: {fault}" for fault in wrong]
        if say:
            story = disturbed.story
            print(
                f"{story.killed} kills, {story.drivers} drivers, {story.seconds:.0f} s of which {story.startup:.0f} s "
                f"starting, {len(found) + len(story.faults)} faults",
                file=sys.stderr,
                flush=True,
            )
        if not wrong:
            shutil.rmtree(storage)
    disturbed.wait_for_orphans(linger)
    seconds = alone.story.seconds
    training = seconds - alone.story.first_startup
    return Verdict(seconds, training, storages, left, disturbed.story, [*found, *disturbed.story.faults])


def _untouched(disturbed: Kills, storage: Path, folder: Path) -> list[str]:
    """The same command once more, after cleaning, trains nothing."""
    again = Kills(disturbed.study, kills=0, pause=1.0, seed=0)
    before = Findings.of(storage).trials, newest_moment(storage)
    again.run(storage, folder / "again.log")
    after = Findings.of(storage).trials, newest_moment(storage)
    return [*again.story.faults, *([] if before == after else ["a finished study was changed by running it again"])]


def newest_moment(storage: Path) -> object:
    """Attempts and end of all trials."""
    return asked(storage, "select key, attempt, finished_at from trials order by key")


def page(verdict: Verdict, given: argparse.Namespace) -> str:
    """The result as Markdown."""
    story = verdict.story
    rows: list[tuple[str, str]] = [
        *((f"killed: {kind}", str(count)) for kind, count in sorted(story.kills.items())),
        ("killed in all", str(story.killed)),
        ("studies, drivers started", f"{verdict.storages}, {story.drivers}"),
        ("undisturbed study", f"{verdict.undisturbed:.1f} s"),
        ("disturbed studies, all together", f"{story.seconds:.1f} s"),
        ("of these in start-ups", f"{story.startup:.1f} s"),
        ("the rest over as many undisturbed ones", f"{verdict.ratio:.2f} ({ALLOWED} allowed)"),
        ("no start-up counted on either side", f"{verdict.strict:.2f}"),
        ("a driver's start until a worker trains", _spread(story.startups)),
        ("a killed worker's replacement", _spread(story.replacements)),
        ("from the death of raylet or GCS to the driver's end", _spread(story.leaving)),
        ("longest outlived driver", _listed({k: f"{v:.1f} s" for k, v in sorted(story.lingering.items())})),
        ("processes that the test had to end", _listed(story.ended_by_us)),
        ("exit status of drivers", _listed(story.statuses)),
        ("half-written files before cleaning", str(verdict.half_written)),
        ("faults", str(len(verdict.faults))),
    ]
    command = f"make chaos   # python tests/chaos/kill_test.py --kills {given.kills} --seed {given.seed}"
    return found_page(command, rows, verdict.faults)


def _spread(seconds: Sequence[float]) -> str:
    if not seconds:
        return "none"
    return f"median {median(seconds):.1f} s, at most {max(seconds):.1f} s ({len(seconds)})"


def _listed(found: Mapping[str, object]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in found.items()) or "none"


def main() -> int:
    """Command line."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--kills", type=int, default=200)
    words.add_argument("--pause", type=float, default=8.0, help="mean seconds between kills")
    words.add_argument("--seed", type=int, default=20261124)
    words.add_argument("--short", action="store_true", help="the small study of make test")
    words.add_argument("--keep", action="store_true", help="keep the folder")
    given = words.parse_args()
    from shapes_dataset import write_shapes

    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    os.environ["RAY_TMPDIR"] = os.environ["TMPDIR"] = str(folder)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    study = ChaosStudy(write_shapes(folder / "data"), SHORT if given.short else FULL)
    begun = time.monotonic()
    verdict = kill_test(study, folder, kills=given.kills, pause=given.pause, seed=given.seed, say=True)
    print(page(verdict, given))
    print(f"took {time.monotonic() - begun:.0f} s", file=sys.stderr)
    bad = bool(verdict.faults) or verdict.ratio > ALLOWED
    if bad or given.keep:
        print(f"logs: {folder}", file=sys.stderr)
    else:
        shutil.rmtree(folder)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
