//! Reads a manifest once, piece by piece: builds the skeleton and puts the questions that one piece answers.

use std::{
    collections::HashMap,
    io::{BufRead, Read},
};

use crate::{
    archive::{
        error::Error,
        examine::{
            question::Telling,
            survey::{
                Bearer, GroupNode, Index, LineNumber, ObjectNode, ObjectReference, Reference, ReferredBy, SigningNode,
                Survey, UnitNode,
            },
            terms::Terms,
            units::UnitSubject,
        },
        limits::Limits,
    },
    domain::{archive::Header, seda::SedaVersion},
    seda::{
        manifest::ManifestReader,
        piece::{self, Alias, Kind, Piece, SourceObject, SourceUnit},
    },
    xml::{encoding, fault},
};

/// What a reading of the manifest gave.
pub struct Surveyed {
    /// The version, when it is one that the archive takes in.
    pub version: Option<SedaVersion>,
    /// The skeleton.
    pub survey: Survey,
}

/// Reads a manifest to its end; `None` when it is not well-formed, which the schema's pass tells with its place.
pub fn survey(
    manifest: &mut dyn Read,
    terms: &Terms<'_>,
    limits: &Limits,
    telling: &mut Telling<'_>,
) -> Result<Option<Surveyed>, Error> {
    let mut reader = ManifestReader::new(encoding::utf8(manifest), limits.xml);
    let mut surveyor = Surveyor { survey: Survey::default(), joining: Vec::new(), aliases: Vec::new(), terms };
    loop {
        match next(&mut reader)? {
            Step::Piece(piece) => surveyor.take(piece, telling),
            Step::End => break,
            Step::Malformed => return Ok(None),
        }
    }
    let version = reader.version();
    let mut survey = surveyor.finish();
    survey.header = reader.header();
    let of_transfer = UnitSubject {
        place: "ManagementMetadata".to_owned(),
        content: None,
        management: &survey.header.management,
        terms,
    };
    telling.put(UnitSubject::QUESTIONS, &of_transfer);
    Ok(Some(Surveyed { version, survey }))
}

/// Reads a manifest for its header only; `None` when it is not well-formed.
pub fn look(manifest: &mut dyn Read, limits: &Limits) -> Result<Option<(Header, Option<SedaVersion>)>, Error> {
    let mut reader = ManifestReader::new(encoding::utf8(manifest), limits.xml);
    while matches!(next(&mut reader)?, Step::Piece(_)) {}
    let version = reader.version();
    let header = reader.header();
    Ok((!header.message_identifier.is_empty()).then_some((header, version)))
}

/// What the reader came to.
enum Step {
    Piece(Piece),
    End,
    Malformed,
}

fn next<R: BufRead>(reader: &mut ManifestReader<R>) -> Result<Step, Error> {
    match reader.next() {
        Ok(piece) => Ok(piece.map_or(Step::End, Step::Piece)),
        Err(fault::Error::Malformed { .. }) => Ok(Step::Malformed),
        Err(fault::Error::Read(error)) if encoding::Fault::within(&error).is_some() => Ok(Step::Malformed),
        Err(error) => Err(error.into()),
    }
}

struct Surveyor<'a> {
    survey: Survey,
    /// Objects that join a group by name, to be resolved once every group is known.
    joining: Vec<(usize, Box<str>)>,
    /// Second names of units, to be resolved once every unit is known: the name, its line, what it names.
    aliases: Vec<(Box<str>, LineNumber, Box<str>)>,
    terms: &'a Terms<'a>,
}

impl Surveyor<'_> {
    fn take(&mut self, piece: Piece, telling: &mut Telling<'_>) {
        match piece {
            Piece::Object(object) => self.object(*object),
            Piece::Group(group) => {
                let at = self.group(&group.local_id, group.line);
                if let Some(node) = usize::try_from(at).ok().and_then(|at| self.survey.groups.get_mut(at)) {
                    node.is_element = true;
                }
            }
            Piece::Unit(unit) => self.unit(&unit, telling),
            Piece::Alias(alias) => self.alias(alias),
        }
    }

    fn object(&mut self, object: SourceObject) {
        let at = self.survey.objects.len();
        let named = |reference: &piece::Reference| (reference.target.clone(), reference.line);
        let defined =
            object.nested_in.clone().map(|group| (group, object.line)).or_else(|| object.group_id.as_ref().map(named));
        let group = defined.map(|(group, line)| self.group(&group, line));
        if let (None, Some(joined)) = (group, &object.group_reference) {
            self.joining.push((at, joined.target.as_str().into()));
        }
        self.bear(&object.local_id, Bearer::Object(index(at)), object.line);
        self.survey.objects.push(ObjectNode {
            local_id: object.local_id.into(),
            line: object.line,
            physical: object.kind == Kind::Physical,
            group,
            unknown_group: None,
            version: object.version.map(|mark| mark.value.into()),
            uri: object.uri.map(|mark| mark.value.into()),
            blank_physical_id: object.physical_id.is_some_and(|mark| mark.value.trim().is_empty()),
            declared: object.digests,
            size: object.size.and_then(|mark| mark.value.parse().ok()),
        });
    }

    /// The group that bears `local_id`; made when it is first met.
    fn group(&mut self, local_id: &str, line: LineNumber) -> Index {
        if let Some(Bearer::Group(known)) = self.survey.bearers.get(local_id) {
            return *known;
        }
        let made = index(self.survey.groups.len());
        self.survey.groups.push(GroupNode { local_id: local_id.into(), line, is_element: false });
        self.bear(local_id, Bearer::Group(made), line);
        made
    }

    fn unit(&mut self, unit: &SourceUnit, telling: &mut Telling<'_>) {
        let at = index(self.survey.units.len());
        let place = format!("ArchiveUnit {} (ligne {})", unit.local_id, unit.line);
        let attaches = unit.management.attachment.is_some();
        let content = Some(&unit.content).filter(|_| !attaches || unit.has_content);
        telling.put(
            UnitSubject::QUESTIONS,
            &UnitSubject { place, content, management: &unit.management, terms: self.terms },
        );
        self.survey.n_attachments += u64::from(attaches);
        if let Some(signing) = &unit.content.signing {
            self.survey.signings.push(SigningNode {
                unit: at,
                roles: boxed(&signing.roles),
                detached_roles: boxed(&signing.detached_roles),
                references: boxed(&signing.signed_document_references),
            });
        }
        self.bear(&unit.local_id, Bearer::Unit(at), unit.line);
        self.survey.units.push(UnitNode {
            local_id: unit.local_id.as_str().into(),
            line: unit.line,
            parent: unit.parent.as_deref().map(Into::into),
            children: unit.child_references.iter().map(referred).collect(),
            objects: unit.object_references.iter().map(object_referred).collect(),
        });
    }

    fn alias(&mut self, alias: Alias) {
        if alias.parent.is_none() {
            self.survey.root_references.push(referred(&alias.target));
        }
        self.aliases.push((alias.local_id.into(), alias.target.line, alias.target.target.into()));
    }

    fn bear(&mut self, local_id: &str, bearer: Bearer, line: LineNumber) {
        if local_id.is_empty() {
            return;
        }
        if self.survey.bearers.contains_key(local_id) {
            self.survey.repeated.push((local_id.into(), line));
        } else {
            self.survey.bearers.insert(local_id.into(), bearer);
        }
    }

    fn finish(mut self) -> Survey {
        self.resolve_aliases();
        for (object, group) in self.joining {
            let found = match self.survey.bearers.get(&group) {
                Some(Bearer::Group(found)) => Some(*found),
                _ => None,
            };
            if let Some(node) = self.survey.objects.get_mut(object) {
                node.group = found;
                node.unknown_group = found.is_none().then_some(group);
            }
        }
        self.survey
    }
}

impl Surveyor<'_> {
    /// Gives each second name to the unit that it leads to. A name that leads nowhere stays unknown, and is told where
    /// it is cited.
    fn resolve_aliases(&mut self) {
        let targets: HashMap<Box<str>, Box<str>> =
            self.aliases.iter().map(|(name, _, target)| (name.clone(), target.clone())).collect();
        for (name, line, target) in std::mem::take(&mut self.aliases) {
            let mut reached = target;
            for _ in 0..targets.len() {
                let Some(next) = targets.get(&reached) else { break };
                reached.clone_from(next);
            }
            if let Some(unit) = self.survey.unit_named(&reached) {
                self.bear(&name, Bearer::Unit(unit), line);
            }
        }
    }
}

fn boxed(texts: &[String]) -> Vec<Box<str>> {
    texts.iter().map(|text| text.as_str().into()).collect()
}

fn index(at: usize) -> Index {
    Index::try_from(at).unwrap_or(Index::MAX)
}

fn referred(reference: &piece::Reference) -> Reference {
    Reference { to: reference.target.as_str().into(), line: reference.line }
}

fn object_referred(reference: &piece::ObjectReference) -> ObjectReference {
    let (reference, by) = match reference {
        piece::ObjectReference::Object(reference) => (reference, ReferredBy::Object),
        piece::ObjectReference::Group(reference) => (reference, ReferredBy::Group),
        piece::ObjectReference::ExistingGroup(reference) => (reference, ReferredBy::ExistingGroup),
    };
    ObjectReference { reference: referred(reference), by }
}
