# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.autoscaler import PoolSize, newest, pool_sizes, scaling
from hypothesis import given
from hypothesis import strategies as st

from ...builders import event

POD = "default/train-0"
# microsoft/tyger#59 (AKS, 2023)
TEXT = """Cluster-autoscaler status at 2023-11-29 13:34:29.001925665 +0000 UTC:
Cluster-wide:
  Health:      Healthy (ready=1 unready=0 (resourceUnready=0) notStarted=0 longNotStarted=0 registered=1 longUnregistered=0)
  ScaleUp:     InProgress (ready=1 registered=1)

NodeGroups:
  Name:        aks-cpunp-38371103-vmss
  Health:      Healthy (ready=0 unready=0 (resourceUnready=0) notStarted=0 registered=0 cloudProviderTarget=1 (minSize=1, maxSize=10))
  ScaleUp:     InProgress (ready=0 cloudProviderTarget=1)

  Name:        aks-gpunp-38371103-vmss
  Health:      Healthy (ready=0 unready=0 (resourceUnready=0) notStarted=0 registered=0 cloudProviderTarget=0 (minSize=0, maxSize=3))
  ScaleUp:     NoActivity (ready=0 cloudProviderTarget=0)
"""
# kubernetes/autoscaler#6375
YAML = """time: 2026-08-20 10:52:04.558615784 +0000 UTC
autoscalerStatus: Running
clusterWide:
  health:
    status: Healthy
nodeGroups:
- name: aks-gpunp-38371103-vmss
  health:
    status: Healthy
    nodeCounts:
      registered:
        total: 1
        ready: 1
    cloudProviderTarget: 1
    minSize: 0
    maxSize: 3
  scaleUp:
    status: Backoff
    backoffInfo:
      errorCode: OperationNotAllowed
      errorMessage: 'Operation could not be completed as it results in exceeding approved Family Cores quota'
- name: https://www.googleapis.com/compute/v1/projects/p/zones/z/instanceGroups/gke
  health:
    cloudProviderTarget: 7
    minSize: 4
    maxSize: 10
- name: aks-half-1-vmss
  health:
    cloudProviderTarget: 7
"""


def test_status_is_read_from_its_text_form() -> None:
    assert pool_sizes(TEXT) == {"cpunp": PoolSize(1, 1, 10), "gpunp": PoolSize(0, 0, 3)}


def test_status_is_read_from_its_yaml_form_with_the_last_failure() -> None:
    failure = "Operation could not be completed as it results in exceeding approved Family Cores quota"
    assert pool_sizes(YAML) == {"gpunp": PoolSize(1, 0, 3, failure)}


@given(st.text())
def test_no_status_breaks_it(status: str) -> None:
    assert pool_sizes(status) == {}


WORDS = [
    # kubernetes/autoscaler#5692, #3268
    ("NotTriggerScaleUp", "pod didn't trigger scale-up: 12 node(s) didn't match Pod's node affinity, 3 max node group size reached",
     "AutoscalerAtMaximum", "warning"),
    ("NotTriggerScaleUp", "pod didn't trigger scale-up (it wouldn't fit if a new node is added): 1 max limit reached",
     "AutoscalerAtMaximum", "warning"),
    # kubernetes/autoscaler core/scaleup/orchestrator
    ("NotTriggerScaleUp", "pod didn't trigger scale-up: 1 max total nodes in cluster reached, 2 Insufficient cpu", "AutoscalerAtMaximum",
     "warning"),
    ("NotTriggerScaleUp", "pod didn't trigger scale-up: 2 max cluster cpu, memory limit reached", "AutoscalerAtMaximum", "warning"),
    ("NotTriggerScaleUp", "pod didn't trigger scale-up: 1 atomic scale-up exceeds cluster node count limit", "AutoscalerAtMaximum",
     "warning"),
    ("NotTriggerScaleUp", "pod didn't trigger scale-up: 1 max node group size reached, 1 Insufficient nvidia.com/gpu",
     "AutoscalerAtMaximum", "warning"),
    ("NotTriggerScaleUp", "pod didn't trigger scale-up: 1 not ready for scale-up, 2 Insufficient nvidia.com/gpu", "AutoscalerNotReady",
     "warning"),
    ("NotTriggerScaleUp", "pod didn't trigger scale-up: 1 Insufficient quota", "AutoscalerLacksQuota", "error"),
    ("NotTriggerScaleUp", 'pod didn\'t trigger scale-up: 1 exceeded quota: "gpus", resources: nvidia.com/gpu', "AutoscalerLacksQuota",
     "error"),
    # 2i2c-org/infrastructure#2185
    ("NotTriggerScaleUp", "pod didn't trigger scale-up: 1 node(s) had taint {a: b}, 1 in backoff after failed scale-up",
     "AutoscalerBacksOff", "error"),
    # kubernetes/autoscaler#2506
    ("NotTriggerScaleUp", "pod didn't trigger scale-up (it wouldn't fit if a new node is added): 6 Insufficient nvidia.com/gpu",
     "AutoscalerCannotHelp", "error"),
    ("NotTriggerScaleUp", "pod didn't trigger scale-up: ", "AutoscalerCannotHelp", "error"),
    ("TriggeredScaleUp", "pod triggered scale-up: [{aks-gpunp-38371103-vmss 0->1 (max: 3)}]", "StillScaling", "warning"),
    ("Nominated", "Pod should schedule on: nodeclaim/gpu-x7k2p", "StillScaling", "warning"),
    # kubernetes-sigs/karpenter pkg/controllers/provisioning/scheduling
    ("FailedScheduling", 'Failed to schedule pod, incompatible with nodepool "default", no instance type satisfied resources {"cpu":"1"}',
     "KarpenterCannotHelp", "error"),
    ("FailedScheduling", "Failed to schedule pod, did not tolerate taint (taint=sku=gpu:NoSchedule)", "KarpenterCannotHelp", "error"),
    ("FailedScheduling", "Failed to schedule pod, no nodepools found", "KarpenterCannotHelp", "error"),
]  # fmt: skip


# NVIDIA/gpu-operator#693
ANOTHERS_MAXIMUM = (
    "pod didn't trigger scale-up: 1 max node group size reached, 2 node(s) didn't match Pod's node affinity/selector, "
    "1 Insufficient nvidia.com/mig-1g.10gb"
)
HELPLESS, FULL = "AutoscalerCannotHelp", "AutoscalerAtMaximum"
ONLY_MAXIMUM = "pod didn't trigger scale-up: 1 max node group size reached, 2 node(s) didn't match Pod's node affinity/selector"


@pytest.mark.parametrize(
    ("message", "pools", "code", "word"),
    [
        pytest.param(ANOTHERS_MAXIMUM, [], HELPLESS, "min_count", id="another pool's, of pools that nobody knows"),
        pytest.param(ANOTHERS_MAXIMUM, [PoolSize(1, 1, 3)], HELPLESS, "min_count", id="another pool's: this one has room"),
        pytest.param(ANOTHERS_MAXIMUM, [PoolSize(3, 1, 3)], FULL, "max_count", id="by the pool's own numbers"),
        pytest.param(ANOTHERS_MAXIMUM, [PoolSize(3, 1, 3), PoolSize(0, 0, 1)], HELPLESS, "min_count", id="one of two has room"),
        pytest.param(ONLY_MAXIMUM, [], FULL, "max_count", id="the only reason"),
        pytest.param(ONLY_MAXIMUM, [PoolSize(1, 1, 3)], HELPLESS, "node_selector", id="the only reason, and the pool has room"),
        pytest.param("pod didn't trigger scale-up: 1 Insufficient nvidia.com/gpu.shared", [], HELPLESS, "min_count", id="shared"),
        pytest.param("pod didn't trigger scale-up: 1 Insufficient nvidia.com/gpu, 1 Insufficient cpu", [], HELPLESS, "vm_size", id="whole"),
    ],
)
def test_pool_is_at_its_maximum_by_its_numbers_or_for_lack_of_other_reasons(
    message: str, pools: list[PoolSize], code: str, word: str
) -> None:
    (finding,) = scaling(POD, [event("NotTriggerScaleUp", message)], pools)
    assert finding.code == code
    assert word in finding.explanation.remedy


@pytest.mark.parametrize(("reason", "message", "code", "severity"), WORDS)
def test_autoscaler_events_are_explained(reason: str, message: str, code: str, severity: str) -> None:
    (finding,) = scaling(POD, [event(reason, message)])
    assert (finding.code, finding.severity, finding.subjects) == (code, severity, (POD,))
    assert finding.evidence == f"event {reason}: {message}"
    assert finding.explanation.remedy


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        ("OperationNotAllowed: exceeding approved Standard NCASv3_T4 Family Cores quota", "AutoscalerLacksQuota"),
        ("AllocationFailed: no capacity in the zone", "AutoscalerBacksOff"),
        ("", "AutoscalerBacksOff"),
    ],
)  # fmt: skip
def test_failed_scale_up_has_azures_reason(failure: str, code: str) -> None:
    (finding,) = scaling(POD, [event("NotTriggerScaleUp", "1 in backoff after failed scale-up")], [PoolSize(1, 1, 3, failure)])
    assert (finding.code, finding.evidence.endswith(failure)) == (code, True)


def test_newest_autoscaler_event_wins() -> None:
    first, last = event("NotTriggerScaleUp", "in backoff", at="10:00"), event("TriggeredScaleUp", "0->1", at="10:01")
    assert [finding.code for finding in scaling(POD, [last, first])] == ["StillScaling"]


def test_event_of_the_scheduler_is_not_taken_for_the_autoscalers() -> None:
    assert list(scaling(POD, [event("FailedScheduling", "0/3 nodes are available: 3 max node group size reached")])) == []


def test_newest_event_is_found_by_any_timestamp() -> None:
    old = {"reason": "a", "lastTimestamp": "2026-08-01T10:00:00Z"}
    series = {"reason": "a", "lastTimestamp": None, "series": {"lastObservedTime": "2026-08-01T11:00:00.000000Z"}}
    micro = {"reason": "a", "eventTime": "2026-08-01T10:30:00.000000Z"}
    assert newest([old, series, micro], "a") is series
    assert newest([old, micro, {"reason": "a"}], "a") is micro
    assert newest([old], "b") is None
