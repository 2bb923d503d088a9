"""The ledger: the database of what was planned, what happened and what came out. The only truth."""

from s4mcl.ledger.attempts import Share, Worker
from s4mcl.ledger.backend import DiskFullError
from s4mcl.ledger.ledger import Ledger
from s4mcl.ledger.memory import MemoryFigure
from s4mcl.ledger.owner import Owner
from s4mcl.ledger.proposals import Proposal
from s4mcl.ledger.requests import StopRequest
from s4mcl.ledger.studies import Event
from s4mcl.ledger.trials import COUNTED, FailedTrial, PlannedTrial, TrialState
from s4mcl.ledger.where import Where

__all__ = [
    "COUNTED",
    "DiskFullError",
    "Event",
    "FailedTrial",
    "Ledger",
    "MemoryFigure",
    "Owner",
    "PlannedTrial",
    "Proposal",
    "Share",
    "StopRequest",
    "TrialState",
    "Where",
    "Worker",
]
