"""Cost functions as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ticrypt_tui.config.cost import ATTRIBUTES, CURVES, LONGEST, READY_MADE, CostTerm, cost_terms


def test_a_cost_function_is_a_sum_of_weighted_curves() -> None:
    assert cost_terms("linear(memory) + 2.5*exponential(vms, 3) - step(devices, 0.75)") == (
        CostTerm(1.0, "linear", "memory", 1.0),
        CostTerm(2.5, "exponential", "vms", 3.0),
        CostTerm(-1.0, "step", "devices", 0.75),
    )


def test_a_curve_has_a_parameter_of_its_own_where_none_is_given() -> None:
    assert [each.parameter for each in cost_terms("step(cores) + exponential(cores)")] == [0.5, 5.0]


def test_a_constant_needs_no_attribute() -> None:
    assert cost_terms("0.3 * constant") == (CostTerm(0.3, "constant", "", 1.0),)
    assert cost_terms("constant(vms, 2)") == (CostTerm(1.0, "constant", "vms", 2.0),)


@pytest.mark.parametrize("name", READY_MADE)
def test_a_ready_made_one_is_short_for_what_could_be_written(name: str) -> None:
    assert cost_terms(f" {name} ") == cost_terms(READY_MADE[name])


def test_nothing_is_spread() -> None:
    assert cost_terms("  ") == cost_terms("spread")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("packs", "a curve (constant, linear, step, exponential), not packs"),
        ("quadratic(memory)", "a curve (constant, linear, step, exponential), not quadratic"),
        ("linear(disk)", "linear over one of vms, cores, memory, devices, skew, empty, idle, not"),
        ("linear", "idle, not over nothing"),
        ("linear(memory) linear(vms)", "a sum of terms such as"),
        ("linear(memory) +", "a sum of terms such as"),
        ("linear(memory", "a sum of terms such as"),
        ("2+linear(memory)", "a sum of terms such as"),
        ("linear(memory, -1)", "a sum of terms such as"),
        ("linear(memory, nan)", "a sum of terms such as"),
        ("linear(memory, 0)", "a parameter above 0"),
        ("exponential(memory, 100.5)", "at most 100"),
        ("1001*linear(memory)", "a weight of at most 1000"),
        ("linear(memory)\x1b[2J", "a sum of terms such as"),
        ("l" * (LONGEST + 1), f"at most {LONGEST} characters"),
        ("__import__('os')", "a sum of terms such as"),
    ],
)  # fmt: skip
def test_what_is_not_a_cost_function_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        cost_terms(text)

    assert said in str(refused.value)


def test_the_page_on_placement_tells_of_every_curve_attribute_and_ready_made_function() -> None:
    page = (Path(__file__).parents[2] / "docs" / "placement.md").read_text(encoding="utf-8")

    assert all(f"`{name}`" in page for name in (*CURVES, *ATTRIBUTES, *READY_MADE))
    assert all(f"{name} {text}" in " ".join(page.split()) for name, text in READY_MADE.items())
