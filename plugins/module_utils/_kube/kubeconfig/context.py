# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Finds the cluster and user of a context in one or several kubeconfig files, by kubectl's rules."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Sequence

from ..._core.shared.mappings import Json
from ..._errors import KubernetesError
from .document import LISTS
from .file import read_kubeconfig


@dataclass(frozen=True)
class Section:
    """A cluster or a user of a kubeconfig. name is for errors: which entry of which file; paths in it lead from the directory."""

    name: str
    body: Json
    directory: Path

    def text(self, field: str) -> str:
        """The text of a field, "" where it is missing or null."""
        return str(self.body.get(field) or "")

    def path(self, field: str) -> Path | None:
        """The file that a field names, None where it names none."""
        return self.directory / Path(self.text(field)) if self.text(field) else None


def chosen(paths: Sequence[Path], context: str) -> tuple[Section, Section]:
    """The cluster and the user of a context of these files, of the current one where context is "".

    Several files are one by kubectl's rule: the first to name an entry, or a current context, is the one that counts
    (https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files).
    Raises InvalidInputError, KubernetesError.
    """
    entries: dict[str, dict[str, Section]] = {kind: {} for kind in LISTS}
    current = context
    for path in paths:
        config = read_kubeconfig(path)
        current = current or str(config.get("current-context") or "")
        for kind, body in LISTS.items():
            for entry in config.get(kind) or ():
                name = f"{body} {entry['name']} of {path}"
                entries[kind].setdefault(entry["name"], Section(name, entry.get(body) or {}, path.absolute().parent))
    where = ", ".join(map(str, paths))
    if not current:
        raise _unusable(f"{where} has no current context", "Set context, or choose one with 'kubectl config use-context'.")
    found = entries["contexts"].get(current)
    if found is None:
        raise _unusable(f"{where} has no context {current}")
    return _member(found, "cluster", entries["clusters"], where), _member(found, "user", entries["users"], where)


def _member(context: Section, field: str, entries: Mapping[str, Section], where: str) -> Section:
    """What a context names; it may go without a user."""
    name = context.text(field)
    if not name and field == "user":
        return Section(f"no user of {where}", {}, context.directory)
    if name not in entries:
        raise _unusable(
            f"The {context.name} names the {field} {name}, which is not there" if name else f"The {context.name} names no {field}"
        )
    return entries[name]


def _unusable(problem: str, remedy: str = "") -> KubernetesError:
    return KubernetesError(
        f"{problem}.",
        code="InvalidKubeconfig",
        cause="The file is incomplete or no kubeconfig, or it lacks the context.",
        remedy=remedy or "Check kubeconfig and context, or fetch the file again with gpuops.aks.aks_credentials.",
    )


def invalid_field(section: Section, field: str, problem: str) -> KubernetesError:
    """The error for a field whose value can't be used."""
    return KubernetesError(
        f"{field} of the {section.name} {problem}.",
        code="InvalidKubeconfig",
        cause="The kubeconfig is damaged, or was edited by hand.",
        remedy="Correct the file, or fetch it again with gpuops.aks.aks_credentials.",
    )
