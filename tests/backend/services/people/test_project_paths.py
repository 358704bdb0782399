"""The tree of projects, also where a store has no tree."""

from __future__ import annotations

import pytest

from ticrypt_tui.backend.services.people.project_paths import ancestors, is_below, paths
from ticrypt_tui.backend.store.tables.people import Project

TREE = [
    Project(id="g", tag="genomics"),
    Project(id="t", tag="trial-7", parent_id="g"),
    Project(id="a", tag="arm-b", parent_id="t"),
    Project(id="i", tag="imaging"),
]
CIRCLE = [Project(id="x", tag="x", parent_id="y"), Project(id="y", tag="y", parent_id="x")]
ORPHAN = [Project(id="o", tag="orphan", parent_id="gone")]


def test_a_path_goes_from_the_top_down() -> None:
    assert paths(TREE) == {
        "g": "genomics", "t": "genomics/trial-7", "a": "genomics/trial-7/arm-b", "i": "imaging",
    }  # fmt: skip


def test_the_ancestors_begin_with_the_parent() -> None:
    assert ancestors(TREE, "a") == ("t", "g")
    assert ancestors(TREE, "g") == ancestors(TREE, None) == ()


@pytest.mark.parametrize(
    ("child", "ancestor", "below"),
    [
        ("t", "g", True),
        ("a", "g", True),
        ("g", "t", False),
        ("g", "g", False),
        ("t", "i", False),
        (None, "g", False),
        ("ghost", "g", False),
    ],
)
def test_below_is_at_any_depth_and_never_itself(
    child: str | None, ancestor: str, below: bool
) -> None:
    assert is_below(TREE, child, ancestor) is below


def test_a_circle_of_parents_ends_nowhere_but_ends() -> None:
    assert paths(CIRCLE) == {"x": "y/x", "y": "x/y"}
    assert ancestors(CIRCLE, "x") == ("y",)
    assert not is_below(CIRCLE, "x", "x")


def test_a_parent_that_is_gone_is_left_out() -> None:
    assert paths(ORPHAN) == {"o": "orphan"}
    assert ancestors(ORPHAN, "o") == ()


def test_a_very_deep_tree_is_no_trouble() -> None:
    deep = [Project(id=str(n), tag=str(n), parent_id=str(n - 1) if n else None) for n in range(900)]
    assert is_below(deep, "899", "0")
    assert paths(deep)["899"].startswith("0/1/2/")
