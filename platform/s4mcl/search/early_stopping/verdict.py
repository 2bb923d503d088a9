"""What becomes of a proposal at a rung."""

from enum import Enum


class Verdict(Enum):
    """GO_ON: it trains further. STOP: it is pruned. WAIT: proposals before it must reach this rung first."""

    GO_ON = "go on"
    STOP = "stop"
    WAIT = "wait"
