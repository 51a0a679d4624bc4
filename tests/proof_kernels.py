# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compile the kernels of the GPU proof to PTX and write kernels.py: `make proof-kernels`, without a GPU.

NVRTC comes from the pip package nvidia-cuda-nvrtc-cu11, the last one that compiles for compute_37, the oldest architecture that AKS has
had. The result uses nothing that is newer than PTX 6.0, so it says so: drivers since 384 (CUDA 9) accept it.
"""

from __future__ import annotations

import ctypes
import re
import sys
import textwrap
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROOF = ROOT / "plugins" / "module_utils" / "_proof"
SOURCE, TARGET = PROOF / "kernels.cu", PROOF / "kernels.py"
ARCHITECTURE = "compute_37"
PTX_VERSION = "6.0"
_WIDTH = 120
_OPTIONS = [f"--gpu-architecture={ARCHITECTURE}".encode(), b"--std=c++14"]

_MODULE = '''\
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The kernels as PTX, compiled from kernels.cu by `make proof-kernels`. The driver of the node compiles it for the GPU."""

from __future__ import annotations

PTX = """\\
{ptx}"""
'''


class CompilerError(Exception):
    """NVRTC isn't there, or doesn't accept the kernels."""


def package(name: str) -> Path:
    """The directory of one of NVIDIA's pip packages."""
    spec = find_spec("nvidia")
    places = [Path(place) / name for place in (spec.submodule_search_locations or [] if spec else [])]
    for place in places:
        if place.is_dir():
            return place
    raise CompilerError(f"The package with nvidia/{name} is not installed.")


def compiled() -> str:
    """The PTX of the kernels, in the form in which it is kept."""
    (library,) = (package("cuda_nvrtc") / "lib").glob("libnvrtc.so.*")
    nvrtc = ctypes.CDLL(str(library))
    program = ctypes.c_void_p()
    _check(nvrtc.nvrtcCreateProgram(ctypes.byref(program), SOURCE.read_bytes(), SOURCE.name.encode(), 0, None, None))
    options = (ctypes.c_char_p * len(_OPTIONS))(*_OPTIONS)
    if nvrtc.nvrtcCompileProgram(program, len(_OPTIONS), options):
        raise CompilerError(_text(nvrtc, program, "nvrtcGetProgramLogSize", "nvrtcGetProgramLog"))
    return tidied(_text(nvrtc, program, "nvrtcGetPTXSize", "nvrtcGetPTX"))


def _check(result: int) -> None:
    if result:
        raise CompilerError(f"NVRTC failed with code {result}.")


def _text(nvrtc: ctypes.CDLL, program: ctypes.c_void_p, size_function: str, function: str) -> str:
    size = ctypes.c_size_t()
    _check(getattr(nvrtc, size_function)(program, ctypes.byref(size)))
    text = ctypes.create_string_buffer(size.value)
    _check(getattr(nvrtc, function)(program, text))
    return text.value.decode()


def tidied(ptx: str) -> str:
    """The PTX without comments, tabs and blank lines, and with the version that it needs instead of the compiler's own."""
    lines = (_wrapped(re.sub(r"//.*", "", line).replace("\t", " ").strip()) for line in ptx.splitlines())
    return re.sub(r"^\.version .*$", f".version {PTX_VERSION}", "\n".join(filter(None, lines)), count=1, flags=re.MULTILINE) + "\n"


def _wrapped(line: str) -> str:
    return "\n".join(textwrap.wrap(line, _WIDTH)) if len(line) > _WIDTH else line


def module(ptx: str) -> str:
    """The content of kernels.py."""
    return _MODULE.format(ptx=ptx)


def main(arguments: list[str]) -> int:
    """Write kernels.py anew; with --check, only say whether it is what the source compiles to."""
    try:
        made = module(compiled())
    except CompilerError as error:
        print(f"proof-kernels: {error}", file=sys.stderr)
        return 1
    if arguments == ["--check"]:
        return int(made != TARGET.read_text())
    TARGET.write_text(made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
