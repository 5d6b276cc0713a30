//! The elements of a manifest that archivists speak of, in every version of the SEDA, and what names them.

use crate::xml::relaxng::{Landmark, Landmarks};

/// Archives, units, objects and documents.
pub const LANDMARKS: Landmarks = Landmarks {
    elements: &[
        Landmark { element: "ArchiveUnit", word: "l’unité d’archives", labels: &["Content/Title", "@id"] },
        Landmark { element: "Archive", word: "l’archive", labels: &["Name"] },
        Landmark { element: "ArchiveObject", word: "l’objet d’archives", labels: &["Name"] },
        Landmark { element: "Contains", word: "l’objet d’archives", labels: &["Name"] },
        Landmark {
            element: "Document",
            word: "le document",
            labels: &["Attachment/@filename", "Description", "Identification"],
        },
        Landmark {
            element: "BinaryDataObject",
            word: "l’objet numérique",
            labels: &["FileInfo/Filename", "Uri", "Attachment/@filename", "@id"],
        },
        Landmark { element: "PhysicalDataObject", word: "l’objet physique", labels: &["PhysicalId", "@id"] },
        Landmark { element: "DataObjectGroup", word: "le groupe d’objets", labels: &["@id"] },
    ],
    telling: &["Title", "Name", "KeywordContent", "Description", "Type"],
};
