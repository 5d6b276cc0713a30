//! A `BinaryDataObject` or `PhysicalDataObject`, while it is read.

use std::io::BufRead;

use crate::{
    domain::{digest::DeclaredDigest, object::DeclaredFormat},
    seda::{
        field::{Field, walk},
        piece::{Inline, Kind, SourceObject},
    },
    xml::{event::Start, fault::Error, reader::Reader},
};

/// Reads the object that `start`, the reader's last event, opens, to its end.
pub(crate) fn read<R: BufRead>(
    reader: &mut Reader<R>,
    start: &Start,
    kind: Kind,
    nested_in: Option<String>,
) -> Result<SourceObject, Error> {
    let mut object = SourceObject {
        local_id: start.id().unwrap_or_default().to_owned(),
        line: start.line,
        kind,
        nested_in,
        group_id: None,
        group_reference: None,
        existing_group: None,
        version: None,
        uri: None,
        digests: Vec::new(),
        size: None,
        filename: None,
        format: DeclaredFormat::default(),
        physical_id: None,
        attachment: None,
        source: String::new(),
    };
    reader.record(start)?;
    walk(reader, start, &mut String::new(), |field| tell(&mut object, field))?;
    object.source = reader.recorded().unwrap_or_default();
    Ok(object)
}

fn tell(object: &mut SourceObject, field: &Field<'_>) {
    match field.path {
        "DataObjectGroupId" => object.group_id = Some(field.reference()),
        "DataObjectGroupReferenceId" => object.group_reference = Some(field.reference()),
        "DataObjectGroupExistingReferenceId" => object.existing_group = Some(field.reference()),
        "DataObjectVersion" => object.version = Some(field.mark()),
        "Uri" => object.uri = Some(field.mark()),
        "Attachment" => {
            let named = |name| field.attribute(name).map(str::to_owned);
            let has_bytes = !field.text.is_empty();
            object.attachment = Some(Inline { filename: named("filename"), uri: named("uri"), has_bytes });
        }
        "MessageDigest" => object.digests.push(DeclaredDigest {
            algorithm: field.attribute("algorithm").unwrap_or_default().to_owned(),
            value: field.text.to_owned(),
        }),
        "Size" => object.size = Some(field.mark()),
        "FileInfo/Filename" => object.filename = field.filled(),
        "FormatIdentification/FormatLitteral" => object.format.name = field.filled(),
        "FormatIdentification/MimeType" => object.format.mime = field.filled(),
        "FormatIdentification/FormatId" => object.format.puid = field.filled(),
        "PhysicalId" => object.physical_id = Some(field.mark()),
        _ => {}
    }
}
