//! Requests to be given archives, what agencies said of their derogations, and where what left for another archive is.

use diesel::prelude::*;

use crate::{
    domain::{
        agency::Role,
        communication::{Answer, Consulted, Derogation, Motive, Request, RequestState},
        id::{DisposalId, MessageId, RequestId},
        tenant::TenantId,
    },
    store::{
        cells,
        database::Database,
        error::Error,
        holdings::Holdings,
        pen::Pen,
        schema::{derogations, destinations, requests},
    },
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = requests, treat_none_as_default_value = false)]
struct RequestRow {
    tenant: String,
    id: String,
    actor: String,
    made_at: i64,
    on_day: String,
    requester: String,
    is_agency: bool,
    motive: String,
    list: String,
    units: i64,
    blocked: i64,
    state: String,
    delivery: Option<String>,
}

impl RequestRow {
    fn new(tenant: &TenantId, request: &Request) -> Result<Self, Error> {
        Ok(Self {
            tenant: tenant.to_string(),
            id: request.id.to_string(),
            actor: request.by.to_string(),
            made_at: request.made_at.millis(),
            on_day: cells::day(request.on),
            requester: request.requester.clone(),
            is_agency: request.is_agency,
            motive: request.motive.word().to_owned(),
            list: request.list.to_string(),
            units: cells::stored(request.units, "a count of units")?,
            blocked: cells::stored(request.blocked, "a count of units")?,
            state: request.state.word().to_owned(),
            delivery: request.delivery.map(|message| message.to_string()),
        })
    }

    fn into_request(self) -> Result<Request, Error> {
        Ok(Request {
            id: cells::parsed(&self.id, "a request's identifier")?,
            by: cells::parsed(&self.actor, "an actor")?,
            made_at: cells::instant(self.made_at)?,
            on: cells::parsed(&self.on_day, "a day")?,
            requester: self.requester,
            is_agency: self.is_agency,
            motive: cells::known(Motive::from_word(&self.motive), "a motive")?,
            list: cells::parsed(&self.list, "a digest")?,
            units: cells::count(self.units, "a count of units")?,
            blocked: cells::count(self.blocked, "a count of units")?,
            state: cells::known(RequestState::from_word(&self.state), "a request's state")?,
            delivery: cells::parsed_if(self.delivery.as_deref(), "a message's identifier")?,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = derogations, treat_none_as_default_value = false)]
struct DerogationRow {
    tenant: String,
    request: String,
    role: String,
    agency: String,
    granted: Option<bool>,
    actor: Option<String>,
    at: Option<i64>,
    message: Option<String>,
}

impl DerogationRow {
    fn unanswered(tenant: &TenantId, request: RequestId, consulted: &Consulted) -> Self {
        Self {
            tenant: tenant.to_string(),
            request: request.to_string(),
            role: consulted.role.word().to_owned(),
            agency: consulted.agency.clone(),
            granted: None,
            actor: None,
            at: None,
            message: None,
        }
    }

    fn into_derogation(self) -> Result<Derogation, Error> {
        let answer = match (self.granted, &self.actor, self.at) {
            (Some(granted), Some(actor), Some(at)) => Some(Answer {
                granted,
                by: cells::parsed(actor, "an actor")?,
                at: cells::instant(at)?,
                message: cells::parsed_if(self.message.as_deref(), "a digest")?,
            }),
            _ => None,
        };
        let role = cells::known(Role::from_word(&self.role), "a role")?;
        Ok(Derogation { consulted: Consulted { agency: self.agency, role }, answer })
    }
}

/// Where what was sent away is now.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = destinations, treat_none_as_default_value = false)]
pub struct Destination {
    pub(super) tenant: String,
    pub(super) disposal: String,
    /// The agency that took it.
    pub agency: String,
    /// The identifier of the reply by which it did.
    pub reply: Option<String>,
    /// The identifier under which it keeps it, as it says.
    pub archive: Option<String>,
}

impl Destination {
    /// A destination of what left under a plan.
    pub fn new(tenant: &TenantId, disposal: DisposalId, agency: &str) -> Self {
        let (tenant, disposal) = (tenant.to_string(), disposal.to_string());
        Self { tenant, disposal, agency: agency.to_owned(), reply: None, archive: None }
    }
}

impl Pen<'_> {
    /// Registers a request, and the agencies whose word it needs.
    pub fn insert_request(
        &mut self,
        tenant: &TenantId,
        request: &Request,
        consulted: &[Consulted],
    ) -> Result<(), Error> {
        let row = RequestRow::new(tenant, request)?;
        let database = self.changing();
        diesel::insert_into(requests::table).values(row).execute(database)?;
        for one in consulted {
            let row = DerogationRow::unanswered(tenant, request.id, one);
            diesel::insert_into(derogations::table).values(row).execute(database)?;
        }
        Ok(())
    }

    /// A request, within this act.
    pub fn request(&mut self, tenant: &TenantId, id: RequestId) -> Result<Option<Request>, Error> {
        request(self.looking(), tenant.as_str(), id)
    }

    /// What agencies were asked of a request and said, within this act.
    pub fn derogations(&mut self, tenant: &TenantId, id: RequestId) -> Result<Vec<Derogation>, Error> {
        derogations_of(self.looking(), tenant.as_str(), id)
    }

    /// Writes what an agency said; `false` when it was not asked, or answered already. An agency that was asked without a
    /// name (any control authority) takes its name.
    pub fn answer_derogation(
        &mut self,
        tenant: &TenantId,
        id: RequestId,
        consulted: &Consulted,
        answer: &Answer,
    ) -> Result<bool, Error> {
        let waiting = derogations::table
            .filter(derogations::tenant.eq(tenant.as_str()))
            .filter(derogations::request.eq(id.to_string()))
            .filter(derogations::role.eq(consulted.role.word()))
            .filter(derogations::agency.eq_any([consulted.agency.as_str(), ""]))
            .filter(derogations::granted.is_null());
        let set = (
            derogations::agency.eq(consulted.agency.as_str()),
            derogations::granted.eq(answer.granted),
            derogations::actor.eq(answer.by.to_string()),
            derogations::at.eq(answer.at.millis()),
            derogations::message.eq(answer.message.map(|digest| digest.to_string())),
        );
        let rows = diesel::update(waiting).set(set).execute(self.trying())?;
        Ok(self.changed(rows))
    }

    /// Notes how far a request has come.
    pub fn move_request(&mut self, tenant: &TenantId, id: RequestId, state: RequestState) -> Result<bool, Error> {
        let row = requests::table.find((tenant.as_str(), id.to_string()));
        let rows = diesel::update(row).set(requests::state.eq(state.word())).execute(self.trying())?;
        Ok(self.changed(rows))
    }

    /// Notes the delivery made under a request.
    pub fn request_delivered(&mut self, tenant: &TenantId, id: RequestId, message: MessageId) -> Result<bool, Error> {
        let row = requests::table.find((tenant.as_str(), id.to_string()));
        let set =
            (requests::state.eq(RequestState::Delivered.word()), requests::delivery.eq(Some(message.to_string())));
        let rows = diesel::update(row).set(set).execute(self.trying())?;
        Ok(self.changed(rows))
    }

    /// Notes where what leaves under a plan is, in the place of what was known.
    pub fn set_destination(&mut self, destination: &Destination) -> Result<(), Error> {
        let database = self.changing();
        let key = (destination.tenant.as_str(), destination.disposal.as_str());
        diesel::delete(destinations::table.find(key)).execute(database)?;
        diesel::insert_into(destinations::table).values(destination.clone()).execute(database)?;
        Ok(())
    }
}

impl Holdings<'_> {
    /// A request.
    pub fn request(&self, id: RequestId) -> Result<Option<Request>, Error> {
        self.read(|database, tenant| request(database, tenant, id))
    }

    /// At most `limit` requests, latest first, made before the request `before`; only those in a state, if given.
    pub fn requests(
        &self,
        state: Option<RequestState>,
        before: Option<RequestId>,
        limit: u32,
    ) -> Result<Vec<Request>, Error> {
        let rows: Vec<RequestRow> = self.read(|database, tenant| {
            let mut own = requests::table.filter(requests::tenant.eq(tenant)).into_boxed();
            if let Some(state) = state {
                own = own.filter(requests::state.eq(state.word()));
            }
            if let Some(before) = before {
                own = own.filter(requests::id.lt(before.to_string()));
            }
            let page = own.order(requests::id.desc()).limit(i64::from(limit));
            Ok(page.select(RequestRow::as_select()).load(database)?)
        })?;
        rows.into_iter().map(RequestRow::into_request).collect()
    }

    /// What agencies were asked of a request, and said.
    pub fn derogations(&self, id: RequestId) -> Result<Vec<Derogation>, Error> {
        self.read(|database, tenant| derogations_of(database, tenant, id))
    }

    /// Where what left under a plan is.
    pub fn destination(&self, disposal: DisposalId) -> Result<Option<Destination>, Error> {
        self.read(|database, tenant| {
            let row = destinations::table.find((tenant, disposal.to_string()));
            Ok(row.select(Destination::as_select()).first(database).optional()?)
        })
    }
}

fn request(database: &mut Database, tenant: &str, id: RequestId) -> Result<Option<Request>, Error> {
    let row = requests::table.find((tenant, id.to_string()));
    let row: Option<RequestRow> = row.select(RequestRow::as_select()).first(database).optional()?;
    row.map(RequestRow::into_request).transpose()
}

fn derogations_of(database: &mut Database, tenant: &str, id: RequestId) -> Result<Vec<Derogation>, Error> {
    let of = derogations::table.filter(derogations::tenant.eq(tenant)).filter(derogations::request.eq(id.to_string()));
    let rows: Vec<DerogationRow> = of.select(DerogationRow::as_select()).load(database)?;
    let mut all = rows.into_iter().map(DerogationRow::into_derogation).collect::<Result<Vec<_>, _>>()?;
    all.sort_by(|a, b| a.consulted.cmp(&b.consulted));
    Ok(all)
}
