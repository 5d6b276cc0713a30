//! Where each revision of a PDF ends, told from its bytes alone: the chain of its cross-reference sections, from the last
//! back to the first. Objects are not read here.

use std::collections::BTreeSet;

/// How far from the end of a file its last `startxref` may stand (ISO 32000-1, annex H, 3.18).
const TAIL: usize = 1024;
/// How long the dictionary of a cross-reference section may be.
const TRAILER: usize = 64 * 1024;
/// Spaces and ends of lines.
const BLANK: &[u8] = b" \t\r\n\0\x0c";

/// The end of each revision, the first one first: right behind its `%%EOF` and the end of that line. Empty when the file
/// has no chain that can be followed.
pub fn ends(pdf: &[u8]) -> Vec<usize> {
    let tail = pdf.len().saturating_sub(TAIL);
    let Some(last) = rfind(pdf.get(tail..).unwrap_or_default(), b"startxref") else { return Vec::new() };
    let sections = chain(pdf, number(pdf, tail + last + b"startxref".len()));
    let mut ends = Vec::new();
    let mut from = 0;
    while let Some(at) = find(pdf, from, b"startxref") {
        from = at + b"startxref".len();
        let Some(section) = number(pdf, from).filter(|section| sections.contains(section) && *section < at) else {
            continue;
        };
        if let Some(end) = end(pdf, from)
            && sections.contains(&section)
        {
            ends.push(end);
        }
    }
    ends
}

/// Every cross-reference section, followed from the last one; stops at what cannot be followed.
fn chain(pdf: &[u8], last: Option<usize>) -> BTreeSet<usize> {
    let mut sections = BTreeSet::new();
    let mut next = last;
    while let Some(section) = next.filter(|section| *section < pdf.len()) {
        if !sections.insert(section) {
            break;
        }
        next = previous(pdf, section);
    }
    sections
}

/// The section before one, by the `Prev` of its trailer, or of its own dictionary when it is a stream.
fn previous(pdf: &[u8], section: usize) -> Option<usize> {
    let stream = pdf.get(section..)?.first()?.is_ascii_digit();
    let (from, mark) = if stream {
        (section, b"stream".as_slice())
    } else {
        (find(pdf, section, b"trailer")?, b"startxref".as_slice())
    };
    let to = find(pdf, from, mark)?.min(from + TRAILER);
    let dictionary = pdf.get(from..to)?;
    number(pdf, from + find(dictionary, 0, b"/Prev")? + b"/Prev".len())
}

/// Where a revision ends whose `startxref` ends at `from`: its number, then `%%EOF`, then the end of that line.
fn end(pdf: &[u8], from: usize) -> Option<usize> {
    let number = skip(pdf, from, |byte| BLANK.contains(&byte));
    let mark = skip(pdf, skip(pdf, number, |byte| byte.is_ascii_digit()), |byte| BLANK.contains(&byte));
    let end = mark + pdf.get(mark..)?.strip_prefix(b"%%EOF").map(|_| b"%%EOF".len())?;
    let line = pdf.get(end..)?;
    Some(
        end + if line.starts_with(b"\r\n") {
            2
        } else {
            usize::from(line.starts_with(b"\n") || line.starts_with(b"\r"))
        },
    )
}

/// The number that stands at `from`, after blanks.
fn number(pdf: &[u8], from: usize) -> Option<usize> {
    let start = skip(pdf, from, |byte| BLANK.contains(&byte));
    let digits = pdf.get(start..skip(pdf, start, |byte| byte.is_ascii_digit()))?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn skip(pdf: &[u8], from: usize, over: impl Fn(u8) -> bool) -> usize {
    from + pdf.get(from..).unwrap_or_default().iter().take_while(|byte| over(**byte)).count()
}

fn find(bytes: &[u8], from: usize, sought: &[u8]) -> Option<usize> {
    Some(from + bytes.get(from..)?.windows(sought.len()).position(|window| window == sought)?)
}

fn rfind(bytes: &[u8], sought: &[u8]) -> Option<usize> {
    bytes.windows(sought.len()).rposition(|window| window == sought)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_looks_like_an_end_is_none() {
        let mut pdf = b"%PDF-1.7\n(startxref 9 %%EOF)\n".to_vec();
        let section = pdf.len();
        pdf.extend_from_slice(format!("xref\n0 0\ntrailer\n<< /Size 1 >>\nstartxref\n{section}\n%%EOF\n").as_bytes());
        let first = pdf.len();
        let second = first;
        pdf.extend_from_slice(
            format!("xref\n0 0\ntrailer\n<</Prev {section}/Size 1>>startxref {second} %%EOF").as_bytes(),
        );
        assert_eq!(ends(&pdf), [first, pdf.len()]);
    }

    #[test]
    fn a_chain_that_bites_its_tail_or_leads_nowhere_ends() {
        let pdf = b"xref\ntrailer<</Prev 0>>\nstartxref\n0\n%%EOF\n";
        assert_eq!(ends(pdf), [pdf.len()]);
        assert_eq!(ends(b"xref\ntrailer<</Prev 99999999999999999999>>\nstartxref\n0\n%%EOF").len(), 1);
        assert!(ends(b"startxref").is_empty() && ends(b"").is_empty());
    }
}
