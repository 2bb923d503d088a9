"""A table: methods times label fractions, as in the paper's Table 1."""

from typing import ClassVar

from s4mcl.config.hyperparameters import known_method
from s4mcl.config.study_config import Methods, StudyConfig
from s4mcl.designs.arm import Arm
from s4mcl.designs.arrangement import Arrangement, whole
from s4mcl.designs.design import Best, Design
from s4mcl_trainables.problems import Problems


class Table(Design):
    """Each method's best configuration at each label fraction; the reference is the first method.

    Attributes:
        methods: None until `filled`: those of the study. Its label fractions are those of the study that
            both tasks share, unless given.
    """

    kind: ClassVar[str] = "table"

    methods: Methods | None = None

    @property
    def compared(self) -> tuple[str, ...]:
        """All methods."""
        return self.methods or ()

    def filled(self, config: StudyConfig) -> Design:
        """With methods, label fractions and seeds of the study, where the design gives none."""
        given = {"methods": self.methods or config.methods, "seeds": self.seeds or config.seeds}
        return self.model_copy(update={**given, "label_fractions": self.label_fractions or config.equal_fractions})

    def check(self, where: str, problems: Problems) -> None:
        """Note unknown methods."""
        for place, method in enumerate(self.methods or ()):
            known_method(f"{where}.methods[{place}]", method, problems)

    def most_arms(self) -> int:
        """One a method."""
        return len(self.compared)

    def block(self, fraction: float, best: Best) -> Arrangement:
        """One arm a method."""
        return Arrangement(
            tuple(
                Arm(
                    method,
                    method,
                    fraction,
                    whole(method, best(method, fraction)),
                    {"method": method, "label_fraction": fraction},
                )
                for method in self.compared
            )
        )
