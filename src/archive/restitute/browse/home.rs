//! The home page: whose archives, how many, of when, how to go through them, how to verify them.

use crate::{
    archive::{
        letterhead::counted,
        restitute::{
            RestituteError, Task,
            browse::{page::Page, words},
            sink::Sink,
        },
    },
    pdf::in_french,
};

/// Writes the home page.
pub(super) fn write(task: &Task<'_>, sink: &mut dyn Sink) -> Result<(), RestituteError> {
    let tenant = &task.cut.tenant;
    let (archives, counts, first, last) = {
        let found = task.found();
        let dates = || found.notices.iter().map(|notice| notice.accepted_at);
        (u64::try_from(found.notices.len()).unwrap_or(u64::MAX), found.counts, dates().min(), dates().max())
    };
    let extra = extra(task);
    let bytes = Page::whole(&format!("Archives : {}", tenant.name), &tenant.name, 0, |page| {
        page.paragraph(&format!(
            "Ce dossier contient tout ce que le service « {} » ({}) avait confié à l’archive, au {}. Il se lit dans un \
             navigateur, sans réseau et sans logiciel particulier.",
            tenant.name,
            tenant.archival_agency,
            in_french(task.cut.made_at)
        ));
        page.tag("section", &[("aria-labelledby", "contenu-titre")], |page| {
            page.tag("h2", &[("id", "contenu-titre")], |page| page.text("Ce qu’il contient"));
            page.facts([
                ("Archives", Some(counted(archives, "archive", "archives"))),
                ("Unités d’archives", Some(counted(counts.units, "unité", "unités"))),
                ("Objets", Some(counted(counts.objects, "objet", "objets"))),
                ("Volume", Some(words::bytes(counts.bytes))),
                ("Première entrée", first.map(in_french)),
                ("Dernière entrée", last.map(in_french)),
                ("Restitution", Some(task.cut.restitution.to_string())),
            ]);
        });
        browsing(page, &extra);
        verifying(page);
    });
    task.put(sink, "index.html", &bytes)
}

/// Files and folders that are there only when they hold something.
fn extra(task: &Task<'_>) -> Vec<(&'static str, &'static str)> {
    let found = task.found();
    let all = [
        ("referentials/", "Référentiels (services, accords, règles), en CSV et en JSON"),
        ("descriptions/", "Bordereaux SEDA actuels des archives dont la description a changé"),
        ("transfers/", "Accusés de réception, refus, réponses et rapports"),
        ("pending/", "Paquets reçus dont le traitement n’était pas terminé"),
    ];
    all.into_iter().filter(|(folder, _)| found.entries.contains(*folder)).collect()
}

fn browsing(page: &mut Page, extra: &[(&str, &str)]) {
    page.tag("section", &[("aria-labelledby", "parcourir")], |page| {
        page.tag("h2", &[("id", "parcourir")], |page| page.text("Parcourir"));
        page.tag("ul", &[], |page| {
            let ways = [
                ("navigation/par-date/1.html", "Les archives, par date d’entrée"),
                ("navigation/par-titre/1.html", "Les archives, par titre"),
                ("navigation/journal/1.html", "Le journal : ce qui leur est arrivé"),
            ];
            for (path, words) in ways.iter().chain(extra) {
                page.tag("li", &[], |page| page.link(path, words));
            }
        });
        page.paragraph(
            "Pour retrouver un mot dans une liste, servez-vous de la recherche du navigateur (Ctrl+F). Les fichiers sont gardés \
             sous leur empreinte : le nom qu’ils portaient est celui du lien.",
        );
    });
}

fn verifying(page: &mut Page) {
    page.tag("section", &[("aria-labelledby", "verifier")], |page| {
        page.tag("h2", &[("id", "verifier")], |page| page.text("Vérifier"));
        page.paragraph(
            "Rien de ce qui est ici ne demande de nous croire. Dans ce dossier, avec Python seul, cette commande relit tout et \
             dit ce qui est intact, ce qui est rompu et ce qui n’a pas pu être vérifié :",
        );
        page.tag("pre", &[], |page| page.text("python3 kit/verifier.py ."));
        page.tag("ul", &[], |page| {
            for (path, words) in [
                ("LISEZMOI.txt", "LISEZMOI.txt : ce qu’est chaque dossier"),
                ("kit/LISEZMOI.md", "Le mode d’emploi de la vérification"),
                ("attestation.pdf", "L’attestation de cette restitution"),
                ("restitution.json", "Ce qu’elle est, pour les programmes"),
            ] {
                page.tag("li", &[], |page| page.link(path, words));
            }
        });
    });
}
