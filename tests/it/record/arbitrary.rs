//! Arbitrary values of everything that is recorded. Instants and days keep to years of four digits.

use cartulaire::domain::referential::Referential;
use cartulaire::{
    domain::{
        agency::Role,
        archive::{Archive, Counts, Header, Part},
        check::{Finding, Outcome, Verdict},
        clock::Timestamp,
        communication::{Consulted, Motive},
        digest::{DeclaredDigest, Digest},
        disposal::Disposition,
        id::Id,
        journal::{Event, Head, JournalId, Line},
        mandate::Permission,
        name::Name,
        object::{Binary, DataObject, DeclaredFormat, Group, Matter},
        rule::{Attachment, Category, CategoryRules, Management, RuleUse},
        seda::{Dialect, SedaVersion},
        transfer::{PackageFacts, TransferKey},
        unit::{Content, Signing, Unit},
    },
    record::{
        archive_json::ArchiveRecord,
        facts::{
            Fact,
            communication::{CommunicationRequested, DerogationAnswered},
            describing::Amended,
            disposal::{Consented, DisposalAbandoned, DisposalPlanned, DisposalSent, Disposed},
            events::{CredentialEnrolled, CredentialIssued, CredentialRevoked, DaySealed, ReferentialImported},
            holding::{HoldLifted, HoldPlaced},
            installation::{
                Audited, EvidenceMade, LogKey, TenantCreated, TimeStampMissed, TimeStamped, VolumeRepaired, Witnessed,
            },
            life_cycle::{Accepted, AwaitingValidation, ContentRead, Delivered, Purpose, Received, Refused},
            profiles::ProfileImported,
            restitution::Restituted,
            takeover::{Cited, TakenOver, TenantTaken},
        },
        report::Summary,
    },
};
use chrono::NaiveDate;
use proptest::{
    collection::{btree_map, vec},
    option::of,
    prelude::*,
    sample::select,
    strategy::BoxedStrategy,
};

fn id<K: 'static>() -> BoxedStrategy<Id<K>> {
    any::<[u8; 16]>()
        .prop_map(|bytes| {
            let hex = cartulaire::domain::digest::to_hex(&bytes);
            hex.parse().unwrap()
        })
        .boxed()
}

fn digest() -> impl Strategy<Value = Digest> {
    any::<u8>().prop_map(|byte| Digest::new([byte; 64]))
}

fn text() -> BoxedStrategy<String> {
    any::<String>().boxed()
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    vec(text(), 0..3)
}

fn instant() -> impl Strategy<Value = Timestamp> {
    (-62_167_219_200_000_i64..253_402_300_800_000).prop_map(|millis| Timestamp::from_millis(millis).unwrap())
}

fn day() -> impl Strategy<Value = NaiveDate> {
    (0_i32..=9999, 1_u32..=365).prop_map(|(year, day)| NaiveDate::from_yo_opt(year, day).unwrap())
}

fn name() -> impl Strategy<Value = Name> {
    prop_oneof![any::<Vec<u8>>().prop_map(Name::new), text().prop_map(|text| Name::from(text.as_str()))]
}

fn management() -> impl Strategy<Value = Management> {
    let rule = (text(), of(day()), of(day())).prop_map(|(rule, start, hold_end)| RuleUse { rule, start, hold_end });
    let category = (select(Category::ALL.to_vec()), vec(rule, 0..3), any::<bool>(), texts(), of(text())).prop_map(
        |(category, rules, prevent_inheritance, ref_non_rule_ids, final_action)| CategoryRules {
            category,
            rules,
            prevent_inheritance,
            ref_non_rule_ids,
            final_action,
        },
    );
    let attachment = prop_oneof![
        text().prop_map(Attachment::SystemId),
        (text(), text()).prop_map(|(name, value)| Attachment::Key { name, value }),
    ];
    (vec(category, 0..3), of(any::<bool>()), of(attachment)).prop_map(|(categories, need_authorization, attachment)| {
        Management { categories, need_authorization, attachment }
    })
}

fn content() -> impl Strategy<Value = Content> {
    let signing = (texts(), texts(), texts(), any::<bool>()).prop_map(
        |(roles, detached_roles, signed_document_references, described)| Signing {
            roles,
            detached_roles,
            signed_document_references,
            described,
        },
    );
    let optional = || of(text());
    let singles = (text(), optional(), optional(), optional(), optional(), optional(), optional(), optional());
    (singles, vec((text(), text()), 0..3), texts(), of(signing)).prop_map(|(singles, identifiers, keywords, signing)| {
        let (title, level, description, start_date, end_date, originating_agency, submission_agency, document_type) =
            singles;
        Content {
            level,
            title,
            description,
            start_date,
            end_date,
            originating_agency,
            submission_agency,
            identifiers,
            keywords,
            document_type,
            signing,
        }
    })
}

fn unit() -> impl Strategy<Value = Unit> {
    (id(), text(), vec(id(), 0..3), of(id()), of(text()), content(), management(), text(), text()).prop_map(
        |(id, local_id, parents, group, existing_group, content, management, source, text)| Unit {
            id,
            local_id,
            parents,
            group,
            existing_group,
            content,
            management,
            source,
            text,
        },
    )
}

fn matter() -> impl Strategy<Value = Matter> {
    let declared = (text(), text()).prop_map(|(algorithm, value)| DeclaredDigest { algorithm, value });
    let format =
        (of(text()), of(text()), of(text())).prop_map(|(puid, mime, name)| DeclaredFormat { puid, mime, name });
    let binary = (name(), text(), any::<u64>(), digest(), vec(declared, 0..3), format).prop_map(
        |(name, filename, size, digest, declared, format)| Binary { name, filename, size, digest, declared, format },
    );
    prop_oneof![binary.prop_map(Matter::Binary), of(text()).prop_map(Matter::Physical)]
}

pub(super) fn part() -> impl Strategy<Value = Part> {
    let group =
        (id(), of(text()), of(text())).prop_map(|(id, local_id, source)| Part::Group(Group { id, local_id, source }));
    let object = (id(), text(), id(), of(text()), matter(), text()).prop_map(
        |(id, local_id, group, version, matter, source)| {
            Part::Object(Box::new(DataObject { id, local_id, group, version, matter, source }))
        },
    );
    prop_oneof![group, object, unit().prop_map(|unit| Part::Unit(Box::new(unit)))]
}

fn header() -> impl Strategy<Value = Header> {
    let required = (text(), text(), text(), text(), text());
    let described = (of(text()), of(text()), of(text()), of(text()), of(text()), of(text()));
    (required, described, of(text()), of(text()), management()).prop_map(
        |(required, described, originating_agency, submission_agency, management)| {
            let (message_identifier, date, archival_agency, transferring_agency, source) = required;
            let (comment, agreement, profile, service_level, acquisition, legal_status) = described;
            Header {
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
                source,
            }
        },
    )
}

fn archive() -> impl Strategy<Value = Archive> {
    let counts = any::<[u64; 4]>().prop_map(|[units, groups, objects, bytes]| Counts { units, groups, objects, bytes });
    let marks = (select(SedaVersion::ALL.to_vec()), select(Dialect::ALL.to_vec()), any::<u32>());
    (id(), id(), marks, header(), instant(), counts).prop_map(|(id, transfer, marks, header, accepted_at, counts)| {
        let (version, dialect, generation) = marks;
        let tenant = "ville-de-sault".parse().unwrap();
        Archive { id, tenant, generation, transfer, version, dialect, header, accepted_at, counts }
    })
}

fn summary() -> impl Strategy<Value = Summary> {
    let outcomes = vec![Outcome::Ok, Outcome::NotExamined, Outcome::Warning, Outcome::Ko];
    let finding = (text(), select(outcomes), text(), text()).prop_map(|(code, outcome, place, message)| Finding {
        code,
        outcome,
        place,
        message,
    });
    let verdict = select(vec![Verdict::Accepted, Verdict::Warning, Verdict::Refused]);
    (verdict, vec(finding, 0..3), btree_map(text(), any::<u64>(), 0..3))
        .prop_map(|(verdict, findings, totals)| Summary { verdict, findings, totals })
}

pub(super) fn record() -> impl Strategy<Value = ArchiveRecord> {
    let package = (text(), any::<u64>(), digest()).prop_map(|(name, size, digest)| PackageFacts { name, size, digest });
    (archive(), package, name(), id(), instant(), id(), id(), summary()).prop_map(
        |(archive, package, manifest, deposited_by, received_at, acknowledgement, reply, examination)| ArchiveRecord {
            archive,
            package,
            manifest,
            deposited_by,
            received_at,
            acknowledgement,
            reply,
            examination,
        },
    )
}

pub(super) fn journal() -> impl Strategy<Value = Vec<Line>> {
    let word = || text().prop_map(|text| text.replace('\n', " "));
    let event = (of(id()), word(), word(), word(), text()).prop_map(|(actor, kind, object, outcome, detail)| Event {
        actor,
        kind,
        object,
        outcome,
        detail,
    });
    let journal = select(vec!["installation", "ville/life-cycle", "ville/events"]);
    (journal, vec((event, instant(), any::<[u8; 16]>()), 0..5)).prop_map(|(journal, events)| {
        let journal: JournalId = journal.parse().unwrap();
        let mut head = Head::EMPTY;
        let seal = |(event, observed, salt)| {
            let line = head.seal(&journal, event, observed, salt, head.length);
            head = head.after(&line);
            line
        };
        events.into_iter().map(seal).collect()
    })
}

fn life_cycle() -> impl Strategy<Value = Fact> {
    let key = (text(), text())
        .prop_map(|(transferring_agency, message_identifier)| TransferKey { transferring_agency, message_identifier });
    let version = select(SedaVersion::ALL.to_vec());
    let received = (id(), of(key), digest(), any::<u64>(), id(), of(version)).prop_map(
        |(acknowledgement, key, package, size, transfer, version)| {
            Fact::Received(Received { acknowledgement, key, package, size, transfer, version })
        },
    );
    let accepted = (id(), id(), id(), digest(), any::<[u64; 5]>(), any::<u32>(), any::<bool>()).prop_map(
        |(
            archive,
            reply,
            transfer,
            inventory,
            [bytes, number, objects, sequence, units],
            generation,
            with_warnings,
        )| {
            Fact::Accepted(Accepted {
                archive,
                bytes,
                generation,
                inventory,
                number,
                objects,
                reply,
                sequence,
                transfer,
                units,
                with_warnings,
            })
        },
    );
    let refused = (btree_map(text(), any::<u64>(), 0..3), id(), digest(), id())
        .prop_map(|(counts, reply, report, transfer)| Fact::Refused(Refused { counts, reply, report, transfer }));
    let read = (id(), proptest::option::of(id()), select(Purpose::ALL.to_vec()))
        .prop_map(|(archive, object, purpose)| Fact::ContentRead(ContentRead { archive, object, purpose }));
    let delivered = (vec(id(), 0..3), id(), of(id()), any::<u64>())
        .prop_map(|(archives, reply, request, units)| Fact::Delivered(Delivered { archives, reply, request, units }));
    let awaiting = id().prop_map(|transfer| Fact::AwaitingValidation(AwaitingValidation { transfer }));
    let restituted =
        (any::<[u64; 4]>(), text(), id()).prop_map(|([archives, bytes, objects, units], form, restitution)| {
            Fact::Restituted(Restituted { archives, bytes, form, objects, restitution, units })
        });
    prop_oneof![received, accepted, refused, read, delivered, awaiting, restituted]
}

pub(super) fn fact() -> impl Strategy<Value = Fact> {
    let imported = (any::<[u64; 2]>(), digest(), select(Referential::ALL.to_vec())).prop_map(
        |([count, version], digest, kind)| {
            Fact::ReferentialImported(ReferentialImported { count, digest, kind, version })
        },
    );
    let profile = (any::<[u64; 2]>(), digest())
        .prop_map(|([count, version], digest)| Fact::ProfileImported(ProfileImported { count, digest, version }));
    let issued = (id(), proptest::sample::subsequence(Permission::ALL.to_vec(), 0..=4), of(text())).prop_map(
        |(actor, permissions, agency)| Fact::CredentialIssued(CredentialIssued { actor, agency, permissions }),
    );
    let revoked = id().prop_map(|actor| Fact::CredentialRevoked(CredentialRevoked { actor }));
    let enrolled = id().prop_map(|actor| Fact::CredentialEnrolled(CredentialEnrolled { actor }));
    let created = (text(), text()).prop_map(|(archival_agency, name)| {
        Fact::TenantCreated(TenantCreated { archival_agency, name, tenant: "ville".parse().unwrap() })
    });
    let repaired = (any::<[u64; 2]>(), text(), text(), text()).prop_map(|([bytes, files], object, source, volume)| {
        Fact::VolumeRepaired(VolumeRepaired { bytes, files, object, source, volume })
    });
    prop_oneof![
        life_cycle(),
        describing(),
        imported,
        profile,
        issued,
        revoked,
        enrolled,
        created,
        repaired,
        of_moves(),
        of_proof(),
        of_plans(),
        communication()
    ]
}

fn of_moves() -> BoxedStrategy<Fact> {
    let cited = || (text(), text(), any::<u64>()).prop_map(|(origin, root, size)| Cited { origin, root, size });
    let over = (cited(), text(), any::<u32>(), [digest(), digest()]).prop_map(
        |(checkpoint, installation, log, [inventory, restitution])| {
            Fact::TakenOver(TakenOver { checkpoint, installation, inventory, log, restitution })
        },
    );
    let taken = (cited(), [text(), text(), text()], any::<u32>(), any::<u64>(), [digest(), digest()], instant())
        .prop_map(
            |(checkpoint, [archival_agency, installation, name], log, rank, [inventory, restitution], created_at)| {
                let tenant = "ville".parse().unwrap();
                Fact::TenantTaken(TenantTaken {
                    archival_agency,
                    checkpoint,
                    created_at,
                    installation,
                    inventory,
                    log,
                    name,
                    rank,
                    restitution,
                    tenant,
                })
            },
        );
    prop_oneof![over, taken].boxed()
}

fn describing() -> BoxedStrategy<Fact> {
    let placed = (id(), digest(), any::<u64>())
        .prop_map(|(hold, order, units)| Fact::HoldPlaced(HoldPlaced { hold, order, units }));
    let lifted = (id(), digest()).prop_map(|(hold, lifting)| Fact::HoldLifted(HoldLifted { hold, lifting }));
    let amended = ((id(), id()), digest(), digest(), of(id()), any::<u64>()).prop_map(
        |((amendment, archive), delta, inventory, reverts, units)| {
            Fact::Amended(Amended { amendment, archive, delta, inventory, reverts, units })
        },
    );
    prop_oneof![placed, lifted, amended].boxed()
}

fn communication() -> BoxedStrategy<Fact> {
    let roles = || select(Role::ALL.to_vec());
    let consulted = vec((text(), roles()).prop_map(|(agency, role)| Consulted { agency, role }), 0..3);
    let asked = (any::<[u64; 2]>(), consulted, digest(), select(Motive::ALL.to_vec()), day(), digest(), id()).prop_map(
        |([blocked, units], consulted, list, motive, on, record, request)| {
            Fact::CommunicationRequested(CommunicationRequested {
                blocked,
                consulted,
                list,
                motive,
                on,
                record,
                request,
                units,
            })
        },
    );
    let answered = (text(), any::<bool>(), digest(), of(digest()), id(), roles()).prop_map(
        |(agency, granted, list, message, request, role)| {
            Fact::DerogationAnswered(DerogationAnswered { agency, granted, list, message, request, role })
        },
    );
    prop_oneof![asked, answered].boxed()
}

fn of_plans() -> BoxedStrategy<Fact> {
    let counts = any::<[u64; 4]>();
    let marks = (id(), select(Disposition::ALL.to_vec()), digest(), day());
    let planned = (texts(), counts, marks, of(text()), of(id())).prop_map(
        |(agencies, [archives, bytes, objects, units], (disposal, disposition, list, on), receiver, replaces)| {
            Fact::DisposalPlanned(DisposalPlanned {
                agencies,
                archives,
                bytes,
                disposal,
                disposition,
                list,
                objects,
                on,
                receiver,
                replaces,
                units,
            })
        },
    );
    let consented = (text(), id(), any::<bool>(), digest(), of(digest()), select(Role::ALL.to_vec())).prop_map(
        |(agency, disposal, granted, list, message, role)| {
            Fact::Consented(Consented { agency, disposal, granted, list, message, role })
        },
    );
    let sent = (id(), id(), digest(), any::<u64>()).prop_map(|(disposal, message, package, size)| {
        Fact::DisposalSent(DisposalSent { disposal, message, package, size })
    });
    let abandoned = id().prop_map(|disposal| Fact::DisposalAbandoned(DisposalAbandoned { disposal }));
    let disposed = (digest(), id(), digest()).prop_map(|(certificate, disposal, notification)| {
        Fact::Disposed(Disposed { certificate, disposal, notification })
    });
    prop_oneof![planned, consented, sent, abandoned, disposed].boxed()
}

fn of_proof() -> BoxedStrategy<Fact> {
    let sealed = (any::<bool>(), day(), any::<[u64; 2]>(), any::<u32>(), [digest(), digest()]).prop_map(
        |(closed, day, [events, life_cycle], part, [inventory, seal])| {
            Fact::DaySealed(DaySealed { closed, day, events, inventory, life_cycle, part, seal })
        },
    );
    let key =
        (text(), text(), of(text())).prop_map(|(key, origin, second)| Fact::LogKey(LogKey { key, origin, second }));
    let stamped = (text(), any::<u64>(), any::<bool>(), instant(), digest()).prop_map(
        |(authority, size, third_party, time, token)| {
            Fact::TimeStamped(TimeStamped { authority, size, third_party, time, token })
        },
    );
    let missed = (vec(text(), 0..3), any::<u64>())
        .prop_map(|(failures, size)| Fact::TimeStampMissed(TimeStampMissed { failures, size }));
    let witnessed = any::<(bool, u64)>().prop_map(|(quorum, size)| Fact::Witnessed(Witnessed { quorum, size }));
    let audited = (any::<[u64; 4]>(), instant()).prop_map(|([bad, bytes, copies, repaired], since)| {
        Fact::Audited(Audited { bad, bytes, copies, repaired, since, tenant: None, volume: None })
    });
    let evidence = (any::<u64>(), day(), digest(), text())
        .prop_map(|(archives, day, evidence, step)| Fact::EvidenceMade(EvidenceMade { archives, day, evidence, step }));
    prop_oneof![sealed, key, stamped, missed, witnessed, audited, evidence].boxed()
}
