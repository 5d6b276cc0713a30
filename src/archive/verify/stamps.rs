//! Time-stamps: each token against the bytes of its checkpoint, against the line that tells it, and against the instants
//! of the lines that it covers.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    archive::{
        stamps::{DRIFT_MILLIS, FOLDER},
        verify::{
            finding::{Book, Layer},
            ledger::Ledger,
            shelf::Shelf,
            trust::Trust,
        },
    },
    digest,
    domain::{clock::Timestamp, digest::Digest},
    pki::{self, fault::Fault, imprint::Imprint, timestamp::Token},
};

/// A token that holds, and what it says.
struct Stamp {
    size: u64,
    /// The entry of the line that tells it.
    told: Option<u64>,
    at: Timestamp,
    place: String,
    /// The latest line that the checkpoint covers.
    latest: Option<(Timestamp, u64)>,
    /// The earliest line after the one that tells the token.
    earliest: Option<(Timestamp, u64)>,
}

/// The time-stamps of a volume, and the instants between which they hold its lines.
#[derive(Default)]
pub(super) struct Stamps(Vec<Stamp>);

impl Stamps {
    /// Verifies every token of a volume.
    pub(super) fn read(shelf: Shelf<'_>, ledger: &Ledger, trust: &Trust, book: &mut Book) -> Self {
        let told: BTreeMap<(u64, Digest), u64> =
            ledger.stamps.iter().map(|told| ((told.size, told.token), told.entry)).collect();
        let (mut stamps, mut found) = (Vec::new(), BTreeSet::new());
        for name in shelf.list(FOLDER) {
            let Some(stem) = name.strip_suffix(".tst") else { continue };
            book.looked(Layer::Times, 1);
            let place = format!("log/{FOLDER}/{name}");
            let named = stem
                .split_once('.')
                .and_then(|(size, authority)| Some((size.parse::<u64>().ok()?, authority.to_owned())));
            let Some((size, authority)) = named else {
                book.found(Layer::Times, place, "Ce nom n’est pas celui d’un horodatage.");
                continue;
            };
            let der = shelf.read(&format!("{FOLDER}/{name}")).unwrap_or_default();
            let digest = digest::sha512(&der);
            found.insert(digest);
            match verify(shelf, size, &der, trust.roots(&authority)) {
                Ok(at) => {
                    let told = told.get(&(size, digest)).copied();
                    stamps.push(Stamp { size, told, at, place, latest: None, earliest: None });
                }
                Err(Refused::Unknown) => {
                    book.skipped(format!(
                        "L’autorité d’horodatage « {authority} » : ses racines de confiance sont inconnues."
                    ));
                }
                Err(Refused::Wrong(what)) => book.found(Layer::Times, place, what),
            }
        }
        for told in &ledger.stamps {
            if !found.contains(&told.token) {
                let what = format!("Le jeton que l’entrée {} du registre annonce a été altéré, ou retiré.", told.entry);
                book.found(Layer::Times, format!("log/{FOLDER}/{}.checkpoint", told.size), what);
            }
        }
        if found.is_empty() && ledger.stamps.is_empty() {
            book.skipped("Les dates : aucun horodatage n’a encore été pris.");
        }
        stamps.sort_by_key(|stamp| stamp.size);
        Self(stamps)
    }

    /// Takes note of the instant of a line.
    pub(super) fn note(&mut self, entry: u64, at: Timestamp) {
        let first = self.0.partition_point(|stamp| stamp.size <= entry);
        if let Some(stamp) = self.0.get_mut(first) {
            stamp.latest = stamp.latest.max(Some((at, entry)));
        }
        // A token is told after what it covers: one of the last whose checkpoint is smaller.
        let smaller = self.0.partition_point(|stamp| stamp.size < entry);
        let after = self.0.iter_mut().take(smaller).rev().find(|stamp| stamp.told.is_some_and(|told| told < entry));
        if let Some(stamp) = after
            && stamp.earliest.is_none_or(|earliest| (at, entry) < earliest)
        {
            stamp.earliest = Some((at, entry));
        }
    }

    /// Holds the instants of the lines against the tokens.
    pub(super) fn judge(&self, book: &mut Book) {
        let mut latest: Option<(Timestamp, u64)> = None;
        for stamp in &self.0 {
            latest = latest.max(stamp.latest);
            if let Some((at, entry)) = latest.filter(|(at, _)| at.millis() > stamp.at.millis() + DRIFT_MILLIS) {
                let what = format!(
                    "L’entrée {entry} est datée du {at}, après l’horodatage du {} qui la couvre : l’un des deux est faux.",
                    stamp.at
                );
                book.found(Layer::Times, &stamp.place, what);
            }
        }
        let mut earliest: Option<(Timestamp, u64)> = None;
        for stamp in self.0.iter().rev() {
            earliest = [earliest, stamp.earliest].into_iter().flatten().min();
            if let Some((at, entry)) = earliest.filter(|(at, _)| at.millis() < stamp.at.millis() - DRIFT_MILLIS) {
                let what = format!(
                    "L’entrée {entry} est datée du {at}, mais elle suit l’horodatage du {} : elle est antidatée.",
                    stamp.at
                );
                book.found(Layer::Times, &stamp.place, what);
            }
        }
    }
}

/// Why a token does not count.
enum Refused {
    /// Its authority's roots are not known.
    Unknown,
    /// What is wrong, as a French sentence.
    Wrong(String),
}

fn verify(shelf: Shelf<'_>, size: u64, der: &[u8], roots: Option<&pki::trust::Trust>) -> Result<Timestamp, Refused> {
    let wrong = |fault: Fault| Refused::Wrong(fault.sentence());
    let token = Token::read(der).map_err(wrong)?;
    let checkpoint = shelf
        .read(&format!("{FOLDER}/{size}.checkpoint"))
        .ok_or_else(|| Refused::Wrong("Le point de contrôle horodaté n’est pas là.".to_owned()))?;
    if token.info().imprint != Imprint::from(digest::sha512(&checkpoint)) {
        return Err(Refused::Wrong("L’horodatage ne porte pas sur ce point de contrôle, octet pour octet.".to_owned()));
    }
    let nobody = pki::trust::Trust::default();
    match token.verify(roots.unwrap_or(&nobody), token.info().at) {
        Ok(_) => Ok(token.info().at),
        Err(Fault::Untrusted(_)) if roots.is_none() => Err(Refused::Unknown),
        Err(fault) => Err(wrong(fault)),
    }
}
