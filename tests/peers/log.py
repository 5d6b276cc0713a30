"""The log as `aics-tlog` sees it, which nobody here wrote: the checkpoint with its quorum, every tile and entry, and the
proofs that we made. The log's ML-DSA-44 signature, which `aics-tlog` does not know, is verified here by another library
than ours, over a message put together from the text of C2SP tlog-cosignature. Usage: log.py FOLDER."""

import base64
import pathlib
import struct
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
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey


def verify_quantum(vkey, note, size, root):
    name, key_id, key = vkey.split("+", 2)
    key = base64.b64decode(key, validate=True)
    assert key[0] == 6
    line = next(line for line in note.splitlines() if line.startswith(f"\u2014 {name} ") and key_id in hexed(line))
    blob = base64.b64decode(line.split(" ")[2], validate=True)[4:]
    time, signature = blob[:8], blob[8:]
    origin = note.split("\n", 1)[0].encode()
    message = b"subtree/v1\n\0"
    message += struct.pack("B", len(name.encode())) + name.encode() + time
    message += struct.pack("B", len(origin)) + origin + struct.pack(">QQ", 0, size) + root
    MLDSA44PublicKey.from_public_bytes(key[1:]).verify(signature, message)


def hexed(line):
    return base64.b64decode(line.split(" ")[2], validate=True)[:4].hex()


def main(folder):
    note = parse_note((folder / "checkpoint").read_bytes())
    log = parse_vkey((folder / "vkey").read_text().strip())
    witness = parse_vkey((folder / "witness").read_text().strip())
    checkpoint = verify_checkpoint(note, log, [witness], 1)
    assert checkpoint.ok and checkpoint.cosignature_count == 1, checkpoint.error
    size, root = checkpoint.size, checkpoint.root
    quantum = (folder / "quantum").read_text().strip()
    verify_quantum(quantum, (folder / "checkpoint").read_text(encoding="utf-8"), size, root)
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
