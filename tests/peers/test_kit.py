"""The dependency-free verifier against known vectors, whole volumes, and volumes that somebody altered or forged.

Run by tests/it/peers/kit.rs, or by hand: python3 tests/peers/test_kit.py
"""

import argparse
import base64
import datetime
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import volume as maker

HERE = os.path.dirname(os.path.abspath(__file__))
VERIFIER = os.environ.get("CARTULAIRE_VERIFIER", os.path.join(HERE, "..", "..", "src", "archive", "kit", "verifier.py"))
DOCUMENT = os.path.join(HERE, "..", "..", "docs", "verification.md")
spec = importlib.util.spec_from_file_location("verifier", VERIFIER)
sys.dont_write_bytecode = True
verifier = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verifier)

SCRATCH = tempfile.TemporaryDirectory(prefix="cartulaire-kit-")
MINUTE = datetime.timedelta(minutes=1)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def verify(path, **choices):
    """The verifier's report, in this process."""
    options = dict(depuis=[], avec=[], cle=None, temoin=[], racine=[], complet=False, partiel=False, tolerance=300)
    options.update(choices)
    report = verifier.Report(True)
    unreadable = verifier.verify(path, argparse.Namespace(**options), report)
    assert unreadable is None, unreadable
    return report


class Vectors(unittest.TestCase):
    """What others published."""

    def test_ed25519_of_rfc_8032(self):
        vectors = [
            ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
             "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
            ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
             "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
            ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
             "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
            ("ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf", hashlib.sha512(b"abc").hexdigest(),
             "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"),
        ]
        for public, message, signature in vectors:
            public, message, signature = map(bytes.fromhex, (public, message, signature))
            self.assertTrue(verifier.ed25519_verify(public, message, signature))
            self.assertFalse(verifier.ed25519_verify(public, message + b"x", signature))
            for bit in range(0, 512, 7):
                flipped = bytearray(signature)
                flipped[bit // 8] ^= 1 << bit % 8
                self.assertFalse(verifier.ed25519_verify(public, message, bytes(flipped)), bit)

    def test_a_signature_whose_scalar_is_not_reduced_is_refused(self):
        public, signature = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"), bytes.fromhex(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")
        scalar = int.from_bytes(signature[32:], "little") + verifier.L
        self.assertFalse(verifier.ed25519_verify(public, b"", signature[:32] + scalar.to_bytes(32, "little")))

    def test_the_merkle_tree_of_rfc_6962(self):
        leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
        roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ]
        tree = verifier.Tree()
        self.assertEqual(tree.root(), hashlib.sha256().digest())
        for leaf, root in zip(leaves, roots):
            tree.append(verifier.leaf_hash(bytes.fromhex(leaf)))
            self.assertEqual(tree.root().hex(), root)

    def test_the_tree_and_its_tiles_are_those_of_the_recursive_definition(self):
        leaves, tree = [hashlib.sha256(str(n).encode()).digest() for n in range(700)], verifier.Tree()
        for size, leaf in enumerate(leaves, 1):
            tree.append(leaf)
            if size in (1, 255, 256, 257, 511, 512, 513, 700):
                self.assertEqual(tree.root(), maker.merkle(leaves[:size]), size)
        self.assertEqual(tree.read(1, 0, 9), maker.merkle(leaves[:256]) + maker.merkle(leaves[256:512]))

    def test_paths_of_tiles(self):
        for number, width, path in [(0, 256, "000"), (67, 12, "067.p/12"), (1234067, 256, "x001/x234/067"), (1000, 1, "x001/000.p/1")]:
            self.assertEqual(verifier.tile_path(number, width), path)
            self.assertEqual(verifier.tile_of(path), (number, width))
        for path in ("67", "x000/067", "067.p/0", "067.p/256", "067.p/012", "x1/067", "../067", "067/", "٠٦٧"):
            self.assertIsNone(verifier.tile_of(path), path)

    def test_the_line_that_the_archive_pins(self):
        line = {"at": "2026-11-22T00:00:00.000Z", "detail": "{}", "journal": "ville/events", "kind": "ingestion", "object": "x",
                "outcome": "OK", "position": 0, "previous": "0" * 128, "salt": "00" * 16}
        line["body"] = verifier.body_digest(line)
        self.assertEqual(verifier.line_digest(line), "ec394cf20d5e630b76af14a728c9923dc535ef78e4d9ad7d35432672096739103034bd94"
                         "08ca1db99a7f5dcede42a4b04c9c3848f7943f8ae9b9831920d7579e")

    def test_canonical_json_has_one_writing(self):
        text = '{"a":"€$\\u000f\\nA\'B\\"\\\\\\"/\x7f\u2028","b":[1,true,null]}'.encode()
        self.assertEqual(verifier.read_canonical(text, "x")["b"], [1, True, None])
        for other in (b'{"a": 1}', b'{"b":1,"a":1}', b'{"a":1,"a":1}', b'{"a":1.0}', b'{"a":-0}', b'{"a":1e2}', b'{"a":"\\u0041"}', b'{"a":"\\/"}',
                      b'{"a":9007199254740992}', b'{"a":NaN}', b'{"a":"\xff"}', b'{"a":"\\ud800"}', b"[1]", b"", b"[" * 100000, b'{"a":1}\n'):
            with self.assertRaises(verifier.Broken, msg=other):
                verifier.read_canonical(other, "x")

    def test_instants_have_one_writing(self):
        self.assertEqual(verifier.instant("1970-01-01T00:00:00.001Z"), 1)
        self.assertEqual(verifier.instant("2026-11-22T08:00:00.000Z"), 1795334400000)
        for text in ("2026-11-22T08:00:00Z", "2026-11-22T08:00:00.000+00:00", "2026-02-30T08:00:00.000Z", "2026-11-22T24:00:00.000Z", None, 1):
            self.assertIsNone(verifier.instant(text), text)


class Tokens(unittest.TestCase):
    """RFC 3161 tokens made by openssl: RSA, P-256 and P-384, for signers and for roots."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(dir=SCRATCH.name)
        cls.keys = maker.Keys(cls.folder)

    def token(self, authority, data=b"checkpoint"):
        return authority.stamp(maker.sha512(data))

    def test_every_kind_of_key_is_verified(self):
        for authority in self.keys.authorities:
            token = verifier.Token(self.token(authority))
            self.assertTrue(token.covers(b"checkpoint"))
            self.assertFalse(token.covers(b"checkpoinu"))
            self.assertEqual(token.verify(verifier.read_pem(authority.root())).name(), f"Horodatage {authority.name}")

    def test_another_root_does_not_vouch(self):
        alpha, beta, _ = self.keys.authorities
        with self.assertRaisesRegex(verifier.Broken, "aucune racine"):
            verifier.Token(self.token(alpha)).verify(verifier.read_pem(beta.root()))

    def test_a_certificate_for_something_else_is_refused(self):
        folder = tempfile.mkdtemp(dir=SCRATCH.name)
        p256 = ("EC", "ec_paramgen_curve:P-256")
        wide = maker.Authority(folder, "large", p256, p256)
        for usage in ("timeStamping", "critical,timeStamping,codeSigning"):
            # openssl refuses to stamp with such a certificate: the token is made first, then its certificate is judged.
            maker.write(os.path.join(wide.folder, "tsa.ext"), f"extendedKeyUsage={usage}\n".encode())
            at = lambda name: os.path.join(wide.folder, name)
            maker.openssl("x509", "-req", "-in", at("tsa.csr"), "-CA", at("root.pem"), "-CAkey", at("root.key"), "-CAcreateserial",
                          "-days", "9", "-extfile", at("tsa.ext"), "-out", at("other.pem"))
            self.assertFalse(verifier.read_pem(read(at("other.pem")))[0].stamps_only(), usage)
        self.assertTrue(verifier.read_pem(read(os.path.join(wide.folder, "tsa.pem")))[0].stamps_only())

    def test_a_chain_holds_at_the_instant_of_the_token_only(self):
        authority = self.keys.authorities[0]
        roots = verifier.read_pem(authority.root())
        token = verifier.Token(self.token(authority))
        certificate = token.certificates[0]
        self.assertTrue(verifier.chain_to(roots, certificate, [], certificate.not_after))
        self.assertFalse(verifier.chain_to(roots, certificate, [], certificate.not_after + 1))
        self.assertFalse(verifier.chain_to(roots, certificate, [], certificate.not_before - 1))

    def test_an_end_entity_cannot_vouch_for_another(self):
        authority = self.keys.authorities[1]
        certificate = verifier.Token(self.token(authority)).certificates[0]
        self.assertFalse(certificate.is_issuer())
        self.assertTrue(verifier.read_pem(authority.root())[0].is_issuer())

    def test_no_flipped_byte_of_what_is_signed_verifies_and_none_crashes(self):
        authority = self.keys.authorities[1]
        roots, raw = verifier.read_pem(authority.root()), self.token(authority)
        certificates = raw.index(verifier.Token(raw).certificates[0].raw)
        accepted = []
        for at in range(len(raw)):
            flipped = raw[:at] + bytes([raw[at] ^ 0x55]) + raw[at + 1 :]
            try:
                token = verifier.Token(flipped)
                token.verify(roots)
                if token.covers(b"checkpoint") and token.at == verifier.Token(raw).at:
                    accepted.append(at)
            except (verifier.Broken, verifier.Unsupported):
                pass
        # Versions and lists of algorithms are not signed (RFC 5652, 5.4): the log, which keeps the token's digest, is what notices.
        self.assertLess(len(accepted), 40, accepted)
        self.assertFalse([at for at in accepted if certificates <= at < certificates + len(verifier.Token(raw).certificates[0].raw)], accepted)

    def test_a_truncated_token_is_malformed(self):
        raw = self.token(self.keys.authorities[0])
        for size in range(0, len(raw), 5):
            with self.assertRaises(verifier.Broken):
                verifier.Token(raw[:size])
        with self.assertRaises(verifier.Broken):
            verifier.Token(raw + b"\0")

    def test_indefinite_lengths_are_read(self):
        raw = self.token(self.keys.authorities[0])
        outer = verifier.der(raw)
        loose = b"\x30\x80" + outer.body + b"\0\0"
        self.assertEqual(verifier.Token(loose).imprint, verifier.Token(raw).imprint)


class Volumes(unittest.TestCase):
    """A whole volume verifies; each way of altering it is found, and named."""

    @classmethod
    def setUpClass(cls):
        cls.keys = maker.Keys(tempfile.mkdtemp(dir=SCRATCH.name))
        cls.whole = os.path.join(SCRATCH.name, "whole")
        cls.volume = maker.make(cls.whole, cls.keys)
        cls.first_vkey = cls.volume.kit_keys[0]["vkey"]
        cls.made = 0

    def copy(self):
        type(self).made += 1
        path = os.path.join(SCRATCH.name, f"copy-{self.made}")
        shutil.copytree(self.whole, path)
        self.addCleanup(shutil.rmtree, path, ignore_errors=True)
        return path

    def forge(self, until):
        """Another volume by the same keys, over which their holder does as he likes before the files are written."""
        type(self).made += 1
        path = os.path.join(SCRATCH.name, f"forged-{self.made}")
        self.addCleanup(shutil.rmtree, path, ignore_errors=True)
        self.forged = maker.make(path, self.keys, until)
        return path

    def found(self, path, place, sentence, **choices):
        report = verify(path, **choices)
        every = [f"{one['place']} : {one['sentence']}" for one in report.breaks]
        self.assertTrue(any(re.search(place, one["place"]) and re.search(sentence, one["sentence"]) for one in report.breaks), (place, sentence, every))
        return report

    def edit(self, path, name, change):
        full = os.path.join(path, *name.split("/"))
        data = change(read(full))
        with open(full, "wb") as file:
            file.write(data)

    def open_day(self, path, change):
        name = "journal/" + sorted(os.listdir(os.path.join(path, "journal")))[-1]
        self.edit(path, name, lambda data: b"".join(change(data.splitlines(keepends=True))))
        return name

    def archive_file(self, path, name=""):
        leaf = self.volume.leaves[0]
        root = os.path.join(path, "ocfl", leaf["path"])
        content = sorted(os.listdir(os.path.join(root, "v1", "content")))[0]
        return f"ocfl/{leaf['path']}/{name or 'v1/content/' + content}"

    def sealed_file(self, path, name):
        """The path of a sealed file of the tenant ville by its logical name."""
        folder = os.path.join(path, "ocfl", "ville", "records")
        for month in sorted(os.listdir(folder)):
            inventory = json.loads(read(os.path.join(folder, month, "inventory.json")))
            for version in inventory["versions"].values():
                for digest, names in version.get("state", {}).items():
                    if name in names:
                        return f"ocfl/ville/records/{month}/{inventory['manifest'][digest][0]}"
        raise AssertionError(name)

    # Whole.

    def test_a_whole_volume_verifies_and_says_what_it_did_not_verify(self):
        report = verify(self.whole)
        self.assertEqual(report.breaks, [])
        count = len(self.volume.lines)
        self.assertEqual(report.counts["lignes"], count)
        self.assertEqual(report.counts["lignes retrouvées dans le journal public"], count)
        self.assertEqual(report.counts["parties de journées scellées"], 10)
        self.assertEqual(report.counts["jetons d’horodatage"], 3)
        self.assertEqual(report.counts["horodatages de preuve"], 3)
        self.assertEqual(report.counts["relèves de clé"], 1)
        self.assertEqual(report.counts["points de contrôle cosignés par le quorum"], 2)
        self.assertEqual(sum(n for what, n in report.counts.items() if what.startswith("archives détruites selon le plan ")), 1)
        for part in ("première clé", "racines de confiance", "révocation", "référentiels", "dernière"):
            self.assertTrue(any(part in sentence for sentence in report.unverified), (part, report.unverified))

    def test_keys_of_the_auditor_are_taken_before_those_of_the_folder(self):
        roots = [os.path.join(self.whole, "kit", "certificats", one.name + ".pem") for one in self.keys.authorities]
        report = verify(self.whole, cle=self.first_vkey, racine=roots, temoin=[one.vkey for one in self.keys.witnesses])
        self.assertEqual(report.breaks, [])
        self.assertFalse([one for one in report.unverified if "--cle" in one or "--racine" in one])
        other = maker.Ed25519(SCRATCH.name, self.keys.origin, 1)
        self.found(self.whole, "kit/installation.json", "celle que détient l’auditeur", cle=other.vkey)
        self.found(self.whole, "log/times/.*tst", "aucune racine", racine=roots[:1])

    def test_the_command_exits_by_its_verdict(self):
        def run(*arguments):
            return subprocess.run([sys.executable, "-I", VERIFIER, *arguments], capture_output=True, text=True, encoding="utf-8")
        done = run(self.whole, "--json")
        said = json.loads(done.stdout)
        self.assertEqual((done.returncode, said["verdict"], said["breaks_total"]), (0, "whole", 0), done)
        self.assertEqual(said["verified"]["lignes"], len(self.volume.lines))
        path = self.copy()
        self.edit(path, self.archive_file(path), lambda data: data + b"x")
        done = run(path)
        self.assertEqual(done.returncode, 1)
        self.assertIn("VERDICT : ROMPU. Première rupture : ocfl/", done.stdout)
        self.assertEqual(run().returncode, 2)
        self.assertEqual(run(path, "--inconnue").returncode, 2)
        self.assertEqual(run(os.path.join(path, "kit")).returncode, 2)
        self.assertEqual(run(os.path.join(path, "absent")).returncode, 3)
        self.assertIn("--depuis", run("--help").stdout)

    def test_nothing_is_written(self):
        path = self.copy()
        before = {os.path.join(folder, name): read(os.path.join(folder, name)) for folder, _, names in os.walk(path) for name in names}
        verify(path)
        after = {os.path.join(folder, name): read(os.path.join(folder, name)) for folder, _, names in os.walk(path) for name in names}
        self.assertEqual(before, after)

    def test_absent_parts_are_said_and_not_broken(self):
        for part, sentence in [("ocfl", "archives : le dossier ocfl/"), ("log", "journal public"), ("kit", "installation.json")]:
            path = self.copy()
            shutil.rmtree(os.path.join(path, part))
            os.remove(os.path.join(path, "volume.json"))
            if part == "ocfl":  # Without the sealed days, the journals start later.
                report = verify(path, partiel=True)
                self.assertTrue(any("Le début du journal" in one for one in report.unverified), report.unverified)
            else:
                report = verify(path)
            self.assertEqual(report.breaks, [], part)
            self.assertTrue(any(sentence in one for one in report.unverified), (part, report.unverified))

    def test_a_volume_without_its_log_is_broken(self):
        path = self.copy()
        shutil.rmtree(os.path.join(path, "log"))
        self.found(path, "log/checkpoint", "absent")
        path = self.copy()
        shutil.rmtree(os.path.join(path, "log", "times"))
        self.found(path, "entrée", "jeton consigné")
        os.remove(os.path.join(path, "volume.json"))
        self.assertTrue(any("aucun jeton" in one for one in verify(path).unverified))

    def test_a_destruction_that_failed_excuses_nothing(self):
        def forge(forged):
            leaf = forged.leaves[0]
            line = forged.destroy(leaf, self.keys.now)
            if self.outcome != "OK":
                line["outcome"] = self.outcome
                forged.seal_line(line)
                entry = json.loads(forged.entries[-1])
                entry["digest"] = line["digest"]
                forged.entries[-1] = maker.dumps(entry)
            shutil.rmtree(os.path.join(forged.path, "ocfl", leaf["path"]))

        self.outcome = "OK"
        self.assertEqual(verify(self.forge(forge)).breaks, [])
        self.outcome = "KO"
        self.found(self.forge(forge), "life-cycle", "est absente")

    def test_an_old_key_signs_nothing_past_its_relief(self):
        path = self.copy()
        # The kit is in the forger's hands too: he says that the old key signs for long.
        size = self.volume.kit_keys[1]["from"]
        self.edit(path, "kit/installation.json", lambda data: data.replace(f'"from":{size}'.encode(), b'"from":9999'))
        self.assertEqual(verify(path).breaks, [])
        maker.write(os.path.join(path, "log", "checkpoint"), self.volume.note(keys=[self.keys.log]))
        self.found(path, "log/checkpoint", "n’est pas signé par la clé")

    def test_no_flipped_byte_anywhere_in_the_log_and_the_journals_goes_unseen_or_crashes(self):
        """One flip in every file of log/, journal/ and of one object of each kind, at a place that differs from file to file."""
        files = []
        for folder, _, names in os.walk(self.whole):
            files += [os.path.relpath(os.path.join(folder, name), self.whole) for name in names]
        kept = [name for name in sorted(files) if name.split(os.sep)[0] in ("log", "journal", "ocfl") and not name.endswith(".tst")]
        path = self.copy()
        for number, name in enumerate(kept):
            full = os.path.join(path, name)
            data = read(full)
            if not data:
                continue
            at = (number * 7919 + 13) % len(data)
            maker.write(full, data[:at] + bytes([data[at] ^ 0x04]) + data[at + 1 :])
            self.assertTrue(verify(path).breaks, (name, at))
            maker.write(full, data)
        self.assertEqual(verify(path).breaks, [])

    def test_the_restitution_of_one_tenant_says_whose_lines_are_elsewhere(self):
        path = self.copy()
        os.remove(os.path.join(path, "volume.json"))
        for owner in ("metropole", "_installation"):
            shutil.rmtree(os.path.join(path, "ocfl", owner))
        self.open_day(path, lambda lines: [line for line in lines if b'"journal":"ville/' in line])
        report = verify(path)
        self.assertEqual(report.breaks, [])
        self.assertTrue(any("journal(aux) dont les lignes ne sont pas ici" in one for one in report.unverified), report.unverified)
        self.found(path, "journal commencé", "retirée", complet=True)

    def test_hashes_of_tiles_stand_in_for_entries(self):
        path = self.copy()
        shutil.rmtree(os.path.join(path, "log", "tile", "entries"))
        report = verify(path)
        self.assertEqual(report.breaks, [])
        self.assertEqual(report.counts["lignes retrouvées dans le journal public"], len(self.volume.lines))
        self.edit(path, "log/tile/0/000", lambda data: data[:64] + bytes([data[64] ^ 1]) + data[65:])
        self.found(path, "entrée 2$", "l’empreinte n’est pas celle de la ligne")

    def test_older_partial_tiles_are_no_fault(self):
        path = self.copy()
        tile = read(os.path.join(path, "log", "tile", "0", "000"))
        maker.write(os.path.join(path, "log", "tile", "0", "000.p", "7"), tile[: 7 * 32])
        self.assertEqual(verify(path).breaks, [])
        maker.write(os.path.join(path, "log", "tile", "0", "000.p", "6"), tile[32 : 7 * 32])
        self.found(path, r"tile/0/000\.p/6", "empreintes recalculées")
        path = self.copy()
        bundle = b"".join(len(one).to_bytes(2, "big") + one for one in self.volume.entries[:3])
        older = os.path.join(path, "log", "tile", "entries", "000.p", "3")
        maker.write(older, bundle)
        self.assertEqual(verify(path).breaks, [])
        maker.write(older, bundle[:40] + bytes([bundle[40] ^ 4]) + bundle[41:])
        self.found(path, r"tile/entries/000\.p/3", "empreintes recalculées")
        os.rename(older, older.replace("/3", "/2"))
        self.found(path, r"tile/entries/000\.p/2", "tronqué ou mal formé")

    # Files and objects.

    def test_an_altered_content_is_found(self):
        path = self.copy()
        name = self.archive_file(path)
        self.edit(path, name, lambda data: bytes([data[0] ^ 1]) + data[1:])
        self.found(path, re.escape(name), "le contenu a été altéré")

    def test_a_missing_or_an_added_file_is_found(self):
        path = self.copy()
        name = self.archive_file(path)
        os.rename(os.path.join(path, name), os.path.join(path, name + "x"))
        report = self.found(path, re.escape(name) + "$", "absent")
        self.assertIn(name + "x", [one["place"] for one in report.breaks])
        for extra, place in [("ocfl/ville/x.txt", "ocfl/ville/x.txt"), (self.archive_file(path, "v1/content/x"), "v1/content/x"),
                             (self.archive_file(path, "x.txt"), "inventory.json"), (self.archive_file(path, "v1/x.txt"), "inventory.json")]:
            path = self.copy()
            maker.write(os.path.join(path, extra), b"x")
            self.found(path, re.escape(place), "en trop")

    def test_an_altered_inventory_is_found(self):
        path = self.copy()
        for name in ("inventory.json", "v1/inventory.json"):
            path = self.copy()
            self.edit(path, self.archive_file(path, name), lambda data: data.replace(b"0.pdf", b"9.pdf"))
            self.found(path, "inventory.json", "l’inventaire n’est pas celui de son empreinte")

    def test_an_archive_rewritten_with_its_inventories_is_found_by_its_line(self):
        path = self.copy()
        root = os.path.join(path, "ocfl", self.volume.leaves[0]["path"])
        for folder in ("", "v1"):
            raw = read(os.path.join(root, folder, "inventory.json")).replace(b"0.pdf", b"9.pdf")
            maker.write(os.path.join(root, folder, "inventory.json"), raw)
            maker.write(os.path.join(root, folder, "inventory.json.sha512"), f"{maker.sha512(raw)}  inventory.json\n".encode())
        self.found(path, re.escape(self.volume.leaves[0]["path"]), "l’inventaire n’est pas celui que dit sa ligne d’entrée")

    def test_a_removed_archive_is_found_and_a_destroyed_one_is_told(self):
        path = self.copy()
        shutil.rmtree(os.path.join(path, "ocfl", self.volume.leaves[0]["path"]))
        self.found(path, "life-cycle", "est absente, et aucune ligne ne dit sa destruction")
        self.assertEqual(verify(path, partiel=True).counts["archives dites par le journal et absentes d’ici"], 1)

    def test_an_added_archive_is_found(self):
        path = self.copy()
        extra = maker.Volume(path, self.keys)
        leaf = extra.archive("ville", self.keys.now)
        self.found(path, re.escape(leaf["path"]), "aucune ligne du journal ne dit l’entrée")

    def test_an_object_under_anothers_name_is_found(self):
        path = self.copy()
        one, two = (os.path.join(path, "ocfl", leaf["path"]) for leaf in self.volume.leaves[:2])
        os.rename(one, one + "x")
        os.rename(two, one)
        os.rename(one + "x", two)
        self.found(path, "inventory.json", "ne se trouve pas à sa place")

    # Lines.

    def test_an_altered_line_is_found(self):
        changes = [
            (b'"kind":"access"', b'"kind":"accesz"', "empreinte de son corps"),
            (b'"outcome":"OK"', b'"outcome":"KO"', "empreinte de son corps"),
            (b'{"at"', b'{ "at"', "canonique"),
            (b',"entry":', b',"Entry":', "canonique|champs"),
            (b'"digest":"', b'"digest":"0', "mal écrit"),
        ]
        for before, after, sentence in changes:
            path = self.copy()
            self.open_day(path, lambda lines: [line.replace(before, after, 1) if at == 5 else line for at, line in enumerate(lines)])
            self.found(path, r"journal/.*jsonl, ligne 6", sentence)

    def test_a_line_rewritten_with_its_digests_is_found(self):
        path = self.copy()

        def rewrite(lines):
            at = next(at for at, line in enumerate(lines) if b'"kind":"access"' in line)
            line = json.loads(lines[at])
            line["outcome"] = "KO"
            maker.Volume.seal_line(line)
            return lines[:at] + [maker.dumps(line) + b"\n"] + lines[at + 1 :]

        self.open_day(path, rewrite)
        report = self.found(path, "journal/", "ne suit pas celle qui la précède")
        self.assertTrue(any("n’est pas celle de la ligne" in one["sentence"] for one in report.breaks), report.breaks)

    def test_a_journal_rewritten_to_its_end_is_found_by_the_log(self):
        path = self.copy()

        def rewrite(lines):
            lines, previous = [json.loads(line) for line in lines], None
            for line in lines:
                if line["journal"] == "ville/life-cycle":
                    if previous:
                        line["previous"] = previous
                    line["object"] = "y"
                    maker.Volume.seal_line(line)
                    previous = line["digest"]
            return [maker.dumps(line) + b"\n" for line in lines]

        self.open_day(path, rewrite)
        report = self.found(path, "log/tile/entries", "l’entrée n’est pas celle de la ligne")
        self.assertFalse([one for one in report.breaks if not one["place"].startswith("log/")], report.breaks)

    def test_a_removed_repeated_or_swapped_line_is_found(self):
        for change in (lambda lines: lines[:7] + lines[8:], lambda lines: lines[:7] + [lines[7]] + lines[7:],
                       lambda lines: lines[:7] + [lines[8], lines[7]] + lines[9:]):
            path = self.copy()
            self.open_day(path, change)
            report = verify(path)
            self.assertTrue(report.breaks)
        path = self.copy()
        self.open_day(path, lambda lines: lines[:7] + lines[8:])
        report = self.found(path, "journal/.*, ligne 8", "est attendue ici")
        self.assertTrue(any("retirée" in one["sentence"] for one in report.breaks), report.breaks)

    def test_a_journal_cut_short_is_found(self):
        path = self.copy()
        self.open_day(path, lambda lines: lines[:-1])
        self.found(path, "journal ville/events", "absente .* retirée")
        self.open_day(path, lambda lines: lines + [self.last_line()[:-1]])
        report = self.found(path, "journal ville/events", "absente .* retirée")
        self.assertTrue(any("inachevée" in one for one in report.unverified), report.unverified)

    def last_line(self):
        name = sorted(os.listdir(os.path.join(self.whole, "journal")))[-1]
        return read(os.path.join(self.whole, "journal", name)).splitlines(keepends=True)[-1]

    def test_a_whole_journal_removed_is_found_on_a_volume(self):
        path = self.copy()
        self.open_day(path, lambda lines: [line for line in lines if b'"journal":"metropole/' not in line])
        shutil.rmtree(os.path.join(path, "ocfl", "metropole", "records"))
        self.found(path, "journal commencé à l’entrée", "retirée")

    def test_an_added_line_is_found(self):
        path = self.copy()
        extra = maker.Volume(path, self.keys)
        last = [line for line in self.volume.lines if line["journal"] == "ville/events"][-1]
        extra.entries = list(self.volume.entries)
        extra.heads["ville/events"] = (last["position"] + 1, last["digest"], self.keys.now)
        lines = [extra.append("ville/events", "search", {}, self.keys.now + MINUTE * at) for at in (0, 9)]
        self.open_day(path, lambda before: before + [maker.dumps(line) + b"\n" for line in lines])
        self.found(path, "log/checkpoint", "ne sont sous aucun point de contrôle")

    def test_a_line_just_written_waits_for_its_checkpoint(self):
        path = self.copy()
        extra = maker.Volume(path, self.keys)
        last = [line for line in self.volume.lines if line["journal"] == "ville/events"][-1]
        extra.entries = list(self.volume.entries)
        extra.heads["ville/events"] = (last["position"] + 1, last["digest"], self.keys.now)
        line = extra.append("ville/events", "search", {}, self.keys.now)
        self.open_day(path, lambda before: before + [maker.dumps(line) + b"\n"])
        report = verify(path)
        self.assertEqual(report.breaks, [])
        self.assertTrue(any("pas encore sous un point de contrôle" in one for one in report.unverified), report.unverified)

    def test_a_back_dated_line_is_found_even_from_the_keeper_of_the_keys(self):
        path = self.forge(lambda forged: forged.append("metropole/life-cycle", "access", {}, self.keys.now) and None)
        self.assertEqual(verify(path).breaks, [])

        def back_date(forged):
            position, digest, _ = forged.heads["metropole/events"]
            forged.heads["metropole/events"] = (position, digest, None)
            forged.append("metropole/events", "search", {}, self.keys.now - 20 * MINUTE)

        self.found(self.forge(back_date), "journal metropole/events", "antidatée")

    def test_a_time_stamp_before_what_it_covers_is_found(self):
        def post_date(forged):
            forged.append("ville/events", "search", {}, self.keys.now + 20 * MINUTE)
            forged.time_stamp(self.keys.authorities[0], self.keys.now)

        self.found(self.forge(post_date), "log/times/", "avant une ligne qu’il couvre")

    # Sealed days.

    def test_an_altered_sealed_line_or_seal_is_found(self):
        day = self.keys.day(3).strftime("%Y-%m-%d")
        for name in ("1/events.jsonl", "1/seal.json", "2/life-cycle.jsonl"):
            path = self.copy()
            file = self.sealed_file(path, f"{day}/{name}")
            self.edit(path, file, lambda data: data.replace(b'"position":0', b'"position":9').replace(b'"closed":false', b'"closed":true') or data)
            self.edit(path, file, lambda data: data[:-3] + bytes([data[-3] ^ 1]) + data[-2:])
            self.found(path, re.escape(file), "le contenu a été altéré")

    def test_a_sealed_day_removed_with_its_object_s_end_is_found(self):
        path = self.copy()
        for month in {self.keys.day(ago).strftime("%Y-%m") for ago in (1, 2, 3)}:
            shutil.rmtree(os.path.join(path, "ocfl", "ville", "records", f"journals-{month}"))
        report = verify(path)
        self.assertTrue(any("est attendue ici" in one["sentence"] for one in report.breaks), report.breaks)

    def test_a_day_forged_anew_is_found_by_the_sealing_lines(self):
        def forge(forged):
            # The owner's last day is sealed once more, with another seal, and the first is forgotten.
            key = ("ville", self.keys.day(1).strftime("%Y-%m"))
            last = forged.months[key][-1]
            name = self.keys.day(1).strftime("%Y-%m-%d") + "/1/seal.json"
            seal = json.loads(last[name])
            seal["closed"] = False
            last[name] = maker.dumps(seal)
            shutil.rmtree(os.path.join(forged.path, "ocfl", "ville", "records", f"journals-{key[1]}"))
            forged.put(f"ville/records/journals-{key[1]}", f"urn:cartulaire:ville:journals-{key[1]}", forged.months[key])

        self.found(self.forge(forge), "journal ville/events", "n’est pas celui qui est gardé")

    def test_a_missing_day_between_two_seals_is_found(self):
        def forge(forged):
            forged.seal("ville", (self.keys.today + datetime.timedelta(days=3)).strftime("%Y-%m-%d"), 1, True, self.keys.now)

        self.found(self.forge(forge), "seal.json|records", "une journée manque")

    def test_a_seal_that_cites_another_past_is_found(self):
        def forge(forged):
            forged.sealed["ville"] = "1" * 128
            forged.seal("ville", self.keys.today.strftime("%Y-%m-%d"), 1, True, self.keys.now)

        self.found(self.forge(forge), "ville/records", "ne cite pas celui qui le précède")

    # The log.

    def test_a_flipped_entry_is_found(self):
        path = self.copy()
        at = read(os.path.join(path, "log/tile/entries/000")).index(b'"digest":"') + 10
        self.edit(path, "log/tile/entries/000", lambda data: data[:at] + (b"0" if data[at : at + 1] != b"0" else b"1") + data[at + 1 :])
        report = self.found(path, "entrée 0$", "n’est pas celle de la ligne 0")
        self.assertTrue(any(one["place"] == "log/checkpoint" and "racine" in one["sentence"] for one in report.breaks), report.breaks)
        self.assertTrue(any("tile/0/000" in one["place"] for one in report.breaks), report.breaks)

    def test_a_bundle_cut_short_or_absent_is_found(self):
        path = self.copy()
        self.edit(path, "log/tile/entries/000", lambda data: data[:-1])
        self.found(path, "log/tile/entries/000", "tronqué")
        os.remove(os.path.join(path, "log/tile/entries/000"))
        self.found(path, "log/tile/entries/000", "absent")

    def test_a_flipped_absent_or_foreign_tile_is_found(self):
        width = len(self.volume.entries) - 256
        for name in ("0/000", f"0/001.p/{width}", "1/000.p/1"):
            path = self.copy()
            self.edit(path, "log/tile/" + name, lambda data: data[:-1] + bytes([data[-1] ^ 1]))
            self.found(path, re.escape("log/tile/" + name), "empreintes recalculées")
            os.remove(os.path.join(path, "log/tile", name))
            self.found(path, re.escape("log/tile/" + name), "absente")
        path = self.copy()
        maker.write(os.path.join(path, "log/tile/0/abc"), b"x")
        self.found(path, "log/tile/0/abc", "en trop")

    def test_a_flipped_checkpoint_is_found(self):
        path = self.copy()
        self.edit(path, "log/checkpoint", lambda data: data.replace(str(len(self.volume.entries)).encode(), str(len(self.volume.entries) - 1).encode(), 1))
        self.found(path, "log/checkpoint", "signature .* est fausse")
        path = self.copy()
        self.edit(path, "log/checkpoint", lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
        report = verify(path)
        self.assertTrue(any(one["place"] == "log/checkpoint" for one in report.breaks), report.breaks)

    def test_a_checkpoint_by_another_key_is_found(self):
        path = self.copy()
        forger = maker.Ed25519(SCRATCH.name, self.keys.origin, 1)
        maker.write(os.path.join(path, "log", "checkpoint"), self.volume.note(keys=[forger]))
        self.found(path, "log/checkpoint", "n’est pas signé par la clé")
        maker.write(os.path.join(path, "log", "checkpoint"), self.volume.note(keys=[self.keys.log]))
        self.found(path, "log/checkpoint", "n’est pas signé par la clé")

    def test_an_older_checkpoint_put_back_is_found(self):
        path = self.copy()
        maker.write(os.path.join(path, "log", "checkpoint"), self.volume.note(size=150))
        self.found(path, "log/times/", "tronqué, ou son dernier point de contrôle remplacé par un plus ancien")

    def test_a_log_cut_short_with_its_proofs_is_found_by_what_the_auditor_kept(self):
        kept = os.path.join(SCRATCH.name, "kept.checkpoint")
        maker.write(kept, self.volume.note())
        path = self.copy()
        self.assertEqual(verify(path, depuis=[kept]).counts["points de contrôle détenus par l’auditeur"], 1)
        maker.write(kept, self.volume.note(size=200, keys=[self.keys.log]))
        self.assertEqual(verify(path, depuis=[kept]).breaks, [])
        maker.write(kept, self.volume.note())
        short = os.path.join(SCRATCH.name, "short")
        self.addCleanup(shutil.rmtree, short, ignore_errors=True)

        # What is written again from the start by the same keys is whole by itself: only memory outside tells.
        keys = self.keys
        again = maker.Volume(short, keys)
        again.append("installation", "log key", {"key": keys.log.vkey, "origin": keys.origin}, keys.now)
        again.finish()
        self.assertEqual(verify(short).breaks, [])
        self.found(short, "kept", "le journal public a été tronqué", depuis=[kept])

    def test_a_fork_is_found_by_what_the_auditor_kept(self):
        kept = os.path.join(SCRATCH.name, "fork.checkpoint")
        maker.write(kept, self.volume.note())
        path = self.forge(lambda forged: [forged.append("ville/events", "search", {}, self.keys.now) for _ in range(5)])
        self.assertEqual(verify(path).breaks, [])
        self.found(path, "fork", "réécrit ou bifurque|signature", depuis=[kept])
        other = os.path.join(SCRATCH.name, "whole")
        self.found(path, "checkpoint", "réécrit ou bifurque", avec=[other])

    def test_a_key_that_nothing_announces_is_found(self):
        path = self.copy()
        shutil.rmtree(os.path.join(path, "log", "rotations"))
        self.found(path, "clé 2", "ancienne et la nouvelle")
        path = self.copy()
        forger = maker.Ed25519(SCRATCH.name, self.keys.origin, 1)
        self.edit(path, "kit/installation.json", lambda data: data.replace(self.keys.next_log.vkey.encode(), forger.vkey.encode()))
        report = self.found(path, "clé 2", "aucune entrée du journal public n’annonce")
        self.assertTrue(any("n’est pas celle du dossier" in one["sentence"] for one in report.breaks), report.breaks)

    def test_a_missing_or_false_cosignature_is_found(self):
        name = sorted(os.listdir(os.path.join(self.whole, "log", "witnessed")))[0]
        path = self.copy()
        self.edit(path, f"log/witnessed/{name}", lambda data: b"\n".join(data.split(b"\n")[:-2]) + b"\n")
        self.found(path, "log/witnessed", "1 cosignature.* au lieu de 2")
        path = self.copy()
        size = int(name.split(".")[0])
        note = self.volume.note(size=size, keys=[self.keys.log], witnesses=[self.keys.witnesses[0]], at=self.keys.now)
        false = self.keys.witnesses[1].line(b"other", self.keys.now)
        maker.write(os.path.join(path, "log/witnessed", name), note + false)
        self.found(path, "log/witnessed", "cosignature du témoin .* est fausse")
        path = self.copy()
        early = self.volume.note(size=size, keys=[self.keys.log], witnesses=self.keys.witnesses, at=self.keys.now - 60 * MINUTE)
        maker.write(os.path.join(path, "log/witnessed", name), early)
        self.found(path, "log/witnessed", "avant une ligne couverte")

    # Time.

    def stamps(self):
        return sorted(name for name in os.listdir(os.path.join(self.whole, "log", "times")) if name.endswith(".tst"))

    def test_a_flipped_token_is_found(self):
        for name in self.stamps():
            path = self.copy()
            raw = read(os.path.join(path, "log", "times", name))
            at = raw.index(verifier.Token(raw).signer[5].body) + 9
            self.edit(path, f"log/times/{name}", lambda data: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            report = self.found(path, re.escape(name), "signature du jeton est fausse|mal formé")
            self.assertTrue(any("jeton consigné" in one["sentence"] for one in report.breaks), report.breaks)

    def test_a_token_replaced_or_removed_is_found(self):
        name = self.stamps()[0]
        size, authority, _ = name.split(".")
        path = self.copy()
        note = read(os.path.join(path, "log", "times", f"{size}.checkpoint"))
        authority = next(one for one in self.keys.authorities if one.name == authority)
        maker.write(os.path.join(path, "log", "times", name), authority.stamp(maker.sha512(note)))
        report = self.found(path, "entrée", "jeton consigné")
        self.assertTrue(any("ne consigne pas ce jeton" in one["sentence"] for one in report.breaks), report.breaks)
        os.remove(os.path.join(path, "log", "times", name))
        self.found(path, "entrée", "jeton consigné")
        path = self.copy()
        maker.write(os.path.join(path, "log", "times", name), authority.stamp(maker.sha512(b"other")))
        self.found(path, re.escape(name), "date autre chose")

    def test_a_kept_checkpoint_altered_or_forged_is_found(self):
        size = self.stamps()[0].split(".")[0]
        path = self.copy()
        os.remove(os.path.join(path, "log", "times", f"{size}.checkpoint"))
        self.found(path, "log/times", "est absent")
        path = self.copy()
        forged = f"{self.keys.origin}\n{size}\n{base64.b64encode(b'x' * 32).decode()}\n".encode()
        maker.write(os.path.join(path, "log", "times", f"{size}.checkpoint"), forged + b"\n" + self.keys.log.line(forged))
        report = self.found(path, rf"log/times/{size}\.checkpoint", "réécrit ou bifurque")
        self.assertTrue(any("date autre chose" in one["sentence"] for one in report.breaks), report.breaks)

    def test_openssl_judges_the_tokens_as_the_page_says(self):
        """The page's own command, on whole and on altered data."""
        page = read(DOCUMENT).decode()
        command = re.search(r"```\n(openssl ts -verify .*?)\n```", page, re.DOTALL)[1].replace("\\\n", " ").split()
        for name in self.stamps():
            size, authority, _ = name.split(".")
            words = [word.replace("TAILLE", size).replace("AUTORITÉ", authority) for word in command]
            done = subprocess.run(words, cwd=self.whole, capture_output=True, text=True)
            self.assertIn("Verification: OK", done.stdout + done.stderr, words)
            path = self.copy()
            self.edit(path, f"log/times/{size}.checkpoint", lambda data: data + b"x")
            self.assertNotEqual(subprocess.run(words, cwd=path, capture_output=True).returncode, 0)

    # Evidence.

    def evidence(self, path):
        month = self.keys.day(3).strftime("%Y-%m")
        return os.path.join(path, "ocfl", "_installation", "records", f"evidence-{month}")

    def test_an_evidence_record_of_other_files_is_found(self):
        day = self.keys.day(3).strftime("%Y-%m-%d")
        def forge(change_leaves=None, digest=None):
            def until(forged):
                shutil.rmtree(self.evidence(forged.path))
                leaves = [dict(leaf) for leaf in forged.leaves]
                if change_leaves:
                    change_leaves(leaves)
                stamp = self.keys.authorities[0].stamp
                other = argparse.Namespace(stamp=lambda value: stamp(digest or value))
                forged.evidence(day, leaves, other)
            return self.forge(until)

        def change(leaves):
            leaves[0]["group"] = "ab" * 64

        self.assertEqual(verify(forge()).breaks, [])
        self.found(forge(change), "evidence-.*feuille", "ne sont pas ceux du dossier de preuve")
        self.found(forge(digest="cd" * 64), "evidence-", "ne date pas la racine de son arbre")

    # The page for those who write another verifier.

    def test_every_example_of_the_page_is_true(self):
        text = read(DOCUMENT).decode()
        blocks = dict(re.findall(r"<!-- exemple : ([a-z0-9-]+) -->\n+```[a-z]*\n(.*?)```", text, re.DOTALL))
        self.assertEqual(set(blocks), {"corps", "ligne", "entree", "arbre", "note", "cle", "groupe", "preuve", "sceau", "temoin"})
        value = lambda name: json.loads(blocks[name])
        line = value("ligne")
        self.assertEqual(blocks["ligne"].strip().encode(), maker.dumps(line))
        self.assertEqual(verifier.body_digest(line), line["body"])
        self.assertEqual(verifier.line_digest(line), line["digest"])
        self.assertEqual(blocks["corps"].strip(), line["body"])
        entry = blocks["entree"].strip().encode()
        self.assertEqual(json.loads(entry)["digest"], line["digest"])
        self.assertEqual(maker.dumps(json.loads(entry)), entry)
        tree = value("arbre")
        self.assertEqual(tree["feuille"], verifier.leaf_hash(entry).hex())
        leaves = [bytes.fromhex(leaf) for leaf in tree["feuilles"]]
        self.assertEqual(leaves[0], verifier.leaf_hash(entry))
        self.assertEqual(maker.merkle(leaves).hex(), tree["racine"])
        self.assertEqual(len(leaves), 3)
        note, key = verifier.Checkpoint(blocks["note"].encode()), verifier.Key(blocks["cle"].strip())
        self.assertEqual((note.size, note.root.hex()), (3, tree["racine"]))
        self.assertTrue(note.signed_by(key))
        witness = value("temoin")
        cosigned = verifier.Checkpoint(blocks["note"].encode() + witness["ligne"].encode() + b"\n")
        self.assertEqual(verifier.shown(cosigned.cosigned_by(verifier.Key(witness["vkey"]))), witness["instant"])
        group = value("groupe")
        self.assertEqual(verifier.group_hash(group["empreintes"]), group["groupe"])
        proof = value("preuve")
        self.assertEqual(verifier.tree_root([bytes.fromhex(one) for one in proof["groupes"]]).hex(), proof["racine"])
        self.assertEqual(sorted(proof["groupes"]), proof["groupes"])
        seal = value("sceau")
        self.assertEqual(blocks["sceau"].strip().encode(), maker.dumps(seal))
        self.assertEqual(seal["journals"][0]["sha512"], maker.sha512(blocks["ligne"].strip().encode() + b"\n"))
        self.assertEqual(seal["journals"][0]["head"], line["digest"])


if __name__ == "__main__":
    unittest.main()
