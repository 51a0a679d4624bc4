# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What a release of the GPU Operator's chart has brought to a cluster, who has made it, and what its removal may delete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, Mapping, NamedTuple, Sequence

from ..nodes.gpu_operator import DEPLOY_PREFIX, PRESENT
from ..shared.mappings import Json
from ..shared.ownership import FIELD_MANAGER, HELM_NAMESPACE, HELM_RELEASE, MANAGED_BY_LABEL

# The API groups of the chart's custom resources. Helm leaves their definitions when it removes a release.
_GROUPS = ("nvidia.com", "resource.nvidia.com", "nfd.k8s-sigs.io")
POLICY_DEFINITION, _FEATURES_DEFINITION = "clusterpolicies.nvidia.com", "nodefeatures.nfd.k8s-sigs.io"
# Which release has brought a definition, besides the label of everything that this collection has made.
_OF_NAMESPACE, _OF_RELEASE = f"{FIELD_MANAGER}/helm-namespace", f"{FIELD_MANAGER}/helm-release"
# A value of the release, which comes and goes with it. A mark of the namespace would stay if Helm fails, and would then be taken for that
# of a release that others install there.
MARK = {"global": {"installedBy": FIELD_MANAGER}}
_IMAGE_VERSION = "kubernetes.azure.com/node-image-version"
_OPERATOR_LABELS = (PRESENT, DEPLOY_PREFIX, "nvidia.com/gpu-driver-upgrade")
_FEATURE_LABELS = ("feature.node.kubernetes.io/",)


class ReleaseName(NamedTuple):
    """The name of a Helm release."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def record(self) -> str:
        """An annotation of the namespace, from before Helm starts until the definitions that the release brings are labeled.

        Its value is the definitions that were there before. A run that is killed in between leaves it for the next one. It has the name of
        the release in it, so that another release does not overwrite it.
        """
        return f"crds-before.{FIELD_MANAGER}/{self.name}"

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels of the definitions that the release has brought."""
        return {MANAGED_BY_LABEL: FIELD_MANAGER, _OF_NAMESPACE: self.namespace, _OF_RELEASE: self.name}


class Revision(NamedTuple):
    """The latest revision of a release.

    status: deployed, failed, pending-install, ... user_values: Those that its user has set. working: The number of the newest revision
    that Helm has completed, None if there is none. An upgrade that has failed leaves an older one.
    """

    number: int
    status: str
    user_values: Mapping[str, Any]
    working: int | None = None

    @property
    def made_here(self) -> bool:
        """Whether this collection has installed the release, by its mark."""
        marks = self.user_values.get("global")
        return isinstance(marks, dict) and marks.get("installedBy") == FIELD_MANAGER


@dataclass(frozen=True)
class Found:
    """What there is of a release. All objects are their metadata only.

    namespace: that of the release, None if it does not exist. definitions: all custom resource definitions. policies: the ClusterPolicies.
    """

    release: ReleaseName
    revision: Revision | None
    namespace: Json | None
    definitions: Sequence[Json]
    policies: Sequence[Json]

    @property
    def may_be_removed(self) -> bool:
        """Not if others have installed the release. One that is gone was removed by an interrupted run, or never installed."""
        return self.revision is None or self.revision.made_here

    @property
    def chart_definitions(self) -> list[str]:
        """The names of the definitions that the chart has, whoever has brought them."""
        return [each["name"] for each in self.definitions if each["name"].partition(".")[2] in _GROUPS]

    @property
    def elsewhere(self) -> list[str]:
        """The releases of another name or namespace that have brought a ClusterPolicy. A cluster can have only one operator."""
        releases = {_release_of(policy) for policy in self.policies}
        return sorted(str(each) for each in releases - {self.release, None})

    @property
    def own_policies(self) -> list[str]:
        """The names of the ClusterPolicies that the release has brought."""
        return [policy["name"] for policy in self.policies if _release_of(policy) == self.release]

    @property
    def own_definitions(self) -> list[str]:
        """The definitions that the release has brought, by their labels; none while others use them."""
        if not self.may_be_removed or self.elsewhere:
            return []
        wanted = self.release.labels.items()
        brought = {each["name"] for each in self.definitions if wanted <= (each.get("labels") or {}).items()}
        return [name for name in self.chart_definitions if name in brought]

    @property
    def unlabeled_definitions(self) -> list[str] | None:
        """The definitions that the release has brought and that are not labeled yet.

        None if no installation has begun, or if it has labeled them.
        """
        before = ((self.namespace or {}).get("annotations") or {}).get(self.release.record)
        return None if before is None else [name for name in self.chart_definitions if name not in before.split()]

    @property
    def namespace_made_here(self) -> bool:
        """Whether this collection has created the namespace."""
        return ((self.namespace or {}).get("labels") or {}).get(MANAGED_BY_LABEL) == FIELD_MANAGER


def _release_of(policy: Json) -> ReleaseName | None:
    """The release that created an object, by the metadata that Helm writes; None if Helm did not create it."""
    notes = policy.get("annotations") or {}
    return ReleaseName(notes[HELM_NAMESPACE], notes[HELM_RELEASE]) if {HELM_NAMESPACE, HELM_RELEASE} <= set(notes) else None


@dataclass(frozen=True)
class Leftovers:
    """What Helm does not delete. All objects are their metadata only.

    contents: what is in the namespace and not Helm's. nodes: those of other pools, which stay. runtime_classes: all.
    """

    contents: Sequence[Json]
    nodes: Sequence[Json]
    runtime_classes: Sequence[Json]

    @property
    def of_others(self) -> list[str]:
        """What others have put into the namespace. The operator owns its DaemonSets, which disappear after it."""
        return [each["name"] for each in self.contents if not each.get("ownerReferences")]


def release_facts(found: Found, node: Json | None) -> dict[str, Any]:
    """The release, its namespace and its definitions, and what the values depend on that only a node of the pool shows."""
    revision = found.revision
    return {
        "release": None if revision is None else {**revision._asdict(), "made_here": revision.made_here},
        "elsewhere": found.elsewhere,
        "namespace": None if found.namespace is None else _namespace_facts(found, found.namespace),
        "definitions": found.chart_definitions,
        "own_definitions": found.own_definitions,
        "unlabeled_definitions": found.unlabeled_definitions,
        "labels": dict(found.release.labels),
        "record": found.release.record,
        "mark": MARK if found.may_be_removed else {},
        "node": None if node is None else _node_facts(node),
    }


def _namespace_facts(found: Found, namespace: Json) -> dict[str, Any]:
    return {"name": found.release.namespace, "made_here": found.namespace_made_here, "deleting": "deletionTimestamp" in namespace}


def _node_facts(node: Json) -> dict[str, str]:
    labels, status = node["metadata"].get("labels") or {}, node.get("status") or {}
    version = (status.get("nodeInfo") or {}).get("kubeletVersion", "")
    return {
        "name": node["metadata"]["name"],
        "kubernetes_version": version.lstrip("v"),
        "node_image_version": labels.get(_IMAGE_VERSION, ""),
    }


def removal_facts(found: Found, left: Leftovers) -> dict[str, Any]:
    """What a removal deletes after Helm, and what it keeps, with the reason of each."""
    return {
        "namespace": found.namespace_made_here and found.may_be_removed and not left.of_others,
        "definitions": found.own_definitions,
        "kept": list(_kept(found, left)),
    }


def _kept(found: Found, left: Leftovers) -> Iterator[str]:
    if not found.may_be_removed:
        yield f"Helm release {found.release}: not made by this collection"
    for release in found.elsewhere:
        yield f"Helm release {release}: not the release {found.release}"
    yield from _kept_namespace(found, left.of_others)
    for name in found.chart_definitions:
        if name not in found.own_definitions:
            yield f"CustomResourceDefinition {name}: not marked as made by this release"
    if found.may_be_removed and not found.elsewhere:
        yield from _kept_labels(found, left.nodes)
    # The operator owns its own ones, which disappear after it.
    for each in left.runtime_classes:
        if each["name"].startswith("nvidia") and not each.get("ownerReferences"):
            yield f"RuntimeClass {each['name']}: not made by this collection"


def _kept_namespace(found: Found, contents: Sequence[str]) -> Iterator[str]:
    if found.namespace is None:
        return
    kept = f"Namespace {found.release.namespace}:"
    if not found.namespace_made_here:
        yield f"{kept} not made by this collection"
    elif contents:
        yield f"{kept} holds {', '.join(contents)}"
    elif not found.may_be_removed:
        yield f"{kept} holds the release"


def _kept_labels(found: Found, nodes: Sequence[Json]) -> Iterator[str]:
    """The labels of nodes that stay."""
    sets = _kept_label_sets(found)
    for node in nodes:
        keys = sorted((key for key, value in (node.get("labels") or {}).items() if value != "false"), reverse=True)
        for owner, prefixes in sets:
            first = next((key for key in keys if key.startswith(prefixes)), None)
            if first is not None:
                yield f"Node {node['name']}: has labels of {owner}, such as {first}"


def _kept_label_sets(found: Found) -> list[tuple[str, tuple[str, ...]]]:
    """Whose labels stay, and how they begin.

    A Job of the chart removes those of node feature discovery when the release is uninstalled, and another one may still use them.
    """
    features_used = _FEATURES_DEFINITION in set(found.chart_definitions) - set(found.own_definitions)
    features = [] if features_used or found.revision is not None else [("node feature discovery", _FEATURE_LABELS)]
    return [("the operator", _OPERATOR_LABELS), *features]
