# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The resources by which a client finds out where a cluster's metrics and logs go, with the names that the Azure CLI gives them.

from __future__ import annotations

from typing import Any

from tests.lab.arm.control import PREFIX
from tests.lab.arm.errors.gateway import LabControlError
from tests.lab.arm.errors.resource import ResourceNotFoundError
from tests.lab.arm.handlers.clusters import CLUSTER
from tests.lab.arm.model.monitoring import PRESETS, ROWS
from tests.lab.arm.model.resources import Cluster
from tests.lab.arm.paging import page
from tests.lab.arm.routing import Call, Reply, Route

_GROUP = "/subscriptions/{subscription}/resourceGroups/{group}"
_RULE = f"{_GROUP}/providers/Microsoft.Insights/dataCollectionRules/{{rule}}"
_ACCOUNT = f"{_GROUP}/providers/Microsoft.Monitor/accounts/{{account}}"
_WORKSPACE = "gpuops-lab-workspace"
_SETTINGS = ("preset", "rows", "linked", "partial", "throttled", "roles", "logs_audience")


def associations(call: Call) -> Reply:
    """The associations of a cluster with its rules."""
    cluster = call.state.aks.cluster(call.params["group"], call.params["cluster"])
    monitoring = call.state.monitoring
    names = {
        "ContainerInsightsMetricsExtension": _metrics_rule(cluster) if monitoring.prometheus_enabled(cluster) else "",
        "ContainerInsightsExtension": _logs_rule(cluster) if monitoring.logs_enabled(cluster) else "",
    }
    found = {name: rule for name, rule in names.items() if rule and monitoring.linked}
    return page(call, [_association(call, name, rule) for name, rule in found.items()])


def _association(call: Call, name: str, rule: str) -> dict[str, Any]:
    target = _RULE.format_map({**call.params, "rule": rule})
    path = f"{CLUSTER.format_map(call.params)}/providers/Microsoft.Insights/dataCollectionRuleAssociations/{name}"
    return {"id": path, "name": name, "properties": {"dataCollectionRuleId": target, "provisioningState": "Succeeded"}}


def _metrics_rule(cluster: Cluster) -> str:
    return f"MSProm-{cluster.location}-{cluster.name}"


def _logs_rule(cluster: Cluster) -> str:
    return f"MSCI-{cluster.location}-{cluster.name}"


def rule(call: Call) -> Reply:
    """One of the rules of a cluster of the group."""
    name, group = call.params["rule"], call.state.groups.get(call.params["group"])
    for cluster in call.state.aks.clusters(group):
        if name == _metrics_rule(cluster):
            account = {"accountResourceId": _ACCOUNT.format_map({**call.params, "account": _WORKSPACE}), "name": "MonitoringAccount1"}
            return _resource(call, _RULE, name, {"destinations": {"monitoringAccounts": [account]}})
        if name == _logs_rule(cluster):
            streams = list(PRESETS[call.state.monitoring.preset])
            extension = {"name": "ContainerInsightsExtension", "extensionName": "ContainerInsights", "streams": streams}
            return _resource(call, _RULE, name, {"dataSources": {"extensions": [extension]}})
    raise ResourceNotFoundError(resource=f"Microsoft.Insights/dataCollectionRules/{name}", group=call.params["group"])


def account(call: Call) -> Reply:
    """The lab's Azure Monitor workspace."""
    name = call.params["account"]
    endpoint = f"{call.state.monitoring.url}/workspace/{name}"
    return _resource(call, _ACCOUNT, name, {"metrics": {"prometheusQueryEndpoint": endpoint}})


def _resource(call: Call, template: str, name: str, properties: dict[str, Any]) -> Reply:
    path = template.format_map(call.params)
    return Reply(body={"id": path, "name": name, "location": "eastus", "properties": {**properties, "provisioningState": "Succeeded"}})


def set_monitoring(call: Call) -> Reply:
    """The lab's control API: {preset, rows, linked, partial, throttled, roles, logs_audience}, each optional."""
    monitoring, asked = call.state.monitoring, call.json()
    choices = {"preset": tuple(PRESETS), "rows": ROWS}
    for name, value in asked.items():
        if name not in _SETTINGS or value not in choices.get(name, (value,)):
            raise LabControlError(f"monitoring has no setting '{name}' with the value {value!r}")
        setattr(monitoring, name, set(value) if name == "roles" else value)
    return Reply(body=asked)


ROUTES = (
    Route("GET", f"{CLUSTER}/providers/Microsoft.Insights/dataCollectionRuleAssociations", associations),
    Route("GET", _RULE, rule),
    Route("GET", _ACCOUNT, account),
    Route("POST", f"{PREFIX}monitoring", set_monitoring, public=True),
)
