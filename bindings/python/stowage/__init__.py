"""stowage: PyTorch's memory from a plan, and the planner itself.

>>> import torch, stowage
>>> stowage.enable()
>>> model = stowage.serve(model)

Docs: docs/pytorch.md of the project.
"""

from ._cuda import cuda_stats
from .figures import Stats
from .planning import Buffer, Plan, Violation, plan, verify
from .served import Served, serve
from .serving import Enabled, Step, enable, load, record, stats, step

__all__ = [
    "Buffer",
    "Enabled",
    "Plan",
    "Served",
    "Stats",
    "Step",
    "Violation",
    "cuda_stats",
    "enable",
    "load",
    "plan",
    "record",
    "serve",
    "stats",
    "step",
    "verify",
]
__version__ = "0.1.0"
