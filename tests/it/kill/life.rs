//! What the house does until it is killed: eight depositors, one worker, imports and deliveries now and then; and what
//! it says of it, one line after each answer.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use cartulaire::{
    archive::{
        Archive,
        deliver::{DeliverError, Form, Order, Recipient},
        deposit::Receipt,
        referentials::Notation,
    },
    boot,
    domain::{
        id::{ArchiveId, TransferId},
        mandate::{Actor, Administer, Deposit, Mandate, Read},
        referential::Referential,
        transfer::TransferStatus,
    },
    store::ArchiveFilter,
};

use crate::parcels::{broken_parcel, parcel};

/// Set to the name of the life, which makes its messages others than those of other lives.
pub const ROUND: &str = "CARTULAIRE_ROUND";

/// Said once the house is open.
pub const OPEN: &str = "trial: open";

/// What was answered about one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Acknowledged(TransferId),
    Accepted(TransferId, ArchiveId),
    Refused(TransferId),
    /// A referential, with its version.
    Imported(u64),
}

/// Lives until it is killed.
pub fn live(data: &Path, seed: u64) {
    let round = std::env::var_os(ROUND).unwrap().into_string().unwrap();
    let house = boot::open(data).unwrap();
    let actor = house.archive.local_actor(None).unwrap();
    say(OPEN);
    let serial = AtomicU64::new(0);
    thread::scope(|threads| {
        for who in 0..8_u64 {
            let (archive, actor, serial, round) = (&*house.archive, &actor, &serial, &round);
            threads.spawn(move || {
                loop {
                    let n = serial.fetch_add(1, Ordering::Relaxed);
                    turn(archive, actor, data, who, n, &format!("SLB-{round}-{who}-{n}"), seed);
                }
            });
        }
        threads.spawn(|| {
            loop {
                if !house.archive.work_once().unwrap() {
                    thread::yield_now();
                }
            }
        });
    });
}

/// One act: what it is follows from its number and the seed.
pub fn turn(archive: &Archive, actor: &Actor, data: &Path, who: u64, n: u64, message: &str, seed: u64) {
    match (n.wrapping_add(seed)) % 40 {
        0 => import(archive, &actor.mandate().unwrap(), n),
        1 => deliver(archive, &actor.mandate().unwrap()),
        other => {
            let (message, bytes) = if other % 8 == 7 {
                let message = format!("{message}-KO");
                (message.clone(), broken_parcel(&message))
            } else {
                (message.to_owned(), parcel(message))
            };
            let receipt = deposit(archive, &actor.mandate().unwrap(), data, who, &message, &bytes);
            tell(&message, &receipt);
        }
    }
}

fn deposit(archive: &Archive, by: &Mandate<Deposit>, data: &Path, who: u64, message: &str, bytes: &[u8]) -> Receipt {
    if who.is_multiple_of(2) {
        let path = data.join("incoming").join(format!("{message}.zip"));
        fs::write(&path, bytes).unwrap();
        let receipt = archive.deposit(by, archive.local(&path)).unwrap();
        fs::remove_file(&path).unwrap();
        return receipt;
    }
    let spooled = archive.spool(by, message, &mut io::Cursor::new(bytes), u64::MAX).unwrap();
    archive.receive(by, spooled).unwrap()
}

fn tell(message: &str, receipt: &Receipt) {
    match receipt {
        Receipt::Acknowledged(transfer) => say(&format!("trial: acknowledged {message} {}", transfer.id)),
        Receipt::Settled(settled) => match &settled.transfer.status {
            TransferStatus::Accepted { archive, .. } => {
                say(&format!("trial: accepted {message} {} {archive}", settled.transfer.id));
            }
            TransferStatus::Refused { .. } => say(&format!("trial: refused {message} {}", settled.transfer.id)),
            other => panic!("{message}: {other:?}"),
        },
        other => panic!("{message}: {other:?}"),
    }
}

/// Rules that no two imports share, so that every edition is another content.
fn import(archive: &Archive, by: &Mandate<Administer>, n: u64) {
    let csv = format!(
        "RuleId,RuleType,RuleValue,RuleDescription,RuleDuration,RuleMeasurement\n\
         DUA-{n},AppraisalRule,\"Utilité administrative\",Essai,{},Year\n",
        n % 90 + 1
    );
    let edition = archive.import(by, Referential::Rules, csv.as_bytes(), Notation::Csv).unwrap().unwrap();
    say(&format!("trial: imported rules-{} {}", edition.version, edition.version));
}

fn deliver(archive: &Archive, by: &Mandate<Read>) {
    let Some(kept) = archive.archives(by, &ArchiveFilter::default(), None, 1).unwrap().pop() else { return };
    let roots = archive.roots(by, kept.archive.id, None, 10).unwrap();
    let units = roots.into_iter().map(|hit| hit.unit).collect();
    let order = Order { units, with_descendants: true, form: Form::Delivery, to: Recipient::House, version: None };
    match archive.deliver(by, &order, io::sink()) {
        Ok(_) | Err(DeliverError::Nothing) => {}
        Err(error) => panic!("{error}"),
    }
}

/// A line, whole, straight to the pipe.
fn say(line: &str) {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).unwrap();
}

/// What the lines say, by message; the harness's own lines are passed over.
pub fn heard(lines: &[String]) -> BTreeMap<String, Said> {
    let mut said = BTreeMap::new();
    for line in lines {
        // The harness writes the name of the test without a line break before our first line.
        let Some((_, words)) = line.split_once("trial: ") else { continue };
        match words.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["acknowledged", message, transfer] => {
                said.insert((*message).to_owned(), Said::Acknowledged(transfer.parse().unwrap()));
            }
            ["accepted", message, transfer, archive] => {
                let accepted = Said::Accepted(transfer.parse().unwrap(), archive.parse().unwrap());
                said.insert((*message).to_owned(), accepted);
            }
            ["refused", message, transfer] => {
                said.insert((*message).to_owned(), Said::Refused(transfer.parse().unwrap()));
            }
            ["imported", name, version] => {
                said.insert((*name).to_owned(), Said::Imported(version.parse().unwrap()));
            }
            _ => {}
        }
    }
    said
}
