//! The texts that stand on volumes: each comes back as it was written, is pinned, and agrees with its schema.

mod arbitrary;
mod integrity;
mod pinned;
mod referential;
mod schemas;

use cartulaire::{
    domain::{
        archive::Part,
        journal::{Head, Line},
    },
    record::{Error, archive_json, description, facts::Fact, line},
};
use proptest::prelude::*;

proptest! {
    #[test]
    fn every_part_of_a_description_comes_back_as_it_was(parts in proptest::collection::vec(arbitrary::part(), 0..6)) {
        let mut text = Vec::new();
        for part in &parts {
            description::write_part(part, &mut text).unwrap();
        }
        prop_assert_eq!(text.split(|byte| *byte == b'\n').count(), parts.len() + 1);
        let read: Vec<Part> = description::parts(text.as_slice()).collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(read, parts);
    }

    #[test]
    fn every_archive_record_comes_back_as_it_was(record in arbitrary::record()) {
        let mut text = Vec::new();
        archive_json::write(&record, &mut text).unwrap();
        prop_assert_eq!(archive_json::read(text.as_slice()).unwrap(), record);
    }

    #[test]
    fn every_journal_line_comes_back_and_still_follows(lines in arbitrary::journal()) {
        let texts: Vec<String> = lines.iter().map(|one| line::to_json(one).unwrap()).collect();
        prop_assert!(texts.iter().all(|text| !text.contains('\n')));
        let read: Vec<Line> = texts.iter().map(|text| line::from_json(text).unwrap()).collect();
        prop_assert_eq!(&read, &lines);
        let head = read.iter().try_fold(Head::EMPTY, Head::step);
        prop_assert_eq!(head.map(|head| head.length), Ok(u64::try_from(lines.len()).unwrap()));
    }

    #[test]
    fn every_fact_comes_back_from_its_event(fact in arbitrary::fact()) {
        let event = fact.event(None).unwrap();
        prop_assert!(!event.detail.contains('\n'));
        prop_assert_eq!(Fact::read(&event).unwrap(), Some(fact));
    }
}

#[test]
fn an_archive_of_an_unknown_format_is_refused_by_its_name() {
    let mut text = Vec::new();
    archive_json::write(&pinned::record(), &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let next = text.replacen("cartulaire-archive/1", "cartulaire-archive/2", 1).replacen("\"tenant\"", "\"holder\"", 1);
    let error = archive_json::read(next.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "the format \"cartulaire-archive/2\" is not known, \"cartulaire-archive/1\" is");
}

#[test]
fn a_field_that_is_not_known_is_refused_rather_than_lost() {
    let mut text = Vec::new();
    archive_json::write(&pinned::record(), &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    for place in ["\"tenant\"", "\"units\"", "\"message_identifier\"", "\"category\""] {
        let more = text.replacen(place, &format!("\"more\": 1, {place}"), 1);
        assert!(matches!(archive_json::read(more.as_bytes()), Err(Error::Json(_))), "{place}");
    }
}

#[test]
fn a_name_whose_bytes_are_not_those_shown_is_refused() {
    let mut text = Vec::new();
    description::write_part(&pinned::object(), &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("\"name_hex\":\"636f6e74656e742fe9742e706466\""), "{text}");
    let other = text.replacen("636f6e", "636f6f", 1);
    let read = description::parts(other.as_bytes()).next().unwrap();
    assert!(matches!(read, Err(Error::Line { line: 1, .. })));
}

#[test]
fn a_line_without_end_is_refused_before_it_fills_the_memory() {
    let mut parts = description::parts(std::io::repeat(b' '));
    assert!(matches!(parts.next(), Some(Err(Error::TooLong { .. }))));
    assert!(parts.next().is_none());
}

#[test]
fn a_last_line_without_line_feed_is_read_and_one_cut_short_is_an_error() {
    let mut text = Vec::new();
    description::write_part(&pinned::object(), &mut text).unwrap();
    let whole = text.strip_suffix(b"\n").unwrap();
    assert!(description::parts(whole).all(|part| part.is_ok()));
    let cut = whole.strip_suffix(b"}").unwrap();
    assert!(description::parts(cut).next().unwrap().is_err());
}

#[test]
fn what_cannot_be_written_is_said() {
    let mut room = [0_u8; 4];
    assert!(matches!(description::write_part(&pinned::object(), room.as_mut_slice()), Err(Error::Write(_))));
}
