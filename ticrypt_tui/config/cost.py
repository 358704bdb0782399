"""Cost functions as people write them: `pack`, or `linear(memory) + 2*exponential(vms)`.

A host costs the sum of its terms; a VM goes to the cheapest host that can hold it. The shapes of
the curves and the names are this project's own (domain.md 5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

CURVES = {"constant": 1.0, "linear": 1.0, "step": 0.5, "exponential": 5.0}
"""Each curve, and its parameter where none is given."""
ATTRIBUTES = ("vms", "cores", "memory", "devices", "skew", "empty", "idle")
READY_MADE = {
    "spread": "linear(vms) + linear(cores) + linear(memory) + 10*linear(idle)",
    "pack": "0.04*constant - 0.02*linear(cores) - 0.02*linear(memory) + linear(skew)"
    " + 2*linear(empty) + 10*linear(idle)",
    "balance": "4*linear(skew) + linear(cores) + linear(memory) + 10*linear(idle)",
}
EXAMPLE = "linear(memory) + 2*exponential(vms)"
LONGEST = 200
_HEAVIEST, _LARGEST = 1_000.0, 100.0
_NUMBER = r"[0-9]{1,6}(?:\.[0-9]{1,6})?"
_TERM = re.compile(
    rf"(?P<sign>[+-])?(?:(?P<weight>{_NUMBER})\*)?(?P<curve>[a-z]+)"
    rf"(?:\((?P<attribute>[a-z]+)(?:,(?P<parameter>{_NUMBER}))?\))?"
)


@dataclass(frozen=True, slots=True)
class CostTerm:
    """One term: a weight times a curve over an attribute; only `constant` may lack an attribute."""

    weight: float
    curve: str
    attribute: str
    parameter: float


def cost_terms(text: str) -> tuple[CostTerm, ...]:
    """The terms of a cost function; nothing at all is `spread`. Raises `ValueError` in words."""
    written = text.strip() or "spread"
    if len(written) > LONGEST:
        raise ValueError(f"a cost function of at most {LONGEST} characters")
    rest = "".join(READY_MADE.get(written, written).split())
    terms: list[CostTerm] = []
    while rest:
        found = _TERM.match(rest)
        rest = rest[found.end() :] if found else rest
        if found is None or rest.startswith("(") or (terms and not found["sign"]):
            raise ValueError(f"{', '.join(READY_MADE)}, or a sum of terms such as {EXAMPLE}")
        terms.append(_term(found))
    return tuple(terms)


def _term(found: re.Match[str]) -> CostTerm:
    curve, attribute = found["curve"], found["attribute"] or ""
    if curve not in CURVES:
        raise ValueError(f"a curve ({', '.join(CURVES)}), not {curve}")
    if attribute not in ATTRIBUTES and (attribute or curve != "constant"):
        what = attribute or "nothing"
        raise ValueError(f"{curve} over one of {', '.join(ATTRIBUTES)}, not over {what}")
    weight = float(found["weight"] or 1)
    parameter = float(found["parameter"] or CURVES[curve])
    if weight > _HEAVIEST or not 0 < parameter <= _LARGEST:
        raise ValueError(
            f"a weight of at most {_HEAVIEST:g}, and a parameter above 0 and at most {_LARGEST:g}"
        )
    return CostTerm(-weight if found["sign"] == "-" else weight, curve, attribute, parameter)
