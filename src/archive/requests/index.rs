//! The readable index of a delivery: one page of HTML in French, without script, to be put beside the package or within
//! the folder into which it was unpacked.
//!
//! It is not in the package: a SEDA package holds what its manifest declares, and nothing else (decision 0016).

use std::fmt::Write as _;

use crate::{
    archive::{
        Archive,
        deliver::place_of,
        error::Error,
        letterhead::counted,
        requests::{Dossier, RequestError},
    },
    domain::{
        id::RequestId,
        mandate::{Mandate, Read},
        object::{DataObject, Matter},
        search::Hit,
    },
    pdf::in_french,
    xml::escape,
};

const HEAD: &str = "<!DOCTYPE html>\n<html lang=\"fr\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
    content=\"width=device-width, initial-scale=1\">\n<style>\nbody{font:1rem/1.5 sans-serif;max-width:60rem;margin:2rem \
    auto;padding:0 1rem}\ntable{border-collapse:collapse;width:100%}\nth,td{border:1px solid #767676;padding:.4rem;text-align:\
    left;vertical-align:top}\ncode{overflow-wrap:anywhere;font-size:.8rem}\n</style>\n";

impl Archive {
    /// The index of what a request delivers.
    pub fn request_index(&self, by: &Mandate<Read>, id: RequestId) -> Result<String, RequestError> {
        let dossier = self.communication_request(by, id)?.ok_or(RequestError::Unknown)?;
        self.ensure_may_see(by, &dossier.request)?;
        let mut page = HEAD.to_owned();
        page.push_str(&heading(&dossier));
        let holdings = self.store.holdings(by.tenant());
        for unit in &dossier.units {
            let Some(entry) = holdings.unit(unit.unit).map_err(Error::from)? else { continue };
            let objects = match entry.hit.group {
                Some(group) => holdings.objects_of_group(group).map_err(Error::from)?,
                None => Vec::new(),
            };
            page.push_str(&row(&entry.hit, &objects));
        }
        page.push_str("</tbody>\n</table>\n</main>\n</body>\n</html>\n");
        Ok(page)
    }
}

fn heading(dossier: &Dossier) -> String {
    let request = &dossier.request;
    let (id, requester) = (request.id, escape::text(&request.requester));
    let state = request.delivery.map_or_else(String::new, |message| {
        format!("<p>Message <code>{message}</code>, qui répond à la demande <code>{id}</code>.</p>\n")
    });
    format!(
        "<title>Communication d’archives – {requester}</title>\n</head>\n<body>\n<main>\n<h1>Communication d’archives</h1>\n\
         <p>Demandée par {requester} le {}\u{a0}: {}.</p>\n{state}<p>Les fichiers se trouvent dans le paquet, sous les noms \
         de la dernière colonne\u{a0}; le bordereau <code>manifest.xml</code> les décrit selon le SEDA.</p>\n<table>\n\
         <caption>Unités d’archives communiquées</caption>\n<thead><tr><th scope=\"col\">Intitulé</th><th scope=\"col\">Dates\
         </th><th scope=\"col\">Producteur</th><th scope=\"col\">Fichiers</th></tr></thead>\n<tbody>\n",
        in_french(request.made_at),
        counted(request.units, "unité", "unités"),
    )
}

fn row(hit: &Hit, objects: &[DataObject]) -> String {
    let content = &hit.content;
    let said = |text: &Option<String>| escape::text(text.as_deref().unwrap_or_default()).into_owned();
    let dates = match (said(&content.start_date), said(&content.end_date)) {
        (start, end) if end.is_empty() || start == end => start,
        (start, end) => format!("{start} – {end}"),
    };
    let mut row = format!(
        "<tr><th scope=\"row\">{}<br><code>{}</code></th><td>{dates}</td><td>{}</td><td>",
        escape::text(&content.title),
        hit.unit,
        said(&content.originating_agency),
    );
    if objects.is_empty() {
        row.push_str("aucun");
    }
    for object in objects {
        let written = match &object.matter {
            Matter::Binary(binary) => {
                let place = place_of(object, &binary.filename);
                write!(
                    row,
                    "<p><a href=\"{}\">{}</a>, {}<br><code>{}</code><br>SHA-512 <code>{}</code></p>",
                    escape::attribute(&place),
                    escape::text(&binary.filename),
                    counted(binary.size, "octet", "octets"),
                    escape::text(&place),
                    binary.digest
                )
            }
            Matter::Physical(mark) => {
                write!(row, "<p>Objet physique {}</p>", escape::text(mark.as_deref().unwrap_or_default()))
            }
        };
        // Writing to memory does not fail.
        written.unwrap_or_default();
    }
    row.push_str("</td></tr>\n");
    row
}
