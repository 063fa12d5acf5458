"""No rule without a story: its condition is made true and false again, and the alert follows."""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from ota.alerts import rulebook

HERE = Path(__file__).parent
Seen = list[list[int]]  # the counts of the open alerts, each time a story looked


def test_every_rule_has_a_story_of_how_it_opens_and_closes() -> None:
    told = {rule for story in stories() for rule in rulebook.RULES if is_whole(looks(story, rule))}
    assert set(rulebook.RULES) - told == set()


def test_a_story_that_leaves_something_out_is_none() -> None:
    assert is_whole([[], [1], [2], []])
    assert is_whole([[], [], [1, 1], [2, 2], [], [3]])
    for short in ([[], [1], [2]], [[1], [2], []], [[], [1], []], [[], [2], []], [[], [1], [1], []]):
        assert not is_whole(short)


def stories() -> Iterator[ast.FunctionDef]:
    """Every test of this folder."""
    for file in sorted(HERE.glob("test_*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield node


def looks(story: ast.FunctionDef, rule: str) -> Seen:
    """The counts in each `assert alerts(rule) == [(subject, count), …]`, from top to bottom."""
    asserted = [node.test for node in ast.walk(story) if isinstance(node, ast.Assert)]
    found = []
    for test in sorted(asserted, key=lambda test: test.lineno):
        match test:
            case ast.Compare(
                left=ast.Call(func=ast.Name("alerts"), args=[about, *_]),
                comparators=[ast.List(expected)],
            ) if rule in _named(about, story):
                found.append([each.elts[1].value for each in expected])  # type: ignore[attr-defined]
    return found


def _named(about: ast.expr, story: ast.FunctionDef) -> list[str]:
    """The rule of this name, or those that a story is told of by turns."""
    if isinstance(about, ast.Constant):
        return [str(about.value)]
    calls = [each for each in story.decorator_list if isinstance(each, ast.Call)]
    return [rule for call in calls for rule in ast.literal_eval(call.args[1])]


def is_whole(seen: Seen) -> bool:
    """Whether an alert opened, was the same one when seen again, and closed."""
    twice = [n for n, (a, b) in enumerate(pairwise(seen)) if _again(a, b)]
    return any([] in seen[:n] and [] in seen[n + 2 :] for n in twice)


def _again(once: list[int], twice: list[int]) -> bool:
    return len(once) == len(twice) and set(once) == {1} and set(twice) == {2}
