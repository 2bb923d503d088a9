"""Search: spaces of hyperparameters, samplers, constraints, and the proposer of each group."""

from s4mcl.search.constraint import Constraint, read_constraints
from s4mcl.search.proposal import Outcome, Proposal
from s4mcl.search.proposer import Proposer
from s4mcl.search.sampler import sampler_named, sampler_names

__all__ = ["Constraint", "Outcome", "Proposal", "Proposer", "read_constraints", "sampler_named", "sampler_names"]
