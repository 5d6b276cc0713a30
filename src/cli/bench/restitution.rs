//! A restitution to a folder, beside `cp -r` of the same volume and a `sync`, on the same disk.

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, bail};

use crate::{
    archive::restitute::Destination,
    cli::bench::{
        Args,
        figure::{Aim, Figure, Spent, real},
        ground::{accepted_units, installation},
        packages,
        reference::sync_file_system,
        scenarios::ACT,
    },
    domain::mandate::Administer,
    package::zip_stream::Packed,
};

/// Acts that are given back.
const ACTS: u32 = 2_000;

/// The longest that a restitution may take, as a ratio to `cp -r` and a `sync` of the volume.
const RATIO: f64 = 1.5;

/// Small acts, and one of larger objects, given back as a folder and as a tar.
pub(super) fn restitution(args: &Args, room: &Path) -> anyhow::Result<Vec<Figure>> {
    let room = room.join("restitution");
    fs::create_dir_all(&room)?;
    let house = installation(&room.join("data"), None)?;
    let (objects, object_bytes) = ACT;
    for at in 0..if args.quick { ACTS / 10 } else { ACTS } {
        let path = room.join("acte.zip");
        packages::transfer(&path, &format!("acte {at}"), objects, object_bytes, Packed::Stored)?;
        accepted_units(&house, &path)?;
    }
    let large = room.join("gros.zip");
    packages::transfer(&large, "gros", if args.quick { 20 } else { 200 }, 4 << 20, Packed::Stored)?;
    accepted_units(&house, &large)?;
    let volume = house.archive().health().volumes.into_iter().next().context("there is no volume")?.path;
    let by = house.mandate::<Administer>()?;
    // Once, so that both find the bytes where the other left them.
    copy(&volume, &room.join("cp"))?;
    let ((), copied) = Spent::on(|| copy(&volume, &room.join("cp")))?;
    sync_file_system(&room)?;
    let (given, spent) = Spent::on(|| {
        let given = house.archive().restitute(&by, Destination::Folder(room.join("rendu")), &|_| true)?;
        sync_file_system(&room)?;
        Ok(given)
    })?;
    let holds = given.restitution.holds.context("it is not whole")?;
    let (took, least) = (spent.wall.as_secs_f64(), copied.wall.as_secs_f64());
    let rate = real(holds.counts.bytes) / took;
    let (_, streamed) = Spent::on(|| {
        let mut nowhere = std::io::sink();
        Ok(house.archive().restitute(&by, Destination::Tar(&mut nowhere), &|_| true)?)
    })?;
    let figure = |what: &str, value, unit| Figure::new("restitution", what, value, unit);
    let figures = vec![
        figure("cp -r d’un volume, puis sync", least, "s").during(&copied),
        figure("restitution en dossier, vérifiée, navigation comprise", took, "s").during(&spent).moving(rate),
        figure("  durée, en proportion de cp -r", took / least, "fois").aimed(Aim::AtMost(RATIO)),
        figure("  archives rendues", real(holds.archives) / took, "archives/s"),
        figure("restitution en flux tar (sans disque)", streamed.wall.as_secs_f64(), "s").during(&streamed),
    ];
    drop(house);
    fs::remove_dir_all(&room)?;
    Ok(figures)
}

/// `cp -r` of a folder to one that is not there, and a `sync`.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
        sync_file_system(from)?;
    }
    if !Command::new("cp").arg("-r").arg(from).arg(to).status()?.success() {
        bail!("cp failed");
    }
    sync_file_system(from)?;
    Ok(())
}
