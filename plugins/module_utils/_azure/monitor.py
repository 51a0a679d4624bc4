# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads what Azure Monitor has about a cluster: the cluster, its data collection rules, and the workspaces behind them."""

from __future__ import annotations

from typing import Any, Mapping

from .ids import AKS_API
from .session import Session

# The versions that the Azure CLI uses: azure-cli azext aks, azuremonitormetrics/constants.py and addonconfiguration.py.
RULES_API = "2022-06-01"
ACCOUNTS_API = "2023-04-03"


def read_cluster(session: Session, cluster: str) -> Mapping[str, Any] | None:
    """The cluster at this path, None if it does not exist. Raises AzureError."""
    return session.find(cluster, api=AKS_API, what="Reading the cluster")


def read_associations(session: Session, cluster: str) -> list[Mapping[str, Any]]:
    """The cluster's associations with data collection rules. Raises AzureError."""
    path = f"{cluster}/providers/Microsoft.Insights/dataCollectionRuleAssociations"
    return list(session.entries(path, api=RULES_API, what="Listing the cluster's data collection rules"))


def read_rule(session: Session, rule: str) -> Mapping[str, Any] | None:
    """A data collection rule, None if it does not exist. Raises AzureError."""
    return session.find(rule, api=RULES_API, what="Reading the data collection rule")


def read_account(session: Session, account: str) -> Mapping[str, Any] | None:
    """An Azure Monitor workspace, None if it does not exist. Raises AzureError."""
    return session.find(account, api=ACCOUNTS_API, what="Reading the Azure Monitor workspace")
