//! Reading manifests made by others, and a large one made here.

use std::{collections::BTreeSet, fs, time::Instant};

use cartulaire::{
    domain::{
        rule::{Attachment, Category},
        seda::SedaVersion,
    },
    seda::{
        manifest::ManifestReader,
        piece::{Kind, ObjectReference, Piece},
        root::{Root, detect},
    },
    xml::{
        bounds::Bounds,
        canonical::{Form, canonical},
        fault::Error,
    },
};

use crate::seda::{manifest_of, read_manifest, reference, resident};

/// Package, units, group elements, objects.
const PACKAGES: &[(&str, usize, usize, usize)] = &[
    ("OK_12_UNITS_12_GOTS.zip", 12, 0, 12),
    ("OK_3_UNITS_2_GOTS.zip", 3, 0, 2),
    ("OK_ARBO-COMPLEXE.zip", 5, 0, 2),
    ("OK_ArchivesPhysiques.zip", 1, 0, 2),
    ("OK_HoldRules_vitam_dialect.zip", 8, 0, 0),
    ("OK_RULES_COMPLEXE_COMPLETE_V2.zip", 28, 0, 4),
    ("OK_SEDA_2.1_Signature.zip", 2, 2, 2),
    ("OK_SEDA_2.2_Signature.zip", 2, 2, 2),
    ("OK_SEDA_2.3_SigningInformation.zip", 2, 2, 2),
    ("OK_SIP.tar", 1, 0, 5),
    ("OK_SIP_2_GO.zip", 7, 0, 4),
    ("OK_SIP_ARK.zip", 2, 0, 2),
    ("OK_SIP_FULL_SEDA2.2.zip", 5, 2, 5),
    ("OK_SIP_FULL_SEDA2.3.zip", 5, 2, 5),
    ("OK_SIP_plusieurs_usages_dans_GOT.zip", 2, 0, 33),
    ("OK_SIP_profil.zip", 5, 0, 2),
    ("OK_SIP_sans_objet.zip", 8, 0, 0),
    ("OK_SubFolders.zip", 1, 0, 1),
    ("OK_prefixed_manifest_name.zip", 2, 0, 2),
    ("OK_sedalib_TestSip.zip", 22, 11, 15),
    ("perf_10002_units_10000_objects.zip", 10_002, 10_000, 10_000),
    ("perf_1001_units_1000_objects_100kB.zip", 1_001, 0, 1_000),
];

#[test]
fn every_accepted_package_is_read_without_losing_a_piece() {
    let Some(folder) = reference("sips") else { return };
    for (name, units, groups, objects) in PACKAGES {
        let text = manifest_of(&folder.join(name));
        let manifest = read_manifest(text.as_bytes());
        let counted = (manifest.units.len(), manifest.groups.len(), manifest.objects.len());
        assert_eq!(counted, (*units, *groups, *objects), "{name}");
        let ids: BTreeSet<&str> = manifest.units.iter().map(|unit| unit.local_id.as_str()).collect();
        assert_eq!(ids.len(), *units, "{name}: identifiers are distinct");
        let aliases: BTreeSet<&str> = manifest.aliases.iter().map(|alias| alias.local_id.as_str()).collect();
        for unit in &manifest.units {
            assert!(unit.has_content && !unit.source.is_empty() && !unit.text.is_empty(), "{name} {}", unit.local_id);
            let targets = unit.child_references.iter().map(|reference| reference.target.as_str());
            for known in targets.chain(unit.parent.as_deref()) {
                assert!(ids.contains(known) || aliases.contains(known), "{name}: {known}");
            }
        }
        assert!(!manifest.header.message_identifier.is_empty(), "{name}");
        assert!(!manifest.header.archival_agency.is_empty(), "{name}");
        assert!(!manifest.header.transferring_agency.is_empty(), "{name}");
        assert!(manifest.header.source.contains("ManagementMetadata"), "{name}");
    }
}

#[test]
fn sources_are_the_elements_as_received() {
    let Some(folder) = reference("sips") else { return };
    for name in ["OK_SIP_FULL_SEDA2.2.zip", "OK_SIP_FULL_SEDA2.3.zip"] {
        let text = manifest_of(&folder.join(name));
        let manifest = read_manifest(text.as_bytes());
        let form = Form::Exclusive { comments: true };
        // The whole document's canonical form holds that of each element kept.
        let whole = canonical(&text, form, Bounds::default()).unwrap();
        let namespace = manifest.units[0].source.split('"').nth(1).unwrap().to_owned();
        let mut seen = 0;
        for source in manifest.units.iter().map(|unit| &unit.source).chain(manifest.objects.iter().map(|o| &o.source)) {
            let kept = canonical(&format!("<x>{source}</x>"), form, Bounds::default()).unwrap();
            let kept = kept.strip_prefix("<x>").unwrap().strip_suffix("</x>").unwrap();
            for element in kept.split_inclusive("</Management>") {
                let element = element.replacen(&format!(" xmlns=\"{namespace}\""), "", 1);
                assert!(whole.contains(&element), "{name}: {element}");
                seen += 1;
            }
        }
        assert!(seen > 10);
    }
}

#[test]
fn what_a_full_manifest_says_is_modelled() {
    let Some(folder) = reference("sips") else { return };
    let text = manifest_of(&folder.join("OK_SIP_FULL_SEDA2.3.zip"));
    let Root::Element { local_name, version, .. } = detect(text.as_bytes(), Bounds::default()).unwrap() else {
        panic!("not XML")
    };
    assert_eq!((local_name.as_str(), version), ("ArchiveTransfer", Some(SedaVersion::V2_3)));
    let manifest = read_manifest(text.as_bytes());
    let unit = manifest.units.iter().find(|unit| unit.local_id == "ID3").unwrap();
    assert_eq!(unit.content.title, "monSIP");
    assert_eq!(unit.content.level.as_deref(), Some("RecordGrp"));
    assert_eq!(unit.content.start_date.as_deref(), Some("2016-06-03T15:28:00"));
    assert_eq!(
        unit.content.identifiers,
        [("PersistentIdentifier".to_owned(), "ark:/22567/001a957db5eadaac".to_owned())]
    );
    let signing = unit.content.signing.as_ref().unwrap();
    assert_eq!(signing.roles, ["SignedDocument", "Signature", "Timestamp"]);
    assert_eq!(signing.detached_roles, ["AdditionalProof"]);
    assert!(signing.described);
    let children: Vec<&str> = unit.child_references.iter().map(|reference| reference.target.as_str()).collect();
    assert_eq!(children, ["ID4", "ID14"]);
    let categories: Vec<Category> = unit.management.categories.iter().map(|rules| rules.category).collect();
    assert_eq!(categories, [Category::Appraisal, Category::Hold]);
    let hold = &unit.management.categories[1].rules[0];
    assert_eq!((hold.rule.as_str(), hold.hold_end.unwrap().to_string()), ("HOL-00002", "2010-01-01".to_owned()));
    assert!(unit.text.contains("Fulgence Marie Auguste Bienvenüe") && !unit.text.contains("  "));
    let line = text.lines().position(|line| line.contains("<ArchiveUnit id=\"ID3\"")).unwrap() + 1;
    assert_eq!(unit.line, u64::try_from(line).unwrap());
    assert!(manifest.groups[0].source.as_deref().unwrap().contains("EventIdentifier_ObjectGroup0"));
    let group = |id: &str| manifest.objects.iter().find(|o| o.local_id == id).unwrap().group().unwrap().to_owned();
    assert_eq!((group("ID18"), group("ID17")), ("ID6".to_owned(), "ID30".to_owned()));
    assert_eq!(manifest.header.legal_status.as_deref(), Some("Private Archive"));
    assert_eq!(manifest.header.management.categories.len(), 2);
    assert_eq!(manifest.header.transferring_agency, "Identifier5");
}

#[test]
fn the_bordereau_of_pastell_is_read() {
    let Some(path) = reference("pastell/connecteur-type__bordereau_seda_2.1.xml") else { return };
    let manifest = read_manifest(fs::read(path).unwrap().as_slice());
    assert_eq!((manifest.units.len(), manifest.objects.len()), (8, 4));
    let file = manifest.units.iter().find(|unit| unit.local_id == "archive_file_aractes").unwrap();
    assert_eq!((file.title.as_ref(), file.parent.as_deref()), (None, Some("test2")));
    assert!(
        matches!(&file.object_references[..], [ObjectReference::Object(reference)] if reference.target == "aractes")
    );
    assert_eq!(manifest.header.agreement.as_deref(), Some("ACCORD_TEST_LS"));
    assert_eq!(manifest.header.profile.as_deref(), Some("ACTES_LS_V4_TEST"));
    let root = manifest.units.iter().find(|unit| unit.parent.is_none()).unwrap();
    assert_eq!(root.content.originating_agency.as_deref(), Some("SIRH00"));
    assert!(root.text.contains("Système d'information des RH"));
    assert_eq!(root.content.keywords, ["Département du 00", "Contrôle de légalité", "1.1"]);
}

#[test]
fn prefixes_extensions_attachments_and_lone_references_are_read() {
    let text = r#"<s:ArchiveTransfer xmlns:s="fr:gouv:culture:archivesdefrance:seda:v2.1"><s:DataObjectPackage>
      <s:BinaryDataObject xml:id="O1"><s:DataObjectGroupId>G1</s:DataObjectGroupId><s:Attachment filename="a.txt">aGk=</s:Attachment>
        <s:MessageDigest algorithm="SHA-1">00</s:MessageDigest><s:MessageDigest algorithm="MD5">11</s:MessageDigest></s:BinaryDataObject>
      <s:DescriptiveMetadata>
        <s:ArchiveUnit id="U1"><x:Extra xmlns:x="urn:x">caf&#233; <x:Title>no</x:Title></x:Extra>
          <s:Management><s:UpdateOperation><s:ArchiveUnitIdentifierKey><s:MetadataName>FilePlanPosition</s:MetadataName>
            <s:MetadataValue>42</s:MetadataValue></s:ArchiveUnitIdentifierKey></s:UpdateOperation>
            <s:NeedAuthorization>1</s:NeedAuthorization></s:Management>
          <s:Content><s:Title/><s:Title>second</s:Title></s:Content>
          <s:DataObjectReference><s:DataObjectGroupExistingReferenceId>guid</s:DataObjectGroupExistingReferenceId></s:DataObjectReference>
          <s:ArchiveUnit id="U2"><s:Content><s:Title>two</s:Title></s:Content></s:ArchiveUnit>
        </s:ArchiveUnit>
        <s:ArchiveUnit id="R"><s:ArchiveUnitRefId>nowhere</s:ArchiveUnitRefId></s:ArchiveUnit>
      </s:DescriptiveMetadata></s:DataObjectPackage></s:ArchiveTransfer>"#;
    let manifest = read_manifest(text.as_bytes());
    let ids: Vec<&str> = manifest.units.iter().map(|unit| unit.local_id.as_str()).collect();
    let aliases: Vec<_> =
        manifest.aliases.iter().map(|a| (a.local_id.as_str(), &a.parent, a.target.target.as_str())).collect();
    assert_eq!((ids, aliases), (vec!["U2", "U1"], vec![("R", &None, "nowhere")]));
    let unit = &manifest.units[1];
    assert_eq!(unit.title.as_ref().unwrap().value, "");
    assert_eq!(unit.text, "café no FilePlanPosition 42 1 second");
    assert!(unit.source.starts_with("<x:Extra xmlns:x=\"urn:x\">caf&#233; <x:Title>"));
    assert!(unit.source.contains("<s:Content xmlns:s=\"fr:gouv:culture:archivesdefrance:seda:v2.1\"><s:Title/>"));
    let key = Attachment::Key { name: "FilePlanPosition".to_owned(), value: "42".to_owned() };
    assert_eq!((unit.management.attachment.clone(), unit.management.need_authorization), (Some(key), Some(true)));
    assert!(matches!(&unit.object_references[..], [ObjectReference::ExistingGroup(r)] if r.target == "guid"));
    let object = &manifest.objects[0];
    assert_eq!((object.local_id.as_str(), object.kind, object.group()), ("O1", Kind::Binary, Some("G1")));
    assert_eq!(object.digests.len(), 2);
    assert!(object.attachment.as_ref().unwrap().has_bytes);
}

#[test]
fn refused_packages_are_read_as_far_as_they_go() {
    let Some(folder) = reference("sips") else { return };
    let text = manifest_of(&folder.join("KO_SIP_INSUPPORTED_SEDA_VERSION.zip"));
    assert!(matches!(detect(text.as_bytes(), Bounds::default()), Ok(Root::Element { version: None, .. })));
    let cycle = read_manifest(manifest_of(&folder.join("KO_ARBO_recursif.zip")).as_bytes());
    assert!(cycle.units.iter().any(|unit| !unit.child_references.is_empty()));
    let text = manifest_of(&folder.join("KO_BORD_AUrefphysobject.zip"));
    assert!(read_manifest(text.as_bytes()).units.iter().any(|unit| {
        unit.object_references.iter().any(|reference| matches!(reference, ObjectReference::Object(_)))
    }));
    // Cut anywhere, a manifest gives a fault, never a panic nor an end.
    for length in (0..text.len()).step_by(97).filter(|at| text.is_char_boundary(*at)) {
        let mut reader = ManifestReader::new(text.as_bytes().get(..length).unwrap(), Bounds::default());
        let last = loop {
            match reader.next() {
                Ok(Some(_)) => {}
                last => break last,
            }
        };
        assert!(matches!(last, Err(Error::Malformed { .. })), "{length}: {last:?}");
    }
}

#[test]
fn a_manifest_of_100_000_units_is_read_in_flat_memory() {
    let mut file = tempfile::tempfile().unwrap();
    write_large(&mut std::io::BufWriter::new(&mut file), 100_000);
    std::io::Seek::rewind(&mut file).unwrap();
    let size = file.metadata().unwrap().len();
    let before = resident();
    let began = Instant::now();
    let mut reader = ManifestReader::new(std::io::BufReader::new(file), Bounds::default());
    let (mut units, mut objects, mut most) = (0_u64, 0_u64, 0_u64);
    while let Some(piece) = reader.next().unwrap() {
        match piece {
            Piece::Unit(_) => units += 1,
            Piece::Object(_) => objects += 1,
            Piece::Group(_) | Piece::Alias(_) => {}
        }
        if units % 10_000 == 1 {
            most = most.max(resident().saturating_sub(before));
        }
    }
    println!("100,000 units, {size} bytes: {:?}, {most} kB more resident", began.elapsed());
    assert_eq!((units, objects), (100_001, 100_000));
    // Other tests of this process are counted too; all the texts would be more than 200 MB.
    assert!(most < 128 * 1024, "{most} kB");
}

/// A manifest of one folder that holds so many units, each with an object.
fn write_large(out: &mut impl std::io::Write, count: usize) {
    writeln!(out, "<ArchiveTransfer xmlns=\"fr:gouv:culture:archivesdefrance:seda:v2.2\"><DataObjectPackage>").unwrap();
    for at in 0..count {
        writeln!(
            out,
            "<DataObjectGroup id=\"G{at}\"><BinaryDataObject id=\"O{at}\"><DataObjectVersion>BinaryMaster_1</DataObjectVersion>\
             <Uri>content/O{at}.pdf</Uri><MessageDigest algorithm=\"SHA-512\">{at:0128}</MessageDigest><Size>1</Size>\
             </BinaryDataObject></DataObjectGroup>"
        )
        .unwrap();
    }
    writeln!(out, "<DescriptiveMetadata><ArchiveUnit id=\"R\"><Content><Title>Racine</Title></Content>").unwrap();
    for at in 0..count {
        writeln!(
            out,
            "<ArchiveUnit id=\"U{at}\"><Content><DescriptionLevel>Item</DescriptionLevel><Title>Délibération {at}</Title>\
             <Description>Une description qui tient sur une ligne.</Description></Content><DataObjectReference>\
             <DataObjectGroupReferenceId>G{at}</DataObjectGroupReferenceId></DataObjectReference></ArchiveUnit>"
        )
        .unwrap();
    }
    writeln!(out, "</ArchiveUnit></DescriptiveMetadata><ManagementMetadata/></DataObjectPackage></ArchiveTransfer>")
        .unwrap();
    out.flush().unwrap();
}
