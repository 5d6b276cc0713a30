//! `controls`: the table of controls, for people, for programs, and as `docs/controles.md`.

use std::fmt::Write as _;

use serde::Serialize;

use crate::{
    archive::examine::controls::{self, Control},
    cli::{Status, output::Output, render},
    domain::check::Outcome,
};

/// Donne la table des contrôles : étape, code, effet et question
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// En Markdown, tel que docs/controles.md
    #[arg(long)]
    markdown: bool,
}

pub(super) fn run(args: &Args, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let all = controls::all();
    if out.is_json() {
        for control in &all {
            out.item(&ControlItem::from(control))?;
        }
    } else if args.markdown {
        out.bytes().write_all(markdown(&all).as_bytes())?;
    } else {
        let row = |control: &Control| {
            [control.stage, control.code, effect(control.weight), control.question].map(str::to_owned).to_vec()
        };
        for line in render::columns(&all.iter().map(row).collect::<Vec<_>>()) {
            out.line(line)?;
        }
    }
    Ok(Status::Done)
}

fn markdown(all: &[Control]) -> String {
    let mut text = "# Contrôles\n\n\
        Les questions posées à chaque paquet, dans l’ordre. Tout ce qui ne va pas est dit : un contrôle n’en arrête pas\n\
        un autre. « Non examiné » n’est jamais à lire comme « valable ». Cette page est écrite par\n\
        `cartulaire controls --markdown`.\n"
        .to_owned();
    let mut stages: Vec<&str> = Vec::new();
    for control in all {
        if !stages.contains(&control.stage) {
            stages.push(control.stage);
        }
    }
    for stage in stages {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n## {stage}\n\n| code | effet | question |\n| --- | --- | --- |\n");
        for control in all.iter().filter(|control| control.stage == stage) {
            let _ = writeln!(text, "| `{}` | {} | {} |", control.code, effect(control.weight), control.question);
        }
    }
    text
}

const fn effect(weight: Outcome) -> &'static str {
    match weight {
        Outcome::Ko => "refus",
        Outcome::Warning => "réserve",
        Outcome::NotExamined => "pas encore examiné",
        Outcome::Ok => "aucun",
    }
}

#[derive(Debug, Serialize)]
struct ControlItem {
    stage: &'static str,
    code: &'static str,
    weight: &'static str,
    question: &'static str,
}

impl From<&Control> for ControlItem {
    fn from(control: &Control) -> Self {
        let Control { stage, code, weight, question } = *control;
        Self { stage, code, weight: weight.word(), question }
    }
}
