# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives as they arrive from customers and from attackers: each ends in a clear error or in an answer that says that it is partial."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION

from ..builders import Json, daemonset, node, pod
from ..operation_table import parameters
from ..tasks import real_run

GOOD = json.dumps({"kind": "NodeList", "items": [node("good")]})
WHOLE = json.dumps({"kind": "List", "items": [node("a"), node("b"), daemonset(), pod("train-0", on="a", gpus=1)]})
NODES = ("n.json", WHOLE.encode())
Member = tuple[str, bytes] | tarfile.TarInfo
PARTIAL, REFUSED = "PARTIAL", "NoNodesInFiles"


def changed(change: Callable[[Json], Any]) -> bytes:
    """A list of two nodes, the first of which has been changed."""
    items = [node("a"), node("b")]
    change(items[0])
    return json.dumps({"kind": "List", "items": items}).encode()


def offering(amount: Any) -> bytes:
    """The same, whose first node offers this amount of GPUs."""
    return changed(lambda item: [item["status"][part].update({"nvidia.com/gpu": amount}) for part in ("capacity", "allocatable")])


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, target
    return made


def in_tar(*members: Member) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                header = tarfile.TarInfo(member[0])
                header.size = len(member[1])
                archive.addfile(header, io.BytesIO(member[1]))
    return file.getvalue()


def in_zip(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def spoiled(archive: bytes) -> bytes:
    """An archive whose compressed data is wrong, behind the header of its first file."""
    return archive[:60] + bytes(24) + archive[84:]


# What arrives, what it leads to, and how many nodes it shows.
ARRIVALS: dict[str, tuple[bytes, str, int]] = {
    "JSON cut in the last object": (WHOLE[:-40].encode(), PARTIAL, 2),
    "JSON cut in the first object": (WHOLE[:200].encode(), REFUSED, 0),
    "two downloads on top of each other": (WHOLE[:-40].encode() + WHOLE.encode(), PARTIAL, 2),
    "Windows line ends": (json.dumps(json.loads(WHOLE), indent=2).replace("\n", "\r\n").encode(), "", 2),
    "UTF-16": (WHOLE.encode("utf-16"), "", 2),
    "UTF-16 cut in a character": (WHOLE.encode("utf-16")[:-31], PARTIAL, 2),
    "every object twice": ((WHOLE + WHOLE).encode(), "", 2),
    "no nodes": (json.dumps(pod("train-0")).encode(), REFUSED, 0),
    "kinds that no diagnosis reads": (b'{"kind": "List", "items": [{"kind": "Secret", "metadata": {}}, 3, null, []]}', REFUSED, 0),
    "a kind with the fields of another": (changed(lambda item: item.update(spec=[1])), PARTIAL, 1),
    "fields of wrong types": (changed(lambda item: item["metadata"].update(labels=["a"])), PARTIAL, 1),
    "a name that is a number": (changed(lambda item: item["metadata"].update(name=3)), PARTIAL, 1),
    "NaN as a number": (offering(float("nan")), PARTIAL, 1),
    "NaN as a text": (offering("NaN"), PARTIAL, 1),
    "a number without end": (offering("9" * 5000), PARTIAL, 1),
    "deep nesting": (WHOLE[:-1].encode() + b', "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", PARTIAL, 2),
    "deep nesting in YAML": (b"kind: Node\nmetadata: {name: x}\nspec: " + b"[" * 5000 + b"]" * 5000, REFUSED, 0),
    "a call in YAML": (b"kind: Node\nmetadata: !!python/object/apply:os.getcwd []\n", REFUSED, 0),
    "links out of the archive": (
        in_tar(special("nodes.json", tarfile.SYMTYPE, "/etc/passwd"), special("pods.json", tarfile.LNKTYPE, "../../etc/passwd")),
        REFUSED, 0,
    ),
    "links in a circle": (in_tar(special("a", tarfile.LNKTYPE, "b"), special("b", tarfile.LNKTYPE, "a"), NODES), "", 2),
    "devices": (in_tar(special("zero", tarfile.CHRTYPE), special("pipe", tarfile.FIFOTYPE), NODES), "", 2),
    "a bomb of zeros": (in_tar(("zeros.json", bytes(32 << 20)), NODES), "", 2),
    "a bomb of one text": (in_tar(("a.json", b'{"kind": "' + b"x" * (40 << 20)), NODES), PARTIAL, 2),
    "an archive in an archive": (in_tar(("in.tar.gz", in_tar(NODES)), NODES), PARTIAL, 2),
    "a tar that is spoiled": (spoiled(in_tar(("n.json", WHOLE.encode()))), REFUSED, 0),
    "a zip that is spoiled": (spoiled(in_zip("n.json", WHOLE.encode())), REFUSED, 0),
    "a file compressed by gzip": (gzip.compress(WHOLE.encode()), "", 2),
    "a file compressed by bzip2": (bz2.compress(WHOLE.encode()), "", 2),
    "a file compressed by xz": (lzma.compress(WHOLE.encode()), "", 2),
    "a compressed file that is cut": (gzip.compress(WHOLE.encode())[:-60], REFUSED, 0),
}  # fmt: skip


@pytest.mark.parametrize("arrival", ARRIVALS)
def test_whatever_arrives_ends_in_a_clear_error_or_an_answer_that_says_what_it_lacks(tmp_path: Path, arrival: str) -> None:
    content, end, nodes = ARRIVALS[arrival]
    (tmp_path / "sent").write_bytes(content)
    asked = parameters(OPERATION, from_files=[str(tmp_path)], pool="")
    if end == REFUSED:
        with pytest.raises(InvalidInputError) as refusal:
            OPERATION.run(asked, real_run())
        assert (refusal.value.code, "kubectl get nodes" in refusal.value.remedy) == (REFUSED, True)
        return
    outcome = OPERATION.run(asked, real_run())
    assert outcome.result["ansible_facts"]["gpu_schedulable"]["node_count"] == nodes
    assert [warning.startswith("The answer is partial. ") for warning in outcome.warnings] == [True] * (end == PARTIAL)


@pytest.mark.parametrize("arrival", [name for name, (_content, end, _nodes) in ARRIVALS.items() if end])
def test_damage_takes_nothing_from_a_good_file_beside_it(tmp_path: Path, arrival: str) -> None:
    (tmp_path / "bad").write_bytes(ARRIVALS[arrival][0])
    (tmp_path / "good.json").write_text(GOOD)
    outcome = OPERATION.run(parameters(OPERATION, from_files=[str(tmp_path)], pool=""), real_run())
    assert "good" in [each["name"] for each in outcome.result["ansible_facts"]["gpu_schedulable"]["nodes"]]
