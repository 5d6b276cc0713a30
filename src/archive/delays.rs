//! The delays after which public archives are communicable (code du patrimoine, L. 213-1 and L. 213-2), under the
//! identifiers of the SEDA's code list, and how they enter a tenant's rules.
//!
//! The identifiers `AR038` to `AR062` are those of the list `AccessRestriction` of SEDA 0.2 and 1.0. SEDA 2.x has no
//! list of its own: an `AccessRule` names a rule of the referential, and these identifiers are the ones in use. What a
//! delay counts from is the `StartDate` that whoever describes the unit gives.

use crate::{
    archive::{Archive, error::Error, referentials::Notation},
    domain::{
        mandate::{Administer, Mandate, Read},
        referential::Referential,
        rule::{Category, Duration, Rule},
    },
    record::referential::{ImportFault, rules},
    store::Edition,
};

/// A delay of the code du patrimoine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    /// The identifier in the code list.
    pub identifier: &'static str,
    /// Years; `None` for what is never communicable.
    pub years: Option<u32>,
    /// The article, as it stands since 31 July 2021.
    pub reference: &'static str,
    /// What it is about, in French.
    pub subject: &'static str,
    /// What the years count from, in French.
    pub counted_from: &'static str,
    /// Where the code list and the article as it stands do not agree, in French.
    pub doubt: Option<&'static str>,
}

const DOCUMENT: &str = "la date du document ou du plus récent du dossier";
const DEATH: &str = "la date du décès de l’intéressé";
const BIRTH: &str = "la date de naissance de l’intéressé";

/// Said of the delays that a unit has to choose between.
const SHORTER: &str =
    "25 ans à compter du décès, si ce délai est plus bref que celui de 75 ans : à choisir par qui décrit l’unité";

/// Every delay, in the order of the identifiers.
pub const DELAYS: [Delay; 25] = [
    delay("AR038", 0, "L. 213-1", "Documents librement communicables", DOCUMENT),
    delay(
        "AR039",
        25,
        "L. 213-2, I, 1°, a",
        "Délibérations du Gouvernement, relations extérieures, monnaie et crédit public, secret des affaires, infractions fiscales et douanières",
        DOCUMENT,
    ),
    Delay {
        doubt: Some(
            "la liste de codes renvoie à la loi du 17 juillet 1978 ; l’article renvoie aujourd’hui à l’article L. 311-5, 1°, du code des relations entre le public et l’administration",
        ),
        ..delay(
            "AR040",
            25,
            "L. 213-2, I, 1°, b",
            "Documents qui ne sont pas administratifs : avis et documents des juridictions, réclamations, accréditations",
            DOCUMENT,
        )
    },
    delay("AR041", 25, "L. 213-2, I, 1°, a", "Secret en matière de statistiques, hors vie privée", DOCUMENT),
    Delay {
        doubt: Some("la liste de codes cite le I, 1°, c, que l’article ne comporte pas"),
        ..delay("AR042", 25, "L. 213-2, I, 1°, b", "Prestations de services pour des personnes déterminées", DOCUMENT)
    },
    delay("AR043", 25, "L. 213-2, I, 2°", "Secret médical", DEATH),
    Delay {
        doubt: Some(SHORTER),
        ..delay("AR044", 25, "L. 213-2, I, 4°, e", "État civil : naissance et mariage", DEATH)
    },
    Delay {
        doubt: Some(SHORTER),
        ..delay(
            "AR045",
            25,
            "L. 213-2, I, 4°, d",
            "Minutes et répertoires des officiers publics ou ministériels",
            DEATH,
        )
    },
    Delay {
        doubt: Some(SHORTER),
        ..delay("AR046", 25, "L. 213-2, I, 4°, b", "Enquêtes de la police judiciaire", DEATH)
    },
    Delay {
        doubt: Some(SHORTER),
        ..delay(
            "AR047",
            25,
            "L. 213-2, I, 4°, c",
            "Affaires portées devant les juridictions, exécution des décisions",
            DEATH,
        )
    },
    delay(
        "AR048",
        50,
        "L. 213-2, I, 3°",
        "Vie privée, jugement de valeur sur une personne, comportement d’une personne",
        DOCUMENT,
    ),
    Delay {
        doubt: Some(
            "depuis la loi du 30 juillet 2021, le délai de certains documents se prolonge au-delà de 50 ans, jusqu’à la fin de leur valeur opérationnelle",
        ),
        ..delay(
            "AR049",
            50,
            "L. 213-2, I, 3°",
            "Défense nationale, politique extérieure, sûreté de l’État, sécurité publique",
            DOCUMENT,
        )
    },
    Delay {
        doubt: Some(
            "depuis la loi du 30 juillet 2021, le délai peut se prolonger au-delà de 50 ans, jusqu’à la fin de l’affectation des bâtiments",
        ),
        ..delay("AR050", 50, "L. 213-2, I, 3°", "Bâtiments de détention", DOCUMENT)
    },
    Delay {
        doubt: Some("la liste de codes cite le I, 1°, c, que l’article ne comporte pas"),
        ..delay(
            "AR051",
            50,
            "L. 213-2, I, 1°, b, et 3°",
            "Prestations de services touchant aux secrets du 3°",
            DOCUMENT,
        )
    },
    delay("AR052", 75, "L. 213-2, I, 4°, a", "Statistiques : questionnaires sur la vie privée", DOCUMENT),
    delay(
        "AR053",
        75,
        "L. 213-2, I, 1°, b, et 4°",
        "Prestations de services touchant à la police judiciaire ou aux juridictions",
        DOCUMENT,
    ),
    delay("AR054", 75, "L. 213-2, I, 4°, e", "État civil : naissance et mariage", "la clôture du registre"),
    delay("AR055", 75, "L. 213-2, I, 4°, d", "Minutes et répertoires des officiers publics ou ministériels", DOCUMENT),
    delay("AR056", 75, "L. 213-2, I, 4°, b", "Enquêtes de la police judiciaire", DOCUMENT),
    delay("AR057", 75, "L. 213-2, I, 4°, c", "Affaires portées devant les juridictions", DOCUMENT),
    delay(
        "AR058",
        100,
        "L. 213-2, I, 5°",
        "Personnes mineures : statistiques, police judiciaire, juridictions",
        DOCUMENT,
    ),
    Delay {
        doubt: Some("la liste de codes cite le I, 3° ; le délai de cent ans se lit au I, 5°"),
        ..delay(
            "AR059",
            100,
            "L. 213-2, I, 5°",
            "Défense nationale : sécurité de personnes nommément désignées",
            DOCUMENT,
        )
    },
    delay("AR060", 100, "L. 213-2, I, 5°", "Intimité de la vie sexuelle : police judiciaire, juridictions", DOCUMENT),
    delay("AR061", 120, "L. 213-2, I, 2°", "Secret médical, quand la date du décès n’est pas connue", BIRTH),
    Delay {
        years: None,
        ..delay("AR062", 0, "L. 213-2, II", "Armes de destruction massive : jamais communicable", DOCUMENT)
    },
];

const fn delay(
    identifier: &'static str,
    years: u32,
    reference: &'static str,
    subject: &'static str,
    counted_from: &'static str,
) -> Delay {
    Delay { identifier, years: Some(years), reference, subject, counted_from, doubt: None }
}

impl Delay {
    /// The delay as a rule of the referential.
    pub fn rule(&self) -> Rule {
        let from = self.counted_from;
        let counted =
            if self.years.is_none_or(|years| years == 0) { String::new() } else { format!(" À compter de {from}.") };
        Rule {
            identifier: self.identifier.to_owned(),
            category: Category::Access,
            value: self.subject.to_owned(),
            description: Some(format!("Code du patrimoine, {}.{counted}", self.reference)),
            duration: Some(self.years.map_or(Duration::Unlimited, Duration::Years)),
        }
    }
}

/// What adding the delays to a tenant's rules gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// The edition that holds them; `None` when nothing was lacking.
    pub edition: Option<Edition>,
    /// The delays added.
    pub added: Vec<&'static str>,
    /// Those that the tenant has already, left as they are.
    pub kept: Vec<&'static str>,
}

impl Archive {
    /// Adds to the tenant's rules the delays that they lack. A rule of the tenant's own under the same identifier stays.
    pub fn add_delays(
        &self,
        by: &Mandate<Administer>,
        may: &Mandate<Read>,
    ) -> Result<Result<Added, Vec<ImportFault>>, Error> {
        let mut all = self.rules(may)?;
        let (kept, added): (Vec<&Delay>, Vec<&Delay>) =
            DELAYS.iter().partition(|delay| all.iter().any(|rule| rule.identifier == delay.identifier));
        let identifiers = |delays: &[&Delay]| delays.iter().map(|delay| delay.identifier).collect();
        let (kept, lacking) = (identifiers(&kept), identifiers(&added));
        if added.is_empty() {
            return Ok(Ok(Added { edition: None, added: lacking, kept }));
        }
        all.extend(added.into_iter().map(Delay::rule));
        let mut bytes = Vec::new();
        rules::to_json(&all, &mut bytes)?;
        let imported = self.import(by, Referential::Rules, &bytes, Notation::Json)?;
        Ok(imported.map(|edition| Added { edition: Some(edition), added: lacking, kept }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identifiers_follow_each_other_and_the_delays_are_those_of_the_law() {
        let numbers: Vec<String> = (38..=62).map(|number| format!("AR{number:03}")).collect();
        assert_eq!(DELAYS.map(|delay| delay.identifier.to_owned()).to_vec(), numbers);
        assert!(DELAYS.iter().all(|delay| {
            matches!(delay.years, None | Some(0 | 25 | 50 | 75 | 100 | 120)) && delay.reference.starts_with("L. 213-")
        }));
    }
}
