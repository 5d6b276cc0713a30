"""Makes a volume by the formats of docs/verification.md, with code of its own and the `openssl` command.

Nothing is taken from the verifier: what it checks is written here a second time. `Volume.make` gives a whole one; the
tests then forge it, with or without the log's keys.
"""

import base64
import datetime
import hashlib
import json
import os
import secrets
import subprocess
import uuid

UTC = datetime.timezone.utc
ZERO = "0" * 128


def openssl(*arguments, given=None):
    done = subprocess.run(("openssl",) + arguments, input=given, capture_output=True)
    if done.returncode:
        raise RuntimeError(f"openssl {arguments}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def dumps(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sha512(data):
    return hashlib.sha512(data).hexdigest()


def written(at):
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


class Ed25519:
    """A key of the log (0x01) or of a witness (0x04), kept by openssl."""

    def __init__(self, folder, name, algorithm):
        self.name, self.algorithm = name, algorithm
        self.path = os.path.join(folder, hashlib.sha256((name + secrets.token_hex(4)).encode()).hexdigest()[:12] + ".pem")
        openssl("genpkey", "-algorithm", "ed25519", "-out", self.path)
        public = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")[-32:]
        data = bytes([algorithm]) + public
        self.id = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
        self.vkey = f"{name}+{self.id.hex()}+{base64.b64encode(data).decode()}"

    def sign(self, message):
        given = self.path + ".msg"
        write(given, message)
        return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", given)

    def line(self, text, at=None):
        if self.algorithm == 1:
            signature = self.sign(text)
        else:
            moment = int(at.timestamp())
            signature = moment.to_bytes(8, "big") + self.sign(b"cosignature/v1\ntime %d\n" % moment + text)
        return f"\u2014 {self.name} {base64.b64encode(self.id + signature).decode()}\n".encode()


class Authority:
    """A time-stamp authority: a root and a signer, played by `openssl ts`."""

    def __init__(self, folder, name, root_key, key, usage="critical,timeStamping"):
        self.name, self.folder = name, os.path.join(folder, "tsa-" + name)
        os.makedirs(self.folder)
        at = lambda file: os.path.join(self.folder, file)
        for file, kind in (("root.key", root_key), ("tsa.key", key)):
            openssl("genpkey", "-algorithm", kind[0], "-pkeyopt", kind[1], "-out", at(file))
        write(at("root.ext"), b"basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n")
        write(at("tsa.ext"), f"keyUsage=critical,digitalSignature\nextendedKeyUsage={usage}\n".encode())
        openssl("req", "-new", "-key", at("root.key"), "-subj", f"/CN=Racine {name}", "-out", at("root.csr"))
        openssl("x509", "-req", "-in", at("root.csr"), "-signkey", at("root.key"), "-days", "3650", "-sha384",
                "-extfile", at("root.ext"), "-out", at("root.pem"))
        openssl("req", "-new", "-key", at("tsa.key"), "-subj", f"/CN=Horodatage {name}", "-out", at("tsa.csr"))
        openssl("x509", "-req", "-in", at("tsa.csr"), "-CA", at("root.pem"), "-CAkey", at("root.key"), "-CAcreateserial",
                "-days", "1825", "-sha256", "-extfile", at("tsa.ext"), "-out", at("tsa.pem"))
        write(at("serial"), b"01\n")
        write(at("conf"), f"""[tsa]
default_tsa = one
[one]
serial = {at('serial')}
signer_cert = {at('tsa.pem')}
signer_key = {at('tsa.key')}
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
""".encode())

    def root(self):
        with open(os.path.join(self.folder, "root.pem"), "rb") as file:
            return file.read()

    def stamp(self, digest):
        """The token (DER) over a SHA-512."""
        query, reply = os.path.join(self.folder, "query"), os.path.join(self.folder, "reply")
        openssl("ts", "-query", "-digest", digest, "-sha512", "-cert", "-out", query)
        openssl("ts", "-reply", "-config", os.path.join(self.folder, "conf"), "-queryfile", query, "-token_out", "-out", reply)
        with open(reply, "rb") as file:
            return file.read()


def der(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    head = bytes([size]) if size < 128 else bytes([0x80 | (size.bit_length() + 7) // 8]) + size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag]) + head + body


SHA512_IDENTIFIER = der(0xA0, bytes.fromhex("0609608648016503040203"))


def merkle(leaves):
    """The root of RFC 6962, by its own recursive definition."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256().digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\1" + merkle(leaves[:split]) + merkle(leaves[split:])).digest()


def numbered(number):
    digits = f"{number:03d}" if number < 1000 else None
    if digits:
        return digits
    return f"x{number // 1000:03d}/{number % 1000:03d}"


class Volume:
    """A volume in the making: lines, entries, objects, then the files."""

    def __init__(self, path, keys):
        self.path, self.keys = path, keys
        self.lines, self.heads, self.firsts, self.entries = [], {}, {}, []
        self.sealed = {}  # owner -> previous seal's digest
        self.months = {}  # (owner, month) -> list of versions: {logical: bytes}
        self.cut = {}  # (journal, day) -> lines already in a part
        self.log_key = keys.log
        self.kit_keys = [{"from": 0, "vkey": keys.log.vkey}]

    def at(self, *parts):
        return os.path.join(self.path, *parts)

    # Lines and entries.

    def append(self, journal, kind, detail, at, object_="x", actor=None):
        position, previous, last = self.heads.get(journal, (0, ZERO, None))
        at = max(at, last) if last else at
        entry = len(self.entries)
        line = {"at": written(at), "detail": dumps(detail).decode(), "entry": entry, "journal": journal, "kind": kind,
                "object": object_, "outcome": "OK", "position": position, "previous": previous, "salt": secrets.token_hex(16)}
        if actor:
            line["actor"] = actor
        self.seal_line(line)
        self.heads[journal] = (position + 1, line["digest"], at)
        self.lines.append(line)
        member = {"digest": line["digest"], "journal": self.firsts.setdefault(journal, entry), "position": position, "version": 1}
        if kind == "log key":
            member["key"] = detail["key"]
        if kind == "time-stamping":
            member.update(size=detail["size"], token=detail["token"])
        self.entries.append(dumps(member))
        return line

    @staticmethod
    def seal_line(line):
        body = [line.get("actor", ""), line["kind"], line["object"], line["outcome"], line["detail"]]
        line["body"] = sha512(bytes.fromhex(line["salt"]) + "\n".join(body).encode())
        text = f"cartulaire journal 1\n{line['journal']}\n{line['position']}\n{line['at']}\n"
        line["digest"] = sha512(bytes.fromhex(line["previous"]) + text.encode() + bytes.fromhex(line["body"]))

    # OCFL objects.

    def put(self, path, identifier, versions):
        """An object whose versions are given as {logical: bytes}; the inventories' digests."""
        manifest, told, digests = {}, {}, []
        for number, state in enumerate(versions, 1):
            entry = {}
            for name, data in sorted(state.items()):
                digest = sha512(data)
                if digest not in manifest:
                    manifest[digest] = [f"v{number}/content/{digest}"]
                    write(self.at("ocfl", path, manifest[digest][0]), data)
                entry.setdefault(digest, []).append(name)
            told[f"v{number}"] = {"created": "2026-11-22T08:00:00.000Z", "message": "m", "state": entry,
                                  "user": {"name": "cartulaire", "address": "urn:cartulaire:actor:cartulaire"}}
            inventory = {"digestAlgorithm": "sha512", "head": f"v{number}", "id": identifier, "manifest": manifest,
                         "type": "https://ocfl.io/1.1/spec/#inventory", "versions": told}
            raw = json.dumps(inventory, ensure_ascii=False, indent=2).encode()
            for folder in ([f"v{number}"] + ([""] if number == len(versions) else [])):
                write(self.at("ocfl", path, folder, "inventory.json"), raw)
                write(self.at("ocfl", path, folder, "inventory.json.sha512"), f"{sha512(raw)}  inventory.json\n".encode())
            digests.append(sha512(raw))
        write(self.at("ocfl", path, "0=ocfl_object_1.1"), b"ocfl_object_1.1\n")
        return digests

    def archive(self, tenant, at, files=3):
        identifier = str(uuid.UUID(int=secrets.randbits(128)))
        state = {f"transfer/{n}.pdf": f"{identifier} {n}".encode() for n in range(files)}
        path = f"{tenant}/{identifier[:4]}/{identifier[4:8]}/{identifier}.1"
        digest, = self.put(path, f"urn:cartulaire:{tenant}:{identifier}:1", [state])
        self.append(f"{tenant}/life-cycle", "accession", {"archive": identifier, "generation": 1, "inventory": digest, "number": 1}, at, identifier)
        hashes = sorted(hashlib.sha512(data).digest() for data in state.values())
        group = hashes[0].hex() if len(hashes) == 1 else sha512(b"".join(hashes))
        return {"archive": identifier, "group": group, "tenant": tenant, "path": path}

    def destroy(self, archive, at):
        """Tells that an archive was destroyed, and keeps the list of what went; the line."""
        name = archive["archive"]
        record, listed = f"gone-{name.replace('-', '')}", dumps({"kind": "unit", "id": str(uuid.UUID(int=1))})
        listed = (listed if isinstance(listed, bytes) else listed.encode()) + b"\n"
        self.put(f"{archive['tenant']}/records/{record}", f"urn:cartulaire:{archive['tenant']}:{record}", [{"1.jsonl": listed}])
        detail = {"archive": name, "bytes": 0, "disposal": str(uuid.UUID(int=2)), "generation": 1, "list": sha512(listed),
                  "objects": 0, "units": 1}
        return self.append(f"{archive['tenant']}/life-cycle", "deletion", detail, at, name)

    # Seals.

    def seal(self, owner, day, part, closed, at):
        """Seals what the owner's journals hold of a day and is not sealed; says so by a line at `at`."""
        journals = ["installation"] if owner == "_installation" else [f"{owner}/events", f"{owner}/life-cycle"]
        files, told = {}, []
        for journal in journals:
            mine = [line for line in self.lines if line["journal"] == journal]
            done = self.cut.get(journal, 0)
            taken = [line for line in mine[done:] if line["at"][:10] == day]
            self.cut[journal] = done + len(taken)
            data = b"".join(dumps(line) + b"\n" for line in taken)
            name = "events.jsonl" if journal == "installation" else journal.split("/")[1] + ".jsonl"
            files[f"{day}/{part}/{name}"] = data
            upto = mine[: self.cut[journal]]
            told.append({"first": done, "head": upto[-1]["digest"] if upto else ZERO, "journal": journal, "lines": len(taken), "sha512": sha512(data)})
        seal = dumps({"closed": closed, "day": day, "journals": told, "part": part, "previous": self.sealed.get(owner, ZERO), "version": 1})
        files[f"{day}/{part}/seal.json"] = seal
        self.sealed[owner] = sha512(seal)
        versions = self.months.setdefault((owner, day[:7]), [])
        versions.append({**(versions[-1] if versions else {}), **files})
        inventory = self.put(f"{owner}/records/journals-{day[:7]}", f"urn:cartulaire:{owner}:journals-{day[:7]}", versions)[-1]
        journal = "installation" if owner == "_installation" else f"{owner}/events"
        self.append(journal, "sealing", {"closed": closed, "day": day, "events": 0, "inventory": inventory, "part": part, "seal": sha512(seal)}, at)

    # The log.

    def text(self, size=None):
        size = len(self.entries) if size is None else size
        leaves = [hashlib.sha256(b"\0" + entry).digest() for entry in self.entries[:size]]
        return f"{self.keys.origin}\n{size}\n{base64.b64encode(merkle(leaves)).decode()}\n".encode()

    def note(self, size=None, keys=None, witnesses=(), at=None):
        text = self.text(size)
        return text + b"\n" + b"".join(key.line(text) for key in keys or [self.log_key]) + b"".join(one.line(text, at) for one in witnesses)

    def checkpoint(self, **how):
        write(self.at("log", "checkpoint"), self.note(**how))

    def time_stamp(self, authority, at, logged=True):
        size, raw = len(self.entries), self.note()
        token = authority.stamp(sha512(raw))
        write(self.at("log", "times", f"{size}.checkpoint"), raw)
        write(self.at("log", "times", f"{size}.{authority.name}.tst"), token)
        if logged:
            self.append("installation", "time-stamping", {"authority": authority.name, "size": size, "third_party": True,
                                                         "time": written(at), "token": sha512(token)}, at)
        return size

    def witness(self, at):
        size = len(self.entries)
        write(self.at("log", "witnessed", f"{size}.checkpoint"), self.note(witnesses=self.keys.witnesses, at=at))

    def rotate(self, at):
        """The log is signed by another key from here on."""
        self.append("installation", "log key", {"key": self.keys.next_log.vkey, "origin": self.keys.origin}, at)
        size = len(self.entries)
        write(self.at("log", "rotations", f"{size}.checkpoint"), self.note(keys=[self.log_key, self.keys.next_log]))
        self.log_key = self.keys.next_log
        self.kit_keys.append({"from": size, "vkey": self.log_key.vkey})

    def tiles(self):
        leaves = [hashlib.sha256(b"\0" + entry).digest() for entry in self.entries]
        level, hashes = 0, leaves
        while hashes:
            for number in range(0, len(hashes), 256):
                tile = hashes[number : number + 256]
                self.tile(str(level), number // 256, len(tile), b"".join(tile))
                if level == 0:
                    bundle = self.entries[number : number + 256]
                    self.tile("entries", number // 256, len(tile), b"".join(len(one).to_bytes(2, "big") + one for one in bundle))
            level += 1
            full = 256**level
            hashes = [merkle(leaves[at : at + full]) for at in range(0, len(leaves) - full + 1, full)]

    def tile(self, level, number, width, data):
        path = numbered(number) + ("" if width == 256 else f".p/{width}")
        write(self.at("log", "tile", level, *path.split("/")), data)

    # The rest.

    def evidence(self, day, leaves, authority):
        """A period's record: the root's token in the first version, its renewal in the second."""
        leaves = sorted(leaves, key=lambda leaf: leaf["group"])
        told = b"".join(dumps({name: leaf[name] for name in ("archive", "group", "tenant")}) + b"\n" for leaf in leaves)
        hashes = [bytes.fromhex(leaf["group"]) for leaf in leaves]
        while len(hashes) > 1:
            pairs = [sorted(hashes[at : at + 2]) for at in range(0, len(hashes), 2)]
            hashes = [hashlib.sha512(b"".join(pair)).digest() if len(pair) > 1 else pair[0] for pair in pairs]
        first = authority.stamp(hashes[0].hex())
        second = authority.stamp(sha512(first))
        stamps = [der(0x30, SHA512_IDENTIFIER, token) for token in (first, second)]
        chains = [der(0x30, der(0x30, *stamps[:count])) for count in (1, 2)]
        versions = [{f"{day}/leaves.jsonl": told, f"{day}/chain.der": chain} for chain in chains]
        self.put(f"_installation/records/evidence-{day[:7]}", f"urn:cartulaire:_installation:evidence-{day[:7]}", versions)
        for chain in chains:
            self.append("installation", "evidence", {"archives": len(leaves), "day": day, "evidence": sha512(chain), "step": "first"}, self.keys.now)

    def finish(self):
        """Writes the open days, the tiles, the checkpoint and the kit."""
        days = {}
        for line in self.lines:
            if line["position"] >= self.cut.get(line["journal"], 0):
                days.setdefault(line["at"][:10], []).append(dumps(line) + b"\n")
        for day, lines in days.items():
            write(self.at("journal", f"{day}.jsonl"), b"".join(lines))
        self.tiles()
        self.checkpoint()
        self.kit()
        write(self.at("ocfl", "0=ocfl_1.1"), b"ocfl_1.1\n")
        write(self.at("volume.json"), b"{}\n")

    def kit(self):
        keys = self.keys
        authorities = [{"name": one.name, "roots": [f"certificats/{one.name}.pem"], "third_party": True} for one in keys.authorities]
        kit = {"authorities": authorities, "keys": self.kit_keys, "origin": keys.origin, "seal": "certificats/scellement.pem", "version": 1,
               "witnesses": {"quorum": len(keys.witnesses), "vkeys": [one.vkey for one in keys.witnesses]}}
        write(self.at("kit", "installation.json"), dumps(kit))
        for one in keys.authorities:
            write(self.at("kit", "certificats", f"{one.name}.pem"), one.root())


class Keys:
    """Everything that signs, and the instant when all of it happens."""

    origin = "archives.example/journal"

    def __init__(self, folder):
        self.log = Ed25519(folder, self.origin, 1)
        self.next_log = Ed25519(folder, self.origin, 1)
        self.witnesses = [Ed25519(folder, "temoin.example/a", 4), Ed25519(folder, "temoin.example/b", 4)]
        rsa, p256, p384 = ("RSA", "rsa_keygen_bits:2048"), ("EC", "ec_paramgen_curve:P-256"), ("EC", "ec_paramgen_curve:P-384")
        self.authorities = [Authority(folder, "alpha", p384, rsa), Authority(folder, "beta", rsa, p256), Authority(folder, "gamma", p256, p384)]
        # Time-stamps bear the clock's time: what they cover happened just before.
        self.now = datetime.datetime.now(UTC).replace(microsecond=0)
        self.today = (self.now - datetime.timedelta(hours=1)).replace(hour=0, minute=0, second=0)

    def day(self, ago, hour=10):
        return self.today - datetime.timedelta(days=ago) + datetime.timedelta(hours=hour)


def make(path, keys, until=None):
    """A volume with three sealed days (one in two parts, one without lines), an open day, and everything that proves."""
    volume = Volume(path, keys)
    leaves = []
    volume.append("installation", "log key", {"key": keys.log.vkey, "origin": keys.origin}, keys.day(3))
    for tenant in ("ville", "metropole"):
        volume.append("installation", "tenant creation", {"name": "Été", "tenant": tenant}, keys.day(3))
    for number in range(130):
        volume.append("ville/events", "search", {"n": number, "t": "é\u2028\t\"\\"}, keys.day(3), actor=str(uuid.UUID(int=7)))
    leaves += [volume.archive("ville", keys.day(3, 11)) for _ in range(3)] + [volume.archive("metropole", keys.day(3, 12), 1)]
    volume.append("metropole/events", "search", {}, keys.day(3, 13))
    sealed = [keys.day(ago).strftime("%Y-%m-%d") for ago in (3, 2, 1)]
    owners = ("_installation", "metropole", "ville")
    volume.seal("ville", sealed[0], 1, False, keys.day(3, 14))
    leaves.append(volume.archive("ville", keys.day(3, 15)))
    for owner in owners:
        volume.seal(owner, sealed[0], 2 if owner == "ville" else 1, True, keys.day(2, 0))
    for owner in owners:
        volume.seal(owner, sealed[1], 1, True, keys.day(1, 0))
    for owner in owners:
        volume.seal(owner, sealed[2], 1, True, keys.now)
    volume.witness(keys.now)
    volume.time_stamp(keys.authorities[0], keys.now)
    for number in range(120):
        volume.append("ville/life-cycle", "access", {"n": number}, keys.now)
    volume.evidence(sealed[0], leaves, keys.authorities[0])
    volume.rotate(keys.now)
    gone = volume.archive("metropole", keys.now)
    volume.destroy(gone, keys.now)
    volume.time_stamp(keys.authorities[1], keys.now)
    volume.append("metropole/events", "search", {}, keys.now)
    volume.time_stamp(keys.authorities[2], keys.now)
    volume.append("ville/events", "search", {}, keys.now)
    volume.witness(keys.now)
    volume.put("ville/records/accounts", "urn:cartulaire:ville:accounts", [{"accounts.json": b"{}"}])
    volume.leaves, volume.gone = leaves, gone
    if until:
        until(volume)
    volume.finish()
    subprocess.run(["rm", "-rf", volume.at("ocfl", gone["path"])], check=True)
    return volume
