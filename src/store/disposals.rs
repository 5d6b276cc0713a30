//! Plans by which units leave for good, and what agencies said of them, as rows.

use diesel::prelude::*;

use crate::{
    domain::{
        agency::Role,
        consent::Consent,
        digest::Digest,
        disposal::{Attested, Disposal, DisposalState, Disposition, Leaving, Sending},
        id::DisposalId,
        tenant::TenantId,
    },
    store::{
        cells,
        database::Database,
        error::Error,
        holdings::Holdings,
        pen::Pen,
        schema::{consents, disposals},
    },
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = disposals, treat_none_as_default_value = false)]
struct DisposalRow {
    tenant: String,
    id: String,
    disposition: String,
    actor: String,
    made_at: i64,
    on_day: String,
    list: String,
    receiver: Option<String>,
    replaces: Option<String>,
    agencies: String,
    state: String,
    archives: i64,
    units: i64,
    objects: i64,
    bytes: i64,
    message: Option<String>,
    package: Option<String>,
    certificate: Option<String>,
    notification: Option<String>,
}

impl DisposalRow {
    fn new(tenant: &TenantId, disposal: &Disposal) -> Result<Self, Error> {
        let Leaving { archives, units, objects, bytes } = disposal.leaving;
        let (sent, attested) = (disposal.sent, disposal.attested);
        Ok(Self {
            tenant: tenant.to_string(),
            id: disposal.id.to_string(),
            disposition: disposal.disposition.word().to_owned(),
            actor: disposal.by.to_string(),
            made_at: disposal.made_at.millis(),
            on_day: cells::day(disposal.on),
            list: disposal.list.to_string(),
            receiver: disposal.receiver.clone(),
            replaces: disposal.replaces.map(|id| id.to_string()),
            agencies: cells::json(&disposal.agencies)?,
            state: disposal.state.word().to_owned(),
            archives: cells::stored(archives, "a count of archives")?,
            units: cells::stored(units, "a count of units")?,
            objects: cells::stored(objects, "a count of objects")?,
            bytes: cells::stored(bytes, "a count of bytes")?,
            message: sent.map(|sent| sent.message.to_string()),
            package: sent.map(|sent| sent.package.to_string()),
            certificate: attested.map(|papers| papers.certificate.to_string()),
            notification: attested.map(|papers| papers.notification.to_string()),
        })
    }

    fn into_disposal(self) -> Result<Disposal, Error> {
        Ok(Disposal {
            id: cells::parsed(&self.id, "a plan's identifier")?,
            disposition: cells::known(Disposition::from_word(&self.disposition), "a disposition")?,
            by: cells::parsed(&self.actor, "an actor")?,
            made_at: cells::instant(self.made_at)?,
            on: cells::parsed(&self.on_day, "a day")?,
            list: cells::parsed(&self.list, "a digest")?,
            agencies: cells::from_json(&self.agencies, "a list of agencies")?,
            sent: match (&self.message, &self.package) {
                (Some(message), Some(package)) => Some(Sending {
                    message: cells::parsed(message, "a message's identifier")?,
                    package: cells::parsed(package, "a digest")?,
                }),
                _ => None,
            },
            attested: match (&self.certificate, &self.notification) {
                (Some(certificate), Some(notification)) => Some(Attested {
                    certificate: cells::parsed(certificate, "a digest")?,
                    notification: cells::parsed(notification, "a digest")?,
                }),
                _ => None,
            },
            receiver: self.receiver,
            replaces: cells::parsed_if(self.replaces.as_deref(), "a plan's identifier")?,
            state: cells::known(DisposalState::from_word(&self.state), "a plan's state")?,
            leaving: Leaving {
                archives: cells::count(self.archives, "a count of archives")?,
                units: cells::count(self.units, "a count of units")?,
                objects: cells::count(self.objects, "a count of objects")?,
                bytes: cells::count(self.bytes, "a count of bytes")?,
            },
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = consents, treat_none_as_default_value = false)]
struct ConsentRow {
    tenant: String,
    disposal: String,
    role: String,
    agency: String,
    actor: String,
    at: i64,
    granted: bool,
    list: String,
    message: Option<String>,
}

impl ConsentRow {
    fn into_consent(self) -> Result<Consent, Error> {
        Ok(Consent {
            agency: self.agency,
            role: cells::known(Role::from_word(&self.role), "a role")?,
            by: cells::parsed(&self.actor, "an actor")?,
            at: cells::instant(self.at)?,
            granted: self.granted,
            list: cells::parsed(&self.list, "a digest")?,
            message: cells::parsed_if(self.message.as_deref(), "a digest")?,
        })
    }
}

impl Pen<'_> {
    /// Registers a plan; `Conflict` when there is one of this identifier.
    pub fn insert_disposal(&mut self, tenant: &TenantId, disposal: &Disposal) -> Result<(), Error> {
        let row = DisposalRow::new(tenant, disposal)?;
        diesel::insert_into(disposals::table).values(row).execute(self.changing())?;
        Ok(())
    }

    /// A plan, within this act.
    pub fn disposal(&mut self, tenant: &TenantId, id: DisposalId) -> Result<Option<Disposal>, Error> {
        disposal(self.looking(), tenant.as_str(), id)
    }

    /// How far a plan has come within this act, and the digest of its list: what every destruction looks at first. `None`
    /// when there is no such plan.
    pub fn disposal_state(
        &mut self,
        tenant: &TenantId,
        id: DisposalId,
    ) -> Result<Option<(DisposalState, Digest)>, Error> {
        Ok(self.disposal(tenant, id)?.map(|disposal| (disposal.state, disposal.list)))
    }

    /// What agencies said of a plan, within this act, in the order in which they said it.
    pub fn consents(&mut self, tenant: &TenantId, id: DisposalId) -> Result<Vec<Consent>, Error> {
        consents_to(self.looking(), tenant.as_str(), id)
    }

    /// Writes what an agency said of a plan, and how far the plan has come by it.
    pub fn consent(
        &mut self,
        tenant: &TenantId,
        id: DisposalId,
        consent: &Consent,
        state: DisposalState,
    ) -> Result<(), Error> {
        let row = ConsentRow {
            tenant: tenant.to_string(),
            disposal: id.to_string(),
            role: consent.role.word().to_owned(),
            agency: consent.agency.clone(),
            actor: consent.by.to_string(),
            at: consent.at.millis(),
            granted: consent.granted,
            list: consent.list.to_string(),
            message: consent.message.map(|digest| digest.to_string()),
        };
        diesel::insert_into(consents::table).values(row).execute(self.changing())?;
        self.move_disposal(tenant, id, state).map(|_| ())
    }

    /// Notes how far a plan has come; `false` when there is no such plan.
    pub fn move_disposal(&mut self, tenant: &TenantId, id: DisposalId, state: DisposalState) -> Result<bool, Error> {
        let row = disposals::table.find((tenant.as_str(), id.to_string()));
        let rows = diesel::update(row).set(disposals::state.eq(state.word())).execute(self.trying())?;
        Ok(self.changed(rows))
    }

    /// Notes that the units of a plan were sent; `false` when there is no such plan.
    pub fn disposal_sent(&mut self, tenant: &TenantId, id: DisposalId, sending: &Sending) -> Result<bool, Error> {
        let row = disposals::table.find((tenant.as_str(), id.to_string()));
        let set = (
            disposals::state.eq(DisposalState::Sent.word()),
            disposals::message.eq(sending.message.to_string()),
            disposals::package.eq(sending.package.to_string()),
        );
        let rows = diesel::update(row).set(set).execute(self.trying())?;
        Ok(self.changed(rows))
    }

    /// Notes that a plan was carried out, and by which papers it is told; `false` when there is no such plan.
    pub fn disposal_done(&mut self, tenant: &TenantId, id: DisposalId, papers: &Attested) -> Result<bool, Error> {
        let row = disposals::table.find((tenant.as_str(), id.to_string()));
        let set = (
            disposals::state.eq(DisposalState::Done.word()),
            disposals::certificate.eq(papers.certificate.to_string()),
            disposals::notification.eq(papers.notification.to_string()),
        );
        let rows = diesel::update(row).set(set).execute(self.trying())?;
        Ok(self.changed(rows))
    }
}

impl Holdings<'_> {
    /// A plan.
    pub fn disposal(&self, id: DisposalId) -> Result<Option<Disposal>, Error> {
        self.read(|database, tenant| disposal(database, tenant, id))
    }

    /// At most `limit` plans, latest first, made before the plan `before`.
    pub fn disposals(&self, before: Option<DisposalId>, limit: u32) -> Result<Vec<Disposal>, Error> {
        let rows: Vec<DisposalRow> = self.read(|database, tenant| {
            let mut own = disposals::table.filter(disposals::tenant.eq(tenant)).into_boxed();
            if let Some(before) = before {
                own = own.filter(disposals::id.lt(before.to_string()));
            }
            let page = own.order(disposals::id.desc()).limit(i64::from(limit));
            Ok(page.select(DisposalRow::as_select()).load(database)?)
        })?;
        rows.into_iter().map(DisposalRow::into_disposal).collect()
    }

    /// What agencies said of a plan, in the order in which they said it.
    pub fn consents(&self, id: DisposalId) -> Result<Vec<Consent>, Error> {
        self.read(|database, tenant| consents_to(database, tenant, id))
    }
}

fn disposal(database: &mut Database, tenant: &str, id: DisposalId) -> Result<Option<Disposal>, Error> {
    let key = (tenant, id.to_string());
    let row: Option<DisposalRow> =
        disposals::table.find(key).select(DisposalRow::as_select()).first(database).optional()?;
    row.map(DisposalRow::into_disposal).transpose()
}

fn consents_to(database: &mut Database, tenant: &str, id: DisposalId) -> Result<Vec<Consent>, Error> {
    let of = consents::table.filter(consents::tenant.eq(tenant)).filter(consents::disposal.eq(id.to_string()));
    let rows: Vec<ConsentRow> = of.select(ConsentRow::as_select()).load(database)?;
    let mut all = rows.into_iter().map(ConsentRow::into_consent).collect::<Result<Vec<_>, _>>()?;
    all.sort_by(|a, b| (a.at, a.role, &a.agency).cmp(&(b.at, b.role, &b.agency)));
    Ok(all)
}
