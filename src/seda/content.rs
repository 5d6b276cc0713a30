//! What we model of a unit's `Content`.

use crate::{
    domain::unit::{Content, Signing},
    seda::{field::Field, piece::Mark},
};

/// A `Content` while it is read.
#[derive(Debug, Default)]
pub(crate) struct ContentReading {
    pub(crate) content: Content,
    pub(crate) title: Option<Mark>,
    pub(crate) dates: Vec<Mark>,
    described: bool,
}

impl ContentReading {
    pub(crate) fn tell(&mut self, field: &Field<'_>) {
        let content = &mut self.content;
        match field.path {
            "DescriptionLevel" => first(&mut content.level, field),
            "Title" if self.title.is_none() => {
                field.text.clone_into(&mut content.title);
                self.title = Some(field.mark());
            }
            "Description" if !self.described => {
                self.described = true;
                content.description = field.filled();
            }
            "StartDate" => first(&mut content.start_date, field),
            "EndDate" => first(&mut content.end_date, field),
            "OriginatingAgency/Identifier" => first(&mut content.originating_agency, field),
            "SubmissionAgency/Identifier" => first(&mut content.submission_agency, field),
            "FilePlanPosition"
            | "SystemId"
            | "OriginatingSystemId"
            | "ArchivalAgencyArchiveUnitIdentifier"
            | "OriginatingAgencyArchiveUnitIdentifier"
            | "TransferringAgencyArchiveUnitIdentifier" => self.identifier(field.path, field),
            "PersistentIdentifier/PersistentIdentifierContent" => self.identifier("PersistentIdentifier", field),
            "Keyword/KeywordContent" | "Tag" => content.keywords.extend(field.filled()),
            "DocumentType" => first(&mut content.document_type, field),
            path => self.sign(path, field),
        }
        if is_date(field.path) {
            self.dates.push(field.mark());
        }
    }

    fn identifier(&mut self, kind: &str, field: &Field<'_>) {
        self.content.identifiers.extend(field.filled().map(|value| (kind.to_owned(), value)));
    }

    fn sign(&mut self, path: &str, field: &Field<'_>) {
        let (top, rest) = path.split_once('/').unwrap_or((path, ""));
        if top != "SigningInformation" && top != "Signature" {
            return;
        }
        let signing = self.content.signing.get_or_insert_with(Signing::default);
        match (top, rest) {
            ("SigningInformation", "SigningRole") => signing.roles.extend(field.filled()),
            ("SigningInformation", "DetachedSigningRole") => signing.detached_roles.extend(field.filled()),
            ("SigningInformation", "SignedDocumentReferenceId") | ("Signature", "ReferencedObject/SignedObjectId") => {
                signing.signed_document_references.extend(field.filled());
            }
            ("SigningInformation", "SignatureDescription" | "TimestampingInformation" | "AdditionalProof")
            | ("Signature", "") => signing.described = true,
            _ => {}
        }
    }
}

/// Keeps the first value that says something.
fn first(kept: &mut Option<String>, field: &Field<'_>) {
    if kept.is_none() {
        *kept = field.filled();
    }
}

fn is_date(path: &str) -> bool {
    matches!(
        path,
        "CreatedDate"
            | "TransactedDate"
            | "AcquiredDate"
            | "SentDate"
            | "ReceivedDate"
            | "RegisteredDate"
            | "StartDate"
            | "EndDate"
    )
}
