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
from tests.integration.playbooks.bare_cluster import bare_cluster, clear, path_on
from tests.integration.playbooks.playbook import Workbench, kubernetes_writes
from tests.integration.running_lab import RunningLab

LAB_OPTIONS = ("--speed", "600")
VERSION = "v26.7.0"
MIRROR = "registry.example/mirror"
PLUGIN = "playbooks/plugin.yml"


@pytest.fixture(scope="module")
def started(own_lab: RunningLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A cluster with a GPU node that has no driver, and a site that has the chart."""
    with bare_cluster(own_lab), chart_site(own_lab, tmp_path_factory.mktemp("charts")) as made:
        yield made


@pytest.fixture
def site(own_lab: RunningLab, started: Site) -> Site:
    """The site, which nobody has asked yet, and no release on the cluster."""
    clear(own_lab)
    started.asked.clear()
    return started


def archive(site: Site) -> str:
    """The path of the chart's package."""
    (package,) = site.files.glob("*.tgz")
    return str(package)


SOURCES: dict[str, tuple[Callable[[Site], dict[str, str]], str]] = {
    "repository": (lambda site: {"gpu_operator_chart_repository": site.repository}, f"GET /charts/gpu-operator-{VERSION}.tgz"),
    "registry": (lambda site: {"gpu_operator_chart": f"{site.registry}/gpu-operator"}, f"GET /v2/mirror/gpu-operator/manifests/{VERSION}"),
    "archive": (lambda site: {"gpu_operator_chart": archive(site)}, ""),
}


@pytest.mark.parametrize(("source", "step"), [("repository", "playbooks/preflight.yml"), ("registry", PLUGIN)])
def test_chart_that_is_not_there_is_named_before_anything_is_written(
    own_lab: RunningLab, here: Path, site: Site, source: str, step: str
) -> None:
    chosen, _fetched = SOURCES[source]
    bench = path_on(own_lab, here, **chosen(site), gpu_operator_chart_version="v99.1.0")
    before = kubernetes_writes(own_lab)
    assert bench.run(step).status == 2
    assert "v99.1.0" in bench.report["error"]["message"]
    assert bench.report["error"]["code"] == "ChartNotFound"
    assert "gpu_operator_chart_version" in bench.report["error"]["remedy"]
    assert kubernetes_writes(own_lab) == before


def install(bench: Workbench, site: Site, fetched: str) -> None:
    """The chart is installed from where it was fetched, and a second run leaves it alone."""
    bench.succeed(PLUGIN)
    (release,) = json.loads(helm(bench.lab, "list", "--namespace", NAMESPACE, "--output", "json"))
    assert (release["chart"], release["status"]) == (f"gpu-operator-{VERSION}", "deployed")
    assert [one for one in site.asked if one.replace("HEAD", "GET") == fetched] if fetched else site.asked == []
    assert bench.succeed(PLUGIN).counts["changed"] == 0


def test_chart_of_a_repository_is_installed_and_then_left_alone(own_lab: RunningLab, here: Path, site: Site) -> None:
    chosen, fetched = SOURCES["repository"]
    install(path_on(own_lab, here, **chosen(site)), site, fetched)


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


@pytest.fixture
def pool_of_aks(own_lab: RunningLab, site: Site) -> Iterator[Site]:
    """The site, and a pool whose driver AKS installs."""
    own_lab.delete_pool(POOL)
    create_pool(own_lab, driver="Install")
    yield site
    own_lab.delete_pool(POOL)
    create_pool(own_lab)


def expect_all_from_mirror(lab: RunningLab) -> None:
    """Every image is the mirror's: those that the operator would pull, and those of the containers."""
    spec = lab.get(POLICIES, "cluster-policy")["spec"]
    assert [name for name in repositories(spec) if not name.startswith(f"{MIRROR}/")] == []
    assert [name for name in images(lab) if not name.startswith(f"{MIRROR}/")] == []


def test_chart_of_an_archive_is_installed_with_images_of_the_mirror_and_then_left_alone(
    own_lab: RunningLab, here: Path, site: Site
) -> None:
    chosen, fetched = SOURCES["archive"]
    install(path_on(own_lab, here, **chosen(site), gpu_operator_registry=MIRROR), site, fetched)
    expect_all_from_mirror(own_lab)


def test_chart_and_images_of_a_mirror_are_installed_on_nodes_with_a_driver_and_then_left_alone(
    own_lab: RunningLab, here: Path, pool_of_aks: Site
) -> None:
    chosen, fetched = SOURCES["registry"]
    bench = path_on(own_lab, here, **chosen(pool_of_aks), gpu_operator_registry=MIRROR, gpu_operator_driver="aks")
    install(bench, pool_of_aks, fetched)
    expect_all_from_mirror(own_lab)
