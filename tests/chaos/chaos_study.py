"""The study that is disturbed: real S4MCL training, so small that a trial takes a second or a few."""

import sys
from dataclasses import dataclass
from pathlib import Path

NAME = "chaos"
SMALL = ("split=patch", "data.test=0.2", "data.validation=0.25", "image_size=16", "depth=2", "width=4")
BATCH = ("batch.labelled=4", "batch.unlabelled=4", "precision=float32")
STOPPING = ("kind=asha", "grace=10", "reduction=3")
FULL = (
    "methods=[s4mcl,unet,cnn]",
    "label_fractions=[0.4,1.0]",
    "seeds=2",
    "budget.iterations=90",
    "budget.report_every=10",
    "search.trials=6",
    "search.seeds=2",
    "ablate.designs.parts={kind: leave_one_out, method: s4mcl, components: [self_supervision, adversarial_term]}",
)
SHORT = (
    "methods=[s4mcl,cnn]",
    "label_fractions=[0.4]",
    "seeds=2",
    "budget.iterations=60",
    "budget.report_every=10",
    "search.trials=4",
    "ablate.designs.parts={kind: leave_one_out, method: s4mcl, components: [adversarial_term]}",
)


@dataclass(frozen=True)
class ChaosStudy:
    """A dataset and the words of its study."""

    data: Path
    words: tuple[str, ...]

    def command(self, storage: Path) -> list[str]:
        """What is typed at a terminal, the first time and after each death.

        A worker may be killed any number of times: by default its trial would fail after three, as it should.
        """
        how = ("cluster.num_cpus=2", "cluster.max_failures=1000")
        return [str(Path(sys.executable).with_name("s4mcl")), "run", "--no-report", *how, *self.overrides(storage)]

    def overrides(self, storage: Path) -> list[str]:
        """What it is, without how it is run."""
        where = (f"name={NAME}", f"data.path={self.data}", f"storage={storage}")
        stopping = [f"search.early_stopping.{word}" for word in STOPPING]
        search = ("search.label_fractions=[0.4]", "search.deterministic=true", *stopping)
        return [*where, *SMALL, *BATCH, *search, *self.words]
