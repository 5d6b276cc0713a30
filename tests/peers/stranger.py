"""Gives a volume's archives back with nothing but Python's own library, as somebody would who never saw the software.

Takes the volume's folder; says how many archives and files it found; fails on the first thing that is not as it is told.
"""

import hashlib
import json
import pathlib
import sys


def sha512(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha512").hexdigest()


def check_object(root):
    """Checks every file of an OCFL object; its last state, as logical path to file."""
    sidecar = (root / "inventory.json.sha512").read_text().split()[0]
    if sha512(root / "inventory.json") != sidecar:
        sys.exit(f"{root}: the inventory is not what its sidecar says")
    inventory = json.loads((root / "inventory.json").read_text())
    for digest, paths in inventory["manifest"].items():
        for path in paths:
            if sha512(root / path) != digest.lower():
                sys.exit(f"{root / path}: not what the inventory says")
    known = {path for paths in inventory["manifest"].values() for path in paths}
    found = {str(p.relative_to(root)) for p in root.glob("v*/content/**/*") if p.is_file()}
    if known != found:
        sys.exit(f"{root}: files and inventory differ: {known ^ found}")
    state = inventory["versions"][inventory["head"]]["state"]
    return {name: root / inventory["manifest"][digest][0] for digest, names in state.items() for name in names}


def check_archive(state):
    """Reads an archive's header and description; how many units and objects, each digital object's file checked."""
    if not json.loads(state["archive.json"].read_text()):
        sys.exit("an archive has an empty header")
    units = objects = 0
    for line in state["description.jsonl"].read_text().splitlines():
        part = json.loads(line)
        units += part["kind"] == "unit"
        if part["kind"] != "object" or "binary" not in part["matter"]:
            continue
        binary = part["matter"]["binary"]
        objects += 1
        # A name that is not UTF-8 stands beside its shown form, in hexadecimal; the inventory escapes it.
        path = state.get("transfer/" + binary["name"])
        if path is None and "name_hex" not in binary:
            sys.exit(f"the file {binary['name']} is not there")
        if path and (path.stat().st_size != binary["size"] or sha512(path) != binary["digest"]):
            sys.exit(f"{path} is not the object that the description tells of")
    return units, objects


def main():
    volume = pathlib.Path(sys.argv[1])
    archives = files = units = objects = 0
    for namaste in sorted(volume.glob("ocfl/**/0=ocfl_object_1.1")):
        state = check_object(namaste.parent)
        files += len(state)
        if "archive.json" in state:
            archives += 1
            n_units, n_objects = check_archive(state)
            units += n_units
            objects += n_objects
    print(f"{archives} archives, {files} files, {units} units, {objects} objects")


main()
