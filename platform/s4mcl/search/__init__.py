"""Search: spaces of hyperparameters, samplers, and the proposer of each group."""

from s4mcl.search.proposal import Outcome, Proposal
from s4mcl.search.proposer import Proposer
from s4mcl.search.sampler import sampler_named, sampler_names

__all__ = ["Outcome", "Proposal", "Proposer", "sampler_named", "sampler_names"]
