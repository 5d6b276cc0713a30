//! Questions about what units say of their own signing (`SigningInformation`, SEDA 2.3). The signatures themselves are
//! validated elsewhere.

use std::collections::HashSet;

use crate::{
    archive::examine::{
        question::{Fault, Question},
        survey::{Index, SigningNode, Survey},
    },
    domain::check::Outcome,
};

/// The questions put to all signing information together.
pub const QUESTIONS: &[Question<Survey>] = &[
    Question {
        code: "SIGNING_INFORMATION.CONSISTENCY",
        weight: Outcome::Ko,
        question: "Le document signé que citent une signature, un horodatage ou une preuve en est-il un ?",
        ask: references_to_what_is_not_signed,
    },
    Question {
        code: "SIGNING_INFORMATION.DETACHED_ROLE",
        weight: Outcome::Warning,
        question: "Chaque rôle dit détaché est-il tenu par une unité du transfert ?",
        ask: detached_roles_that_nobody_holds,
    },
    Question {
        code: "SIGNING_INFORMATION.NO_SIGNED_DOCUMENT",
        weight: Outcome::Warning,
        question: "Chaque signature, horodatage ou preuve détaché cite-t-il son document signé ?",
        ask: |survey, tell| {
            for node in &survey.signings {
                if node.has_role() && !node.is_signed_document() && node.references.is_empty() {
                    tell(Fault::at(
                        place(survey, node),
                        "L'unité décrit une signature, un horodatage ou une preuve sans citer le document signé : ajoutez « SignedDocumentReferenceId ».",
                    ));
                }
            }
        },
    },
];

fn references_to_what_is_not_signed(survey: &Survey, tell: &mut dyn FnMut(Fault)) {
    let signed: HashSet<Index> =
        survey.signings.iter().filter(|node| node.is_signed_document()).map(|node| node.unit).collect();
    for node in survey.signings.iter().filter(|node| node.has_role()) {
        for reference in &node.references {
            let found = survey.unit_named(reference).is_some_and(|unit| signed.contains(&unit));
            if !found {
                tell(Fault::at(
                    place(survey, node),
                    format!(
                        "« SignedDocumentReferenceId » cite « {reference} », qui n'est pas une unité de rôle « SignedDocument » : corrigez la référence."
                    ),
                ));
            }
        }
    }
}

fn detached_roles_that_nobody_holds(survey: &Survey, tell: &mut dyn FnMut(Fault)) {
    let held: HashSet<&str> = survey.signings.iter().flat_map(|node| &node.roles).map(AsRef::as_ref).collect();
    for node in &survey.signings {
        for role in node.detached_roles.iter().filter(|role| !held.contains(role.as_ref())) {
            tell(Fault::at(
                place(survey, node),
                format!(
                    "L'unité annonce un rôle détaché « {role} » que ne tient aucune unité du transfert : vérifiez qu'il est complet."
                ),
            ));
        }
    }
}

fn place(survey: &Survey, node: &SigningNode) -> String {
    survey
        .unit(node.unit)
        .map(|unit| format!("ArchiveUnit {} (ligne {})", unit.local_id, unit.line))
        .unwrap_or_default()
}
