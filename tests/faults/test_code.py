"""Nothing in the package can run code that data names: no pickle, no eval, no shell."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import bulkwise

SOURCE = Path(bulkwise.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "code"}
BUILTINS = {"eval", "exec", "compile", "__import__"}
METHODS = {"read_pickle", "to_pickle", "system", "popen", "literal_eval", "run_path", "run_module"}


def _faults(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.split(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            found.append(str(node.module))
        elif isinstance(node, ast.Call):
            found += _call(node)
    return found


def _call(node: ast.Call) -> list[str]:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    words = {word.arg: word.value for word in node.keywords}
    owner = getattr(getattr(node.func, "value", None), "id", "")
    if isinstance(node.func, ast.Name) and name in BUILTINS:
        return [name]
    if name in METHODS:
        return [name]
    if name == "load" and owner == "np":
        plain = words.get("allow_pickle")
        return [] if isinstance(plain, ast.Constant) and plain.value is False else ["np.load"]
    if name in {"load", "save"} and owner == "torch":
        return [f"torch.{name}"]
    shell = words.get("shell")
    return [] if shell is None or getattr(shell, "value", True) is False else ["shell"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_file_runs_what_data_says(path: Path) -> None:
    assert _faults(ast.parse(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from joblib import load",
        "eval(x)",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "torch.load(path)",
        "pd.read_pickle(path)",
        "os.system(x)",
        "subprocess.run(x, shell=True)",
        "__import__(name)",
    ],
)
def test_the_search_finds_what_it_is_for(code: str) -> None:
    assert len(_faults(ast.parse(code))) == 1


def test_the_search_passes_what_is_safe() -> None:
    code = "np.load(p, allow_pickle=False)\nmodel.load(p)\nmodule.eval()\nre.compile(x)"
    assert _faults(ast.parse(code)) == []
