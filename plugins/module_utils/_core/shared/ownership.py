# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""How objects and resources created by this collection are marked, so that it removes nothing else; whose an object is, and if it goes."""

from __future__ import annotations

from typing import Any, Mapping

# What says that this collection has made something: a label in Kubernetes, a tag in Azure. What was there before never has it.
FIELD_MANAGER = "gpuops.aks"
MANAGED_BY_LABEL = "app.kubernetes.io/managed-by"
MARK = {MANAGED_BY_LABEL: FIELD_MANAGER}
CREATED_TAG = "gpuops-aks-created"
# The annotations by which Helm marks what a release has brought.
HELM_RELEASE, HELM_NAMESPACE = "meta.helm.sh/release-name", "meta.helm.sh/release-namespace"
# On the Jobs and pods of gpu_proof.
PROOF_LABEL = "gpuops.aks/proof"


def is_marked(resource: Mapping[str, Any]) -> bool:
    """Whether the collection created this Kubernetes object."""
    labels = resource["metadata"].get("labels") or {}
    return bool(labels.get(MANAGED_BY_LABEL) == FIELD_MANAGER)


def manager_of(resource: Mapping[str, Any]) -> str:
    """What else manages a Kubernetes object, by Helm's annotations or the label for this; "" if nothing says so."""
    metadata = resource["metadata"]
    annotations, labels = metadata.get("annotations") or {}, metadata.get("labels") or {}
    if annotations.get(HELM_RELEASE):
        return f"the Helm release {annotations.get(HELM_NAMESPACE) or metadata.get('namespace')}/{annotations[HELM_RELEASE]}"
    return "" if is_marked(resource) else str(labels.get(MANAGED_BY_LABEL) or "")


def is_going(resource: Mapping[str, Any]) -> bool:
    """Whether a Kubernetes object is being deleted: it is there only until its finalizers are done."""
    return "deletionTimestamp" in resource["metadata"]


def is_made_by(resource: Mapping[str, Any], kind: str, name: str) -> bool:
    """Whether a controller of this kind and name has made the object, also one that is gone."""
    owners = resource["metadata"].get("ownerReferences") or ()
    return any((owner.get("kind"), owner.get("name")) == (kind, name) and owner.get("controller") for owner in owners)
