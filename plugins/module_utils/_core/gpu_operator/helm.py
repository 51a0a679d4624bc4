# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Whether Helm and the collection kubernetes.core, by which the operator's chart is installed, are there and work together."""

from __future__ import annotations

import re
from typing import Iterator

from ..._errors import InvalidInputError
from ..shared.versions import version_key

# Helm 3.8 is the first that takes charts from OCI registries without an experimental setting (helm.sh/blog/storing-charts-in-oci).
_OLDEST_HELM = (3, 8)
# The changelog of kubernetes.core: timeout is an option of helm since 2.3.0, reset_values since 3.0.0; Helm 4 is supported since 6.4.0.
_OLDEST_COLLECTION = (3, 0)
_HELM_4, _HELM_5, _FIRST_WITH_HELM_4 = (4, 0), (5, 0), (6, 4)
_VERSION = re.compile(r"\bv(?P<version>\d{1,4}\.\d{1,4}\.\d{1,4})")
_COLLECTION = "kubernetes.core"


def helm_refusals(helm: str, collection: str) -> Iterator[InvalidInputError]:
    """What is wrong with the two.

    Args:
        helm: What 'helm version' prints, or why it fails; "" if it could not be run.
        collection: The version of kubernetes.core, "" if it is not installed.
    """
    found = _VERSION.search(helm)
    if not collection:
        yield InvalidInputError(
            "The collection kubernetes.core is not installed.",
            code="KubernetesCoreMissing",
            cause="The path gpu_operator installs the operator's chart with kubernetes.core.helm. The other paths do not need it.",
            remedy=f"Run 'ansible-galaxy collection install {_COLLECTION}' on the controller.",
        )
    elif version_key(collection) < _OLDEST_COLLECTION:
        yield InvalidInputError(
            f"The installed collection is kubernetes.core {collection}.",
            code="KubernetesCoreTooOld",
            cause="Its module helm lacks options that the path gpu_operator uses.",
            remedy=f"Run 'ansible-galaxy collection install --upgrade {_COLLECTION}' on the controller.",
        )
    if found is None:
        yield InvalidInputError(
            f"The program helm did not print its version: {helm.strip()[:100]}" if helm.strip() else "The program helm could not be run.",
            code="HelmMissing",
            cause="The path gpu_operator installs the operator's chart with Helm. The other paths do not need it.",
            remedy="Install Helm (helm.sh/docs/intro/install) on the host that runs the play, and set gpu_operator_helm to its path if it "
            "is not in PATH.",
        )
    else:
        yield from _unfit(found["version"], collection)


def _unfit(helm: str, collection: str) -> Iterator[InvalidInputError]:
    """What is wrong with the version of Helm, alone and with this version of kubernetes.core."""
    if version_key(helm) < _OLDEST_HELM:
        yield InvalidInputError(
            f"The installed program is Helm {helm}.",
            code="HelmTooOld",
            cause="Charts in OCI registries need Helm 3.8 or newer.",
            remedy="Install a newer version of Helm 3.",
        )
    elif version_key(helm) >= _HELM_5:
        yield InvalidInputError(
            f"The installed program is Helm {helm}.",
            code="HelmTooNew",
            cause="kubernetes.core supports Helm 3 and, since version 6.4.0, Helm 4.",
            remedy="Install Helm 3 or 4, and set gpu_operator_helm to its path.",
        )
    elif collection and version_key(helm) >= _HELM_4 and version_key(collection) < _FIRST_WITH_HELM_4:
        yield InvalidInputError(
            f"kubernetes.core {collection} does not support Helm {helm}.",
            code="HelmTooNew",
            cause="kubernetes.core supports Helm 4 since version 6.4.0.",
            remedy=f"Run 'ansible-galaxy collection install --upgrade {_COLLECTION}' on the controller, or install Helm 3 and set "
            "gpu_operator_helm to its path.",
        )
