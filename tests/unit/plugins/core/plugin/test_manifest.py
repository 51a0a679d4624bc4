# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._core.nodes.taints import tolerations_for
from ansible_collections.gpuops.aks.plugins.module_utils._core.plugin.daemonset import namespace_manifest
from ansible_collections.gpuops.aks.plugins.module_utils._core.plugin.manifest import plugin_manifest
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.device_plugins import mounts_device_plugins_dir
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.ownership import is_marked
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.manifest import job_manifest
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError

from tests.sources import articles, tolerated_taints

from ...builders import GPU, SKU_TAINT, SKU_TOLERATION, job_settings, plugin_settings

MARK = {"app.kubernetes.io/managed-by": "gpuops.aks"}


def test_daemonset_is_the_articles_with_later_changes() -> None:
    assert plugin_manifest(plugin_settings(), marked=True) == {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {
            "name": "nvidia-device-plugin-daemonset",
            "namespace": "gpu-resources",
            "labels": {"name": "nvidia-device-plugin-ds", **MARK},
        },
        "spec": {
            "selector": {"matchLabels": {"name": "nvidia-device-plugin-ds"}},
            "updateStrategy": {"type": "RollingUpdate"},
            "minReadySeconds": 5,
            "template": {
                "metadata": {"labels": {"name": "nvidia-device-plugin-ds"}},
                "spec": {
                    "tolerations": [
                        {"key": "CriticalAddonsOnly", "operator": "Exists"},
                        {"key": GPU, "operator": "Exists", "effect": "NoSchedule"},
                        SKU_TOLERATION,
                    ],
                    "nodeSelector": {"kubernetes.io/os": "linux", "kubernetes.azure.com/accelerator": "nvidia"},
                    "priorityClassName": "system-node-critical",
                    "containers": [
                        {
                            "name": "nvidia-device-plugin-ctr",
                            "image": "mcr.microsoft.com/oss/nvidia/k8s-device-plugin:1.11",
                            "imagePullPolicy": "IfNotPresent",
                            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                            "volumeMounts": [{"name": "device-plugin", "mountPath": "/var/lib/kubelet/device-plugins"}],
                        }
                    ],
                    "volumes": [{"name": "device-plugin", "hostPath": {"path": "/var/lib/kubelet/device-plugins"}}],
                },
            },
        },
    }


@pytest.mark.parametrize(
    ("given", "selector"),
    [
        pytest.param({}, {"kubernetes.io/os": "linux"}, id="none"),
        pytest.param({"agentpool": "a"}, {"kubernetes.io/os": "linux", "agentpool": "a"}, id="one of the user's"),
        pytest.param({"kubernetes.io/os": "windows"}, {"kubernetes.io/os": "windows"}, id="the user's word counts"),
    ],
)
def test_daemonset_is_restricted_to_linux(given: dict[str, str], selector: dict[str, str]) -> None:
    manifest = plugin_manifest(plugin_settings(node_selector=given), marked=True)
    assert manifest["spec"]["template"]["spec"]["nodeSelector"] == selector


def subset_of(ours: Any, article: Any) -> Any:
    """The part of our manifest that the article's speaks of; containers and the like are matched by name."""
    if isinstance(article, dict):
        return {key: subset_of(ours[key], value) for key, value in article.items() if key in ours}
    if isinstance(article, list) and all(map(_is_named, article)):
        return list(subset_of(_by_name(ours), _by_name(article)).values())
    return ours


def _is_named(item: Any) -> bool:
    return isinstance(item, dict) and "name" in item


def _by_name(items: list[Any]) -> dict[str, Any]:
    return {item["name"]: item for item in items}


@pytest.mark.parametrize("directory", articles("2021"))
def test_daemonset_has_everything_of_the_articles_but_the_old_annotation(directory: Path) -> None:
    article = yaml.safe_load((directory / "nvidia-device-plugin-ds.yaml").read_text())
    del article["spec"]["template"]["metadata"]["annotations"]
    pod = article["spec"]["template"]["spec"]
    taints, image = tolerated_taints(pod), pod["containers"][0]["image"]
    ours = plugin_manifest(plugin_settings(namespace=article["metadata"]["namespace"], image=image, node_taints=taints), marked=False)
    assert len(taints) == 1
    assert subset_of(ours, article) == article


@pytest.mark.parametrize("directory", articles("2021"))
def test_job_has_everything_of_the_articles(directory: Path) -> None:
    article = yaml.safe_load((directory / "samples-tf-mnist-demo.yaml").read_text())
    pod = article["spec"]["template"]["spec"]
    pod["containers"][0]["resources"]["limits"][GPU] = "1"  # the article writes a number
    taints, arguments = tolerated_taints(pod), pod["containers"][0]["args"]
    assert len(taints) == 1
    assert subset_of(job_manifest(job_settings(node_taints=taints, args=arguments)), article) == article


@pytest.mark.parametrize(
    ("changes", "where", "value"),
    [
        pytest.param({"env": {"B": "2", "A": "1"}}, "env", [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                     id="env, in a fixed order"),
        pytest.param({"args": ["--fail-on-init-error"]}, "args", ["--fail-on-init-error"], id="args"),
        pytest.param({"resources": {"limits": {"memory": "64Mi"}}}, "resources", {"limits": {"memory": "64Mi"}}, id="resources"),
        pytest.param({"image_pull_policy": "Always"}, "imagePullPolicy", "Always", id="pull policy"),
    ],
)  # fmt: skip
def test_container_options_reach_the_plugins_container(changes: dict[str, Any], where: str, value: Any) -> None:
    (made,) = plugin_manifest(plugin_settings(**changes), marked=False)["spec"]["template"]["spec"]["containers"]
    assert made[where] == value


def test_pod_options_reach_the_plugins_pod() -> None:
    template = plugin_manifest(
        plugin_settings(image_pull_secrets=["registry"], annotations={"team": "a"}, tolerations=[{"operator": "Exists"}]), marked=False
    )["spec"]["template"]
    assert template["metadata"]["annotations"] == {"team": "a"}
    assert template["spec"]["imagePullSecrets"] == [{"name": "registry"}]
    assert {"operator": "Exists"} in template["spec"]["tolerations"]


def test_plugin_is_recognized_by_the_diagnosis() -> None:
    assert mounts_device_plugins_dir(plugin_manifest(plugin_settings(), marked=False)["spec"]["template"]["spec"])


def test_only_what_the_collection_created_is_marked() -> None:
    for made in (
        plugin_manifest(plugin_settings(), marked=True),
        namespace_manifest("gpu-resources", marked=True),
        job_manifest(job_settings()),
    ):
        assert is_marked(made), made["kind"]
    for found in (plugin_manifest(plugin_settings(), marked=False), namespace_manifest("gpu-resources", marked=False)):
        assert not is_marked(found), found["kind"]
    assert not is_marked({"metadata": {}})
    assert not is_marked({"metadata": {"labels": {"app.kubernetes.io/managed-by": "Helm"}}})


def test_job_requests_whole_gpus_and_has_its_label() -> None:
    made = job_manifest(job_settings(gpus=2, deadline=900, env={"A": "1"}, command=["python"], namespace="team"))
    (container,) = made["spec"]["template"]["spec"]["containers"]
    assert container["resources"] == {"limits": {GPU: "2"}}
    assert (container["command"], container["env"]) == (["python"], [{"name": "A", "value": "1"}])
    assert made["metadata"] == {"name": "samples-tf-mnist-demo", "namespace": "team", "labels": {"app": "samples-tf-mnist-demo", **MARK}}
    assert made["spec"]["template"]["metadata"]["labels"] == made["metadata"]["labels"]
    assert (made["spec"]["activeDeadlineSeconds"], made["spec"]["backoffLimit"]) == (900, 3)


def test_job_without_deadline_or_taints_has_no_such_fields() -> None:
    made = job_manifest(job_settings(node_taints=[]))
    assert "activeDeadlineSeconds" not in made["spec"]
    assert set(made["spec"]["template"]["spec"]) == {"containers", "restartPolicy"}


def test_tolerations_come_once_each_the_given_ones_first() -> None:
    given_ones = [{"operator": "Exists"}, SKU_TOLERATION]
    assert tolerations_for([SKU_TAINT, SKU_TAINT, "team=a:NoExecute"], given_ones) == [
        {"operator": "Exists"},
        SKU_TOLERATION,
        {"key": "team", "operator": "Equal", "value": "a", "effect": "NoExecute"},
    ]


def test_malformed_taint_is_rejected_before_the_manifest() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        plugin_manifest(plugin_settings(node_taints=["sku=gpu"]), marked=True)
    assert refusal.value.code == "InvalidTaint"
