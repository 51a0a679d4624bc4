# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""How Helm keeps the revisions of a release in a cluster: in Secrets or in ConfigMaps, of which this finds and decodes the latest one."""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import zlib
from typing import Sequence

from ..._errors import KubernetesError
from ..shared.mappings import Json
from .helm_environment import CONFIG_MAPS, SECRETS
from .release import Found, Revision

_GZIP = b"\x1f\x8b\x08"  # early versions of Helm 3 did not compress
_KINDS = {SECRETS: "Secret", CONFIG_MAPS: "ConfigMap"}


def latest_revision(records: Sequence[Json]) -> str | None:
    """The name of the object with the latest revision of a release, of the metadata of all of them; None if there is none."""
    return max(records, key=_number, default={"name": None})["name"]


def _number(record: Json) -> int:
    text = (record.get("labels") or {}).get("version", "")
    return int(text) if text.isdecimal() else 0


def working_revision(records: Sequence[Json]) -> int | None:
    """The number of the newest revision that Helm has completed, of the metadata of all of them; None if there is none.

    A rollback to one that has failed would deploy its objects without the Jobs of the chart that go before them.
    """
    for status in ("deployed", "superseded"):  # an interrupted upgrade or rollback leaves superseded ones, too
        numbers = [_number(record) for record in records if (record.get("labels") or {}).get("status") == status]
        if numbers:
            return max(numbers)
    return None


def decoded_revision(record: Json, store: str = SECRETS) -> Revision:
    """The revision in an object of Helm's: https://helm.sh/docs/topics/advanced/#storage-backends. Raises KubernetesError.

    Args:
        record: The object.
        store: Its kind, SECRETS or CONFIG_MAPS. The API server encodes the data of Secrets once more.
    """
    try:
        text = record["data"]["release"]
        stored = base64.b64decode(base64.b64decode(text) if store == SECRETS else text)
        content = json.loads(gzip.decompress(stored) if stored.startswith(_GZIP) else stored)
        number, status, values = content["version"], content["info"]["status"], content.get("config") or {}
    except (KeyError, TypeError, ValueError, binascii.Error, OSError, EOFError, zlib.error) as error:
        raise _unreadable(record, store, repr(error)) from error
    if not (isinstance(number, int) and isinstance(status, str) and isinstance(values, dict)):
        raise _unreadable(record, store, "a field has the wrong type")
    return Revision(number, status, values)


def _unreadable(record: Json, store: str, problem: str) -> KubernetesError:
    return KubernetesError(
        f"The {_KINDS[store]} {record['metadata']['name']} does not hold a release of Helm: {problem}.",
        code="ReleaseUnreadable",
        cause="Helm keeps each revision of a release in a Secret or a ConfigMap, as compressed JSON. This one was changed, or is not "
        "Helm's.",
        remedy="Run 'helm history' for the release. If it fails as well, delete what the message names, and run the step again.",
    )


def require_record(found: Found, store: str) -> None:
    """Refuse a release that is installed and of which Helm has no record, because Helm would install it anew. Raises KubernetesError."""
    policy = next(iter(found.own_policies), None)
    if policy is None or found.revision is not None:
        return
    raise KubernetesError(
        f"The ClusterPolicy {policy} is of the Helm release {found.release}, of which the {store} of the namespace "
        f"{found.release.namespace} hold no record.",
        code="ReleaseRecordMissing",
        cause="The release was installed with another HELM_DRIVER, or by GitOps that keeps its records in another namespace, or the "
        "records were deleted.",
        remedy="Set HELM_DRIVER, in the environment of the play, to its value when the release was installed. If GitOps manages the "
        f"release, leave it to GitOps. If the records are lost, run 'kubectl delete clusterpolicy {policy}', and run the step again.",
    )
