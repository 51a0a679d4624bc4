# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytecode of what Ansible compiles anew in each process, kept in build/bytecode: the integration tests and molecule have it on PYTHONPATH.

Python keeps the bytecode of a file, but not of a module that runs from its zip file, where compiling is half of the processor time, and
Ansible's loader of collections keeps none. The tests start thousands of both. The key is the source itself, so nothing old is ever taken.
"""

from __future__ import annotations

import _imp
import marshal
import os
import sys
import zipimport
from importlib.machinery import PathFinder

TYPE_CHECKING = False  # as in typing, which takes longer to import than this file
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType
    from typing import Any

_FOLDER = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "build", "bytecode", str(sys.implementation.cache_tag))  # noqa: PTH118, PTH120 -- as typing
_COLLECTION_LOADER = "ansible.utils.collection_loader._collection_finder"


def compiled(source: str | bytes, filename: str, **_as_a_module: Any) -> CodeType:
    """The code of a module, as compile() returns it."""
    from hashlib import sha256  # noqa: PLC0415 -- most processes compile nothing

    data = source.encode() if isinstance(source, str) else source
    path = f"{_FOLDER}/{sha256(data).hexdigest()}"
    try:
        with open(path, "rb") as file:  # noqa: PTH123 -- as typing
            code: CodeType = marshal.load(file)  # noqa: S302 -- written by the function below
    except FileNotFoundError:
        code = compile(source, filename, "exec", dont_inherit=True)
        _keep(code, path)
    else:
        _imp._fix_co_filename(code, filename)  # type: ignore[attr-defined]
    return code


def _keep(code: CodeType, path: str) -> None:
    """Write a whole file or none: other processes do the same, and one of another user may not."""
    own = f"{path}.{os.getpid()}"
    try:
        os.makedirs(_FOLDER, exist_ok=True)  # noqa: PTH103 -- as typing
        with open(own, "wb") as file:  # noqa: PTH123 -- as typing
            marshal.dump(code, file)
        os.replace(own, path)  # noqa: PTH105 -- as typing
    except OSError:
        return


class CollectionLoaderFinder:
    """Gives the module of Ansible that loads collections a compile() of its own."""

    @staticmethod
    def find_spec(name: str, path: Any = None, _target: ModuleType | None = None) -> ModuleSpec | None:
        """Where that module is; None for every other."""
        spec = PathFinder.find_spec(name, path) if name == _COLLECTION_LOADER else None
        if spec and spec.loader:
            spec.loader.create_module = _with_compile  # type: ignore[method-assign]
        return spec


def _with_compile(spec: ModuleSpec) -> ModuleType:
    module = type(sys)(spec.name)
    module.compile = compiled  # type: ignore[attr-defined]
    return module


zipimport._compile_source = lambda pathname, source: compiled(zipimport._normalize_line_endings(source), pathname)  # type: ignore[attr-defined]
sys.meta_path.insert(0, CollectionLoaderFinder)
