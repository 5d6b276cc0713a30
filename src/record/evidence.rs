//! What the record of a month's evidence holds beside the chains: the leaves of each hash tree, and the hashes that a
//! renewal computed again, one canonical JSON object (RFC 8785) per line.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    domain::{id::ArchiveId, tenant::TenantId},
    record::{Error, form},
};

/// The archive time-stamp sequence over the roots of a day's trees (RFC 4998, 5.1), in DER.
pub const CHAIN: &str = "chain.der";

/// A leaf of a day's tree: one archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// The archive.
    #[serde(with = "form")]
    pub archive: ArchiveId,
    /// The hash of the group of its files, in lower-case hexadecimal.
    pub group: String,
    /// The tenant that holds it.
    #[serde(with = "form")]
    pub tenant: TenantId,
}

/// A hash of an archive's group in the tree of a renewal: of one file by the new algorithm, joined with that of the older
/// chains (RFC 4998, 5.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenewedHash {
    /// The archive.
    #[serde(with = "form")]
    pub archive: ArchiveId,
    /// The hash, in lower-case hexadecimal.
    pub hash: String,
}

/// The file that holds the leaves of the day's tree, sorted by group; `chain` counts from 1.
pub fn leaves_file(day: NaiveDate, chain: usize) -> String {
    match chain {
        0 | 1 => format!("{day}/leaves.jsonl"),
        later => format!("{day}/leaves-{later}.jsonl"),
    }
}

/// The file that holds the renewed hashes behind the leaves of the chain, from the second on: archive after archive, in
/// the order of the day's first leaves.
pub fn hashes_file(day: NaiveDate, chain: usize) -> String {
    format!("{day}/hashes-{chain}.jsonl")
}

/// The file that holds the day's chains.
pub fn chain_file(day: NaiveDate) -> String {
    format!("{day}/{CHAIN}")
}

/// The line that says a value, with its line feed.
pub fn to_line<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

/// The value that a line says.
pub fn from_line<T: DeserializeOwned>(line: &str) -> Result<T, Error> {
    Ok(serde_json::from_str(line)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_canonical_and_come_back() {
        let archive: ArchiveId = "01939e6c-0000-7000-8000-000000000001".parse().unwrap();
        let leaf = Leaf { archive, group: "ab".to_owned(), tenant: "ville".parse().unwrap() };
        let line = String::from_utf8(to_line(&leaf).unwrap()).unwrap();
        assert_eq!(line, format!("{{\"archive\":\"{archive}\",\"group\":\"ab\",\"tenant\":\"ville\"}}\n"));
        assert_eq!(from_line::<Leaf>(&line).unwrap(), leaf);
        let hash = RenewedHash { archive, hash: "cd".to_owned() };
        let line = String::from_utf8(to_line(&hash).unwrap()).unwrap();
        assert_eq!(line, format!("{{\"archive\":\"{archive}\",\"hash\":\"cd\"}}\n"));
        assert_eq!(from_line::<RenewedHash>(&line).unwrap(), hash);
        assert!(from_line::<Leaf>(&line).is_err());
    }
}
