"""Early stopping: which proposals end before their budget, decided at rungs of our own iterations."""

from s4mcl.search.early_stopping.judge import Judge
from s4mcl.search.early_stopping.judge_of import judge_of
from s4mcl.search.early_stopping.verdict import Verdict

__all__ = ["Judge", "Verdict", "judge_of"]
