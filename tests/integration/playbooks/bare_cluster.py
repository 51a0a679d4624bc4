# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster for the path gpu_operator that the tests of a module share, each of which begins without a release."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.integration.chart import NAMESPACE, create_pool
from tests.integration.playbooks.playbook import Workbench
from tests.integration.running_lab import RunningLab

OTHER_NAMESPACE = "nvidia"


@contextmanager
def bare_cluster(lab: RunningLab) -> Iterator[RunningLab]:
    """A cluster with a GPU node that has no driver at first."""
    lab.create_cluster()
    create_pool(lab)
    yield lab
    lab.delete_cluster()


def clear(lab: RunningLab) -> None:
    """Deletes what a test may have left: releases with their records, and what Helm leaves of them."""
    lab.kubectl("delete", "customresourcedefinitions", "--all")
    lab.kubectl("delete", "clusterroles,clusterrolebindings", "--selector", "!kubernetes.io/bootstrapping")
    lab.kubectl("delete", "namespace", NAMESPACE, OTHER_NAMESPACE, "--ignore-not-found")


def path_on(lab: RunningLab, directory: Path, **chosen: Any) -> Workbench:
    """The path on the cluster, with the lab's kubeconfig unless another one is chosen."""
    standard = {"gpu_path": "gpu_operator", "gpu_kubeconfig": str(lab.layout.kubeconfig), "gpu_context": ""}
    return Workbench(lab, directory, {**standard, **chosen})
