# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Azure's error messages about quota and capacity, one row per meaning; tables.py puts all tables together."""

from __future__ import annotations

from .known_failure import known_failure

_MORE = "Request more with 'az quota update' or in the portal under Quotas"
QUOTA_FAILURES = (
    known_failure(
        code="QuotaExceeded",
        pattern=r"Insufficient vcpu quota requested (?P<needed>\d{1,9}), remaining (?P<left>-?\d{1,9}) "
        r"for family (?P<family>.{1,80}?)(?= for region|\.|$)",
        cause="The subscription has {left} of the required {needed} vCPUs of the family {family} remaining in the region. Surge nodes "
        "count too.",
        remedy=f"{_MORE}, set a lower count or upgrade_settings.max_surge, or use a size of another family.",
    ),
    known_failure(
        code="QuotaExceeded",
        pattern=r"exceeding approved LowPriorityCores quota",
        cause="The subscription has used up its spot vCPU quota in the region, which all sizes share.",
        remedy=f"{_MORE} (Total Regional Spot vCPUs), or use scale_set_priority: Regular.",
    ),
    known_failure(
        code="QuotaExceeded",
        pattern=r"exceeding approved Total Regional Cores quota",
        cause="The subscription has used up its total vCPU quota in the region, which all sizes share.",
        remedy=f"{_MORE} (Total Regional vCPUs), remove resources that you no longer need in the region, or use another region.",
    ),
    known_failure(
        code="QuotaExceeded",
        pattern=r"exceeding approved (?P<family>[\w ]{1,80}?) Cores quota.{0,200}Current Limit: 0,"
        r".{0,200}New Limit Required: (?P<needed>\d{1,9})",
        cause="The subscription has no quota for vCPUs of the family {family} in the region.",
        remedy="Request at least {needed} with 'az quota update' or in the portal under Quotas, or use a size of another family.",
    ),
    known_failure(
        code="QuotaExceeded",
        pattern=r"Insufficient vcpu quota|exceeding approved .{0,80} quota",
        cause="The subscription does not have enough quota for vCPUs of this size's family in the region. Surge nodes count too.",
        remedy=f"{_MORE}, or use a size of another family.",
    ),
    known_failure(
        code="ClusterQuotaExceeded",
        pattern=r"exceeding quota limits for managed clusters|ManagedClusterCountExceedsQuotaLimit",
        cause="The subscription has reached its limit of AKS clusters in the region.",
        remedy="Remove clusters that you no longer need, request a higher limit in the portal under Quotas, or use another region.",
    ),
)
CAPACITY_FAILURES = (
    # Azure/AKS#5746: quota was free; Compute's list of sizes showed the restriction.
    known_failure(
        code="SizeNotForSubscription",
        pattern=r"(?i)SkuNotAvailableForSubscription",
        cause="Azure does not offer the size to this subscription in the region, whatever its quota is.",
        remedy="Check with 'az vm list-skus --location LOCATION --size SIZE --all --output table' what restricts it, then use another "
        "size or region. A support request for access needs a support plan above Developer.",
    ),
    known_failure(
        code="RegionFull",
        pattern=r"(?i)AksCapacityHeavyUsage",
        cause="AKS currently does not accept new clusters in this region.",
        remedy="Try again later, or use another location.",
        retriable=True,
    ),
    known_failure(
        code="AllocationOverconstrained",
        pattern=r"condition is too restrictive|Overconstrained(Zonal)?AllocationRequest",
        cause="No available machine meets all the pool's requirements at once.",
        remedy="Leave out one of availability_zones, proximity_placement_group_id, enable_ultra_ssd and os_disk_type: Ephemeral, or "
        "try again later.",
        retriable=True,
    ),
    known_failure(
        code="CapacityRestricted",
        pattern=r"ZonalAllocationFailed|sufficient capacity for the requested VM size in this zone",
        cause="Azure currently has no available machines of this size in the zone.",
        remedy="Try again later, or create the pool in other availability_zones, without availability_zones, or with another size.",
        retriable=True,
    ),
    known_failure(
        code="SpotPriceTooLow",
        pattern=r"max price .{0,40} is lower than the current spot price",
        cause="The pool's maximum spot price is lower than the current spot price.",
        remedy="Set spot_max_price to a higher value or to -1 (any price up to the regular one), or use scale_set_priority: Regular.",
    ),
    known_failure(
        code="SubnetTooSmall",
        pattern=r"Pre-allocated IPs (?P<needed>\d{1,9}) exceeds IPs available (?:in Subnet )?"
        r"(?P<left>\d{1,9})(?: in Subnet Cidr (?P<cidr>[\w.:/]{1,50}))?",
        cause="AKS reserves {needed} IP addresses, one for each pod that the cluster may ever run, and the subnet has {left}. Each "
        "node needs max_pods + 1, and every pool's max_count and surge nodes count.",
        remedy="Set a lower max_count, count or max_pods, use a larger subnet (vnet_subnet_id), or use a cluster with "
        "network_plugin_mode: overlay.",
    ),
    known_failure(
        code="SubnetTooSmall",
        pattern=r"InsufficientSubnetSize|SubnetIsFull|not have enough capacity for (?P<needed>\d{1,9}) IP addresses",
        cause="The subnet does not have enough free IP addresses for the pool's nodes and their pods. Surge nodes count too.",
        remedy="Set a lower max_count, count or max_pods, use a larger subnet (vnet_subnet_id), or use a cluster with "
        "network_plugin_mode: overlay.",
    ),
    known_failure(
        code="CapacityRestricted",
        pattern=r"currently not available in location|[Aa]llocation ?[Ff]ailed|sufficient capacity|SkuNotAvailable",
        cause="Azure currently has no available machines of this size in the location.",
        remedy="Try again later, or use another zone, region or size.",
        retriable=True,
    ),
)
