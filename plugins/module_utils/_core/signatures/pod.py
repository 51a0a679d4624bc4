# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Messages of the kubelet, the scheduler, admission and the Job controller about a pod, one row per meaning."""

from __future__ import annotations

from typing import Sequence

from .driver import DRIVER, NVML_FAILED, RUNTIME_HOOK, TOO_OLD
from .signature import Signature, known_message
from .workload_log import NO_GPU, NO_SMI, WRONG_ARCHITECTURE

# Of a pod that was taken off its node. A Job that has failed is not run again unless that is asked for.
RUN_AGAIN = "Run the task again, for mnist_job and gpu_job with rerun: on_failure"

# Texts of the kubelet, the controllers and the scheduler about a pod: in a container's state, an event, or a condition.
# First match wins. Taints are never read from a message: the scheduler of 1.36 names none (see placement.py).

# What the kubelet and the controllers report about a pod that is starting (kubernetes pkg/kubelet/events/event.go).
STARTING_REASONS = (
    "Failed", "FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox", "FailedPrepareDynamicResources", "UnexpectedAdmissionError",
)  # fmt: skip
IMAGE_REASONS = (
    "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable", "ImageInspectError",
    "SignatureValidationFailed",
)  # fmt: skip
IMAGE: Sequence[Signature] = (
    known_message(
        code="ImagePullThrottled",
        pattern=r"toomanyrequests|[Tt]oo [Mm]any [Rr]equests|pull QPS exceeded",
        cause="The registry currently rejects image pulls from the cluster's IP addresses because of its rate limit.",
        remedy="Wait, set image_pull_secrets of an account, or use a mirror, such as an Azure container registry with its cache.",
        source="https://docs.docker.com/docker-hub/usage/; kubernetes pkg/kubelet/images/puller.go",
    ),
    known_message(
        code="RegistryUntrusted",
        pattern=r"x509: |failed to verify certificate|server gave HTTP response to HTTPS client",
        cause="The node does not trust the registry's TLS certificate, or the registry does not use TLS.",
        remedy="Add the registry's certificate authority to the nodes (custom CA trust of AKS), or use a registry with a public "
        "certificate.",
        source="Go crypto/x509, net/http; https://learn.microsoft.com/azure/aks/custom-certificate-authority",
    ),
    known_message(
        code="NodeDiskFull",
        pattern=r"no space left on device",
        cause="The node's disk does not have enough space for the image.",
        remedy="Use a larger OS disk (os_disk_size_gb of gpuops.aks.aks_gpu_nodepool) or a smaller image.",
        source="Linux errno ENOSPC, as containerd tells it",
    ),
    known_message(
        code="ImageNotFound",
        pattern=r"manifest unknown|not found|InvalidImageName|[Cc]ouldn't parse image|invalid reference format|ErrImageNeverPull|"
        r"no match for platform|no matching manifest|no child with platform",
        cause="The registry does not have this image or tag.",
        remedy="Correct image. The image must be available for the node's platform.",
        source="containerd remotes/docker resolver (ErrNotFound); kubernetes pkg/kubelet/images/types.go",
    ),
    known_message(
        code="ImageAccessDenied",
        pattern=r"[Uu]nauthorized|[Dd]enied|[Ff]orbidden|authorization failed|no basic auth credentials",
        cause="The registry does not allow the node to pull the image.",
        remedy="Attach the registry with 'az aks update --attach-acr', or set image_pull_secrets.",
        source="https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/extensions/cannot-pull-image-from-acr-to-aks-cluster",
    ),
    known_message(
        code="RegistryUnreachable",
        pattern=r"i/o timeout|no such host|[Nn]ame resolution|connection timed out|connection refused|connection reset|"
        r"no route to host|network is unreachable|TLS handshake|remote error: tls|server misbehaving|"
        r"deadline exceeded|[Cc]lient\.Timeout|\bEOF\b|proxyconnect|\b50[0234] [A-Z][a-z]{1,12}",
        cause="The node cannot reach the image's registry.",
        remedy="Allow egress from the nodes to the registry, or use a mirror that they can reach. AKS nodes can always reach "
        "mcr.microsoft.com, but often not nvcr.io.",
        source="https://learn.microsoft.com/azure/aks/outbound-rules-control-egress",
    ),
    known_message(
        code="ImagePullFailed",
        pattern=r"",
        cause="The node cannot pull the image.",
        remedy="Read the event with 'kubectl describe pod', then correct image or the connection to its registry.",
        source="kubernetes pkg/kubelet/images/types.go",
    ),
)

RUNTIME_CLASS = known_message(
    code="RuntimeClassMissing",
    pattern=r'RuntimeClass "[^"]{1,253}" not found|no runtime for "?[^"\s]{1,253}"? is configured|[Ff]ailed to find runtime handler',
    cause="The pod requests a container runtime that the cluster or the node does not have.",
    remedy="Install the GPU Operator with its toolkit, or leave out runtimeClassName: NVIDIA's runtime is the default on AKS GPU images.",
    source="NVIDIA/gpu-operator#413, #549, #730, #1298",
)
QUOTA = known_message(
    code="QuotaExceeded",
    pattern=r"exceeded quota: \S",
    cause="A ResourceQuota of the namespace does not allow another pod of this size.",
    remedy="Raise the quota ('kubectl describe resourcequota --namespace {namespace}' shows it), wait for other pods to end, or use "
    "another namespace.",
    source="kubernetes staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota",
)

# scheduling/creation.py fills in the remedies' {namespace}, and {level}, the Pod Security level that is enough for the pod.
CREATION: Sequence[Signature] = (
    QUOTA,
    known_message(
        code="QuotaNotReady",
        pattern=r"status unknown for quota",
        cause="A ResourceQuota of the namespace is new, and Kubernetes has not yet counted what the namespace uses.",
        remedy="Wait a few seconds. If this persists, check 'kubectl describe resourcequota --namespace {namespace}'.",
        source="kubernetes staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go",
        severity="warning",
    ),
    known_message(
        code="LimitRangeViolated",
        pattern=r"(?:maximum|minimum) \S{1,260} usage per (?:Container|Pod) is |max limit to request ratio per (?:Container|Pod) is |"
        r"must be less than or equal to \S{1,260} limit",
        cause="A LimitRange of the namespace does not allow what the pod requests, or sets a default limit below it.",
        remedy="Change the limit that the message names in the LimitRange ('kubectl describe limitrange --namespace {namespace}' shows "
        "it), or use another namespace.",
        source="kubernetes plugin/pkg/admission/limitranger/admission.go, pkg/apis/core/validation/validation.go",
    ),
    known_message(
        code="PodInvalid",
        pattern=r'Pod "[^"]{1,253}" is invalid: ',
        cause="A mutating admission webhook or policy of the cluster changes the pod so that it is no longer valid.",
        remedy="Correct the webhook or policy that sets the field in the message, or use another namespace.",
        source="kubernetes staging/src/k8s.io/apimachinery/pkg/api/errors (NewInvalid), after mutating admission",
    ),
    known_message(
        code="PriorityClassNotAllowed",
        pattern=r"insufficient quota to match these scopes",
        cause="The cluster allows pods of this priority class only in namespaces that have a ResourceQuota for it.",
        remedy="Create a ResourceQuota with a scopeSelector for that PriorityClass in the namespace, or set priority_class_name: '' "
        "for gpuops.aks.nvidia_device_plugin.",
        source="kubernetes staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go; "
        "https://kubernetes.io/docs/concepts/policy/resource-quotas/#limit-priority-class-consumption-by-default",
    ),
    known_message(
        code="QuotaWantsRequests",
        pattern=r"failed quota: .{1,260}must specify",
        cause="A ResourceQuota of the namespace requires every pod to specify cpu and memory.",
        remedy="Add a LimitRange with defaults to the namespace, or use another namespace.",
        source="kubernetes pkg/quota/v1/evaluator/core/pods.go",
    ),
    RUNTIME_CLASS,
    known_message(
        code="ServiceAccountMissing",
        pattern=r'error looking up service account|serviceaccount "[^"]{1,253}" not found',
        cause="The pod's service account does not exist.",
        remedy="Create it in the pod's namespace. In a new namespace, the service account default appears within seconds.",
        source="kubernetes plugin/pkg/admission/serviceaccount/admission.go",
    ),
    known_message(
        code="PodSecurityViolated",
        pattern=r"violates PodSecurity",
        cause="The namespace's Pod Security level does not allow what the pod requests.",
        remedy="Allow it with 'kubectl label namespace {namespace} pod-security.kubernetes.io/enforce={level} --overwrite', or use "
        "another namespace.",
        source="https://kubernetes.io/docs/concepts/security/pod-security-admission/",
    ),
    known_message(
        code="WebhookFailed",
        pattern=r"failed calling webhook",
        cause="An admission webhook of the cluster does not respond, and its failure policy rejects requests that it cannot check.",
        remedy="Check the webhook's pods: 'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations' shows its service.",
        source="kubernetes staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/errors",
    ),
    known_message(
        code="AdmissionDenied",
        pattern=r"admission webhook .{1,260} denied|ValidatingAdmissionPolicy .{1,260} denied|is forbidden",
        cause="A policy of the cluster rejects the pod.",
        remedy="Ask the cluster's administrator to allow the pod, or use another namespace.",
        source="https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/",
    ),
)

STARTING: Sequence[Signature] = (
    *DRIVER,
    TOO_OLD,
    NVML_FAILED,
    *RUNTIME_HOOK,
    RUNTIME_CLASS,
    NO_GPU,
    NO_SMI,
    WRONG_ARCHITECTURE,
    known_message(
        code="SharedGpuMoreThanOne",
        pattern=r"maximum request size",
        cause="A container can request only one GPU where GPUs are shared.",
        remedy="Set gpus: 1, or set failRequestsGreaterThanOne: false in the plugin's sharing configuration.",
        source="NVIDIA/k8s-device-plugin internal/plugin/server.go",
    ),
    known_message(
        code="DeviceAllocationFailed",
        pattern=r"requested number of devices unavailable|Allocate failed|no healthy devices present|OutOfnvidia\.com/|"
        r"enough resource: nvidia\.com/",
        cause="The kubelet could not allocate the pod's GPUs: they were taken or lost, or the plugin restarted, after the pod was "
        "scheduled.",
        remedy=f"{RUN_AGAIN}. If that fails again, replace the node.",
        retriable=True,
        source="kubernetes/kubernetes#130145, #68002; GoogleCloudPlatform/container-engine-accelerators#100",
    ),
    known_message(
        code="ConfigMissing",
        pattern=r'(?:configmap|secret) "[^"]{1,253}" not found|couldn\'t find key|references non-existent (?:config|secret) key',
        cause="The pod refers to a ConfigMap or Secret that does not exist in its namespace.",
        remedy="Create it in the pod's namespace.",
        source="kubernetes pkg/kubelet/kuberuntime (CreateContainerConfigError), pkg/volume/configmap",
    ),
    known_message(
        code="VolumeNotMounted",
        pattern=r"MountVolume\.\w{1,40} failed|Unable to (?:attach or )?mount volumes|AttachVolume\.Attach failed|Multi-Attach",
        cause="A volume of the pod cannot be mounted on the node.",
        remedy="Read the event with 'kubectl describe pod', then check the claim, its disk and its zone.",
        source="kubernetes pkg/kubelet/events/event.go (FailedMount, FailedAttachVolume)",
    ),
    known_message(
        code="SandboxFailed",
        pattern=r"[Ff]ailed to create pod sandbox|failed to setup network|CNI",
        cause="The node cannot set up the pod's sandbox, which comes before any container starts.",
        remedy="Read the event with 'kubectl describe pod'. If the problem persists, replace the node.",
        source="kubernetes pkg/kubelet/events/event.go (FailedCreatePodSandBox)",
    ),
)

# Of a workload's container, when no row of STARTING says more. gpu_proof has its own explanation: its command is not the user's.
CONTAINER_START: Sequence[Signature] = (
    known_message(
        code="ContainerStartFailed",
        pattern=r"\b(?:StartError|ContainerCannotRun|RunContainerError): |executable file not found in \$PATH|"
        r'\bexec:? "?[^\s"]{1,260}"?: (?:stat [^\s:]{1,260}: )?(?:no such file or directory|permission denied|is a directory)',
        cause="The node could not start the container, usually because its image does not contain the program that command names.",
        remedy="Correct command or image: the program must be in the image, executable, and named with its path if $PATH lacks its folder.",
        source="opencontainers/runc libcontainer (exec); containerd: reason StartError; Docker: ContainerCannotRun",
    ),
)

# Of a pod that has failed as a whole: the kubelet didn't take it, or took it off (kubernetes pkg/kubelet/lifecycle, pkg/kubelet/eviction).
TURNED_AWAY: Sequence[Signature] = (
    known_message(
        code="PodEvicted",
        pattern=r"\bEvicted:|node was low on resource|imminent node shutdown|exceeds the total limit of containers",
        cause="The kubelet evicted the pod because its node is short of a resource or is shutting down.",
        remedy=f"{RUN_AGAIN}. If the node is short of disk space or memory, use a larger vm_size or os_disk_size_gb.",
        retriable=True,
        source="kubernetes pkg/kubelet/eviction/eviction_manager.go, pkg/kubelet/nodeshutdown",
    ),
    known_message(
        code="PodTurnedAway",
        pattern=r"\bOutOf\w+:|Pod was rejected|Predicate \w+ failed",
        cause="The kubelet rejected the pod because the node did not match what the scheduler assumed.",
        remedy=f"{RUN_AGAIN}. If that fails again, check 'kubectl describe node {{node}}'.",
        retriable=True,
        source="kubernetes pkg/kubelet/lifecycle/predicate.go",
    ),
    known_message(
        code="DeadlineExceeded",
        pattern=r"\bDeadlineExceeded:",
        cause="The pod ran longer than its own activeDeadlineSeconds, so the kubelet ended it.",
        remedy="Check which policy or user of the cluster sets activeDeadlineSeconds in the pod, and raise it.",
        source="kubernetes pkg/kubelet/active_deadline.go",
    ),
)

# What keeps a pod off every node, except GPUs, taints and selectors, which are evaluated separately.
SCHEDULING: Sequence[Signature] = (
    known_message(
        code="VolumeNotBound",
        pattern=r'unbound immediate PersistentVolumeClaims|persistentvolumeclaim "[^"]{1,253}" (?:not found|is being deleted)|'
        r"volume node affinity conflict|didn't find available persistent volumes",
        cause="The pod is waiting for a volume, not for a GPU.",
        remedy="Check the claim with 'kubectl get pvc' in the pod's namespace. Its StorageClass and zone must match the pool.",
        source="kubernetes pkg/scheduler/framework/plugins/volumebinding",
    ),
    known_message(
        code="NotEnoughCpuOrMemory",
        pattern=r"Insufficient (?:cpu|memory|ephemeral-storage)|Too many pods",
        cause="The GPU nodes have free GPUs but not enough CPU, memory or pod capacity.",
        remedy="Request less, delete other pods on the nodes, or use a larger vm_size.",
        source="kubernetes pkg/scheduler/framework/plugins/noderesources/fit.go",
        severity="warning",
    ),
    known_message(
        code="PlacementRules",
        pattern=r"didn't match pod (?:anti-)?affinity|existing pods anti-affinity|topology spread|free ports",
        cause="The pod's affinity, topology spread or host port rules exclude every node.",
        remedy="Relax affinity, topologySpreadConstraints or hostPort.",
        source="kubernetes pkg/scheduler/framework/plugins/{interpodaffinity,podtopologyspread,nodeports}",
        severity="warning",
    ),
    known_message(
        code="ClaimNotAllocated",
        pattern=r"cannot allocate all claims|resourceclaim .{1,260} not found",
        cause="No node has free devices for the pod's resource claims (DRA).",
        remedy="Check which devices exist and which claims hold them with 'kubectl get resourceslices,resourceclaims -A'.",
        source="kubernetes pkg/scheduler/framework/plugins/dynamicresources",
        severity="warning",
    ),
)
