#!/usr/bin/env python3
"""Vérifie, sans réseau, sans clé secrète et sans rien installer, ce que Cartulaire a laissé : un volume, une restitution.

Ce fichier ne dépend que de Python (3.9 ou plus récent). Il ne modifie rien : il lit, recalcule et compare. Les formats
et les calculs sont décrits dans docs/verification.md, assez complètement pour écrire un autre vérificateur que celui-ci.

De haut en bas : le rapport ; le JSON canonique et les instants ; Ed25519 ; RSA et ECDSA ; DER, certificats et jetons
RFC 3161 ; notes signées ; arbre de Merkle ; puis ce qui est vérifié : objets OCFL, journaux, journal public, points de
contrôle et jetons, dossiers de preuve ; enfin la commande.
"""

import argparse
import base64
import binascii
import datetime
import hashlib
import json
import os
import re
import shutil
import sqlite3
import struct
import sys
import tempfile
import time

VERSION = "1"
TOLERANCE_SECONDS = 300  # Écart admis entre l’horloge de l’installation et celle d’un tiers.
LISTED_BREAKS = 200  # Ruptures détaillées ; les suivantes sont seulement comptées.
LINE_BYTES = 16 * 1024 * 1024  # Longueur maximale d’une ligne de journal.
NOTE_BYTES = 1024 * 1024  # Longueur maximale d’un point de contrôle.
TOKEN_BYTES = 1024 * 1024  # Longueur maximale d’un jeton d’horodatage.
CHAIN_CERTIFICATES = 8  # Longueur maximale d’une chaîne de certificats.
BLOCK = 1024 * 1024
TILE = 256  # Empreintes d’une tuile, entrées d’un lot.
ZERO = "0" * 128
INSTALLATION = "_installation"

WHOLE, BROKEN, USAGE, UNREADABLE = 0, 1, 2, 3


class Broken(Exception):
    """Ce qui est lu n’est pas ce qui devrait être : une rupture, dite en une phrase."""


class Unsupported(Exception):
    """Ce vérificateur ne sait pas juger : ni bon ni mauvais, « non vérifié »."""


# ---------------------------------------------------------------------------------------------------------- le rapport


class Report:
    """Ce qui a été vérifié, ce qui ne l’a pas été, ce qui est à signaler, ce qui est rompu."""

    def __init__(self, quiet):
        self.counts, self.breaks, self.broken = {}, [], 0
        self.unverified, self.remarks, self.facts = [], [], {}
        self.quiet, self.shown = quiet, time.monotonic()

    def count(self, what, number=1):
        self.counts[what] = self.counts.get(what, 0) + number

    def fault(self, place, sentence):
        self.broken += 1
        if len(self.breaks) < LISTED_BREAKS:
            self.breaks.append({"place": place, "sentence": sentence})

    def skip(self, sentence):
        if sentence not in self.unverified:
            self.unverified.append(sentence)

    def remark(self, sentence):
        if sentence not in self.remarks:
            self.remarks.append(sentence)

    def progress(self, what, done, total=None):
        if self.quiet or time.monotonic() - self.shown < 1:
            return
        self.shown = time.monotonic()
        share = f" sur {total}" if total else ""
        sys.stderr.write(f"\r{what} : {done}{share}   " if sys.stderr.isatty() else f"{what} : {done}{share}\n")
        sys.stderr.flush()


# -------------------------------------------------------------------------------------- JSON canonique, dates, fichiers


def exact(text):
    """Un nombre de nos textes : un entier de moins de 2^53 en valeur absolue."""
    number = int(text)
    if abs(number) >= 2**53:
        raise ValueError
    return number


def refuse(text):
    raise ValueError


ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
DECODER = json.JSONDecoder(parse_int=exact, parse_float=refuse, parse_constant=refuse)


def canonical(value):
    """RFC 8785 pour ce que nous écrivons : clés ASCII triées, aucun blanc, entiers de moins de 2^53."""
    return ENCODER.encode(value).encode("utf-8")


def read_canonical(raw, what):
    """Lit un objet JSON et refuse toute autre écriture du même objet, clés en double comprises."""
    try:
        value = DECODER.decode(raw.decode("utf-8"))
        same = canonical(value) == raw
    except (ValueError, RecursionError):
        raise Broken(f"{what} n’est pas du JSON, ou a des nombres qui ne sont pas les nôtres") from None
    if not same or not isinstance(value, dict):
        raise Broken(f"{what} n’est pas écrit en JSON canonique")
    return value


def read_object(raw, what):
    """Lit un objet JSON d’une autre main ; une clé en double est refusée, car deux lecteurs en retiendraient deux."""

    def once(pairs):
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError
        return dict(pairs)

    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise Broken(f"{what} n’est pas du JSON valide") from None
    if not isinstance(value, dict):
        raise Broken(f"{what} n’est pas un objet JSON")
    return value


def is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


DIGEST = re.compile("[0-9a-f]{128}")


def is_digest(value):
    return isinstance(value, str) and DIGEST.fullmatch(value) is not None


INSTANT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{3})Z", re.ASCII)
EPOCH_DAY = datetime.date(1970, 1, 1).toordinal()


def instant(text):
    """Millisecondes depuis 1970 d’un instant écrit exactement « AAAA-MM-JJThh:mm:ss.mmmZ », ou None."""
    found = INSTANT.fullmatch(text) if isinstance(text, str) else None
    if not found:
        return None
    year, month, day, hour, minute, second, milli = map(int, found.groups())
    return millis(year, month, day, hour, minute, second, milli)


def millis(year, month, day, hour, minute, second, milli=0):
    try:
        days = datetime.date(year, month, day).toordinal() - EPOCH_DAY
    except ValueError:
        return None
    if hour > 23 or minute > 59 or second > 59:
        return None
    return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + milli


def shown(at):
    """Un instant tel qu’il se lit, en temps universel."""
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=at)
    return moment.strftime("%Y-%m-%d %H:%M:%S") + " UTC"


def sha512_of(path):
    digest = hashlib.sha512()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(BLOCK), b""):
            digest.update(block)
    return digest.hexdigest()


def read_file(path, limit=None):
    with open(path, "rb") as file:
        data = file.read() if limit is None else file.read(limit + 1)
    if limit is not None and len(data) > limit:
        raise Broken(f"le fichier dépasse {limit} octets")
    return data


def listed(folder):
    """Les noms d’un dossier, triés ; aucun si le dossier n’existe pas."""
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []


# ------------------------------------------------------------------------------------------- Ed25519 (RFC 8032, 5.1)

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def ed_decode(raw):
    """Un point écrit sur 32 octets, en coordonnées étendues ; None s’il n’est pas sur la courbe ou mal écrit."""
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if len(raw) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_M1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


def ed_add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def ed_double(p):
    a, b, c = p[0] * p[0] % P, p[1] * p[1] % P, 2 * p[2] * p[2] % P
    h = a + b
    e, g = h - (p[0] + p[1]) ** 2 % P, a - b
    f = c + g
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def ed_encode(p):
    inverse = pow(p[2], P - 2, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = ed_decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
TABLES = {}


def ed25519_verify(public, message, signature):
    """Vrai si `signature` est celle de `message` par la clé publique `public` : [S]B - [k]A s’écrit R."""
    if len(signature) != 64 or len(public) != 32:
        return False
    if public not in TABLES:
        point = ed_decode(public)
        minus = point and (P - point[0], point[1], 1, P - point[3])
        TABLES[public] = minus and (None, BASE, minus, ed_add(BASE, minus))
    table, s = TABLES[public], int.from_bytes(signature[32:], "little")
    if table is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    point = (0, 1, 1, 0)
    for bit in range(252, -1, -1):
        point = ed_double(point)
        choice = (s >> bit & 1) | (k >> bit & 1) << 1
        if choice:
            point = ed_add(point, table[choice])
    return ed_encode(point) == signature[:32]


# --------------------------------------------------------------------- RSA PKCS#1 v1.5 (RFC 8017, 8.2) et ECDSA (FIPS 186)

HASHES = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
SIGNATURES = {
    "1.2.840.113549.1.1.1": ("rsa", None),
    "1.2.840.113549.1.1.11": ("rsa", "sha256"),
    "1.2.840.113549.1.1.12": ("rsa", "sha384"),
    "1.2.840.113549.1.1.13": ("rsa", "sha512"),
    "1.2.840.10045.2.1": ("ec", None),
    "1.2.840.10045.4.3.2": ("ec", "sha256"),
    "1.2.840.10045.4.3.3": ("ec", "sha384"),
    "1.2.840.10045.4.3.4": ("ec", "sha512"),
}
DIGEST_INFO = {  # L’en-tête DER de DigestInfo, de l’algorithme à l’empreinte.
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}


class Curve:
    """Une courbe y² = x³ - 3x + b sur un corps premier."""

    def __init__(self, p, b, n, x, y):
        self.p, self.b, self.n, self.g = p, b, n, (x, y, 1)

    def double(self, point):
        x, y, z = point
        if not z:
            return point
        p, zz, yy = self.p, z * z % self.p, y * y % self.p
        m, s = 3 * (x - zz) * (x + zz) % p, 4 * x * yy % p
        x3 = (m * m - 2 * s) % p
        return (x3, (m * (s - x3) - 8 * yy * yy) % p, 2 * y * z % p)

    def add(self, one, two):
        if not one[2]:
            return two
        if not two[2]:
            return one
        p, z1, z2 = self.p, one[2] * one[2] % self.p, two[2] * two[2] % self.p
        u1, u2 = one[0] * z2 % p, two[0] * z1 % p
        s1, s2 = one[1] * two[2] * z2 % p, two[1] * one[2] * z1 % p
        if u1 == u2:
            return self.double(one) if s1 == s2 else (0, 1, 0)
        h, r = u2 - u1, s2 - s1
        hh = h * h % p
        hhh, v = h * hh % p, u1 * hh % p
        x3 = (r * r - hhh - 2 * v) % p
        return (x3, (r * (v - x3) - s1 * hhh) % p, h * one[2] * two[2] % p)

    def verify(self, public, digest, r, s):
        size = (self.p.bit_length() + 7) // 8
        if len(public) != 1 + 2 * size or public[0] != 4:
            raise Unsupported("un point de courbe elliptique écrit autrement que sans compression")
        x, y = int.from_bytes(public[1 : 1 + size], "big"), int.from_bytes(public[1 + size :], "big")
        if max(x, y) >= self.p or (y * y - x * x * x + 3 * x - self.b) % self.p:
            return False
        if not (0 < r < self.n and 0 < s < self.n):
            return False
        excess = max(0, len(digest) * 8 - self.n.bit_length())
        inverse = pow(s, self.n - 2, self.n)
        u, v = (int.from_bytes(digest, "big") >> excess) * inverse % self.n, r * inverse % self.n
        q = (x, y, 1)
        table, point = (None, self.g, q, self.add(self.g, q)), (0, 1, 0)
        for bit in range(self.n.bit_length() - 1, -1, -1):
            point = self.double(point)
            choice = (u >> bit & 1) | (v >> bit & 1) << 1
            if choice:
                point = self.add(point, table[choice])
        if not point[2]:
            return False
        return point[0] * pow(point[2] * point[2], self.p - 2, self.p) % self.p % self.n == r


CURVES = {
    "1.2.840.10045.3.1.7": Curve(
        2**256 - 2**224 + 2**192 + 2**96 - 1,
        0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    ),
    "1.3.132.0.34": Curve(
        2**384 - 2**128 - 2**96 + 2**32 - 1,
        0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
        0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
        0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F,
    ),
}


def rsa_verify(modulus, exponent, name, digest, signature):
    if modulus.bit_length() < 2048 or modulus.bit_length() > 16384 or exponent < 3 or exponent >= 2**64:
        raise Broken("la clé RSA est trop courte, trop longue ou mal formée")
    size = (modulus.bit_length() + 7) // 8
    number = int.from_bytes(signature, "big")
    if len(signature) != size or number >= modulus:
        return False
    tail = DIGEST_INFO[name] + digest
    padding = b"\xff" * (size - len(tail) - 3)
    return pow(number, exponent, modulus).to_bytes(size, "big") == b"\0\1" + padding + b"\0" + tail


# ------------------------------------------------------------------------------- DER, certificats X.509, jetons RFC 3161


class Node:
    """Un élément ASN.1 : son étiquette, ses octets entiers (`raw`) et son contenu (`body`)."""

    def __init__(self, data, at=0, stop=None):
        stop = len(data) if stop is None else stop
        if at + 2 > stop or data[at] & 31 == 31:
            raise Broken("le codage ASN.1 est mal formé")
        self.data, self.tag, self.start, length, self.body_at = data, data[at], at, data[at + 1], at + 2
        if length == 128:
            self.indefinite()
            return
        if length > 128:
            octets = length & 127
            length = int.from_bytes(data[self.body_at : self.body_at + octets], "big")
            self.body_at += octets
        self.body_end = self.end = self.body_at + length
        if self.end > stop:
            raise Broken("le codage ASN.1 est tronqué")

    def indefinite(self):
        """Longueur indéfinie (BER) : les éléments se suivent jusqu’à deux octets nuls."""
        at = self.body_at
        while self.data[at : at + 2] != b"\0\0":
            at = Node(self.data, at).end
        self.body_end, self.end = at, at + 2

    @property
    def raw(self):
        return self.data[self.start : self.end]

    @property
    def body(self):
        if self.tag == 0x24:  # Une chaîne d’octets en morceaux (BER).
            return b"".join(piece.body for piece in self.children())
        return self.data[self.body_at : self.body_end]

    def children(self):
        found, at = [], self.body_at
        while at < self.body_end:
            found.append(Node(self.data, at, self.body_end))
            at = found[-1].end
        return found

    def number(self):
        return int.from_bytes(self.need(0x02).body, "big", signed=True)

    def oid(self):
        values, value = [], 0
        for octet in self.need(0x06).body:
            value = value << 7 | octet & 127
            if octet < 128:
                values.append(value)
                value = 0
        if not values:
            raise Broken("le codage ASN.1 est mal formé")
        first = min(values[0] // 40, 2)
        return ".".join(map(str, [first, values[0] - 40 * first] + values[1:]))

    def need(self, tag):
        if self.tag != tag:
            raise Broken("le codage ASN.1 n’est pas celui qui est attendu")
        return self

    def moment(self):
        """UTCTime ou GeneralizedTime, en millisecondes."""
        text = self.body.decode("ascii", "replace")
        found = re.fullmatch(r"(\d{2,4}?)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d+))?Z", text)
        if not found or self.tag not in (0x17, 0x18) or len(found[1]) != (2 if self.tag == 0x17 else 4):
            raise Broken("une date est mal écrite")
        year = int(found[1]) + ((2000 if int(found[1]) < 50 else 1900) if self.tag == 0x17 else 0)
        at = millis(year, *(int(found[part]) for part in range(2, 7)), int(((found[7] or "") + "000")[:3]))
        if at is None:
            raise Broken("une date est mal écrite")
        return at


def der(data):
    node = Node(data)
    if node.end != len(data):
        raise Broken("des octets suivent la fin du codage ASN.1")
    return node


class Certificate:
    """Ce qu’un certificat X.509 dit, et s’il a signé."""

    KNOWN = {"2.5.29.14", "2.5.29.15", "2.5.29.19", "2.5.29.31", "2.5.29.32", "2.5.29.35", "2.5.29.37"}

    def __init__(self, raw):
        self.raw = raw
        body, algorithm, bits = der(raw).need(0x30).children()
        self.signed, self.algorithm = body.raw, algorithm.children()[0].oid()
        self.signature = bits.need(0x03).body[1:]
        fields = body.children()
        fields = fields[1:] if fields[0].tag == 0xA0 else fields
        self.serial, self.issuer, self.subject = fields[0].number(), fields[2].raw, fields[4].raw
        self.not_before, self.not_after = (moment.moment() for moment in fields[3].children())
        self.key = fields[5]
        self.extensions = {}
        for field in fields[6:]:
            if field.tag == 0xA3:
                for extension in field.children()[0].children():
                    parts = extension.children()
                    critical = len(parts) == 3 and parts[1].body != b"\0"
                    self.extensions[parts[0].oid()] = (critical, parts[-1].need(0x04).body)

    def name(self):
        """Le nom courant du sujet, pour être lu."""
        for part in Node(self.subject).children():
            oid, value = part.children()[0].children()[:2]
            if oid.oid() == "2.5.4.3":
                return value.body.decode("utf-8", "replace")
        return "sans nom"

    def is_issuer(self):
        constraints = self.extensions.get("2.5.29.19")
        usage = self.extensions.get("2.5.29.15")
        basic = der(constraints[1]).children() if constraints else []
        may_sign = usage is None or bool(der(usage[1]).body[1] & 0x04)
        return bool(basic) and basic[0].tag == 0x01 and basic[0].body != b"\0" and may_sign

    def stamps_only(self):
        """RFC 3161, 2.3 : l’usage étendu est critique et n’est que l’horodatage."""
        critical, usage = self.extensions.get("2.5.29.37", (False, b"\x30\0"))
        return critical and [purpose.oid() for purpose in der(usage).children()] == ["1.3.6.1.5.5.7.3.8"]

    def verify(self, algorithm, digest_name, message, signature):
        kind, name = SIGNATURES.get(algorithm, (None, None))
        name = name or digest_name
        if kind is None or name not in DIGEST_INFO:
            raise Unsupported(f"l’algorithme de signature {algorithm} n’est pas connu de ce vérificateur")
        digest = hashlib.new(name, message).digest()
        description, bits = self.key.children()
        owner, public = description.children(), bits.need(0x03).body[1:]
        if owner[0].oid() == "1.2.840.113549.1.1.1" and kind == "rsa":
            modulus, exponent = (part.number() for part in der(public).children())
            return rsa_verify(modulus, exponent, name, digest, signature)
        if owner[0].oid() == "1.2.840.10045.2.1" and kind == "ec":
            curve = CURVES.get(owner[1].oid() if owner[1].tag == 0x06 else "")
            if curve is None:
                raise Unsupported("une courbe elliptique n’est pas connue de ce vérificateur")
            r, s = (part.number() for part in der(signature).need(0x30).children())
            return curve.verify(public, digest, r, s)
        return False


def read_pem(data):
    """Les certificats d’un fichier PEM."""
    found = re.findall(b"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", data, re.DOTALL)
    return [Certificate(base64.b64decode(b"".join(body.split()))) for body in found]


def chain_to(roots, certificate, others, at, depth=0):
    """Vrai si une chaîne de certificats, tous valides à l’instant `at`, va de `certificate` à une racine de confiance."""
    unknown = [oid for oid, (critical, _) in certificate.extensions.items() if critical and oid not in Certificate.KNOWN]
    if unknown or not certificate.not_before <= at <= certificate.not_after:
        return False
    if any(certificate.raw == root.raw for root in roots):
        return True
    if depth >= CHAIN_CERTIFICATES:
        return False
    unsupported = None
    for issuer in roots + others:
        if issuer.subject != certificate.issuer or issuer.raw == certificate.raw or not issuer.is_issuer():
            continue
        try:
            signed = issuer.verify(certificate.algorithm, None, certificate.signed, certificate.signature)
            if signed and chain_to(roots, issuer, [other for other in others if other is not issuer], at, depth + 1):
                return True
        except Unsupported as error:  # Un autre chemin peut aboutir.
            unsupported = error
    if unsupported:
        raise unsupported
    return False


class Token:
    """Un jeton d’horodatage RFC 3161 : un SignedData CMS (RFC 5652) qui porte un TSTInfo."""

    def __init__(self, raw):
        try:
            self.read(raw)
        except (IndexError, ValueError, RecursionError):
            raise Broken("le jeton d’horodatage est mal formé") from None

    def read(self, raw):
        kind, content = der(raw).need(0x30).children()
        if kind.oid() != "1.2.840.113549.1.7.2":
            raise Broken("le jeton n’est pas un SignedData CMS")
        fields = content.children()[0].children()
        kind, wrapped = fields[2].children()
        if kind.oid() != "1.2.840.113549.1.9.16.1.4":
            raise Broken("le jeton ne porte pas de TSTInfo")
        self.content = wrapped.children()[0].body
        sets = [field for field in fields[3:] if field.tag == 0xA0]
        self.certificates = [Certificate(node.raw) for field in sets for node in field.children() if node.tag == 0x30]
        signers = fields[-1].need(0x31).children()
        if len(signers) != 1:
            raise Broken("le jeton n’a pas exactement un signataire")
        self.signer = signers[0].children()
        info = der(self.content).children()
        algorithm, value = info[2].children()
        self.policy, self.serial, self.at = info[1].oid(), info[3].number(), info[4].need(0x18).moment()
        self.hash, self.imprint = algorithm.children()[0].oid(), value.need(0x04).body

    def covers(self, data):
        """L’empreinte que le jeton date est-elle celle de `data` ?"""
        if self.hash not in HASHES:
            raise Unsupported(f"l’algorithme d’empreinte {self.hash} du jeton n’est pas connu de ce vérificateur")
        return hashlib.new(HASHES[self.hash], data).digest() == self.imprint

    def verify(self, roots):
        """Vérifie la signature, le certificat et sa chaîne à l’instant du jeton ; rend le certificat du signataire."""
        try:
            return self.verify_signer(roots)
        except (IndexError, ValueError, RecursionError):
            raise Broken("le jeton d’horodatage est mal formé") from None

    def verify_signer(self, roots):
        identity, digest, at = self.signer[1], self.signer[2].children()[0].oid(), 3
        certificate = next((one for one in self.certificates if self.names(identity, one)), None)
        if certificate is None:
            raise Broken("le certificat du signataire n’est pas dans le jeton")
        if digest not in HASHES:
            raise Unsupported(f"l’algorithme d’empreinte {digest} du signataire n’est pas connu de ce vérificateur")
        attributes = self.signer[at].need(0xA0)
        algorithm, signature = self.signer[at + 1].children()[0].oid(), self.signer[at + 2].need(0x04).body
        self.check_attributes(attributes, HASHES[digest], certificate)
        message = b"\x31" + attributes.raw[1:]  # RFC 5652, 5.4 : signé comme un SET, pas comme [0].
        if not certificate.verify(algorithm, HASHES[digest], message, signature):
            raise Broken("la signature du jeton est fausse")
        if not certificate.stamps_only():
            raise Broken("le certificat du signataire n’est pas réservé à l’horodatage")
        if not certificate.not_before <= self.at <= certificate.not_after:
            raise Broken("le certificat du signataire n’était pas valide à la date du jeton")
        if not chain_to(roots, certificate, self.certificates, self.at):
            raise Broken("le certificat du signataire ne remonte à aucune racine de confiance valide à la date du jeton")
        return certificate

    @staticmethod
    def names(identity, certificate):
        """L’identifiant du signataire : émetteur et numéro de série, ou identifiant de clé."""
        if identity.tag == 0x30:
            issuer, serial = identity.children()
            return issuer.raw == certificate.issuer and serial.number() == certificate.serial
        key = certificate.extensions.get("2.5.29.14")
        return identity.tag == 0x80 and key is not None and der(key[1]).body == identity.body

    def check_attributes(self, attributes, name, certificate):
        values = {}
        for attribute in attributes.children():
            oid, held = attribute.children()
            if oid.oid() in values or len(held.children()) != 1:
                raise Broken("un attribut signé du jeton est répété")
            values[oid.oid()] = held.children()[0]
        kind, digest = values.get("1.2.840.113549.1.9.3"), values.get("1.2.840.113549.1.9.4")
        if kind is None or kind.oid() != "1.2.840.113549.1.9.16.1.4":
            raise Broken("les attributs signés du jeton n’annoncent pas un TSTInfo")
        if digest is None or digest.need(0x04).body != hashlib.new(name, self.content).digest():
            raise Broken("le contenu du jeton n’est pas celui qui a été signé")
        first, second = values.get("1.2.840.113549.1.9.16.2.12"), values.get("1.2.840.113549.1.9.16.2.47")
        if second is not None:
            named = second.children()[0].children()[0].children()
            oid = named[0].children()[0].oid() if named[0].tag == 0x30 else "2.16.840.1.101.3.4.2.1"
            known, held = HASHES.get(oid), [part.body for part in named if part.tag == 0x04][0]
        elif first is not None:
            known, held = "sha1", first.children()[0].children()[0].children()[0].need(0x04).body
        else:
            raise Broken("le jeton ne désigne pas son certificat parmi ses attributs signés")
        if known is None:
            raise Unsupported("l’algorithme d’empreinte du certificat désigné n’est pas connu de ce vérificateur")
        if hashlib.new(known, certificate.raw).digest() != held:
            raise Broken("le certificat du jeton n’est pas celui que ses attributs signés désignent")


# --------------------------------------------------------------------------- notes signées et points de contrôle (C2SP)

LOG_KEY, WITNESS_KEY, WITNESS_ML_DSA = 0x01, 0x04, 0x06


class Key:
    """Une clé publique écrite « nom+identifiant+base64 » (C2SP signed-note)."""

    def __init__(self, vkey):
        try:
            self.name, identifier, data = vkey.split("+", 2)
            data = base64.b64decode(data, validate=True)
            self.id = bytes.fromhex(identifier)
        except (AttributeError, ValueError):
            raise Broken(f"la clé « {vkey} » est mal écrite") from None
        if not data or hashlib.sha256(self.name.encode() + b"\n" + data).digest()[:4] != self.id:
            raise Broken(f"l’identifiant de la clé « {vkey} » n’est pas celui de ses octets")
        self.vkey, self.algorithm, self.public = vkey, data[0], data[1:]


class Checkpoint:
    """Un point de contrôle : combien d’entrées a le journal public, la racine de leur arbre, et qui l’a signé."""

    def __init__(self, raw):
        try:
            self.read(raw)
        except (ValueError, binascii.Error):
            raise Broken("le point de contrôle est mal formé") from None

    def read(self, raw):
        text, separator, signatures = raw.decode("utf-8").rpartition("\n\n")
        lines = (text + "\n").split("\n")[:-1]
        if not separator or len(lines) < 3 or not signatures.endswith("\n") or not all(lines):
            raise ValueError
        self.text, self.origin, self.root = (text + "\n").encode(), lines[0], base64.b64decode(lines[2], validate=True)
        if not re.fullmatch("0|[1-9][0-9]{0,15}", lines[1]) or len(self.root) != 32:
            raise ValueError
        self.size, self.signatures = int(lines[1]), []
        for line in signatures[:-1].split("\n"):
            mark, name, data = line.split(" ")
            data = base64.b64decode(data, validate=True)
            if mark != "\u2014" or not name or len(data) < 5:
                raise ValueError
            self.signatures.append((name, data[:4], data[4:]))

    def signed_by(self, key):
        """Vrai si la clé du journal public a signé ; faux si elle ne l’a pas fait ; une signature fausse est une rupture."""
        for name, identifier, signature in self.signatures:
            if (name, identifier) == (key.name, key.id):
                if key.algorithm != LOG_KEY:
                    raise Unsupported(f"l’algorithme de la clé « {key.name} » n’est pas connu de ce vérificateur")
                if not ed25519_verify(key.public, self.text, signature):
                    raise Broken(f"la signature de « {key.name} » est fausse")
                return True
        return False

    def cosigned_by(self, key):
        """L’instant (en millisecondes) où ce témoin a cosigné, ou None."""
        for name, identifier, signature in self.signatures:
            if (name, identifier) == (key.name, key.id):
                if key.algorithm != WITNESS_KEY:
                    raise Unsupported(f"la cosignature du témoin « {key.name} » est d’un algorithme inconnu de ce vérificateur")
                moment = int.from_bytes(signature[:8], "big")
                message = b"cosignature/v1\ntime %d\n" % moment + self.text
                if not ed25519_verify(key.public, message, signature[8:]):
                    raise Broken(f"la cosignature du témoin « {key.name} » est fausse")
                return moment * 1000
        return None


# ------------------------------------------------------------------------------------------ arbre de Merkle (RFC 6962)


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """Un arbre qui grandit feuille à feuille : en mémoire, son bord droit ; dans des fichiers, ce que les tuiles doivent porter."""

    def __init__(self):
        self.size, self.edge, self.levels = 0, [], []

    def append(self, leaf):
        self.keep(0, leaf)
        node, count, height = leaf, self.size, 0
        while count & 1:
            node, count, height = node_hash(self.edge.pop(), node), count >> 1, height + 1
            if height % 8 == 0:
                self.keep(height // 8, node)
        self.edge.append(node)
        self.size += 1

    def root(self):
        if not self.edge:
            return hashlib.sha256().digest()
        node = self.edge[-1]
        for left in reversed(self.edge[:-1]):
            node = node_hash(left, node)
        return node

    def keep(self, level, node):
        if level == len(self.levels):
            self.levels.append(tempfile.TemporaryFile())
        self.levels[level].write(node)

    def read(self, level, first, count):
        """Les empreintes `first`, `first + 1`… du niveau, ou moins s’il n’y en a pas autant."""
        if level >= len(self.levels):
            return b""
        file = self.levels[level]
        file.seek(first * 32)
        data = file.read(count * 32)
        file.seek(0, os.SEEK_END)
        return data


def tile_path(number, width=TILE):
    """1234067 → x001/x234/067, et « .p/LARGEUR » quand la tuile est partielle (C2SP tlog-tiles)."""
    path = f"{number % 1000:03d}"
    while number >= 1000:
        number //= 1000
        path = f"x{number % 1000:03d}/{path}"
    return path if width == TILE else f"{path}.p/{width}"


TILE_NAME = re.compile(r"((?:x\d{3}/)*)(\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII)


def tile_of(path):
    """Le numéro et la largeur d’une tuile d’après son chemin, ou None."""
    found = TILE_NAME.fullmatch(path)
    if not found or len(path) > 60:
        return None
    number, width = int(found[1].replace("x", "").replace("/", "") + found[2]), int(found[3] or TILE)
    return (number, width) if tile_path(number, width) == path else None


# ---------------------------------------------------------------------------------- ce qui passe d’une étape à la suivante

TABLES_SQL = """
CREATE TABLE object (tenant, archive, generation, inventory, grp, path, PRIMARY KEY (tenant, archive, generation));
CREATE TABLE accession (tenant, archive, generation, inventory, place, PRIMARY KEY (tenant, archive, generation));
CREATE TABLE destruction (tenant, archive, generation, plan, list, place, PRIMARY KEY (tenant, archive, generation));
CREATE TABLE amendment (tenant, archive, generation, inventory, place);
CREATE TABLE version (tenant, archive, generation, number, inventory, path);
CREATE TABLE gone (tenant, archive, digest);
CREATE TABLE leaf (tenant, archive, grp);
CREATE TABLE seal (owner, day, part, seal, inventory, place, PRIMARY KEY (owner, day, part));
CREATE TABLE sealing (owner, day, part, seal, inventory, place);
CREATE TABLE public (entry PRIMARY KEY, members);
CREATE TABLE stamp (token PRIMARY KEY, size, at, place, entry);
CREATE TABLE evidence (day, digest);
"""


class Journal:
    """Où en est la lecture d’un journal."""

    def __init__(self, name, number):
        self.name, self.number = name, number
        self.start, self.length, self.head, self.at = 0, 0, ZERO, None
        self.entry, self.first_entry, self.started = -1, None, False
        self.home = None  # Le dossier dont le journal public atteste ces lignes.


class Ledger:
    """Ce que les lignes disent de chaque entrée du journal public : 88 octets par entrée, dans un fichier temporaire."""

    FORM = struct.Struct(">64sIIQq")

    def __init__(self):
        self.file = tempfile.TemporaryFile()

    def put(self, entry, record):
        """Inscrit ; rend ce qui était déjà inscrit là, ou None."""
        before = self.get(entry)
        self.file.seek(entry * self.FORM.size)
        self.file.write(self.FORM.pack(*record))
        return before

    def get(self, entry):
        self.file.seek(entry * self.FORM.size)
        raw = self.file.read(self.FORM.size)
        record = self.FORM.unpack(raw) if len(raw) == self.FORM.size else None
        return record if record and record[1] else None


class Case:
    """Le dossier à vérifier, les choix de l’auditeur, et ce que chaque étape laisse à la suivante."""

    def __init__(self, path, options, report):
        self.path, self.options, self.report = path, options, report
        self.whole = options.complet or os.path.exists(self.at("volume.json"))
        self.tolerance = options.tolerance * 1000
        self.journals, self.seal_objects, self.evidence_objects, self.ledger = {}, [], [], None
        self.restitutions = {}
        self.log_objects, self.brought, self.label = [], {}, ""
        self.uncovered = []  # Nombre, premier instant, dernier instant des lignes que le point de contrôle ne couvre pas.
        self.checkpoint, self.available, self.tree, self.bundled = None, 0, None, False
        self.roots, self.latest, self.keys_seen, self.rotations = {}, {}, {}, {}
        self.known, self.origin, self.keys, self.witnesses, self.quorum, self.authorities = set(), None, [], [], 0, {}
        self.folder = tempfile.TemporaryDirectory()
        self.base = sqlite3.connect(os.path.join(self.folder.name, "base"), isolation_level=None)
        self.base.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;" + TABLES_SQL)

    def at(self, *parts):
        return os.path.join(self.path, *parts)

    def place(self, path):
        return os.path.relpath(path, self.path).replace(os.sep, "/")

    def sql(self, query, *values):
        return self.base.execute(query, values)

    def close(self):
        for file in [self.ledger.file] + self.tree.levels if self.tree else []:
            file.close()
        self.base.close()
        self.folder.cleanup()


def read_kit(case):
    """Les clés, les témoins et les autorités : de l’auditeur s’il les donne, du dossier lui-même sinon."""
    report, options, path = case.report, case.options, case.at("kit", "installation.json")
    kit = {}
    if os.path.exists(path):
        try:
            kit = read_object(read_file(path, NOTE_BYTES), "le fichier")
            case.keys = [(one["from"], Key(one["vkey"])) for one in kit["keys"]]
            case.known = {key.vkey for _, key in case.keys}
            for key in [key for _, key in case.keys if key.algorithm != LOG_KEY]:
                report.skip(f"La clé du journal public « {key.vkey[:60]}… » : son algorithme n’est pas connu de ce vérificateur.")
            case.keys = [(start, key) for start, key in case.keys if key.algorithm == LOG_KEY]
            case.origin, case.quorum = kit["origin"], kit["witnesses"]["quorum"]
            case.witnesses = [Key(vkey) for vkey in kit["witnesses"]["vkeys"]]
            for one in kit["authorities"]:
                pems = [read_file(case.at("kit", *name.split("/")), NOTE_BYTES) for name in one["roots"]]
                case.authorities[one["name"]] = [root for pem in pems for root in read_pem(pem)]
                if not one["third_party"]:
                    report.remark(f"L’autorité d’horodatage « {one['name']} » est celle de l’installation : ce n’est pas un tiers.")
        except (Broken, KeyError, TypeError, IndexError, ValueError, FileNotFoundError) as error:
            report.fault("kit/installation.json", f"illisible ou incomplet : {error}")
    else:
        report.skip("Les clés et les racines de confiance : kit/installation.json est absent.")
    if options.cle:
        if case.keys and case.keys[0][1].vkey != options.cle:
            report.fault("kit/installation.json", "la première clé du journal public n’est pas celle que détient l’auditeur")
        case.keys = [(0, Key(options.cle))] + case.keys[1:]
        case.known.add(options.cle)
    elif case.keys:
        report.skip("L’origine de la première clé du journal public : elle vient du dossier lui-même ; comparez-la à celle "
                    f"que vous détenez (option --cle) : {case.keys[0][1].vkey}")
    if options.temoin:
        case.witnesses = [Key(vkey) for vkey in options.temoin]
        case.quorum = min(case.quorum or len(case.witnesses), len(case.witnesses))
    if options.racine:
        trusted = [root for name in options.racine for root in read_pem(read_file(name, NOTE_BYTES))]
        case.authorities = {name: trusted for name in case.authorities}
    elif case.authorities:
        report.skip("L’origine des racines de confiance de l’horodatage : elles viennent du dossier lui-même "
                    "(option --racine pour donner les vôtres).")


# ------------------------------------------------------------------------------------------------ objets OCFL 1.1

ARCHIVE_PATH = re.compile(r"([a-z0-9-]+)/([0-9a-f]{4})/([0-9a-f]{4})/(\2\3-[0-9a-f-]{27})\.([1-9][0-9]*)")
RECORD_PATH = re.compile(r"([a-z0-9-]+|_installation)/records/([a-z0-9-]+)")
ROOT_FILES = re.compile(r"0=ocfl_1\.1|ocfl_layout\.json|ocfl_1\.1\.(txt|md|html)|(LISEZMOI|README)[.a-z]*")


def verify_ocfl(case):
    """Chaque objet : déclaration, inventaires, empreinte de chaque fichier, aucun fichier en trop."""
    root, report = case.at("ocfl"), case.report
    if not os.path.isdir(root):
        report.skip("Les archives : le dossier ocfl/ est absent.")
        return
    try:
        if read_file(os.path.join(root, "0=ocfl_1.1"), 64) != b"ocfl_1.1\n":
            report.fault("ocfl/0=ocfl_1.1", "ce n’est pas la déclaration d’une racine OCFL 1.1")
    except FileNotFoundError:
        report.fault("ocfl/0=ocfl_1.1", "la déclaration de la racine OCFL est absente")
    folders = [os.path.join(root, name) for name in reversed(listed(root)) if name != "extensions"]
    while folders:
        path = folders.pop()
        if os.path.islink(path) or not os.path.isdir(path):
            if os.path.dirname(path) != root or not ROOT_FILES.fullmatch(os.path.basename(path)):
                report.fault(case.place(path), "ce fichier n’appartient à aucun objet : il est en trop")
        elif os.path.exists(os.path.join(path, "0=ocfl_object_1.1")):
            verify_object(case, path)
        else:
            names = listed(path)
            if "inventory.json" in names:
                report.fault(case.place(path), "la déclaration de l’objet OCFL (0=ocfl_object_1.1) est absente")
            folders.extend(os.path.join(path, name) for name in reversed(names))


def verify_object(case, path):
    report, place = case.report, case.place(path)
    try:
        inventory, digest = read_inventory(path)
        relative = place[len("ocfl/") :]
        archive, record = ARCHIVE_PATH.fullmatch(relative), RECORD_PATH.fullmatch(relative)
        named = archive and (archive[1], archive[4], archive[5]) or record and (record[1], record[2])
        if not named or inventory["id"] != ":".join(("urn:cartulaire",) + named):
            raise Broken(f"l’objet « {inventory['id']} » ne se trouve pas à sa place")
        firsts = verify_versions(path, inventory, digest)
    except (Broken, KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        report.fault(f"{place}/inventory.json", str(error) if isinstance(error, Broken) else "l’inventaire est mal formé")
        return
    except FileNotFoundError as error:
        report.fault(case.place(error.filename), "ce fichier est absent")
        return
    verify_content(case, path, inventory)
    report.count("objets")
    if archive:
        first, group = firsts[0]
        case.sql("INSERT INTO object VALUES (?,?,?,?,?,?)", archive[1], archive[4], int(archive[5]), first, group, place)
        case.sql("INSERT INTO leaf VALUES (?,?,?)", archive[1], archive[4], group)
        report.count("archives")
        for number, (later, _) in enumerate(firsts[1:], 2):
            case.sql("INSERT INTO version VALUES (?,?,?,?,?,?)", archive[1], archive[4], int(archive[5]), number, later, place)
    elif record[2].startswith("gone-"):
        read_gone(case, record[1], record[2][len("gone-") :], path, inventory)
    elif record[2].startswith("journals-"):
        case.seal_objects.append((record[1], record[2][len("journals-") :], path, [first for first, _ in firsts]))
    elif record[1] != INSTALLATION and re.fullmatch(r"log-[1-9]\d*", record[2]):
        case.log_objects.append((record[1], int(record[2][4:]), path, inventory, digest))
    elif record[1] == INSTALLATION and record[2].startswith("evidence-"):
        case.evidence_objects.append((record[2][len("evidence-") :], path))
    else:
        report.skip("Les référentiels, comptes et autres enregistrements : leurs fichiers sont intègres, "
                    "mais aucune ligne de journal n’engage leur inventaire.")


def read_inventory(folder):
    """Un inventaire et son empreinte, une fois comparés à l’empreinte qui l’accompagne."""
    raw = read_file(os.path.join(folder, "inventory.json"))
    digest = hashlib.sha512(raw).hexdigest()
    sidecar = read_file(os.path.join(folder, "inventory.json.sha512"), 4096)
    if sidecar.split() != [digest.encode(), b"inventory.json"]:
        raise Broken("l’inventaire n’est pas celui de son empreinte (inventory.json.sha512)")
    inventory = read_object(raw, "l’inventaire")
    if inventory["digestAlgorithm"] != "sha512" or inventory["type"] != "https://ocfl.io/1.1/spec/#inventory":
        raise Broken("l’inventaire n’est pas celui d’un objet OCFL 1.1 en SHA-512")
    if not all(is_digest(one) for one in inventory["manifest"]) or inventory.get("contentDirectory", "content") != "content":
        raise Broken("l’inventaire n’est pas de la forme que Cartulaire écrit")
    count = len(inventory["versions"])
    if sorted(inventory["versions"]) != sorted(f"v{n}" for n in range(1, count + 1)) or inventory["head"] != f"v{count}":
        raise Broken("les versions de l’inventaire ne se suivent pas")
    for name, version in inventory["versions"].items():
        if not all(digest in inventory["manifest"] for digest in version["state"]):
            raise Broken(f"la version {name} nomme un contenu que l’inventaire n’a pas")
    return inventory, digest


def verify_versions(path, inventory, digest):
    """L’inventaire de chaque version est celui d’alors ; rend de chacune (empreinte de l’inventaire, groupe RFC 4998)."""
    firsts, count = [], len(inventory["versions"])
    for number in range(1, count + 1):
        folder = os.path.join(path, f"v{number}")
        then, digest_then = read_inventory(folder)
        if number == count and digest_then != digest:
            raise Broken(f"l’inventaire de la racine n’est pas celui de la version v{number}")
        same = all(inventory["versions"].get(name) == version for name, version in then["versions"].items())
        kept = all(inventory["manifest"].get(one) == files for one, files in then["manifest"].items())
        if then["id"] != inventory["id"] or then["head"] != f"v{number}" or not same or not kept:
            raise Broken(f"l’inventaire de la version v{number} et celui de la racine se contredisent")
        extra = set(listed(folder)) - {"inventory.json", "inventory.json.sha512", "content"}
        if extra:
            raise Broken(f"la version v{number} contient un fichier en trop : {min(extra)}")
        firsts.append((digest_then, group_hash(then["manifest"]) if number == 1 else None))
    extra = set(listed(path)) - {"0=ocfl_object_1.1", "inventory.json", "inventory.json.sha512", "logs", "extensions"}
    extra -= {f"v{number}" for number in range(1, count + 1)}
    if extra or read_file(os.path.join(path, "0=ocfl_object_1.1"), 64) != b"ocfl_object_1.1\n":
        raise Broken(f"l’objet contient un fichier en trop ou une fausse déclaration : {min(extra or {'0=ocfl_object_1.1'})}")
    return firsts


def verify_content(case, path, inventory):
    """Chaque fichier de l’inventaire est là, avec son empreinte, et il n’y en a pas d’autre."""
    expected = {name: digest for digest, names in inventory["manifest"].items() for name in names}
    for number in range(1, len(inventory["versions"]) + 1):
        for folder, folders, files in os.walk(os.path.join(path, f"v{number}", "content")):
            links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
            for name in sorted(files) + links:
                full = os.path.join(folder, name)
                digest = expected.pop(os.path.relpath(full, path).replace(os.sep, "/"), None)
                if digest is None or os.path.islink(full):
                    case.report.fault(case.place(full), "ce fichier n’est pas dans l’inventaire : il est en trop")
                elif sha512_of(full) != digest:
                    case.report.fault(case.place(full), "le contenu a été altéré : son empreinte n’est pas celle de l’inventaire")
                case.report.count("fichiers")
                case.report.progress("Fichiers", case.report.counts["fichiers"])
    for name in sorted(expected):
        case.report.fault(f"{case.place(path)}/{name}", "ce fichier de l’inventaire est absent")


def read_gone(case, tenant, name, path, inventory):
    """La liste de ce qui a été détruit d’une archive : ses empreintes, dont celles sur lesquelles repose sa preuve."""
    archive = "-".join((name[:8], name[8:12], name[12:16], name[16:20], name[20:]))
    for digest, names in inventory["manifest"].items():
        case.sql("INSERT INTO gone VALUES (?,?,?)", tenant, archive, digest)
        files = []
        try:
            for _, raw in read_lines(os.path.join(path, *names[0].split("/"))):
                line = read_object(raw or b"", "la ligne")
                if line.get("kind") == "file" and is_digest(line.get("digest")):
                    files.append(line["digest"])
        except (Broken, OSError):  # Une altération est déjà constatée parmi les fichiers de l’objet.
            continue
        if files:
            case.sql("INSERT INTO leaf VALUES (?,?,?)", tenant, archive, group_hash(files))


def group_hash(digests):
    """RFC 4998, 4.2 : l’empreinte elle-même si elle est seule, sinon celle des empreintes triées et mises bout à bout."""
    ordered = sorted(bytes.fromhex(digest) for digest in set(digests))
    return ordered[0].hex() if len(ordered) == 1 else hashlib.sha512(b"".join(ordered)).hexdigest()


# --------------------------------------------------------------------------------------------------------- journaux

LINE_TEXTS = ("body", "detail", "digest", "journal", "kind", "object", "outcome", "previous", "salt")
KIND_LOG_KEY, KIND_TIME_STAMPING = "log key", "time-stamping"
KIND_AMENDMENT, KIND_DELETION = "metadata modification", "deletion"


def check_shape(line):
    fields = set(line) - {"actor"}
    if fields != set(LINE_TEXTS) | {"at", "entry", "position"} or not isinstance(line.get("actor", ""), str):
        raise Broken("la ligne n’a pas les champs d’une ligne de journal")
    if not all(isinstance(line[name], str) for name in LINE_TEXTS) or not (is_count(line["entry"]) and is_count(line["position"])):
        raise Broken("un champ de la ligne n’est pas du type attendu")
    if not all(is_digest(line[name]) for name in ("body", "digest", "previous")) or not re.fullmatch("[0-9a-f]{32}", line["salt"]):
        raise Broken("une empreinte ou le sel de la ligne est mal écrit")
    if instant(line["at"]) is None or any("\n" in line[name] for name in ("kind", "object", "outcome", "journal")):
        raise Broken("la date ou un champ de la ligne est mal écrit")


def body_digest(line):
    fields = [line.get("actor", ""), line["kind"], line["object"], line["outcome"], line["detail"]]
    return hashlib.sha512(bytes.fromhex(line["salt"]) + "\n".join(fields).encode()).hexdigest()


def line_digest(line):
    text = f"cartulaire journal 1\n{line['journal']}\n{line['position']}\n{line['at']}\n".encode()
    return hashlib.sha512(bytes.fromhex(line["previous"]) + text + bytes.fromhex(line["body"])).hexdigest()


def step(case, raw, where, day, expected, sealed):
    """Vérifie une ligne et avance d’un pas dans son journal. Après une rupture, la lecture reprend de ce que la ligne dit."""
    report = case.report
    try:
        line = read_canonical(raw, "la ligne")
        check_shape(line)
    except Broken as error:
        report.fault(where, str(error))
        return
    name, position, at = line["journal"], line["position"], instant(line["at"])
    where = f"{where} (journal {name}, position {position})"
    if expected is not None and name != expected:
        report.fault(where, f"cette ligne n’est pas du journal {expected}")
        return
    journal = case.journals.setdefault(name, Journal(name, len(case.journals) + 1))
    home, own = home_of(case, journal, position)
    if not journal.started and position and not case.whole:
        report.skip(f"Le début du journal {name} : il ne commence ici qu’à la position {position}.")
        journal.start, journal.length, journal.head = position, position, line["previous"]
    if not sealed and position < journal.length and is_repeated(home, own, line):
        report.remark("Des lignes déjà scellées se trouvent encore parmi les journées ouvertes, identiques.")
        return
    journal.started = own.started = True
    if journal.home is not home:
        journal.home, journal.entry = home, -1
    if position != journal.length:
        report.fault(where, f"la ligne {journal.length} est attendue ici : une ligne manque, est ajoutée ou est déplacée")
    elif line["previous"] != journal.head:
        report.fault(where, "la ligne ne suit pas celle qui la précède")
    if journal.at is not None and at < journal.at:
        report.fault(where, "la ligne est datée d’avant celle qui la précède")
    if line["entry"] <= journal.entry:
        report.fault(where, "l’entrée de la ligne ne suit pas celle de la ligne précédente")
    if line["at"][:10] > day or (line["at"][:10] < day and not sealed):
        report.fault(where, f"la ligne est datée du {line['at'][:10]} et se trouve parmi celles du {day}")
    if line["body"] != body_digest(line):
        report.fault(where, "le contenu de la ligne a été altéré : l’empreinte de son corps est fausse")
    if line["digest"] != line_digest(line):
        report.fault(where, "la ligne a été altérée : son empreinte est fausse")
    journal.length, journal.head, journal.at, journal.entry = position + 1, line["digest"], at, line["entry"]
    enter(home, own, line, at, where, sealed)
    check_end(home, journal, where)
    learn(case, line, where)
    report.count("lignes")
    report.progress("Lignes", report.counts["lignes"])


def is_repeated(case, journal, line):
    """Une ligne ouverte d’une position déjà lue : est-ce celle qui a été scellée ?"""
    if case.ledger is None:
        case.report.skip("Des lignes de positions déjà scellées, parmi les journées ouvertes : sans journal public, "
                         "elles ne sont pas comparées.")
        return is_own(line)
    found = case.ledger.get(line["entry"]) if line["entry"] < case.available else None
    same = found is not None and found[:2] == (bytes.fromhex(line["digest"]), journal.number)
    return same and is_own(line)


def is_own(line):
    """Les empreintes de la ligne sont-elles celles de ce qu’elle dit ?"""
    return line["body"] == body_digest(line) and line["digest"] == line_digest(line)


def enter(case, journal, line, at, where, sealed):
    """Inscrit ce que la ligne dit de son entrée du journal public, pour l’y retrouver plus tard."""
    if case.ledger is None:
        return
    if line["entry"] >= case.available:
        if sealed:
            case.report.fault(where, "une ligne scellée n’est sous aucun point de contrôle")
        number, first, last = case.uncovered or (0, at, at)
        case.uncovered = (number + 1, min(first, at), max(last, at))
        return
    kind = {KIND_LOG_KEY: 1, KIND_TIME_STAMPING: 2}.get(line["kind"], 0) if journal.name == "installation" else 0
    before = case.ledger.put(line["entry"], (bytes.fromhex(line["digest"]), journal.number, kind, line["position"], at))
    if before:
        case.report.fault(where, f"l’entrée {line['entry']} est déjà celle d’une autre ligne")


def learn(case, line, where):
    """Retient ce que certaines lignes engagent : archives, destructions, scellements, clés, jetons."""
    kind, owner = line["kind"], line["journal"].split("/")[0]
    if kind == "restitution":
        case.restitutions[line["object"]] = line["entry"]
    if kind == "take-over":
        cite(case, line, where)
    if kind not in ("accession", KIND_AMENDMENT, KIND_DELETION, "sealing", "evidence", KIND_LOG_KEY, KIND_TIME_STAMPING):
        return
    try:
        detail = read_object(line["detail"].encode(), "le détail de la ligne")
        if line["outcome"] == "KO":
            return
        if kind == "accession" and line["journal"].endswith("/life-cycle"):
            values = (owner, detail["archive"], detail["generation"], detail["inventory"], where)
            if case.sql("INSERT OR IGNORE INTO accession VALUES (?,?,?,?,?)", *values).rowcount != 1:
                raise Broken("cette archive est déjà entrée par une autre ligne")
        elif kind == KIND_DELETION and line["journal"].endswith("/life-cycle"):
            archive, generation, successor = detail["archive"], detail["generation"], detail.get("successor")
            values = (owner, archive, generation, detail["disposal"], detail["list"], where)
            if case.sql("INSERT OR IGNORE INTO destruction VALUES (?,?,?,?,?,?)", *values).rowcount != 1:
                raise Broken("cette archive est déjà détruite par une autre ligne")
            if successor is not None:
                case.sql("INSERT OR IGNORE INTO accession VALUES (?,?,?,?,?)", owner, archive, generation + 1, successor, where)
        elif kind == KIND_AMENDMENT and line["journal"].endswith("/life-cycle"):
            same = "SELECT max(generation) FROM accession WHERE tenant = ? AND archive = ?"
            generation = case.sql(same, owner, detail["archive"]).fetchone()[0]
            case.sql("INSERT INTO amendment VALUES (?,?,?,?,?)", owner, detail["archive"], generation, detail["inventory"], where)
        elif kind == "sealing":
            owner = INSTALLATION if owner == "installation" else owner
            values = (owner, detail["day"], detail["part"], detail["seal"], detail["inventory"], where)
            case.sql("INSERT INTO sealing VALUES (?,?,?,?,?,?)", *values)
        elif kind in (KIND_LOG_KEY, KIND_TIME_STAMPING):
            names = ("key",) if kind == KIND_LOG_KEY else ("size", "token")
            if not public_members_hold({name: detail[name] for name in names}):
                raise KeyError
            members = json.dumps({name: detail[name] for name in names})
            case.sql("INSERT OR REPLACE INTO public VALUES (?,?)", line["entry"], members)
        elif kind == "evidence":
            case.sql("INSERT INTO evidence VALUES (?,?)", detail["day"], detail["evidence"])
    except (Broken, KeyError, TypeError, OverflowError, sqlite3.Error) as error:
        message = str(error) if isinstance(error, Broken) else "le détail de la ligne n’a pas les champs attendus"
        case.report.fault(where, message)


def public_members_hold(members):
    """Ce qu’une entrée publie d’une clé ou d’un jeton est-il bien écrit ?"""
    key, size, token = members.get("key", ""), members.get("size", 0), members.get("token", ZERO)
    return isinstance(key, str) and is_count(size) and is_digest(token)


def read_lines(path):
    """Les lignes d’un fichier, sans leur fin ; la mémoire reste bornée."""
    with open(path, "rb") as file:
        number = 0
        while True:
            raw = file.readline(LINE_BYTES)
            if not raw:
                return
            number += 1
            yield number, raw[:-1] if raw.endswith(b"\n") else None


def verify_journals(case):
    """Les journées scellées de chaque journal, puis les journées ouvertes."""
    report, days = case.report, listed(case.at("journal"))
    if not case.seal_objects and not days:
        report.skip("Les journaux : ni journées scellées, ni journées ouvertes.")
        return
    previous = {}
    for owner, month, path, inventories in sorted(case.seal_objects):
        try:
            verify_month(case, owner, month, path, inventories, previous)
        except (KeyError, TypeError, ValueError, AttributeError, FileNotFoundError) as error:
            report.fault(case.place(path), f"les journées scellées sont mal formées ({error})")
    read_tails(case)
    for name in days:
        place, day, entry = f"journal/{name}", name[:-6], -1
        if not re.fullmatch(r"\d{4}-\d\d-\d\d\.jsonl", name):
            report.fault(place, "ce n’est pas le nom d’une journée")
            continue
        report.count("journées ouvertes")
        for number, raw in read_lines(case.at("journal", name)):
            if raw is None:
                report.skip(f"{place}, ligne {number} : elle est inachevée et ne compte pas ; si elle a été consignée, "
                            "le journal public le dit.")
                continue
            step(case, raw, f"{place}, ligne {number}", day, None, False)
            found = re.search(rb'"entry":(\d+),"journal"', raw)
            if found and int(found[1]) <= entry:
                report.fault(f"{place}, ligne {number}", "les lignes de la journée ne sont plus dans l’ordre de leurs entrées")
            entry = int(found[1]) if found else entry
    verify_sealing_lines(case)
    verify_accessions(case)


def verify_month(case, owner, month, path, inventories, previous):
    """Un objet journals-AAAA-MM : chaque version ajoute une partie de journée scellée, et rien ne change plus."""
    inventory = read_object(read_file(os.path.join(path, "inventory.json")), "l’inventaire")
    before = {}
    for number, digest in enumerate(inventories, 1):
        state = {name: one for one, names in inventory["versions"][f"v{number}"]["state"].items() for name in names}
        place = f"{case.place(path)}, version v{number}"
        if any(state.get(name) != one for name, one in before.items()):
            case.report.fault(place, "une journée déjà scellée a été remplacée ou retirée")
        added = {name: one for name, one in state.items() if name not in before}
        parts = {name.rpartition("/")[0] for name in added}
        found = re.fullmatch(r"(\d{4}-\d\d-\d\d)/([1-9]\d*)", min(parts, default=""))
        if len(parts) != 1 or not found or not found[1].startswith(month):
            case.report.fault(place, "la version n’ajoute pas une partie d’une journée du mois")
        else:
            files = {name.rpartition("/")[2]: inventory["manifest"][one][0] for name, one in added.items()}
            files = {name: (os.path.join(path, *content.split("/")), added[f"{found[0]}/{name}"])
                     for name, content in files.items()}
            try:
                verify_part(case, owner, found[1], int(found[2]), files, previous, digest)
            except Broken as error:
                case.report.fault(f"{place}, {found[0]}/seal.json", str(error))
        before = state


def verify_part(case, owner, day, part, files, previous, inventory):
    """Une partie de journée : ses lignes, son sceau, et le sceau d’avant."""
    names = {"events.jsonl": "installation"} if owner == INSTALLATION else {
        "events.jsonl": f"{owner}/events", "life-cycle.jsonl": f"{owner}/life-cycle"}
    if set(files) != set(names) | {"seal.json"}:
        raise Broken("la partie n’a pas exactement ses journaux et son sceau")
    raw = read_file(files["seal.json"][0], NOTE_BYTES)
    seal, digest = read_canonical(raw, "le sceau"), hashlib.sha512(raw).hexdigest()
    place = f"{case.place(files['seal.json'][0])} ({day}, partie {part})"
    told = {one["journal"]: one for one in seal["journals"]}
    if (seal["version"], seal["day"], seal["part"]) != (1, day, part) or set(told) != set(names.values()):
        raise Broken("le sceau n’est pas celui de cette partie")
    check_succession(case, owner, seal, place, previous.get(owner))
    previous[owner] = (day, part, seal["closed"], digest)
    for name, journal_name in sorted(names.items()):
        path, file_digest = files[name]
        started, count = journal_name in case.journals, 0
        first = case.journals[journal_name].length if started else 0 if case.whole else None
        for number, line in read_lines(path):
            count += 1
            where = f"{case.place(path)} ({day}, partie {part}), ligne {number}"
            if line is None:
                case.report.fault(where, "la ligne est tronquée ou trop longue")
            else:
                step(case, line, where, day, journal_name, True)
        journal, one = case.journals.get(journal_name), told[journal_name]
        head = journal.head if journal else (one["head"] if not case.whole else ZERO)
        first = one["first"] if first is None else first
        if (one["sha512"], one["lines"], one["head"], one["first"]) != (file_digest, count, head, first):
            case.report.fault(place, f"le sceau ne dit pas ce que contient le journal {journal_name}")
    case.sql("INSERT OR REPLACE INTO seal VALUES (?,?,?,?,?,?)", owner, day, part, digest, inventory, place)
    case.report.count("parties de journées scellées")


def check_succession(case, owner, seal, place, before):
    """Le sceau cite celui d’avant, et aucune journée ne manque entre les deux."""
    day = datetime.date.fromisoformat(seal["day"])
    if before is None:
        if seal["previous"] != ZERO:
            sentence = f"Les journées scellées de « {owner} » d’avant le {seal['day']} ne sont pas ici."
            case.report.fault(place, sentence) if case.whole else case.report.skip(sentence)
        return
    last_day, last_part, closed, digest = before
    if seal["previous"] != digest:
        case.report.fault(place, "le sceau ne cite pas celui qui le précède")
    expected = day.fromordinal(datetime.date.fromisoformat(last_day).toordinal() + 1) if closed else None
    follows = (seal["part"] == 1 and day == expected) if closed else (seal["day"], seal["part"]) == (last_day, last_part + 1)
    if not follows:
        case.report.fault(place, f"une journée manque : la partie {last_part} du {last_day} est suivie de celle-ci")


def verify_sealing_lines(case):
    """Chaque sceau est dit par une ligne de scellement, et chaque ligne de scellement a son sceau."""
    left = {}
    for one, other in (("seal", "sealing"), ("sealing", "seal")):
        query = f"SELECT a.* FROM {one} a LEFT JOIN {other} b USING (owner, day, part, seal, inventory) WHERE b.owner IS NULL"
        left[one] = list(case.sql(query + " ORDER BY 1, 2, 3"))
    for owner, day, part, _, _, place in left["seal"]:
        last = case.sql("SELECT day, part FROM seal WHERE owner = ? ORDER BY day DESC, part DESC", owner).fetchone()
        if (day, part) == last:
            case.report.skip(f"Le dernier sceau de « {owner} » ({day}, partie {part}) : aucune ligne ne le dit encore.")
        else:
            case.report.fault(place, "aucune ligne de scellement ne dit ce sceau : il a été remplacé")
    for owner, day, part, _, _, where in left["sealing"]:
        if case.seal_objects:
            case.report.fault(where, f"le sceau du {day}, partie {part}, que cette ligne dit n’est pas celui qui est gardé")


def verify_accessions(case):
    """Chaque archive a sa ligne d’entrée, chaque ligne d’entrée son archive, et les empreintes sont les mêmes."""
    report = case.report
    tenants = {name.split("/")[0] for name in case.journals if name.endswith("/life-cycle")}
    query = ("SELECT o.tenant, o.path, o.inventory, a.inventory, a.place, d.plan FROM object o "
             "LEFT JOIN accession a USING (tenant, archive, generation) "
             "LEFT JOIN destruction d USING (tenant, archive, generation)")
    for tenant, path, inventory, told, place, plan in case.sql(query):
        if plan is not None:
            report.fault(path, f"cette archive a été détruite selon le plan {plan}, et elle est encore là")
        elif told is None and tenant not in tenants:
            report.skip(f"Les archives de « {tenant} » : leur journal n’est pas ici.")
        elif told is None:
            report.fault(path, "aucune ligne du journal ne dit l’entrée de cette archive : elle a été ajoutée")
        elif told != inventory:
            report.fault(path, f"l’inventaire n’est pas celui que dit sa ligne d’entrée ({place})")
        else:
            report.count("archives engagées par leur ligne d’entrée")
    if not os.path.isdir(case.at("ocfl")):
        return
    verify_amendments(case, tenants)
    verify_destructions(case)
    query = ("SELECT a.archive, a.generation, a.place, d.plan FROM accession a "
             "LEFT JOIN destruction d USING (tenant, archive, generation) "
             "LEFT JOIN object o USING (tenant, archive, generation) WHERE o.path IS NULL")
    for archive, generation, place, plan in case.sql(query):
        if plan is not None:
            report.count(f"archives détruites selon le plan {plan}")
        elif case.options.partiel:
            report.count("archives dites par le journal et absentes d’ici")
            report.skip("Les archives que le journal dit et qui ne sont pas ici (option --partiel).")
        else:
            report.fault(place, f"l’archive {archive}.{generation} est absente, et aucune ligne ne dit sa destruction")


def verify_amendments(case, tenants):
    """Chaque version postérieure d’une archive est dite par une ligne de modification, et chaque ligne a sa version."""
    same = "USING (tenant, archive, generation, inventory)"
    query = f"SELECT v.tenant, v.path, v.number, m.place FROM version v LEFT JOIN amendment m {same}"
    for tenant, path, number, told in case.sql(query):
        if told is not None:
            case.report.count("versions engagées par leur ligne de modification")
        elif tenant in tenants:
            case.report.fault(path, f"aucune ligne du journal ne dit la version v{number} : elle a été ajoutée")
    query = ("SELECT m.archive, m.place FROM amendment m JOIN object o USING (tenant, archive, generation) "
             f"LEFT JOIN version v {same} WHERE v.path IS NULL")
    for archive, place in case.sql(query):
        case.report.fault(place, f"la version de l’archive {archive} que cette ligne dit n’est pas là")


def verify_destructions(case):
    """La liste de ce qu’une ligne dit détruit est gardée, et c’est celle dont elle dit l’empreinte."""
    query = ("SELECT d.archive, d.place, (SELECT 1 FROM gone g WHERE g.tenant = d.tenant AND g.archive = d.archive "
             "AND g.digest = d.list) FROM destruction d")
    for archive, place, held in case.sql(query):
        if held:
            case.report.count("listes de ce qui a été détruit")
        elif not case.options.partiel:
            case.report.fault(place, f"la liste de ce qui a été détruit de l’archive {archive} n’est pas là, ou n’est pas celle-ci")


# ---------------------------------------------------------------------------------------------------- une restitution

RESTITUTION, DIGESTS, INSTALLATION_LINES = "restitution.json", "empreintes.sha512", "installation.jsonl"
PROVEN_ELSEWHERE = {"ocfl", "log", RESTITUTION, DIGESTS, "attestation.pdf", ".reprise"}
NEEDED_KINDS = (KIND_LOG_KEY, "tenant creation", "tenant take-over", KIND_TIME_STAMPING)


def verify_restitution(case):
    """Ce qu’une restitution dit d’elle-même : fin des journaux, point de contrôle, lignes de l’installation, autres fichiers."""
    path, report = case.at(RESTITUTION), case.report
    if case.whole or not os.path.exists(path):
        return
    if os.path.exists(case.at(".reprise")):
        report.fault(".reprise", "la restitution est inachevée : la commande qui l’a faite la reprend")
    try:
        given = read_object(read_file(path, NOTE_BYTES), "le fichier")
        if given["format"] != "cartulaire restitution 1":
            raise Broken("le format n’est pas connu de ce vérificateur")
        restituted_journals(case, given)
        restituted_installation(case)
        restituted_files(case, given["holds"])
    except (Broken, KeyError, TypeError, AttributeError, ValueError, FileNotFoundError) as error:
        report.fault(RESTITUTION, str(error) if isinstance(error, Broken) else f"illisible ou incomplet ({error})")
    report.skip("Le parcours (index.html, navigation/) : ses fichiers sont ceux qui ont été écrits, mais rien ne compare ce "
                "qu’il montre à ce que contiennent les archives.")
    report.skip("Le cachet de attestation.pdf : un lecteur de PDF le vérifie.")


def restituted_journals(case, given):
    """Les deux journaux vont exactement jusqu’où il est dit, sous le point de contrôle qui est dit."""
    told = {one["journal"]: one for one in given["journals"]}
    if set(told) != {f"{given['tenant']['id']}/{name}" for name in ("events", "life-cycle")} or set(case.journals) - set(told):
        raise Broken("les journaux ne sont pas ceux du service restitué")
    for name, one in told.items():
        journal = case.journals.get(name) or Journal(name, 0)
        if journal.start or (journal.length, journal.head) != (one["length"], one["head"]):
            case.report.fault(f"journal {name}", f"il a {journal.length} lignes, la restitution lui en annonce {one['length']}, "
                              "ou une autre fin")
    if read_file(case.at("log", "checkpoint"), NOTE_BYTES) != given["log"]["checkpoint"].encode():
        case.report.fault("log/checkpoint", "ce n’est pas le point de contrôle que la restitution annonce")
    count = case.sql("SELECT count(*) FROM object").fetchone()[0]
    if count != given["holds"]["archives"]:
        case.report.fault(RESTITUTION, f"elle annonce {given['holds']['archives']} archives, il y en a {count}")
    line = case.restitutions.get(given["restitution"])
    if line != given["log"]["line"]:
        case.report.fault(RESTITUTION, "aucune ligne du journal, à l’entrée dite, n’annonce cette restitution")
    case.report.count("fins de journaux annoncées par la restitution", len(told))


def restituted_installation(case):
    """Chaque ligne de l’installation, seule : ses empreintes, et son entrée du journal public."""
    first, found = None, set()
    for number, raw in read_lines(case.at(INSTALLATION_LINES)):
        place = f"{INSTALLATION_LINES}, ligne {number}"
        try:
            line = read_canonical(raw or b"", "la ligne")
            check_shape(line)
            if line["journal"] != "installation" or line["kind"] not in NEEDED_KINDS:
                raise Broken("la ligne n’a pas sa place ici")
            if not is_own(line):
                raise Broken("la ligne a été altérée : ses empreintes sont fausses")
            members = entry_at(case, line["entry"])
            first = members.get("journal") if first is None else first
            wanted = {"digest": line["digest"], "journal": first, "position": line["position"], "version": 1}
            names = {KIND_LOG_KEY: ("key",), KIND_TIME_STAMPING: ("size", "token")}.get(line["kind"], ())
            detail = json.loads(line["detail"]) if names else {}
            wanted.update({name: detail[name] for name in names})
            if wanted != members:
                raise Broken("la ligne n’est pas celle que son entrée du journal public atteste")
            found.add(line["entry"])
            case.report.count("lignes de l’installation retrouvées dans le journal public")
        except (Broken, KeyError, TypeError, ValueError) as error:
            case.report.fault(place, str(error))
    told = {index for index in case.keys_seen.values()} | {index for index, in case.sql("SELECT entry FROM stamp WHERE entry NOT NULL")}
    for index in sorted(told - found):
        case.report.fault(INSTALLATION_LINES, f"la ligne de l’entrée {index} du journal public est absente : elle a été retirée")


def entry_at(case, index):
    """Les champs d’une entrée du journal public."""
    number, offset = divmod(index, TILE)
    width = min(TILE, case.checkpoint.size - number * TILE) if case.checkpoint else 0
    data = find_tile(case, "entries", number, width)[0] if offset < width else None
    if data is None:
        raise Broken("son entrée du journal public n’est pas ici")
    return read_canonical(read_bundle(data, width)[offset], "l’entrée")


def restituted_files(case, holds):
    """Ce qui n’est ni dans ocfl/ ni dans log/ a son empreinte dans la liste, et rien n’est en trop."""
    if sha512_of(case.at(DIGESTS)) != holds["digests"]:
        raise Broken(f"{DIGESTS} n’est pas la liste que la restitution annonce")
    count = 0
    for _, raw in read_lines(case.at(DIGESTS)):
        digest, _, name = (raw or b"").decode("utf-8").partition("  ")
        path, count = case.at(*name.split("/")), count + (not name.startswith("ocfl/"))
        if not os.path.isfile(path) or os.path.islink(path):
            case.report.fault(name, "ce fichier est absent")
        elif sha512_of(path) != digest:
            case.report.fault(name, "ce fichier a été altéré : son empreinte n’est pas celle de la liste")
        case.report.count("autres fichiers de la restitution")
    known = {entry.rstrip("/") for entry in holds["entries"]}
    for name in set(listed(case.path)) ^ known:
        if name != ".reprise":
            case.report.fault(name, "rien n’annonce ce qui est là" if name not in known else "la restitution l’annonce, et il n’est pas là")
    there = sum(1 if not os.path.isdir(case.at(name)) else sum(len(files) for _, _, files in os.walk(case.at(name)))
                for name in listed(case.path) if name not in PROVEN_ELSEWHERE)
    if there > count:
        case.report.fault(DIGESTS, f"il y a {there - count} fichier(s) de plus que la liste n’en compte")


# ----------------------------------------------------------------------- journaux publics qu’un service a apportés


class Below:
    """Ce qui se dit d’un journal public apporté, sous le nom de l’enregistrement qui le garde."""

    def __init__(self, report, label):
        self.report, self.label, self.counts, self.facts = report, label, report.counts, {}

    def count(self, what, number=1):
        self.report.count(what, number)

    def fault(self, place, sentence):
        self.report.fault(f"{self.label}, {place}", sentence)

    def skip(self, sentence):
        self.report.skip(f"{self.label} : {sentence}")

    def remark(self, sentence):
        self.report.remark(f"{self.label} : {sentence}")

    def progress(self, what, done, total=None):
        self.report.progress(what, done, total)


class BroughtOptions:
    """Les choix de l’auditeur qui valent aussi pour un journal public apporté : ni ses clés, ni ses racines."""

    def __init__(self, options):
        self.complet, self.tolerance, self.partiel = False, options.tolerance, True
        self.cle, self.temoin, self.racine, self.depuis, self.avec = None, [], [], [], []


def open_brought(case):
    """Chaque journal public apporté, déployé dans un dossier temporaire, est lu comme celui d’un dossier à part."""
    for owner, number, path, inventory, digest in sorted(case.log_objects, key=lambda one: one[:2]):
        label = f"{owner}, log-{number}"
        folder = os.path.join(case.folder.name, f"{owner}-log-{number}")
        state = inventory["versions"][inventory["head"]]["state"]
        try:
            for content, names in state.items():
                source = os.path.join(os.path.abspath(path), *inventory["manifest"][content][0].split("/"))
                for name in names:
                    steps = name.split("/")
                    if not all(re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", step) for step in steps):
                        raise Broken(f"ce nom n’est pas de ceux que Cartulaire écrit : {name}")
                    target = os.path.join(folder, *steps)
                    os.makedirs(os.path.dirname(target), exist_ok=True)
                    try:
                        os.symlink(source, target)
                    except OSError:
                        shutil.copyfile(source, target)
            raw = read_file(os.path.join(folder, "restitution.json"), NOTE_BYTES)
            told = read_object(raw, "restitution.json")
            sub = Case(folder, BroughtOptions(case.options), Below(case.report, label))
            sub.label, sub.inventory, sub.restitution, sub.cited = label, digest, hashlib.sha512(raw).hexdigest(), False
            sub.ends = {one["journal"]: (one["length"], one["head"]) for one in told["journals"]}
        except (Broken, KeyError, TypeError, ValueError, FileNotFoundError) as error:
            case.report.fault(label, str(error) if isinstance(error, Broken) else f"le journal public apporté est mal formé ({error})")
            continue
        case.brought.setdefault(owner, []).append(sub)
        for stage in (read_kit, prepare_log, verify_tokens):
            stage(sub)


def home_of(case, journal, position):
    """Le dossier dont le journal public atteste la ligne, et le journal tel que ce dossier le connaît."""
    for sub in case.brought.get(journal.name.split("/")[0], []):
        if position < sub.ends.get(journal.name, (0, ZERO))[0]:
            return sub, sub.journals.setdefault(journal.name, Journal(journal.name, len(sub.journals) + 1))
    return case, journal


def check_end(home, journal, where):
    """Un journal quitte le journal public apporté par la ligne que la restitution a dite."""
    length, head = getattr(home, "ends", {}).get(journal.name, (0, ZERO))
    if journal.length == length and journal.head != head:
        home.report.fault(where, "la restitution avec laquelle ce service est venu finissait ce journal par une autre ligne")


def cite(case, line, where):
    """La première ligne d’un service repris cite le journal public d’où il vient."""
    try:
        detail = read_object(line["detail"].encode(), "le détail de la ligne")
        owner = line["journal"].split("/")[0]
        sub = next((one for one in case.brought.get(owner, []) if one.label == f"{owner}, log-{detail['log']}"), None)
        if sub is None or sub.checkpoint is None:
            raise Broken("le journal public que cette reprise cite n’est pas là")
        cited, last = detail["checkpoint"], sub.checkpoint
        same = (cited["origin"], cited["size"], base64.b64decode(cited["root"])) == (last.origin, last.size, last.root)
        same = same and (detail["inventory"], detail["restitution"]) == (sub.inventory, sub.restitution)
        if not same or sub.ends.get(line["journal"], (0, ZERO))[0] != line["position"]:
            raise Broken("le journal public apporté n’est pas celui que cette reprise cite, ou elle n’est pas à sa place")
        sub.cited = True
    except (Broken, KeyError, TypeError, ValueError) as error:
        case.report.fault(where, str(error) if isinstance(error, Broken) else "le détail de la ligne n’a pas les champs attendus")


def read_tails(case):
    """Les dernières lignes venues avec chaque service, qu’aucune journée scellée ne contenait alors."""
    for sub in (one for brought in case.brought.values() for one in brought):
        for name in listed(sub.at("journal")):
            for number, raw in read_lines(sub.at("journal", name)):
                step(case, raw or b"", f"{sub.label}, journal/{name}, ligne {number}", name[:-6], None, False)


def verify_brought(case):
    """Chaque journal public apporté est recalculé, tenu contre ses points de contrôle, et cité."""
    for sub in (one for brought in case.brought.values() for one in brought):
        verify_log(sub)
        verify_checkpoints(sub)
        for name, (length, _) in sorted(sub.ends.items()):
            journal = case.journals.get(name)
            if (journal.length if journal else 0) < length:
                sub.report.fault(f"journal {name}", "des lignes venues avec le service manquent")
        if not sub.cited:
            sub.report.fault("restitution.json", "aucune ligne du journal ne dit que ce service a été repris avec ce journal public")
        case.report.count("journaux publics apportés")
        sub.close()


# ------------------------------------------------------------------------------------------------- journal public

KEPT = ("times", "witnessed", "rotations")


def prepare_log(case):
    """Lit le dernier point de contrôle, et compte ce que les lots d’entrées permettent de relire."""
    report, path = case.report, case.at("log", "checkpoint")
    try:
        case.checkpoint = Checkpoint(read_file(path, NOTE_BYTES))
    except FileNotFoundError:
        if case.whole or case.options.depuis:
            report.fault("log/checkpoint", "le dernier point de contrôle du journal public est absent")
        report.skip("Le journal public (Merkle) : log/checkpoint est absent.")
        return
    except Broken as error:
        report.fault("log/checkpoint", str(error))
        return
    case.bundled = os.path.isdir(case.at("log", "tile", "entries"))
    folder = case.at("log", "tile", "entries" if case.bundled else "0")
    bundles = sum(len(files) for _, _, files in os.walk(folder))
    case.available, case.ledger, case.tree = min(case.checkpoint.size, bundles * TILE), Ledger(), Tree()
    case.wanted = {case.checkpoint.size}
    for kept in KEPT:
        found = (re.fullmatch(r"(\d{1,15})\.checkpoint", name) for name in listed(case.at("log", kept)))
        case.wanted.update(int(one[1]) for one in found if one)
    case.earlier = []
    for name in case.options.depuis + [os.path.join(other, "log", "checkpoint") for other in case.options.avec]:
        try:
            case.earlier.append((name, Checkpoint(read_file(name, NOTE_BYTES))))
            case.wanted.add(case.earlier[-1][1].size)
        except Broken as error:
            report.fault(name, str(error))


def find_tile(case, level, number, width):
    """Les octets d’une tuile d’au moins `width`, la plus juste d’abord, et son chemin ; (None, None) s’il n’y en a pas."""
    base = case.at("log", "tile", level, *tile_path(number).split("/"))
    exact = base if width == TILE else os.path.join(base + ".p", str(width))
    wider = [os.path.join(base + ".p", name) for name in listed(base + ".p") if name.isdigit() and int(name) > width]
    for path in [exact, base] + wider:
        if os.path.isfile(path):
            return read_file(path), path
    return None, None


def read_bundle(data, width, exactly=False):
    """Les `width` premières entrées d’un lot : chacune précédée de sa longueur sur deux octets."""
    entries, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        entries.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    if at != len(data) or len(entries) < width or (exactly and len(entries) != width):
        raise Broken("le lot d’entrées est tronqué ou mal formé")
    return entries[:width]


def bundle_hashes(data, width):
    return b"".join(map(leaf_hash, read_bundle(data, width, True)))


def verify_log(case):
    """Chaque entrée a sa ligne et chaque ligne son entrée ; l’arbre recalculé donne les tuiles et les racines."""
    if case.checkpoint is None:
        return
    report, size, bundled = case.report, case.checkpoint.size, case.bundled
    if not bundled:
        report.skip("Les entrées du journal public : absentes ; l’arbre est recalculé depuis les empreintes des tuiles.")
    walk = Walk(case)
    for number in range((size + TILE - 1) // TILE):
        width = min(TILE, size - number * TILE)
        place = "log/tile/entries/" + tile_path(number, width)
        data, path = find_tile(case, "entries", number, width) if bundled else (None, None)
        try:
            if bundled and data is None:
                raise Broken("ce lot d’entrées est absent")
            entries = read_bundle(data, width) if bundled else [None] * width
        except Broken as error:
            report.fault(case.place(path) if path else place, str(error))
            entries = [None] * width
        hashes = (find_tile(case, "0", number, width)[0] or b"") if entries[0] is None else b""
        if entries[0] is None and len(hashes) < width * 32:
            report.fault("log/tile/0/" + tile_path(number, width), "ni les entrées ni leurs empreintes ne sont là : l’arbre s’arrête")
            return
        for offset, entry in enumerate(entries):
            case.tree.append(leaf_hash(entry) if entry is not None else hashes[offset * 32 : offset * 32 + 32])
            walk.entry(number * TILE + offset, entry)
        report.progress("Entrées du journal public", case.tree.size, size)
    walk.finish()
    verify_tiles(case)


class Walk:
    """Le parcours des entrées, dans l’ordre : la suite de chaque journal, les lignes, les dates."""

    def __init__(self, case):
        self.case, self.names = case, {journal.number: journal for journal in case.journals.values()}
        self.next, self.missing, self.floor, self.latest = {}, {}, None, None
        self.keep_root()

    def keep_root(self):
        tree = self.case.tree
        if tree.size in self.case.wanted:
            self.case.roots[tree.size], self.case.latest[tree.size] = tree.root(), self.latest

    def entry(self, index, raw):
        case, place = self.case, f"log/tile/entries, entrée {index}"
        record = case.ledger.get(index)
        members = None
        if raw is not None:
            case.report.count("entrées du journal public")
            try:
                members = self.read(index, raw)
            except Broken as error:
                case.report.fault(place, str(error))
        if record:
            members = self.compare(index, raw, members, record, place)
        elif members:
            number, first, position = self.missing.get(members["journal"], (0, index, members["position"]))
            self.missing[members["journal"]] = (number + 1, first, position)
        if members and "key" in members:
            case.keys_seen[members["key"]] = index
        if members and "token" in members:
            self.stamped(index, members, place)
        self.keep_root()

    def read(self, index, raw):
        """L’entrée, à sa place dans la suite de son journal."""
        members = read_canonical(raw, "l’entrée")
        extra = set(members) - {"digest", "journal", "position", "version"}
        if extra not in (set(), {"key"}, {"size", "token"}) or members.get("version") != 1 or len(raw) > 1024:
            raise Broken("l’entrée n’a pas les champs d’une entrée")
        first, position = members.get("journal"), members.get("position")
        if not (is_digest(members.get("digest")) and is_count(first) and is_count(position) and public_members_hold(members)):
            raise Broken("un champ de l’entrée est mal écrit")
        # Le journal d’un service venu d’ailleurs commence ici à une autre position que 0.
        begins = first == index
        if first > index or (position == 0 and not begins) or self.next.get(first, position if begins else 0) != position:
            self.next[first] = position + 1
            raise Broken(f"l’entrée ne suit pas, dans son journal, celle de la position {position - 1}")
        self.next[first] = position + 1
        return members

    def compare(self, index, raw, members, record, place):
        """L’entrée est-elle celle que la ligne demande, et la ligne datée d’après le dernier jeton consigné ? Rend l’entrée."""
        digest, number, kind, position, at = record
        case, journal = self.case, self.names[number]
        if journal.first_entry is None:
            journal.first_entry = index if position == 0 else members and members["journal"]
        wanted = {"digest": digest.hex(), "journal": journal.first_entry, "position": position, "version": 1}
        if kind:
            wanted.update(json.loads(case.sql("SELECT members FROM public WHERE entry = ?", index).fetchone()[0]))
        if raw is not None and members is not None and canonical(wanted) != raw:
            case.report.fault(place, f"l’entrée n’est pas celle de la ligne {position} du journal {journal.name}")
        elif raw is None and journal.first_entry is not None and leaf_hash(canonical(wanted)) != case.tree.read(0, index, 1):
            case.report.fault(place, f"l’empreinte n’est pas celle de la ligne {position} du journal {journal.name}")
        else:
            case.report.count("lignes retrouvées dans le journal public")
            members = members or wanted
        if self.floor is not None and at < self.floor - case.tolerance:
            case.report.fault(f"journal {journal.name}, position {position}", f"la ligne est antidatée : elle se dit du {shown(at)} "
                              f"et suit, dans le journal public, un jeton du {shown(self.floor)}")
        elif self.latest is not None and at < self.latest - case.tolerance:
            case.report.remark(f"Dans le journal {journal.name}, à partir de la position {position}, des lignes se disent "
                               "antérieures de plus que la tolérance à des lignes consignées avant elles.")
        self.latest = at if self.latest is None else max(self.latest, at)
        return members

    def stamped(self, index, members, place):
        """Le jeton que l’entrée consigne est gardé, et date un point de contrôle d’avant l’entrée."""
        case = self.case
        if members["size"] > index:
            case.report.fault(place, "le jeton consigné date un point de contrôle qui couvrirait sa propre entrée")
        found = case.sql("SELECT size, at FROM stamp WHERE token = ?", members["token"]).fetchone()
        if found is None and (case.whole or os.path.isdir(case.at("log", "times"))):
            case.report.fault(place, f"le jeton consigné pour la taille {members['size']} n’est pas parmi log/times")
        elif found is not None:
            case.sql("UPDATE stamp SET entry = ? WHERE token = ?", index, members["token"])
            if found[0] != members["size"]:
                case.report.fault(place, "le jeton consigné ne date pas le point de contrôle que l’entrée annonce")
            if found[1] is not None:
                self.floor = max(self.floor or found[1], found[1])

    def finish(self):
        """Des entrées sans ligne : une ligne a été retirée, ou son journal n’est pas ici."""
        case, names = self.case, {journal.first_entry: name for name, journal in self.case.journals.items()}
        elsewhere = [number for first, (number, _, _) in self.missing.items() if first not in names]
        for first, (number, index, position) in sorted(self.missing.items()):
            start = case.journals[names[first]].start if first in names else 0
            if number > start and (first in names or (case.whole and case.journals)):
                name = names.get(first, f"commencé à l’entrée {first}, absent d’ici")
                case.report.fault(f"journal {name}, position {position}", f"la ligne de l’entrée {index} du journal public est "
                                  f"absente ({number - start} en tout) : elle a été retirée")
        if elsewhere and not (case.whole and case.journals):
            case.report.skip(f"{sum(elsewhere)} entrée(s) du journal public, de {len(elsewhere)} journal(aux) dont les lignes "
                             "ne sont pas ici.")
        if case.uncovered:
            number, first, last = case.uncovered
            if last - first > case.tolerance:
                case.report.fault("log/checkpoint", f"{number} lignes, du {shown(first)} au {shown(last)}, ne sont sous aucun point de "
                                  "contrôle : il a été remplacé par un plus ancien, ou elles ont été ajoutées")
            else:
                case.report.skip(f"{number} ligne(s) toute(s) récente(s) : pas encore sous un point de contrôle.")


def verify_tiles(case):
    """Chaque tuile porte les empreintes recalculées, et aucune ne manque."""
    root, found, tree = case.at("log", "tile"), set(), case.tree
    for folder, _, files in os.walk(root):
        for name in sorted(files):
            path = os.path.join(folder, name)
            level, _, rest = os.path.relpath(path, root).replace(os.sep, "/").partition("/")
            tile = tile_of(rest)
            if name.endswith(".part"):
                case.report.remark("Des écritures inachevées (.part) se trouvent dans log/ : elles ne comptent pas.")
                continue
            if tile is None or not re.fullmatch(r"entries|[0-9]|[1-5]\d|6[0-3]", level):
                case.report.fault(case.place(path), "ce fichier n’est pas une tuile : il est en trop")
                continue
            number, width = tile
            found.add((level, number, width))
            data, expected = read_file(path), tree.read(0 if level == "entries" else int(level), number * TILE, width)
            if level == "entries":
                data = attempt(case, case.place(path), bundle_hashes, data, width)
                if data is None:
                    continue
            if len(data) != width * 32 or data[: len(expected)] != expected:
                case.report.fault(case.place(path), "la tuile ou le lot ne répond pas aux empreintes recalculées depuis les entrées")
            elif len(expected) < len(data):
                case.report.skip("Des tuiles vont au-delà du dernier point de contrôle : elles ne prouvent rien encore.")
            case.report.count("tuiles")
    for level, file in enumerate(tree.levels):
        count = tree.size >> (8 * level)
        for number in range((count + TILE - 1) // TILE):
            width = min(TILE, count - number * TILE)
            if (str(level), number, width) not in found and find_tile(case, str(level), number, width)[0] is None:
                case.report.fault(f"log/tile/{level}/{tile_path(number, width)}", "cette tuile est absente")


# ------------------------------------------------------------------------------ points de contrôle gardés et jetons


def signers(case, size):
    """Les clés qui peuvent signer à cette taille ; à une relève, l’ancienne et la nouvelle."""
    starts = [case.rotations.get(number, start) for number, (start, _) in enumerate(case.keys)]
    return [key for (_, key), start, end in zip(case.keys, starts, starts[1:] + [size]) if start <= size <= end]


def check_checkpoint(case, checkpoint, size=None):
    """Origine, signature du journal public, racine recalculée."""
    if (case.origin and checkpoint.origin != case.origin) or checkpoint.origin != case.checkpoint.origin:
        raise Broken(f"le point de contrôle est d’un autre journal public : « {checkpoint.origin} »")
    if size is not None and checkpoint.size != size:
        raise Broken("le point de contrôle n’est pas de la taille que son nom annonce")
    if checkpoint.size > case.checkpoint.size:
        raise Broken(f"ce point de contrôle a {checkpoint.size} entrées et le dernier {case.checkpoint.size} : "
                     "le journal public a été tronqué, ou son dernier point de contrôle remplacé par un plus ancien")
    if case.keys and not any([checkpoint.signed_by(key) for key in signers(case, checkpoint.size)]):
        raise Broken("le point de contrôle n’est pas signé par la clé du journal public")
    root = case.roots.get(checkpoint.size)
    if root is None:
        case.report.skip("Des racines du journal public n’ont pas pu être recalculées.")
    elif root != checkpoint.root:
        raise Broken("la racine n’est pas celle des entrées : le journal public a été réécrit ou bifurque")
    case.report.count("points de contrôle")


def kept_checkpoints(case, kept):
    """Les points de contrôle gardés dans un dossier : (taille, lieu, point de contrôle)."""
    for name in sorted(listed(case.at("log", kept)), key=lambda name: (len(name), name)):
        place, found = f"log/{kept}/{name}", re.fullmatch(r"(\d{1,15})\.checkpoint", name)
        if found:
            try:
                yield int(found[1]), place, Checkpoint(read_file(case.at(place), NOTE_BYTES))
            except Broken as error:
                case.report.fault(place, str(error))
        elif not name.endswith(".part") and not (kept == "times" and name.endswith(".tst")):
            case.report.fault(place, "ce fichier est en trop")


def verify_checkpoints(case):
    if case.checkpoint is None:
        return
    report = case.report
    if not case.keys:
        report.skip("Les signatures du journal public : aucune clé n’est connue.")
    verify_rotations(case)
    every = [("log/checkpoint", None, case.checkpoint)] + [(name, None, one) for name, one in case.earlier]
    for place, size, checkpoint in every:
        attempt(case, place, check_checkpoint, case, checkpoint, size)
    for name, one in case.earlier:
        report.count("points de contrôle détenus par l’auditeur")
    for size, place, checkpoint in kept_checkpoints(case, "times"):
        attempt(case, place, check_checkpoint, case, checkpoint, size)
    verify_witnesses(case)
    verify_time_order(case)
    root = base64.b64encode(case.checkpoint.root).decode()
    report.facts.update(origin=case.checkpoint.origin, size=case.checkpoint.size, root=root)


def attempt(case, place, check, *arguments):
    """Fait une vérification ; une rupture ou une ignorance est inscrite au rapport."""
    try:
        return check(*arguments)
    except Broken as error:
        case.report.fault(place, str(error))
    except Unsupported as error:
        case.report.skip(f"{place} : {error}.")
    except FileNotFoundError as error:
        case.report.fault(case.place(error.filename), "ce fichier est absent")
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        case.report.fault(place, "ce fichier est mal formé")
    return None


def verify_rotations(case):
    """Chaque nouvelle clé est annoncée par une entrée, sous un point de contrôle signé par l’ancienne et la nouvelle."""
    kept = list(kept_checkpoints(case, "rotations"))
    for vkey, index in case.keys_seen.items():
        if case.keys and vkey not in case.known:
            place = f"log/tile/entries, entrée {index}"
            case.report.fault(place, "cette clé, annoncée dans le journal public, n’est pas celle du dossier")
    for number in range(1, len(case.keys)):
        (_, old), (start, new) = case.keys[number - 1 : number + 1]
        place = f"kit/installation.json, clé {number + 1}"
        index = case.keys_seen.get(new.vkey)
        if index is None and not case.bundled and "installation" not in case.journals:
            case.report.skip("Les annonces des clés du journal public : ni ses entrées ni le journal de l’installation "
                             "ne sont ici.")
            continue
        if index is None:
            case.report.fault(place, "aucune entrée du journal public n’annonce cette clé")
            continue
        for size, where, checkpoint in kept:
            both = attempt(case, where, lambda one: [one.signed_by(old), one.signed_by(new)], checkpoint)
            if size > index and both == [True, True] and case.roots.get(size) == checkpoint.root:
                case.rotations[number] = size
                case.report.count("relèves de clé")
                break
        else:
            case.report.fault(place, "aucun point de contrôle signé par l’ancienne et la nouvelle clé ne couvre l’annonce de celle-ci")
    for size, place, checkpoint in kept:
        attempt(case, place, check_checkpoint, case, checkpoint, size)


def verify_witnesses(case):
    """Les témoins : chaque point de contrôle gardé comme tel a son quorum de cosignatures vraies."""
    report, last = case.report, None
    if not case.witnesses:
        report.skip("Les témoins : aucun n’est connu ; une version du journal public montrée à vous seul ne se verrait pas.")
    kept = list(kept_checkpoints(case, "witnessed"))
    for size, place, checkpoint in kept + [(None, "log/checkpoint", case.checkpoint)]:
        if size is not None:
            attempt(case, place, check_checkpoint, case, checkpoint, size)
        met, unknown = 0, False
        for key in case.witnesses:
            try:
                moment = checkpoint.cosigned_by(key)
            except Broken as error:
                report.fault(place, str(error))
                continue
            except Unsupported as error:
                report.skip(f"{place} : {error}.")
                unknown = True
                continue
            latest = case.latest.get(checkpoint.size)
            if moment is not None and latest is not None and moment < latest - case.tolerance:
                report.fault(place, f"le témoin « {key.name} » a cosigné le {shown(moment)}, avant une ligne couverte, "
                             f"du {shown(latest)}")
            met += moment is not None
        if case.witnesses and met >= case.quorum > 0:
            report.count("points de contrôle cosignés par le quorum")
            last = max(last or 0, checkpoint.size)
        elif size is not None and case.witnesses and case.quorum and not unknown:
            report.fault(place, f"{met} cosignature(s) valable(s) au lieu de {case.quorum}")
    if case.witnesses and last is None:
        report.skip("Les témoins : aucun point de contrôle n’a leur quorum.")
    elif case.witnesses and last < case.checkpoint.size:
        report.skip(f"{case.checkpoint.size - last} entrée(s) postérieure(s) au dernier point de contrôle que les témoins ont vu.")


def verify_tokens(case):
    """Chaque jeton de log/times : empreinte, signature, certificats. Avant le parcours des entrées, qui se sert des dates."""
    names = [name for name in listed(case.at("log", "times")) if name.endswith(".tst")]
    if not names:
        case.report.skip("L’horodatage : aucun jeton dans log/times.")
    for done, name in enumerate(names):
        place = f"log/times/{name}"
        attempt(case, place, verify_token_file, case, place, re.fullmatch(r"(\d{1,15})\.(.+)\.tst", name))
        case.report.progress("Jetons", done + 1, len(names))


def verify_token_file(case, place, name):
    if not name:
        raise Broken("ce n’est pas le nom d’un jeton")
    size, path = int(name[1]), case.at("log", "times", f"{name[1]}.checkpoint")
    raw = read_file(case.at(place), TOKEN_BYTES)
    case.sql("INSERT OR IGNORE INTO stamp VALUES (?,?,NULL,?,NULL)", hashlib.sha512(raw).hexdigest(), size, place)
    if not os.path.exists(path):
        raise Broken(f"le point de contrôle que ce jeton date ({name[1]}.checkpoint) est absent")
    token = Token(raw)
    if not token.covers(read_file(path, NOTE_BYTES)):
        raise Broken("le jeton date autre chose que le point de contrôle de même taille")
    roots = case.authorities.get(name[2])
    if roots is None:
        raise Unsupported(f"l’autorité d’horodatage « {name[2]} » n’est pas connue ; son jeton n’est pas vérifié")
    certificate = token.verify(roots)
    case.sql("UPDATE stamp SET at = ? WHERE place = ?", token.at, place)
    case.report.count("jetons d’horodatage")
    if certificate.not_after < time.time() * 1000:
        case.report.remark(f"Le certificat « {certificate.name()} » a expiré le {shown(certificate.not_after)} : ses jetons valent "
                           "par ceux qui les ont suivis à temps, et par les dossiers de preuve renouvelés.")


def verify_time_order(case):
    """Un jeton n’est pas antérieur aux lignes qu’il couvre ; chaque jeton gardé est consigné, sauf peut-être les derniers."""
    last = case.sql("SELECT max(size) FROM stamp").fetchone()[0]
    for size, at, place, entry in case.sql("SELECT size, at, place, entry FROM stamp ORDER BY size"):
        latest = case.latest.get(size)
        if at is not None and latest is not None and at < latest - case.tolerance:
            case.report.fault(place, f"le jeton est du {shown(at)}, avant une ligne qu’il couvre, du {shown(latest)} : "
                              "elle est postdatée")
        if entry is None and size == last:
            case.report.skip(f"{place} : ce jeton n’est pas encore consigné dans le journal public.")
        elif entry is None and not case.bundled and "installation" not in case.journals:
            case.report.skip("La consignation des jetons dans le journal public : ni ses entrées ni le journal de "
                             "l’installation ne sont ici.")
        elif entry is None and case.tree.size == case.checkpoint.size:
            case.report.fault(place, "le journal public ne consigne pas ce jeton : il a été remplacé ou altéré")
    good = case.sql("SELECT size, at FROM stamp WHERE at IS NOT NULL ORDER BY size DESC").fetchone()
    if good:
        case.report.facts.update(stamped_size=good[0], stamped_at=shown(good[1]))
        if good[0] < case.checkpoint.size:
            case.report.skip(f"La date des {case.checkpoint.size - good[0]} dernière(s) entrée(s) : postérieures au dernier "
                             f"horodatage ({shown(good[1])}).")


# ------------------------------------------------------------------------------------ dossiers de preuve (RFC 4998)


def verify_evidence(case):
    """Chaque journée des objets evidence-AAAA-MM : les groupes des archives, leur arbre, ses jetons."""
    for month, path in sorted(case.evidence_objects):
        inventory = read_object(read_file(os.path.join(path, "inventory.json")), "l’inventaire")
        days = {}
        for number in range(1, len(inventory["versions"]) + 1):
            for digest, names in inventory["versions"][f"v{number}"]["state"].items():
                for name in names:
                    day, _, file = name.rpartition("/")
                    chains = days.setdefault(day, {}).setdefault(file, [])
                    if digest not in chains:
                        chains.append(digest)
        for day, files in sorted(days.items()):
            place = f"{case.place(path)} ({day})"
            find = {digest: os.path.join(path, *names[0].split("/")) for digest, names in inventory["manifest"].items()}
            attempt(case, place, verify_period, case, place, day, files, find)


def verify_period(case, place, day, files, find):
    # Ce qu’un renouvellement de l’arbre ajoute (leaves-2.jsonl, hashes-2.jsonl…) n’est pas vérifié ici, et c’est dit plus bas.
    first = {file for file in files if not re.fullmatch(r"(leaves|hashes)-[0-9]+\.jsonl", file)}
    if first != {"leaves.jsonl", "chain.der"} or len(files["leaves.jsonl"]) != 1:
        raise Broken("la période n’a pas exactement ses feuilles et sa chaîne, ou ses feuilles ont été remplacées")
    groups, before = [], ""
    for number, raw in read_lines(find[files["leaves.jsonl"][0]]):
        leaf = read_canonical(raw or b"", f"la feuille {number}")
        if set(leaf) != {"archive", "group", "tenant"} or not is_digest(leaf["group"]) or leaf["group"] < before:
            raise Broken(f"la feuille {number} est mal formée ou n’est pas à sa place")
        before = leaf["group"]
        groups += [bytes.fromhex(before)] if not groups or groups[-1].hex() != before else []
        same, named = " WHERE tenant = ? AND archive = ?", (leaf["tenant"], leaf["archive"])
        held = [group for group, in case.sql("SELECT grp FROM leaf" + same, *named)]
        gone = case.sql("SELECT 1 FROM destruction" + same, *named).fetchone()
        if held and before not in held and not gone:
            case.report.fault(f"{place}, feuille {number}",
                              f"les fichiers de l’archive {leaf['archive']} ne sont pas ceux du dossier de preuve")
        elif not held:
            case.report.skip("Les feuilles de dossiers de preuve dont l’archive n’est pas ici (détruite, ou restée ailleurs).")
        else:
            case.report.count("archives retrouvées dans un dossier de preuve")
    for digest in files["chain.der"]:
        told = case.sql("SELECT count(*) FROM evidence WHERE digest = ?", digest).fetchone()[0]
        if not told and "installation" in case.journals:
            case.report.skip(f"{place} : aucune ligne ne dit encore cette chaîne d’horodatages.")
        verify_chain(case, place, groups, read_file(find[digest]))
    case.report.count("périodes de preuve")


def tree_root(hashes, name="sha512"):
    """La racine : paires triées puis concaténées, niveau par niveau ; un nœud sans voisin monte tel quel."""
    while len(hashes) > 1:
        pairs = [sorted(hashes[at : at + 2]) for at in range(0, len(hashes), 2)]
        hashes = [hashlib.new(name, b"".join(pair)).digest() if len(pair) == 2 else pair[0] for pair in pairs]
    return hashes[0] if hashes else b""


def verify_chain(case, place, groups, raw):
    """La suite d’horodatages d’une racine : le premier date la racine, chacun des suivants le jeton d’avant, à temps."""
    roots = [root for trusted in case.authorities.values() for root in trusted]
    chains = der(raw).need(0x30).children()
    if len(chains) > 1:
        case.report.skip(f"{place} : un renouvellement de l’arbre (RFC 4998, 5.2) ; seule la première chaîne est vérifiée ici.")
    before = None
    for stamp in chains[0].need(0x30).children():
        fields = {field.tag: field for field in stamp.children()}
        token = Token(fields[0x30].raw)
        name = HASHES.get(fields[0xA0].children()[0].oid() if 0xA0 in fields else token.hash)
        if name is None or token.hash not in HASHES:
            raise Unsupported("un algorithme d’empreinte de la chaîne n’est pas connu de ce vérificateur")
        value = tree_root(groups, name) if before is None else hashlib.new(name, before[0]).digest()
        for number, partial in enumerate(fields[0xA2].children() if 0xA2 in fields else []):
            held = [one.body for one in partial.children()]
            if number == 0 and value not in held:
                raise Broken("l’arbre réduit d’un renouvellement ne contient pas ce qu’il renouvelle")
            held = sorted(held if number == 0 else held + [value])
            value = held[0] if len(held) == 1 else hashlib.new(name, b"".join(held)).digest()
        if token.imprint != value:
            raise Broken("l’horodatage de la période ne date pas la racine de son arbre, ou le jeton qu’il renouvelle")
        if not roots:
            raise Unsupported("aucune racine de confiance n’est connue pour les horodatages de la période")
        certificate = token.verify(roots)
        if before and not before[1].at <= token.at <= before[2].not_after:
            raise Broken("un horodatage a été renouvelé après l’expiration du certificat qu’il prolonge")
        before = (fields[0x30].raw, token, certificate)
        case.report.count("horodatages de preuve")


# -------------------------------------------------------------------------------------------------------- la commande

ALWAYS_UNVERIFIED = (
    "La révocation des certificats d’horodatage : elle demande le réseau ou les listes de l’époque.",
    "Le sens des contenus (formats, signatures des documents) et la régularité des décisions : hors de ce vérificateur.",
)


def arguments():
    parser = argparse.ArgumentParser(
        prog="verifier.py", add_help=False, usage="python3 verifier.py [OPTIONS] DOSSIER",
        description="Vérifie un volume, une restitution ou une communication de Cartulaire, sans réseau et sans rien installer.",
        epilog="Code de sortie : 0 rien n’est rompu, 1 une rupture est constatée, 2 commande mal écrite, 3 dossier illisible.")
    parser.add_argument("dossier", metavar="DOSSIER", help="le dossier qui contient ocfl/, journal/, log/ ou kit/")
    add = parser.add_argument_group("options").add_argument
    add("-h", "--help", "--aide", action="help", help="affiche cette aide")
    add("--json", action="store_true", help="écrit le rapport en JSON")
    add("--depuis", metavar="FICHIER", action="append", default=[],
        help="un point de contrôle gardé d’une visite précédente : il doit être le début de ce qui est ici")
    add("--avec", metavar="VOLUME", action="append", default=[],
        help="un autre volume, dont le journal public doit être le début de celui-ci")
    add("--cle", metavar="VKEY", help="la première clé du journal public, telle que vous la détenez")
    add("--temoin", metavar="VKEY", action="append", default=[], help="la clé d’un témoin auquel vous vous fiez (à répéter)")
    add("--racine", metavar="PEM", action="append", default=[], help="une racine de confiance de l’horodatage (à répéter)")
    add("--complet", action="store_true", help="exige tous les journaux, comme sur un volume")
    add("--partiel", action="store_true", help="admet que des archives dites par le journal ne soient pas ici")
    add("--tolerance", metavar="SECONDES", type=int, default=TOLERANCE_SECONDS, help="écart admis entre deux horloges (%(default)s s)")
    add("--silencieux", action="store_true", help="n’affiche pas l’avancement")
    add("--version", action="version", version=f"verifier.py {VERSION}", help="affiche la version")
    return parser.parse_args()


STEPS = (read_kit, prepare_log, verify_tokens, verify_ocfl, open_brought, verify_journals, verify_log, verify_checkpoints,
         verify_brought, verify_evidence, verify_restitution)


def verify(path, options, report):
    """Toutes les étapes ; rend l’erreur qui a empêché d’aller au bout, ou None."""
    case = Case(path, options, report)
    try:
        for step_of in STEPS:
            step_of(case)
    except OSError as error:
        return f"{error.filename or path} : {error.strerror or error}"
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, MemoryError) as error:
        return f"une forme que ce vérificateur n’a pas su lire ({type(error).__name__} : {error})"
    finally:
        case.close()
    if any(os.path.isdir(os.path.join(path, name)) for name in ("transfers", "pending", "staging")):
        report.skip("Les papiers des transferts qui ne sont pas entrés (transfers/, pending/, staging/) : ce ne sont pas "
                    "des archives.")
    for sentence in ALWAYS_UNVERIFIED:
        report.skip(sentence)
    return None


def render(path, report, unreadable):
    """Le rapport en français : d’abord ce qui est rompu, puis ce qui a été vérifié, et ce qui ne l’a pas été."""
    out = [f"Vérification de {path}", ""]
    if report.broken:
        out.append(f"RUPTURES : {report.broken}")
        out += [f"  {number}. {one['place']} : {one['sentence']}." for number, one in enumerate(report.breaks, 1)]
        out.append("")
    out.append("VÉRIFIÉ")
    out += [f"  {what} : {number}" for what, number in sorted(report.counts.items())] or ["  rien"]
    labels = {"origin": "journal public", "size": "entrées", "root": "racine", "stamped_at": "dernier horodatage vérifié"}
    for name, label in labels.items():
        if name in report.facts:
            out.append(f"  {label} : {report.facts[name]}")
    for title, sentences in (("À SIGNALER", report.remarks), ("NON VÉRIFIÉ", report.unverified)):
        if sentences:
            out += ["", title] + [f"  - {sentence}" for sentence in sentences]
    out += ["", "VERDICT : " + verdict(report, unreadable)]
    return "\n".join(out)


def verdict(report, unreadable):
    if report.broken:
        return f"ROMPU. Première rupture : {report.breaks[0]['place']} : {report.breaks[0]['sentence']}."
    if unreadable:
        return f"ILLISIBLE. La vérification n’est pas allée au bout : {unreadable}."
    return "INTÈGRE pour ce qui a été vérifié ; lisez aussi ce qui ne l’a pas été."


def main():
    if sys.version_info < (3, 9):
        sys.exit("verifier.py demande Python 3.9 ou plus récent.")
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")
    options = arguments()
    report = Report(options.silencieux)
    if not os.path.isdir(options.dossier):
        print(f"« {options.dossier} » n’est pas un dossier lisible.", file=sys.stderr)
        return UNREADABLE
    if not any(os.path.isdir(os.path.join(options.dossier, name)) for name in ("ocfl", "journal", "log")):
        print(f"« {options.dossier} » ne contient ni ocfl/, ni journal/, ni log/ : il n’y a rien à vérifier.", file=sys.stderr)
        return USAGE
    try:
        unreadable = verify(options.dossier, options, report)
    except Broken as error:  # Une clé ou un certificat que l’auditeur a donné.
        print(str(error), file=sys.stderr)
        return USAGE
    if sys.stderr.isatty() and not options.silencieux:
        sys.stderr.write("\r" + " " * 60 + "\r")
    code = BROKEN if report.broken else UNREADABLE if unreadable else WHOLE
    if options.json:
        print(json.dumps({
            "version": VERSION, "path": options.dossier, "verdict": ("whole", "broken", "usage", "unreadable")[code],
            "exit": code, "breaks": report.breaks, "breaks_total": report.broken, "verified": report.counts, "facts": report.facts,
            "remarks": report.remarks, "not_verified": report.unverified, "unreadable": unreadable}, ensure_ascii=False, indent=2))
    else:
        print(render(options.dossier, report, unreadable))
    return code


if __name__ == "__main__":
    sys.exit(main())
