"""The figures of ``stowage.stats()``, as values and as text."""

from __future__ import annotations

from typing import Any, Dict


class Stats(Dict[str, Dict[str, Dict[str, Any]]]):
    """By signature and device, the figures of ``stats``; as text, a line for each."""

    def __str__(self) -> str:
        lines = []
        for name, devices in self.items():
            for device, figures in devices.items():
                if not figures.get("arena"):
                    lines.append(f"{name}, {device}: no plan yet{_because(figures)}")
                    continue
                proof = "optimal" if figures["proven"] else f"lower bound {_bytes(figures['lower_bound'])}"
                lines.append(
                    f"{name}, {device}: arena {_bytes(figures['arena'])} ({proof}); served {figures['served']:,}, "
                    f"larger {figures['larger']:,}, blocked {figures['blocked']:,}, extra {figures['extra']:,}, "
                    f"{_bytes(figures['bytes_elsewhere'])} elsewhere{_because(figures)}"
                )
        return "\n".join(lines) or "no iteration yet"


def _because(figures: Dict[str, Any]) -> str:
    return f"; {figures['reason']}" if figures.get("reason") else ""


def _bytes(count: int) -> str:
    for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"
