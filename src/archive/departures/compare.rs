//! What a receiver lists, held against what was sent to it.

use std::{
    collections::{HashMap, HashSet},
    io::BufRead,
};

use crate::{
    domain::digest::Algorithm,
    seda::{
        misread::Misread,
        receipt::{self, Listed, Receipt},
    },
    xml::bounds::Bounds,
};

/// Differences told at most.
const TOLD: usize = 5;

/// What was sent: a compact record, one entry per unit and per object.
#[derive(Default)]
struct Sent {
    objects: HashMap<Box<str>, SentObject>,
    units: HashSet<Box<str>>,
}

/// An object that was sent: its digest and its size, as the message says.
type SentObject = (Option<(Algorithm, Box<str>)>, Option<u64>);

/// What a reply lists that it should not, or does not list that it should.
#[derive(Default)]
pub struct Differences {
    /// The first of them, in French.
    pub first: Vec<String>,
    count: usize,
}

impl Differences {
    fn tell(&mut self, sentence: impl FnOnce() -> String) {
        if self.first.len() < TOLD {
            self.first.push(sentence());
        }
        self.count += 1;
    }

    /// Whether there is none.
    pub const fn is_none(&self) -> bool {
        self.count == 0
    }
}

/// Reads a reply and compares what it lists with the message that was sent. A reply that lists nothing lies about
/// nothing; one that lists objects lists them all, with their digests and sizes; one that lists a unit of ours lists them
/// all, and one that lists other units than ours lists a single one (its own summary).
pub fn compare(reply: &[u8], sent: impl BufRead) -> Result<(Receipt, Differences), Misread> {
    let mut known = Sent::default();
    receipt::listed(sent, Bounds::NONE, |one| known.enter(one))?;
    let mut differences = Differences::default();
    let (mut met_objects, mut met_units, mut strangers) = (0_usize, 0_usize, 0_usize);
    let receipt = receipt::read(reply, Bounds::default(), |one| match one {
        Listed::Unit(id) => {
            if known.units.remove(id.as_str()) {
                met_units += 1;
            } else {
                strangers += 1;
            }
        }
        Listed::Object { id, digest, size } => {
            met_objects += 1;
            known.object(&id, digest, size, &mut differences);
        }
    })?;
    if met_objects > 0 {
        for id in known.objects.keys() {
            differences.tell(|| format!("L’objet « {id} » manque."));
        }
    }
    if met_units > 0 {
        for id in &known.units {
            differences.tell(|| format!("L’unité « {id} » manque."));
        }
    }
    if strangers > usize::from(met_units == 0) {
        differences.tell(|| format!("Des unités qui n’ont pas été envoyées sont listées ({strangers})."));
    }
    Ok((receipt, differences))
}

impl Sent {
    fn enter(&mut self, one: Listed) {
        match one {
            Listed::Unit(id) => _ = self.units.insert(id.into()),
            Listed::Object { id, digest, size } => {
                let digest = digest.and_then(|(algorithm, value)| Some((Algorithm::named(&algorithm)?, value.into())));
                self.objects.insert(id.into(), (digest, size));
            }
        }
    }

    fn object(&mut self, id: &str, digest: Option<(String, String)>, size: Option<u64>, differences: &mut Differences) {
        let Some((sent_digest, sent_size)) = self.objects.remove(id) else {
            return differences.tell(|| format!("L’objet « {id} » n’a pas été envoyé, ou est listé deux fois."));
        };
        let told = digest.and_then(|(algorithm, value)| Some((Algorithm::named(&algorithm)?, value)));
        if let (Some((ours, value)), Some((theirs, other))) = (&sent_digest, &told)
            && ours == theirs
            && **value != *other.trim()
        {
            differences.tell(|| format!("L’objet « {id} » a une autre empreinte."));
        }
        if let (Some(ours), Some(theirs)) = (sent_size, size)
            && ours != theirs
        {
            differences.tell(|| format!("L’objet « {id} » a une autre taille : {theirs} octets au lieu de {ours}."));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::seda::SedaVersion;

    const NAMESPACE: &str = SedaVersion::V2_1.namespace();

    fn object(id: &str, digest: &str, size: u64) -> String {
        format!(
            "<BinaryDataObject id='{id}'><MessageDigest algorithm='SHA-512'>{digest}</MessageDigest><Size>{size}</Size>\
             </BinaryDataObject>"
        )
    }

    fn unit(id: &str) -> String {
        format!("<ArchiveUnit id='{id}'/>")
    }

    fn found(parts: &[String]) -> usize {
        let sent = [object("o1", "aa", 1), object("o2", "bb", 2), unit("u1"), unit("u2")].concat();
        let sent = format!("<ArchiveTransfer xmlns='{NAMESPACE}'>{sent}</ArchiveTransfer>");
        let reply = format!("<ArchiveTransferReply xmlns='{NAMESPACE}'>{}</ArchiveTransferReply>", parts.concat());
        compare(reply.as_bytes(), sent.as_bytes()).unwrap().1.count
    }

    #[test]
    fn only_what_is_listed_is_held_against_what_was_sent_and_then_all_of_it() {
        let (one, two) = (object("o1", "AA", 1), object("o2", "bb", 2));
        for (parts, differences) in [
            (vec![], 0),
            (vec![one.clone(), two.clone(), unit("u1"), unit("u2")], 0),
            (vec![unit("summary")], 0),
            (vec![unit("summary"), unit("other")], 1),
            (vec![unit("u1")], 1),
            (vec![unit("u1"), unit("u2"), unit("u3")], 1),
            (vec![one.clone()], 1),
            (vec![one.clone(), object("o2", "bc", 2)], 1),
            (vec![one.clone(), object("o2", "bb", 3)], 1),
            (vec![one.clone(), object("o2", "bc", 3)], 2),
            (vec![one.clone(), one, two], 1),
            (vec![object("o9", "aa", 1)], 3),
        ] {
            assert_eq!(found(&parts), differences, "{parts:?}");
        }
    }
}
