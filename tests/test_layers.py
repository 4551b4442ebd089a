"""The rules of the house, read off the source: who imports whom, who prints, opens and writes, what is raised."""

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest

import minent
from minent.corpus import Corpus
from minent.count import Resources
from minent.cutting.segmenter import Segmenter

REPOSITORY = Path(__file__).parents[1]
MINENT = REPOSITORY / "minent"
# From the ground up: what stands in a room imports only from the rooms below; a package also from itself.
ROOMS = (
    {"errors", "types", "progress", "markup"},
    {"provenance", "files", "encodings", "decompress", "rounding", "widths", "notebooks"},
    {"steps", "columns"},
    {"kernels"},
    {"sources", "characters"},
    {"corpus"},
    {"alphabet"},
    {"units"},
    {"ngrams", "lexicon", "templates", "cost", "vocabulary", "tagger"},
    {"counting", "tokenizing", "trees"},
    {"tokenizer", "tagging"},
    {"count", "merge", "keyness", "comparison"},
    {"refining", "cutting", "training"},
    {"train", "finding", "mining", "scoring", "parsing", "export"},
    {"mine", "evidence"},
    {"reporting"},
    {"cli"},
    {"__main__"},
)
LEVELS = {room: level for level, rooms in enumerate(ROOMS) for room in rooms}
PACKAGES = {
    *("kernels", "sources", "counting", "tokenizing", "trees", "refining", "cutting", "training", "finding", "mining"),
    *("scoring", "parsing", "export", "evidence", "reporting", "tagging", "cli"),
}

# Packages that are imported in one place only.
HOMES = {
    "click": "minent.cli",
    "tqdm": "minent.cli",
    "numba": "minent.kernels._compiler",
    "fsspec": "minent.sources.remote",
    **dict.fromkeys(("xopen", "gzip", "bz2", "lzma", "zlib", "zstandard"), "minent.decompress"),
}
FORBIDDEN = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}

# Where files are opened for reading, by function.
READERS = {
    "minent.corpus:_Source._open_itself": "a text of a corpus",
    "minent.sources.remote:open_address": "the same, far away",
    "minent.sources.paths:_listed": "a list of texts",
    "minent.decompress:RawFile.text_reader": "the same, when it is compressed",
    "minent.lexicon:Lexicon.load": "a saved thing",
    "minent.templates:TemplateSet.load": "a saved thing",
    "minent.cutting.user_words:UserWords.load": "words of a user",
    "minent.columns:load_columns": "a saved thing",
    "minent.steps:SavedSteps.take": "a step that is done",
    "minent.steps:SavedSteps.begin": "what it was done with",
    "minent.vocabulary:Vocabulary.load": "a saved thing",
    "minent.cli.inputs:_begins": "its first bytes tell other models from a lexicon",
    "minent.cli.inspect:_open": "its first bytes tell which saved thing a file is",
    "minent.cli.vectors:choose_sort": "what the processor is",
    "minent.cli.version:_processor": "the same",
    "minent.kernels._prebuilt:stamp": "the kernels themselves",
    "minent.kernels._prebuilt:_flags": "what the processor can do",
}
# Where files are made or changed: the helper for output files, and what is no output file.
WRITERS = {
    "minent.files:atomic_write": "the helper itself",
    "minent.files:write_folder": "a folder for several of them",
    "minent.files:_open": "a part of it",
    "minent.files:_open_nameless": "another",
    "minent.corpus:_Source._copy": "a copy of a stream, in a file without a name",
    "minent.counting.spool:Spool._open": "what the memory does not hold, in a file without a name",
    "minent.counting.spool:Spool.named": "the same, in a file that stays",
    "minent.counting.work:SavedWork.__init__": "its journal",
    "minent.steps:Folder.make": "a folder for work that is done",
    "minent.steps:SavedSteps.begin": "steps of other inputs go",
    "minent.kernels._compiler:_private_directory": "a private directory for numba",
    "minent.cli:_silence": "the null device",
}

# Builtin errors that are raised as they are, by module.
RAISED = {
    ("minent", "AttributeError"): "what Python expects of a module's __getattr__",
    ("minent.sources.paths", "PermissionError"): "the block around it makes an InputError of it",
    ("minent.files", "OSError"): "the system's own error once more, naming the file",
    ("minent.kernels._prebuilt", "MemoryError"): "what numba raises there",
    ("minent.lexicon", "ValueError"): "caught a few lines below, where the wrong row is looked for",
}

# Options of the command line whose default does not stand in an options dataclass.
MACHINE = {"threads": "as many as this process may use"}
PARAMETERS: dict[str, tuple[Callable[..., Any], str]] = {  # one parameter of one class each: two copies, compared here
    "errors": (Corpus, "errors"),
    "encoding": (Corpus, "encoding"),
    "memory": (Resources, "memory"),
    "delimiter": (Segmenter.write, "delimiter"),
    "level": (Segmenter, "level"),
}


def name_of(path: Path) -> str:
    parts = path.relative_to(REPOSITORY).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


PATHS = {name_of(path): path for path in sorted(MINENT.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in PATHS.items()}
ERRORS = {node.name for node in TREES["minent.errors"].body if isinstance(node, ast.ClassDef)}


def room(module: str) -> str:
    """The first part of a module's name below `minent`; empty for `minent` itself."""
    return module.partition(".")[2].partition(".")[0]


def everything() -> Iterator[tuple[str, ast.AST, str]]:
    """Module, node, and where it stands for messages."""
    for module, tree in TREES.items():
        for node in ast.walk(tree):
            yield module, node, f"{PATHS[module].relative_to(REPOSITORY)}:{getattr(node, 'lineno', 1)}"


def imported(node: ast.AST) -> list[str]:
    """The modules an import statement names; `from minent import x` is minent.x if there is such a module."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = "." * node.level + (node.module or "")
        return [full if (full := f"{base}.{alias.name}") in TREES else base for alias in node.names]
    return []


def functions(module: str) -> Iterator[tuple[str, ast.AST]]:
    """Every node of a module with the function or class around it, such as `Lexicon.load`."""

    def walk(node: ast.AST, scope: tuple[str, ...]) -> Iterator[tuple[str, ast.AST]]:
        for child in ast.iter_child_nodes(node):
            inner = scope
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                inner = (*scope, child.name)
            yield ".".join(scope), child
            yield from walk(child, inner)

    return walk(TREES[module], ())


def test_every_module_has_a_room() -> None:
    assert {room(module) for module in TREES} - {""} == set(LEVELS)


@pytest.mark.parametrize("module", TREES)
def test_imports_go_down(module: str) -> None:
    level = LEVELS.get(room(module), -1)  # `minent` itself imports nothing of the package but by name, later
    for node in ast.walk(TREES[module]):
        for target in imported(node):
            where = f"line {getattr(node, 'lineno', 0)} imports {target}"
            assert not target.startswith("."), f"{where}: write the full name"
            if target == "minent":
                assert isinstance(node, ast.ImportFrom), where
                assert [alias.name for alias in node.names] == ["__version__"], f"{where}: import where it is defined"
            elif target.startswith("minent."):
                inside = room(module) in PACKAGES and room(target) == room(module)
                assert inside or LEVELS[room(target)] < level, where


def test_modules_are_imported_by_name_only_where_that_is_lazy() -> None:
    dynamic = {
        module
        for module, node, _ in everything()
        if isinstance(node, ast.Call) and re.search(r"(^|\.)(import_module|__import__)$", ast.unparse(node.func))
    }
    assert dynamic == {"minent", "minent.cli"}


def test_kernels_stand_alone() -> None:
    allowed = {"numpy", "math", "typing", "minent.types", "minent.kernels._jit"}
    wrong = [
        f"{where} imports {target}"
        for module, node, where in everything()
        if module.startswith("minent.kernels.") and not module.startswith("minent.kernels._")
        for target in imported(node)
        if target not in allowed
    ]
    assert not wrong, "\n".join(wrong)


def test_kernels_are_small() -> None:
    wrong = []
    for module, node, where in everything():
        if isinstance(node, ast.FunctionDef) and any(ast.unparse(mark) == "kernel" for mark in node.decorator_list):
            lines = (node.end_lineno or 0) - node.lineno + 1
            parameters = len(node.args.args)
            if not module.startswith("minent.kernels.") or lines > 60 or parameters > 8:
                wrong.append(f"{where} {node.name}: {lines} lines, {parameters} parameters")
    assert not wrong, "\n".join(wrong)


def test_some_packages_have_one_home() -> None:
    wrong = [
        f"{where} imports {target}"
        for module, node, where in everything()
        for target in imported(node)
        if (home := HOMES.get(target.partition(".")[0])) and f"{module}.".partition(f"{home}.")[0]
    ]
    assert not wrong, "\n".join(wrong)


def test_no_import_brings_the_compiler() -> None:
    free = [module for module in TREES if module not in ("minent.__main__", "minent.kernels._compiler")]
    script = "import importlib, sys\nfor name in sys.argv[1:]:\n    importlib.import_module(name)\n"
    script += "    if 'numba' in sys.modules:\n        sys.exit(f'import {name} imports numba')\n"
    done = subprocess.run([sys.executable, "-c", script, *free], capture_output=True, text=True, cwd=REPOSITORY)
    assert (done.returncode, done.stderr) == (0, "")


def test_only_the_command_line_prints() -> None:
    streams = {"sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"}
    wrong = []
    for module, node, where in everything():
        if room(module) == "cli":
            continue
        if isinstance(node, ast.Name) and node.id == "print":
            wrong.append(f"{where} print")
        if isinstance(node, ast.Attribute) and ast.unparse(node) in streams:
            wrong.append(f"{where} {ast.unparse(node)}")
        if isinstance(node, ast.ImportFrom) and node.module == "sys":
            wrong.append(f"{where} {ast.unparse(node)}")
    assert not wrong, "\n".join(wrong)


def use_of_a_file(call: ast.Call) -> str:
    """What a call does to a file: "reads", "writes", or "" if it is no such call."""
    name = ast.unparse(call.func)
    last = name.rpartition(".")[2]
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    if last in ("open", "fdopen", "FileIO", "_NamedFile"):
        modes = [value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)]
        modes += [ast.unparse(value) for value in values if "os.O_" in ast.unparse(value)]
        return "reads" if any(mode in ("r", "rb", "os.O_RDONLY") for mode in modes) else "writes"
    if last in ("xopen", "read_text", "read_bytes", "fromfile", "memmap", "loadtxt"):
        return "reads"
    if name.startswith("tempfile.") and name != "tempfile.gettempdir":
        return "writes"
    makes = "write_text write_bytes touch mkdir makedirs rename unlink symlink_to tofile copyfile copy2 move"
    return "writes" if last in makes.split() or re.fullmatch(r"(np|numpy)\.save\w*", name) else ""


@pytest.mark.parametrize(("use", "places"), [("reads", READERS), ("writes", WRITERS)])
def test_files_are_opened_in_few_places(use: str, places: dict[str, str]) -> None:
    found = {
        f"{module}:{function}"
        for module in TREES
        for function, node in functions(module)
        if isinstance(node, ast.Call) and use_of_a_file(node) == use
    }
    assert found == set(places)


def test_nothing_saved_is_executed() -> None:
    wrong = []
    for _, node, where in everything():
        wrong += [f"{where} imports {target}" for target in imported(node) if target.partition(".")[0] in FORBIDDEN]
        if isinstance(node, ast.Name) and node.id in ("eval", "exec", "compile"):
            wrong.append(f"{where} {node.id}")
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            wrong.append(f"{where} allow_pickle")
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("np.load", "numpy.load"):
            wrong.append(f"{where} {ast.unparse(node.func)}")
    assert not wrong, "\n".join(wrong)


def test_nothing_is_asserted() -> None:
    assert [where for _, node, where in everything() if isinstance(node, ast.Assert)] == []


def test_what_is_raised_is_ours() -> None:
    # Functions that make an error for somebody else to raise.
    makers = {
        node.name: ast.unparse(node.returns)
        for _, node, _ in everything()
        if isinstance(node, ast.FunctionDef) and node.returns and ast.unparse(node.returns) in ERRORS
    }
    found: set[tuple[str, str]] = set()
    wrong = []
    for module, node, where in everything():
        if room(module) == "cli" or not isinstance(node, ast.Raise) or node.exc is None:
            continue
        error = node.exc
        if isinstance(error, ast.Name):
            assigned = [each.value for each in ast.walk(TREES[module]) if is_assigned(each, error.id)]
            error = assigned[0] if assigned else error
        name = ast.unparse(error.func if isinstance(error, ast.Call) else error)
        if (module, name) in RAISED:
            found.add((module, name))
        elif makers.get(name, name) not in ERRORS:
            wrong.append(f"{where} raises {name}")
    assert not wrong, "\n".join(wrong)
    assert found == set(RAISED)  # no exception to the rule outlives its reason


def is_assigned(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name


@pytest.mark.parametrize("folder", ["minent", "tests", "bench", "corpora"])
def test_no_file_is_too_long(folder: str) -> None:
    sizes = {path: len(path.read_text("utf-8").splitlines()) for path in (REPOSITORY / folder).rglob("*.py")}
    assert {str(path.relative_to(REPOSITORY)): size for path, size in sizes.items() if size > 500} == {}


def test_everything_public_is_documented() -> None:
    def public(body: list[ast.stmt], outer: str) -> Iterator[str]:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                if not ast.get_docstring(node):
                    yield f"{outer}.{node.name}"
                if isinstance(node, ast.ClassDef):
                    yield from public(node.body, f"{outer}.{node.name}")

    wrong = [module for module, tree in TREES.items() if not ast.get_docstring(tree)]
    for module, tree in TREES.items():
        wrong += public(tree.body, module)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", minent._PUBLIC)
def test_public_names_resolve(name: str) -> None:
    defined = getattr(import_module(f"minent.{minent._PUBLIC[name]}"), name)
    # Once the module is loaded, too: Python binds a submodule to its name in the package.
    assert getattr(minent, name) is defined
    assert name in minent.__all__
    assert name in dir(minent)


OPTIONS = [
    getattr(import_module(module), node.name)
    for module, node, _ in everything()
    if isinstance(node, ast.ClassDef) and node.name.endswith("Options")
]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: options.__name__)
def test_options_are_frozen_complete_and_documented(options: type) -> None:
    assert is_dataclass(options)
    assert options.__dataclass_params__.frozen  # type: ignore[attr-defined]
    instance = options()  # every field has a default
    for field in fields(instance):
        assert re.search(rf"^ *{field.name}\b", inspect.getdoc(options) or "", re.MULTILINE), field.name


@pytest.mark.parametrize("module", [module for module in TREES if room(module) == "cli"])
def test_defaults_of_the_command_line_come_from_options_dataclasses(module: str) -> None:
    wrong = []
    for node in ast.walk(TREES[module]):
        if not isinstance(node, ast.Call) or ast.unparse(node.func) not in ("click.option", "click.Option"):
            continue
        default = next((keyword.value for keyword in node.keywords if keyword.arg == "default"), None)
        names = [value.value for value in node.args if isinstance(value, ast.Constant)]
        option = next((name.removeprefix("--") for name in names if name.startswith("--")), "")
        if default is None or option in MACHINE or option in PARAMETERS:
            continue
        # DEFAULTS.min_count for --min-count, where DEFAULTS = LexiconOptions()
        source, _, field = ast.unparse(default).rpartition(".")
        made = [ast.unparse(each.value) for each in TREES[module].body if is_assigned(each, source)]
        if not (made and made[0].endswith("Options()") and field == option.replace("-", "_")):
            wrong.append(f"line {node.lineno} --{option}: {ast.unparse(default)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", PARAMETERS)
def test_copies_of_defaults_agree(name: str) -> None:
    owner, parameter = PARAMETERS[name]
    commands = [import_module(module).command for module, tree in TREES.items() if "command" in top_level(tree)]
    copies = [option.default for command in commands for option in command.params if option.name == name]
    assert all(isinstance(command, click.Command) for command in commands)
    assert set(copies) == {inspect.signature(owner).parameters[parameter].default}


def top_level(tree: ast.Module) -> set[str]:
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
