# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Checks an Azure response against the shape for its path; the session calls it for every resource and page that it reads."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, TypedDict

from .azure import shape_of
from .validation import FormError, require_form

_ANY = Dict[str, Any]


class _Linked(TypedDict, total=False):
    nextLink: str


class _Page(_Linked):
    value: List[Dict[str, Any]]


def misfit(path: str, body: Mapping[str, Any]) -> str:
    """What is wrong with a resource at a path or with the response of an action there; "" if nothing is."""
    return _problem(body, shape_of(path) or _ANY)


def list_misfit(path: str, body: Mapping[str, Any]) -> str:
    """What is wrong with a page of a list; "" if nothing is."""
    return _problem(body, _Page) or _problem(body, shape_of(path) or _ANY)


def _problem(body: Mapping[str, Any], shape: Any) -> str:
    try:
        require_form(body, shape)
    except FormError as error:
        return str(error)
    return ""
