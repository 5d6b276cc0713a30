//! The ground that scenarios stand on: installations of their own, deposits that must be accepted, and the least that
//! any archive must do with a package's bytes.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::bail;

use crate::{
    boot::{self, Init},
    cli::{Common, bench::reference::sync_file_system, deposit, house::House},
    config::Config,
    digest::{BUFFER_BYTES, Hasher, fill},
    domain::{
        check::Verdict,
        mandate::{Deposit, Read},
        transfer::TransferStatus,
    },
    package::{
        self,
        open::{Opened, Package, Source},
    },
};

/// The least that any archive must do: unpack, hash, write twice, sync once. The time, and the bytes unpacked.
pub(super) fn least(package: &Path, room: &Path) -> anyhow::Result<(Duration, u64)> {
    let start = Instant::now();
    let Opened::Package(package) =
        Package::open(Source::File(File::open(package)?), &package::limits::Limits::default())?
    else {
        bail!("{} cannot be opened", package.display());
    };
    let (mut bytes, mut at, mut buffer) = (0, 0_u64, vec![0; BUFFER_BYTES]);
    for copy in ["a", "b"] {
        fs::create_dir_all(room.join(copy))?;
    }
    package.walk(&mut |_, body| {
        at += 1;
        let mut copies = [File::create(room.join(format!("a/{at}")))?, File::create(room.join(format!("b/{at}")))?];
        let mut hasher = Hasher::new(&[])?;
        loop {
            let part = fill(body, &mut buffer)?;
            if part.is_empty() {
                break;
            }
            hasher.update(part)?;
            copies.iter_mut().try_for_each(|copy| copy.write_all(part))?;
        }
        bytes += hasher.finish()?.size();
        anyhow::Ok(())
    })?;
    sync_file_system(room)?;
    let spent = start.elapsed();
    fs::remove_dir_all(room)?;
    Ok((spent, bytes))
}

/// Deposits a package, which must be accepted; how many units it holds.
pub(super) fn accepted_units(house: &House, package: &Path) -> anyhow::Result<u64> {
    let answer = deposit::deposit(house.archive(), &house.mandate::<Deposit>()?, package)?;
    if answer.summary.verdict == Verdict::Refused {
        bail!("{} was refused: {:?}", package.display(), answer.summary.findings.first());
    }
    let TransferStatus::Accepted { archive, .. } = answer.transfer.status else {
        bail!("{} was not accepted", package.display());
    };
    let kept = house.archive().archive(&house.mandate::<Read>()?, archive)?;
    Ok(kept.map_or(0, |kept| kept.archive.counts.units))
}

/// A new installation with two volumes.
pub(super) fn installation(data: &Path, database: Option<&str>) -> anyhow::Result<House> {
    let mut config = Config::default();
    if let Some(database) = database {
        database.clone_into(&mut config.database);
    }
    let init = Init {
        tenant: "mesure".parse()?,
        name: "Mesure".to_owned(),
        archival_agency: "MESURE-ARCHIVES".to_owned(),
        config,
    };
    drop(boot::init(data, &init)?);
    open(data)
}

pub(super) fn open(data: &Path) -> anyhow::Result<House> {
    let common = Common { data: Some(data.to_owned()), tenant: None, account: None, json: true };
    House::open(&common)
}

/// How many units the installation's archives hold, by the catalog.
pub(super) fn n_units(data: &Path) -> anyhow::Result<u64> {
    let house = open(data)?;
    let by = house.mandate::<Read>()?;
    let mut units = 0;
    for transfer in house.archive().transfers(&house.mandate::<Deposit>()?, Some("accepted"), None, 1_000)? {
        if let TransferStatus::Accepted { archive, .. } = transfer.status {
            units += house.archive().archive(&by, archive)?.map_or(0, |kept| kept.archive.counts.units);
        }
    }
    Ok(units)
}
