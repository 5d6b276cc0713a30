//! Objects: every file against its inventory, on every core; every inventory against the line that announces it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError, mpsc},
    thread,
};

use crate::{
    archive::{
        destroy,
        error::Error,
        referentials,
        verify::{
            finding::{Book, Layer},
            journals::Told,
            seals,
        },
    },
    domain::{digest::Digest, id::DisposalId},
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
    amended: HashMap<OcflId, Vec<Digest>>,
    destroyed: HashMap<OcflId, DisposalId>,
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
        let (archives, amended) = (std::mem::take(&mut told.archives), std::mem::take(&mut told.amended));
        Self { archives, amended, destroyed: std::mem::take(&mut told.destroyed), records }
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
                // It went while it was read: its line came after the lines were read.
                Ok((object, verification)) if verification.inventory.is_none() && is_gone(vault, catalog, &object) => {
                    announced.archives.remove(&object);
                }
                Ok((object, verification)) => judge(&object, &verification, &mut announced, catalog, book),
                Err(error) => {
                    book.found(Layer::Files, "ocfl", format!("Un dossier n’est pas un objet lisible ({error})."));
                }
            }
        }
    });
    announced.archives.retain(|object, _| catalog.is_none() || is_known(catalog, object));
    for object in announced.archives.keys().chain(announced.records.keys()) {
        book.found(Layer::Inventories, object, "Le journal annonce cet objet, et il n’est pas sur ce volume.");
    }
    for (object, plan) in announced.destroyed {
        book.looked(Layer::Inventories, 1);
        book.destroyed(object, plan);
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
        OcflId::Archive { .. } => judge_archive(object, verification, announced, catalog, book),
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

/// Holds an archive's versions against the lines that tell them: its entry, or the destruction of the generation before
/// it; then its amendments.
fn judge_archive(
    object: &OcflId,
    verification: &Verification,
    announced: &mut Announced,
    catalog: Option<&Store>,
    book: &mut Book,
) {
    if let Some(plan) = announced.destroyed.remove(object) {
        let what = format!("Cette archive a été détruite selon le plan {plan}, et elle est encore sur ce volume.");
        return book.found(Layer::Inventories, object, what);
    }
    let amended = announced.amended.remove(object).unwrap_or_default();
    let Some(told) = announced.archives.remove(object) else {
        if !is_known(catalog, object) {
            book.found(Layer::Inventories, object, "Aucune ligne d’entrée du journal n’annonce cette archive.");
        }
        return;
    };
    let Some((first, later)) = verification.versions.split_first().filter(|_| verification.inventory.is_some()) else {
        return;
    };
    if *first != told {
        book.found(
            Layer::Inventories,
            object,
            "Son inventaire n’est pas celui que la ligne d’entrée du journal annonce.",
        );
    }
    book.looked(Layer::Inventories, u64::try_from(later.len()).unwrap_or(u64::MAX));
    if !amended.iter().all(|digest| later.contains(digest)) {
        book.found(Layer::Inventories, object, "Une version que le journal annonce n’y est pas.");
    }
    let untold = later.iter().filter(|digest| !amended.contains(digest)).count();
    if untold > 0 && !is_amended_since(catalog, object, later.last()) {
        book.found(
            Layer::Inventories,
            object,
            "Aucune ligne de modification du journal n’annonce une de ses versions.",
        );
    }
}

/// Whether the catalog knows of an archive whose line came after the lines were read.
fn is_known(catalog: Option<&Store>, object: &OcflId) -> bool {
    let OcflId::Archive { tenant, archive, generation } = object else { return false };
    let Some(store) = catalog else { return false };
    matches!(store.holdings(tenant).archive(*archive), Ok(Some(kept)) if kept.archive.generation == *generation)
}

/// Whether an archive was destroyed since the lines were read.
fn is_gone(vault: &Vault, catalog: Option<&Store>, object: &OcflId) -> bool {
    let is_archive = matches!(object, OcflId::Archive { .. });
    is_archive && catalog.is_some() && !vault.stands(object) && !is_known(catalog, object)
}

/// Whether the catalog knows of an amendment whose line came after the lines were read.
fn is_amended_since(catalog: Option<&Store>, object: &OcflId, last: Option<&Digest>) -> bool {
    let OcflId::Archive { tenant, archive, .. } = object else { return false };
    let Some(store) = catalog else { return false };
    matches!(store.holdings(tenant).archive(*archive), Ok(Some(kept)) if Some(&kept.inventory) == last)
}

/// What each destruction lists is kept, and is what its line tells.
pub(super) fn gone(vault: &Vault, told: &Told, book: &mut Book) {
    for (tenant, archive, list) in &told.gone {
        book.looked(Layer::Inventories, 1);
        let held = destroy::record_of(tenant, *archive).is_ok_and(|record| {
            vault.read_inventory(&record).is_ok_and(|inventory| inventory.manifest.contains_key(list))
        });
        if !held {
            let what = "La liste de ce qui a été détruit n’est pas là, ou n’est pas celle que le journal annonce.";
            book.found(Layer::Inventories, format!("{tenant}, archive {archive}"), what);
        }
    }
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
