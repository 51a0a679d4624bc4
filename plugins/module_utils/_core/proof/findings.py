# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What can be wrong with a GPU or its proof: one row a cause."""

from __future__ import annotations

from ..faults.fault import REPLACE_NODE, THEN_REPLACE_NODE
from ..shared.explanation import Explanation

_LOOK = "Run 'kubectl describe node {node}', and replace the node if it happens again."

GPU_HELD = Explanation(
    "GpuNotProven",
    cause="Another pod holds the GPU, and a proof does not disturb it.",
    remedy="Wait for the pod to end and run the task again.",
    severity="warning",
)
# Why a task fails by held GPUs: they are all that is missing, and another value of require accepts them.
HELD_NOT_ACCEPTED = Explanation(
    GPU_HELD.code,
    cause=GPU_HELD.cause,
    remedy="Wait for the pod to end and run the task again, or accept held GPUs with require: free.",
    severity="warning",
)
# No value of require accepts that nothing is proven.
NO_FREE_GPU = Explanation(
    GPU_HELD.code,
    cause="No GPU is free, so nothing can be proven: other pods hold all of them, and a proof does not disturb these pods.",
    remedy="Wait for a pod to end and run the task again, or choose other nodes with pool, nodes or node_selector.",
    severity="warning",
)
HELD_BY_PROOF = Explanation(
    "GpuHeldByProof",
    cause="A pod of another run of gpu_proof holds the GPU, and that run has not ended.",
    remedy="Run the task again when that run has ended. If its process was killed, run its task again with state: absent, which removes "
    "its pods.",
    retriable=True,
)
HELD_BY_ENDING_PROOF = Explanation(
    HELD_BY_PROOF.code,
    cause="A pod of another run of gpu_proof holds the GPU. The pod is being deleted, and has not ended.",
    remedy=f"Run the task again in a minute. If the pod is still there, its program waits for the GPU's driver. {REPLACE_NODE}",
    retriable=True,
)
JOB_REFUSED = Explanation(
    "JobRefused",
    cause="The API server refuses the Job that proves the node.",
    remedy="Correct what the message names, and run the task again.",
    retriable=True,
)
GPU_SHARED = Explanation(
    "GpuShared",
    cause="The node shares each GPU among several pods, so a share proves one GPU and does not choose which one.",
    remedy="Turn time-slicing or MPS off in the device plugin's configuration to prove each GPU.",
    severity="warning",
)
NOT_OFFERED = Explanation(
    "GpuNotOffered",
    cause="The node has more GPUs than it offers to pods.",
    remedy="Run gpuops.aks.gpu_schedulable_facts, which reports why.",
)
NO_REPORT = Explanation(
    "ProofIncomplete",
    cause="The proof program ended, or its log stopped, before it had reported every GPU.",
    remedy="Run the task again. If it happens again, look for what stops pods on the node: 'kubectl describe node {node}'.",
    retriable=True,
)
PROCESS_ENDED = Explanation(
    "ProofProcessEnded",
    cause="The process that tested the GPU ended unexpectedly, which does not show whether the GPU works. Signal 9 usually means that the "
    "node or the container ran out of memory.",
    remedy="Run the task again when the node has more free memory. If a LimitRange of the namespace gives containers a default memory "
    "limit, raise it, or use another namespace. Otherwise, check the node's kernel log for the end of the process python3.",
    retriable=True,
)
MEMORY_TAKEN = Explanation(
    "ProofOutOfMemory",
    cause="The GPU or its container has too little free memory for the proof, so the GPU was not tested.",
    remedy="Check on the node with 'nvidia-smi' which processes use the GPU, and run the task again when they have ended.",
    retriable=True,
)
NOT_SET_UP = Explanation(
    "ProofNotPossible",
    cause="The driver, its license, MPS or the container is not set up in a way that lets the proof use the GPU, so it was not tested.",
    remedy="Correct what the evidence names, and run the task again.",
)
NODE_GONE = Explanation(
    "NodeDeleted",
    cause="The node was removed while its GPUs were being tested, so nothing is proven about the nodes that exist now.",
    remedy="Run the task again.",
    retriable=True,
)
GPU_SLICED = Explanation(
    "GpuSliced",
    cause="The GPU is cut into MIG slices, and the node offers it as a whole. All slices were tested, but a program that uses CUDA works "
    "on one of them only.",
    remedy="Set mig_strategy of gpuops.aks.nvidia_device_plugin to single or mixed, so that pods can request each slice.",
    severity="warning",
)
SLICES_UNKNOWN = Explanation(
    "MigSlicesUnknown",
    cause="The node offers MIG slices under the name of whole GPUs, and neither its labels nor its device plugin say so. Only the slices "
    "that the container was given were tested.",
    remedy="Install NVIDIA's GPU feature discovery, which labels the node, or set the device plugin's option --mig-strategy=single in its "
    "DaemonSet, and run the task again.",
)
GPU_TAKEN = Explanation(
    "GpuTaken",
    cause="Another pod has taken GPUs of the node since the proof began, and a proof does not disturb it.",
    remedy="Run the task again, which tests what is free then.",
    retriable=True,
)
NO_ROOM = Explanation(
    "NoRoomForProof",
    cause="The node has too little free CPU or memory, or too many pods, for the proof's pod. A proof does not displace other pods.",
    remedy="Wait for pods on the node to end, or move some to other nodes. Then run the task again.",
    retriable=True,
)
NOT_STARTED = Explanation(
    "ProofNotStarted",
    cause="The container's image cannot start the proof program, which needs python3 in its PATH.",
    remedy="Use the default image, or set image to one with Python 3.9 or newer and the GNU C library.",
)
NO_POD = Explanation(
    "ProofPodMissing",
    cause="Kubernetes has created no pod for the Job. Usually a quota or a policy of the namespace refuses it.",
    remedy="Run 'kubectl get events' in the namespace, which shows why, and allow the user of the task to list events. "
    "Or use another namespace.",
)
NOT_DONE = Explanation(
    "ProofTimeout",
    cause="The proof of the node did not end in time.",
    remedy="Raise wait_timeout, or prove more nodes at a time with parallel. A lower timeout shortens level: stress. "
    "With keep: true, the pod stays for inspection.",
    retriable=True,
)
NOT_TAKEN_UP = Explanation(
    NOT_DONE.code,
    cause="Kubernetes has not acted on the Job yet, because it was created late, or because the controller of Jobs does not run.",
    remedy="Run the task again. If this happens again, check if other Jobs of the cluster get pods ('kubectl get jobs --all-namespaces'). "
    "If none does, contact Azure support about the control plane.",
    retriable=True,
)
PROGRAM_GONE = Explanation(
    "ProofDeleted",
    cause="Someone deleted the Job, its pod or their namespace, or another task with the same selection started while this one ran.",
    remedy="Run the task again. If the namespace was deleted, create it first.",
    retriable=True,
)
# If it is known that their namespace has stayed.
JOB_GONE = Explanation(
    PROGRAM_GONE.code,
    cause="Someone deleted the Job, or another task with the same selection started while this one ran.",
    remedy="Run the task again.",
    retriable=True,
)
POD_GONE = Explanation(PROGRAM_GONE.code, cause="Someone deleted the pod of the Job.", remedy="Run the task again.", retriable=True)
COUNT_MISMATCH = Explanation(
    "CountMismatch",
    cause="The number of GPUs that the container sees is not the number that Kubernetes gave to it.",
    remedy="Check the device plugin's log on the node for devices that it has lost, and NVIDIA_VISIBLE_DEVICES in the image. "
    "If a GPU is missing, replace the node.",
)
NEIGHBOR_GPU = Explanation(
    "NeighborGpu",
    cause="The container sees a GPU that the kubelet did not give to it, so pods on this node are not isolated from each other.",
    remedy="Use an image that does not set NVIDIA_VISIBLE_DEVICES, and set accept-nvidia-visible-devices-envvar-when-unprivileged = false "
    "in the container runtime's configuration of the node.",
)
DUPLICATE_UUID = Explanation(
    "DuplicateUuid",
    cause="Two containers report the same GPU, so one of them has not used its own.",
    remedy="Check whether the node shares its GPUs, and restart the device plugin's pod on it.",
)
STALE_PROOF = Explanation(
    "StaleProof",
    cause="The log has another run's nonce, so it is not the log of this run.",
    remedy="Run the task again. If it happens again, check what rewrites the container's log.",
)
WRONG_NODE = Explanation(
    "WrongNode",
    cause="The report is from another node or pod than the one that was asked.",
    remedy="Check the cluster's admission policies, which must not move or rewrite the pod.",
)
CHALLENGE_FAILED = Explanation(
    "ChallengeFailed",
    cause="The answer to the challenge is wrong, so either the GPU computes incorrectly or no GPU has computed it.",
    remedy=f"Use the default image if you have set another one. {REPLACE_NODE}",
)
NOT_A_GPU = Explanation(
    "NotAGpu",
    cause="The container finds no GPU, or not the driver's libraries.",
    remedy="Check that the image sets neither NVIDIA_VISIBLE_DEVICES nor LD_LIBRARY_PATH, and that the NVIDIA container runtime is "
    "the node's default runtime.",
)
MEMORY_ERRORS = Explanation("MemoryErrors", cause="Memory of the GPU does not return what was written to it.", remedy=REPLACE_NODE)
ECC_ERRORS = Explanation("EccErrors", cause="The GPU has an uncorrectable memory error (ECC).", remedy=REPLACE_NODE)
REMAP_PENDING = Explanation(
    "RowRemapPending",
    cause="The GPU has replaced a bad memory row, and the replacement takes effect when the GPU is reset.",
    remedy="Restart the node: 'az vmss restart', or delete its machine.",
    severity="warning",
)
WRONG_RESULT = Explanation("WrongResult", cause="The GPU's arithmetic or a copy returned a wrong result.", remedy=REPLACE_NODE)
TRAINING_FAILED = Explanation(
    "TrainingFailed",
    cause="The network that the GPU trained did not learn to read the digits.",
    remedy=f"Run the task again. If it fails again, the GPU computes incorrectly. {REPLACE_NODE}",
)
CHECK_FAILED = Explanation("GpuCheckFailed", cause="A check of the GPU failed.", remedy=_LOOK)
GPU_TIMEOUT = Explanation(
    "GpuTimeout",
    cause="The GPU did not finish in time: it hangs, or the level needs more time on this model.",
    remedy=f"Raise timeout if the GPU only needs more time. {REPLACE_NODE}",
)
GPU_LOST = Explanation("GpuLost", cause="The GPU stopped responding during the proof.", remedy=REPLACE_NODE)
PTX_REFUSED = Explanation(
    "PtxRefused",
    cause="The node's driver cannot compile the proof's kernels for this GPU: the driver is too old, or the GPU is older than Maxwell.",
    remedy="Upgrade the node image: 'az aks nodepool upgrade --node-image-only'.",
)
CALL_FAILED = Explanation("GpuCallFailed", cause="A call of the GPU driver failed.", remedy=_LOOK)
GPU_SLOW = Explanation(
    "GpuSlow",
    cause="A figure of the GPU is below the floor for its model or far below the others of its model.",
    remedy=f"Run the task again when the node is idle. If it is slow again, {THEN_REPLACE_NODE}",
    severity="warning",
)
LOAD_NOT_SEEN = Explanation(
    "LoadNotSeen",
    cause="The exporter of the node did not show the GPU at work while it was proven. It measures only once in its interval (30 seconds by "
    "default), or it measures another GPU.",
    remedy="Raise load_seconds above the exporter's interval (DCGM_EXPORTER_INTERVAL, in milliseconds). If the load still isn't seen, look "
    "for the GPU's UUID among the devices that gpuops.aks.gpu_metrics_info returns.",
    severity="warning",
)
GPU_THROTTLED = Explanation(
    "GpuThrottled",
    cause="The hardware slowed the GPU down because of heat or power.",
    remedy="Run the task again. If it happens again, replace the node.",
    severity="warning",
)
