# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the path gpu_operator fetches its chart from, and where the images come from in a network without internet access."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.chart import NAMESPACE, POLICIES, POOL, create_pool, helm
from tests.integration.chart_site import Site, chart_site
from tests.integration.playbooks.playbook import Workbench, kubernetes_writes
from tests.integration.running_lab import RunningLab

LAB_OPTIONS = ("--speed", "600")
VERSION = "v26.7.0"
MIRROR = "registry.example/mirror"
STEPS = ("playbooks/cluster.yml", "playbooks/plugin.yml")


@pytest.fixture
def site(own_lab: RunningLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A cluster with a GPU node that has no driver, and a site that has the chart."""
    own_lab.create_cluster()
    create_pool(own_lab)
    with chart_site(own_lab, tmp_path_factory.mktemp("charts")) as made:
        yield made
    own_lab.delete_cluster()


def bench_of(lab: RunningLab, here: Path, **chosen: Any) -> Workbench:
    """The path on the existing pool."""
    return Workbench(lab, here, {"gpu_path": "gpu_operator", "gpu_create_cluster": False, "gpu_pool": POOL, **chosen})


def archive(site: Site) -> str:
    """The path of the chart's package."""
    (package,) = site.files.glob("*.tgz")
    return str(package)


SOURCES: dict[str, tuple[Callable[[Site], dict[str, str]], str]] = {
    "repository": (lambda site: {"gpu_operator_chart_repository": site.repository}, f"GET /charts/gpu-operator-{VERSION}.tgz"),
    "registry": (lambda site: {"gpu_operator_chart": f"{site.registry}/gpu-operator"}, f"GET /v2/mirror/gpu-operator/manifests/{VERSION}"),
    "archive": (lambda site: {"gpu_operator_chart": archive(site)}, ""),
}


@pytest.mark.parametrize("source", SOURCES)
def test_chart_of_each_source_is_installed_and_then_left_alone(own_lab: RunningLab, here: Path, site: Site, source: str) -> None:
    chosen, fetched = SOURCES[source]
    bench = bench_of(own_lab, here, **chosen(site))
    bench.succeed(*STEPS)
    (release,) = json.loads(helm(own_lab, "list", "--namespace", NAMESPACE, "--output", "json"))
    assert (release["chart"], release["status"]) == (f"gpu-operator-{VERSION}", "deployed")
    assert [one for one in site.asked if one.replace("HEAD", "GET") == fetched] if fetched else site.asked == []
    assert bench.succeed(*STEPS).counts["changed"] == 0


@pytest.mark.parametrize(("source", "step"), [("repository", "playbooks/preflight.yml"), ("registry", "playbooks/plugin.yml")])
def test_chart_that_is_not_there_is_named_before_anything_is_written(
    own_lab: RunningLab, here: Path, site: Site, source: str, step: str
) -> None:
    chosen, _fetched = SOURCES[source]
    bench = bench_of(own_lab, here, **chosen(site), gpu_operator_chart_version="v99.1.0")
    before = kubernetes_writes(own_lab)
    assert bench.run("playbooks/cluster.yml", step).status == 2
    assert "v99.1.0" in bench.report["error"]["message"]
    assert bench.report["error"]["code"] == "ChartNotFound"
    assert "gpu_operator_chart_version" in bench.report["error"]["remedy"]
    assert kubernetes_writes(own_lab) == before


def images(lab: RunningLab) -> set[str]:
    """The images of all containers in the operator's namespace."""
    specs = [pod["spec"] for pod in lab.get("pods", "--namespace", NAMESPACE)["items"]]
    return {container["image"] for spec in specs for container in (*spec["containers"], *spec.get("initContainers", ()))}


def repositories(node: Any) -> Iterator[str]:
    """Every repository in the spec of a ClusterPolicy whose part is switched on."""
    if isinstance(node, dict) and node.get("enabled", True):
        yield from (value for key, value in node.items() if key == "repository")
        for child in node.values():
            yield from repositories(child)


@pytest.mark.parametrize("driver", ["operator", "aks"])
def test_mirror_is_where_every_image_comes_from(own_lab: RunningLab, here: Path, site: Site, driver: str) -> None:
    if driver == "aks":
        own_lab.delete_pool(POOL)
        create_pool(own_lab, driver="Install")
    chosen = {"gpu_operator_chart": archive(site), "gpu_operator_registry": MIRROR, "gpu_operator_driver": driver}
    bench_of(own_lab, here, **chosen).succeed(*STEPS)
    spec = own_lab.get(POLICIES, "cluster-policy")["spec"]
    assert [name for name in repositories(spec) if not name.startswith(f"{MIRROR}/")] == []
    assert [name for name in images(own_lab) if not name.startswith(f"{MIRROR}/")] == []
