# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What Helm says when it cannot do what it is asked, one row per meaning; gpu_operator/helm_failure.py fills in the names in braces."""

from __future__ import annotations

from .signature import Signatures, known_message

RELEASE_NOT_FOUND = "HelmReleaseNotFound"
_HELM = "https://github.com/helm/helm/blob/v3.21.4"

# First match wins.
HELM: Signatures = (
    known_message(
        code="HelmReleasePending",
        pattern=r"another operation \(install/upgrade/rollback\) is in progress",
        cause="An interrupted run has left revision {revision} of the release pending, or another run of Helm is at work.",
        remedy="If no other run is at work, run '{undo} --namespace {namespace}', and then this step again.",
        source=f"{_HELM}/pkg/action/action.go errPending",
    ),
    known_message(
        code=RELEASE_NOT_FOUND,
        pattern=r"release: not found|uninstall: Release not loaded",
        cause="Helm has no release {release} in the namespace {namespace}.",
        remedy="Correct gpu_operator_release and gpu_operator_namespace; 'helm list --all-namespaces --all' lists the releases.",
        source=f"{_HELM}/pkg/storage/driver/driver.go ErrReleaseNotFound, pkg/action/uninstall.go",
    ),
    known_message(
        code="HelmReleaseUnusable",
        pattern=r"has no deployed releases|cannot re-use a name that is still in use",
        cause="Helm keeps records of a release {release} that it can neither upgrade nor replace.",
        remedy="Run 'helm uninstall {release} --namespace {namespace}', and then this step again.",
        source=f"{_HELM}/pkg/storage/driver/driver.go ErrNoDeployedReleases, pkg/action/install.go availableName",
    ),
    known_message(
        code="OwnedByOthers",
        pattern=r"cannot be imported into the current release",
        cause="An object of that name exists and does not belong to this release.",
        remedy="Delete it, or, if it is of a Helm release, set gpu_operator_release and gpu_operator_namespace to the name and the "
        "namespace of that release.",
        source=f"{_HELM}/pkg/action/validate.go existingResourceConflict",
    ),
    known_message(
        code="ResourceQuotaExceeded",
        pattern=r"exceeded quota: ",
        cause="A ResourceQuota of the namespace {namespace} does not leave enough for the operator.",
        remedy="Raise the quota that the message names, or set gpu_operator_namespace to a namespace without one.",
        source="kubernetes staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go",
    ),
    known_message(
        code="AdmissionDenied",
        pattern=r"admission webhook .{1,300} denied the request|ValidatingAdmissionPolicy .{1,300} denied request",
        cause="A policy of the cluster rejects an object of the chart.",
        remedy="Exempt the namespace {namespace} from the policy that the message names. The operator's pods are privileged.",
        source="kubernetes staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/errors/statuserror.go",
    ),
    known_message(
        code="NamespaceTerminating",
        pattern=r"because it is being terminated",
        cause="The namespace {namespace} is being deleted.",
        remedy="Run this step again when it is gone. If it stays, 'kubectl describe namespace {namespace}' names what it waits for.",
        source="kubernetes staging/src/k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle/admission.go",
    ),
    known_message(
        code="Forbidden",
        pattern=r" is forbidden: ",
        cause="The user of the kubeconfig lacks a right.",
        remedy="Add the verb and the resource that the message names to a role of the user. docs/rbac.md lists the rights of the step.",
        source="kubernetes staging/src/k8s.io/apimachinery/pkg/api/errors/errors.go NewForbidden",
    ),
    known_message(
        code="FieldConflict",
        pattern=r"Apply failed with \d{1,4} conflicts?:|conflict occurred while applying object",
        cause="Something other than Helm has set fields of an object of the chart, and Helm 4 does not overwrite them.",
        remedy="Stop what sets the fields that the message names, such as GitOps, or set the same values in gpu_operator_values.",
        source="kubernetes staging/src/k8s.io/apimachinery/pkg/util/managedfields/internal/conflict.go; helm v4 pkg/kube/client.go",
    ),
    known_message(
        code="CustomResourcesOutdated",
        pattern=r"resource mapping not found for name|ensure CRDs are installed first|unknown field \\?\"spec\.",
        cause="The cluster's custom resource definitions are older than the chart. Helm installs them only with the first release.",
        remedy="Apply the definitions in the folder crds of the chart with 'kubectl apply --server-side', and run this step again.",
        source="NVIDIA/gpu-operator#431; k8s.io/cli-runtime pkg/resource/mapper.go",
    ),
    known_message(
        code="ChartNeedsOtherKubernetes",
        pattern=r"chart requires kubeVersion: ",
        cause="This version of the chart does not support the Kubernetes version of the cluster.",
        remedy="Set gpu_operator_chart_version to a version that supports it, or upgrade the cluster.",
        source=f"{_HELM}/pkg/action/action.go renderResources",
    ),
    known_message(
        code="ChartRejectsValues",
        pattern=r"execution error at \(|values don't meet the specifications of the schema",
        cause="A template of the chart rejects the values.",
        remedy="Correct gpu_operator_values, and set gpu_operator_chart_version to the version that they are for.",
        source=f"{_HELM}/pkg/engine/engine.go cleanupExecError, pkg/chartutil/jsonschema.go",
    ),
    known_message(
        code="ClusterUnreachable",
        pattern=r"Kubernetes cluster unreachable",
        cause="Helm cannot connect to the API server with this kubeconfig.",
        remedy="Check gpu_kubeconfig and gpu_context with 'kubectl get nodes'.",
        source=f"{_HELM}/pkg/kube/client.go IsReachable",
    ),
)
CHART: Signatures = (
    known_message(
        code="RegistryUntrusted",
        pattern=r"x509: |failed to verify certificate|server gave HTTP response to HTTPS client",
        cause="Helm does not trust the certificate of the chart's repository or registry.",
        remedy="Set the environment variable SSL_CERT_FILE to the certificate of its authority.",
        source="Go crypto/x509, net/http",
    ),
    known_message(
        code="ChartHostUnreachable",
        pattern=r"dial tcp|proxyconnect tcp|no such host|server misbehaving|i/o timeout|TLS handshake timeout|context deadline exceeded|"
        r"[Cc]onnection refused|network is unreachable",
        cause="The host that runs the play cannot connect to the chart's repository or registry.",
        remedy="Correct its name, or set the environment variable HTTPS_PROXY. Without access to NVIDIA's repository, set "
        "gpu_operator_chart to a mirror (oci://...) or to the path of a copy.",
        source="Go net, net/http",
    ),
    known_message(
        code="ChartAccessDenied",
        pattern=r"\b40[13]\b|[Uu]nauthorized|[Dd]enied|[Ff]orbidden|no basic auth credentials",
        cause="The repository or registry does not allow this user to fetch the chart.",
        remedy="Sign in with 'helm registry login', or set gpu_operator_chart to the path of a copy.",
        source=f"{_HELM}/pkg/getter/httpgetter.go; https://helm.sh/docs/topics/registries",
    ),
    known_message(
        code="ChartNotFound",
        pattern=r"not found|no such file or directory|no chart version found|Chart\.yaml file is missing|"
        r"looks like .{1,300} is not a valid chart",
        cause="There is no such chart or version there.",
        remedy="Correct gpu_operator_chart, gpu_operator_chart_version and, for the name of a chart, gpu_operator_chart_repository. The "
        "path of a chart must be absolute.",
        source=f"{_HELM}/pkg/repo/chartrepo.go, pkg/action/install.go LocateChart",
    ),
)
