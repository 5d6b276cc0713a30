//! A pass over one volume: from where the last call left off to the end, what was read noted in batches.

use crate::{
    archive::{
        Archive,
        audit::{Audit, Ended, Examined, Outcome, Run, Start, VolumePass, due, listing::Listed},
        error::Error,
    },
    domain::clock::Timestamp,
    record::facts::{Fact, installation::Audited},
    store::Fixity,
    vault::{self, layout::OcflId},
};

/// Copies noted together.
const COPIES_AT_ONCE: usize = 100;

/// Bytes after which what was read is noted.
const BYTES_AT_ONCE: u64 = 256 << 20;

/// Copies that were bad and are looked at again before anything else.
const KNOWN_BAD: u32 = 1_000;

/// How long a copy that could not be repaired is left before it is tried again: 1 hour, in milliseconds.
const AGAIN_MILLIS: i64 = 3_600_000;

/// A pass under way.
struct Pass<'a> {
    at: usize,
    run: &'a Run<'a>,
    audit: Audit,
    read: Vec<Fixity>,
    bytes: u64,
}

/// Whether to go on with a pass.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Go {
    On,
    Pause,
    /// The volume went away: nothing is said of what was being read.
    Away,
}

impl Archive {
    /// Audits one volume as far as the run allows.
    pub(super) fn audit_volume(&self, at: usize, run: &Run<'_>) -> Result<VolumePass, Error> {
        let ended = |ended, audit| VolumePass { volume: at, ended, audit };
        let Some(volume) = self.vault.volume_id(at).filter(|_| self.vault.is_current(at)) else {
            let audit =
                self.vault.volume_id(at).and_then(|volume| self.store.audit(&volume).transpose()).transpose()?;
            return Ok(ended(Ended::Away, audit));
        };
        let known = self.store.audit(&volume)?;
        let audit = match (known, run.order.start) {
            _ if run.order.tenant.is_some() => self.new_audit(volume),
            (Some(audit), Start::Every(_)) if audit.finished_at.is_none() => audit,
            (Some(audit), Start::Every(days)) if due(audit.since, days) > self.clock.now() => {
                let next = due(audit.since, days);
                let mut pass = Pass { at, run, audit, read: Vec::new(), bytes: 0 };
                let go = self.retry_bad(&mut pass)?;
                self.note(&mut pass)?;
                let how = if go == Go::Away { Ended::Away } else { Ended::Resting(next) };
                return Ok(ended(how, Some(pass.audit)));
            }
            _ => self.new_audit(volume),
        };
        let mut pass = Pass { at, run, audit, read: Vec::new(), bytes: 0 };
        let go = self.go_through(&mut pass)?;
        if go == Go::On {
            self.finish(&mut pass)?;
        }
        self.note(&mut pass)?;
        let how = match go {
            Go::On => Ended::Finished,
            Go::Pause => Ended::Paused,
            Go::Away => Ended::Away,
        };
        Ok(ended(how, Some(pass.audit)))
    }

    fn new_audit(&self, volume: String) -> Audit {
        let since = self.clock.now();
        Audit { volume, cursor: None, since, finished_at: None, copies: 0, bytes: 0, bad: 0, repaired: 0 }
    }

    /// Everything of a pass: what was bad, every object, what changed meanwhile, and the files beside them.
    fn go_through(&self, pass: &mut Pass<'_>) -> Result<Go, Error> {
        let mut go = self.retry_bad(pass)?;
        if go == Go::On {
            go = self.read_objects(pass)?;
        }
        if go == Go::On {
            go = self.read_changed(pass)?;
        }
        if go != Go::On || pass.run.order.tenant.is_some() {
            return Ok(go);
        }
        let (at, run) = (pass.at, pass.run);
        let whole = self.audit_files(at, &run.pace, &mut |examined| {
            pass.count(examined);
            run.note(examined);
        });
        match whole {
            Ok(true) => Ok(Go::On),
            Ok(false) => Ok(Go::Pause),
            Err(Error::Vault(_)) if !self.vault.is_current(at) => Ok(Go::Away),
            Err(error) => Err(error),
        }
    }

    fn read_objects(&self, pass: &mut Pass<'_>) -> Result<Go, Error> {
        let tenant = pass.run.order.tenant.as_ref();
        let after = pass.audit.cursor.as_deref().and_then(|cursor| cursor.parse::<OcflId>().ok());
        for listed in self.listing(pass.at, tenant, after.as_ref())? {
            if pass.run.pace.pauses() {
                return Ok(Go::Pause);
            }
            let go = match listed? {
                Listed::Object(object) => {
                    let go = self.read_copy(pass, &object)?;
                    if go == Go::On {
                        pass.audit.cursor = Some(object.to_string());
                    }
                    go
                }
                Listed::Stray(error) => self.stray(pass, &error),
            };
            if go != Go::On {
                return Ok(go);
            }
        }
        Ok(Go::On)
    }

    /// Reads again the records that were given a version since the pass began.
    fn read_changed(&self, pass: &mut Pass<'_>) -> Result<Go, Error> {
        for record in self.vault.list_records(pass.at)? {
            let is_wanted = pass.run.order.tenant.as_ref().is_none_or(|only| record.tenant() == Some(only));
            let Some(inventory) = self.vault.read_inventory(&record).ok().filter(|_| is_wanted) else { continue };
            let made = inventory.versions.last().map(|version| version.created);
            if made.is_none_or(|made| made < pass.audit.since) {
                continue;
            }
            let go = self.read_copy(pass, &record)?;
            if go != Go::On {
                return Ok(go);
            }
        }
        Ok(Go::On)
    }

    /// Looks again at what was bad and could not be repaired a while ago.
    fn retry_bad(&self, pass: &mut Pass<'_>) -> Result<Go, Error> {
        let millis = self.clock.now().millis() - AGAIN_MILLIS;
        let before = Timestamp::from_millis(millis).unwrap_or_else(|| self.clock.now());
        for bad in self.store.known_bad(&pass.audit.volume, before, KNOWN_BAD)? {
            let Ok(object) = bad.parse::<OcflId>() else { continue };
            if pass.run.pace.pauses() {
                return Ok(Go::Pause);
            }
            let go = self.read_copy(pass, &object)?;
            if go != Go::On {
                return Ok(go);
            }
        }
        Ok(Go::On)
    }

    fn read_copy(&self, pass: &mut Pass<'_>, object: &OcflId) -> Result<Go, Error> {
        let examined = match self.audit_copy(object, pass.at, &pass.run.pace) {
            Ok(Some(examined)) => examined,
            Ok(None) => return Ok(Go::Pause),
            Err(Error::Vault(_)) if !self.vault.is_current(pass.at) => return Ok(Go::Away),
            Err(error) => return Err(error),
        };
        if examined.outcome == Outcome::Bad && !self.vault.is_current(pass.at) {
            return Ok(Go::Away);
        }
        pass.count(&examined);
        pass.run.note(&examined);
        pass.read.retain(|before| before.object != examined.object);
        pass.read.push(Fixity {
            tenant: object.tenant().cloned(),
            volume: pass.audit.volume.clone(),
            object: examined.object,
            verified_at: self.clock.now(),
            whole: matches!(examined.outcome, Outcome::Whole | Outcome::Repaired),
        });
        if pass.read.len() >= COPIES_AT_ONCE || pass.bytes >= BYTES_AT_ONCE {
            self.note(pass)?;
        }
        Ok(Go::On)
    }

    /// A folder that is no object's, or cannot be listed.
    fn stray(&self, pass: &mut Pass<'_>, error: &vault::error::Error) -> Go {
        if !self.vault.is_current(pass.at) {
            return Go::Away;
        }
        tracing::error!(volume = pass.at, %error, "a folder of a volume cannot be taken for an object");
        let why = format!("ce dossier n’est pas celui d’un objet, ou ne peut pas être lu : {error}");
        let outcome = match error {
            vault::error::Error::Corrupt { .. } => Outcome::Stranger,
            _ => Outcome::Bad,
        };
        let examined = Examined { object: "ocfl".to_owned(), volume: pass.at, outcome, bytes: 0, faults: vec![why] };
        pass.count(&examined);
        pass.run.note(&examined);
        Go::On
    }

    /// Tells the end of a pass, and forgets what is no longer kept.
    fn finish(&self, pass: &mut Pass<'_>) -> Result<(), Error> {
        self.note(pass)?;
        let Audit { bad, bytes, copies, repaired, since, .. } = pass.audit;
        let (tenant, volume) = (pass.run.order.tenant.clone(), Some(pass.audit.volume.clone()));
        self.tell(Fact::Audited(Audited { bad, bytes, copies, repaired, since, tenant, volume }))?;
        pass.audit.finished_at = Some(self.clock.now());
        if pass.run.order.tenant.is_none() {
            self.store.forget_fixity(&pass.audit.volume, since)?;
        }
        Ok(())
    }

    /// Notes what was read, and how far the pass has come.
    fn note(&self, pass: &mut Pass<'_>) -> Result<(), Error> {
        let audit = Some(&pass.audit).filter(|_| pass.run.order.tenant.is_none());
        self.store.note_fixity(&std::mem::take(&mut pass.read), audit)?;
        pass.bytes = 0;
        Ok(())
    }
}

impl Pass<'_> {
    fn count(&mut self, examined: &Examined) {
        self.bytes += examined.bytes;
        self.audit.copies += 1;
        self.audit.bytes += examined.bytes;
        self.audit.bad += u64::from(matches!(examined.outcome, Outcome::Bad | Outcome::Repaired));
        self.audit.repaired += u64::from(examined.outcome == Outcome::Repaired);
    }
}
