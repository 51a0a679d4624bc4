# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Azure's error texts about quota and capacity, one row per meaning; tables.py puts all tables together."""

from __future__ import annotations

from .known_failure import known_failure

_MORE = "Ask for more with 'az quota update' or in the portal under Quotas"
QUOTA_FAILURES = (
    known_failure(
        code="QuotaExceeded",
        pattern=r"Insufficient vcpu quota requested (?P<needed>\d{1,9}), remaining (?P<left>-?\d{1,9}) "
        r"for family (?P<family>.{1,80}?)(?= for region|\.|$)",
        cause="The subscription has {left} of the {needed} vCPUs of the family {family} left in the region; surge nodes count too.",
        remedy=f"{_MORE}, set a lower count or upgrade_settings.max_surge, or use a size of another family.",
    ),
    known_failure(
        code="QuotaExceeded",
        pattern=r"exceeding approved LowPriorityCores quota",
        cause="The subscription's quota for vCPUs of spot machines in the region is used up; it is one for all sizes.",
        remedy=f"{_MORE} (Total Regional Spot vCPUs), or use scale_set_priority: Regular.",
    ),
    known_failure(
        code="QuotaExceeded",
        pattern=r"exceeding approved Total Regional Cores quota",
        cause="The subscription's quota for all vCPUs in the region is used up, whatever the size.",
        remedy=f"{_MORE} (Total Regional vCPUs), remove what is not needed there, or use another region.",
    ),
    known_failure(
        code="QuotaExceeded",
        pattern=r"exceeding approved (?P<family>[\w ]{1,80}?) Cores quota.{0,200}Current Limit: 0,"
        r".{0,200}New Limit Required: (?P<needed>\d{1,9})",
        cause="The subscription was never granted vCPUs of the family {family} in the region.",
        remedy="Ask for at least {needed} with 'az quota update' or in the portal under Quotas, or use a size of another family.",
    ),
    known_failure(
        code="QuotaExceeded",
        pattern=r"Insufficient vcpu quota|exceeding approved .{0,80} quota",
        cause="The subscription has too few vCPUs of this size's family in the region; surge nodes count too.",
        remedy=f"{_MORE}, or use a size of another family.",
    ),
    known_failure(
        code="ClusterQuotaExceeded",
        pattern=r"exceeding quota limits for managed clusters|ManagedClusterCountExceedsQuotaLimit",
        cause="The subscription has as many AKS clusters in the region as it may have.",
        remedy="Remove clusters that are not needed, ask for more in the portal under Quotas, or use another region.",
    ),
)
CAPACITY_FAILURES = (
    known_failure(
        code="RegionFull",
        pattern=r"(?i)AksCapacityHeavyUsage",
        cause="AKS takes no new clusters in this region now.",
        remedy="Try later, or use another location.",
        retriable=True,
    ),
    known_failure(
        code="AllocationOverconstrained",
        pattern=r"condition is too restrictive|Overconstrained(Zonal)?AllocationRequest",
        cause="No free machine meets all that the pool asks for at once.",
        remedy="Leave out one of availability_zones, proximity_placement_group_id, enable_ultra_ssd and os_disk_type: "
        "Ephemeral, or try later.",
        retriable=True,
    ),
    known_failure(
        code="CapacityRestricted",
        pattern=r"ZonalAllocationFailed|sufficient capacity for the requested VM size in this zone",
        cause="Azure has no machines of this size free in the zone now.",
        remedy="Try later, or make a pool in other availability_zones, in none, or of another size.",
        retriable=True,
    ),
    known_failure(
        code="SpotPriceTooLow",
        pattern=r"max price .{0,40} is lower than the current spot price",
        cause="The pool's highest price for a spot machine is below what Azure asks for now.",
        remedy="Set spot_max_price higher, or to -1 for any price up to the regular one, or use scale_set_priority: Regular.",
    ),
    known_failure(
        code="SubnetTooSmall",
        pattern=r"Pre-allocated IPs (?P<needed>\d{1,9}) exceeds IPs available (?:in Subnet )?"
        r"(?P<left>\d{1,9})(?: in Subnet Cidr (?P<cidr>[\w.:/]{1,50}))?",
        cause="AKS reserves an address for each pod that the cluster may ever run, {needed} in all, and the subnet has "
        "{left}: max_pods + 1 "
        "for each node, with every pool's max_count and surge nodes.",
        remedy="Set a lower max_count, count or max_pods, use a larger subnet (vnet_subnet_id), or a cluster with "
        "network_plugin_mode: overlay.",
    ),
    known_failure(
        code="SubnetTooSmall",
        pattern=r"InsufficientSubnetSize|SubnetIsFull|not have enough capacity for (?P<needed>\d{1,9}) IP addresses",
        cause="The subnet has too few free addresses for the pool's nodes and their pods; surge nodes count too.",
        remedy="Set a lower max_count, count or max_pods, use a larger subnet (vnet_subnet_id), or a cluster with "
        "network_plugin_mode: overlay.",
    ),
    known_failure(
        code="CapacityRestricted",
        pattern=r"currently not available in location|[Aa]llocation ?[Ff]ailed|sufficient capacity|SkuNotAvailable",
        cause="Azure has no machines of this size free there now.",
        remedy="Try later, or use another zone, region or size.",
        retriable=True,
    ),
)
