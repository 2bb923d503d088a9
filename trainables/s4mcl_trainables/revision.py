"""The revision of the code that makes a trial's numbers.

A hash of the method's module and of the first-party modules that it imports, transitively, wherever the import stands;
the packages around them are imported too, so they count. First-party is this package and, since a method may come from
another distribution, what that one brings (`first_party`). Comments and docstrings are left out, so that a
better sentence invalidates no result. No module is imported here: torch would cost seconds.
"""

import ast
import hashlib
import importlib.util
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from s4mcl_trainables.first_party import first_party

PACKAGE = "s4mcl_trainables"
# Where trials travel, not what they compute: a method reaches these through the registry alone.
LEFT_OUT = {
    PACKAGE,
    f"{PACKAGE}.methods",
    f"{PACKAGE}.methods.registry",
    f"{PACKAGE}.problems",
    f"{PACKAGE}.training.assignment",
    f"{PACKAGE}.training.whole_file",
}


@cache
def code_revision(module: str) -> str:
    """SHA-256 over `module` and what it imports of its own distribution and of this package, 64 hexadecimal characters.

    Raises:
        ModuleNotFoundError: there is no such module.
    """
    modules = modules_behind(module)
    return hashlib.sha256("\n".join(f"{name} {modules[name]}" for name in sorted(modules)).encode()).hexdigest()


def modules_behind(module: str) -> dict[str, str]:
    """The names of `module` and of the first-party modules that it imports, each with the hash of its code.

    Raises:
        ModuleNotFoundError: there is no such module.
    """
    if _source(module) is None:
        raise ModuleNotFoundError(f"no source for module {module}")
    top = module.partition(".")[0]
    roots = {PACKAGE} if top == PACKAGE else {PACKAGE, *first_party(top)}
    seen: dict[str, str] = {}
    waiting, looked_at = [module], set(LEFT_OUT)
    while waiting:
        name = waiting.pop()
        if name in looked_at:
            continue
        looked_at.add(name)
        if "." in name:
            waiting.append(name.rpartition(".")[0])
        path = _source(name)
        if path is None:  # a name inside a module, or a package without __init__.py
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        waiting += [found for found in _imports(tree, package) if found.partition(".")[0] in roots]
        seen[name] = hashlib.sha256(repr(_code(tree)).encode()).hexdigest()
    return seen


def _source(name: str) -> Path | None:
    """The file of a module; None where there is none. The packages above it are not imported."""
    root, *inner = name.split(".")
    spec = importlib.util.find_spec(root)
    if spec is None:
        return None
    if not inner:
        return Path(spec.origin) if spec.origin and spec.origin.endswith(".py") else None
    for folder in spec.submodule_search_locations or ():
        for path in (Path(folder, *inner).with_suffix(".py"), Path(folder, *inner, "__init__.py")):
            if path.is_file():
                return path
    return None


def _imports(tree: ast.Module, package: str) -> Iterator[str]:
    """Full names of what a module of `package` imports; of `from a import b` both a and a.b, which may be a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            where = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            yield where
            yield from (f"{where}.{alias.name}" for alias in node.names)


def _code(node: Any) -> Any:
    """A syntax tree as plain values without docstrings, equal in every version of Python that has the same syntax."""
    if isinstance(node, list):
        return [_code(item) for item in node]
    if not isinstance(node, ast.AST):
        return node
    fields = {name: value for name, value in ast.iter_fields(node) if value is not None and value != []}
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and _is_text(node.body[:1]):
        fields["body"] = node.body[1:]
    return type(node).__name__, [(name, _code(fields[name])) for name in sorted(fields)]


def _is_text(body: list[ast.stmt]) -> bool:
    return any(
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
        for first in body
    )
