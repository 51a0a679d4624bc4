# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.nodes.taints import Taint
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.placement import PodDemand
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.snapshot import ClusterSnapshot
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.ownership import PROOF_LABEL
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.causes import diagnose_workload, refused_for_good
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.evidence import Workload
from hypothesis import given, settings
from hypothesis import strategies as st

from ...builders import GPU, GPU_NODE, SKU_TAINT, SKU_TOLERATION, Json, daemonset, event, node, plugin_pod, pod, snapshot, waiting

JOB, POD = "default/train", "default/train-0"
PLUGIN = daemonset(tolerations=[SKU_TOLERATION])
QUOTA = {"metadata": {"name": "gpus"}, "status": {"hard": {"requests.nvidia.com/gpu": "2"}, "used": {"requests.nvidia.com/gpu": "2"}}}
ROOM = {"metadata": {"name": "gpus"}, "status": {"hard": {"requests.nvidia.com/gpu": "3"}, "used": {"requests.nvidia.com/gpu": "2"}}}
OVER = 'Error creating: pods "train-x" is forbidden: exceeded quota: gpus, requested: requests.nvidia.com/gpu=1'
REFUSED_BY_LIMIT = (
    'Error creating: Pod "train-x" is invalid: spec.containers[0].resources.requests: Invalid value: "256Mi": '
    "must be less than or equal to memory limit of 64Mi"
)
TOO_STRICT = 'Error creating: pods "train-x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true'

NOT_COUNTED = 'Error creating: pods "train-x" is forbidden: status unknown for quota: gpus, resources: requests.nvidia.com/gpu'


def over(*, requested: str, used: str, limited: str) -> Json:
    """The Job controller's event about a quota, as the API server words it."""
    said = f"exceeded quota: gpus, requested: {requested}, used: {used}, limited: {limited}"
    return event("FailedCreate", f'Error creating: pods "train-x" is forbidden: {said}', kind="Job", name="train")


def pending(said: str = "", **fields: Any) -> Json:
    """A pod that no node has taken, with the scheduler's words."""
    made = pod(on="", gpus=1, phase="Pending", ready=False, **fields)
    made["status"]["conditions"] = [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": said}] if said else []
    return made


def starting(*statuses: Json) -> Json:
    """A pod that has a node and doesn't run yet."""
    return pod(gpus=1, phase="Pending", ready=False, statuses=statuses)


def disrupted(reason: str, message: str = "") -> Json:
    """A pod that something other than itself has ended."""
    made = pod(gpus=1, phase="Failed", ready=False)
    made["status"]["conditions"] = [{"type": "DisruptionTarget", "status": "True", "reason": reason, "message": message}]
    return made


TOLERATED = {"key": "tenant", "operator": "Exists", "effect": "NoExecute"}


def by_taint(**spec: Any) -> Json:
    """A pod that a taint of its node has evicted."""
    made = disrupted("DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint")
    return {**made, "spec": {**made["spec"], **spec}}


def failed(reason: str, message: str) -> Json:
    """A pod that the kubelet has turned away."""
    made = pod(gpus=1, phase="Failed", ready=False)
    made["status"].update(reason=reason, message=message)
    return made


ENDED: Json = {"name": "train", "state": {"terminated": {"exitCode": 0}}}


def beside(*statuses: Json) -> Json:
    """A pod that runs, with these containers."""
    return pod(gpus=1, statuses=statuses)


def job(*, queue: str = "", **spec: Any) -> Json:
    """The Job."""
    labels = {"kueue.x-k8s.io/queue-name": queue} if queue else {}
    return {"metadata": {"name": "train", "namespace": "default", "labels": labels}, "spec": spec}


def ready_since(time: str) -> Json:
    """The condition of a node that became Ready at this time of the day; events are of 10:00."""
    return {"type": "Ready", "status": "True", "lastTransitionTime": f"2026-08-01T{time}:00Z"}


def queued(*checks: Json, reserved: str = "") -> Json:
    """Kueue's Workload for the Job. reserved: why no quota is reserved for it."""
    unreserved = {"type": "QuotaReserved", "status": "False", "reason": "Pending", "message": reserved}
    ready = {"name": "other", "state": "Ready"}
    return {
        "metadata": {"name": "job-train"},
        "status": {"admissionChecks": [ready, *checks], "conditions": [unreserved] if reserved else []},
    }


def healthy(*made: Json, pods: tuple[Json, ...] = ()) -> ClusterSnapshot:
    """GPU nodes that their plugin serves."""
    return snapshot(*made, pool="", daemonsets=[PLUGIN], pods=[*(plugin_pod(PLUGIN, on=each["metadata"]["name"]) for each in made), *pods])


def workload(made: Json | None = None, gpus: int = 1, **more: Any) -> Workload:
    """A Job that has proved nothing yet."""
    spec = made["spec"] if made is not None else {"containers": [], "tolerations": []}
    return Workload(JOB, PodDemand(spec, GPU, gpus), **{"job": job(), "pod": made, **more})


FREE = healthy(node())
FULL = healthy(node(), pods=(pod("other-0", gpus=1, namespace="team"),))
BARE = snapshot(node(gpus=None), pool="")
UNBOUND = "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/1 nodes are available"
STARTING = healthy(node(gpus=None, conditions=[ready_since("09:50")]))
AT_MAXIMUM = event("NotTriggerScaleUp", "pod didn't trigger scale-up: 1 max node group size reached")
SCALES = event("TriggeredScaleUp", "pod triggered scale-up: [{aks-gpunp-1-vmss 0->1 (max: 3)}]")
NO_PULL = event("Failed", 'Failed to pull image "nvcr.io/x:1": dial tcp 1.2.3.4:443: i/o timeout')
NO_RUNTIME = event("FailedCreatePodSandBox", 'Failed to create pod sandbox: no runtime for "nvidia" is configured')
NO_CONFIG = event("FailedMount", 'MountVolume.SetUp failed for volume "c" : configmap "train" not found')
ADMISSION = (
    "Pod was rejected: Allocate failed due to requested number of devices unavailable for nvidia.com/gpu. Requested: 1, Available: 0"
)

HUNGRY = {"containers": [{"name": "main", "resources": {"requests": {"cpu": "100"}, "limits": {GPU: "1"}}}]}
WILL_FAIL = {"type": "FailureTarget", "status": "True", "reason": "DeadlineExceeded", "message": "Job was active longer than specified"}
FAILING: Json = {**job(), "status": {"terminating": 1, "conditions": [WILL_FAIL]}}
FAILED: Json = {**job(activeDeadlineSeconds=60), "status": {"conditions": [WILL_FAIL, {**WILL_FAIL, "type": "Failed"}]}}

NOT_FOUND = 'failed to create containerd task: OCI runtime create failed: exec: "trian": executable file not found in $PATH: unknown'
NO_PROGRAM = pod(
    gpus=1,
    phase="Failed",
    ready=False,
    statuses=[{"name": "train", "state": {"terminated": {"exitCode": 128, "reason": "StartError", "message": NOT_FOUND}}}],
)

# One row a cause: what there is to know, the codes in order, about whom, and the words that a user needs.
CAUSES = [
    pytest.param(workload(job=job(suspend=True)), ["JobSuspended"], JOB, ["spec.suspend is true", "never resumes"], id="suspended"),
    pytest.param(
        workload(job=job(parallelism=0)), ["JobSuspended"], JOB, ["spec.parallelism is 0", "may run no pod"], id="it may run no pod"
    ),
    pytest.param(
        workload(job=job(suspend=True, queue="gpus")),
        ["JobSuspended"],
        JOB,
        ["the queue gpus", "kubectl describe localqueue gpus"],
        id="suspended by Kueue",
    ),
    pytest.param(
        workload(job=job(suspend=True, queue="gpus"), queued=queued({"name": "nodes", "state": "Pending", "message": "Waiting for nodes"})),
        ["JobSuspended"],
        JOB,
        ["admission check nodes is Pending: Waiting for nodes", "kubectl get provisioningrequests --namespace default"],
        id="held back by an admission check of Kueue",
    ),
    pytest.param(
        workload(job=job(suspend=True, queue="gpus"), queued=queued(reserved="insufficient unused quota for nvidia.com/gpu in flavor t4")),
        ["JobSuspended"],
        JOB,
        ["QuotaReserved is False: insufficient unused quota", "kubectl describe localqueue gpus"],
        id="no quota in the queue of Kueue",
    ),
    pytest.param(
        workload(job=job(suspend=True, queue="gpus"), queued={**queued({"name": "nodes", "state": "Rejected"}), "spec": {"active": False}}),
        ["JobSuspended"],
        JOB,
        ["Kueue has deactivated it", "kubectl describe workloads.kueue.x-k8s.io"],
        id="deactivated by Kueue",
    ),
    pytest.param(
        workload(pending(schedulingGates=[{"name": "kueue.x-k8s.io/admission"}]), snapshot=FREE),
        ["PodGated"],
        POD,
        ["kueue.x-k8s.io/admission"],
        id="held back by a gate",
    ),
    pytest.param(
        workload(events=[event("FailedCreate", OVER, kind="Job", name="train")]),
        ["QuotaExceeded"],
        JOB,
        ["exceeded quota: gpus", "kubectl describe resourcequota"],
        id="quota, by the controller's event",
    ),
    pytest.param(workload(quotas=[QUOTA]), ["QuotaExceeded"], JOB, ["requests.nvidia.com/gpu used 2 of 2"], id="quota, computed"),
    pytest.param(
        workload(gpus=4, quotas=[QUOTA]),
        ["QuotaTooSmall"],
        JOB,
        ["requests.nvidia.com/gpu used 2 of 2", "raise requests.nvidia.com/gpu to at least 4"],
        id="quota that can never admit the pod, computed",
    ),
    pytest.param(
        workload(events=[over(requested="cpu=50m,memory=2Gi", used="cpu=0,memory=0", limited="cpu=1,memory=1024Mi")]),
        ["QuotaTooSmall"],
        JOB,
        ["ResourceQuota gpus of the namespace default", "raise memory to at least 2Gi, or"],
        id="quota that can never admit the pod",
    ),
    pytest.param(
        workload(events=[over(requested="cpu=1,pods=1", used="cpu=0,pods=2", limited="cpu=1000m,pods=2")]),
        ["QuotaExceeded"],
        JOB,
        ["kubectl describe resourcequota --namespace default", "wait for other pods to end"],
        id="quota that others use up",
    ),
    pytest.param(
        workload(events=[event("FailedCreate", NOT_COUNTED, kind="Job", name="train")]),
        ["QuotaNotReady"],
        JOB,
        ["status unknown for quota: gpus", "kubectl describe resourcequota --namespace default"],
        id="quota that is not counted yet",
    ),
    pytest.param(
        workload(events=[event("FailedCreate", REFUSED_BY_LIMIT, kind="Job", name="train")]),
        ["LimitRangeViolated"],
        JOB,
        ["memory limit of 64Mi", "kubectl describe limitrange --namespace default"],
        id="limit range",
    ),
    pytest.param(
        workload(events=[event("FailedCreate", TOO_STRICT, kind="Job", name="train")]),
        ["PodSecurityViolated"],
        JOB,
        ["kubectl label namespace default pod-security.kubernetes.io/enforce=baseline --overwrite"],
        id="pod security",
    ),
    pytest.param(
        workload(events=[event("FailedCreate", "odd", kind="Job", name="train")]),
        ["PodNotCreated"],
        JOB,
        ["FailedCreate: odd"],
        id="no pod for a reason of its own",
    ),
    pytest.param(
        workload(starting(waiting("ImagePullBackOff", 'Back-off pulling image "x"'))),
        ["ImagePullFailed"],
        POD,
        ["ImagePullBackOff"],
        id="image",
    ),
    pytest.param(
        workload(starting(waiting("ErrImagePull", "failed to resolve reference: not found"))),
        ["ImageNotFound"],
        POD,
        ["Correct image"],
        id="image not found",
    ),
    pytest.param(
        workload(starting(), events=[NO_PULL]), ["RegistryUnreachable"], POD, ["i/o timeout", "egress"], id="registry, by an event"
    ),
    pytest.param(workload(starting(), events=[NO_RUNTIME]), ["RuntimeClassMissing"], POD, ['no runtime for "nvidia"'], id="runtime class"),
    pytest.param(
        workload(starting(), events=[NO_CONFIG]), ["ConfigMissing"], POD, ['configmap "train" not found'], id="ConfigMap, mounted"
    ),
    pytest.param(
        workload(starting(waiting("CreateContainerConfigError", 'secret "key" not found'))),
        ["ConfigMissing"],
        POD,
        ['secret "key" not found'],
        id="Secret, in env",
    ),
    pytest.param(
        workload(starting(waiting("RunContainerError", "failed to initialize NVML: Driver/library version mismatch"))),
        ["DriverLibraryMismatch"],
        POD,
        [f"kubectl drain {GPU_NODE} "],
        id="the runtime finds no driver that fits",
    ),
    pytest.param(
        workload(NO_PROGRAM),
        ["ContainerStartFailed"],
        POD,
        ['exec: "trian": executable file not found in $PATH', "Correct command or image"],
        id="the image has no such program",
    ),
    pytest.param(
        workload(failed("UnexpectedAdmissionError", ADMISSION)),
        ["DeviceAllocationFailed"],
        POD,
        ["rerun: on_failure"],
        id="the kubelet has no device left",
    ),
    pytest.param(
        workload(
            failed("OutOfnvidia.com/gpu", "Pod was rejected: Node didn't have enough resource: nvidia.com/gpu, requested: 1, used: 1")
        ),
        ["DeviceAllocationFailed"],
        POD,
        ["taken or lost", "rerun: on_failure"],
        id="the kubelet turns it away: no GPU left",
    ),
    pytest.param(
        workload(
            failed("OutOfcpu", "Pod was rejected: Node didn't have enough resource: cpu, requested: 4000, used: 3000, capacity: 6000")
        ),
        ["PodTurnedAway"],
        POD,
        ["resource: cpu"],
        id="the kubelet turns it away: no cpu left",
    ),
    pytest.param(
        workload(failed("Evicted", "The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi, available: 1Gi.")),
        ["PodEvicted"],
        POD,
        ["ephemeral-storage", "os_disk_size_gb"],
        id="the kubelet takes it off: disk",
    ),
    pytest.param(
        workload(failed("Terminated", "Pod was terminated in response to imminent node shutdown.")),
        ["PodEvicted"],
        POD,
        ["imminent node shutdown"],
        id="the kubelet takes it off: shutdown",
    ),
    pytest.param(
        workload(beside(ENDED, {"name": "istio-proxy", "state": {"running": {}}})),
        ["SidecarRuns"],
        POD,
        ["istio-proxy still runs", "sidecar.istio.io/inject: 'false'"],
        id="a sidecar that never ends",
    ),
    pytest.param(
        workload(beside({"name": "train", "state": {"running": {}}}, {**waiting("CrashLoopBackOff", "back-off"), "restartCount": 1})),
        ["SidecarFails"],
        POD,
        ["container main: CrashLoopBackOff: back-off", "kubectl describe pod train-0 -n default", "sidecar.istio.io/inject: 'false'"],
        id="a sidecar that crashes",
    ),
    pytest.param(
        workload(beside({"name": "train", "state": {"running": {}}}, waiting("ImagePullBackOff", "401 Unauthorized"))),
        ["SidecarFails"],
        POD,
        ["container main: ImagePullBackOff: 401 Unauthorized"],
        id="a sidecar whose image can't be had",
    ),
    pytest.param(
        workload(
            beside({"name": "train", "restartCount": 1, "state": {}}, {**waiting("CrashLoopBackOff"), "restartCount": 1}),
            log="CUDA out of memory",
        ),
        ["GpuOutOfMemory"],
        POD,
        [],
        id="a workload that fails itself, beside a sidecar that does, too",
    ),
    pytest.param(
        workload(pod(gpus=1), snapshot=healthy(node(ready=False))),
        ["NodeNotReady"],
        GPU_NODE,
        ["kubelet does not report Ready"],
        id="its node has died",
    ),
    pytest.param(
        workload(pod(gpus=1), snapshot=healthy(node("other"))),
        ["NodeDeleted"],
        POD,
        ["GPU node", GPU_NODE],
        id="its node is gone, and the pod not yet",
    ),
    pytest.param(
        workload(pod(phase="Failed", statuses=[{"state": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}}])),
        ["OutOfMemory"],
        POD,
        ["OOMKilled", "memory limit"],
        id="out of memory",
    ),
    pytest.param(
        workload(disrupted("DeletionByPodGC", "PodGC: node no longer exists")),
        ["NodeDeleted"],
        POD,
        ["PodGC: node no longer exists", "rerun: on_failure"],
        id="node deleted",
    ),
    pytest.param(
        workload(disrupted("TerminationByKubelet", "Pod was terminated in response to imminent node shutdown.")),
        ["PodEvicted"],
        POD,
        ["spot"],
        id="spot node at its end",
    ),
    pytest.param(
        workload(by_taint(), taints=[Taint("team", "a", "NoExecute"), Taint("sku", "gpu", "NoSchedule")]),
        ["PodEvicted"],
        POD,
        [
            f"node {GPU_NODE} was given the taint",
            f"kubectl taint nodes {GPU_NODE} team=a:NoExecute-'",
            "node_taints",
            "rerun: on_failure",
        ],
        id="a person's taint",
    ),
    pytest.param(
        workload(
            by_taint(tolerations=[TOLERATED, {**TOLERATED, "key": "node.kubernetes.io/unreachable", "tolerationSeconds": 300}]),
            taints=[Taint(TOLERATED["key"], "", "NoExecute"), Taint("node.kubernetes.io/unreachable", "", "NoExecute")],
        ),
        ["PodEvicted"],
        POD,
        [f"node {GPU_NODE} is unreachable", "the taint node.kubernetes.io/unreachable:NoExecute evicted"],
        id="the taint of a node that is unreachable for too long, not one that the pod tolerates",
    ),
    pytest.param(
        workload(by_taint(), taints=[Taint("example.com/maintenance", "", "NoExecute")]),
        ["PodEvicted"],
        POD,
        ["was given the taint example.com/maintenance:NoExecute", "Wait until", "example.com/maintenance:NoExecute-"],
        id="a taint that no pod should tolerate",
    ),
    pytest.param(
        workload(by_taint()), ["PodEvicted"], POD, [f"kubectl describe node {GPU_NODE}", "someone set"], id="a taint that is gone"
    ),
    pytest.param(workload(disrupted("PreemptionByScheduler")), ["PodPreempted"], POD, ["higher priority"], id="preempted"),
    pytest.param(workload(pending(), snapshot=FULL), ["AllGpusInUse"], POD, ["team/other-0 (1)"], id="all GPUs in use, and by whom"),
    pytest.param(
        workload(pending(), snapshot=FULL, events=[AT_MAXIMUM]), ["AllGpusInUse", "AutoscalerAtMaximum"], POD, [], id="and no more to come"
    ),
    pytest.param(
        workload(pending(), snapshot=STARTING, events=[SCALES]),
        ["NoGpuOnNode", "PluginServesNothing", "StillScaling", "NodeAddedTooSoon"],
        POD,
        [],
        id="a second node, though the first has just become Ready",
    ),
    pytest.param(workload(pending(), snapshot=FULL, events=[SCALES]), ["AllGpusInUse", "StillScaling"], POD, [], id="and one on its way"),
    pytest.param(workload(pending(), gpus=2, snapshot=FREE), ["AsksForTooMany"], POD, ["no node has more than 1"], id="asks for too many"),
    pytest.param(
        workload(pending(), gpus=2, snapshot=healthy(node(taints=[SKU_TAINT]))),
        ["AsksForTooMany"],
        POD,
        ["no node has more than 1"],
        id="asks for too many, whatever the taints",
    ),
    pytest.param(workload(pending(), snapshot=healthy(node(taints=[SKU_TAINT]))), ["PodLacksToleration"], POD, [SKU_TAINT], id="taint"),
    *(
        pytest.param(workload(pending(), snapshot=healthy(node(taints=[f"{key}:NoSchedule"]))), [code] * 2, GPU_NODE, [key], id=key)
        for key, code in [
            ("node.kubernetes.io/disk-pressure", "NodeUnderPressure"),
            ("karpenter.sh/disrupted", "NodeBeingDeleted"),
            ("node.kubernetes.io/out-of-service", "NodeShutDown"),
            ("weave.works/kured-node-reboot", "NodeNotOpen"),
            ("node.cilium.io/agent-not-ready", "NodeNotOpen"),
        ]
    ),
    pytest.param(
        workload(pending(nodeSelector={"tier": "gold"}), snapshot=FREE),
        ["PodSelectorMisses"],
        POD,
        ["lacks the label tier=gold"],
        id="selector",
    ),
    pytest.param(
        Workload(JOB, PodDemand(HUNGRY, GPU, 1), pod=pending(), snapshot=FREE),
        ["NoNodeFits"],
        POD,
        [GPU_NODE, "cpu asked for"],
        id="cpu, before the scheduler says so",
    ),
    pytest.param(
        workload(pod(gpus=1), job=FAILING),
        ["JobFailing"],
        JOB,
        ["DeadlineExceeded", "kubectl delete pod train-0 --namespace default --force"],
        id="its pod does not end",
    ),
    pytest.param(
        workload(pod(phase="Failed"), job=FAILED, log="CUDA out of memory"),
        ["GpuOutOfMemory", "DeadlineExceeded"],
        POD,
        ["smaller batch"],
        id="a Job that was failing and has failed",
    ),
    pytest.param(
        workload(pod(phase="Failed"), job=FAILED),
        ["DeadlineExceeded"],
        JOB,
        ["activeDeadlineSeconds (60)", "active_deadline", "Job was active longer"],
        id="a Job past its deadline",
    ),
    pytest.param(
        workload(pending("0/1 nodes are available: 1 node(s) had untolerated taint(s)."), job=FAILED),
        ["DeadlineExceeded"],
        JOB,
        ["waited for a node longer than its activeDeadlineSeconds (60)", "untolerated taint"],
        id="a Job past its deadline that no node took",
    ),
    pytest.param(workload(pending(), snapshot=snapshot(pool="")), ["NoGpuNodes"], "the cluster", ["pool step"], id="no GPU node"),
    pytest.param(
        workload(pending(), snapshot=BARE),
        ["NoDevicePlugin", "NoGpuOnNode"],
        GPU_NODE,
        ["gpuops.aks.nvidia_device_plugin"],
        id="no plugin: the cause before what it leads to",
    ),
    pytest.param(
        workload(pending(), snapshot=snapshot(node(gpus=0, resources={"nvidia.com/mig-1g.10gb": 7}), pool="")),
        ["OtherResourceName", "NoGpuOnNode"],
        GPU_NODE,
        ["resource_name: nvidia.com/mig-1g.10gb"],
        id="MIG: another resource's name",
    ),
    pytest.param(workload(pending(UNBOUND), snapshot=FREE), ["VolumeNotBound"], POD, ["kubectl get pvc"], id="volume"),
    pytest.param(
        workload(pending("0/1 nodes are available: 1 Insufficient cpu."), snapshot=FREE),
        ["NotEnoughCpuOrMemory"],
        POD,
        ["Insufficient cpu", "vm_size"],
        id="cpu",
    ),
    pytest.param(
        workload(pending(), snapshot=FREE, events=[event("FailedScheduling", "0/1 nodes are available: 1 Insufficient memory.")]),
        ["NotEnoughCpuOrMemory"],
        POD,
        ["Insufficient memory"],
        id="memory, by the event",
    ),
    pytest.param(
        workload(pod(phase="Failed"), log="urlopen error [Errno -3] Temporary failure in name resolution"),
        ["DataUnreachable"],
        POD,
        ["egress", "log: urlopen error"],
        id="data set unreachable",
    ),
    pytest.param(
        workload(pod(phase="Succeeded"), log="CUDA driver version is insufficient for CUDA runtime version\nodd", on_cpu=True),
        ["DriverTooOldForCuda"],
        POD,
        ["525"],
        id="on the CPU: an old driver",
    ),
    pytest.param(
        workload(pod(phase="Succeeded"), log="no kernel image is available for execution", on_cpu=True),
        ["NoKernelImage"],
        POD,
        ["built for older GPUs"],
        id="on the CPU: no kernel image",
    ),
    pytest.param(
        workload(pod(phase="Succeeded"), log="Accuracy at step 0: 0.1\n", on_cpu=True),
        ["RanOnCpu"],
        POD,
        ["the last is: Accuracy at step 0: 0.1", "device_pattern"],
        id="on the CPU for no reason that it tells",
    ),
]


@pytest.mark.parametrize(("made", "codes", "subject", "words"), CAUSES)
def test_obstacle_of_a_workload_is_reported(made: Workload, codes: list[str], subject: str, words: list[str]) -> None:
    findings = diagnose_workload(made)
    assert [finding.code for finding in findings] == codes, [finding.sentence() for finding in findings]
    assert findings[0].subjects == (subject,)
    missing = [word for word in words if word not in findings[0].sentence()]
    assert not missing, f"{missing} not in: {findings[0].sentence()}"


@pytest.mark.parametrize("made", [row.values[0] for row in CAUSES])
def test_what_has_taken_a_pod_off_its_node_may_be_over_at_the_next_run(made: Workload) -> None:
    passing = {"PodEvicted", "PodPreempted", "PodTurnedAway", "NodeDeleted", "DeviceAllocationFailed"}
    assert all(each.explanation.retriable for each in diagnose_workload(made) if each.code in passing)


def of_proof(made: Json) -> Json:
    """The Job as one of gpu_proof."""
    return {**made, "metadata": {**made["metadata"], "labels": {PROOF_LABEL: "0a1b2c3d4e"}}}


def test_more_time_is_asked_for_with_the_options_of_the_module() -> None:
    (of_workload,) = diagnose_workload(workload(pod(phase="Failed"), job=FAILED))
    remedy = of_workload.explanation.remedy
    assert ("active_deadline" in remedy, "rerun: on_failure" in remedy, "timeout" in remedy) == (True, True, False)
    (of_a_proof,) = diagnose_workload(workload(pod(phase="Failed"), job=of_proof(FAILED)))
    remedy = of_a_proof.explanation.remedy
    assert ("timeout" in remedy, "active_deadline" in remedy, "rerun" in remedy) == (True, False, False)


def test_program_of_a_proof_is_not_taken_for_the_users() -> None:
    assert diagnose_workload(workload(NO_PROGRAM, job=of_proof(job()))) == []


def test_drain_is_not_answered_with_another_kind_of_pool() -> None:
    (found,) = diagnose_workload(workload(disrupted("EvictionByEvictionAPI", "Eviction API: evicting")))
    assert (found.code, "spot" in found.explanation.remedy) == ("PodEvicted", False)
    assert f"kubectl uncordon {GPU_NODE}" in found.explanation.remedy


@pytest.mark.parametrize(
    ("image", "code"),
    [
        pytest.param("AKSUbuntu-2204gen2containerd-202604.12.0", "VgpuHostMismatch", id="an old image"),
        pytest.param("AKSUbuntu-2204gen2containerd-202611.01.0", "GpuNotUsable", id="a new one"),
    ],
)
def test_workload_without_a_usable_gpu_is_explained_by_its_nodes_image(image: str, code: str) -> None:
    shown = healthy(node(vm_size="Standard_NV6ads_A10_v5", image=image))
    (finding,) = diagnose_workload(workload(pod(phase="Failed"), snapshot=shown, log="No devices were found\n"))
    assert finding.code == code
    assert "202606.08.1" in finding.explanation.remedy


OLD_EVENTS = [
    NO_PULL,
    NO_RUNTIME,
    NO_CONFIG,
    AT_MAXIMUM,
    event("FailedScheduling", UNBOUND),
    event("FailedCreate", OVER, kind="Job", name="train"),
]


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(workload(), id="nothing known yet"),
        pytest.param(workload(pending(), snapshot=FREE), id="waiting for the scheduler"),
        pytest.param(workload(starting(waiting("ContainerCreating"))), id="starting"),
        pytest.param(workload(starting(waiting("PodInitializing"))), id="initialising"),
        pytest.param(
            workload(pod(statuses=[{"state": {"running": {}}}]), snapshot=FULL, events=OLD_EVENTS, quotas=[QUOTA]),
            id="running, after troubles",
        ),
        pytest.param(
            workload(pod(phase="Succeeded", statuses=[{"state": {"terminated": {"reason": "Completed"}}}]), events=OLD_EVENTS),
            id="complete, after troubles",
        ),
        pytest.param(
            workload(pending(), snapshot=FREE, events=[{**AT_MAXIMUM, "involvedObject": {"kind": "Pod", "name": "another"}}]),
            id="another pod's trouble",
        ),
        pytest.param(workload(quotas=[ROOM]), id="room in the quota"),
        pytest.param(
            workload(quotas=[{"metadata": {"name": "pods"}, "status": {"hard": {"pods": "1"}}}, {"metadata": {"name": "new"}}]),
            id="a quota of other things",
        ),
    ],
)
def test_starting_workload_has_no_findings(made: Workload) -> None:
    assert [finding.sentence() for finding in diagnose_workload(made)] == []


TEXTS = st.sampled_from([OVER, REFUSED_BY_LIMIT, TOO_STRICT, UNBOUND, ADMISSION, "", "odd"]) | st.text(max_size=12)
REASONS = ["NotTriggerScaleUp", "TriggeredScaleUp", "FailedCreate", "FailedScheduling", "Failed", "FailedMount", "Other"]
some_events = st.builds(
    event, st.sampled_from(REASONS), TEXTS, kind=st.sampled_from(["Pod", "Job"]), name=st.sampled_from(["train", "train-0"])
)
some_statuses = st.builds(waiting, st.sampled_from(["ErrImagePull", "CrashLoopBackOff", "CreateContainerConfigError", "Odd"]), TEXTS)
some_pods = st.one_of(
    st.none(),
    st.builds(pending, TEXTS),
    st.builds(starting, some_statuses),
    st.builds(disrupted, st.sampled_from(["DeletionByPodGC", "PreemptionByScheduler", "Odd"]), TEXTS),
    st.builds(failed, st.sampled_from(["UnexpectedAdmissionError", "Evicted"]), TEXTS),
)


@settings(deadline=None, max_examples=300)
@given(
    made=some_pods,
    shown=st.sampled_from([None, FREE, FULL, BARE, snapshot(pool="")]),
    events=st.lists(some_events, max_size=4),
    quotas=st.lists(st.sampled_from([QUOTA, {"metadata": {}}]), max_size=2),
    log=TEXTS,
    suspended=st.booleans(),
    on_cpu=st.booleans(),
)
def test_every_finding_of_any_workload_is_complete(
    *, made: Json | None, shown: ClusterSnapshot | None, events: list[Json], quotas: list[Json], log: str, suspended: bool, on_cpu: bool
) -> None:
    known = workload(made, snapshot=shown, events=events, quotas=quotas, log=log, on_cpu=on_cpu, job=job(suspend=suspended))
    for finding in diagnose_workload(known):
        assert all(finding.facts().values()), finding
        assert all(finding.subjects)
        assert "{" not in finding.explanation.remedy


@pytest.mark.parametrize(
    ("requested", "used", "limited", "for_good"),
    [
        pytest.param("pods=1", "pods=2", "pods=2", False, id="used up"),
        pytest.param("cpu=1", "cpu=500m", "cpu=1", False, id="fits when others end"),
        pytest.param("cpu=1", "cpu=0", "cpu=999m", True, id="never fits"),
        pytest.param("requests.nvidia.com/gpu=4", "requests.nvidia.com/gpu=0", "requests.nvidia.com/gpu=2", True, id="GPUs never fit"),
        pytest.param("count/pods=1,cpu=1", "count/pods=0,cpu=0", "count/pods=0,cpu=4", True, id="one of two never fits"),
    ],
)
def test_only_a_quota_that_can_never_admit_the_pod_is_not_waited_for(requested: str, used: str, limited: str, *, for_good: bool) -> None:
    made = workload(events=[over(requested=requested, used=used, limited=limited)])
    assert refused_for_good(diagnose_workload(made)) is for_good


@pytest.mark.parametrize("message", [REFUSED_BY_LIMIT, TOO_STRICT, 'Pod "train-x" is invalid: spec.dnsPolicy: Unsupported value: "Odd"'])
def test_pod_that_the_namespace_refuses_is_not_waited_for(message: str) -> None:
    assert refused_for_good(diagnose_workload(workload(events=[event("FailedCreate", message, kind="Job", name="train")])))


def test_quota_that_is_not_counted_yet_is_waited_for() -> None:
    made = workload(events=[event("FailedCreate", NOT_COUNTED, kind="Job", name="train")])
    assert not refused_for_good(diagnose_workload(made))


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(healthy(node(gpus=None, conditions=[ready_since("09:30")])), id="a node that has had its time"),
        pytest.param(healthy(node(gpus=None, conditions=[ready_since("10:01")])), id="a node that was not Ready then"),
        pytest.param(healthy(node(conditions=[ready_since("09:50")]), pods=(pod("other-0", gpus=1, namespace="team"),)), id="a full node"),
        pytest.param(None, id="nodes that may not be read"),
    ],
)
def test_scale_up_that_a_pod_needs_is_not_called_too_soon(shown: ClusterSnapshot | None) -> None:
    codes = [each.code for each in diagnose_workload(workload(pending(), snapshot=shown, events=[SCALES]))]
    assert "StillScaling" in codes
    assert "NodeAddedTooSoon" not in codes
