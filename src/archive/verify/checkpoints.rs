//! Signed checkpoints: who signed, whether that key is to be believed, and whether the log still begins with each.

use crate::{
    archive::verify::{
        finding::{Book, Layer},
        ledger::Ledger,
        shelf::Shelf,
        trust::Trust,
    },
    proof::{
        checkpoint::{SignedCheckpoint, Untrusted},
        vkey::Vkey,
    },
};

/// Folders of checkpoints that were kept, within the log's.
const TIMES: &str = "times";
const WITNESSED: &str = "witnessed";
const ROTATIONS: &str = "rotations";

/// A checkpoint that was kept beside the last one, or somewhere else.
pub(super) struct Kept {
    place: String,
    pub(super) signed: SignedCheckpoint,
}

/// The checkpoints that a volume keeps beside its last one, and the one that somebody kept elsewhere.
pub(super) fn kept(shelf: Shelf<'_>, since: Option<&SignedCheckpoint>, book: &mut Book) -> Vec<Kept> {
    let mut kept = Vec::new();
    for folder in [TIMES, WITNESSED, ROTATIONS] {
        for name in shelf.list(folder).into_iter().filter(|name| name.ends_with(".checkpoint")) {
            let path = format!("{folder}/{name}");
            let place = format!("log/{path}");
            let signed = shelf.read(&path).and_then(|bytes| SignedCheckpoint::parse(&bytes).ok());
            match signed.filter(|signed| name == format!("{}.checkpoint", signed.checkpoint().size())) {
                Some(signed) => kept.push(Kept { place, signed }),
                None => {
                    book.found(Layer::Checkpoints, place, "Ce point de contrôle ne se lit pas, ou en est un autre.");
                }
            }
        }
    }
    let elsewhere =
        since.map(|signed| Kept { place: "point de contrôle conservé ailleurs".to_owned(), signed: signed.clone() });
    kept.extend(elsewhere);
    kept
}

/// Holds the last checkpoint and those kept against the log and the keys.
pub(super) fn judge(last: &SignedCheckpoint, kept: &[Kept], ledger: &Ledger, trust: &Trust, book: &mut Book) {
    let size = last.checkpoint().size();
    book.looked(Layer::Checkpoints, 1);
    signature("log/checkpoint", last, ledger, book);
    believe(size, kept, ledger, trust, book);
    for Kept { place, signed } in kept {
        book.looked(Layer::Checkpoints, 1);
        let (own, root) = (signed.checkpoint().size(), signed.checkpoint().root());
        if own > size {
            let what = format!(
                "Ce point de contrôle couvre {own} entrées, log/checkpoint n’en couvre que {size} : le registre a été \
                 ramené en arrière."
            );
            book.found(Layer::Checkpoints, place, what);
        } else if own > 0 && ledger.root_at(own, root).is_some_and(|computed| computed != root) {
            let what =
                format!("Le registre ne prolonge pas ce point de contrôle de {own} entrées : le passé a été réécrit.");
            book.found(Layer::Checkpoints, place, what);
        } else {
            signature(place, signed, ledger, book);
        }
    }
    witnesses(kept, trust, book);
}

/// The key that the log names at that size signed.
fn signature(place: &str, signed: &SignedCheckpoint, ledger: &Ledger, book: &mut Book) {
    let Some(key) = ledger.key_at(signed.checkpoint().size()) else {
        return book.found(
            Layer::Checkpoints,
            place,
            "Aucune entrée du registre ne nomme la clé qui devait le signer.",
        );
    };
    match signed.verify(std::slice::from_ref(key)) {
        Ok(_) => {}
        Err(Untrusted::Unsigned) => {
            book.found(Layer::Checkpoints, place, "Il ne porte pas la signature de la clé du registre.");
        }
        Err(Untrusted::Forged(_)) => {
            let what = "Sa signature n’est pas valable : son texte a été modifié sans la clé du registre.";
            book.found(Layer::Checkpoints, place, what);
        }
    }
}

/// Says which key was believed, and why; the key that signs now must come from one that is known.
fn believe(size: u64, kept: &[Kept], ledger: &Ledger, trust: &Trust, book: &mut Book) {
    let mut keys: Vec<&Vkey> = ledger.keys.iter().filter(|(entry, _)| *entry < size).map(|(_, key)| key).collect();
    keys.dedup();
    let Some(current) = keys.last().copied() else { return };
    let succeeds = |old: &Vkey, new: &Vkey| {
        let both = [old.clone(), new.clone()];
        kept.iter().any(|one| one.place.contains(ROTATIONS) && one.signed.verify(&both).is_ok_and(|by| by.len() == 2))
    };
    // The last key before which a change is not attested by the key that it relieves.
    let mut from = 0;
    for (at, pair) in keys.windows(2).enumerate() {
        if let [old, new] = pair
            && !succeeds(old, new)
        {
            let what = format!("Le passage à la clé {new} n’est pas attesté par la clé précédente.");
            book.found(Layer::Checkpoints, "log/rotations", what);
            from = at + 1;
        }
    }
    let linked = keys.get(from..).unwrap_or_default();
    if !trust.known.is_empty() {
        if linked.iter().any(|key| trust.known.contains(key)) {
            book.believed(format!("{current} : connue par ailleurs que par les données"));
        } else {
            let what = format!(
                "La clé {current}, qui signe, n’est pas celle qui est connue par ailleurs : elle a été substituée."
            );
            book.found(Layer::Checkpoints, "log/checkpoint", what);
        }
        return;
    }
    if !trust.kit.is_empty() && !linked.iter().any(|key| trust.kit.contains(key)) {
        let what = format!("La clé {current}, qui signe, n’est pas de celles que donne kit/installation.json.");
        return book.found(Layer::Checkpoints, "log/checkpoint", what);
    }
    let origin =
        if trust.kit.is_empty() { "trouvée dans le registre lui-même" } else { "trouvée dans le dossier kit/" };
    book.believed(format!("{current} : {origin}"));
    book.skipped(format!(
        "L’identité de qui a signé : la clé du registre n’est connue que par les données ({origin}). Elle ne prouve rien \
         contre qui les aurait toutes fabriquées ; donnez-la par --key pour la confronter."
    ));
}

/// Checkpoints that stand as witnessed have their quorum.
fn witnesses(kept: &[Kept], trust: &Trust, book: &mut Book) {
    let Some(policy) = trust.witnesses.as_ref().filter(|policy| policy.quorum() > 0) else {
        return book.skipped("Les témoins : aucun n’est exigé, personne d’autre ne garde de point de contrôle.");
    };
    let mut witnessed = 0_u64;
    for Kept { place, signed } in kept.iter().filter(|one| one.place.contains(WITNESSED)) {
        witnessed += 1;
        let met = policy.met_by(signed.note());
        if let Some(name) = met.invalid.first() {
            let what = format!("La cosignature du témoin « {name} » n’est pas valable.");
            book.found(Layer::Checkpoints, place, what);
        } else if !met.is_met {
            let what = format!("Le quorum de {} témoins n’y est pas.", policy.quorum());
            book.found(Layer::Checkpoints, place, what);
        }
    }
    if witnessed == 0 {
        book.skipped("Les témoins : aucun point de contrôle cosigné n’est conservé.");
    }
}
