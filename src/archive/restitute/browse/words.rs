//! The words of the browser: rules, levels, kinds of lines, sizes.

use crate::domain::rule::Category;

/// A category of rules.
pub(super) const fn category(category: Category) -> &'static str {
    match category {
        Category::Storage => "Utilité courante (DUC)",
        Category::Appraisal => "Utilité administrative (DUA)",
        Category::Access => "Communicabilité",
        Category::Dissemination => "Diffusion",
        Category::Reuse => "Réutilisation",
        Category::Classification => "Classification",
        Category::Hold => "Gel",
    }
}

/// A level of description; its own word when we have none.
pub(super) fn level(level: &str) -> &str {
    match level {
        "Fonds" => "fonds",
        "Subfonds" => "sous-fonds",
        "Class" => "classe",
        "Collection" => "collection",
        "Series" => "série organique",
        "Subseries" => "sous-série organique",
        "RecordGrp" => "groupe de documents",
        "SubGrp" => "sous-groupe de documents",
        "File" => "dossier",
        "Item" => "pièce",
        other => other,
    }
}

/// A final action; its own word when we have none.
pub(super) fn final_action(action: &str) -> &str {
    match action {
        "Keep" => "conserver",
        "Destroy" => "détruire",
        "Copy" => "copier",
        "Transfer" => "transférer",
        "RestrictAccess" => "restreindre l’accès",
        other => other,
    }
}

/// What a line tells; `None` for lines that are of no use to a reader here: single readings, seals.
pub(super) fn event(kind: &str) -> Option<&str> {
    Some(match kind {
        "ingestion start" => "Réception d’un transfert",
        "awaiting validation" => "Attente d’une validation",
        "accession" => "Entrée d’une archive",
        "refusal" => "Refus d’un transfert",
        "dissemination" => "Communication",
        "restitution" => "Restitution",
        "referential import" => "Import d’un référentiel",
        "credential issue" => "Ouverture d’un compte",
        "credential revocation" => "Révocation d’un compte",
        "metadata modification" => "Modification de descriptions",
        "disposal plan" => "Projet d’élimination ou de départ",
        "consent" => "Accord, visa ou refus",
        "transfer" => "Envoi à un autre service",
        "disposal abandonment" => "Abandon d’un projet",
        "deletion" => "Destruction",
        "disposal" => "Fin d’une élimination ou d’un départ",
        "access" | "sealing" => return None,
        other => other,
    })
}

/// How a line came out.
pub(super) fn outcome(outcome: &str) -> &str {
    match outcome {
        "OK" => "fait",
        "WARNING" => "fait, avec réserve",
        "KO" => "refus ou échec",
        other => other,
    }
}

/// A length in bytes.
pub(super) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["octets", "Kio", "Mio", "Gio", "Tio"];
    let (mut whole, mut tenths, mut at) = (bytes, 0, 0);
    while whole >= 1_024 && at + 1 < UNITS.len() {
        tenths = (whole % 1_024) * 10 / 1_024;
        whole /= 1_024;
        at += 1;
    }
    let unit = UNITS.get(at).copied().unwrap_or_default();
    if at == 0 || whole >= 10 { format!("{whole} {unit}") } else { format!("{whole},{tenths} {unit}") }
}

/// A text cut to some characters, at most.
pub(super) fn cut(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default().trim_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_said_shortly() {
        let said = [0, 1_023, 1_024, 1_536, 20_480, 5 << 30].map(bytes);
        assert_eq!(said, ["0 octets", "1023 octets", "1,0 Kio", "1,5 Kio", "20 Kio", "5,0 Gio"]);
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("été indien", 3), "été…");
        assert_eq!(cut("été", 3), "été");
    }
}
