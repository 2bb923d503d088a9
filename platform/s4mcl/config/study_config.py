"""The configuration of a study: every key there is, typed, checked and frozen."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from s4mcl.config import expected
from s4mcl.config.problem_texts import problem_texts
from s4mcl.search.sampler import sampler_names
from s4mcl_trainables.label_fraction import LabelFraction, TaskFractions
from s4mcl_trainables.problems import InputError, Problems

Positive = Annotated[int, expected.whole(1)]
Natural = Annotated[int, expected.whole(0)]
Share = Annotated[float, expected.share(one_allowed=False)]
Fraction = Annotated[float, expected.share(one_allowed=True)]
Fractions = Annotated[tuple[Fraction, ...], expected.several("[0.1, 0.5, 1.0]")]
TaskFractionsOrShare = Annotated[LabelFraction, expected.label_fraction()]
LabelFractions = Annotated[
    tuple[TaskFractionsOrShare, ...], expected.several("[0.1, 0.5, 1.0]"), expected.grid_of_tasks()
]
Seeds = Annotated[tuple[int, ...], expected.seeds()]
Methods = Annotated[
    tuple[Annotated[str, expected.text("the name of a method")], ...], expected.several("[unet, s4mcl]")
]
Flag = Annotated[bool, expected.flag()]
Precision = Annotated[str, expected.one_of(("auto", "float32", "bfloat16"))]
Split = Annotated[str, expected.one_of(("group", "patch", "paper", "given"))]
Schedule = Annotated[str, expected.one_of(("constant", "cosine"))]
Pool = Annotated[str, expected.one_of(("remainder", "all"))]
SamplerName = Annotated[str, expected.one_of(sampler_names())]
Test = Annotated[str, expected.one_of(("open", "locked"))]
Reuse = Annotated[str, expected.one_of(("strict", "same-config", "off"))]
Objective = Annotated[str, expected.one_of(("score", "pareto"))]
StoppingKind = Annotated[str, expected.one_of(("none", "asha", "median", "seeds"))]
Amount = Annotated[float, expected.number(0)]
Placement = Annotated[str, expected.one_of(("spread", "pack"))]


class Part(BaseModel):
    """A part of the configuration: unknown keys are refused, values do not change."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Budget(Part):
    """What one trial may spend, in iterations. Reports come every tenth of it unless said otherwise.

    `report_every` is never more than the iterations: a trial reports at least once, at its end.
    """

    iterations: Positive
    report_every: Positive
    patience: Positive | None = None

    @model_validator(mode="before")
    @classmethod
    def _reports(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        iterations, every = given.get("iterations"), given.get("report_every")
        if not isinstance(iterations, int | float) or iterations < 1:
            return {**given, "report_every": 1 if every is None else every}
        if every is None:
            return {**given, "report_every": max(1, iterations // 10)}
        return {**given, "report_every": iterations} if isinstance(every, int | float) and every > iterations else given


class EarlyStopping(Part):
    """Which proposals of a search end before their budget.

    Attributes:
        kind: none; asha (the best 1/reduction of a rung go on), median (whoever is worse than the median of the others'
            running means stops), or seeds (a proposal starts with one seed and earns the next by the median rule).
        grace: iterations before the first decision; None: one report.
        reduction: of asha: each rung is so many times further, and 1 in so many goes on.
        samples: of median and seeds: how many proposals must have reached a rung before it judges.
    """

    kind: StoppingKind = "none"
    grace: Positive | None = None
    reduction: Annotated[int, expected.whole(2)] = 3
    samples: Positive = 5


class Search(Part):
    """The search stage: proposals a method, and on which label fractions and seeds each is scored.

    Attributes:
        trials: proposals a method, shared among the label fractions.
        max_iterations: training iterations that a method's search may spend at most; None: no bound beside `trials`.
        objective: score (one number), or pareto: the set of (balanced accuracy, Dice).
        constraints: such as "val_dice >= 0.5"; proposals that break one are never the best.
        start: method to hyperparameters that are proposed right after the defaults.
        warm_start: studies whose finished proposals the sampler is shown: a name in this storage, or a STUDY_DIR.
    """

    label_fractions: Fractions = (0.2,)
    trials: Natural = Field(10, validate_default=True)
    max_iterations: Positive | None = None
    seeds: Seeds = (0,)
    sampler: SamplerName = "tpe"
    deterministic: Flag = True
    seed: Natural = 0
    objective: Objective = "score"
    constraints: tuple[str, ...] = ()
    start: dict[str, list[dict[str, Any]]] = {}
    warm_start: tuple[str, ...] = ()
    early_stopping: EarlyStopping = EarlyStopping()

    @field_validator("trials")
    @classmethod
    def _one_each(cls, trials: int, info: ValidationInfo) -> int:
        fractions = info.data.get("label_fractions", ())  # absent where it was refused itself
        if 0 < trials < len(fractions):
            raise expected.unexpected(f"at least one proposal for each of the {len(fractions)} search.label_fractions")
        return trials


class Data(Part):
    """The prepared dataset and how it is divided; shares of the labelled images (test) and of the rest (validation)."""

    path: Annotated[
        str, expected.text("the folder of a prepared dataset (`s4mcl data prepare` or `s4mcl data phantom` makes one)")
    ]
    validation: Share = 0.2
    test: Share = 0.155
    split_seed: Natural = 0


class Batch(Part):
    """Images a step, with and without labels."""

    labelled: Positive = 10
    unlabelled: Positive = 10


class Prices(Part):
    """What an hour of a reserved CPU or GPU costs, so that the report can tell what the study did; None: not known."""

    cpu_hour: Amount | None = None
    gpu_hour: Amount | None = None
    currency: Annotated[str, expected.text("a currency such as EUR", empty=True)] = ""


class Cluster(Part):
    """What a pack of trials gets, and what Ray may use; None: what is there.

    Attributes:
        address: of a Ray cluster that is there already: HOST:PORT of its head, or auto on one of its nodes.
        trials_per_pack: that train as one program; auto: on GPUs as many as pays (`execution.packing`).
        memory_per_pack: GiB that Ray keeps free for a pack on the node where it trains.
        gpus_per_pack: auto: a share of one, as its memory allows (`execution.shares`); 0 where no GPU is.
        placement: of packs on the nodes of a cluster: spread, each on the emptiest, or pack, one node after the other.
        num_cpus, num_gpus: what Ray may use here; of a cluster, what it will have once it has grown.
        max_failures: how often a pack whose worker died is tried again.
        silence: a pack that has been silent for so many times its median report time is killed and resumed (0: never).
        prices: of an hour; no trial depends on them.
    """

    address: Annotated[str, expected.text("HOST:PORT of a Ray cluster, or auto")] | None = None
    cpus_per_pack: Positive = 1
    trials_per_pack: Annotated[int | Literal["auto"], expected.whole(1, also="auto")] = "auto"
    memory_per_pack: Amount | None = None
    gpus_per_pack: Annotated[float | Literal["auto"], expected.number(0, also="auto")] = 0.0
    concurrency: Positive | None = None
    num_cpus: Positive | None = None
    num_gpus: Natural | None = None
    placement: Placement = "spread"
    max_failures: Natural = 2
    silence: Amount = 10.0
    prices: Prices = Prices()

    @property
    def proposals(self) -> int:
        """Proposals of a search that may be under way at once: a number in the configuration, never a measured one."""
        return max(1, self.concurrency or 1) * (1 if self.trials_per_pack == "auto" else self.trials_per_pack)

    @property
    def gpus(self) -> float:
        """GPUs that a pack reserves at most; with auto a whole one."""
        return 1.0 if self.gpus_per_pack == "auto" else float(self.gpus_per_pack)


class Ablate(Part):
    """The ablate stage: designs by name, each with its kind and the fields of that kind (`s4mcl.designs`).

    Attributes:
        designs: name to {kind, method, ...}.
        max_trials: a design that would be larger is refused.
    """

    designs: dict[str, dict[str, Any]] = {}
    max_trials: Positive = 1000


class Claim(Part):
    """What the study is to show, said before anything is measured: that a method beats others, in accuracy and in Dice.

    The report tests each comparison, corrected for all of them. No trial depends on it.

    Attributes:
        method: whose claim; None: nothing is claimed.
        against: whom it is to beat, each at the same label fraction; None: all other methods of the study.
        up_to: the largest label fraction at which it is to beat them; there it is to beat the single-task networks
            (`cnn` in accuracy, `unet` in Dice) with all labels, too, where the study has them.
    """

    method: Annotated[str, expected.text("the name of a method")] | None = None
    against: Methods | None = None
    up_to: Fraction = 0.5


class Limits(Part):
    """When a study ends in order though more could be trained; None: no limit. Spent by this study's own trials.

    Attributes:
        trials: trials begun by this run and the ones before it.
        hours: of wall time, from the start of this run.
        gpu_hours: of training times GPUs a pack.
    """

    trials: Positive | None = None
    hours: Amount | None = None
    gpu_hours: Amount | None = None


class StudyConfig(Part):
    """A study: methods, label fractions and seeds to compare, the search before it, and what all trials share.

    Attributes:
        ledger: where the ledger of a new storage is kept; None: in the storage itself, as a SQLite file.
        label_fractions: shares of the labels; an entry may give each task its own, for the confirm stage alone.
        artifacts: URI under which the trials' files are kept, where nodes share no folder; None: in the storage.
        seeds: given as how many or which; kept as which.
        hyperparameters: method to hyperparameter to value, fixed by the user and therefore not searched;
            `every_method`: for each that has it.
        space: method to hyperparameter to specification (`read_space`); `every_method`: for each that has it.
        test: `locked` refuses to read test labels.
        surface_distances: whether HD95 and ASSD are measured on the test part; no trial depends on it.
        reuse: whose trials count as done: `strict` by content key; `same-config` also those of other code or another
            numeric profile; `off` trains everything for this study alone.
    """

    name: Annotated[str, expected.folder_name()]
    storage: Annotated[str, expected.text("the folder that holds the studies")] = "studies"
    ledger: Annotated[str, expected.text("postgresql://USER@HOST/DATABASE")] | None = None
    artifacts: Annotated[str, expected.uri()] | None = None
    description: Annotated[str, expected.text("text", empty=True)] = ""
    methods: Methods
    label_fractions: LabelFractions
    seeds: Seeds
    budget: Budget
    search: Search = Search()
    data: Data
    split: Split = "group"
    image_size: Positive
    width: Positive
    depth: Positive = 4
    batch: Batch = Batch()
    schedule: Schedule = "constant"
    unlabelled_pool: Pool = "remainder"
    precision: Precision = "auto"
    hyperparameters: dict[str, dict[str, Any]] = {}
    space: dict[str, dict[str, Any]] = {}
    test: Test = "open"
    surface_distances: Flag = False
    reuse: Reuse = "strict"
    ablate: Ablate = Ablate()
    claim: Claim = Claim()
    limits: Limits = Limits()
    cluster: Cluster = Cluster()

    @property
    def equal_fractions(self) -> tuple[float, ...]:
        """The label fractions that are one for both tasks."""
        return tuple(each for each in self.label_fractions if not isinstance(each, TaskFractions))

    @classmethod
    def from_plain(cls, plain: Any, problems: Problems, cure: str) -> Self:
        """From plain values; `problems` may hold some already, and all are raised together.

        Raises:
            InputError: any problem.
        """
        try:
            config = cls.model_validate(plain)
        except ValidationError as error:
            problems.extend(problem_texts(error, cls))
            raise InputError(problems.text(cure)) from None
        problems.raise_if_any(cure)
        return config
