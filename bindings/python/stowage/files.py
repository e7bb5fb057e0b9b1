"""Fixed plans in folders: what ``stowage export --format pytorch -o DIR`` writes, ``stowage.pytorch/1``."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
from typing import Any, Dict, List, NamedTuple, NoReturn, Optional, Set, Tuple, Union

from . import _native

FORMAT = "stowage.pytorch/1"
#: Name of the file in the folder.
NAME = "plan.json"
_MAX_KEY = (1 << 32) - 1
_MAX_ROWS = (1 << 32) - 2
_MAX_BYTES = (1 << 53) - 1


class FixedPlan(NamedTuple):
    """The plan of a signature.

    Attributes:
        signature: Its name, as in ``stowage.step(name)``.
        device: ``cpu`` or ``cuda``.
        unit: Bytes that offsets are multiples of.
        rows: The allocations of an iteration, in their order; ``end`` is ``_native.OPEN`` for one that is not planned.
        peak: Bytes of the arena.
        lower_bound: Bytes that no plan can undercut.
    """

    signature: str
    device: str
    unit: int
    rows: List[_native.Row]
    peak: int
    lower_bound: int


def read_plan(folder: Union[str, "os.PathLike[str]"]) -> List[FixedPlan]:
    """Reads and checks the plans of a folder: format, fingerprint, and the range of every number.

    Whether rows share bytes is checked where a plan is installed.

    Raises:
        ValueError: the file is no such plan, or was changed; the text names the file and the place in it.
        OSError: the file cannot be read.
    """
    path = pathlib.Path(folder) / NAME
    try:
        document = _parsed(path.read_bytes())
        _check_head(document)
        return _signatures(document["signatures"])
    except _Fault as fault:
        raise ValueError(f"{path}: {fault}") from None


class _Fault(Exception):
    """What is wrong, with its place in the file."""


# ---- the text


def _parsed(content: bytes) -> Any:
    try:
        text = content.decode("utf-8")
        return json.loads(text, object_pairs_hook=_members, parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise _Fault(f"byte {error.start}: not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _Fault(f"line {error.lineno}, column {error.colno}: not JSON ({error.msg})") from None
    except RecursionError:
        raise _Fault("not a plan: it is nested too deep") from None
    except ValueError as error:
        raise _Fault(f"not JSON ({error})") from None


def _members(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    """An object; a name that is there twice would hide one value."""
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Fault(f"the field {json.dumps(twice)} is there twice in one object")
    return members


def _constant(text: str) -> NoReturn:
    raise _Fault(f"not JSON ({text} is no number)")


def _check_head(document: Any) -> None:
    if not isinstance(document, dict):
        raise _Fault(f"expected an object with format {json.dumps(FORMAT)}, got {_shown(document)}")
    written = document.get("format")
    if written != FORMAT:
        if isinstance(written, str) and written.startswith("stowage.pytorch/"):
            raise _Fault(f"format: expected {FORMAT}, got {written}: another version of stowage wrote it, export it again")
        raise _Fault(f"format: expected {json.dumps(FORMAT)}, got {_shown(written)}")
    _text(document.get("version"), "version")
    if document.get("fingerprint") != fingerprint(document):
        raise _Fault("fingerprint: the file was changed since stowage export wrote it: export it again")


def fingerprint(document: Dict[str, Any]) -> str:
    """Digest of all fields but the fingerprint itself, whatever white space is between them."""
    content = {name: value for name, value in document.items() if name != "fingerprint"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode('ascii')).hexdigest()}"


# ---- the fields


def _signatures(given: Any) -> List[FixedPlan]:
    if not isinstance(given, list) or not given:
        raise _Fault(f"signatures: expected a list with at least one, got {_shown(given)}")
    plans = [_signature(item, f"signatures[{k}]") for k, item in enumerate(given)]
    seen: Set[Tuple[str, str]] = set()
    for plan in plans:
        name = (plan.signature, plan.device)
        if name in seen:
            raise _Fault(f"signatures: {json.dumps(plan.signature)} on {plan.device} is there twice")
        seen.add(name)
    return plans


def _signature(item: Any, place: str) -> FixedPlan:
    if not isinstance(item, dict):
        raise _Fault(f"{place}: expected an object, got {_shown(item)}")
    name = _text(item.get("name"), f"{place}.name")
    device = item.get("device")
    if device not in _native.UNITS:
        raise _Fault(f"{place}.device: expected one of {', '.join(_native.UNITS)}, got {_shown(device)}")
    unit = _integer(item.get("unit"), f"{place}.unit", _native.UNITS[device], _native.UNITS[device])
    peak = _integer(item.get("peak"), f"{place}.peak", 1, _MAX_BYTES)
    lower_bound = _integer(item.get("lowerBound"), f"{place}.lowerBound", 0, peak)
    status = "optimal" if peak == lower_bound else "feasible"
    if item.get("status") != status:
        raise _Fault(f"{place}.status: expected {status}, got {_shown(item.get('status'))}")
    rows = item.get("rows")
    if not isinstance(rows, list) or not 0 < len(rows) <= _MAX_ROWS:
        raise _Fault(f"{place}.rows: expected a list with at least one row, got {_shown(rows)}")
    checked = [_row(row, i, len(rows), unit, peak, f"{place}.rows[{i}]") for i, row in enumerate(rows)]
    return FixedPlan(name, device, unit, checked, peak, lower_bound)


def _row(row: Any, i: int, count: int, unit: int, peak: int, place: str) -> _native.Row:
    if not isinstance(row, dict):
        raise _Fault(f"{place}: expected an object, got {_shown(row)}")
    key = _integer(row.get("key"), f"{place}.key", 0, _MAX_KEY)
    size = _integer(row.get("size"), f"{place}.size", 1, _MAX_BYTES)
    end: Optional[int] = row.get("end", 0)
    if end is None:
        if row.get("offset", 0) is not None:
            raise _Fault(f"{place}.offset: expected null, since the row outlives its iteration, got {_shown(row.get('offset'))}")
        return _native.Row(key, _native.OPEN, size, 0)
    end = _integer(end, f"{place}.end", i + 1, count)
    offset = _integer(row.get("offset"), f"{place}.offset", 0, _MAX_BYTES)
    if offset % unit:
        raise _Fault(f"{place}.offset: expected a multiple of {unit}, got {offset}")
    if offset + -(-size // unit) * unit > peak:
        raise _Fault(f"{place}.offset: its {size} bytes at {offset} are beyond the peak of {peak}")
    return _native.Row(key, end, size, offset)


def _integer(value: Any, place: str, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        wanted = f"{least}" if least == most else f"an integer from {least} to {most}"
        raise _Fault(f"{place}: expected {wanted}, got {_shown(value)}")
    return value


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value:
        raise _Fault(f"{place}: expected a text, got {_shown(value)}")
    return value


def _shown(value: Any) -> str:
    """A wrong value, not more of it than a message can hold."""
    if value is None:
        return "null or nothing"
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
