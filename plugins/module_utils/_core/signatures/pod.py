# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Messages of the kubelet, the scheduler, admission and the Job controller about a pod, one row per meaning."""

from __future__ import annotations

from typing import Sequence

from .driver import DRIVER, NVML_FAILED, RUNTIME_HOOK, TOO_OLD
from .signature import Signature
from .workload_log import NO_GPU, NO_SMI, WRONG_ARCHITECTURE

# Texts of the kubelet, the controllers and the scheduler about a pod: in a container's state, an event, or a condition.
# First match wins. Taints are never read from a text: the scheduler of 1.36 names none (see placement.py).

# What the kubelet and the controllers tell of a pod that is on its way (kubernetes pkg/kubelet/events/event.go).
STARTING_REASONS = (
    "Failed", "FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox", "FailedPrepareDynamicResources", "UnexpectedAdmissionError",
)  # fmt: skip
IMAGE_REASONS = (
    "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable", "ImageInspectError",
    "SignatureValidationFailed",
)  # fmt: skip
IMAGE: Sequence[Signature] = (
    Signature(
        "ImagePullThrottled", r"toomanyrequests|[Tt]oo [Mm]any [Rr]equests|pull QPS exceeded",
        "The registry takes no more pulls from the cluster's addresses for now.",
        "Wait, set image_pull_secrets of an account, or use a mirror such as an Azure container registry with its cache.",
        "https://docs.docker.com/docker-hub/usage/; kubernetes pkg/kubelet/images/puller.go",
    ),
    Signature(
        "RegistryUntrusted", r"x509: |failed to verify certificate|server gave HTTP response to HTTPS client",
        "The node doesn't trust the registry's certificate, or the registry has none.",
        "Give the nodes its certificate authority (custom CA trust of AKS), or use a registry with a public certificate.",
        "Go crypto/x509, net/http; https://learn.microsoft.com/azure/aks/custom-certificate-authority",
    ),
    Signature(
        "NodeDiskFull", r"no space left on device",
        "The node's disk has no room for the image.",
        "Use a bigger os disk (os_disk_size_gb of gpuops.aks.aks_gpu_nodepool), or a smaller image.",
        "Linux errno ENOSPC, as containerd tells it",
    ),
    Signature(
        "ImageNotFound",
        r"manifest unknown|not found|InvalidImageName|[Cc]ouldn't parse image|invalid reference format|ErrImageNeverPull|"
        r"no match for platform|no matching manifest|no child with platform",
        "The registry has no such image or tag.",
        "Correct image; the node's platform must be among those of the image.",
        "containerd remotes/docker resolver (ErrNotFound); kubernetes pkg/kubelet/images/types.go",
    ),
    Signature(
        "ImageAccessDenied", r"[Uu]nauthorized|[Dd]enied|[Ff]orbidden|authorization failed|no basic auth credentials",
        "The registry doesn't let the node have the image.",
        "Attach the registry: 'az aks update --attach-acr', or set image_pull_secrets.",
        "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/extensions/cannot-pull-image-from-acr-to-aks-cluster",
    ),
    Signature(
        "RegistryUnreachable",
        r"i/o timeout|no such host|[Nn]ame resolution|connection timed out|connection refused|connection reset|"
        r"no route to host|network is unreachable|TLS handshake|remote error: tls|server misbehaving|"
        r"deadline exceeded|[Cc]lient\.Timeout|\bEOF\b|proxyconnect|\b50[0234] [A-Z][a-z]{1,12}",
        "The node can't reach the image's registry.",
        "Allow the nodes' egress to it, or use a mirror they reach: mcr.microsoft.com is open where AKS works, nvcr.io often isn't.",
        "https://learn.microsoft.com/azure/aks/outbound-rules-control-egress",
    ),
    Signature(
        "ImagePullFailed", r"",
        "The node can't pull the image.",
        "Read the event with 'kubectl describe pod'; correct image or the way to its registry.",
        "kubernetes pkg/kubelet/images/types.go",
    ),
)  # fmt: skip

RUNTIME_CLASS = Signature(
    "RuntimeClassMissing",
    r'RuntimeClass "[^"]{1,253}" not found|no runtime for "?[^"\s]{1,253}"? is configured|[Ff]ailed to find runtime handler',
    "The pod wants a container runtime that the cluster or the node doesn't have.",
    "Install the GPU Operator with the toolkit, or leave runtimeClassName out: AKS' GPU images have NVIDIA's runtime as default.",
    "NVIDIA/gpu-operator#413, #549, #730, #1298",
)  # fmt: skip
QUOTA = Signature(
    "QuotaExceeded", r"exceeded quota: \S",
    "A ResourceQuota of the namespace leaves no room for the pod.",
    "Raise the quota ('kubectl describe resourcequota'), wait for other pods, or use another namespace.",
    "kubernetes staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota",
)  # fmt: skip

# The device plugin needs it, for it mounts a directory of the node; a workload is content with less.
ENFORCED = "pod-security.kubernetes.io/enforce"
CREATION: Sequence[Signature] = (
    QUOTA,
    Signature(
        "PriorityClassNotAllowed", r"insufficient quota to match these scopes",
        "The cluster lets pods of this priority class only into namespaces with a ResourceQuota for it.",
        "Make a ResourceQuota with a scopeSelector of that PriorityClass in the namespace, or set priority_class_name: '' for "
        "gpuops.aks.nvidia_device_plugin.",
        "kubernetes staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go; "
        "https://kubernetes.io/docs/concepts/policy/resource-quotas/#limit-priority-class-consumption-by-default",
    ),
    Signature(
        "QuotaWantsRequests", r"failed quota: .{1,260}must specify",
        "A ResourceQuota of the namespace wants cpu and memory named in each pod.",
        "Add a LimitRange with defaults to the namespace, or use another namespace.",
        "kubernetes pkg/quota/v1/evaluator/core/pods.go",
    ),
    RUNTIME_CLASS,
    Signature(
        "ServiceAccountMissing", r'error looking up service account|serviceaccount "[^"]{1,253}" not found',
        "The pod's service account isn't there.",
        "Create it in the pod's namespace; in a new namespace, default appears within seconds.",
        "kubernetes plugin/pkg/admission/serviceaccount/admission.go",
    ),
    Signature(
        "PodSecurityViolated", r"violates PodSecurity",
        "The namespace's Pod Security level forbids what the pod asks for.",
        f"Use a namespace that allows it: 'kubectl label namespace NAME {ENFORCED}=privileged --overwrite'.",
        "https://kubernetes.io/docs/concepts/security/pod-security-admission/",
    ),
    Signature(
        "WebhookFailed", r"failed calling webhook",
        "An admission webhook of the cluster doesn't answer, and its failure policy refuses what it can't look at.",
        "Look at the webhook's own pods: 'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations' names its service.",
        "kubernetes staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/errors",
    ),
    Signature(
        "AdmissionDenied", r"admission webhook .{1,260} denied|ValidatingAdmissionPolicy .{1,260} denied|is forbidden",
        "A policy of the cluster refuses the pod.",
        "Ask whoever administers the cluster, or use another namespace.",
        "https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/",
    ),
)  # fmt: skip

STARTING: Sequence[Signature] = (
    *DRIVER,
    TOO_OLD,
    NVML_FAILED,
    *RUNTIME_HOOK,
    RUNTIME_CLASS,
    NO_GPU,
    NO_SMI,
    WRONG_ARCHITECTURE,
    Signature(
        "SharedGpuMoreThanOne", r"maximum request size",
        "Of shared GPUs a container may ask for one only.",
        "Set gpus: 1, or turn failRequestsGreaterThanOne off in the plugin's sharing configuration.",
        "NVIDIA/k8s-device-plugin internal/plugin/server.go",
    ),
    Signature(
        "DeviceAllocationFailed",
        r"requested number of devices unavailable|Allocate failed|no healthy devices present|OutOfnvidia\.com/|"
        r"enough resource: nvidia\.com/",
        "The kubelet could not give the pod its GPUs: they were taken or lost, or the plugin restarted, after the node was chosen.",
        "Run it again with rerun: on_failure; if it comes back, replace the node.",
        "kubernetes/kubernetes#130145, #68002; GoogleCloudPlatform/container-engine-accelerators#100",
    ),
    Signature(
        "ConfigMissing", r'(?:configmap|secret) "[^"]{1,253}" not found|couldn\'t find key|references non-existent (?:config|secret) key',
        "The pod refers to a ConfigMap or Secret that its namespace doesn't have.",
        "Create it in the pod's namespace.",
        "kubernetes pkg/kubelet/kuberuntime (CreateContainerConfigError), pkg/volume/configmap",
    ),
    Signature(
        "VolumeNotMounted", r"MountVolume\.\w{1,40} failed|Unable to (?:attach or )?mount volumes|AttachVolume\.Attach failed|Multi-Attach",
        "A volume of the pod can't be mounted on the node.",
        "Read the event with 'kubectl describe pod'; check the claim, its disk and zone.",
        "kubernetes pkg/kubelet/events/event.go (FailedMount, FailedAttachVolume)",
    ),
    Signature(
        "SandboxFailed", r"[Ff]ailed to create pod sandbox|failed to setup network|CNI",
        "The node can't set the pod up, before any container starts.",
        "Read the event with 'kubectl describe pod'; if it stays so, replace the node.",
        "kubernetes pkg/kubelet/events/event.go (FailedCreatePodSandBox)",
    ),
)  # fmt: skip

# Of a pod that has failed as a whole: the kubelet didn't take it, or took it off (kubernetes pkg/kubelet/lifecycle, pkg/kubelet/eviction).
TURNED_AWAY: Sequence[Signature] = (
    Signature(
        "PodEvicted", r"\bEvicted:|node was low on resource|imminent node shutdown|exceeds the total limit of containers",
        "The kubelet has taken the pod off: its node is short of a resource, or shutting down.",
        "Run it again with rerun: on_failure; of a node that is short of disk or memory, use a bigger vm_size or os_disk_size_gb.",
        "kubernetes pkg/kubelet/eviction/eviction_manager.go, pkg/kubelet/nodeshutdown",
    ),
    Signature(
        "PodTurnedAway", r"\bOutOf\w+:|Pod was rejected|Predicate \w+ failed",
        "The kubelet has turned the pod away: the node was not what the scheduler took it for.",
        "Run it again with rerun: on_failure; if it comes back, look at 'kubectl describe node {node}'.",
        "kubernetes pkg/kubelet/lifecycle/predicate.go",
    ),
)  # fmt: skip

# What keeps a pod off every node beside GPUs, taints and selectors, which are computed.
SCHEDULING: Sequence[Signature] = (
    Signature(
        "VolumeNotBound", r'unbound immediate PersistentVolumeClaims|persistentvolumeclaim "[^"]{1,253}" (?:not found|is being deleted)|'
        r"volume node affinity conflict|didn't find available persistent volumes",
        "The pod waits for a volume, not for a GPU.",
        "'kubectl get pvc' in its namespace shows the claim; its StorageClass and zone must fit the pool.",
        "kubernetes pkg/scheduler/framework/plugins/volumebinding",
    ),
    Signature(
        "NotEnoughCpuOrMemory", r"Insufficient (?:cpu|memory|ephemeral-storage)|Too many pods",
        "The nodes with GPUs lack cpu, memory or room for pods, not GPUs.",
        "Ask for less, delete other pods there, or use a bigger vm_size.",
        "kubernetes pkg/scheduler/framework/plugins/noderesources/fit.go",
        "warning",
    ),
    Signature(
        "PlacementRules", r"didn't match pod (?:anti-)?affinity|existing pods anti-affinity|topology spread|free ports",
        "The pod's rules about its neighbours, topology or ports leave no node.",
        "Loosen affinity, topologySpreadConstraints or hostPort.",
        "kubernetes pkg/scheduler/framework/plugins/{interpodaffinity,podtopologyspread,nodeports}",
        "warning",
    ),
    Signature(
        "ClaimNotAllocated", r"cannot allocate all claims|resourceclaim .{1,260} not found",
        "No node has devices left for the pod's resource claims (DRA).",
        "'kubectl get resourceslices,resourceclaims -A' shows what there is and who has it.",
        "kubernetes pkg/scheduler/framework/plugins/dynamicresources",
        "warning",
    ),
)  # fmt: skip
