//! Nouns to put in a store: plain ones, and any that can be (strategies for property tests).

use cartulaire::{
    domain::{
        agency::Role,
        archive::{Archive, Counts, Header, Part},
        clock::Timestamp,
        consent::Consent,
        digest::{DeclaredDigest, Digest},
        disposal::{Disposal, DisposalState, Disposition, Leaving},
        id::{ActorId, Id},
        journal::{Event, JournalId},
        name::Name,
        object::{Binary, DataObject, DeclaredFormat, Group, Matter},
        rule::{Attachment, Category, CategoryRules, Management, RuleUse},
        seda::{Dialect, SedaVersion},
        tenant::{Tenant, TenantId},
        transfer::{PackageFacts, Transfer, TransferKey, TransferStatus},
        unit::{Content, Signing, Unit},
    },
    store::{Error, Kept, Pen, Place, Store},
};
use proptest::{collection::vec, option, prelude::*};

pub fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000 + millis).unwrap()
}

pub fn tenant(name: &str) -> TenantId {
    name.parse().unwrap()
}

pub fn event(kind: &str, object: &str) -> Event {
    let text = str::to_owned;
    Event { actor: None, kind: text(kind), object: text(object), outcome: text("OK"), detail: text("{}") }
}

/// Writes with a line in the tenant's life-cycle journal.
pub fn write<T>(store: &Store, tenant: &TenantId, work: impl FnOnce(&mut Pen<'_>) -> Result<T, Error>) -> T {
    let journal = JournalId::LifeCycle(tenant.clone());
    let done = store.write(|pen| {
        let done = work(pen)?;
        pen.seal(&journal, event("test", "x"), at(0), [1; 16])?;
        Ok::<_, Error>(done)
    });
    done.unwrap()
}

/// A tenant that stands in the store.
pub fn settled(store: &Store, name: &str) -> TenantId {
    let id = tenant(name);
    let new =
        Tenant { id: id.clone(), name: name.to_uppercase(), archival_agency: format!("SA-{name}"), created_at: at(0) };
    write(store, &id, |pen| pen.insert_tenant(&new));
    id
}

pub fn transfer(tenant: &TenantId, message: &str) -> Transfer {
    Transfer {
        id: Id::mint(at(0)),
        tenant: tenant.clone(),
        by: Id::mint(at(0)),
        received_at: at(0),
        package: PackageFacts { name: "dépôt.zip".to_owned(), size: 3, digest: Digest::new([3; 64]) },
        key: Some(TransferKey { transferring_agency: "SV".to_owned(), message_identifier: message.to_owned() }),
        version: Some(SedaVersion::V2_1),
        acknowledgement: Id::mint(at(0)),
        status: TransferStatus::Received,
    }
}

pub fn kept(tenant: &TenantId, place: Place) -> Kept {
    let header = Header { message_identifier: format!("M{}", place.number), ..Header::default() };
    let archive = Archive {
        id: Id::mint(at(0)),
        tenant: tenant.clone(),
        generation: 1,
        transfer: Id::mint(at(0)),
        version: SedaVersion::V2_2,
        dialect: Dialect::Strict,
        header,
        accepted_at: at(0),
        counts: Counts::default(),
    };
    Kept { archive, place, inventory: Digest::new([9; 64]) }
}

pub fn unit(title: &str) -> Unit {
    Unit {
        id: Id::mint(at(0)),
        local_id: "AU1".to_owned(),
        parents: Vec::new(),
        group: None,
        existing_group: None,
        content: Content { title: title.to_owned(), ..Content::default() },
        management: Management::default(),
        source: String::new(),
        text: title.to_owned(),
    }
}

pub fn group() -> Group {
    Group { id: Id::mint(at(0)), local_id: Some("OG1".to_owned()), source: None }
}

pub fn object(group: &Group) -> DataObject {
    DataObject {
        id: Id::mint(at(0)),
        local_id: "BDO1".to_owned(),
        group: group.id,
        version: Some("BinaryMaster_1".to_owned()),
        matter: Matter::Binary(Binary {
            name: Name::from("content/1.pdf"),
            filename: "délibération.pdf".to_owned(),
            size: 12,
            digest: Digest::new([5; 64]),
            declared: vec![DeclaredDigest { algorithm: "SHA-256".to_owned(), value: "AB".to_owned() }],
            format: DeclaredFormat::default(),
        }),
        source: String::new(),
    }
}

/// Keeps an archive of these units, and says what was kept.
pub fn keep_units(store: &Store, tenant: &TenantId, units: Vec<Unit>) -> Kept {
    keep(store, tenant, units.into_iter().map(|unit| Part::Unit(Box::new(unit))).collect())
}

/// Keeps an archive of these parts, and says what was kept.
pub fn keep(store: &Store, tenant: &TenantId, parts: Vec<Part>) -> Kept {
    write(store, tenant, |pen| {
        let kept = kept(tenant, pen.next_place(tenant)?);
        pen.keep_archive(&kept, parts.into_iter().map(Ok::<_, Error>))?;
        Ok(kept)
    })
}

/// Any text that XML can carry, short.
/// An elimination planned by `by`, for the agency `A` to agree to.
pub fn disposal(by: ActorId) -> Disposal {
    Disposal {
        id: Id::mint(at(0)),
        disposition: Disposition::Elimination,
        by,
        made_at: at(1),
        on: "2027-01-01".parse().unwrap(),
        list: Digest::new([7; 64]),
        agencies: vec!["A".to_owned()],
        receiver: None,
        replaces: Some(Id::mint(at(0))),
        state: DisposalState::Planned,
        leaving: Leaving { archives: 1, units: 2, objects: 3, bytes: 4 },
        sent: None,
        attested: None,
    }
}

/// What an account says for an agency that agrees to a plan.
pub fn agreement(disposal: &Disposal, agency: &str) -> Consent {
    Consent {
        agency: agency.to_owned(),
        role: Role::Originating,
        by: disposal.by,
        at: at(2),
        granted: true,
        list: disposal.list,
        message: Some(Digest::new([8; 64])),
    }
}

pub fn text() -> impl Strategy<Value = String> {
    "[\\PC\n]{0,12}"
}

pub fn maybe() -> impl Strategy<Value = Option<String>> {
    option::of(text())
}

pub fn any_digest() -> impl Strategy<Value = Digest> {
    any::<u8>().prop_map(|byte| Digest::new([byte; 64]))
}

pub fn any_timestamp() -> impl Strategy<Value = Timestamp> {
    (-1_000_000_000_000..4_000_000_000_000_i64).prop_map(|millis| Timestamp::from_millis(millis).unwrap())
}

fn any_day() -> impl Strategy<Value = chrono::NaiveDate> {
    (-300_000..300_000_i32).prop_map(|days| chrono::NaiveDate::from_epoch_days(days).unwrap())
}

pub fn any_status() -> impl Strategy<Value = TransferStatus> {
    (0..4_u8, any_timestamp(), any::<bool>()).prop_map(|(which, at, with_warnings)| match which {
        0 => TransferStatus::Received,
        1 => TransferStatus::AwaitingValidation { since: at },
        2 => TransferStatus::Accepted { archive: Id::mint(at), reply: Id::mint(at), at, with_warnings },
        _ => TransferStatus::Refused { reply: Id::mint(at), at },
    })
}

pub fn any_transfer(tenant: TenantId) -> impl Strategy<Value = Transfer> {
    let version = option::of(proptest::sample::select(SedaVersion::ALL.to_vec()));
    (text(), 0..=u64::from(u32::MAX), any_digest(), any_timestamp(), any::<bool>(), version, any_status()).prop_map(
        move |(name, size, digest, received_at, keyed, version, status)| Transfer {
            received_at,
            package: PackageFacts { name, size, digest },
            key: transfer(&tenant, &Id::<()>::mint(at(0)).to_string()).key.filter(|_| keyed),
            version,
            status,
            ..transfer(&tenant, "")
        },
    )
}

pub fn any_management() -> impl Strategy<Value = Management> {
    let rule = (text(), option::of(any_day()), option::of(any_day())).prop_map(|(rule, start, hold_end)| RuleUse {
        rule,
        start,
        hold_end,
    });
    let category = proptest::sample::select(Category::ALL.to_vec());
    let said = (category, vec(rule, 0..3), any::<bool>(), vec(text(), 0..3), maybe()).prop_map(
        |(category, rules, prevent_inheritance, ref_non_rule_ids, final_action)| CategoryRules {
            category,
            rules,
            prevent_inheritance,
            ref_non_rule_ids,
            final_action,
        },
    );
    (vec(said, 0..3), option::of(any::<bool>())).prop_map(|(categories, need_authorization)| Management {
        categories,
        need_authorization,
        attachment: None,
    })
}

pub fn any_content() -> impl Strategy<Value = Content> {
    let signing = (vec(text(), 0..2), vec(text(), 0..2), vec(text(), 0..2), any::<bool>()).prop_map(
        |(roles, detached_roles, signed_document_references, described)| Signing {
            roles,
            detached_roles,
            signed_document_references,
            described,
        },
    );
    let first = (maybe(), text(), maybe(), maybe(), maybe(), maybe(), maybe(), maybe());
    (first, vec((text(), text()), 0..3), vec(text(), 0..3), option::of(signing)).prop_map(
        |((level, title, description, start, end, originating, submission, kind), identifiers, keywords, signing)| {
            Content {
                level,
                title,
                description,
                start_date: start,
                end_date: end,
                originating_agency: originating,
                submission_agency: submission,
                identifiers,
                keywords,
                document_type: kind,
                signing,
            }
        },
    )
}

pub fn any_unit() -> impl Strategy<Value = Unit> {
    let attachment = option::of(prop_oneof![
        text().prop_map(Attachment::SystemId),
        (text(), text()).prop_map(|(name, value)| Attachment::Key { name, value }),
    ]);
    let rest = (text(), 0..3_usize, any::<bool>(), maybe(), text());
    (any_content(), any_management(), attachment, rest).prop_map(
        |(content, management, attachment, (local_id, parents, grouped, existing_group, text))| Unit {
            id: Id::mint(at(0)),
            local_id,
            parents: (0..parents).map(|_| Id::mint(at(0))).collect(),
            group: grouped.then(|| Id::mint(at(0))),
            existing_group,
            content,
            management: Management { attachment, ..management },
            source: String::new(),
            text,
        },
    )
}

pub fn any_object() -> impl Strategy<Value = DataObject> {
    let format = (maybe(), maybe(), maybe()).prop_map(|(puid, mime, name)| DeclaredFormat { puid, mime, name });
    let declared = (text(), text()).prop_map(|(algorithm, value)| DeclaredDigest { algorithm, value });
    let binary = (vec(any::<u8>(), 0..12), text(), 0..=u64::from(u32::MAX), any_digest(), vec(declared, 0..3), format)
        .prop_map(|(name, filename, size, digest, declared, format)| {
            Matter::Binary(Binary { name: Name::new(name), filename, size, digest, declared, format })
        });
    let matter = prop_oneof![binary, maybe().prop_map(Matter::Physical)];
    (text(), maybe(), matter).prop_map(|(local_id, version, matter)| DataObject {
        local_id,
        version,
        matter,
        ..object(&group())
    })
}

pub fn any_header() -> impl Strategy<Value = Header> {
    let first = (text(), text(), maybe(), maybe(), maybe(), maybe(), maybe(), maybe());
    (first, text(), text(), maybe(), maybe(), any_management()).prop_map(
        |(
            (message_identifier, date, comment, agreement, profile, service_level, acquisition, legal_status),
            archival_agency,
            transferring_agency,
            originating_agency,
            submission_agency,
            management,
        )| Header {
            message_identifier,
            date,
            comment,
            agreement,
            profile,
            service_level,
            acquisition,
            legal_status,
            archival_agency,
            transferring_agency,
            originating_agency,
            submission_agency,
            management,
            source: String::new(),
        },
    )
}
