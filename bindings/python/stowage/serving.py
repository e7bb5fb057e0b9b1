"""Steps of PyTorch served from plans: ``enable``, ``step``, ``stats``, ``record``, ``load``."""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, List, Optional, TypeVar, Union

from . import _cpu, _cuda, _native, events, files
from .figures import Stats

#: Calls of a signature that pass before one is recorded: libraries choose algorithms and fill caches in the first.
WARM = 2
#: Nodes that planning a step spends at most: some tenths of a second.
NODES = 30_000

_enabled: Dict[str, bool] = {"cpu": False, "cuda": False}


class Enabled:
    """What ``enable`` did: true where all devices asked for are served; ``reasons`` says why others are not."""

    def __init__(self, devices: Dict[str, bool], reasons: Dict[str, str]) -> None:
        #: By device, whether it is served.
        self.devices = devices
        #: By device that is not served, the reason.
        self.reasons = reasons

    def __bool__(self) -> bool:
        return not self.reasons

    def __repr__(self) -> str:
        if self:
            return "True"
        return "False: " + "; ".join(f"{device}: {reason}" for device, reason in self.reasons.items())


def enable(devices: Optional[List[str]] = None, *, max_arena_bytes: Optional[int] = None) -> Enabled:
    """Puts stowage in front of PyTorch's allocators in this process.

    Call it once, before the first tensor on CUDA: PyTorch takes another CUDA allocator only then. On CUDA, PyTorch's own
    allocator is replaced, with its statistics (``torch.cuda.memory_stats``, ``memory_snapshot``); ``stats`` has ours.

    Args:
        devices: of "cpu" and "cuda"; by default both, CUDA where this PyTorch sees a device.
        max_arena_bytes: bytes of all arenas on the CPU together; by default half of the machine's memory.

    Returns:
        A value that is true where all these devices are served, and that says why not where it is false.
    """
    import torch

    if devices is None:
        devices = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    unknown = [device for device in devices if device not in ("cpu", "cuda")]
    if unknown:
        raise ValueError(f'devices: expected "cpu" or "cuda", got {unknown[0]!r}')
    reasons: Dict[str, str] = {}
    for device in devices:
        try:
            done, reason = _cpu.enable(_cap(max_arena_bytes)) if device == "cpu" else _cuda.enable_cuda()
        except OSError as error:
            done, reason = False, f"the shared object of stowage cannot be loaded: {error}"
        _enabled[device] = _enabled[device] or done
        if not _enabled[device]:
            reasons[device] = reason
    if _enabled["cpu"]:
        _cpu.settings(WARM, NODES)
    return Enabled(dict(_enabled), reasons)


def _cap(max_arena_bytes: Optional[int]) -> int:
    if max_arena_bytes is not None:
        if max_arena_bytes < 0:
            raise ValueError(f"max_arena_bytes: expected 0 or more, got {max_arena_bytes}")
        return max_arena_bytes
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


class Step:
    """One iteration, as ``with``: see ``step``."""

    __slots__ = ("name", "_number", "_is_on_cuda")

    def __init__(self, name: str) -> None:
        self.name = name
        self._number = _native.number_of(name)
        self._is_on_cuda = False

    def __enter__(self) -> "Step":
        # first what may raise: a given plan is checked
        if _enabled["cuda"]:
            _cuda.begin(self.name)
            self._is_on_cuda = True
        if _enabled["cpu"]:
            _cpu.begin(self._number)
        return self

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        is_on_cuda, self._is_on_cuda = self._is_on_cuda, False
        if is_on_cuda:
            _cuda.end(kind is not None)
        if _enabled["cpu"]:
            _cpu.end(kind is not None)
        if is_on_cuda and isinstance(value, RuntimeError):
            _cuda.raise_out_of_memory(value)


def step(name: str = "step") -> Step:
    """An iteration of a loop, as ``with stowage.step("train"):`` around its body.

    The first ones pass, one is recorded and planned, and the later ones are served from the plan. What they allocate
    otherwise than recorded comes from the general allocator and is counted; a block that outlives its iteration does too.
    Where ``zero_grad(set_to_none=True)`` ends the body, gradients are part of the plan.

    Args:
        name: of the signature: iterations of one name have one plan, each thread an arena of its own on the CPU.
    """
    return Step(name)


def stats() -> Stats:
    """What was served and what was not, by signature and device.

    Keys of the figures: ``arena`` (bytes of the plan), ``lower_bound`` (bytes that no plan of the recorded buffers can undercut,
    streams apart), ``proven`` (whether they are equal), ``served``, ``larger``, ``blocked``, ``extra``, ``unknown``,
    ``unmanaged``, ``missing`` (allocations, over all iterations), ``bytes_elsewhere`` (bytes asked for in iterations and
    served by the general allocator), ``reason`` (why there is no plan, or not the last one).
    """
    return Stats(_by_device(_cpu.stats, _cuda.stats))


_Found = TypeVar("_Found")


def _by_device(
    of_cpu: Callable[[int], _Found], of_cuda: Callable[[str], Dict[str, _Found]]
) -> Dict[str, Dict[str, _Found]]:
    """By signature and device, what is known of it: of a number on the CPU, of a name on CUDA. What is empty is left out."""
    result: Dict[str, Dict[str, _Found]] = {}
    for name, number in _native.signatures().items():
        devices: Dict[str, _Found] = {}
        if _enabled["cpu"]:
            devices["cpu"] = of_cpu(number)
        if _enabled["cuda"]:
            devices.update(of_cuda(name))
        devices = {device: found for device, found in devices.items() if found}
        if devices:
            result[name] = devices
    return result


def record(path: Union[str, "os.PathLike[str]"], signature: Optional[str] = None) -> int:
    """Writes the last recorded iteration of a signature as an event log, for stowage's command line and page.

    Args:
        path: of the file, e.g. ``step.jsonl``. It is replaced as a whole, mode and owner stay; links are followed;
            devices, pipes and sockets are written to.
        signature: a key of ``stats()``; may be left out where one alone was recorded.

    Returns:
        The number of allocations written.

    Raises:
        ValueError: nothing was recorded, or several signatures were and none is named.
    """
    recorded = _by_device(_cpu.recorded, _cuda.recorded)
    if signature is None and len(recorded) > 1:
        raise ValueError(f"signature: expected one of {', '.join(map(repr, recorded))}: several were recorded")
    name = signature if signature is not None else next(iter(recorded), None)
    if name not in recorded:
        raise ValueError(
            "nothing was recorded yet: run more iterations"
            if name is None
            else f"signature: {name!r} was not recorded; expected one of {', '.join(map(repr, recorded)) or 'none yet'}"
        )
    return events.write(path, recorded[name])


def load(folder: Union[str, "os.PathLike[str]"]) -> List[str]:
    """Serves signatures from the plans that ``stowage export --format pytorch`` wrote: they are kept as they are.

    Iterations of these names (``step(name)``) are served from the first one on; nothing is recorded for them.

    Returns:
        The signatures.

    Raises:
        ValueError: the file is no such plan, was changed, or a plan in it breaks a rule.
    """
    plans = files.read_plan(folder)
    for plan in plans:
        if plan.device == "cuda":
            _cuda.install(plan.signature, plan.rows, plan.peak, plan.lower_bound)
        else:
            _cpu.install(_native.number_of(plan.signature), plan.unit, plan.rows, plan.peak, plan.lower_bound)
    return [plan.signature for plan in plans]
