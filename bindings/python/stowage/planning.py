"""The planner: places buffers with known lifetimes in the smallest arena, and checks such plans.

The plans are those of the JavaScript library (algorithm ``auto``) byte for byte: same problem, seed and node limit, same
offsets.
"""

from __future__ import annotations

import array
import ctypes
import functools
import operator
from typing import Any, Iterable, List, NamedTuple, Optional, Sequence, Tuple, Union

from . import _native

_MAX_TICK = (1 << 32) - 1
_MAX_BYTES = (1 << 53) - 1
_MAX_ALIGNMENT = 1 << 52
_MAX_NODES = (1 << 63) - 1
_NONE = (1 << 32) - 1
_UNLIMITED = (1 << 64) - 1
#: At most so many violations are reported, as by the library.
_MOST_VIOLATIONS = 100
#: Kinds of violation, by their number.
_KINDS = ("overlap", "misaligned", "moved", "over-capacity", "out-of-range")
_USAGE_ERROR, _MEMORY_ERROR = 1, 2


class Buffer(NamedTuple):
    """One buffer to place; a tuple of the same fields does as well.

    Attributes:
        start: First tick of the lifetime ``[start, end)``, from 0 to 2^32 - 1.
        end: First tick after the lifetime. A buffer with ``end == start`` gets offset 0.
        size: Bytes, at most 2^53 - 1. A buffer of size 0 gets offset 0.
        alignment: Bytes, a power of two that the offset must be a multiple of; None for the common one.
        offset: Bytes; where given, the buffer must be exactly there.
        gaps: Half-open parts ``(start, end)`` of the lifetime in which the buffer holds nothing: ascending, apart, and
            inside the lifetime.
    """

    start: int
    end: int
    size: int
    alignment: Optional[int] = None
    offset: Optional[int] = None
    gaps: Sequence[Tuple[int, int]] = ()


class Plan(NamedTuple):
    """A verified plan.

    Attributes:
        offsets: Bytes from the start of the arena, one per buffer, in their order.
        peak: Bytes of the arena: max(offset + size).
        lower_bound: Bytes that no plan can undercut.
        status: ``optimal`` where the peak equals the lower bound, else ``feasible``.
        algorithm: What made the offsets, e.g. ``greedy-by-size``.
        nodes: Buffers placed, over all attempts: the work done.
    """

    offsets: List[int]
    peak: int
    lower_bound: int
    status: str
    algorithm: str
    nodes: int

    @property
    def optimal(self) -> bool:
        """Whether no plan has a smaller peak."""
        return self.status == "optimal"


class Violation(NamedTuple):
    """One way in which offsets break the rules.

    Attributes:
        kind: ``overlap``, ``misaligned``, ``moved`` (away from a fixed offset), ``over-capacity`` or ``out-of-range``.
        buffer: Index of the buffer.
        other: Index of the buffer that it overlaps; None for other kinds.
    """

    kind: str
    buffer: int
    other: Optional[int] = None


AnyBuffer = Union[Buffer, Tuple[Any, ...]]


def plan(
    buffers: Iterable[AnyBuffer], *, alignment: int = 1, node_limit: Optional[int] = None, seed: int = 1
) -> Plan:
    """Plans, and verifies the plan by code that shares nothing with the solvers.

    Other threads of Python run meanwhile.

    >>> plan([(0, 3, 8), (2, 5, 4)], alignment=4).offsets
    [0, 8]

    Args:
        buffers: What to place.
        alignment: Bytes, a power of two, for the buffers that have none of their own.
        node_limit: Buffers placed at most, over all attempts; None for some seconds' worth at most.
        seed: From 0 to 2^32 - 1.

    Raises:
        ValueError: a buffer or an argument breaks a rule, or fixed offsets collide; the text names the place.
        MemoryError: planning needs more memory than the process gets.
    """
    problem, keep = _problem(buffers, alignment)
    nodes = 0 if node_limit is None else _integer(node_limit, "node_limit", 1, _MAX_NODES)
    options = _Options(nodes, _integer(seed, "seed", 0, _MAX_TICK))
    offsets = (ctypes.c_uint64 * problem.count)()
    result = _Result()
    why = _native.text()
    error = _library().stowage_plan(
        ctypes.byref(problem), ctypes.byref(options), offsets, ctypes.byref(result), why, len(why)
    )
    del keep
    _raise(error, why)
    return Plan(
        offsets=list(offsets),
        peak=result.peak,
        lower_bound=result.lower_bound,
        status=("optimal", "feasible")[result.status],
        algorithm=result.algorithm.decode(),
        nodes=result.nodes,
    )


def verify(
    buffers: Iterable[AnyBuffer], offsets: Sequence[int], *, alignment: int = 1, capacity: Optional[int] = None
) -> List[Violation]:
    """Checks the offsets of a plan; an empty list for a valid one, at most 100 violations.

    >>> verify([(0, 3, 8), (2, 5, 4)], [0, 6])
    [Violation(kind='overlap', buffer=0, other=1)]

    Args:
        buffers: The buffers.
        offsets: Bytes, one per buffer.
        alignment: Bytes, a power of two, for the buffers that have none of their own.
        capacity: Bytes that the arena may have at most; None for no limit.

    Raises:
        ValueError: a buffer or an argument breaks a rule, or the number of offsets is another.
        MemoryError: checking needs more memory than the process gets.
    """
    problem, keep = _problem(buffers, alignment)
    given = list(offsets)
    if len(given) != problem.count:
        raise ValueError(f"offsets: expected {problem.count} entries, got {len(given)}")
    column = (ctypes.c_uint64 * problem.count)(*map(_offset, given, range(len(given))))
    limit = _UNLIMITED if capacity is None else _integer(capacity, "capacity", 0, _MAX_BYTES)
    found = (_Violation * _MOST_VIOLATIONS)()
    why = _native.text()
    count = _library().stowage_verify(
        ctypes.byref(problem), column, limit, found, _MOST_VIOLATIONS, why, len(why)
    )
    del keep
    _raise(max(0, -count), why)
    return [Violation(_KINDS[v.kind], v.a, None if v.b == _NONE else v.b) for v in found[:count]]


# ---- structures of planner.h


class _Problem(ctypes.Structure):
    _fields_ = [
        ("count", ctypes.c_uint32),
        ("start", ctypes.c_void_p),
        ("end", ctypes.c_void_p),
        ("size", ctypes.c_void_p),
        ("alignment", ctypes.c_void_p),
        ("default_alignment", ctypes.c_uint64),
        ("fixed", ctypes.c_void_p),
        ("gap_index", ctypes.c_void_p),
        ("gap_start", ctypes.c_void_p),
        ("gap_end", ctypes.c_void_p),
    ]


class _Options(ctypes.Structure):
    _fields_ = [("node_limit", ctypes.c_uint64), ("seed", ctypes.c_uint32)]


class _Result(ctypes.Structure):
    _fields_ = [
        ("peak", ctypes.c_uint64),
        ("lower_bound", ctypes.c_uint64),
        ("nodes", ctypes.c_uint64),
        ("status", ctypes.c_uint32),
        ("algorithm", ctypes.c_char_p),
    ]


class _Violation(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_uint32), ("a", ctypes.c_uint32), ("b", ctypes.c_uint32)]


@functools.lru_cache(maxsize=None)
def _library() -> ctypes.CDLL:
    """The shared object, called without the interpreter's lock: planning takes up to seconds."""
    library = ctypes.CDLL(_native.path())
    library.stowage_plan.argtypes = [ctypes.c_void_p] * 5 + [ctypes.c_size_t]
    library.stowage_verify.restype = ctypes.c_int64
    library.stowage_verify.argtypes = [
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_uint64,
        ctypes.c_void_p,
        ctypes.c_uint32,
        ctypes.c_void_p,
        ctypes.c_size_t,
    ]
    return library


def _raise(error: int, why: ctypes.Array[ctypes.c_char]) -> None:
    if error == 0:
        return
    kinds = {_USAGE_ERROR: ValueError, _MEMORY_ERROR: MemoryError}
    raise kinds.get(error, RuntimeError)(why.value.decode())


# ---- buffers as columns


def _problem(buffers: Iterable[AnyBuffer], alignment: int) -> Tuple[_Problem, List[array.array[int]]]:
    """The problem, and what it points into: the caller keeps it. The library checks what depends on several fields."""
    columns: List[array.array[int]] = [array.array(code) for code in "IIQQqIII"]
    start, end, size, own, fixed, gap_index, gap_start, gap_end = columns
    gap_index.append(0)
    count = 0
    for count, item in enumerate(buffers, 1):
        place = f"buffers[{count - 1}]"
        buffer = _buffer(item, place)
        start.append(_integer(buffer.start, f"{place}.start", 0, _MAX_TICK))
        end.append(_integer(buffer.end, f"{place}.end", 0, _MAX_TICK))
        size.append(_integer(buffer.size, f"{place}.size", 0, _MAX_BYTES))
        own.append(0 if buffer.alignment is None else _alignment(buffer.alignment, f"{place}.alignment"))
        fixed.append(-1 if buffer.offset is None else _integer(buffer.offset, f"{place}.offset", 0, _MAX_BYTES))
        _append_gaps(buffer.gaps, place, gap_start, gap_end)
        gap_index.append(len(gap_start))
    problem = _Problem(count=count, default_alignment=_alignment(alignment, "alignment"))
    for name, column in zip("start end size alignment fixed gap_index gap_start gap_end".split(), columns):
        setattr(problem, name, column.buffer_info()[0])
    return problem, columns


def _append_gaps(gaps: Any, place: str, gap_start: array.array[int], gap_end: array.array[int]) -> None:
    try:
        pairs = [(start, end) for start, end in gaps]
    except (TypeError, ValueError):
        raise ValueError(f"{place}.gaps: expected pairs of ticks, got {gaps!r}") from None
    for start, end in pairs:
        gap_start.append(_integer(start, f"{place}.gaps", 0, _MAX_TICK))
        gap_end.append(_integer(end, f"{place}.gaps", 0, _MAX_TICK))


def _buffer(item: Any, place: str) -> Buffer:
    if isinstance(item, Buffer):
        return item
    try:
        return Buffer(*item)
    except TypeError:
        raise ValueError(f"{place}: expected a Buffer or (start, end, size, …), got {item!r}") from None


def _integer(value: Any, place: str, least: int, most: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if not least <= number <= most:
        raise ValueError(f"{place}: expected an integer from {least} to {most}, got {value!r}")
    return number


def _alignment(value: Any, place: str) -> int:
    number = _integer(value, place, 1, _MAX_ALIGNMENT)
    if number & (number - 1):
        raise ValueError(f"{place}: expected a power of two of bytes, got {value!r}")
    return number


def _offset(value: Any, i: int) -> int:
    """An offset as the library takes it: what cannot be one is out of range there."""
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"offsets[{i}]: expected an integer of bytes, got {value!r}") from None
    return number if 0 <= number <= _MAX_BYTES else _UNLIMITED
