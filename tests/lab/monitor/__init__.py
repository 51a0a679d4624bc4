# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for Azure Monitor: a workspace whose answers come from a real Prometheus that scrapes the lab's exporters, and Log Analytics.

The resources that lead to them are in tests/lab/arm/handlers/monitoring.py.
"""
