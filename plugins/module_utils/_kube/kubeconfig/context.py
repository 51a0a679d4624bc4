# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Finds the cluster and user of a context in one or more kubeconfig files, by kubectl's rules."""

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
    """An entry of a kubeconfig: a cluster, user or context.

    name: the entry and its file, for error messages. body: the fields of the entry. directory: the base of relative paths in it.
    """

    name: str
    body: Json
    directory: Path

    def string(self, field: str) -> str | None:
        """The value of a field; None if it is missing, null or empty."""
        value = self.body.get(field)
        return str(value) if value else None

    def path(self, field: str) -> Path | None:
        """The path of the file that a field names; None if it names none."""
        value = self.string(field)
        return self.directory / Path(value) if value else None


def cluster_and_user(paths: Sequence[Path], context: str | None) -> tuple[Section, Section]:
    """The cluster and user of a context in these files; None stands for the current context.

    Files are combined by kubectl's rule: the first file that has an entry of a name, or a current context, wins
    (https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files).
    Raises InvalidInputError, KubernetesError.
    """
    entries: dict[str, dict[str, Section]] = {kind: {} for kind in LISTS}
    current = context
    for path in paths:
        config = read_kubeconfig(path)
        current = current or config.get("current-context")
        for kind, body in LISTS.items():
            for entry in config.get(kind) or ():
                name = f"{body} {entry['name']} of {path}"
                entries[kind].setdefault(entry["name"], Section(name, entry.get(body) or {}, path.absolute().parent))
    where = ", ".join(map(str, paths))
    if not current:
        raise _invalid(f"{where} has no current context", "Set context, or choose one with 'kubectl config use-context'.")
    found = entries["contexts"].get(current)
    if found is None:
        raise _invalid(f"{where} has no context {current}")
    return _member(found, "cluster", entries["clusters"], where), _member(found, "user", entries["users"], where)


def _member(context: Section, field: str, entries: Mapping[str, Section], where: str) -> Section:
    """The cluster or user that a context names. A context may have no user."""
    name = context.string(field)
    if not name and field == "user":
        return Section(f"no user of {where}", {}, context.directory)
    if not name:
        raise _invalid(f"The {context.name} does not name a {field}")
    if name not in entries:
        raise _invalid(f"The {context.name} names the {field} {name}, which does not exist")
    return entries[name]


def _invalid(problem: str, remedy: str | None = None) -> KubernetesError:
    return KubernetesError(
        f"{problem}.",
        code="InvalidKubeconfig",
        cause="The file is incomplete, is not a kubeconfig, or does not have the context.",
        remedy=remedy or "Check kubeconfig and context, or fetch the file again with gpuops.aks.aks_credentials.",
    )


def invalid_field(section: Section, field: str, problem: str) -> KubernetesError:
    """The error for a field with an invalid value.

    Args:
        section: the entry that has the field.
        field: the name of the field.
        problem: a predicate that says what is wrong, such as "is not base64".
    """
    return KubernetesError(
        f"{field} of the {section.name} {problem}.",
        code="InvalidKubeconfig",
        cause="The kubeconfig is damaged or was edited by hand.",
        remedy="Correct the file, or fetch it again with gpuops.aks.aks_credentials.",
    )
