# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make release`: the files of a release in build/release: artifact, software bill of materials, checksums, MANIFEST.json to sign.

It publishes nothing; docs/release.md says what comes then. It refuses a state that is not the tagged release. `--dry-run` makes the files
of any state, and only says what it would refuse.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from cyclonedx.contrib.hash.factories import HashTypeFactory
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.contact import OrganizationalEntity
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from tests import galaxy_import

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "release"
SBOM = "sbom.cdx.json"
CHECKSUMS = "SHA256SUMS"
MANIFEST = "MANIFEST.json"
# requirements.txt: a package, its range, and the reason as a comment.
_REQUIREMENT = re.compile(r"^(?P<name>[\w-]+)(?P<range>[<>=][^\s#]*)\s*#\s*(?P<reason>.*)$", re.MULTILINE)
_PIN = re.compile(r"^(?P<name>[\w-]+)==(?P<version>[\w.]+)", re.MULTILINE)
_OPTIONAL = "may be left out"


def load(name: str, root: Path = ROOT) -> Any:
    """A file of YAML in the repository."""
    return yaml.safe_load((root / name).read_text())


def git(*arguments: str, root: Path = ROOT) -> str:
    """What git prints."""
    return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True).stdout.rstrip()


def changelog_refusals(root: Path = ROOT) -> Iterator[str]:
    """Why the changelog is not that of a release."""
    version = load("galaxy.yml", root)["version"]
    release = load("changelogs/changelog.yaml", root)["releases"].get(version)
    if release is None:
        yield f"changelogs/changelog.yaml has no release {version}: run antsibull-changelog release."
    elif not release.get("changes", {}).get("release_summary"):
        yield f"The release {version} has no release_summary: add a fragment with one, and run antsibull-changelog release."
    if f"\nv{version}\n" not in (root / "CHANGELOG.rst").read_text():
        yield f"CHANGELOG.rst has no v{version}: run antsibull-changelog generate."
    if fragments := sorted(path.name for path in (root / "changelogs" / "fragments").glob("*.y*ml")):
        yield f"{', '.join(fragments)}: not in the changelog yet. Run antsibull-changelog release."


def git_refusals(root: Path = ROOT) -> Iterator[str]:
    """Why the state of the repository is not that of a release."""
    if changed := git("status", "--porcelain", root=root):
        yield f"Files are not committed: {', '.join(line[3:] for line in changed.splitlines())}. Commit or remove them."
    tag = f"v{load('galaxy.yml', root)['version']}"
    if tag not in git("tag", "--points-at", "HEAD", root=root).split():
        yield f"HEAD is not tagged {tag}: run git tag --sign {tag}."


def digest(path: Path) -> str:
    """The checksum of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def packages(root: Path = ROOT) -> Iterator[Component]:
    """The Python packages that the collection requires, in the versions that it was tested with."""
    pins = {pin["name"]: pin["version"] for pin in _PIN.finditer(pinned(root))}
    required = [*_REQUIREMENT.finditer((root / "requirements.txt").read_text())]
    for name, version_range, reason in [
        ("ansible-core", load("meta/runtime.yml", root)["requires_ansible"], "runs the playbooks"),
        *(one.groups() for one in required),
    ]:
        tested = pins.get(name)
        yield Component(
            name=name,
            version=tested,
            type=ComponentType.LIBRARY,
            scope=ComponentScope.OPTIONAL if _OPTIONAL in reason else ComponentScope.REQUIRED,
            purl=PackageURL(type="pypi", name=name.lower(), version=tested),
            bom_ref=f"pypi:{name}",
            properties=[Property(name="gpuops:requirement", value=version_range)],
        )


def images(root: Path = ROOT) -> Iterator[Component]:
    """The images that the roles run in the cluster, unless their users name others."""
    defaults = {
        name: value for file in sorted(root.glob("roles/*/defaults/main.yml")) for name, value in yaml.safe_load(file.read_text()).items()
    }
    for variable, image in defaults.items():
        if variable.endswith("_image") and image and "{{" not in image:
            repository, _colon, tag = image.rpartition(":")
            yield Component(
                name=repository,
                version=tag,
                type=ComponentType.CONTAINER,
                scope=ComponentScope.OPTIONAL,
                purl=PackageURL(type="oci", name=repository.rpartition("/")[2], qualifiers={"repository_url": repository, "tag": tag}),
                bom_ref=f"oci:{image}",
                properties=[Property(name="gpuops:variable", value=variable)],
            )


def pinned(root: Path) -> str:
    """The requirements with an exact version."""
    return (root / "requirements-dev.txt").read_text() + (root / "tests" / "unit" / "requirements.txt").read_text()


def bill_of_materials(artifact: Path, root: Path = ROOT) -> str:
    """The SBOM of an artifact, as CycloneDX 1.6. The same commit has the same one, but for the artifact's checksum."""
    collection = load("galaxy.yml", root)
    commit, seconds = git("log", "-1", "--format=%H %ct", root=root).split()
    component = Component(
        name=f"{collection['namespace']}.{collection['name']}",
        version=collection["version"],
        type=ComponentType.LIBRARY,
        supplier=OrganizationalEntity(name=collection["authors"][0], urls=[XsUri(collection["homepage"])]),
        description=collection["description"],
        licenses=[LicenseFactory().make_with_expression(collection["license"][0])],
        purl=PackageURL(type="github", namespace="gpuops", name="aks", version=commit),
        bom_ref="collection",
        hashes=[HashTypeFactory().from_composite_str(f"sha256:{digest(artifact)}")],
        external_references=[ExternalReference(type=ExternalReferenceType.VCS, url=XsUri(collection["repository"]))],
    )
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"{collection['repository']}/{commit}"))
    bom.metadata.timestamp = datetime.fromtimestamp(int(seconds), UTC)
    bom.metadata.component = component
    required = [*packages(root), *images(root)]
    for each in required:
        bom.components.add(each)
    bom.register_dependency(component, required)
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def write_files(place: Path) -> list[Path]:
    """Build the artifact, import it as Galaxy does, and write what goes with it. Exits where Galaxy would refuse it."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    artifact = galaxy_import.build(place)
    if said := galaxy_import.refusal(artifact):
        sys.exit(said)
    (place / SBOM).write_text(bill_of_materials(artifact))
    with tarfile.open(artifact) as archive:
        manifest = archive.extractfile(MANIFEST)
        assert manifest is not None
        (place / MANIFEST).write_bytes(manifest.read())
    named = [artifact, place / SBOM]
    (place / CHECKSUMS).write_text("".join(f"{digest(path)}  {path.name}\n" for path in named))
    return [*named, place / CHECKSUMS, place / MANIFEST]


def main() -> None:
    """Check, write the files, and name them."""
    parser = argparse.ArgumentParser(prog="python -m tests.release", description="Make the files of a release. Publishes nothing.")
    parser.add_argument("--dry-run", action="store_true", help="make them of any state, and only say what would be refused")
    parser.add_argument("--output", type=Path, default=BUILD, help="the folder for them, which is emptied first")
    arguments = parser.parse_args()
    refusals = [*changelog_refusals(), *git_refusals()]
    for each in refusals:
        print(each, file=sys.stderr)
    if refusals and not arguments.dry_run:
        sys.exit("This is not a release. To try it out anyway: make release DRY_RUN=1")
    files = [str(path) for path in write_files(arguments.output)]
    print(json.dumps({"version": load("galaxy.yml")["version"], "released": not refusals, "files": files}, indent=2))


if __name__ == "__main__":
    main()
