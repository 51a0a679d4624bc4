# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What Azure fills in today, and how it writes what it was sent. Recorded: the Azure CLI's tests of 2025.

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.arm.errors.gateway import ArmError
from tests.unit.lab.arm_calls import CLUSTER, POOL, PREVIEW, Caller
from tests.unit.lab.arm_lab import Lab, gpu_pool

NO_TRUSTED_LAUNCH = {"enableVTPM": False, "enableSecureBoot": False}


def echoed(era: str = "2026", **changes: Any) -> dict[str, Any]:
    return Lab(era).with_cluster().put_pool(**changes).properties


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        (None, {"maxSurge": "10%", "maxUnavailable": "0"}),
        ({}, {"maxSurge": "10%", "maxUnavailable": "0"}),
        ({"maxSurge": "33%"}, {"maxSurge": "33%", "maxUnavailable": "0"}),
        ({"drainTimeoutInMinutes": 45}, {"maxSurge": "10%", "maxUnavailable": "0", "drainTimeoutInMinutes": 45}),
        ({"maxSurge": "0", "maxUnavailable": "1"}, {"maxSurge": "0", "maxUnavailable": "1"}),
    ],
)
def test_upgrade_settings_have_defaults(asked: dict[str, Any] | None, shown: dict[str, Any]) -> None:
    assert echoed(upgradeSettings=asked)["upgradeSettings"] == shown


def test_max_unavailable_alone_meets_the_surge_that_azure_fills_in() -> None:
    with pytest.raises(ArmError, match=r"upgradeSettings\.maxUnavailable"):
        echoed(upgradeSettings={"maxUnavailable": "1"})


def test_spot_pools_have_no_surge_of_azures_making() -> None:
    assert echoed(scaleSetPriority="Spot")["upgradeSettings"] == {}


def test_2021_filled_in_less() -> None:
    shown = echoed("2021")
    assert (shown["upgradeSettings"], shown["securityProfile"]) == ({}, NO_TRUSTED_LAUNCH)


def test_previews_say_how_an_upgrade_goes_about_it() -> None:
    caller = Caller(Lab().with_cluster().with_pool())
    assert caller.get(POOL, api_version=PREVIEW)["properties"]["upgradeStrategy"] == "Rolling"
    assert "upgradeStrategy" not in caller.get(POOL)["properties"]
    assert caller.get(CLUSTER, api_version=PREVIEW)["properties"]["agentPoolProfiles"][0]["upgradeStrategy"] == "Rolling"
    assert caller.send("PUT", POOL, caller.get(POOL, api_version=PREVIEW), api_version=PREVIEW).status == 200


@pytest.mark.parametrize(
    ("asked", "access"),
    [(None, "LocalUser"), ({}, "LocalUser"), ({"sshAccess": "localuser"}, "LocalUser"), ({"sshAccess": "ENTRAID"}, "EntraId")],
)
def test_ssh_access_is_enabled_by_default(asked: dict[str, Any] | None, access: str) -> None:
    assert echoed(securityProfile=asked)["securityProfile"] == {**NO_TRUSTED_LAUNCH, "sshAccess": access}


def test_another_way_onto_the_nodes_is_refused() -> None:
    with pytest.raises(ArmError, match=r"securityProfile\.sshAccess"):
        echoed(securityProfile={"sshAccess": "telnet"})


def test_empty_taints_of_either_kind_are_dropped() -> None:
    assert not {"nodeTaints", "nodeInitializationTaints"} & set(echoed(nodeTaints=[], nodeInitializationTaints=[]))


@pytest.mark.parametrize(
    ("changes", "disk"),
    [
        ({}, (128, "Ephemeral")),
        ({"osDiskSizeGB": 0}, (128, "Ephemeral")),
        ({"osDiskSizeGB": 100}, (100, "Ephemeral")),
        ({"osDiskSizeGB": 200}, (200, "Managed")),
        ({"osDiskType": "Managed"}, (128, "Managed")),
        ({"vmSize": "Standard_D4s_v5"}, (128, "Managed")),
        ({"vmSize": "Standard_DS2_v2"}, (128, "Managed")),
        ({"vmSize": "Standard_ND96asr_v4"}, (128, "Ephemeral")),
    ],
)
def test_an_os_disk_is_on_the_node_where_it_fits(changes: dict[str, Any], disk: tuple[int, str]) -> None:
    shown = echoed(**changes)
    assert (shown["osDiskSizeGB"], shown["osDiskType"]) == disk


@pytest.mark.parametrize(
    ("network", "pods"),
    [
        (None, 250),
        ({"networkPlugin": "azure", "networkPluginMode": "overlay"}, 250),
        ({"networkPlugin": "azure"}, 110),
        ({"networkPlugin": "kubenet"}, 110),
        ({"networkPlugin": "none"}, 110),
    ],
)
def test_how_many_pods_a_node_takes_is_the_networks(network: dict[str, str] | None, pods: int) -> None:
    lab = Lab()
    lab.put_cluster(properties={"networkProfile": network} if network else {})
    lab.advance(322)
    assert lab.put_pool().properties["maxPods"] == pods
    lab.advance(273)
    assert lab.state.backed_pools()[1].max_pods == pods


@pytest.mark.parametrize(
    ("system", "image"),
    [
        ("AzureLinux3", "AKSAzureLinux-V3gen2-"),
        ("AzureLinuxOSGuard", "AKSAzureLinuxOSGuard-"),
        ("AzureLinux3OSGuard", "AKSAzureLinuxOSGuard-"),
        ("Flatcar", "AKSFlatcar-"),
        ("Mariner", "AKSCBLMariner-V2gen2-"),
        ("Ubuntu2404", "AKSUbuntu-2404gen2containerd-"),
    ],
)
def test_operating_systems_of_today(system: str, image: str) -> None:
    shown = echoed(osSKU=system)
    assert shown["osSKU"] == system
    assert shown["nodeImageVersion"].startswith(image)


def test_another_operating_system_is_an_upgrade() -> None:
    assert Lab().with_cluster().with_pool().put_pool(osSKU="AzureLinux3").state == "Upgrading"


def test_the_kind_of_system_is_read_in_any_letter_case() -> None:
    assert echoed(osType="linux")["osType"] == "Linux"
    with pytest.raises(ArmError, match=r"gpuops\.aks lab: it has Linux nodes only"):
        echoed(osType="windows")


class TestLocalDns:
    """A node's own DNS cache."""

    def test_every_field_is_filled_in(self) -> None:
        shown = echoed(localDNSProfile={"mode": "Required", "kubeDNSOverrides": {".": {"maxConcurrent": 5}}})["localDNSProfile"]
        assert (shown["mode"], shown["state"]) == ("Required", "Enabled")
        fields = [field for kind in ("vnetDNSOverrides", "kubeDNSOverrides") for zone in shown[kind].values() for field in zone]
        assert len(fields) == 32
        assert shown["kubeDNSOverrides"]["."]["maxConcurrent"] == 5
        assert shown["vnetDNSOverrides"]["."]["forwardDestination"] == "VnetDNS"
        assert shown["vnetDNSOverrides"]["cluster.local"]["forwardDestination"] == "ClusterCoreDNS"

    @pytest.mark.parametrize("mode", ["Preferred", "Disabled"])
    def test_only_a_required_one_runs(self, mode: str) -> None:
        assert echoed(localDNSProfile={"mode": mode})["localDNSProfile"]["state"] == "Disabled"

    @pytest.mark.parametrize(
        ("profile", "field"),
        [
            ({"mode": "Nonsense"}, "mode"),
            ({"mode": "Required", "vnetDNSOverrides": {".": {"protocol": "Pigeon"}}}, "vnetDNSOverrides.protocol"),
            (
                {"mode": "Required", "vnetDNSOverrides": {".": {"forwardDestination": "ClusterCoreDNS"}}},
                "vnetDNSOverrides.forwardDestination",
            ),
            ({"mode": "Required", "kubeDNSOverrides": {"cluster.local": {"forwardDestination": "VnetDNS"}}}, "forwardDestination"),
            ({"mode": "Required", "kubeDNSOverrides": {".": {"protocol": "ForceTCP", "serveStale": "Verify"}}}, "serveStale"),
        ],
    )
    def test_what_it_can_not_be(self, profile: dict[str, Any], field: str) -> None:
        with pytest.raises(ArmError) as refusal:
            echoed(localDNSProfile=profile)
        assert refusal.value.code == "InvalidParameter"
        assert field in refusal.value.message

    def test_what_was_read_can_be_put_again(self) -> None:
        caller = Caller(Lab().with_cluster().with_pool(localDNSProfile={"mode": "Required"}))
        shown = caller.get(POOL)
        assert caller.send("PUT", POOL, shown).status == 200
        assert caller.get(POOL)["properties"]["localDNSProfile"] == shown["properties"]["localDNSProfile"]


class TestGateway:
    """What Azure Resource Manager does around every request."""

    @pytest.mark.parametrize(("method", "kind"), [("GET", "reads"), ("PUT", "writes"), ("DELETE", "deletes")])
    def test_answers_say_how_many_requests_are_left(self, method: str, kind: str) -> None:
        caller = Caller(Lab().with_cluster().with_pool())
        headers = caller.send(method, POOL, {"properties": gpu_pool()}).headers
        assert int(headers[f"x-ms-ratelimit-remaining-subscription-{kind}"]) > 0
        assert int(headers[f"x-ms-ratelimit-remaining-subscription-global-{kind}"]) > 0
        assert headers["x-ms-operation-identifier"].startswith("tenantId=")

    def test_refusals_do_too_and_2021_does_not(self) -> None:
        assert "x-ms-operation-identifier" in Caller(Lab()).send("GET", CLUSTER).headers
        assert "x-ms-operation-identifier" not in Caller(Lab("2021").with_cluster()).send("GET", CLUSTER).headers

    @pytest.mark.parametrize("url", [POOL, CLUSTER])
    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    def test_a_preview_whose_time_is_over_is_not_registered(self, method: str, url: str) -> None:
        caller = Caller(Lab().with_cluster())
        status, code, message = caller.refused(method, url, {}, api_version="2024-09-02-preview")
        assert (status, code) == (400, "NoRegisteredProviderFound")
        assert "for location 'eastus' and API version '2024-09-02-preview' for type 'managedClusters" in message
        assert "2026-08-01" in message

    @pytest.mark.parametrize("version", [PREVIEW, "2026-08-01", "2021-05-01"])
    def test_other_versions_go_on(self, version: str) -> None:
        assert Caller(Lab().with_cluster()).send("GET", CLUSTER, api_version=version).status == 200

    def test_previews_of_2021_were_there_in_2021(self) -> None:
        assert Caller(Lab("2021").with_cluster()).send("GET", CLUSTER, api_version="2021-03-01-preview").status == 200


@pytest.mark.parametrize(
    ("era", "asked", "shown"),
    [
        ("2026", None, {"nodeOSUpgradeChannel": "NodeImage"}),
        ("2026", {"upgradeChannel": "patch"}, {"upgradeChannel": "patch", "nodeOSUpgradeChannel": "NodeImage"}),
        ("2026", {"nodeOSUpgradeChannel": "SecurityPatch"}, {"nodeOSUpgradeChannel": "SecurityPatch"}),
        ("2021", None, None),
        ("2021", {"upgradeChannel": "patch"}, {"upgradeChannel": "patch"}),
    ],
)
def test_node_image_upgrades_are_enabled_by_default(era: str, asked: dict[str, str] | None, shown: dict[str, str] | None) -> None:
    properties = {} if asked is None else {"autoUpgradeProfile": asked}
    cluster = Lab(era).put_cluster(properties=properties)
    assert cluster.document["properties"].get("autoUpgradeProfile") == shown
