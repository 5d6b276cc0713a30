//! Distinguished names as people read them, and as a new certificate carries them.

use openssl::{
    asn1::Asn1Type,
    nid::Nid,
    x509::{X509Name, X509NameBuilder, X509NameRef},
};

use crate::{domain::digest::to_hex, pki::Error};

/// A name as `CN=Autorité, O=Ville`, in the order of the certificate.
pub fn text(name: &X509NameRef) -> String {
    let entries = name.entries().map(|entry| {
        let field = entry.object().nid().short_name().map_or_else(|_| entry.object().to_string(), str::to_owned);
        let value = entry.data().to_string().unwrap_or_else(|_| to_hex(entry.data().as_slice()));
        // A control character would let a name draw something else on a terminal.
        format!("{field}={}", value.replace(char::is_control, " "))
    });
    entries.collect::<Vec<_>>().join(", ")
}

/// A name of one `commonName`, in UTF-8. Its 64 characters at most (X.520) are the first ones.
pub fn common(name: &str) -> Result<X509Name, Error> {
    let short: String = name.chars().take(64).collect();
    let mut builder = X509NameBuilder::new()?;
    builder.append_entry_by_nid_with_type(Nid::COMMONNAME, &short, Asn1Type::UTF8STRING)?;
    Ok(builder.build())
}
