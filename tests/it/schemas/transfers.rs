//! The manifests of others' transfers: what each schema set says of them and of their mutants, by their README.

use std::{fs, io::Read, ops::Range, path::Path};

use flate2::read::GzDecoder;
use quick_xml::{Reader, events::Event};

use crate::schemas::{
    engine::{Judge, compile},
    sets::{VERSIONS, Version, reference},
};

/// How many elements of one manifest are changed, and how long it may be: the larger ones are only judged as they are.
const CHANGED: usize = 12;
const LARGEST: usize = 60_000;

/// Packages whose manifest is wrong already for a schema, of those that must be refused.
const BADLY_WRITTEN: [&str; 4] = [
    "KO_Reference_Unexisting",
    "KO_SIP_INSUPPORTED_SEDA_VERSION",
    "KO_SIP_seda20_wrong_digest",
    "KO_manifest_mauvais_format",
];

/// A manifest, and the name of the package it came in, without its endings.
struct Manifest {
    package: String,
    text: String,
}

#[test]
fn others_transfers_are_taken_strictly_or_in_the_dialect_as_their_readme_says() {
    let Some((manifests, table)) = manifests() else {
        return println!("skipped: the transfers of others are not at hand");
    };
    let sets = VERSIONS.each_ref().map(|v| (v, compile(&v.strict()), compile(&v.vitam())));
    let judges = sets.each_ref().map(|(version, strict, vitam)| (*version, Judge::new(strict), Judge::new(vitam)));
    let (mut strictly, mut dialect, mut refused) = (0, 0, 0);
    for manifest in &manifests {
        let by = judges.iter().find(|(version, _, _)| manifest.is_of(version)).unwrap_or(&judges[0]);
        let (strict, vitam) = (by.1.fault(&manifest.text), by.2.fault(&manifest.text));
        let well_written = !BADLY_WRITTEN.contains(&manifest.package.as_str());
        let needs_dialect = table.contains(&manifest.package);
        assert_eq!(strict.is_none(), well_written && !needs_dialect, "strict, {}: {strict:?}", manifest.package);
        assert_eq!(vitam.is_none(), well_written, "VITAM's dialect, {}: {vitam:?}", manifest.package);
        match (well_written, needs_dialect) {
            (true, true) => dialect += 1,
            (true, false) => strictly += 1,
            (false, _) => refused += 1,
        }
    }
    println!("{strictly} manifests are valid strictly, {dialect} in VITAM's dialect only, {refused} not at all");
    assert_eq!(dialect, table.len());
    assert_eq!(refused, BADLY_WRITTEN.len());
    assert!(strictly >= 20);
}

#[test]
fn others_transfers_and_their_mutants_are_judged_as_by_the_official_schema() {
    let Some((manifests, _)) = manifests() else {
        return println!("skipped: the transfers of others are not at hand");
    };
    let (mut valid, mut invalid) = (0, 0);
    for version in &VERSIONS {
        let Some(official) = version.official() else {
            return println!("skipped: the official schemas of SEDA {} are not at hand", version.name);
        };
        let sets = [compile(&official), compile(&version.strict())];
        let [theirs, ours] = sets.each_ref().map(Judge::new);
        for manifest in manifests.iter().filter(|manifest| manifest.is_of(version) && manifest.text.len() <= LARGEST) {
            for text in [manifest.text.clone()].into_iter().chain(manifest.mutants()) {
                let (theirs, ours) = (theirs.fault(&text), ours.fault(&text));
                assert_eq!(theirs.is_none(), ours.is_none(), "{}: {theirs:?}, {ours:?}: {text}", manifest.package);
                *if theirs.is_none() { &mut valid } else { &mut invalid } += 1;
            }
        }
    }
    println!("manifests of others and their mutants: {valid} valid and {invalid} invalid, 0 disagreements");
    assert!(valid > 100 && invalid > 100);
}

impl Manifest {
    fn is_of(&self, version: &Version) -> bool {
        self.text.contains(&format!("\"fr:gouv:culture:archivesdefrance:seda:v{}\"", version.name))
    }

    /// The manifest with one element removed, doubled, swapped, renamed, emptied or decorated; elements evenly chosen.
    fn mutants(&self) -> impl Iterator<Item = String> + '_ {
        let elements = elements(&self.text);
        let step = elements.len().div_ceil(CHANGED).max(1);
        let chosen: Vec<_> = elements
            .iter()
            .enumerate()
            .skip(step / 2)
            .step_by(step)
            .map(|(at, e)| (e.clone(), elements.get(at + 1).cloned()))
            .collect();
        chosen.into_iter().flat_map(move |(element, next)| {
            let (before, own, after) =
                (&self.text[..element.start], &self.text[element.clone()], &self.text[element.end..]);
            let name: String = own[1..].chars().take_while(|c| !c.is_whitespace() && !matches!(c, '>' | '/')).collect();
            let with = |text: &str| format!("{before}{text}{after}");
            let mut mutants = vec![
                with(""),
                with(&format!("{own}{own}")),
                with(&own.replacen(&name, &format!("{name} inconnu=\"1\""), 1)),
                with(&own.replace(&format!("<{name}"), "<Inconnu").replace(&format!("</{name}>"), "</Inconnu>")),
                with(&format!("<{name}></{name}>")),
                with(&format!("<{name}>mot</{name}>")),
            ];
            mutants.extend(next.filter(|next| next.start >= element.end).map(|next| {
                let (gap, other) = (&self.text[element.end..next.start], &self.text[next.clone()]);
                format!("{before}{other}{gap}{own}{}", &self.text[next.end..])
            }));
            mutants
        })
    }
}

/// Where each element of a well-formed text stands, but for the root.
fn elements(text: &str) -> Vec<Range<usize>> {
    let mut reader = Reader::from_str(text);
    let position = |reader: &Reader<&[u8]>| usize::try_from(reader.buffer_position()).unwrap();
    let (mut found, mut open) = (Vec::new(), Vec::new());
    loop {
        let start = position(&reader);
        match reader.read_event() {
            Ok(Event::Start(_)) => {
                open.push(found.len());
                found.push(start..start);
            }
            Ok(Event::Empty(_)) => found.push(start..position(&reader)),
            Ok(Event::End(_)) => {
                let at: usize = open.pop().unwrap();
                found[at].end = position(&reader);
            }
            Ok(Event::Eof) | Err(_) => return found.into_iter().skip(1).collect(),
            Ok(_) => {}
        }
    }
}

/// All manifests at hand, and the names of the packages that their README's table gives to the dialect.
fn manifests() -> Option<(Vec<Manifest>, Vec<String>)> {
    let folder = reference().join("sips");
    let readme = fs::read_to_string(folder.join("README.md")).ok()?;
    let cells = readme.lines().filter_map(|line| line.strip_prefix("| OK_")?.split('|').next());
    let table =
        cells.flat_map(|cell| format!("OK_{cell}").split(',').map(|name| name.trim().to_owned()).collect::<Vec<_>>());
    let mut paths: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let manifests = paths.iter().filter_map(|path| {
        let name = path.file_name()?.to_str()?;
        let package = [".zip", ".tar.gz", ".tar"].iter().find_map(|ending| name.strip_suffix(ending))?.to_owned();
        let text = String::from_utf8_lossy(&manifest(path)?).into_owned();
        Some(Manifest { package, text })
    });
    Some((manifests.collect(), table.collect()))
}

/// The bytes of the manifest that the package at `path` holds, if any.
fn manifest(path: &Path) -> Option<Vec<u8>> {
    let file = fs::File::open(path).unwrap();
    match path.extension()?.to_str()? {
        "zip" => {
            let mut archive = zip::ZipArchive::new(file).ok()?;
            let at = (0..archive.len())
                .find(|at| archive.by_index(*at).is_ok_and(|entry| is_manifest(&entry.name().unwrap())))?;
            let mut bytes = Vec::new();
            archive.by_index(at).unwrap().read_to_end(&mut bytes).unwrap();
            Some(bytes)
        }
        "gz" => from_tar(GzDecoder::new(file)),
        _ => from_tar(file),
    }
}

fn from_tar(reader: impl Read) -> Option<Vec<u8>> {
    let mut archive = tar::Archive::new(reader);
    let mut entry =
        archive.entries().unwrap().map(Result::unwrap).find(|e| is_manifest(&e.path().unwrap().to_string_lossy()))?;
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).unwrap();
    Some(bytes)
}

fn is_manifest(name: &str) -> bool {
    !name.contains('/') && name.ends_with("manifest.xml")
}
