//! `accounts.json`: the directory of a tenant's accounts, who is who. It stands apart from journals so that a name can
//! be erased; rights stand in the journal, secrets nowhere on the volumes.

use std::collections::BTreeMap;

use crate::{domain::id::ActorId, record::Error};

/// The tenant's record that holds it.
pub const OBJECT: &str = "accounts";

/// Its name in that record.
pub const FILE: &str = "accounts.json";

/// Writes each account's name.
pub fn to_json(names: &[(ActorId, String)]) -> Result<Vec<u8>, Error> {
    let names: BTreeMap<String, &str> = names.iter().map(|(id, name)| (id.to_string(), name.as_str())).collect();
    Ok(serde_json::to_vec_pretty(&names)?)
}

/// Reads each account's name, by its identifier.
pub fn from_json(bytes: &[u8]) -> Result<BTreeMap<String, String>, Error> {
    Ok(serde_json::from_slice(bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{clock::Timestamp, id::Id};

    #[test]
    fn the_directory_gives_back_the_names() {
        let id = Id::mint(Timestamp::from_millis(0).unwrap());
        let written = to_json(&[(id, "Parapheur « Sault »".to_owned())]).unwrap();
        assert_eq!(from_json(&written).unwrap().get(&id.to_string()).map(String::as_str), Some("Parapheur « Sault »"));
    }
}
