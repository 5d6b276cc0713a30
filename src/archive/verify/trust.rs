//! Whom a verification believes: keys handed in from outside, else those of the kit that stands beside the data.

use std::collections::BTreeMap;

use crate::{
    archive::{
        brought::{BroughtLog, KIT as KIT_FOLDER},
        verify::finding::{Book, Layer},
    },
    pki,
    proof::{policy::Policy, vkey::Vkey},
    record::kit::Installation,
    vault::{Vault, beside::Beside},
};

/// The file of the kit that says whom to believe.
const KIT: &str = "installation.json";

/// What is known from elsewhere than the data: nothing for who has received only a folder.
#[derive(Clone, Default)]
pub struct Known {
    /// Keys of the log.
    pub keys: Vec<Vkey>,
    /// The roots of each time-stamp authority, by its name.
    pub authorities: BTreeMap<String, pki::trust::Trust>,
    /// Which witnesses must have cosigned.
    pub witnesses: Option<Policy>,
}

/// Whom to believe for one volume.
pub(super) struct Trust {
    /// Keys of the log that are known from elsewhere.
    pub(super) known: Vec<Vkey>,
    /// Keys of the log that the kit names.
    pub(super) kit: Vec<Vkey>,
    authorities: BTreeMap<String, pki::trust::Trust>,
    pub(super) witnesses: Option<Policy>,
}

impl Trust {
    /// What is known, completed by the kit of the volume.
    pub(super) fn of(vault: &Vault, known: &Known, book: &mut Book) -> Self {
        let mut trust = Self {
            known: known.keys.clone(),
            kit: Vec::new(),
            authorities: known.authorities.clone(),
            witnesses: known.witnesses.clone(),
        };
        match vault.read_beside(0, Beside::Kit, KIT) {
            Ok(Some(bytes)) => {
                if trust.read_kit(&|name| vault.read_beside(0, Beside::Kit, name).ok().flatten(), &bytes).is_none() {
                    book.found(Layer::Checkpoints, "kit/installation.json", "Ce fichier ne se lit pas.");
                }
            }
            Ok(None) => book.skipped("Les clés et les racines de confiance du dossier kit/, qui est absent."),
            Err(error) => book.found(Layer::Checkpoints, "kit/installation.json", format!("Illisible ({error}).")),
        }
        if !trust.known.is_empty() && !trust.kit.is_empty() && !trust.kit.iter().any(|key| trust.known.contains(key)) {
            let what = "Les clés qu’il donne ne sont pas celles qui sont connues par ailleurs : elles ont été \
                        substituées.";
            book.found(Layer::Checkpoints, "kit/installation.json", what);
        }
        trust
    }

    /// Whom to believe for a log that a tenant brought: those that its own kit names, since names of authorities are an
    /// installation's own.
    pub(super) fn of_brought(vault: &Vault, log: &BroughtLog, book: &mut Book) -> Self {
        let mut trust = Self { known: Vec::new(), kit: Vec::new(), authorities: BTreeMap::new(), witnesses: None };
        let read = |name: &str| log.read(vault, &format!("{KIT_FOLDER}/{name}")).ok().flatten();
        if read(KIT).is_none_or(|bytes| trust.read_kit(&read, &bytes).is_none()) {
            book.found(Layer::Checkpoints, "kit/installation.json", "Ce fichier manque, ou ne se lit pas.");
        }
        trust
    }

    fn read_kit(&mut self, read: &dyn Fn(&str) -> Option<Vec<u8>>, bytes: &[u8]) -> Option<()> {
        let kit = Installation::from_json(bytes).ok()?;
        self.kit = kit.keys.iter().map(|key| key.vkey.parse().ok()).collect::<Option<_>>()?;
        let vkeys: Vec<Vkey> = kit.witnesses.vkeys.iter().map(|key| key.parse().ok()).collect::<Option<_>>()?;
        let policy = Policy::new(kit.witnesses.quorum, vkeys).ok()?;
        self.witnesses.get_or_insert(policy);
        for authority in &kit.authorities {
            let mut roots = Vec::new();
            for file in &authority.roots {
                roots.extend(read(file)?);
            }
            let trust = pki::trust::Trust::from_pem(&roots, b"").ok()?;
            self.authorities.entry(authority.name.clone()).or_insert(trust);
        }
        Some(())
    }

    /// The roots of an authority; `None` when they are not known.
    pub(super) fn roots(&self, authority: &str) -> Option<&pki::trust::Trust> {
        self.authorities.get(authority)
    }
}
