# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/errors.md: every error.code that the collection itself gives, with cause and remedy. `make pages` writes it.

The rows are read from the source: a code is the argument named code of a call, or the code of an Explanation or of a table's row.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from .finding_page import FINDINGS, REPOSITORY, has_findings
from .finding_page import every_code as diagnosis_codes
from .preflight_page import every_code as preflight_codes

PAGE = REPOSITORY / "docs" / "errors.md"
SOURCE = REPOSITORY / "plugins"
_PROGRAM = "_proof"
_CODE = re.compile(r"[A-Z][A-Za-z]*[a-z][A-Za-z]*")
# What a function returns that makes a finding: those have pages of their own.
_FINDING = re.compile(r"Finding|Shown")
_FIELDS = ("code", "pattern", "cause", "remedy")
_BY_RUN = "*depends on the case*"
# Which part of the page a file's codes belong to; the first that fits.
_SECTIONS = (
    ("Azure", re.compile(r"_azure/|azure_failures/|_core/arm/progress|_core/register|schemas/azure|_operations/pool/errors")),
    ("Kubernetes", re.compile(r"_kube/")),
    ("Workload", re.compile(r"job|workload")),
    ("Options and state", re.compile("")),
)
_INTRODUCTION = """\
<!-- Copyright: (c) 2026, gpuops.aks contributors
     SPDX-License-Identifier: GPL-3.0-or-later -->

# Every error.code

<!-- Written by `make pages`; a test holds it exact. -->

A failed task returns `error: {code, message, cause, remedy, retriable}`. Branch on `error.code`; it does not change with the wording.

- If the message of Azure or Kubernetes is known, the code is the collection's own: Azure's `AllocationFailed`, for example, becomes
  `CapacityRestricted`. The column *text* contains the regular expression that recognizes the message.
- Otherwise, the code comes from the response: Azure's `error.code`, Kubernetes' `reason`, or `HTTP` and the status if the response has
  neither.
- If a wait ends without the GPU, the code is that of the most important finding ([diagnosis.md](diagnosis.md)). If preflight rejects a
  pool, it is the code of the first finding ([preflight.md](preflight.md)).
- `retriable: true` means that the same task may succeed later without changes.

`…` and a name in braces stand for what depends on the run. Where the whole text does, the column says so; the error itself always has it.

```yaml
- name: Create the pool, and tell a lack of capacity from other failures
  block:
    - name: Create the pool
      gpuops.aks.aks_gpu_nodepool:
        resource_group: myResourceGroup
        cluster: myAKSCluster
        name: gpunp
        vm_size: Standard_NC4as_T4_v3
        count: 1
      register: created
  rescue:
    - name: Go on only if another region or VM size can help
      ansible.builtin.assert:
        that: created.error.code in ['CapacityRestricted', 'QuotaExceeded']
        fail_msg: "{{ created.msg }}"
```
"""


class ErrorRow(NamedTuple):
    """One place that gives a code: what is known of it from the source, "" where the source computes it."""

    section: str
    code: str
    pattern: str
    cause: str
    remedy: str


class _File:
    """One source file: what its constants and its own signatures are called."""

    def __init__(self, path: Path, signatures: dict[str, list[str]]) -> None:
        self._path = path
        self._tree = ast.parse(path.read_text())
        self._signatures = {**signatures, **dict(_signatures(self._tree))}
        self._constants = {
            target.id: node.value
            for node in self._tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }

    def rows(self) -> Iterator[ErrorRow]:
        """The codes that the file gives."""
        name = self._path.relative_to(SOURCE).as_posix()
        section = _section_of(name)
        for node in ast.walk(self._tree):
            given = self._arguments(node) if isinstance(node, ast.Call) else {}
            if "remedy" in given and _CODE.fullmatch(self._text(given["code"])):
                yield ErrorRow(section, *(self._text(given[field]) if field in given else "" for field in _FIELDS))

    def _arguments(self, call: ast.Call) -> dict[str, ast.expr]:
        """A call's arguments by name, as far as it is known what they are called."""
        function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if function in FINDINGS and has_findings(self._path):
            return {}
        given = dict(zip(self._signatures.get(function, ()), call.args, strict=False))
        given.update({keyword.arg: keyword.value for keyword in call.keywords if keyword.arg})
        return {"remedy": ast.Constant(""), **given} if "code" in given else {}

    def _text(self, node: ast.expr) -> str:
        """An expression's text, with … for what a run fills in."""
        if isinstance(node, ast.Constant):
            return str(node.value)
        if isinstance(node, ast.JoinedStr):
            return "".join(self._text(part) for part in node.values)
        if isinstance(node, ast.FormattedValue):
            return self._text(node.value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._text(node.left) + self._text(node.right)
        if isinstance(node, ast.Name) and node.id in self._constants:
            return self._text(self._constants[node.id])
        return "…"


def _section_of(name: str) -> str:
    return next(title for title, pattern in _SECTIONS if pattern.search(name))


def _signatures(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """The names of the arguments of the file's functions and rows that take code and remedy."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names = _fields(node) if isinstance(node, ast.ClassDef) else _parameters(node)
            if {"code", "remedy"} <= set(names):
                yield node.name, names


def _fields(row: ast.ClassDef) -> list[str]:
    return [each.target.id for each in row.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)]


def _parameters(function: ast.FunctionDef) -> list[str]:
    """The names of a function's positional parameters; [] for one that makes a finding, which another page explains."""
    if _FINDING.search(ast.unparse(function.returns or function.args)):
        return []
    return [argument.arg for argument in function.args.args]


def error_rows() -> list[ErrorRow]:
    """Every code with what is known of it, each once, in the order of the page."""
    # What the proof program says in a pod is a finding's evidence, not a task's error.
    files = sorted(
        path for folder in ("module_utils", "plugin_utils") for path in (SOURCE / folder).rglob("*.py") if _PROGRAM not in path.parts
    )
    shared = {name: names for path in files for name, names in _signatures(ast.parse(path.read_text()))}
    found = dict.fromkeys(row for path in files for row in _File(path, shared).rows())
    order = [title for title, _pattern in _SECTIONS]
    return sorted(found, key=lambda row: (order.index(row.section), row.code.lower()))


def every_code() -> set[str]:
    """The codes that one of the three pages explains."""
    return {row.code for row in error_rows()} | diagnosis_codes() | preflight_codes()


def page() -> str:
    """The page as it has to be."""
    return _INTRODUCTION + "".join(_section(title, error_rows()) for title, _pattern in reversed(_SECTIONS))


def _section(title: str, rows: list[ErrorRow]) -> str:
    told = {row.code for row in rows if _is_told(row)}
    of_it = [row for row in rows if row.section == title and (_is_told(row) or row.code not in told)]
    texts = any(row.pattern for row in of_it)
    heads = ["code", *(["text"] if texts else []), "cause", "remedy"]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads), *(_line(row, texts=texts) for row in of_it)]
    return f"\n## {title}\n\n" + "\n".join(lines) + "\n"


def _line(row: ErrorRow, *, texts: bool) -> str:
    pattern = [f"`{row.pattern.replace('|', chr(92) + '|')}`" if row.pattern else ""] if texts else []
    return f"| {' | '.join([row.code, *pattern, _cell(row.cause), _cell(row.remedy)])} |"


def _is_told(row: ErrorRow) -> bool:
    """Whether the source alone says anything about the error."""
    return any(map(_has_words, (row.pattern, row.cause, row.remedy)))


def _cell(text: str) -> str:
    told = text if _has_words(text) or not text else _BY_RUN
    return told.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _has_words(text: str) -> bool:
    return any(map(str.isalpha, text))


if __name__ == "__main__":
    PAGE.write_text(page())
