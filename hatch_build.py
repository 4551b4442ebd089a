"""What happens when a wheel of minent is built: its kernels are compiled for this platform, if that can be done."""

import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PrebuiltKernels(BuildHookInterface[Any]):
    """Adds the library of compiled kernels; without it minent compiles them when it runs.

    An editable installation has it among the sources.  MINENT_PREBUILT=0 in the environment leaves it out.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the library before the wheel."""
        if os.environ.get("MINENT_PREBUILT") == "0":
            return
        place = Path("minent", "kernels", "prebuilt.lib")
        self._folder = tempfile.TemporaryDirectory()
        library = Path(self.root, place) if version == "editable" else Path(self._folder.name, place.name)
        done = subprocess.run(
            [sys.executable, str(Path(self.root, "build_kernels.py")), str(library)], capture_output=True, text=True
        )
        if done.returncode != 0:
            why = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
            self.app.display_warning(
                f"minent will compile its kernels when it runs, for none could be built now: {why}"
            )
        elif version != "editable":
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["tag"] = f"py3-none-{platform}"
            build_data["pure_python"] = False
            build_data["force_include"][str(library)] = str(place)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what the wheel holds now."""
        if hasattr(self, "_folder"):
            self._folder.cleanup()
