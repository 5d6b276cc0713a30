//! The examination of a package: every question answered, nothing changed.
//!
//! It knows no database and no volume: what the house knows is handed in as `Terms`, and where the bytes go as they
//! are read is the caller's (`Arrivals`): nowhere for a blank test, to every volume for a deposit.

pub mod question;
pub mod terms;
pub mod survey;
pub mod surveyor;
pub mod container;
pub mod schema;
pub mod header;
pub mod profile;
pub mod graph;
pub mod units;
pub mod signing;
pub mod objects;
pub mod controls;

use std::{collections::HashMap, io::Read};

use crate::{
    archive::{
        error::Error,
        examine::{
            header::HeaderSubject,
            objects::{ArrivedSubject, ObjectSubject, PresenceSubject},
            question::Telling,
            survey::Survey,
            terms::{Referentials, Terms},
        },
        limits::Limits,
    },
    digest::{self, Digests},
    domain::{
        archive::Header,
        check::{Finding, Report, Verdict},
        digest::Algorithm,
        name::Name,
        seda::{Dialect, SedaVersion},
    },
    package::open::{Opened, Package, Source},
};

/// What an examination found.
pub struct Examination {
    /// The findings.
    pub report: Report,
    /// What could be read of the package; `None` when it could not be opened or has no readable manifest.
    pub submission: Option<Submission>,
}

impl Examination {
    /// The verdict.
    pub const fn verdict(&self) -> Verdict {
        self.report.verdict()
    }
}

/// What could be read of a package.
pub struct Submission {
    /// The package, still open: the manifest can be read again.
    pub package: Package,
    /// The manifest's name.
    pub manifest: Name,
    /// The manifest's version; `None` when it is not one that the archive takes in.
    pub version: Option<SedaVersion>,
    /// The dialect under which the manifest is valid.
    pub dialect: Option<Dialect>,
    /// The skeleton of the manifest.
    pub survey: Survey,
    /// For each object of the survey, the entry that holds it.
    pub designated: Vec<Option<Name>>,
    /// For each object of the survey, what was read of it.
    pub arrived: Vec<Option<Arrived>>,
}

/// What is known of the survey's objects, one for one.
struct Objects {
    designated: Vec<Option<Name>>,
    arrived: Vec<Option<Arrived>>,
}

/// What was read of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// Bytes.
    pub size: u64,
    /// SHA-512.
    pub digest: crate::domain::digest::Digest,
}

/// Takes an entry's bytes as they are read, once, and computes their digests. `None` when the source could not be read
/// to its end, which the package tells by itself.
pub type Arrivals<'a> = dyn FnMut(&Name, &mut dyn Read, &[Algorithm]) -> Result<Option<(u64, Digests)>, Error> + 'a;

/// Examines `source`: opens it, reads its manifest, puts every question, reads every byte once through `arrivals`.
/// `listener` is told every finding, also those past the report's limit.
pub fn examine(
    source: Source,
    terms: &Terms<'_>,
    limits: &Limits,
    listener: &mut dyn FnMut(&Finding),
    arrivals: &mut Arrivals<'_>,
) -> Result<Examination, Error> {
    let mut telling = Telling::new(limits.findings_per_code, listener);
    controls::tell_not_examined_of_package(&mut telling);
    let submission = match container::open(source, limits, &mut telling)? {
        Some(package) => examine_package(package, terms, limits, &mut telling, arrivals)?,
        None => None,
    };
    Ok(Examination { report: telling.into_report(), submission })
}

/// Takes the bytes nowhere: the arrivals of a blank test.
pub fn only_hash(_: &Name, bytes: &mut dyn Read, algorithms: &[Algorithm]) -> Result<Option<(u64, Digests)>, Error> {
    // What cannot be read to its end is told by the package itself.
    Ok(digest::of(bytes, algorithms).ok().map(|digests| (digests.size(), digests)))
}

/// A blank test without an installation: `dialects` are allowed, and every byte is read and hashed.
pub fn blank(
    source: Source,
    referentials: &Referentials,
    dialects: &[Dialect],
    limits: &Limits,
    listener: &mut dyn FnMut(&Finding),
) -> Result<Examination, Error> {
    examine(source, &Terms::blank(referentials, dialects), limits, listener, &mut only_hash)
}

/// Only looks at the header of a package's manifest; `None` when it cannot be read to its end.
pub fn look(source: Source, limits: &Limits) -> Result<Option<(Header, Option<SedaVersion>)>, Error> {
    let Opened::Package(package) = Package::open(source, &limits.package)? else { return Ok(None) };
    let looked = package.with_manifest(|manifest| surveyor::look(manifest, limits))?;
    Ok(looked.ok().transpose()?.flatten())
}

/// Puts every question to a package that could be opened; `None` when its manifest cannot be read to its end.
fn examine_package(
    package: Package,
    terms: &Terms<'_>,
    limits: &Limits,
    telling: &mut Telling<'_>,
    arrivals: &mut Arrivals<'_>,
) -> Result<Option<Submission>, Error> {
    let Some(manifest) = package.manifest().cloned() else { return Ok(None) };
    schema::check_announced_digest(&package, terms, telling)?;
    if !schema::check_root(&package, limits, telling)? {
        return Ok(None);
    }
    let surveyed = match package.with_manifest(|bytes| surveyor::survey(bytes, terms, limits, telling))? {
        Ok(surveyed) => surveyed?,
        Err(faults) => {
            container::tell(&faults, telling);
            return Ok(None);
        }
    };
    let Some(surveyed) = surveyed else {
        schema::tell_malformed(&package, limits, telling)?;
        return Ok(None);
    };
    let (version, survey) = (surveyed.version, surveyed.survey);
    let agreement = terms.agreement(survey.header.agreement.as_deref());
    let dialect = match version {
        Some(version) => schema::check(&package, version, terms.dialects(agreement), agreement, limits, telling)?,
        None => None,
    };
    let n_bytes = package.entries().iter().map(|entry| entry.size).sum();
    telling.put(HeaderSubject::QUESTIONS, &HeaderSubject::of(&survey, terms, version, n_bytes));
    profile::check(&package, terms, &survey.header, limits, telling)?;
    telling.put(graph::QUESTIONS, &survey);
    telling.put(signing::QUESTIONS, &survey);
    let Objects { designated, arrived } = examine_objects(&package, &survey, terms, telling, arrivals)?;
    controls::tell_not_examined_of_manifest(terms, &survey, telling);
    Ok(Some(Submission { package, manifest, version, dialect, survey, designated, arrived }))
}

/// Puts the questions about objects: what is declared, what is present, then the bytes in one pass.
fn examine_objects(
    package: &Package,
    survey: &Survey,
    terms: &Terms<'_>,
    telling: &mut Telling<'_>,
    arrivals: &mut Arrivals<'_>,
) -> Result<Objects, Error> {
    survey.objects.iter().for_each(|object| telling.put(ObjectSubject::QUESTIONS, &ObjectSubject { object }));
    let entries: Vec<&Name> =
        package.entries().iter().map(|entry| &entry.name).filter(|name| Some(*name) != package.manifest()).collect();
    let designated = objects::designate(survey, &entries);
    let refused: Vec<&Name> = package.faults().iter().filter_map(|fault| fault.name.as_ref()).collect();
    telling.put(
        PresenceSubject::QUESTIONS,
        &PresenceSubject { survey, designated: &designated, refused: &refused, entries: &entries, terms },
    );
    let mut described: HashMap<&Name, Vec<usize>> = HashMap::new();
    for (object, entry) in designated.iter().enumerate() {
        if let Some(name) = entry.and_then(|entry| entries.get(entry)) {
            described.entry(name).or_default().push(object);
        }
    }
    let mut arrived = vec![None; survey.objects.len()];
    let faults = package.walk(&mut |entry, bytes| {
        let Some(described) = described.get(&entry.name) else { return Ok(()) };
        let nodes = || described.iter().filter_map(|object| survey.objects.get(*object));
        let algorithms = wanted(nodes().flat_map(|object| &object.declared));
        let Some((size, digests)) = arrivals(&entry.name, bytes, &algorithms)? else { return Ok(()) };
        for object in nodes() {
            let digest = |algorithm| digests.get(algorithm);
            telling.put(ArrivedSubject::QUESTIONS, &ArrivedSubject { object, size, digest: &digest });
        }
        for object in described {
            if let Some(slot) = arrived.get_mut(*object) {
                *slot = Some(Arrived { size, digest: digests.sha512() });
            }
        }
        Ok::<(), Error>(())
    });
    container::tell(&faults.map_err(Error::from)?, telling);
    let names = designated.into_iter().map(|entry| entries.get(entry?).copied().cloned()).collect();
    Ok(Objects { designated: names, arrived })
}

/// The algorithms that the declared digests ask for, and SHA-512.
fn wanted<'a>(declared: impl Iterator<Item = &'a crate::domain::digest::DeclaredDigest>) -> Vec<Algorithm> {
    let mut wanted = vec![Algorithm::Sha512];
    for algorithm in declared.filter_map(|declared| Algorithm::named(&declared.algorithm)) {
        if !wanted.contains(&algorithm) {
            wanted.push(algorithm);
        }
    }
    wanted
}
