"""The log as `aics-tlog` sees it, which nobody here wrote: the checkpoint with its quorum, every tile and entry, and the
proofs that we made. Usage: log.py FOLDER."""

import base64
import pathlib
import sys

from aics_tlog import (
    FileSystemTileReader,
    audit_tiles,
    parse_note,
    parse_vkey,
    read_entry,
    verify_checkpoint,
    verify_consistency,
    verify_leaf_inclusion,
)


def main(folder):
    note = parse_note((folder / "checkpoint").read_bytes())
    log = parse_vkey((folder / "vkey").read_text().strip())
    witness = parse_vkey((folder / "witness").read_text().strip())
    checkpoint = verify_checkpoint(note, log, [witness], 1)
    assert checkpoint.ok and checkpoint.cosignature_count == 1, checkpoint.error
    size, root = checkpoint.size, checkpoint.root
    reader = FileSystemTileReader(folder)
    report = audit_tiles(reader, size, root)
    proofs = 0
    for line in (folder / "proofs").read_text().splitlines():
        kind, at, digest, *path = line.split()
        path = [base64.b64decode(word, validate=True) for word in path]
        if kind == "entry":
            entry = read_entry(reader, int(at), size)
            assert verify_leaf_inclusion(entry, int(at), size, path, root), line
        else:
            old = base64.b64decode(digest, validate=True)
            assert verify_consistency(int(at), size, old, root, path), line
        proofs += 1
    print(f"{size} entries, {report.tiles} tiles, {proofs} proofs")


main(pathlib.Path(sys.argv[1]))
