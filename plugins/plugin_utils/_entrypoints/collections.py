# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is PRIVATE to the collection: it may change or go in any release.

"""Which collections the controller has: only it knows where Ansible looks for them."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import yaml


def installed_version(name: str) -> str:
    """The version of the collection that Ansible would use, "" if there is none or it does not say.

    An installed collection says it in MANIFEST.json, a clone in galaxy.yml.
    """
    try:
        places = import_module(f"ansible_collections.{name}").__path__
    except ImportError:
        return ""
    for place in map(Path, places):
        manifest, galaxy = place / "MANIFEST.json", place / "galaxy.yml"
        if manifest.is_file():
            return str(json.loads(manifest.read_text(encoding="utf-8")).get("collection_info", {}).get("version") or "")
        if galaxy.is_file():
            return str((yaml.safe_load(galaxy.read_text(encoding="utf-8")) or {}).get("version") or "")
    return ""
