"""Run benchmark cases and write one JSON line per row of their tables.

python bench/run.py [CASE...] --data DIR --out results.jsonl --repeat N
"""

import argparse
import importlib
import json
import os
import platform
import subprocess
import tempfile
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from context import Context
from tools import Absent

HERE = Path(__file__).parent
CASES = sorted(path.stem for path in (HERE / "cases").glob("[a-z]*.py"))


def commit() -> str:
    """Short hash of the commit, with a plus sign if files under version control differ from it."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", "-C", HERE, *words], capture_output=True, text=True, check=False)
        return done.stdout.strip()

    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain", "-uno") else "")


def machine() -> dict[str, str | int]:
    """The hardware and the software that decide speed."""
    info = Path("/proc/cpuinfo")
    models = [line.partition(":")[2].strip() for line in _lines(info) if line.startswith("model name")]
    found: dict[str, str | int] = {
        "processor": models[0] if models else platform.processor() or platform.machine(),
        "cores": os.cpu_count() or 0,
        "memory GiB": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }
    for package in ("numba", "numpy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", nargs="*", metavar="CASE", help=f"of: {', '.join(CASES)} (default: all)")
    parser.add_argument("--data", type=Path, help="folder of corpora (default: MINENT_BENCH_DATA)")
    parser.add_argument("--out", type=Path, default=Path("results.jsonl"), help="file to append to")
    parser.add_argument("--repeat", type=int, default=5, help="measured rounds (default: 5)")
    arguments = parser.parse_args()
    for case in arguments.case:
        if case not in CASES:
            parser.error(f"no case {case}; there are: {', '.join(CASES)}")
    data = arguments.data or os.environ.get("MINENT_BENCH_DATA")
    if not data or not Path(data).is_dir():
        parser.error("give the folder of corpora by --data or MINENT_BENCH_DATA, see bench/README.md")
    date = datetime.now(UTC).isoformat(timespec="seconds")
    head = {"date": date, "commit": commit(), "machine": machine(), "repeat": arguments.repeat}
    with tempfile.TemporaryDirectory() as work, arguments.out.open("a", encoding="utf-8") as out:
        context = Context("", Path(data).resolve(), Path(work), arguments.repeat)
        for case in arguments.case or CASES:
            context.case = case
            try:
                for row in importlib.import_module(f"cases.{case}").rows(context):
                    out.write(json.dumps({"case": case, **head, "row": row}, ensure_ascii=False) + "\n")
                    out.flush()
                    print(f"{case}: {row}", flush=True)
            except Absent as absent:
                context.skip("the whole case", absent)


if __name__ == "__main__":
    main()
