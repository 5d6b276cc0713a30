//! `integrity`: what can be verified of an archive, verified now; for people, as JSON, or as a PDF under the seal.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use crate::{
    cli::{
        Common, Status,
        deliver::write_whole,
        failure::refuse,
        house::House,
        output::{Output, Paint},
        render,
    },
    domain::{id::ArchiveId, mandate::Read},
    record::integrity::{Copy, CopyState, Integrity, State, Verdict},
};

/// Vérifie à nouveau une archive : copies, journal, registre, horodatages ; en fait un rapport
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Identifiant d’une archive
    #[arg(value_name = "ARCHIVE")]
    archive: String,
    /// Fichier PDF à écrire, sous le cachet de l’installation
    #[arg(long, value_name = "FICHIER.pdf")]
    pdf: Option<PathBuf>,
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    let by = house.mandate::<Read>()?;
    let report = match args.archive.parse::<ArchiveId>() {
        Ok(id) => house.archive().integrity_report(&by, id)?,
        Err(_) => None,
    };
    let Some(report) = report else {
        return refuse(format!("Aucune archive ne porte l’identifiant « {} » dans ce service.", args.archive));
    };
    if let Some(path) = &args.pdf {
        write_paper(path, &house.archive().integrity_pdf(&report)?)?;
    }
    let integrity = &report.integrity;
    if out.is_json() {
        out.line(integrity.to_line()?)?;
    } else {
        tell(integrity, out)?;
        if let Some(path) = &args.pdf {
            out.line(format!("Rapport : {}", path.display()))?;
        }
    }
    Ok(Status::refused_if(integrity.verdict != Verdict::Intact))
}

/// Writes a paper that appears whole or not at all.
pub(super) fn write_paper(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    write_whole(path, |file| Ok(file.write_all(bytes)?))
}

fn tell(integrity: &Integrity, out: &mut Output<'_>) -> anyhow::Result<()> {
    let (paint, verdict) = match integrity.verdict {
        Verdict::Intact => (Paint::Green, "intègre"),
        Verdict::Degraded => (Paint::Yellow, "conservée, avec des réserves"),
        Verdict::Broken => (Paint::Red, "d’intégrité non établie"),
    };
    let archive = &integrity.archive;
    out.line(format!("Archive n° {}, {} : {}", archive.number, archive.id, out.painted(paint, verdict)))?;
    integrity.copies.iter().try_for_each(|copy| tell_copy(copy, out))?;
    let proven = integrity.lines.iter().filter(|line| line.state == State::Verified).count();
    out.line(format!("  journal   {proven} ligne(s) sur {} prouvée(s) par le registre", integrity.lines.len()))?;
    for stamp in &integrity.time_stamps {
        let party = if stamp.third_party { "tiers" } else { "heure non attestée par un tiers" };
        let state = state(stamp.state);
        out.line(format!("  heure     {} ({}, {party}) : {state}", stamp.time, stamp.authority))?;
    }
    if let Some(cosigned) = &integrity.cosigned {
        let names: Vec<&str> = cosigned.witnesses.iter().map(|witness| witness.name.as_str()).collect();
        out.line(format!("  témoins   {} : {}", names.join(", "), state(cosigned.state)))?;
    }
    out.line("Ce que ce rapport ne prouve pas :")?;
    Ok(integrity.not_verified.iter().try_for_each(|sentence| out.line(format!("  - {sentence}")))?)
}

fn tell_copy(copy: &Copy, out: &mut Output<'_>) -> anyhow::Result<()> {
    let (paint, state) = match copy.state {
        CopyState::Whole => (Paint::Green, "intacte"),
        CopyState::Altered => (Paint::Red, "altérée"),
        CopyState::Missing => (Paint::Red, "absente"),
        CopyState::Unreachable => (Paint::Yellow, "injoignable"),
    };
    let state = out.painted(paint, state);
    out.line(format!("  volume {}  {state}, {}", copy.volume, render::bytes(copy.bytes)))?;
    Ok(copy.faults.iter().try_for_each(|fault| out.line(format!("    {} : {}", fault.kind, fault.path)))?)
}

const fn state(state: State) -> &'static str {
    match state {
        State::Verified => "vérifié",
        State::Faulty => "faux",
        State::NotVerified => "non vérifié",
    }
}
