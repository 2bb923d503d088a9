"""What `s4mcl report` was asked for: which studies, where to, with patient images or without."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from s4mcl.ledger import Ledger
from s4mcl.study_directory import StudyDirectory, find_study
from s4mcl_dashboards.material import Material, read_material, without_images
from s4mcl_trainables.problems import InputError


@dataclass(frozen=True)
class Asked:
    """The studies that a report is of, in order.

    Attributes:
        studies: name on the report, no two alike, to the study.
        output: what --output said, None where it was not given.
        images: whether patient images are shown.
    """

    studies: dict[str, StudyDirectory]
    output: str | None = None
    images: bool = True

    @classmethod
    def of(cls, study_dirs: Sequence[Path], output: str | None = None, *, images: bool = True) -> "Asked":
        """Find the studies.

        Raises:
            InputError: there is no such study, or one is named twice.
        """
        found = [find_study(path) for path in study_dirs]
        for place, study in enumerate(found):
            if any(_same(study, other) for other in found[:place]):
                raise InputError(f"{study.path} is named twice.\nCure: name each study once")
        return cls(dict(zip(_names(found), found, strict=True)), output, images)

    def materials(self) -> list[Material]:
        """All that the reports of the studies are made from."""
        read = [read_material(study.path) for study in self.studies.values()]
        return read if self.images else [without_images(material) for material in read]

    def need_trials(self) -> None:
        """For formats that hold trials alone, and so cannot say that there are none.

        Raises:
            InputError: no study has a trial yet.
        """
        for study in self.studies.values():
            with Ledger.open(study.storage, create=False) as ledger:
                if ledger.counts(study.name):
                    return
        told = " and ".join(str(study.path) for study in self.studies.values())
        raise InputError(
            f"{told}: no trials yet, so there is nothing to write.\n"
            "Cure: start with s4mcl run; the format html gives a page that says so"
        )

    def target(self, name: str) -> Path:
        """Where to write: what --output said; else `name` in the study's folder, for several in their storage.

        Raises:
            InputError: the studies lie in several storages, and no --output was given; or its folder does not exist.
        """
        if self.output is not None:
            target = Path(self.output).absolute()
            if not target.parent.is_dir():
                raise InputError(
                    f"{target} cannot be written: there is no folder {target.parent}.\n"
                    "Cure: make it, or name another --output"
                )
            return target
        studies = list(self.studies.values())
        if len(studies) == 1:
            return studies[0].path / name
        storages = {study.storage for study in studies}
        if len(storages) > 1:
            raise InputError(
                f"the studies lie in {len(storages)} storages, so that the report has no place of its own.\n"
                "Cure: say where to write it with --output"
            )
        return studies[0].storage / name


def _same(one: StudyDirectory, other: StudyDirectory) -> bool:
    return one.name == other.name and one.storage.resolve() == other.storage.resolve()


def _names(studies: Sequence[StudyDirectory]) -> list[str]:
    """The studies' names; where two are alike as much of their paths as tells them apart."""
    lengths = [1] * len(studies)
    while True:
        names = ["/".join(study.path.parts[-length:]) for study, length in zip(studies, lengths, strict=True)]
        counts = Counter(names)
        if max(counts.values()) == 1:
            return names
        longest = max(len(study.path.parts) for study in studies)
        if max(lengths) > longest:  # the same path by links: nothing tells them apart
            return [f"{name} ({place})" for place, name in enumerate(names, start=1)]
        lengths = [length + (counts[name] > 1) for length, name in zip(lengths, names, strict=True)]
