//! Which files make up each schema set: ours, VITAM's dialect, and the official one where the reference is at hand.

use std::path::PathBuf;

use crate::schemas::engine::Documents;

/// What all of our sets have in common.
const SHARED: [&str; 7] =
    ["xml.xsd", "xlink.xsd", "values.xsd", "objects.xsd", "rules.xsd", "description.xsd", "messages.xsd"];

/// The three schema sets of one version of SEDA.
pub struct Version {
    pub name: &'static str,
    official: &'static [&'static str],
    strict: &'static [&'static str],
    vitam: &'static [&'static str],
}

/// The versions, eldest first; each list opens with its main document.
pub const VERSIONS: [Version; 3] = [
    Version {
        name: "2.1",
        official: &[
            "seda-2.1-main.xsd",
            "seda-2.1-ontology-and-types.xsd",
            "seda-2.1-technical.xsd",
            "seda-2.1-management.xsd",
            "seda-2.1-descriptive.xsd",
            "xml.xsd",
            "xlink.xsd",
        ],
        strict: &["seda-2.1.xsd", "strict.xsd", "signatures-2.1-2.2.xsd"],
        vitam: &[
            "seda-2.1-vitam.xsd",
            "vitam.xsd",
            "since-2.2.xsd",
            "persistent-identifiers.xsd",
            "signatures-2.1-2.2.xsd",
        ],
    },
    Version {
        name: "2.2",
        official: &[
            "seda-2.2-main.xsd",
            "seda-2.2-ontology-and-types.xsd",
            "seda-2.2-technical.xsd",
            "seda-2.2-management.xsd",
            "seda-2.2-descriptive.xsd",
            "xml.xsd",
            "xlink.xsd",
        ],
        strict: &["seda-2.2.xsd", "strict.xsd", "since-2.2.xsd", "strict-since-2.2.xsd", "signatures-2.1-2.2.xsd"],
        vitam: &[
            "seda-2.2-vitam.xsd",
            "vitam.xsd",
            "since-2.2.xsd",
            "persistent-identifiers.xsd",
            "signatures-2.1-2.2.xsd",
        ],
    },
    Version {
        name: "2.3",
        official: &[
            "seda-2.3-main.xsd",
            "seda-2.3-ontology.xsd",
            "seda-2.3-types.xsd",
            "seda-2.3-technical.xsd",
            "seda-2.3-management.xsd",
            "seda-2.3-descriptive.xsd",
            "xml.xsd",
            "xlink.xsd",
        ],
        strict: &[
            "seda-2.3.xsd",
            "strict.xsd",
            "since-2.2.xsd",
            "strict-since-2.2.xsd",
            "persistent-identifiers.xsd",
            "signatures-2.3.xsd",
        ],
        vitam: &[
            "seda-2.3-vitam.xsd",
            "vitam.xsd",
            "since-2.2.xsd",
            "persistent-identifiers.xsd",
            "signatures-2.3.xsd",
        ],
    },
];

impl Version {
    /// The set that keeps to the standard.
    pub fn strict(&self) -> Documents {
        Documents::read(&ours(), &[self.strict, &SHARED].concat())
    }

    /// The set that speaks VITAM's dialect.
    pub fn vitam(&self) -> Documents {
        Documents::read(&ours(), &[self.vitam, &SHARED].concat())
    }

    /// The official set, where it is at hand.
    pub fn official(&self) -> Option<Documents> {
        let folder = reference().join("seda").join(self.name);
        folder.is_dir().then(|| Documents::read(&folder, self.official))
    }
}

/// Where our schemas of SEDA 2 stand.
pub fn ours() -> PathBuf {
    root().join("schemas/seda-2")
}

/// Where reference data stands on a machine that has it.
pub fn reference() -> PathBuf {
    root().join("../shared/reference")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
