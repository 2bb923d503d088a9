"""A teacher: a network whose weights are the moving average of another's (Tarvainen & Valpola 2017)."""

import torch
from torch import nn


def decay_after(step: int, most: float) -> float:
    """min(1 - 1/(t+1), most) after step t, from 0: a plain mean until it is the slower of the two; 0 at first."""
    return min(1 - 1 / (step + 1), most)


def follow(teacher: nn.Module, student: nn.Module, decay: float) -> None:
    """Weights of the teacher become decay times themselves plus (1 - decay) times the student's, in place."""
    with torch.no_grad():
        torch._foreach_lerp_(list(teacher.parameters()), list(student.parameters()), 1 - decay)
