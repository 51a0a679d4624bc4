# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.arm.properties import differences, same_value, value_at
from ansible_collections.gpuops.aks.plugins.module_utils._core.cluster import options as cluster_options
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool import options as pool_options

PATH = ("properties", "networkProfile", "dnsServiceIP")
LIVE, WANTED = ({"properties": {"networkProfile": {"dnsServiceIP": address}}} for address in ("10.0.0.10/32", "10.0.0.10"))


def test_property_is_compared_by_the_table_of_its_resource() -> None:
    assert differences(LIVE, WANTED, cluster_options.option_at) == []
    assert [each.path for each in differences(LIVE, WANTED, pool_options.option_at)] == [PATH]


@pytest.mark.parametrize(
    ("function", "arguments"), [(differences, (LIVE, WANTED)), (value_at, (LIVE, PATH)), (same_value, (PATH, "10.0.0.10/32", "10.0.0.10"))]
)
def test_option_table_is_required(function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError, match="lookup"):
        function(*arguments)
