# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every file says under which license it is, in itself or in REUSE.toml (https://reuse.software).

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).parents[2]
LICENSE = "GPL-3.0-or-later"
_HEADER = f"SPDX-License-Identifier: {LICENSE}"
_HEADER_LINES = 8


def files() -> list[Path]:
    """What git knows or would add, apart from links and from files with nothing in them."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.split("\0")
    found = [REPOSITORY / name for name in filter(None, names)]
    return [path for path in found if path.is_file() and not path.is_symlink() and path.stat().st_size]


def pattern(glob: str) -> re.Pattern[str]:
    """A path of REUSE.toml: one star stays within a folder, two do not."""
    parts = (".*" if part == "**" else "[^/]*" if part == "*" else re.escape(part) for part in re.split(r"(\*\*|\*)", glob))
    return re.compile("".join(parts))


def annotated() -> list[re.Pattern[str]]:
    annotations = tomllib.loads((REPOSITORY / "REUSE.toml").read_text())["annotations"]
    assert {each["SPDX-License-Identifier"] for each in annotations} == {LICENSE}
    return [pattern(glob) for each in annotations for glob in each["path"]]


def name(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def test_every_file_names_its_license() -> None:
    elsewhere = annotated()
    unnamed = [
        name(path)
        for path in files()
        if _HEADER not in "\n".join(path.read_text(errors="replace").splitlines()[:_HEADER_LINES])
        and not any(each.fullmatch(name(path)) for each in elsewhere)
    ]
    assert unnamed == ["LICENSE"], f"put '{_HEADER}' at the top, as the files beside it do"


def test_every_annotation_is_needed() -> None:
    names = [name(path) for path in files()]
    unused = [each.pattern for each in annotated() if not any(each.fullmatch(one) for one in names)]
    assert [glob for glob in unused if "fragments" not in glob] == []  # there are none between two changes


def test_galaxy_names_the_same_license() -> None:
    assert yaml.safe_load((REPOSITORY / "galaxy.yml").read_text())["license"] == [LICENSE]
