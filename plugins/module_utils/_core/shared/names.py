# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What Azure and Kubernetes accept as a name, checked before a name becomes part of a request's path."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..._errors import InvalidInputError


@dataclass(frozen=True)
class NameRule:
    """The rule for the names of one kind of resource. form: the rule as a sentence for messages."""

    pattern: re.Pattern[str]
    form: str


# https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
GROUP = NameRule(
    re.compile(r"[-\w.()]{0,89}[-\w()]"),
    "A resource group's name must have 1 to 90 letters, digits, '-', '_', '.', '(' and ')' and cannot end with '.'.",
)
CLUSTER = NameRule(
    re.compile(r"[A-Za-z0-9]([-\w]{0,61}[A-Za-z0-9])?"),
    "An AKS cluster's name must have 1 to 63 letters, digits, '-' and '_', with a letter or digit at each end.",
)
LOCATION = NameRule(
    re.compile(r"[A-Za-z0-9(][A-Za-z0-9 ()-]{0,89}"),
    "A region's name consists of letters and digits, such as eastus, or is its display name, such as East US.",
)
PROVIDER = NameRule(re.compile(r"\w+(\.\w+)*"), "A provider's name looks like Microsoft.ContainerService.")
FEATURE = NameRule(re.compile(r"[-\w]+(\.[-\w]+)*"), "A feature's name must have letters, digits, '-', '_' and '.'.")
_SUBSCRIPTION = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# https://kubernetes.io/docs/concepts/overview/working-with-objects/names
LABEL = NameRule(
    re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"),
    "The name must have 1 to 63 lowercase letters, digits and '-', with a letter or digit at each end.",
)
SUBDOMAIN = NameRule(
    re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"),
    "The name must have 1 to 253 lowercase letters, digits, '-' and '.', with a letter or digit at each end of every part.",
)

# helm/helm pkg/chart/v2/util/validate_name.go
RELEASE = NameRule(
    re.compile(r"(?=.{1,53}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"),
    "A Helm release's name must have 1 to 53 lowercase letters, digits, '-' and '.', with a letter or digit at each end of every part.",
)
# https://github.com/distribution/reference: no part of a reference has a space; the registry judges the rest.
IMAGE_NAME = NameRule(re.compile(r"\S+"), "An image is a reference without spaces, such as mcr.microsoft.com/azurelinux/base/python:3.12.")


def checked_name(parameter: str, name: str | None, rule: NameRule) -> str:
    """Check a name that becomes part of a request's path: an empty name, or one with '/', would address something else.

    Raises InvalidInputError.
    """
    if name and rule.pattern.fullmatch(name):
        return name
    problem = f"{parameter} is '{name}'." if name else f"{parameter} is empty."
    raise InvalidInputError(problem, code="InvalidName", cause=rule.form, remedy=f"Correct {parameter}.")


def checked_subscription(subscription: str) -> str:
    """Check a subscription ID: nodes and requests contain the ID and not the name. Raises InvalidInputError."""
    if _SUBSCRIPTION.fullmatch(subscription):
        return subscription
    raise InvalidInputError(
        f"subscription_id is '{subscription}'.",
        code="InvalidSubscription",
        cause="This is not a subscription ID; it may be the subscription's name.",
        remedy="Set subscription_id (AZURE_SUBSCRIPTION_ID) to the ID; 'az account list --output table' shows names and IDs.",
    )


def location_name(text: str) -> str:
    """A region's name as Azure's services write it: "westeurope" for "West Europe"."""
    return text.replace(" ", "").lower()
