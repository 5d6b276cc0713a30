//! Objects: every file against its inventory, on every core; every inventory against the line that announces it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError, mpsc},
    thread,
};

use crate::{
    archive::{
        error::Error,
        referentials,
        verify::{
            finding::{Book, Layer},
            journals::Told,
            seals,
        },
    },
    domain::digest::Digest,
    record::profiles,
    store::Store,
    vault::{
        Vault,
        layout::OcflId,
        verify::{FaultKind, Verification},
    },
};

/// Objects read and not looked at yet.
const AHEAD: usize = 64;

/// What the names of the records hold that keep evidence of periods.
const EVIDENCE: &str = ":evidence-";

/// The file of an object that says what it holds.
const INVENTORY: &str = "inventory.json";

/// What the lines announce of each object.
pub(super) struct Announced {
    archives: HashMap<OcflId, Digest>,
    records: BTreeMap<OcflId, Vec<Digest>>,
}

impl Announced {
    /// What was told, arranged by object.
    pub(super) fn by(told: &mut Told) -> Self {
        let mut records: BTreeMap<OcflId, Vec<Digest>> = BTreeMap::new();
        for (owner, fact) in &told.seals {
            if let Some(record) = seals::record_of(owner.as_ref(), fact.day) {
                records.entry(record).or_default().push(fact.inventory);
            }
        }
        Self { archives: std::mem::take(&mut told.archives), records }
    }
}

/// Reads every object of a volume.
///
/// # Errors
/// The volume cannot be reached any more.
pub(super) fn read(
    vault: &Vault,
    mut announced: Announced,
    catalog: Option<&Store>,
    book: &mut Book,
    on_copy: &(dyn Fn() + Sync),
) -> Result<(), Error> {
    let objects = Mutex::new(vault.list_objects(0)?);
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (sender, receiver) = mpsc::sync_channel(AHEAD);
    thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, objects) = (sender.clone(), &objects);
            scope.spawn(move || {
                loop {
                    let next = objects.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(next) = next else { break };
                    let read = next.and_then(|object| {
                        let mut verification = vault.verify_object(&object, 0)?;
                        if !verification.faults.is_empty() {
                            // It may have been given a version while it was read.
                            verification = vault.verify_object(&object, 0)?;
                        }
                        Ok((object, verification))
                    });
                    if sender.send(read).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for read in receiver {
            on_copy();
            match read {
                Ok((object, verification)) => judge(&object, &verification, &mut announced, catalog, book),
                Err(error) => {
                    book.found(Layer::Files, "ocfl", format!("Un dossier n’est pas un objet lisible ({error})."));
                }
            }
        }
    });
    for object in announced.archives.keys().chain(announced.records.keys()) {
        book.found(Layer::Inventories, object, "Le journal annonce cet objet, et il n’est pas sur ce volume.");
    }
    Ok(())
}

/// Holds an object against what announces it, and forgets that it was announced.
fn judge(
    object: &OcflId,
    verification: &Verification,
    announced: &mut Announced,
    catalog: Option<&Store>,
    book: &mut Book,
) {
    book.looked(Layer::Files, 1);
    for fault in &verification.faults {
        let place = format!("{object}, {}", fault.path.display());
        let is_inventory = fault.path.file_name().is_some_and(|name| name == INVENTORY);
        let what = match (fault.kind, is_inventory) {
            (FaultKind::Altered, true) => "L’inventaire est altéré.",
            (FaultKind::Altered, false) => "Ce fichier est altéré, ou ne se lit pas.",
            (FaultKind::Missing, _) => "Ce fichier manque.",
            (FaultKind::Extra, _) => "Rien n’annonce ce fichier.",
        };
        book.found(if is_inventory { Layer::Inventories } else { Layer::Files }, place, what);
    }
    book.looked(Layer::Inventories, 1);
    let stands = |digest: &Digest| verification.versions.contains(digest);
    match object {
        OcflId::Archive { .. } => match announced.archives.remove(object) {
            Some(told) if verification.inventory.is_some() && verification.versions.first() != Some(&told) => {
                book.found(
                    Layer::Inventories,
                    object,
                    "Son inventaire n’est pas celui que la ligne d’entrée du journal annonce.",
                );
            }
            None if !is_known(catalog, object) => {
                book.found(Layer::Inventories, object, "Aucune ligne d’entrée du journal n’annonce cette archive.");
            }
            _ => {}
        },
        OcflId::Record { .. } | OcflId::Installation { .. } => {
            if object.to_string().contains(EVIDENCE) {
                book.skipped("Les enregistrements de preuve (RFC 4998) : seuls leurs fichiers le sont ; « cartulaire evidence » les vérifie.");
            }
            let told = announced.records.remove(object).unwrap_or_default();
            if verification.inventory.is_some() && !told.iter().all(stands) {
                let what = "Une version que les lignes de scellement annoncent n’y est pas.";
                book.found(Layer::Inventories, object, what);
            }
        }
    }
}

/// Whether the catalog knows of an archive whose line came after the lines were read.
fn is_known(catalog: Option<&Store>, object: &OcflId) -> bool {
    let OcflId::Archive { tenant, archive, .. } = object else { return false };
    let Some(store) = catalog else { return false };
    matches!(store.holdings(tenant).archive(*archive), Ok(Some(kept)) if kept.archive.id == *archive)
}

/// The referentials and profiles that lines announce are among the contents of their record.
pub(super) fn referentials(vault: &Vault, told: &Told, book: &mut Book) {
    let imported = told.referentials.iter().map(|told| (told, referentials::OBJECT));
    let profiles = told.profiles.iter().map(|told| (told, profiles::OBJECT));
    for ((tenant, digest), object) in imported.chain(profiles) {
        book.looked(Layer::Inventories, 1);
        let held = OcflId::record(tenant.clone(), object).is_ok_and(|record| {
            vault.read_inventory(&record).is_ok_and(|inventory| inventory.manifest.contains_key(digest))
        });
        if !held {
            let place = format!("{tenant}, référentiels");
            book.found(Layer::Inventories, place, "Un référentiel que le journal annonce n’y est pas.");
        }
    }
}
