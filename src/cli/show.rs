//! `show`: a transfer, an archive, a unit or an object, whichever bears the identifier.

use std::io;

use serde_json::{Value, json};

use crate::{
    cli::{
        Common, Status,
        failure::refuse,
        house::House,
        output::{Output, Paint},
        render, report,
        report::Told,
        search::{self, UnitItem},
        transfers::TransferItem,
    },
    domain::{
        archive::Archive as Header,
        check::Verdict,
        id::{ArchiveId, ObjectId, TransferId, UnitId},
        mandate::{Deposit, Mandate, Read},
        object::{DataObject, Matter},
        search::Hit,
        transfer::Transfer,
    },
};

/// Children, or roots, asked for at once.
const PAGE: u32 = 500;

/// Montre un transfert, une archive, une unité ou un objet, selon l’identifiant
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Identifiant d’un transfert, d’une archive, d’une unité ou d’un objet
    #[arg(value_name = "IDENTIFIANT")]
    id: String,
    /// En XML : la réponse d’un transfert (ou son accusé de réception), le bordereau d’une archive, la source d’une unité
    #[arg(long)]
    xml: bool,
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    let (read, deposit) = (house.mandate::<Read>()?, house.mandate::<Deposit>()?);
    let shown = Shown { house: &house, read: &read, deposit: &deposit, xml: args.xml };
    if shown.transfer(&args.id, out)?
        || shown.archive(&args.id, out)?
        || shown.unit(&args.id, out)?
        || shown.object(&args.id, out)?
    {
        return Ok(Status::Done);
    }
    if let Some(whereabouts) = house.archive().whereabouts(&read, &args.id)? {
        return refuse(whereabouts.in_french());
    }
    refuse(format!("Rien ne porte l’identifiant « {} » dans ce service.", args.id))
}

struct Shown<'a> {
    house: &'a House,
    read: &'a Mandate<Read>,
    deposit: &'a Mandate<Deposit>,
    xml: bool,
}

impl Shown<'_> {
    fn transfer(&self, id: &str, out: &mut Output<'_>) -> anyhow::Result<bool> {
        let Ok(id) = id.parse::<TransferId>() else { return Ok(false) };
        let Some(transfer) = self.house.archive().transfer(self.deposit, id)? else { return Ok(false) };
        if self.xml {
            let reply = self.house.archive().reply(self.deposit, &transfer)?;
            let message = match reply {
                Some(reply) => Some(reply),
                None => self.house.archive().acknowledgement(self.deposit, &transfer)?,
            };
            let Some(message) = message else { return refuse("Ce transfert n’a pas encore de message.") };
            out.bytes().write_all(&message)?;
            return Ok(true);
        }
        self.transfer_facts(&transfer, out)?;
        Ok(true)
    }

    fn transfer_facts(&self, transfer: &Transfer, out: &mut Output<'_>) -> anyhow::Result<()> {
        if out.is_json() {
            return out.item(&TransferItem::from(transfer));
        }
        let findings = self.house.archive().findings(self.deposit, transfer)?.unwrap_or_default();
        let summary = report::summary_of(findings, Verdict::Accepted);
        Told { package: &transfer.package.name, summary: &summary, transfer: Some(transfer) }.write(out)
    }

    fn archive(&self, id: &str, out: &mut Output<'_>) -> anyhow::Result<bool> {
        let Ok(id) = id.parse::<ArchiveId>() else { return Ok(false) };
        let Some(kept) = self.house.archive().archive(self.read, id)? else { return Ok(false) };
        if self.xml {
            let mut manifest = self.house.archive().open_manifest(self.read, id)?.verified()?;
            io::copy(&mut manifest, out.bytes())?;
        } else if out.is_json() {
            out.item(&archive_item(&kept.archive, kept.place.number))?;
        } else {
            for line in archive_lines(&kept.archive, kept.place.number) {
                out.line(line)?;
            }
            let mut after = None;
            loop {
                let roots = self.house.archive().roots(self.read, id, after, PAGE)?;
                unit_lines("unité", &roots, out)?;
                let Some(last) = roots.last() else { break };
                after = Some(last.cursor);
            }
        }
        Ok(true)
    }

    fn unit(&self, id: &str, out: &mut Output<'_>) -> anyhow::Result<bool> {
        let Ok(id) = id.parse::<UnitId>() else { return Ok(false) };
        let Some(entry) = self.house.archive().unit(self.read, id)? else { return Ok(false) };
        let hit = &entry.hit;
        if self.xml {
            let Some(unit) = self.house.archive().full_unit(self.read, hit.archive, id)? else { return Ok(false) };
            out.line(unit.source)?;
            return Ok(true);
        }
        let objects = match hit.group {
            Some(group) => self.house.archive().objects(self.read, group)?,
            None => Vec::new(),
        };
        let amended = self.house.archive().times_amended(self.read, id)?;
        if out.is_json() {
            let mut item = serde_json::to_value(UnitItem::from(hit))?;
            if let Some(fields) = item.as_object_mut() {
                fields.insert("amendments".to_owned(), json!(amended));
                fields.insert("objects".to_owned(), objects.iter().map(object_item).collect());
                let access = self.house.archive().communicability(self.read, &[id], None)?;
                let access = access.first().map(
                    |one| json!({"access": one.access.word(), "rule": one.access.rule(), "day": one.access.day()}),
                );
                fields.insert("access".to_owned(), json!(access));
            }
            out.item(&item)?;
        } else {
            self.unit_for_people(hit, &objects, out)?;
            if amended > 0 {
                let times = render::counted(u64::try_from(amended)?, "modification", "modifications");
                out.line(format!("  {times} depuis le versement : « cartulaire history {id} »"))?;
            }
            let held = self.house.archive().holds_of(self.read, id)?;
            if !held.is_empty() {
                out.line(out.painted(Paint::Yellow, "  gelée"))?;
            }
        }
        Ok(true)
    }

    fn unit_for_people(&self, hit: &Hit, objects: &[DataObject], out: &mut Output<'_>) -> anyhow::Result<()> {
        unit_lines("au-dessus", &self.house.archive().ancestors(self.read, hit.unit)?, out)?;
        out.line(out.painted(Paint::Bold, &search::title_line(hit)))?;
        out.line(format!("  archive {}", hit.archive))?;
        for one in self.house.archive().communicability(self.read, &[hit.unit], None)? {
            out.line(format!("  {}", one.access.in_french()))?;
        }
        if let Some(description) = &hit.content.description {
            out.line(format!("  {description}"))?;
        }
        for (kind, value) in &hit.content.identifiers {
            out.line(format!("  {kind} : {value}"))?;
        }
        if !hit.content.keywords.is_empty() {
            out.line(format!("  mots-clés : {}", hit.content.keywords.join(", ")))?;
        }
        for object in objects {
            out.line(object_line(object))?;
        }
        let mut after = None;
        loop {
            let children = self.house.archive().children(self.read, hit.unit, after, PAGE)?;
            unit_lines("au-dessous", &children, out)?;
            let Some(last) = children.last() else { return Ok(()) };
            after = Some(last.cursor);
        }
    }

    fn object(&self, id: &str, out: &mut Output<'_>) -> anyhow::Result<bool> {
        let Ok(id) = id.parse::<ObjectId>() else { return Ok(false) };
        let Some((object, _)) = self.house.archive().open_object(self.read, id)? else { return Ok(false) };
        if self.xml {
            return refuse("Un objet n’a pas de message à lui : montrez le bordereau de son archive.");
        }
        if out.is_json() {
            out.item(&object_item(&object))?;
        } else {
            out.line(object_line(&object))?;
        }
        Ok(true)
    }
}

fn unit_lines(place: &str, units: &[Hit], out: &mut Output<'_>) -> io::Result<()> {
    units.iter().try_for_each(|hit| out.line(format!("  {place}  {}  {}", hit.unit, search::title_line(hit))))
}

fn archive_lines(archive: &Header, number: u64) -> Vec<String> {
    let (header, counts) = (&archive.header, &archive.counts);
    let mut lines = vec![
        format!("Archive n° {number}, {}", archive.id),
        format!("  message   {}", header.message_identifier),
        format!("  versée    {} (transfert {})", archive.accepted_at, archive.transfer),
        format!("  SEDA      {} ({})", archive.version.number(), archive.dialect.word()),
        format!("  versant   {}", header.transferring_agency),
        format!(
            "  contient  {}, {}, {}",
            render::counted(counts.units, "unité", "unités"),
            render::counted(counts.objects, "objet", "objets"),
            render::bytes(counts.bytes)
        ),
    ];
    if let Some(agency) = &header.originating_agency {
        lines.push(format!("  producteur {agency}"));
    }
    lines
}

fn archive_item(archive: &Header, number: u64) -> Value {
    let (header, counts) = (&archive.header, &archive.counts);
    json!({
        "archive": archive.id.to_string(),
        "number": number,
        "transfer": archive.transfer.to_string(),
        "accepted_at": archive.accepted_at.to_string(),
        "version": archive.version.number(),
        "dialect": archive.dialect.word(),
        "message_identifier": header.message_identifier,
        "agreement": header.agreement,
        "archival_agency": header.archival_agency,
        "transferring_agency": header.transferring_agency,
        "originating_agency": header.originating_agency,
        "units": counts.units,
        "objects": counts.objects,
        "bytes": counts.bytes,
    })
}

fn object_line(object: &DataObject) -> String {
    let version = object.version.as_deref().unwrap_or("sans usage");
    match &object.matter {
        Matter::Binary(binary) => {
            format!("  objet {}  {version}  {}  {}", object.id, render::bytes(binary.size), binary.filename)
        }
        Matter::Physical(id) => format!("  objet {}  {version}  papier  {}", object.id, id.as_deref().unwrap_or("")),
    }
}

fn object_item(object: &DataObject) -> Value {
    let (id, group) = (object.id.to_string(), object.group.to_string());
    match &object.matter {
        Matter::Binary(binary) => json!({
            "object": id, "group": group, "version": object.version, "physical": false,
            "name": binary.name.display(), "filename": binary.filename, "size": binary.size,
            "sha512": binary.digest.to_string(), "format": binary.format.puid, "mime": binary.format.mime,
        }),
        Matter::Physical(physical) => json!({
            "object": id, "group": group, "version": object.version, "physical": true, "physical_id": physical,
        }),
    }
}
