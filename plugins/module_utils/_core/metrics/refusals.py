# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What the refusals of Prometheus, an Azure Monitor workspace and Log Analytics mean."""

from __future__ import annotations

from typing import NamedTuple

from ..shared.explanation import Explanation

_GRANT = "'az role assignment create --assignee CLIENT_ID --role \"{role}\" --scope {scope}'. It takes effect within an hour."


class _Refusal(NamedTuple):
    """One refusal: its status, and a sign in its code or message ("" for any)."""

    status: int
    sign: str
    explanation: Explanation


_THROTTLED = Explanation(
    "Throttled",
    cause="The source gets more queries than it allows, from everyone who uses it.",
    remedy="Run the task again in a minute; ask for fewer metrics, or for one pool.",
    retriable=True,
)
# https://learn.microsoft.com/azure/azure-monitor/metrics/prometheus-api-promql: the role, the audience, the limits. A role that lets read
# the resource (Monitoring Reader) does not let query it: MicrosoftDocs/azure-docs#114306.
_PROMETHEUS = (
    _Refusal(
        401,
        "",
        Explanation(
            "QueryTokenRefused",
            cause="The token has expired, or it is for another audience, cloud or tenant than that of the endpoint; a Prometheus of your "
            "own may want a token of its own.",
            remedy="Check prometheus_token for a Prometheus of your own, tenant and cloud_environment for an Azure Monitor workspace.",
        ),
    ),
    _Refusal(
        403,
        "",
        Explanation(
            "MonitoringDataReaderMissing",
            cause="The identity may not query the workspace: this requires the role Monitoring Data Reader. Monitoring Reader is not "
            "enough.",
            remedy=f"Grant the role: {_GRANT.format(role='Monitoring Data Reader', scope='{scope}')}",
        ),
    ),
    _Refusal(
        404,
        "",
        Explanation(
            "NoPrometheus",
            cause="There is no query API of Prometheus at this address.",
            remedy="Set prometheus_url to the address before /api/v1, such as http://localhost:9090.",
        ),
    ),
    _Refusal(429, "", _THROTTLED),
)
_OTHER_AUDIENCE = Explanation(
    "QueryAudienceWrong",
    cause="The token is for another audience than the one of this cloud's Log Analytics.",
    remedy="Set cloud_environment to the cloud of the cluster.",
)
# https://learn.microsoft.com/azure/azure-monitor/logs/api/errors; for the code of another audience, which only the Resource Manager calls
# by that name: https://learn.microsoft.com/azure/azure-monitor/logs/api/batch-queries and Azure/azure-sdk-for-js#15399.
_LOGS = (
    _Refusal(
        400,
        "SEM0100",
        Explanation(
            "InsightsMetricsMissing",
            cause="The workspace has no table InsightsMetrics: no cluster has ever sent metrics to it.",
            remedy="Enable Container Insights with a preset that collects InsightsMetrics (Standard), and wait a few minutes.",
        ),
    ),
    _Refusal(
        401,
        "",
        Explanation(
            "QueryTokenRefused",
            cause="The token has expired, or it is from another tenant than the workspace's.",
            remedy="Check tenant and cloud_environment.",
        ),
    ),
    _Refusal(403, "InvalidTokenError", _OTHER_AUDIENCE),
    _Refusal(403, "InvalidAuthenticationToken", _OTHER_AUDIENCE),
    _Refusal(
        403,
        "",
        Explanation(
            "LogAnalyticsReaderMissing",
            cause="The identity may not query the cluster's logs: this requires the role Log Analytics Reader, or another one with the "
            "right Microsoft.OperationalInsights/workspaces/query/InsightsMetrics/read.",
            remedy=f"Grant the role: {_GRANT.format(role='Log Analytics Reader', scope='{scope}')}",
        ),
    ),
    _Refusal(
        404,
        "",
        Explanation(
            "LogsNotFound",
            cause="Log Analytics does not know the cluster: it has never sent a log, or has been deleted.",
            remedy="Check resource_group and cluster, and whether Container Insights is enabled.",
        ),
    ),
    _Refusal(429, "", _THROTTLED),
)
_OTHER = Explanation(
    "QueryRefused",
    cause="The source could not answer the query.",
    remedy="Run the task again; if the error returns, choose another source.",
    retriable=True,
)


def refusal_of_prometheus(status: int, text: str) -> Explanation:
    """Why a Prometheus has refused. {scope} in the remedy stands for the workspace."""
    return _explained(_PROMETHEUS, status, text)


def refusal_of_logs(status: int, text: str) -> Explanation:
    """Why Log Analytics has refused. {scope} in the remedy stands for the workspace or cluster."""
    return _explained(_LOGS, status, text)


def _explained(rows: tuple[_Refusal, ...], status: int, text: str) -> Explanation:
    return next((row.explanation for row in rows if row.status == status and row.sign in text), _OTHER)
