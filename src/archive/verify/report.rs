//! The report of a verification, for people who were not there: what was verified, what is wrong, what was not verified.

use crate::{
    archive::{
        error::Error,
        letterhead::under_seal,
        verify::finding::{Finding, Layer, Unverified, Verified},
    },
    domain::clock::Timestamp,
    pdf::{
        self,
        document::{Block, Column, Document, Fact, Notice, Section, Table, Tone, Value},
        layout::Limits,
    },
    pki::seal,
};

/// Pages of the longest report.
const PAGES: usize = 100;

/// Findings that the report lists; the others are counted.
const LISTED: usize = 500;

impl Verified {
    /// The verdict in one sentence.
    pub fn sentence(&self) -> String {
        match self.first() {
            None => "Tout ce qui a été vérifié est intact.".to_owned(),
            Some(first) => format!("Rompu. Première rupture : {} : {}", first.place, first.what),
        }
    }

    /// The report as PDF/A, under the installation's seal when it is at hand, else not signed.
    ///
    /// # Errors
    /// It cannot be written or signed.
    pub fn report(
        &self,
        issuer: &str,
        reference: &str,
        at: Timestamp,
        seal: Option<&seal::Signer>,
    ) -> Result<Vec<u8>, Error> {
        let document = self.document(issuer, reference, at);
        match seal {
            Some(seal) => under_seal(&document, seal),
            None => Ok(pdf::write(&document, Limits { pages: PAGES })?),
        }
    }

    /// The report, not signed yet. `issuer` is the archiving service, `reference` what was verified.
    pub fn document(&self, issuer: &str, reference: &str, at: Timestamp) -> Document {
        Document {
            kind: "Rapport d’intégrité".to_owned(),
            title: "Vérification de l’installation".to_owned(),
            reference: reference.to_owned(),
            subject: self.sentence(),
            issuer: issuer.to_owned(),
            language: "fr".to_owned(),
            made_at: at,
            summary: vec![self.verdict(), self.facts()],
            sections: vec![self.verified_section(), self.findings_section(), self.unverified_section()],
            attachments: Vec::new(),
        }
    }

    fn verdict(&self) -> Block {
        let (tone, title) = if self.is_whole() { (Tone::Good, "Intact") } else { (Tone::Bad, "Rompu") };
        Block::Notice(Notice { tone, title: title.to_owned(), text: self.sentence() })
    }

    fn facts(&self) -> Block {
        let volumes: Vec<String> = self.volumes.iter().map(|path| path.display().to_string()).collect();
        let mut facts =
            vec![Fact::text("Volumes lus", volumes.join(", ")), Fact::text("Ruptures", self.total.to_string())];
        facts.extend(
            self.destroyed_by_plan()
                .iter()
                .map(|(plan, count)| Fact::exact("Archives détruites", format!("{count} selon le plan {plan}"))),
        );
        facts.extend(self.keys.iter().map(|key| Fact::exact("Clé du registre", key)));
        Block::Facts(facts)
    }

    fn verified_section(&self) -> Section {
        let row = |layer: &Layer| {
            let found = self.findings.iter().filter(|finding| finding.layer == *layer).count();
            [layer.french().to_owned(), self.count(*layer).to_string(), found.to_string()].map(Value::Text).to_vec()
        };
        let columns = vec![Column::new("Ce qui est vérifié", 6), Column::new("Nombre", 2), Column::new("Ruptures", 2)];
        let table = Table { columns, rows: Layer::ALL.iter().map(row).collect() };
        Section { title: "Ce qui a été vérifié".to_owned(), blocks: vec![Block::Table(table)] }
    }

    fn findings_section(&self) -> Section {
        let row = |finding: &Finding| {
            let volume =
                finding.volume.as_ref().map_or_else(|| "catalogue".to_owned(), |path| path.display().to_string());
            vec![Value::Exact(finding.place.clone()), Value::Text(finding.what.clone()), Value::Text(volume)]
        };
        let columns = vec![Column::new("Où", 4), Column::new("Ce qui est rompu", 4), Column::new("Volume", 2)];
        let rows: Vec<_> = self.findings.iter().take(LISTED).map(row).collect();
        let block = if rows.is_empty() {
            Block::Paragraph("Aucune.".to_owned())
        } else {
            Block::Table(Table { columns, rows })
        };
        Section { title: "Ruptures".to_owned(), blocks: vec![block] }
    }

    fn unverified_section(&self) -> Section {
        let told = |one: &Unverified| match &one.volume {
            Some(volume) => Block::Paragraph(format!("{} ({})", one.what, volume.display())),
            None => Block::Paragraph(one.what.clone()),
        };
        Section {
            title: "Ce qui n’a pas été vérifié".to_owned(), blocks: self.unverified.iter().map(told).collect()
        }
    }
}
