"""What each workflow can ask of the engine, read from its syntax tree.

A line names the way from an entry point to the command, the control flow around it, and what is asked:
``run > live [while] > _arm > _sleep: sleep``. Lines that change are commands that open workflows may meet when they are
replayed.

``python -m tests.engine.fingerprints --write`` takes today's lines as the new baseline: do so only once ``make replay``
passes, or once ``workflow.patched`` guards what changed.
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from activities import contracts

FOLDER = Path(__file__).parents[2] / "workflows"
BASELINE = Path(__file__).with_name("fingerprints.json")

ACTIVITIES = frozenset(
    {"execute_activity", "execute_local_activity", "start_activity", "start_local_activity", "execute_activity_method"}
)
COMMANDS = ACTIVITIES | {
    "sleep",
    "wait_condition",
    "continue_as_new",
    "patched",
    "deprecate_patch",
    "execute_child_workflow",
    "start_child_workflow",
    "get_external_workflow_handle",
    "upsert_search_attributes",
    "upsert_memo",
}
_ENTRIES = ("init", "run", "update", "signal", "query")
_FLOW: dict[type[ast.AST], str] = {
    ast.If: "if",
    ast.While: "while",
    ast.For: "for",
    ast.AsyncFor: "for",
    ast.Try: "try",
    ast.ExceptHandler: "except",
    ast.AsyncWith: "with",
    ast.With: "with",
    ast.Lambda: "lambda",
    ast.IfExp: "if",
    ast.BoolOp: "bool",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Source:
    """The classes and functions of the workflow modules, by name."""

    def __init__(self, texts: list[str]) -> None:
        self.classes: dict[str, ast.ClassDef] = {}
        self.functions: dict[str, Function] = {}
        for text in texts:
            for node in ast.parse(text).body:
                if isinstance(node, ast.ClassDef):
                    self.classes[node.name] = node
                elif isinstance(node, Function):
                    self.functions[node.name] = node

    def workflows(self) -> Iterator[str]:
        """The classes that are workflows."""
        for name, node in self.classes.items():
            if any(_decorated(decorator) == "defn" for decorator in node.decorator_list):
                yield name

    def methods(self, name: str) -> dict[str, Function]:
        """The methods of a class, inherited ones included."""
        node = self.classes.get(name)
        found: dict[str, Function] = {}
        if node is not None:
            for base in reversed(node.bases):
                found |= self.methods(ast.unparse(base))
            found |= {item.name: item for item in node.body if isinstance(item, Function)}
        return found

    def commands(self, workflow: str) -> list[str]:
        """The lines of one workflow, in the order of its source, each function followed where it is first named."""
        methods = self.methods(workflow)
        lines: list[str] = []
        for name, method in methods.items():
            if any(_decorated(decorator) in _ENTRIES for decorator in method.decorator_list):
                lines += self._walk(method, (name,), methods, ())
        return lines

    def _walk(
        self, node: ast.AST, path: tuple[str, ...], methods: dict[str, Function], flow: tuple[str, ...]
    ) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            if child in getattr(node, "decorator_list", ()):
                continue
            if isinstance(child, ast.Call) and (asked := _asked(child.func)):
                yield _line(path, flow, asked, child)
                for argument in (*child.args, *(keyword.value for keyword in child.keywords)):
                    yield from self._walk(ast.Expr(argument), path, methods, flow)
                continue
            if asked := _asked(child):
                yield _line(path, flow, asked, None)
                continue
            called = self._named(child, methods)
            if called is not None and called.name not in (step.partition(" ")[0] for step in path):
                yield from self._walk(called, (*path[:-1], path[-1] + _around(flow), called.name), methods, ())
            inner = (*flow, _FLOW[type(child)]) if type(child) in _FLOW else flow
            yield from self._walk(child, path, methods, inner)

    def _named(self, node: ast.AST, methods: dict[str, Function]) -> Function | None:
        """The function of ours that ``node`` names, called or handed on."""
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            return methods.get(node.attr)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "super()":
            return methods.get(node.attr)
        return self.functions.get(node.id) if isinstance(node, ast.Name) else None


def _decorated(decorator: ast.expr) -> str:
    """``update`` for ``@workflow.update(…)``; nothing for other people's decorators."""
    func = decorator.func if isinstance(decorator, ast.Call) else decorator
    own = isinstance(func, ast.Attribute) and ast.unparse(func.value) == "workflow"
    return func.attr if own and isinstance(func, ast.Attribute) else ""


def _asked(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "workflow" and node.attr in COMMANDS:
        return node.attr
    return ""


def _line(path: tuple[str, ...], flow: tuple[str, ...], asked: str, call: ast.Call | None) -> str:
    what = asked
    if call is not None and asked in ACTIVITIES and call.args:
        what += f" {_activity(call.args[0])}"
    if call is not None and asked in ("patched", "deprecate_patch"):
        what += f" {ast.unparse(call.args[0])}"
    return f"{' > '.join(path)}{_around(flow)}: {what}"


def _around(flow: tuple[str, ...]) -> str:
    return f" [{' '.join(flow)}]" if flow else ""


def _activity(argument: ast.expr) -> str:
    """The activity's registered name where the contracts know it."""
    text = ast.unparse(argument)
    room, _, name = text.rpartition(".")
    return str(getattr(contracts, name, text)) if room == "contracts" else text


def fingerprints(texts: list[str] | None = None) -> dict[str, dict[str, object]]:
    """Workflow -> its lines and their hash."""
    source = Source([path.read_text("utf-8") for path in sorted(FOLDER.glob("*.py"))] if texts is None else texts)
    found: dict[str, dict[str, object]] = {}
    for name in sorted(source.workflows()):
        lines = source.commands(name)
        found[name] = {"hash": hashlib.sha256("\n".join(lines).encode()).hexdigest(), "commands": lines}
    return found


if __name__ == "__main__":
    body = json.dumps(fingerprints(), indent=2, ensure_ascii=False) + "\n"
    if "--write" in sys.argv:
        BASELINE.write_text(body, "utf-8")
    else:
        sys.stdout.write(body)
