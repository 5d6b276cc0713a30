//! A request is registered: its units are listed with their communicability on the day, and whose word they need.

use std::collections::BTreeSet;

use crate::{
    archive::{
        Archive,
        deliver::Asked,
        error::Error,
        ingest::seal,
        replay,
        requests::{Dossier, RequestError},
        writer::Act,
    },
    digest,
    domain::{
        agency::Role,
        communication::{Consulted, Motive},
        id::{Id, RequestId, UnitId},
        mandate::{Mandate, Read},
        search::Selection,
        tenant::TenantId,
    },
    record::{
        facts::{Fact, communication::CommunicationRequested},
        request::{self, AskedUnit, Asker, object_name},
    },
    seda::asking::{self, Asked as AskedFor},
    xml::bounds::Bounds,
};

/// The most characters of a requester's name, and of a reason.
const REQUESTER_CHARS: usize = 200;
const REASON_CHARS: usize = 10_000;

/// What is wanted, by whom, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The units.
    pub selection: Selection,
    /// Whether what stands below them is wanted too.
    pub with_descendants: bool,
    /// Who asks, as messages name it.
    pub requester: String,
    /// Whether the requester is an agency of the referential: its own units need no derogation.
    pub is_agency: bool,
    /// What for, in a word.
    pub motive: Motive,
    /// What for, in the requester's words.
    pub reason: Option<String>,
}

impl Archive {
    /// Registers a request. Units that are not communicable need a derogation: the word of each originating agency
    /// concerned and of the control authority (code du patrimoine, L. 213-3), unless they are the requester's own.
    pub fn register_request(&self, by: &Mandate<Read>, wanted: &Wanted) -> Result<Dossier, RequestError> {
        self.ensure_asker(by, wanted)?;
        let tenant = by.tenant();
        let units = self.looked_at(tenant, wanted)?;
        let consulted = self.to_consult(tenant, &units)?;
        let now = self.clock.now();
        let id: RequestId = Id::mint(now);
        let mut list = Vec::new();
        for unit in &units {
            request::write(unit, &mut list).map_err(Error::from)?;
        }
        let reason = wanted.reason.clone().map(|text| text.chars().take(REASON_CHARS).collect::<String>());
        let asker = Asker {
            format: Asker::format(),
            request: id,
            by: by.actor(),
            received_at: now,
            requester: wanted.requester.trim().to_owned(),
            is_agency: wanted.is_agency,
            motive: wanted.motive,
            reason: reason.filter(|text| !text.trim().is_empty()),
            list: digest::sha512(&list),
        };
        let file = asker.to_json().map_err(Error::from)?;
        let fact = CommunicationRequested {
            blocked: u64::try_from(units.iter().filter(|unit| unit.blocked).count()).unwrap_or(u64::MAX),
            consulted,
            list: asker.list,
            motive: asker.motive,
            on: now.legal_day(),
            record: digest::sha512(&file),
            request: id,
            units: u64::try_from(units.len()).unwrap_or(u64::MAX),
        };
        let _one_at_a_time = self.records();
        let files = [(request::REQUEST, file), (request::UNITS, list)];
        let object = self.new_record(tenant, &object_name(id), &files)?;
        let (owner, who, clock) = (tenant.clone(), by.actor(), self.clock.clone());
        self.writer.commit(Act {
            objects: vec![object],
            papers: Vec::new(),
            spooled: Vec::new(),
            work: Box::new(move |pen, lines| {
                let told = Fact::CommunicationRequested(fact.clone());
                let line = seal(pen, &owner, &told, Some(who), clock.now())?;
                replay::requests::enter(pen, &owner, &fact, asker, &line)?;
                lines.push(line);
                Ok(true)
            }),
        })?;
        self.communication_request(by, id)?.ok_or(RequestError::Unknown)
    }

    /// Registers the request that an `ArchiveDeliveryRequest` makes.
    pub fn register_message(&self, by: &Mandate<Read>, message: &[u8]) -> Result<Dossier, RequestError> {
        let asking = asking::read(message, Bounds::default())?;
        let own = self.archival_agency(by.tenant())?;
        if asking.archival_agency != own {
            return Err(RequestError::Elsewhere(asking.archival_agency));
        }
        if asking.asked == AskedFor::Restitution {
            let name = "ArchiveRestitutionRequest".to_owned();
            return Err(crate::seda::misread::Misread::Another { name, namespace: None }.into());
        }
        let unit = |text: &String| text.parse().map_err(|_| RequestError::NotAUnit(text.clone()));
        let units: Vec<UnitId> = asking.units.iter().map(unit).collect::<Result<_, _>>()?;
        // A message that nobody signed proves no agency: only the account that hands it in does.
        let is_agency = by.agency() == Some(asking.asker.as_str());
        let motive = if is_agency { Motive::Administration } else { Motive::Other };
        self.register_request(
            by,
            &Wanted {
                selection: Selection::Units(units),
                with_descendants: true,
                requester: asking.asker,
                is_agency,
                motive,
                reason: asking.comment,
            },
        )
    }

    /// The archive's own staff register whoever asks; an account that speaks for an agency asks in its name only.
    fn ensure_asker(&self, by: &Mandate<Read>, wanted: &Wanted) -> Result<(), RequestError> {
        let name = wanted.requester.trim();
        if name.is_empty() || name.chars().count() > REQUESTER_CHARS || name.contains(char::is_control) {
            return Err(RequestError::Requester { limit: REQUESTER_CHARS });
        }
        let own = self.archival_agency(by.tenant())?;
        if by.agency().is_some_and(|agency| agency != own && agency != name) {
            return Err(RequestError::NotYours(name.to_owned()));
        }
        if wanted.is_agency {
            let referentials = self.referentials(by.tenant())?;
            if let Some(agencies) = &referentials.agencies
                && !agencies.contains_key(name)
            {
                return Err(RequestError::Stranger(name.to_owned()));
            }
        }
        Ok(())
    }

    /// The units wanted, each as it may be communicated today, in the catalog's order.
    fn looked_at(&self, tenant: &TenantId, wanted: &Wanted) -> Result<Vec<AskedUnit>, RequestError> {
        let limit = self.limits.delivery_units;
        let mut asked = Asked::new();
        for hit in self.selected(tenant, &wanted.selection)?.map_err(RequestError::Selection)? {
            asked.entry(hit.archive).or_default().insert(hit.unit);
        }
        let (today, holdings) = (self.clock.now().legal_day(), self.store.holdings(tenant));
        let mut units = Vec::new();
        for share in self.shares(tenant, asked, wanted.with_descendants, limit)? {
            for one in self.accesses(tenant, &share, today)? {
                let entry = holdings.unit(one.unit).map_err(Error::from)?;
                let is_own = wanted.is_agency && one.agency.as_deref() == Some(wanted.requester.trim());
                units.push(AskedUnit {
                    unit: one.unit,
                    archive: share.archive.id,
                    title: entry.map(|entry| entry.hit.content.title).unwrap_or_default(),
                    blocked: !one.access.is_open() && !is_own,
                    agency: one.agency,
                    access: one.access,
                });
            }
        }
        Ok(units)
    }

    /// Whose word the blocked units need: none when none is blocked.
    fn to_consult(&self, tenant: &TenantId, units: &[AskedUnit]) -> Result<Vec<Consulted>, Error> {
        let blocked: Vec<&AskedUnit> = units.iter().filter(|unit| unit.blocked).collect();
        if blocked.is_empty() {
            return Ok(Vec::new());
        }
        let agencies: BTreeSet<&str> = blocked.iter().filter_map(|unit| unit.agency.as_deref()).collect();
        let mut consulted: Vec<Consulted> = agencies
            .into_iter()
            .map(|agency| Consulted { agency: agency.to_owned(), role: Role::Originating })
            .collect();
        let referentials = self.referentials(tenant)?;
        let known = referentials.agencies.iter().flat_map(|all| all.values());
        let mut authorities = known.filter(|agency| agency.roles.contains(&Role::Control));
        // Without a name, any control authority may answer.
        let agency = match (authorities.next(), authorities.next()) {
            (Some(only), None) => only.identifier.clone(),
            _ => String::new(),
        };
        consulted.push(Consulted { agency, role: Role::Control });
        Ok(consulted)
    }
}
