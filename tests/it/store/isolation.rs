//! A tenant sees nothing of another: every function of `Holdings` is asked with what the other tenant holds.

use cartulaire::domain::referential::Referential;
use cartulaire::{
    domain::{
        agency::Agency,
        agreement::Agreement,
        archive::Part,
        digest::Digest,
        disposal::{Disposal, DisposalState},
        id::Id,
        mandate::Actor,
        rule::{Category, Rule},
        search::Criteria,
        tenant::TenantId,
        unit::Unit,
    },
    store::{ArchiveFilter, Credential, Edition, Error, Holdings, Kept, Store, Upload},
};

use super::{sample, stores};

/// What one tenant holds: one of everything.
struct Everything {
    kept: Kept,
    parent: Unit,
    child: Unit,
    group: cartulaire::domain::object::Group,
    object: cartulaire::domain::object::DataObject,
    transfer: cartulaire::domain::transfer::Transfer,
    actor: Actor,
    upload: Upload,
    disposal: Disposal,
}

fn fill(store: &Store, tenant: &TenantId) -> Everything {
    let group = sample::group();
    let object = sample::object(&group);
    let mut parent = sample::unit("secret");
    parent.content.identifiers = vec![("SystemId".to_owned(), "ID-1".to_owned())];
    parent.content.originating_agency = Some("A".to_owned());
    let mut child = sample::unit("secret");
    child.parents = vec![parent.id];
    let units = [&parent, &child].map(|unit| Part::Unit(Box::new(unit.clone())));
    let mut parts = vec![Part::Group(group.clone()), Part::Object(Box::new(object.clone()))];
    parts.extend(units);
    let kept = sample::keep(store, tenant, parts);
    let transfer = sample::transfer(tenant, "M1");
    let actor = Actor { id: Id::mint(sample::at(0)), tenant: tenant.clone(), permissions: Vec::new(), agency: None };
    let upload = Upload {
        id: Id::mint(sample::at(0)),
        tenant: tenant.clone(),
        by: actor.id,
        length: 1,
        received: 0,
        path: "p".to_owned(),
        metadata: String::new(),
        expires_at: sample::at(0),
    };
    store.begin_upload(&upload).unwrap();
    let disposal = sample::disposal(actor.id);
    let consent = sample::agreement(&disposal, "A");
    sample::write(store, tenant, |pen| {
        pen.insert_disposal(tenant, &disposal)?;
        pen.consent(tenant, disposal.id, &consent, DisposalState::Agreed)?;
        pen.insert_transfer(&transfer)?;
        pen.insert_credential(&Credential { actor: actor.clone(), label: "x".to_owned(), revoked_at: None })?;
        fill_referentials(pen, tenant)
    });
    Everything { kept, parent, child, group, object, transfer, actor, upload, disposal }
}

fn fill_referentials(pen: &mut cartulaire::store::Pen<'_>, tenant: &TenantId) -> Result<(), Error> {
    let edition = Edition { version: 1, digest: Digest::ZERO, imported_at: sample::at(0) };
    let text = str::to_owned;
    let agency =
        Agency { identifier: text("A"), name: text("A"), description: None, roles: Vec::new(), certificate: None };
    let rule =
        Rule { identifier: text("R"), category: Category::Hold, value: text("R"), description: None, duration: None };
    pen.replace_agencies(tenant, &edition, &[agency])?;
    pen.replace_agreements(tenant, &edition, &[Agreement::open("C", "C")])?;
    pen.replace_rules(tenant, &edition, &[rule])
}

/// How much each function of `Holdings` shows of `all`, by the function's name.
fn shown(holdings: Holdings<'_>, all: &Everything) -> Vec<(&'static str, usize)> {
    let archive = all.kept.archive.id;
    let every = Criteria::default;
    let searched = |criteria: Criteria| holdings.search(&criteria, None, 9).unwrap().hits.len();
    let facets = |criteria: Criteria| holdings.facets(&criteria).unwrap().originating_agencies.len();
    let words = || Criteria { text: "secret".to_owned(), ..every() };
    vec![
        ("agencies", holdings.agencies().unwrap().len()),
        ("agency", holdings.agency("A").unwrap().iter().len()),
        ("agreement", holdings.agreement("C").unwrap().iter().len()),
        ("agreements", holdings.agreements().unwrap().len()),
        ("ancestors", holdings.ancestors(all.child.id).unwrap().len()),
        ("archive", holdings.archive(archive).unwrap().iter().len()),
        ("archive_by_number", holdings.archive_by_number(1).unwrap().iter().len()),
        ("archives", holdings.archives(&ArchiveFilter::default(), None, 9).unwrap().len()),
        ("children", holdings.children(all.parent.id, None, 9).unwrap().len()),
        ("children_counts", holdings.children_counts(&[all.parent.id]).unwrap().len()),
        ("credential", holdings.credential(all.actor.id).unwrap().iter().len()),
        ("credentials", holdings.credentials().unwrap().len()),
        ("consents", holdings.consents(all.disposal.id).unwrap().len()),
        ("disposal", holdings.disposal(all.disposal.id).unwrap().iter().len()),
        ("disposals", holdings.disposals(None, 9).unwrap().len()),
        ("editions", holdings.editions(Referential::Rules).unwrap().len()),
        ("facets", facets(every())),
        ("facets", facets(words())),
        ("group", holdings.group(all.group.id).unwrap().iter().len()),
        ("has_referential", usize::from(holdings.has_referential(Referential::Agencies).unwrap())),
        ("object", holdings.object(all.object.id).unwrap().iter().len()),
        ("objects_of_group", holdings.objects_of_group(all.group.id).unwrap().len()),
        ("roots", holdings.roots(archive, None, 9).unwrap().len()),
        ("rule", holdings.rule("R").unwrap().iter().len()),
        ("rules", holdings.rules().unwrap().len()),
        ("search", searched(every())),
        ("search", searched(words())),
        ("hits", holdings.hits(&[all.parent.id]).unwrap().len()),
        ("titles", holdings.titles(&[all.parent.id]).unwrap().len()),
        ("descendants", holdings.descendants(&[all.parent.id], 9).unwrap().len()),
        ("search", searched(Criteria { identifier: Some("ID-1".to_owned()), ..every() })),
        ("search", searched(Criteria { archive: Some(archive), ..every() })),
        ("search", searched(Criteria { originating_agency: Some("A".to_owned()), ..every() })),
        ("search", searched(Criteria { roots_only: true, ..every() })),
        ("transfer", holdings.transfer(all.transfer.id).unwrap().iter().len()),
        ("transfer_by_key", holdings.transfer_by_key(all.transfer.key.as_ref().unwrap()).unwrap().iter().len()),
        ("transfers", holdings.transfers(None, None, 9).unwrap().len()),
        ("unit", holdings.unit(all.parent.id).unwrap().iter().len()),
        ("units", holdings.units(archive, None, 9).unwrap().len()),
        ("units_by_identifier", holdings.units_by_identifier(None, "ID-1", 9).unwrap().len()),
        ("upload", holdings.upload(all.upload.id).unwrap().iter().len()),
    ]
}

#[test]
fn a_tenant_sees_what_it_holds_and_nothing_of_another() {
    for fresh in stores() {
        let store = &fresh.store;
        // One tenant's name begins as the other's.
        let (owner, other) = (sample::settled(store, "ville"), sample::settled(store, "ville-2"));
        let all = fill(store, &owner);
        for (function, count) in shown(store.holdings(&owner), &all) {
            assert!(count > 0, "{}: {function} does not show the owner what it holds", fresh.engine);
        }
        for (function, count) in shown(store.holdings(&other), &all) {
            assert_eq!(count, 0, "{}: {function} shows another tenant's data", fresh.engine);
        }
        // The other now holds as much: each still sees only its own.
        let theirs = fill(store, &other);
        let own = |holdings: Holdings<'_>, all| shown(holdings, all).into_iter().map(|(_, n)| n).collect::<Vec<_>>();
        assert_eq!(own(store.holdings(&owner), &all), own(store.holdings(&other), &theirs));
    }
}

#[test]
fn every_function_of_holdings_is_asked() {
    let sources =
        ["actors", "archives", "disposals", "objects", "referentials", "search", "transfers", "units", "uploads"];
    let asked = include_str!("isolation.rs");
    for source in sources {
        let path = format!("{}/src/store/{source}.rs", env!("CARGO_MANIFEST_DIR"));
        let code = std::fs::read_to_string(path).unwrap();
        let of_holdings = code.split("impl Holdings<'_> {").skip(1).map(|rest| rest.split("\n}\n").next().unwrap());
        for name in of_holdings.flat_map(|body| body.split("    pub fn ").skip(1)) {
            let name: String = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            assert!(name.is_empty() || asked.contains(&format!("(\"{name}\", ")), "{source}: `{name}` is not asked");
        }
    }
}
