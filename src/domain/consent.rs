//! What agencies say of a plan by which units leave, in which order they may say it, and what follows from it.

use crate::domain::{
    agency::Role,
    clock::Timestamp,
    digest::Digest,
    disposal::{Disposal, DisposalState, Disposition},
    id::ActorId,
};

/// What an agency said of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The agency, as the referential names it.
    pub agency: String,
    /// As what it spoke.
    pub role: Role,
    /// The account that spoke for it, or that handed in its message.
    pub by: ActorId,
    /// When it was told.
    pub at: Timestamp,
    /// Whether it agreed.
    pub granted: bool,
    /// The digest of the list that it saw.
    pub list: Digest,
    /// The digest of the message that said so; the account said so when none.
    pub message: Option<Digest>,
}

/// Why a plan does not hear what is said of it.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Objection {
    /// It is not that role's turn, or the plan waits for nobody.
    #[error("a plan that is {} does not wait for {}", .state.word(), .role.word())]
    Turn {
        /// How far the plan has come.
        state: DisposalState,
        /// Who speaks.
        role: Role,
    },
    /// The list is not the plan's.
    #[error("the list named is not the plan's")]
    List,
    /// The agency has no say in this plan.
    #[error("{0:?} has no say in this plan")]
    Stranger(String),
    /// The agency spoke already.
    #[error("{0:?} has spoken already")]
    Again(String),
    /// The same person spoke already, for whomever.
    #[error("this account has spoken of the plan already")]
    SamePerson,
}

impl Disposal {
    /// How far the plan comes once `consent` is heard, after what was `said` before.
    ///
    /// # Errors
    /// It cannot be heard.
    pub fn hear(&self, said: &[Consent], consent: &Consent) -> Result<DisposalState, Objection> {
        let Consent { role, agency, .. } = consent;
        if consent.list != self.list {
            return Err(Objection::List);
        }
        if self.turn() != Some(*role) {
            return Err(Objection::Turn { state: self.state, role: *role });
        }
        if !self.has_a_say(*role, agency) {
            return Err(Objection::Stranger(agency.clone()));
        }
        if said.iter().any(|one| one.role == *role && one.agency == *agency) {
            return Err(Objection::Again(agency.clone()));
        }
        // Who hands in a signed message does not speak: its signer does.
        let person = |one: &Consent| one.message.is_none() && one.by == consent.by;
        if consent.message.is_none() && said.iter().any(person) {
            return Err(Objection::SamePerson);
        }
        Ok(self.after(said, consent))
    }

    /// How far the plan comes by a consent that was heard: for lines that stand already.
    pub fn after(&self, said: &[Consent], consent: &Consent) -> DisposalState {
        if !consent.granted {
            return DisposalState::Refused;
        }
        let agreed = |agency: &String| {
            said.iter().chain([consent]).any(|one| one.role == Role::Originating && one.agency == *agency)
        };
        match consent.role {
            Role::Originating if self.state == DisposalState::Planned => {
                if self.agencies.iter().all(agreed) {
                    DisposalState::Agreed
                } else {
                    DisposalState::Planned
                }
            }
            _ => DisposalState::Authorised,
        }
    }

    /// Whose word the plan waits for.
    pub const fn turn(&self) -> Option<Role> {
        match (self.disposition, self.state) {
            (Disposition::Elimination, DisposalState::Planned) | (Disposition::Restitution, DisposalState::Sent) => {
                Some(Role::Originating)
            }
            (Disposition::Elimination, DisposalState::Agreed) => Some(Role::Control),
            (Disposition::Transfer, DisposalState::Sent) => Some(Role::Archival),
            _ => None,
        }
    }

    /// Whether an agency may speak in a role. That it may be a control authority at all is the referential's matter.
    fn has_a_say(&self, role: Role, agency: &str) -> bool {
        match (self.disposition, role) {
            (Disposition::Elimination, Role::Originating) => self.agencies.iter().any(|one| one == agency),
            (Disposition::Elimination, _) => true,
            (Disposition::Transfer | Disposition::Restitution, _) => self.receiver.as_deref() == Some(agency),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::domain::{disposal::Leaving, id::Id};

    fn at() -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000).unwrap()
    }

    fn plan(agencies: &[&str]) -> Disposal {
        Disposal {
            id: Id::mint(at()),
            disposition: Disposition::Elimination,
            by: Id::mint(at()),
            made_at: at(),
            on: NaiveDate::from_ymd_opt(2027, 1, 1).unwrap(),
            list: Digest::ZERO,
            agencies: agencies.iter().map(|one| (*one).to_owned()).collect(),
            receiver: None,
            replaces: None,
            state: DisposalState::Planned,
            leaving: Leaving::default(),
            sent: None,
            attested: None,
        }
    }

    fn yes(agency: &str, role: Role) -> Consent {
        let (agency, by) = (agency.to_owned(), Id::mint(at()));
        Consent { agency, role, by, at: at(), granted: true, list: Digest::ZERO, message: None }
    }

    #[test]
    fn every_producer_agrees_then_the_control_authority_gives_its_visa() {
        let mut plan = plan(&["A", "B"]);
        let (a, b) = (yes("A", Role::Originating), yes("B", Role::Originating));
        let visa = yes("AD", Role::Control);
        let early = Objection::Turn { state: DisposalState::Planned, role: Role::Control };
        assert_eq!(plan.hear(&[], &visa), Err(early), "the visa comes last");
        assert_eq!(plan.hear(&[], &a), Ok(DisposalState::Planned));
        let said = [a.clone()];
        assert_eq!(plan.hear(&said, &b), Ok(DisposalState::Agreed));
        assert_eq!(plan.hear(&said, &yes("A", Role::Originating)), Err(Objection::Again("A".to_owned())));
        assert_eq!(plan.hear(&said, &Consent { by: a.by, ..b.clone() }), Err(Objection::SamePerson));
        assert_eq!(plan.hear(&said, &yes("C", Role::Originating)), Err(Objection::Stranger("C".to_owned())));
        plan.state = DisposalState::Agreed;
        let said = [a.clone(), b];
        assert_eq!(plan.hear(&said, &visa), Ok(DisposalState::Authorised));
        assert_eq!(plan.hear(&said, &Consent { by: a.by, ..visa.clone() }), Err(Objection::SamePerson));
        assert_eq!(plan.hear(&said, &Consent { granted: false, ..visa.clone() }), Ok(DisposalState::Refused));
        assert_eq!(plan.hear(&said, &Consent { list: Digest::new([1; 64]), ..visa }), Err(Objection::List));
    }

    #[test]
    fn a_messenger_may_hand_in_the_messages_of_several_agencies() {
        let plan = plan(&["A", "B"]);
        let message = |agency| Consent { message: Some(Digest::ZERO), ..yes(agency, Role::Originating) };
        let a = message("A");
        let b = Consent { by: a.by, ..message("B") };
        assert_eq!(plan.hear(&[a], &b), Ok(DisposalState::Agreed));
    }

    #[test]
    fn only_the_receiver_answers_for_what_was_sent() {
        let mut plan = Disposal {
            disposition: Disposition::Transfer,
            receiver: Some("AD".to_owned()),
            state: DisposalState::Sent,
            ..plan(&[])
        };
        assert_eq!(plan.hear(&[], &yes("AD", Role::Archival)), Ok(DisposalState::Authorised));
        assert_eq!(plan.hear(&[], &yes("X", Role::Archival)), Err(Objection::Stranger("X".to_owned())));
        for state in DisposalState::ALL.into_iter().filter(|state| *state != DisposalState::Sent) {
            plan.state = state;
            assert!(plan.hear(&[], &yes("AD", Role::Archival)).is_err(), "{state:?}");
        }
    }
}
