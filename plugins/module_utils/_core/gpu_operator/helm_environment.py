# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What environment variables do to Helm and kubernetes.core: where Helm keeps releases, and what would lead them to another cluster.

The role names the kubeconfig, the context and the namespace, and these win over KUBECONFIG and HELM_NAMESPACE.
"""

from __future__ import annotations

from typing import Collection, Iterator, Mapping

from ..._errors import InvalidInputError

DRIVER_VARIABLE = "HELM_DRIVER"
SECRETS, CONFIG_MAPS = "secrets", "configmaps"
# helm/helm pkg/action/action.go, Configuration.Init
_STORES = {"": SECRETS, "secret": SECRETS, "secrets": SECRETS, "configmap": CONFIG_MAPS, "configmaps": CONFIG_MAPS}

# They win over the kubeconfig: helm/helm pkg/cli/environment.go; kubernetes.core plugins/module_utils/k8s/client.py.
_INSTEAD_OF_KUBECONFIG = (
    "HELM_KUBEAPISERVER",
    "HELM_KUBEASGROUPS",
    "HELM_KUBEASUSER",
    "HELM_KUBECAFILE",
    "HELM_KUBEINSECURE_SKIP_TLS_VERIFY",
    "HELM_KUBETLS_SERVER_NAME",
    "HELM_KUBETOKEN",
    "K8S_AUTH_IMPERSONATE_GROUPS",
    "K8S_AUTH_IMPERSONATE_USER",
)
# They count if the role names no context, although its modules then use the kubeconfig's current one.
_INSTEAD_OF_CURRENT_CONTEXT = ("HELM_KUBECONTEXT", "K8S_AUTH_CONTEXT")


def release_store(driver: str) -> str:
    """The kind of object in which Helm keeps releases, SECRETS or CONFIG_MAPS. Raises InvalidInputError if it is neither.

    Args:
        driver: The value of HELM_DRIVER, "" if it is not set.
    """
    if driver in _STORES:
        return _STORES[driver]
    raise InvalidInputError(
        f"The environment variable {DRIVER_VARIABLE} is '{driver}'.",
        code="HelmDriverUnsupported",
        cause="Helm then keeps its releases outside the cluster, where this collection cannot read them. An installed operator would look "
        "like none.",
        remedy=f"Unset {DRIVER_VARIABLE}, or set it to secret or configmap, whichever the operator was installed with.",
    )


def overriding_variables(environment: Mapping[str, str]) -> list[str]:
    """The names of the variables that may lead Helm or kubernetes.core elsewhere. Helm ignores empty ones, kubernetes.core does not.

    Args:
        environment: The variables of the environment in which both run, and their values.
    """
    names = (*_INSTEAD_OF_KUBECONFIG, *_INSTEAD_OF_CURRENT_CONTEXT)
    return [name for name in names if environment.get(name) or (name in environment and name.startswith("K8S_"))]


def environment_refusals(driver: str, variables: Collection[str], context: str) -> Iterator[InvalidInputError]:
    """What is wrong with the environment in which Helm and kubernetes.core run.

    Args:
        driver: The value of HELM_DRIVER, "" if it is not set.
        variables: The names of the overriding variables that are set.
        context: The context that the role gives to both, "" for the kubeconfig's current one.
    """
    try:
        release_store(driver)
    except InvalidInputError as error:
        yield error
    counting = (*_INSTEAD_OF_KUBECONFIG, *(() if context else _INSTEAD_OF_CURRENT_CONTEXT))
    overriding = ", ".join(name for name in counting if name in variables)
    if overriding:
        yield InvalidInputError(
            f"The environment sets {overriding}.",
            code="EnvironmentOverridesKubeconfig",
            cause="Helm or kubernetes.core would use this instead of what the kubeconfig says. They could change another cluster than the "
            "one that the other steps have checked, or act as another user.",
            remedy=f"Unset {overriding}. The kubeconfig (gpu_kubeconfig) and its context (gpu_context) name the cluster.",
        )
