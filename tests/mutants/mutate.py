"""Every small wrong change of a module that a test should notice. Pure: source in, sources out."""

import ast
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], ast.cmpop] = {
    ast.Lt: ast.LtE(),
    ast.LtE: ast.Lt(),
    ast.Gt: ast.GtE(),
    ast.GtE: ast.Gt(),
    ast.Eq: ast.NotEq(),
    ast.NotEq: ast.Eq(),
    ast.Is: ast.IsNot(),
    ast.IsNot: ast.Is(),
    ast.In: ast.NotIn(),
    ast.NotIn: ast.In(),
}
_OPERATORS: dict[type[ast.operator], ast.operator] = {
    ast.Add: ast.Sub(),
    ast.Sub: ast.Add(),
    ast.Mult: ast.FloorDiv(),
    ast.FloorDiv: ast.Mult(),
}
_CALLS = {"min": "max", "max": "min"}


@dataclass(frozen=True)
class Mutant:
    """One change. `where` is the function it is in, `what` the change as text; both outlast a
    change of line numbers.
    """

    line: int
    where: str
    what: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    tree = ast.parse(source)
    functions = _functions(tree)
    for number, node in enumerate(ast.walk(tree)):
        for choice, changed in enumerate(_changes(node)):
            copy = ast.parse(source)
            target = list(ast.walk(copy))[number]
            replacement = list(_changes(target))[choice]
            text = ast.unparse(_Swap(target, replacement).visit(copy))
            what = f"{ast.unparse(node)} -> {ast.unparse(changed)}"
            line = getattr(node, "lineno", 0)
            yield Mutant(line, functions.get(id(node), ""), what, text)


class _Swap(ast.NodeTransformer):
    def __init__(self, target: ast.AST, replacement: ast.AST) -> None:
        self._target = target
        self._replacement = replacement

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self._target:
            return self._replacement
        self.generic_visit(node)
        return node


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in a node's place."""
    match node:
        case ast.Compare():
            yield from _compared(node)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            yield ast.BinOp(left, _OPERATORS[type(op)], right)
            yield from (kept for kept, other in ((left, right), (right, left)) if _of_fees(other))
        case ast.AugAssign(target=target, op=op, value=value) if type(op) in _OPERATORS:
            yield ast.AugAssign(target, _OPERATORS[type(op)], value)
            if _of_fees(target):
                yield ast.Pass()
        case ast.UnaryOp(op=ast.USub() | ast.Not(), operand=operand):
            yield operand
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.Call(func=ast.Name(id=name)) if name in _CALLS:
            yield ast.Call(ast.Name(_CALLS[name], ast.Load()), node.args, node.keywords)
        case ast.Call(func=ast.Name(id="abs"), args=[only]):
            yield only
        case _:
            pass


def _compared(node: ast.Compare) -> Iterator[ast.AST]:
    for place, op in enumerate(node.ops):
        changed = deepcopy(node)
        changed.ops[place] = _COMPARISONS[type(op)]
        yield changed


def _of_fees(node: ast.AST) -> bool:
    return "fees" in ast.unparse(node)


def _functions(tree: ast.Module) -> dict[int, str]:
    """The dotted name of the function or class that each node is in, by the node's id."""
    found: dict[int, str] = {}

    def enter(node: ast.AST, name: str) -> None:
        found[id(node)] = name
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            name = f"{name}.{node.name}" if name else node.name
        for child in ast.iter_child_nodes(node):
            enter(child, name)

    enter(tree, "")
    return found
