"""Write docs/sbom.cdx.json: what the workbench needs at run time, as CycloneDX 1.6.

Run it where the lock is installed. The same lock on the same system gives the same file; packages
that only another system needs are not in it, and the lock names them all.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tomllib
import uuid
from email.message import Message
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs" / "sbom.cdx.json"
CLASSIFIERS = {
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "Python Software Foundation License": "PSF-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
LONGEST_NAME = 80
"""Letters up to which the field License holds a name, and not the licence's whole text."""
MOST_FILES = 2
"""Files of a package up to which their hashes are told: one wheel, and the source."""
SPDX = re.compile(r"[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+)*")


def run_time_packages(pyproject: Path) -> dict[str, list[str]]:
    """List the packages that a run needs, each with those that it needs itself.

    Parameters
    ----------
    pyproject
        Its dependencies are the start; extras are left out.
    """
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    waiting = [(Requirement(one), "") for one in project["dependencies"]]
    needs: dict[str, set[str]] = {}
    seen: set[tuple[str, str]] = set()
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        try:
            declared = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        mine = needs.setdefault(name, set())
        for wanted in ("", *requirement.extras):
            if (name, wanted) in seen:
                continue
            seen.add((name, wanted))
            for text in declared:
                one = Requirement(text)
                if one.marker is None or one.marker.evaluate({"extra": wanted}):
                    mine.add(canonicalize_name(one.name))
                    waiting.append((one, wanted))
    return {name: sorted(needs[name] & set(needs)) for name in sorted(needs)}


def licence_of(about: Message) -> str:
    """Licence of a package: its SPDX expression, or its classifiers, or the name in its field."""
    if expression := str(about.get("License-Expression") or ""):
        return expression
    classifiers = [
        one.rpartition(" :: ")[2]
        for one in about.get_all("Classifier") or []
        if one.startswith("License ::") and one.count(" :: ") > 1
    ]
    if classifiers:
        return " OR ".join(sorted(CLASSIFIERS.get(one, one) for one in classifiers))
    field = str(about.get("License") or "").strip()
    return field if len(field) <= LONGEST_NAME else field.splitlines()[0][:LONGEST_NAME].strip()


def hashes_in(lock: str) -> dict[tuple[str, str], list[str]]:
    """SHA-256 of the files that the lock allows, by package and version."""
    found = {}
    for entry in re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)[1:]:
        name, version = re.match(r"([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==([^\s;]+)", entry).groups()
        digests = re.findall(r"--hash=sha256:([0-9a-f]{64})", entry)
        found[canonicalize_name(name), version] = sorted(digests)
    return found


def sbom(pyproject: Path, lock: str) -> dict:
    """Bill of materials as a CycloneDX 1.6 document.

    Parameters
    ----------
    pyproject
        The project.
    lock
        Text of requirements.lock.
    """
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    needs, hashes = run_time_packages(pyproject), hashes_in(lock)
    components = [_component(name, hashes) for name in needs]
    refs = {one["name"]: one["bom-ref"] for one in components}
    own = f"pkg:pypi/{project['name']}@{project['version']}"
    direct = sorted(canonicalize_name(Requirement(one).name) for one in project["dependencies"])
    links = [{"ref": own, "dependsOn": sorted(refs[one] for one in direct if one in refs)}]
    links += [{"ref": refs[one], "dependsOn": [refs[two] for two in needs[one]]} for one in needs]
    content = json.dumps([components, links], sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        # Made from the content, so that the same lock gives the same file.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": project["name"],
                "version": project["version"],
                "licenses": [{"license": {"id": project["license"]}}],
                "purl": own,
            },
            "properties": [
                {"name": "lock:sha256", "value": hashlib.sha256(lock.encode()).hexdigest()},
                {"name": "python", "value": f"{sys.version_info[0]}.{sys.version_info[1]}"},
                {"name": "platform", "value": sys.platform},
            ],
        },
        "components": components,
        "dependencies": links,
    }


def _component(name: str, hashes: dict[tuple[str, str], list[str]]) -> dict:
    version, licence = metadata.version(name), licence_of(metadata.metadata(name))
    purl = f"pkg:pypi/{name}@{version}"
    if SPDX.fullmatch(licence) and (" " in licence or "-" in licence or licence.isupper()):
        licences = [{"expression": licence}]
    else:
        licences = [{"license": {"name": licence}}] if licence else []
    digests = hashes.get((name, version), [])
    # A package built for each system has a hundred files; the lock has their hashes.
    files = [
        {"type": "distribution", "url": purl, "hashes": [{"alg": "SHA-256", "content": digest}]}
        for digest in (digests if len(digests) <= MOST_FILES else [])
    ]
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "licenses": licences,
        **({"externalReferences": files} if files else {}),
    }


if __name__ == "__main__":
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    made = sbom(ROOT / "pyproject.toml", text)
    TARGET.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n", encoding="utf-8")
