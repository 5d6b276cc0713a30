//! Acknowledgements and replies of other systems are read, whatever their version and the order of their identifiers.

use std::fs;

use cartulaire::{
    seda::receipt::{self, Receipt},
    xml::bounds::Bounds,
};

use crate::seda::reference;

const TRANSFER: &str = "15ef78ef665a8777c33d1125783707f8dfb190f82869dc9248e46c5ed396d70b_1542893421";

fn read(file: &str) -> Option<Receipt> {
    let text = fs::read(reference(&format!("pastell/connecteur-type__sae__{file}"))?).unwrap();
    Some(receipt::read(text.as_slice(), Bounds::default(), |_| {}).unwrap())
}

#[test]
fn the_replies_of_asalae_in_three_versions_answer_the_transfer_that_they_name() {
    for (file, archive) in [("ATR-SEDA-0.2.xml", "62"), ("ATR-SEDA-1.0.xml", "160"), ("ATR-SEDA-2.1.xml", "")] {
        let Some(receipt) = read(file) else { return };
        let answered = [&receipt.answered, &receipt.identifier];
        let transfer = answered.into_iter().flatten().find(|one| receipt.answers(one.as_str())).unwrap();
        if !archive.is_empty() {
            assert_eq!((transfer.as_str(), receipt.archive.as_deref()), (TRANSFER, Some(archive)), "{file}");
        }
        assert_eq!((receipt.accepts(), receipt.is_acknowledgement()), (Some(true), false), "{file}");
        assert!(receipt.agency.is_some() && !receipt.answers("un-autre"), "{file}: {receipt:?}");
    }
}

#[test]
fn an_acknowledgement_takes_nothing_over() {
    for file in ["ACK-SEDA-1.0.xml", "ACK-SEDA-2.1.xml"] {
        let Some(receipt) = read(file) else { return };
        assert!(receipt.is_acknowledgement() && receipt.accepts().is_none(), "{file}: {receipt:?}");
        assert!(receipt.answered.is_some(), "{file}");
    }
}
