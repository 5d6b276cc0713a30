//! Jobs: what is to be done, claimed by one worker at a time. A rebuild does not restore them: it finds what is undone.

use diesel::prelude::*;

use crate::{
    domain::{clock::Timestamp, id::Id, tenant::TenantId},
    store::{Store, batch, cells, database::Database, error::Error, pen::Pen, schema::jobs},
};

/// Marks the identifiers of jobs.
#[derive(Debug)]
pub enum JobKind {}

/// Identifies a job.
pub type JobId = Id<JobKind>;

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its identifier.
    pub id: JobId,
    /// The tenant it is done for.
    pub tenant: TenantId,
    /// What is to be done, as `ingest`.
    pub kind: String,
    /// To what: an identifier.
    pub subject: String,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it may be done.
    pub not_before: Timestamp,
    /// How many times it was claimed.
    pub attempts: u64,
    /// Why it failed last.
    pub failure: Option<String>,
}

#[derive(Queryable, Selectable, Insertable, QueryableByName)]
#[diesel(table_name = jobs)]
pub struct JobRow {
    tenant: String,
    id: String,
    kind: String,
    subject: String,
    created_at: i64,
    not_before: i64,
    attempts: i64,
    claimed_by: Option<String>,
    claimed_until: Option<i64>,
    failure: Option<String>,
}

impl JobRow {
    fn new(job: &Job) -> Result<Self, Error> {
        Ok(Self {
            tenant: job.tenant.to_string(),
            id: job.id.to_string(),
            kind: job.kind.clone(),
            subject: job.subject.clone(),
            created_at: job.created_at.millis(),
            not_before: job.not_before.millis(),
            attempts: cells::stored(job.attempts, "a count of attempts")?,
            claimed_by: None,
            claimed_until: None,
            failure: job.failure.clone(),
        })
    }

    fn into_job(self) -> Result<Job, Error> {
        Ok(Job {
            id: cells::parsed(&self.id, "a job's identifier")?,
            tenant: cells::parsed(&self.tenant, "a tenant's identifier")?,
            kind: self.kind,
            subject: self.subject,
            created_at: cells::instant(self.created_at)?,
            not_before: cells::instant(self.not_before)?,
            attempts: cells::count(self.attempts, "a count of attempts")?,
            failure: self.failure,
        })
    }
}

impl Pen<'_> {
    /// Asks for a job in the same act as what makes it needed.
    pub fn enqueue(&mut self, job: &Job) -> Result<(), Error> {
        insert(self.looking(), job)
    }
}

impl Store {
    /// Asks for a job.
    pub fn enqueue(&self, job: &Job) -> Result<(), Error> {
        self.act(|database| insert(database, job))
    }

    /// Claims the job that has been due the longest, until `until`; `None` when nothing is due. A job whose claim ran
    /// out is due again.
    pub fn claim(&self, worker: &str, now: Timestamp, until: Timestamp) -> Result<Option<Job>, Error> {
        let claimed =
            self.act(|database| Ok::<_, Error>(batch::claim_job(database, worker, now.millis(), until.millis())?))?;
        claimed.map(JobRow::into_job).transpose()
    }

    /// Holds a claimed job until a later instant; `false` when `worker` holds it no longer.
    pub fn renew(&self, worker: &str, job: &Job, until: Timestamp) -> Result<bool, Error> {
        self.act(|database| {
            let held = jobs::table.find((job.tenant.as_str(), job.id.to_string())).filter(jobs::claimed_by.eq(worker));
            Ok(diesel::update(held).set(jobs::claimed_until.eq(until.millis())).execute(database)? == 1)
        })
    }

    /// Forgets a claimed job that is done; `false` when `worker` holds it no longer.
    pub fn complete(&self, worker: &str, job: &Job) -> Result<bool, Error> {
        self.act(|database| {
            let held = jobs::table.find((job.tenant.as_str(), job.id.to_string())).filter(jobs::claimed_by.eq(worker));
            Ok(diesel::delete(held).execute(database)? == 1)
        })
    }

    /// Gives a claimed job back, to be done again from `not_before` on; `false` when `worker` holds it no longer.
    pub fn fail(&self, worker: &str, job: &Job, failure: &str, not_before: Timestamp) -> Result<bool, Error> {
        self.act(|database| {
            let held = jobs::table.find((job.tenant.as_str(), job.id.to_string())).filter(jobs::claimed_by.eq(worker));
            let given_back = (
                jobs::claimed_by.eq(None::<String>),
                jobs::claimed_until.eq(None::<i64>),
                jobs::failure.eq(failure),
                jobs::not_before.eq(not_before.millis()),
            );
            Ok(diesel::update(held).set(given_back).execute(database)? == 1)
        })
    }

    /// How many jobs wait or are being done.
    pub fn jobs_left(&self) -> Result<u64, Error> {
        let left: i64 = self.read(|database| Ok(jobs::table.count().get_result(database)?))?;
        cells::count(left, "a count of jobs")
    }
}

fn insert(database: &mut Database, job: &Job) -> Result<(), Error> {
    diesel::insert_into(jobs::table).values(JobRow::new(job)?).execute(database)?;
    Ok(())
}
