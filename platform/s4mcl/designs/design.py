"""A design: which configurations an ablation compares, as a function of the best ones that were found."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar

from s4mcl.config import expected
from s4mcl.config.hyperparameters import known_method
from s4mcl.config.study_config import Fractions, Part, Seeds, StudyConfig
from s4mcl.designs.arm import Arm
from s4mcl.designs.arrangement import Arrangement, whole
from s4mcl_trainables.methods import Method, method_named
from s4mcl_trainables.problems import Problems

Best = Callable[[str, float], Mapping[str, Any]]
Word = Annotated[str, expected.text("a name")]


class Design(Part, ABC):
    """The fields of one kind of design, as `ablate.designs.NAME` gives them, and the arms that they mean.

    Attributes:
        kind: what the configuration calls this kind.
        label_fractions: where its arms are trained; None until `filled`: those of the search.
        seeds: with which seeds each arm is trained; None until `filled`: those of the study.
    """

    kind: ClassVar[str]

    label_fractions: Fractions | None = None
    seeds: Seeds | None = None

    @property
    @abstractmethod
    def compared(self) -> tuple[str, ...]:
        """The methods whose best configurations it starts from."""

    @abstractmethod
    def check(self, where: str, problems: Problems) -> None:
        """Note what does not fit the methods; `where` is what messages call the design."""

    @abstractmethod
    def most_arms(self) -> int:
        """How many arms there are at one label fraction, at most, whatever the best configurations are."""

    @abstractmethod
    def block(self, fraction: float, best: Best) -> Arrangement:
        """The arms at one label fraction, the reference first, names unique among them.

        Args:
            fraction: the label fraction.
            best: from method and label fraction to the hyperparameters to start from.
        """

    def filled(self, config: StudyConfig) -> "Design":
        """With label fractions and seeds as the study has them, where the design gives none."""
        given = {"label_fractions": self.label_fractions or config.search.label_fractions}
        return self.model_copy(update={**given, "seeds": self.seeds or config.seeds})

    def most_trials(self) -> int:
        """How many trials a filled design has, at most."""
        return self.most_arms() * len(self.label_fractions or ()) * len(self.seeds or ())

    def arms(self, best: Best) -> tuple[Arm, ...]:
        """All arms of a filled design, label fraction by label fraction, each with its reference first."""
        return self.arrange(best).arms

    def arrange(self, best: Best) -> Arrangement:
        """The arms of a filled design, with notes on what was left out; always the same for the same `best`."""
        fractions = self.label_fractions or ()
        blocks = [self.block(fraction, best) for fraction in fractions]
        if len(blocks) > 1:
            blocks = [block.at(fraction) for fraction, block in zip(fractions, blocks, strict=True)]
        arms = tuple(arm for block in blocks for arm in block.arms)
        return Arrangement(arms, tuple(note for block in blocks for note in block.notes))


class MethodDesign(Design):
    """A design around the best configuration of one method."""

    method: Word

    @property
    def compared(self) -> tuple[str, ...]:
        """The one method."""
        return (self.method,)

    @property
    def found(self) -> Method:
        """The method itself."""
        return method_named(self.method)

    def base(self, fraction: float, best: Best) -> dict[str, Any]:
        """All hyperparameters of the configuration to start from."""
        return whole(self.method, best(self.method, fraction))

    def arm(self, name: str, fraction: float, values: Mapping[str, Any], factors: Mapping[str, Any]) -> Arm:
        """An arm of the method."""
        return Arm(name, self.method, fraction, whole(self.method, values), dict(factors))

    def check(self, where: str, problems: Problems) -> None:
        """Note an unknown method, or what the kind of design does not fit."""
        if known_method(f"{where}.method", self.method, problems):
            self.check_method(where, self.found, problems)

    @abstractmethod
    def check_method(self, where: str, method: Method, problems: Problems) -> None:
        """Note what does not fit the method."""
