//! OCFL inventories (OCFL 1.1, section 3.5): what an object holds, under which names, in each version.
//!
//! Content paths are always `vN/content/DIGEST`, so a file is known by its digest and the version that brought it; an
//! inventory of another shape is not ours and is refused.

use std::{collections::BTreeMap, fmt, fs, marker::PhantomData, path::Path};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, Visitor},
    ser::SerializeMap,
};

use crate::{
    digest,
    domain::{clock::Timestamp, digest::Digest, name::Name},
    vault::{disk::failure, error::Error, layout::OcflId},
};

/// The name of an inventory.
pub(super) const INVENTORY: &str = "inventory.json";
/// The name of its sidecar.
pub(super) const SIDECAR: &str = "inventory.json.sha512";
/// The file that declares an object root.
pub(super) const DECLARATION: &str = "0=ocfl_object_1.1";
/// What stands in it.
pub(super) const DECLARED: &[u8] = b"ocfl_object_1.1\n";

/// Where names stand that cannot be logical paths.
const ESCAPED: &str = "escaped/";
/// The table of those names; no escaped name starts with a dot.
pub(super) const NAMES: &str = "escaped/.names.json";

/// What an object holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inventory {
    /// The object's identifier.
    pub id: OcflId,
    /// Each content, and the version that brought it.
    pub manifest: BTreeMap<Digest, u32>,
    /// The versions, first first; never empty.
    pub versions: Vec<Version>,
}

/// One version of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// When it was made.
    pub created: Timestamp,
    /// Why.
    pub message: String,
    /// By whom, opaque.
    pub user: String,
    /// Each logical path, and its content.
    pub state: BTreeMap<String, Digest>,
}

impl Inventory {
    /// The number of the last version, from 1.
    pub fn head(&self) -> u32 {
        u32::try_from(self.versions.len()).unwrap_or(u32::MAX)
    }

    /// The logical paths of the last version, and their contents.
    pub fn state(&self) -> impl Iterator<Item = (&str, Digest)> {
        self.versions
            .last()
            .into_iter()
            .flat_map(|version| &version.state)
            .map(|(path, digest)| (path.as_str(), *digest))
    }

    /// The content that stands under `name` in the last version.
    pub fn find(&self, name: &Name) -> Option<Digest> {
        let state = &self.versions.last()?.state;
        let plain = plain(name).and_then(|path| state.get(path));
        plain.or_else(|| state.get(&escaped(name))).copied()
    }

    /// The inventory as the version `version` left it: what stands in that version's folder.
    pub(super) fn as_of(&self, version: u32) -> Self {
        let count = usize::try_from(version).unwrap_or(usize::MAX);
        Self {
            id: self.id.clone(),
            manifest: self.manifest.iter().filter(|(_, since)| **since <= version).map(|(d, v)| (*d, *v)).collect(),
            versions: self.versions.iter().take(count).cloned().collect(),
        }
    }

    /// The content path of `digest` below the object root.
    pub(super) fn content(&self, digest: Digest) -> Option<String> {
        self.manifest.get(&digest).map(|version| content_path(*version, digest))
    }

    /// Its bytes as they are stored, and their digest.
    pub(super) fn write(&self) -> Result<(Vec<u8>, Digest), Error> {
        let corrupt = |error: serde_json::Error| Error::Corrupt { path: self.id.path(), why: error.to_string() };
        let mut bytes = serde_json::to_vec_pretty(&Stored::of(self)).map_err(corrupt)?;
        bytes.push(b'\n');
        let digest = digest::sha512(&bytes);
        Ok((bytes, digest))
    }

    /// Reads the inventory of the object root `root`, and its digest, which its sidecar must hold. While a version is
    /// being published the root's sidecar may be the former one; the version's own then decides.
    pub(super) fn read(root: &Path) -> Result<(Self, Digest), Error> {
        let path = root.join(INVENTORY);
        let bytes = fs::read(&path).map_err(failure("read", &path))?;
        let digest = digest::sha512(&bytes);
        let corrupt = |why: String| Error::Corrupt { path: path.clone(), why };
        let stored: Stored = serde_json::from_slice(&bytes).map_err(|error| corrupt(error.to_string()))?;
        let inventory = stored.into_inventory().map_err(corrupt)?;
        let own = root.join(format!("v{}", inventory.head()));
        if sidecar(root) == Some(digest) || sidecar(&own) == Some(digest) {
            Ok((inventory, digest))
        } else {
            Err(corrupt("its digest is not the one of its sidecar".to_owned()))
        }
    }
}

/// The digest that the sidecar in `folder` holds.
pub(super) fn sidecar(folder: &Path) -> Option<Digest> {
    fs::read_to_string(folder.join(SIDECAR)).ok()?.split_whitespace().next()?.parse().ok()
}

/// What a sidecar holds.
pub(super) fn sidecar_text(digest: Digest) -> String {
    format!("{digest}  {INVENTORY}\n")
}

/// Where the version `version` keeps the content `digest`, below the object root.
pub(super) fn content_path(version: u32, digest: Digest) -> String {
    format!("v{version}/content/{digest}")
}

/// The logical path that `name` is, when it can be one: UTF-8, no empty step, no `.` nor `..`, no control character,
/// and not among the escaped (OCFL 1.1, 3.5.3.1: no leading or trailing `/`, no such steps).
pub(super) fn plain(name: &Name) -> Option<&str> {
    let text = name.text()?;
    let fit = |step: &str| !step.is_empty() && step != "." && step != ".." && !step.contains(char::is_control);
    (text.split('/').all(fit) && !text.starts_with(ESCAPED)).then_some(text)
}

/// The logical path of a name that cannot be one: what is not a letter, a digit, `-`, `_` or an inner dot of ASCII is
/// written `%XX`. No two names have the same.
pub(super) fn escaped(name: &Name) -> String {
    use fmt::Write as _;
    let mut path = ESCAPED.to_owned();
    for (at, byte) in name.bytes().iter().enumerate() {
        let kept = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || (*byte == b'.' && at > 0);
        if kept {
            path.push(char::from(*byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(path, "%{byte:02X}");
        }
    }
    path
}

/// The inventory as OCFL writes it.
#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    #[serde(rename = "digestAlgorithm")]
    algorithm: String,
    head: String,
    id: String,
    #[serde(serialize_with = "write_manifest", deserialize_with = "read_manifest")]
    manifest: Shared<'a, BTreeMap<Digest, u32>>,
    #[serde(rename = "type")]
    kind: String,
    versions: BTreeMap<String, StoredVersion<'a>>,
}

#[derive(Serialize, Deserialize)]
struct StoredVersion<'a> {
    created: String,
    message: String,
    #[serde(serialize_with = "write_state", deserialize_with = "read_state")]
    state: Shared<'a, BTreeMap<String, Digest>>,
    user: User,
}

#[derive(Serialize, Deserialize)]
struct User {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

/// Borrowed when writing, owned when read.
type Shared<'a, T> = std::borrow::Cow<'a, T>;

const TYPE: &str = "https://ocfl.io/1.1/spec/#inventory";

impl<'a> Stored<'a> {
    fn of(inventory: &'a Inventory) -> Self {
        let version = |(at, version): (usize, &'a Version)| {
            let stored = StoredVersion {
                created: version.created.to_string(),
                message: version.message.clone(),
                state: Shared::Borrowed(&version.state),
                user: User {
                    name: version.user.clone(),
                    address: Some(format!("urn:cartulaire:actor:{}", version.user)),
                },
            };
            (format!("v{}", at + 1), stored)
        };
        Self {
            algorithm: "sha512".to_owned(),
            head: format!("v{}", inventory.head()),
            id: inventory.id.to_string(),
            manifest: Shared::Borrowed(&inventory.manifest),
            kind: TYPE.to_owned(),
            versions: inventory.versions.iter().enumerate().map(version).collect(),
        }
    }

    fn into_inventory(mut self) -> Result<Inventory, String> {
        if self.kind != TYPE || self.algorithm != "sha512" {
            return Err("not an OCFL 1.1 inventory with SHA-512".to_owned());
        }
        let mut versions = Vec::new();
        while let Some(stored) = self.versions.remove(&format!("v{}", versions.len() + 1)) {
            let created = Timestamp::parse(&stored.created).ok_or("a version without an instant")?;
            versions.push(Version {
                created,
                message: stored.message,
                user: stored.user.name,
                state: stored.state.into_owned(),
            });
        }
        if !self.versions.is_empty() || versions.is_empty() || self.head != format!("v{}", versions.len()) {
            return Err("its versions do not follow one another up to its head".to_owned());
        }
        let id = self.id.parse().map_err(|_| format!("{} is not an identifier of ours", self.id))?;
        Ok(Inventory { id, manifest: self.manifest.into_owned(), versions })
    }
}

fn write_manifest<S: Serializer>(manifest: &BTreeMap<Digest, u32>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(manifest.len()))?;
    for (digest, version) in manifest {
        map.serialize_entry(&digest.to_string(), &[content_path(*version, *digest)])?;
    }
    map.end()
}

fn write_state<S: Serializer>(state: &BTreeMap<String, Digest>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut by_digest: BTreeMap<&Digest, Vec<&str>> = BTreeMap::new();
    for (path, digest) in state {
        by_digest.entry(digest).or_default().push(path);
    }
    let mut map = serializer.serialize_map(Some(by_digest.len()))?;
    for (digest, paths) in by_digest {
        map.serialize_entry(&digest.to_string(), &paths)?;
    }
    map.end()
}

fn read_manifest<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Shared<'static, BTreeMap<Digest, u32>>, D::Error> {
    let manifest =
        deserializer.deserialize_map(ByDigest(PhantomData, |into: &mut BTreeMap<_, _>, digest, path: String| {
            let version = path.strip_prefix('v').and_then(|rest| rest.split('/').next()).and_then(|v| v.parse().ok());
            let version = version.filter(|version| content_path(*version, digest) == path)?;
            into.insert(digest, version).is_none().then_some(())
        }))?;
    Ok(Shared::Owned(manifest))
}

fn read_state<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Shared<'static, BTreeMap<String, Digest>>, D::Error> {
    let state = deserializer.deserialize_map(ByDigest(PhantomData, |into: &mut BTreeMap<_, _>, digest, path| {
        into.insert(path, digest).is_none().then_some(())
    }))?;
    Ok(Shared::Owned(state))
}

/// Reads `{DIGEST: [PATH, …]}` path by path, without keeping the texts of the digests.
struct ByDigest<T, F>(PhantomData<T>, F);

impl<'de, T: Default, F: Fn(&mut T, Digest, String) -> Option<()>> Visitor<'de> for ByDigest<T, F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("digests and their paths")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut into = T::default();
        while let Some((digest, paths)) = map.next_entry::<String, Vec<String>>()? {
            let digest: Digest = digest.parse().map_err(de::Error::custom)?;
            for path in paths {
                (self.1)(&mut into, digest, path).ok_or_else(|| de::Error::custom("a path that is not ours"))?;
            }
        }
        Ok(into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inventory_survives_its_bytes() {
        let (one, two) = (digest::sha512(b"1"), digest::sha512(b"2"));
        let version = |state: &[(&str, Digest)]| Version {
            created: Timestamp::from_millis(1).unwrap(),
            message: "m".to_owned(),
            user: "u".to_owned(),
            state: state.iter().map(|(path, digest)| ((*path).to_owned(), *digest)).collect(),
        };
        let inventory = Inventory {
            id: "urn:cartulaire:ville:referentials".parse().unwrap(),
            manifest: [(one, 1), (two, 12)].into(),
            versions: (0..12).map(|_| version(&[("a", one), ("b/c", one), ("é", two)])).collect(),
        };
        let (bytes, _) = inventory.write().unwrap();
        let stored: Stored = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(stored.into_inventory(), Ok(inventory));
    }

    #[test]
    fn a_name_that_cannot_be_a_path_is_escaped_and_no_other_is() {
        for kept in ["a", "transfer/Délibération n°1 & annexe + 日本.pdf", "a/.b", "a/b..", "%41", "x/escaped/y"] {
            assert_eq!(plain(&Name::from(kept)), Some(kept));
        }
        for (bytes, path) in [
            (&b"../x"[..], "escaped/%2E.%2Fx"),
            (b"/etc/passwd", "escaped/%2Fetc%2Fpasswd"),
            (b"a//b", "escaped/a%2F%2Fb"),
            (b"caf\xe9.pdf", "escaped/caf%E9.pdf"),
            (b"a\nb", "escaped/a%0Ab"),
            (b"escaped/a", "escaped/escaped%2Fa"),
            (b"", "escaped/"),
        ] {
            let name = Name::new(bytes);
            assert_eq!((plain(&name), escaped(&name).as_str()), (None, path), "{bytes:?}");
        }
    }
}
