# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Arguments that several modules share. Most functions correspond to one documentation fragment."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from .._azure.sign_in.completeness import AUTH_SOURCES
from .._core.arm.resource_option import ResourceOption
from .._core.shared.ranges import SECONDS

AZURE_LIBRARIES = ("azure.mgmt.containerservice", "azure.identity")
KUBE_LIBRARIES = ("kubernetes", "urllib3", "yaml")


def azure_arguments() -> dict[str, Any]:
    """How to sign in to Azure; documented by the fragment azure."""
    return {
        "subscription_id": {"type": "str"},
        "tenant": {"type": "str"},
        "client_id": {"type": "str"},
        "secret": {"type": "str", "no_log": True},
        "x509_certificate_path": {"type": "path"},
        "certificate_password": {"type": "str", "no_log": True},
        "thumbprint": {"type": "str"},
        "federated_token_file": {"type": "path", "no_log": False},
        "profile": {"type": "str"},
        "auth_source": {"type": "str", "choices": list(AUTH_SOURCES)},
        "cloud_environment": {"type": "str"},
    }


def kube_arguments() -> dict[str, Any]:
    """How to reach an API server; documented by the fragment kubernetes."""
    return {
        "kubeconfig": {"type": "path"},
        "context": {"type": "str"},
        "host": {"type": "str"},
        "api_key": {"type": "str", "no_log": True},
        "ca_cert": {"type": "path", "aliases": ["ssl_ca_cert"]},
        "client_cert": {"type": "path", "aliases": ["cert_file"]},
        "client_key": {"type": "path", "aliases": ["key_file"], "no_log": False},
        "validate_certs": {"type": "bool", "aliases": ["verify_ssl"]},
        "proxy": {"type": "str"},
    }


def cluster_arguments() -> dict[str, Any]:
    """The AKS cluster that the task is for; documented by the fragment cluster."""
    return {name: {"type": "str"} for name in ("resource_group", "cluster", "node_resource_group", "subscription_id")}


CLUSTER_CONSTRAINTS = {"required_by": {"resource_group": ["cluster"]}}


def wait_arguments(*, timeout: int) -> dict[str, Any]:
    """Whether to wait, and for how many seconds; documented by each module because the default differs."""
    return {"wait": {"type": "bool", "default": True}, "wait_timeout": {"type": "int", "default": timeout}}


def wait_timeout_of(params: Mapping[str, Any]) -> float:
    """How long to wait, in seconds. Raises InvalidInputError for a timeout that would pass as soon as the request is sent."""
    without = "To skip waiting, set wait: false." if "wait" in params else ""  # not every module can do without waiting
    seconds: float = params["wait_timeout"]
    return SECONDS.checked("wait_timeout", seconds, also=without)


def state_arguments() -> dict[str, Any]:
    """The desired state, and whether to remove only what the collection created; documented by the fragment state."""
    return {
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "created_only": {"type": "bool", "default": False},
    }


def toleration_arguments() -> dict[str, Any]:
    """The taints that a pod on a GPU node must tolerate, and its node selector; documented by the fragment tolerations."""
    return {
        "node_taints": {"type": "list", "elements": "str", "default": []},
        "tolerations": {"type": "list", "elements": "dict", "default": []},
        "node_selector": {"type": "dict"},
    }


def option_arguments(options: Sequence[ResourceOption]) -> dict[str, Any]:
    """The argument specifications of a table of options; documented by the module that has them."""
    return {option.name: _spec(option) for option in options}


def _spec(option: ResourceOption) -> dict[str, Any]:
    spec: dict[str, Any] = {"type": option.type}
    if option.elements:
        spec["elements"] = option.elements
    if option.choices:
        spec["choices"] = list(option.choices)
    if option.options:
        spec["options"] = option_arguments(option.options)
    return spec
