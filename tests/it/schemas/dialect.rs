//! What VITAM's dialect takes over the standard, one point at a time, and what it refuses none the less.

use std::{collections::BTreeSet, fs};

use crate::schemas::{
    engine::{Judge, compile},
    sets::{VERSIONS, Version, ours},
};

/// A transfer of one physical object, one binary object and one unit, plain in every version.
const PLAIN: &str = r#"<ArchiveTransfer xmlns="fr:gouv:culture:archivesdefrance:seda:vVERSION" xmlns:x="urn:autre">
<Date>2024-02-29T12:00:00Z</Date><MessageIdentifier>Versement 1</MessageIdentifier><ArchivalAgreement>CV-1</ArchivalAgreement>
<CodeListVersions/>
<DataObjectPackage>
<PhysicalDataObject id="P1"><PhysicalId>1 Num 1</PhysicalId><!--extents--></PhysicalDataObject>
<BinaryDataObject id="B1"><!--profile--><DataObjectVersion>BinaryMaster_1</DataObjectVersion><!--identifiers--><Uri>Content/1.jpg</Uri>
<MessageDigest algorithm="SHA-512">AQID</MessageDigest><Metadata><Image><!--image--></Image></Metadata></BinaryDataObject>
<DescriptiveMetadata><ArchiveUnit id="U1">
<Management><AccessRule><Rule>ACC-1</Rule><StartDate>2024-02-29</StartDate></AccessRule><!--management--></Management>
<Content><Title>Carte</Title><!--agents--><!--events--><Event><EventDateTime>2024-02-29</EventDateTime><!--event--></Event><!--content--></Content>
<!--unit--></ArchiveUnit></DescriptiveMetadata>
<ManagementMetadata><OriginatingAgencyIdentifier>SP</OriginatingAgencyIdentifier></ManagementMetadata>
</DataObjectPackage>
<ArchivalAgency><Identifier>SA</Identifier></ArchivalAgency><TransferringAgency><Identifier>SV</Identifier></TransferringAgency>
</ArchiveTransfer>"#;

/// What the dialect adds, the version from which the standard has it too, and what replaces what in [`PLAIN`].
const ADDED: [(&str, &str, &str, &str); 26] = [
    ("holds", "2.2", "<!--management-->", "<HoldRule><Rule>HOL-1</Rule><HoldOwner>Police</HoldOwner></HoldRule>"),
    ("holds under VITAM's slip", "", "<!--management-->", "<HoleOwner><Rule>HOL-1</Rule></HoleOwner>"),
    (
        "management in another order",
        "",
        "<!--management-->",
        "<StorageRule><FinalAction>Copy</FinalAction></StorageRule>",
    ),
    (
        "holds before other management",
        "",
        "<!--management-->",
        "<HoldRule/><NeedAuthorization>true</NeedAuthorization>",
    ),
    (
        "joining a unit by its identifier",
        "",
        "<!--management-->",
        "<UpdateOperation><SystemId>aeaq</SystemId><FullUpdate>true</FullUpdate></UpdateOperation>",
    ),
    (
        "joining a unit by a key",
        "",
        "<!--management-->",
        "<UpdateOperation><ArchiveUnitIdentifierKey><MetadataName>Title</MetadataName><MetadataValue>T</MetadataValue>\
         </ArchiveUnitIdentifierKey></UpdateOperation>",
    ),
    (
        "joining a group that is kept already",
        "",
        "<!--unit-->",
        "<DataObjectGroup><DataObjectGroupExistingReferenceId>aeaq</DataObjectGroupExistingReferenceId></DataObjectGroup>",
    ),
    (
        "persistent identifiers of units",
        "2.3",
        "<!--content-->",
        "<PersistentIdentifier><PersistentIdentifierType>ark</PersistentIdentifierType>\
         <PersistentIdentifierContent>ark:/1/a</PersistentIdentifierContent></PersistentIdentifier>",
    ),
    (
        "persistent identifiers of objects",
        "2.3",
        "<!--identifiers-->",
        "<PersistentIdentifier><PersistentIdentifierType>ark</PersistentIdentifierType>\
         <PersistentIdentifierContent>ark:/1/a</PersistentIdentifierContent></PersistentIdentifier>",
    ),
    (
        "use and number of objects",
        "2.3",
        "<!--identifiers-->",
        "<DataObjectUse>BinaryMaster</DataObjectUse><DataObjectNumber>1</DataObjectNumber>",
    ),
    ("profiles of objects", "2.2", "<!--profile-->", "<DataObjectProfile>POT-1</DataObjectProfile>"),
    ("agents", "2.2", "<!--agents-->", "<Agent><Corpname>Mairie</Corpname></Agent>"),
    ("dates in words", "2.2", "<!--events-->", "<DateLitteral>vers 1900</DateLitteral>"),
    (
        "agents of events",
        "2.2",
        "<!--event-->",
        "<LinkingAgentIdentifier><LinkingAgentRole>témoin</LinkingAgentRole></LinkingAgentIdentifier>",
    ),
    (
        "text of messages",
        "2.2",
        "<!--content-->",
        "<OriginatingSystemIdReplyTo>m1</OriginatingSystemIdReplyTo><TextContent>Bonjour</TextContent>",
    ),
    (
        "history of management",
        "",
        "<!--content-->",
        "<History><UpdateDate>2024-02-29T12:00:00Z</UpdateDate><Data><Version>1</Version><Management/></Data></History>",
    ),
    ("strangers in descriptions", "", "<!--content-->", "<x:insee>01001</x:insee>"),
    ("strangers in events", "", "<!--event-->", "<x:poste>12</x:poste>"),
    ("technical metadata of this namespace", "", "<!--image-->", "<Dimensions>117x76</Dimensions>"),
    ("technical metadata of no namespace", "", "<!--image-->", "<Dimensions xmlns=\"\">117x76</Dimensions>"),
    (
        "other kinds of technical metadata",
        "",
        "<Image><!--image--></Image>",
        "<Code><Dimensions>117x76</Dimensions></Code>",
    ),
    ("strange kinds of technical metadata", "", "<Image><!--image--></Image>", "<x:plan/>"),
    ("extents", "", "<!--extents-->", "<Extent>1 carte</Extent><Color>Noir</Color><Dimensions>10 cm</Dimensions>"),
    ("strange extents", "", "<!--extents-->", "<x:poids>3</x:poids>"),
    ("anything after dimensions", "", "<!--extents-->", "<PhysicalDimensions/><MaMesure>3</MaMesure>"),
    ("management of the whole in another order", "", "<ManagementMetadata>", "<ManagementMetadata><AccessRule/>"),
];

/// What no dialect takes: what replaces what in [`PLAIN`].
const REFUSED: [(&str, &str, &str); 19] = [
    ("an unknown element in a description", "<!--content-->", "<Titel>Carte</Titel>"),
    ("an unknown element in management", "<!--management-->", "<AccesRule/>"),
    ("an unknown element in a unit", "<!--unit-->", "<Inconnu/>"),
    ("a stranger in a unit", "<!--unit-->", "<x:inconnu/>"),
    ("a stranger in management", "<!--management-->", "<x:inconnu/>"),
    ("an unknown element in an event", "<!--event-->", "<Inconnu/>"),
    ("an unknown extent without dimensions", "<!--extents-->", "<MaMesure>3</MaMesure>"),
    ("two kinds of technical metadata", "<Image><!--image--></Image>", "<Image/><Audio/>"),
    ("descriptions in another order", "<!--content-->", "<Title>Carte</Title>"),
    ("the same rule twice", "<!--management-->", "<AccessRule/>"),
    ("a rule without its final action", "<!--management-->", "<AppraisalRule><Rule>APP-1</Rule></AppraisalRule>"),
    (
        "a final action of another rule",
        "<!--management-->",
        "<AppraisalRule><FinalAction>Copy</FinalAction></AppraisalRule>",
    ),
    ("a date that is none", "<StartDate>2024-02-29</StartDate>", "<StartDate>hier</StartDate>"),
    ("an update of nothing", "<!--management-->", "<UpdateOperation/>"),
    (
        "a persistent identifier without content",
        "<!--content-->",
        "<PersistentIdentifier><PersistentIdentifierType>ark</PersistentIdentifierType></PersistentIdentifier>",
    ),
    ("a message without identifier", "<MessageIdentifier>Versement 1</MessageIdentifier>", ""),
    ("a digest without algorithm", " algorithm=\"SHA-512\"", ""),
    ("a unit without name", " id=\"U1\"", ""),
    (
        "a reference to nothing",
        "<!--unit-->",
        "<DataObjectReference><DataObjectReferenceId>B9</DataObjectReferenceId></DataObjectReference>",
    ),
];

#[test]
fn every_schema_file_belongs_to_a_set() {
    let sets = VERSIONS.iter().flat_map(|version| [version.strict(), version.vitam()]);
    let listed: BTreeSet<String> = sets.flat_map(|set| set.names().map(str::to_owned).collect::<Vec<_>>()).collect();
    let files = fs::read_dir(ours()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(listed, files.collect());
}

#[test]
fn the_dialect_takes_what_vitam_adds_and_the_standard_does_not() {
    each_version(|version, strict, vitam| {
        assert_eq!(strict.fault(&plain(version)), None);
        for (what, since, place, with) in ADDED {
            let text = changed(version, place, with);
            assert_eq!(vitam.fault(&text), None, "{what} in {}", version.name);
            let standard = !since.is_empty() && since <= version.name;
            assert_eq!(strict.fault(&text).is_none(), standard, "{what} in {}, strictly", version.name);
        }
    });
}

#[test]
fn the_dialect_refuses_what_is_badly_built() {
    each_version(|version, strict, vitam| {
        for (what, place, with) in REFUSED {
            let text = changed(version, place, with);
            assert!(vitam.fault(&text).is_some(), "{what} in {}", version.name);
            assert!(strict.fault(&text).is_some(), "{what} in {}, strictly", version.name);
        }
    });
}

#[test]
fn the_dialect_takes_the_extended_block_of_a_signature() {
    let version = &VERSIONS[2];
    let signing = "<SigningInformation><SigningRole>Signature</SigningRole><Extended><Champ>1</Champ></Extended></SigningInformation>";
    let text = changed(version, "<!--content-->", signing);
    let (strict, vitam) = (compile(&version.strict()), compile(&version.vitam()));
    assert_eq!(Judge::new(&vitam).fault(&text), None);
    assert!(Judge::new(&strict).fault(&text).is_some_and(|fault| fault.contains("abstract")));
}

fn each_version(test: impl Fn(&Version, &Judge<'_>, &Judge<'_>)) {
    for version in &VERSIONS {
        let (strict, vitam) = (compile(&version.strict()), compile(&version.vitam()));
        test(version, &Judge::new(&strict), &Judge::new(&vitam));
    }
}

fn plain(version: &Version) -> String {
    PLAIN.replace("VERSION", version.name)
}

fn changed(version: &Version, place: &str, with: &str) -> String {
    assert!(PLAIN.contains(place), "{place} is nowhere");
    plain(version).replacen(place, with, 1)
}
