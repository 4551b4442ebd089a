"""Compile the kernels into minent/kernels/prebuilt.lib, so that minent runs without its compiler.

    python build_kernels.py [LIBRARY]

Every command runs on small texts with numba, which notes the types that each kernel is called with.  Around the
machine code for each of these calls a function is put that takes its arguments from a block of memory, as
minent/kernels/_prebuilt.py says, and the system's C compiler links them.  Numba's internals are used here, at build
time, and nowhere else.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from itertools import accumulate, count
from multiprocessing import get_context
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

ROOT = Path(__file__).resolve().parent

# What of numba's runtime the kernels need: memory for their arrays, with numba's own header before the data.
SUPPORT = """
#include <stdint.h>
#include <stdlib.h>

struct memory { size_t references; void *destructor, *info, *data; size_t size; void *allocator; };

__attribute__((visibility("hidden"))) struct memory *NRT_MemInfo_alloc_aligned(size_t size, unsigned alignment)
{
    size_t room = sizeof(struct memory) + alignment;
    struct memory *made = size > SIZE_MAX - room ? NULL : malloc(room + size);
    if (made) {
        uintptr_t data = (uintptr_t)(made + 1);
        if (alignment)
            data = (data + alignment - 1) / alignment * alignment;
        *made = (struct memory){1, NULL, NULL, (void *)data, size, NULL};
    }
    return made;
}

__attribute__((visibility("hidden"))) void NRT_MemInfo_call_dtor(struct memory *made) { free(made); }

const char *contents(void) { return CONTENTS; }
"""


# Every command, in every way that changes the types of arrays: what comes in new belongs here.
SESSION = (
    "build-lexicon TEXT -o TEXT.tsv",
    "build-lexicon TEXT -o TEXT.long.tsv --min-count 2 --max-word-length 12 --runs digits,letters",
    "build-lexicon TEXT -o TEXT.merged.tsv --method merging --max-word-length 2",
    "build-lexicon TEXT -o TEXT.best.tsv --effort best",
    "build-lexicon TEXT -o TEXT.phrases.tsv --levels 2 --min-phrase-count 2 --min-phrase-pmi -9",
    "count TEXT -o TEXT.mnc",
    "count TEXT -o TEXT.long.mnc --order 9 --min-count 2 --threads 1",
    "count TEXT -o TEXT.short.mnc --order 2",
    "count TEXT -o TEXT.bytes.mnc --order 6 --alphabet bytes",
    "count TEXT -o TEXT.long-bytes.mnc --order 8 --alphabet bytes",
    "merge-counts TEXT.mnc TEXT.mnc -o TEXT.sum.mnc",
    "build-lexicon TEXT -o TEXT.special.tsv --background TEXT.mnc",
    "mine-templates asked TEXT -o TEXT.templates.tsv --min-count 2 --min-gain 0",
    "mine-templates asked TEXT -o TEXT.sampled.tsv --units characters --min-count 2 --min-gain 0 --sample 99",
    "train-tokenizer TEXT -o TEXT.json --vocab-size 300",
    "train-tokenizer TEXT -o TEXT.model --objective bytepiece --format bytepiece --vocab-size 300",
    "segment TEXT -o TEXT.words",
    "encode TEXT -m tokens.json -o TEXT.ids",
    "encode TEXT -m tokens.model -o TEXT.bytepiece.ids",
    "encode few -m tokens.json -o TEXT.drawn.ids --alpha 0.5",
    "encode few -m tokens.json -o TEXT.best.ids --nbest 2",
    "decode TEXT.ids -m tokens.json -o TEXT.again",
    "segment few -m tokens.json -o TEXT.pieces",
    "segment TEXT -o TEXT.spans --json -m TEXT.tsv",
    "segment TEXT -o TEXT.joined -m TEXT.phrases.tsv --level 2",
    "train-crf TEXT.words -o TEXT.crf",
    "train-crf TEXT.words -o TEXT.six.crf --tags 6 --raw TEXT",
    "segment TEXT -o TEXT.tagged --json -m TEXT.crf",
    "segment TEXT -o TEXT.six.tagged --json -m TEXT.six.crf",
    "parse few -m templates.tsv -o TEXT.trees",
    "parse few -m templates.tsv -o TEXT.best.trees --nbest 2",
)

# And counting of n-grams too frequent for the memory there is.
HEAVY = (
    "count heavy -o heavy.short.mnc --memory 25MB --order 2",
    "count heavy -o heavy.mnc --memory 25MB --order 12",
    "count heavy -o heavy.bytes.mnc --memory 25MB --order 6 --alphabet bytes",
    "count heavy -o heavy.long-bytes.mnc --memory 25MB --order 8 --alphabet bytes",
)


def run_session(folder: Path) -> None:
    """Run every command on texts with few characters, with more than a byte can number, and than two bytes can."""
    (folder / "heavy").write_text(("ab" * 2 + "a" * 75 + "\n") * 9000, "utf-8")
    from minent import Corpus, Lexicon, Template, TemplateSet, Vocabulary, VocabularyOptions, reestimate, text_cost
    from minent.cli import main
    from minent.refining import refine
    from minent.training import text

    pieces = [*(bytes([byte]) for byte in range(256)), b"ab", b"bc", "中国".encode()]
    for options in (VocabularyOptions(), VocabularyOptions(special_ids="start", normalization="nfc", token_price=0)):
        vocabulary = Vocabulary(pieces, [1] * len(pieces), options)
        vocabulary.save(folder / f"tokens.{'model' if options.normalization == 'nfc' else 'json'}")

    TemplateSet([Template.parse("abc [X]")], 1, {"format": "minent templates 1", "units": "spaces"}).save(
        folder / "templates.tsv"
    )
    (folder / "few").write_text("abc abd 12.5%\nabc abd\n" * 9, "utf-8")
    asked = (f"who is {a}{b} of {b}\nis {b}{a} red or {a}\nwho is {a}\n" for a in "abcdefgh" for b in "ijklmnop")
    (folder / "asked").write_text("".join(asked), "utf-8")
    (folder / "sample").write_text((ROOT / "corpora" / "zh.txt").read_text("utf-8"), "utf-8")
    words = [chr(code) + chr(code + 1) for code in range(0x100, 0x2A000, 2) if not 0xD800 <= code < 0xE000]
    words += [*words[::3], *words[1::3], *words[2::3]]
    (folder / "many").write_text("\n".join("".join(words[at : at + 99]) for at in range(0, len(words), 99)), "utf-8")
    os.chdir(folder)
    refine.SMALLEST = 0  # no text is too small here
    text._FEW = 100  # nor is one too large
    session = [command.replace("TEXT", name) for name in ("few", "sample", "many") for command in SESSION]
    for command in (*session, *HEAVY):
        sys.argv = ["minent", *command.split(), "--quiet"]
        try:
            main()
        except SystemExit as end:
            if end.code:
                raise RuntimeError(f"minent {command} failed") from end
    for name in ("few", "sample", "many"):
        lexicon, _ = reestimate(Corpus(name), Lexicon.load(f"{name}.tsv"), rounds=1)
        text_cost(Corpus(name), lexicon)


def all_kernels() -> list[Any]:
    """Every kernel that is no part of another."""
    import minent.kernels
    from minent.kernels._jit import Kernel

    modules = [import_module(f"minent.kernels.{module.name}") for module in iter_modules(minent.kernels.__path__)]
    members = [member for module in modules for member in vars(module).values()]
    return [member for member in members if isinstance(member, Kernel) and not member.__name__.startswith("_")]


def build(kernels: Iterable[Any], target: Path) -> None:
    """Make a library of the kernels as numba has compiled them in this process.

    Raises what compiling, linking and writing raise, NotImplementedError for what a library cannot hold.
    """
    from numba import config

    from minent.kernels import _prebuilt

    processor = _prebuilt.processor()
    if processor is None or processor != config.CPU_NAME:
        raise NotImplementedError(f"numba compiles for the processor {config.CPU_NAME}, the library is for {processor}")
    modules: dict[str, dict[str, Any]] = {}
    for kernel in kernels:
        calls = modules.setdefault(kernel.__module__, {})
        for code in kernel.compiled.overloads.values():
            kinds = [kind for each in code.signature.args for kind in _kinds(each)]
            if not any(kind is None for kind in kinds):
                calls.setdefault(_prebuilt.spell(kernel.name, kinds), code)
    parts = [(module, list(calls.values())) for module, calls in modules.items() if calls]
    firsts = accumulate((len(codes) for _, codes in parts), initial=0)
    lines = [_prebuilt.stamp(processor)]
    with tempfile.TemporaryDirectory() as folder:
        linked, support = Path(folder) / "linked.so", Path(folder) / "support.c"
        objects = []
        made = _compile_each(
            [(module, codes, first, processor) for (module, codes), first in zip(parts, firsts, strict=False)]
        )
        for (module, _), (machine_code, results) in zip(parts, made, strict=True):
            lines += map("\t".join, zip(modules[module], results, strict=True))
            objects.append(Path(folder) / f"{module}.o")
            objects[-1].write_bytes(machine_code)
        support.write_text(SUPPORT.replace("CONTENTS", json.dumps("\n".join(lines))), "utf-8")
        options = ["-shared", "-fPIC", "-O2", "-s", "-Wl,-z,defs", "-o"]
        subprocess.run([os.environ.get("CC", "cc"), *options, linked, support, *objects, "-lm"], check=True)
        # A running program may hold the old one: put the new one in its place, whole.
        beside = target.with_name(f"{target.name}.{os.getpid()}")
        beside.write_bytes(linked.read_bytes())
        beside.replace(target)


def _kinds(kind: Any) -> list[Any]:
    """The kinds of an argument of this type, as `minent.kernels._prebuilt.read` tells them from its value."""
    from numba import types
    from numba.np.numpy_support import as_dtype

    kind = types.unliteral(kind)
    if isinstance(kind, types.Array):
        return [(as_dtype(kind.dtype), kind.ndim) if kind.layout == "C" and kind.aligned else None]
    if isinstance(kind, types.BaseTuple):
        return [getattr(kind, "instance_class", tuple), len(kind), *(each for item in kind for each in _kinds(item))]
    return [as_dtype(kind)] if isinstance(kind, types.Number | types.Boolean) else [None]


# What the processes that compile inherit: numba's results cannot be sent.
_parts: list[tuple[str, list[Any], int, str]] = []


def _compile_each(parts: list[tuple[str, list[Any], int, str]]) -> list[tuple[bytes, list[str]]]:
    """Compile the code of each module, as many at a time as there are processors, those of most code first."""
    _parts[:] = parts
    order = sorted(
        range(len(parts)), key=lambda number: -sum(len(code.library.get_llvm_str()) for code in parts[number][1])
    )
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), get_context("fork")) as pool:
        made = dict(zip(order, pool.map(_compile_part, order), strict=True))
    return [made[number] for number in range(len(parts))]


def _compile_part(number: int) -> tuple[bytes, list[str]]:
    from minent.kernels._compiler import say_what_is_foreseen

    module, codes, first, processor = _parts[number]
    say_what_is_foreseen(module)
    return _compile(codes, first, processor)


def _compile(codes: list[Any], first: int, processor: str) -> tuple[bytes, list[str]]:
    """Return an object file with functions of which the first is kernel_<first>, and the formats of their results."""
    from llvmlite import binding
    from numba.core.compiler_lock import global_compiler_lock

    library = codes[0].library.codegen.create_library("prebuilt")
    with global_compiler_lock:
        results = [_add_function(library, f"kernel_{number}", code) for number, code in enumerate(codes, first)]
        library.finalize()
    if library.has_dynamic_globals:
        raise NotImplementedError("a kernel refers to an object of this process")
    module = binding.parse_assembly(library.get_llvm_str())
    for symbol in (*module.functions, *module.global_variables):
        if not symbol.is_declaration and not symbol.name.startswith("kernel_"):
            symbol.linkage = "internal"
    machine = binding.Target.from_triple(binding.get_process_triple()).create_target_machine(
        cpu=processor, opt=3, reloc="pic", codemodel="small"
    )
    passes = binding.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(module, binding.create_pass_builder(machine, binding.create_pipeline_tuning_options()))
    return machine.emit_object(module), results


def _add_function(library: Any, name: str, code: Any) -> str:
    """Add a function that calls a kernel with arguments from a block and puts the results behind them."""
    from llvmlite import ir
    from numba.core import cgutils

    context, signature = code.target_context, code.signature
    module = library.create_ir_module(name)
    word = ir.IntType(64)
    function = ir.Function(module, ir.FunctionType(ir.IntType(32), [word.as_pointer()]), name)
    builder = ir.IRBuilder(function.append_basic_block())
    slots = (builder.gep(function.args[0], [ir.IntType(32)(at)]) for at in count())
    arguments = [_load(context, builder, slots, kind) for kind in signature.args]
    kernel = cgutils.get_or_insert_function(
        module, context.call_conv.get_function_type(signature.return_type, signature.args), code.fndesc.llvm_func_name
    )
    status, result = context.call_conv.call_function(builder, kernel, signature.return_type, signature.args, arguments)
    letters = _store(builder, slots, signature.return_type, result)
    builder.ret(status.code)
    library.add_ir_module(module)
    library.add_linking_library(code.library)
    return letters


def _load(context: Any, builder: Any, slots: Iterator[Any], kind: Any) -> Any:
    """Make a value of this type from the next slots of the block."""
    from llvmlite import ir
    from numba import types
    from numba.np import arrayobj

    if isinstance(kind, types.BaseTuple):
        return context.make_tuple(builder, kind, [_load(context, builder, slots, item) for item in kind])
    slot = builder.load(next(slots))
    if isinstance(kind, types.Array):
        array = context.make_array(kind)(context, builder)
        size = slot.type(context.get_abi_sizeof(context.get_data_type(kind.dtype)))
        shape = [builder.load(next(slots)) for _ in range(kind.ndim)]
        strides = [size]
        for length in reversed(shape[1:]):
            strides.insert(0, builder.mul(strides[0], length))
        arrayobj.populate_array(array, builder.inttoptr(slot, array.data.type), shape, strides[: kind.ndim], size, None)
        return array._getvalue()
    number = context.get_value_type(types.unliteral(kind))
    if not isinstance(kind, types.Float):
        return builder.trunc(slot, number) if number.width < 64 else slot
    double = builder.bitcast(slot, ir.DoubleType())
    return double if number == ir.DoubleType() else builder.fptrunc(double, number)


def _store(builder: Any, slots: Iterator[Any], kind: Any, value: Any) -> str:
    """Put a result into the next slots of the block.  Returns its format."""
    from llvmlite import ir
    from numba import types

    kind = types.unliteral(kind)
    if kind == types.none:
        return ""
    if isinstance(kind, types.BaseAnonymousTuple):
        items = [_store(builder, slots, item, builder.extract_value(value, at)) for at, item in enumerate(kind)]
        return f"({''.join(items)})"
    slot = next(slots)
    if isinstance(kind, types.Float):
        value = value if value.type == ir.DoubleType() else builder.fpext(value, ir.DoubleType())
        builder.store(value, builder.bitcast(slot, value.type.as_pointer()))
        return "d"
    if not isinstance(kind, types.Integer | types.Boolean):
        raise NotImplementedError(f"a kernel returns {kind}")
    signed = isinstance(kind, types.Integer) and kind.signed
    if value.type.width < 64:
        value = (builder.sext if signed else builder.zext)(value, ir.IntType(64))
    builder.store(value, slot)
    return "?" if isinstance(kind, types.Boolean) else "q" if signed else "Q"


def main() -> None:
    """Build the library this script was asked for."""
    sys.path.insert(0, str(ROOT))
    from minent.kernels import _prebuilt

    target = Path(sys.argv[1] if len(sys.argv) > 1 else _prebuilt.LIBRARY).absolute()
    processor = _prebuilt.processor()
    if processor is None:
        sys.exit("no machine code is made for this processor")
    for name in [name for name in os.environ if name.startswith("NUMBA_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        # What is made is the same with every processor and whatever is installed beside numba.
        os.environ |= {"NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": "", "NUMBA_DISABLE_INTEL_SVML": "1"}
        os.environ |= {"NUMBA_CACHE_DIR": folder, "MINENT_PREBUILT": "0"}
        run_session(Path(folder))
        build(all_kernels(), target)


if __name__ == "__main__":
    main()
