//! Reading the command line, and saying in French what is wrong with it: clap's own words are English.

use std::{ffi::OsString, io::Write};

use clap::{
    Arg, ArgAction, Command, CommandFactory, FromArgMatches,
    error::{ContextKind, ContextValue, ErrorKind},
};

use crate::cli::USAGE;

const TEMPLATE: &str = "{about-with-newline}\nUsage : {usage}\n\n{all-args}{after-help}\n";

/// Why no command is run: a wrong usage, or help and version that were asked for.
#[derive(Debug)]
pub(super) struct Stopped(clap::Error);

/// Reads a command line.
pub(super) fn parse<A: CommandFactory + FromArgMatches>(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<A, Stopped> {
    let mut command = in_french(A::command());
    let mut matches = command.try_get_matches_from_mut(arguments).map_err(|error| Stopped(error.with_cmd(&command)))?;
    A::from_arg_matches_mut(&mut matches).map_err(|error| Stopped(error.with_cmd(&command)))
}

/// Gives a command and those below it French headings.
fn in_french(command: Command) -> Command {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help).help("Affiche cette aide");
    let command = command
        .help_template(TEMPLATE)
        .subcommand_help_heading("Commandes")
        .subcommand_value_name("COMMANDE")
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .arg(help);
    let command = if command.get_version().is_some() {
        let version =
            Arg::new("version").short('V').long("version").action(ArgAction::Version).help("Affiche la version");
        command.disable_version_flag(true).arg(version)
    } else {
        command
    };
    command.mut_subcommands(in_french)
}

impl Stopped {
    /// Tells why, and answers the exit status.
    pub(super) fn told(&self, data: &mut dyn Write, notes: &mut dyn Write) -> u8 {
        let asked = matches!(self.0.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
        // Nobody is left to be told that nobody listens.
        let _ = match self.0.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                write!(data, "{}", self.0.render()).and_then(|()| data.flush())
            }
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => write!(notes, "{}", self.0.render()),
            _ => writeln!(notes, "{}\nVoyez « cartulaire --help » ou « cartulaire COMMANDE --help ».", self.sentence()),
        };
        if asked { 0 } else { USAGE }
    }

    fn sentence(&self) -> String {
        let argument = self.context(ContextKind::InvalidArg);
        let value = self.context(ContextKind::InvalidValue);
        let said = match self.0.kind() {
            ErrorKind::UnknownArgument => format!("L’option ou l’argument « {argument} » n’existe pas."),
            ErrorKind::InvalidSubcommand => {
                format!("La commande « {} » n’existe pas.", self.context(ContextKind::InvalidSubcommand))
            }
            ErrorKind::MissingSubcommand => "Il manque une commande.".to_owned(),
            ErrorKind::MissingRequiredArgument => format!("Il manque : {argument}."),
            ErrorKind::ArgumentConflict => {
                format!("« {argument} » ne va pas avec « {} ».", self.context(ContextKind::PriorArg))
            }
            ErrorKind::InvalidValue if value.is_empty() => format!("Il manque une valeur à « {argument} »."),
            ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
                format!("« {value} » n’est pas une valeur de « {argument} ».")
            }
            ErrorKind::InvalidUtf8 => "Un argument n’est pas en UTF-8.".to_owned(),
            _ => format!("La ligne de commande ne peut être lue ({}).", self.0.kind()),
        };
        let known = self.context(ContextKind::ValidValue);
        let hint = if known.is_empty() { String::new() } else { format!(" Valeurs possibles : {known}.") };
        format!("{said}{hint}")
    }

    fn context(&self, kind: ContextKind) -> String {
        match self.0.get(kind) {
            Some(ContextValue::String(text)) => text.clone(),
            Some(ContextValue::Strings(texts)) => texts.join(", "),
            Some(ContextValue::StyledStr(text)) => text.to_string(),
            Some(ContextValue::StyledStrs(texts)) => {
                texts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            }
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Arguments;

    fn told(line: &str) -> (u8, String, String) {
        let (mut data, mut notes) = (Vec::new(), Vec::new());
        let arguments = line.split(' ').map(OsString::from);
        let status = parse::<Arguments>(arguments).unwrap_err().told(&mut data, &mut notes);
        (status, String::from_utf8(data).unwrap(), String::from_utf8(notes).unwrap())
    }

    #[test]
    fn a_wrong_usage_is_told_in_french_with_status_2() {
        for (line, sentence) in [
            ("cartulaire fly", "La commande « fly » n’existe pas."),
            ("cartulaire status --fast", "L’option ou l’argument « --fast » n’existe pas."),
            ("cartulaire examine", "Il manque : <PAQUET>..."),
            ("cartulaire status --tenant É", "« É » n’est pas une valeur de « --tenant <IDENTIFIANT> »."),
            ("cartulaire examine --dialect vtam a", "« vtam » n’est pas une valeur de « --dialect <DIALECTE> »."),
            ("cartulaire status --data", "Il manque une valeur à « --data <RÉPERTOIRE> »."),
        ] {
            let (status, data, notes) = told(line);
            assert!(notes.contains(sentence), "{line}: {notes}");
            assert_eq!((status, data.as_str()), (2, ""), "{line}");
        }
    }

    #[test]
    fn help_is_data_in_french_and_holds_no_english_heading() {
        let mut command = in_french(Arguments::command());
        let names: Vec<_> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
        assert!(names.len() >= 22, "{names:?}");
        let lines =
            names.iter().map(|name| format!("cartulaire {name} --help")).chain(["cartulaire --help".to_owned()]);
        for line in lines {
            let (status, data, notes) = told(&line);
            assert_eq!((status, notes.as_str()), (0, ""), "{line}");
            assert!(data.contains("Usage : cartulaire"), "{line}: {data}");
            for english in ["Print ", "Commands:", "Usage:", "[default", "[possible values", "[aliases"] {
                assert!(!data.contains(english), "{line} shows {english:?}: {data}");
            }
        }
        command.build();
        command.debug_assert();
    }
}
