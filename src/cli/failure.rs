//! How a command that could not do its work ends: a French sentence on standard error, and an exit status.

use std::{fmt, io, path::PathBuf};

use crate::{
    archive, boot,
    cli::{Status, USAGE, output::Output},
    config,
    domain::mandate,
};

/// The exit status of a house that failed.
const HOUSE: u8 = 3;

/// What was asked cannot be done, and nothing is broken: the sentence says why, in French.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Refusal(pub(super) String);

/// The command line asks for what makes no sense: the sentence says why, in French.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Misuse(pub(super) String);

/// A refusal as an error.
pub(super) fn refuse<T>(sentence: impl fmt::Display) -> anyhow::Result<T> {
    Err(Refusal(sentence.to_string()).into())
}

/// Every path must exist before anything is begun.
pub(super) fn ensure_found(paths: &[PathBuf]) -> anyhow::Result<()> {
    match paths.iter().find(|path| !path.exists()) {
        Some(absent) => Err(Misuse(format!("« {} » n’existe pas.", absent.display())).into()),
        None => Ok(()),
    }
}

/// Tells why, and answers the exit status. A reader of standard output that went away is no failure.
pub(super) fn tell(error: &anyhow::Error, out: &mut Output<'_>) -> u8 {
    if is_broken_pipe(error) {
        return Status::Done.code();
    }
    let (sentence, status) = sentence(error);
    // Nobody is left to be told that nobody listens.
    let _ = out.note(sentence);
    status
}

fn sentence(error: &anyhow::Error) -> (String, u8) {
    if let Some(Refusal(sentence)) = error.downcast_ref() {
        return (sentence.clone(), Status::Refused.code());
    }
    if let Some(Misuse(sentence)) = error.downcast_ref() {
        return (sentence.clone(), USAGE);
    }
    if let Some(mandate::Refused(permission)) = error.downcast_ref() {
        return (format!("Ce compte n’a pas le droit « {} ».", permission.word()), Status::Refused.code());
    }
    let refused = error.downcast_ref::<boot::Error>().and_then(refused_at_the_door);
    match refused {
        Some(sentence) => (sentence, Status::Refused.code()),
        None => (failed(error), HOUSE),
    }
}

/// What is not there, or is already there, is not a failure of the house.
fn refused_at_the_door(error: &boot::Error) -> Option<String> {
    match error {
        boot::Error::Config(config::Error::Absent(data)) => {
            let data = data.display();
            Some(format!(
                "Il n’y a pas d’installation dans « {data} » : commencez par « cartulaire --data {data} init »."
            ))
        }
        boot::Error::Config(config::Error::Invalid { path, reason }) => {
            Some(format!("La configuration « {} » n’est pas valable : {reason}", path.display()))
        }
        boot::Error::Taken(data) => Some(format!("Il y a déjà une installation dans « {} ».", data.display())),
        _ => None,
    }
}

/// The house failed: the sentence, then the causes for who operates it.
fn failed(error: &anyhow::Error) -> String {
    let stopped = error.chain().any(|cause| matches!(cause.downcast_ref(), Some(archive::error::Error::Stopped)));
    let first = if stopped {
        "L’écriture est arrêtée jusqu’au redémarrage : rien de ce qui a été accepté n’est perdu."
    } else {
        "Échec de Cartulaire : rien n’a été accepté. Causes techniques :"
    };
    let mut told = first.to_owned();
    for cause in error.chain() {
        told.push_str("\n  - ");
        told.push_str(&cause.to_string());
    }
    told
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let json = cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        io.or(json) == Some(io::ErrorKind::BrokenPipe) && cause.source().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(error: &anyhow::Error) -> (u8, String) {
        let (mut data, mut notes) = (Vec::new(), Vec::new());
        let status = tell(error, &mut Output::new(&mut data, &mut notes, false, false));
        assert!(data.is_empty());
        (status, String::from_utf8(notes).unwrap())
    }

    #[test]
    fn each_reason_has_its_status_and_its_sentence() {
        let absent = boot::Error::Config(config::Error::Absent("ici".into()));
        let pipe = io::Error::from(io::ErrorKind::BrokenPipe);
        for (error, status, words) in [
            (Refusal("Non.".to_owned()).into(), 1, "Non."),
            (Misuse("Quoi ?".to_owned()).into(), 2, "Quoi ?"),
            (anyhow::Error::from(absent), 1, "Il n’y a pas d’installation dans « ici »"),
            (archive::error::Error::Stopped.into(), 3, "jusqu’au redémarrage"),
            (io::Error::other("disk on fire").into(), 3, "disk on fire"),
            (pipe.into(), 0, ""),
        ] {
            let (told_status, told_words) = told(&error);
            assert_eq!(told_status, status, "{error:?}");
            assert!(told_words.contains(words), "{told_words}");
        }
    }
}
