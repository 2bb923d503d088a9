"""What a study would train, and how long that would take, before anything starts."""

from s4mcl.plan.planning import plan_study
from s4mcl.plan.study_plan import StudyPlan

__all__ = ["StudyPlan", "plan_study"]
