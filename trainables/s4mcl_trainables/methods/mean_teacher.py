"""`mean_teacher`: a student agrees with the moving average of itself on unlabelled images (Tarvainen & Valpola 2017).

For masks, with the numbers of SSL4MIS (`methods.teacher`). The student sees the images as they are, the teacher with
noise; both have dropout. The consistency is the mean square of the difference of their probabilities.
"""

from s4mcl_trainables.methods.learner import Problem
from s4mcl_trainables.methods.method import SEGMENTATION, Method
from s4mcl_trainables.methods.teacher import COMPONENTS, Taught, TeacherHyperparameters
from s4mcl_trainables.training.assignment import Assignment
from s4mcl_trainables.training.run import Run

METHODS = {
    "mean_teacher": Method(
        "mean_teacher",
        frozenset({SEGMENTATION}),
        TeacherHyperparameters(),
        __name__,
        uses_unlabelled=True,
        label="Mean Teacher",
        components=COMPONENTS,
    ),
}


def build(problem: Problem, given: TeacherHyperparameters) -> Taught:
    """The learner."""
    return Taught(problem, given)


def start(method: Method, assignment: Assignment) -> Run:
    """Begin a trial."""
    return Run(method, build, assignment)
