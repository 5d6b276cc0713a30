//! The archive's own reports as PDF: what a reader sees, what others' tools say of the file, and its signature.

#![expect(clippy::print_stdout, reason = "what was skipped, and why, is said")]

use std::{io, process::Command};

mod report;
pub mod sample;
mod signing;

/// What a tool prints; `None`, and a word on it, when the machine lacks the tool.
pub fn said(tool: &str, arguments: &[&str]) -> Option<String> {
    match Command::new(tool).args(arguments).output() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            println!("skipped: {tool} is not installed");
            None
        }
        other => {
            let output = other.unwrap();
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{tool}: {said}{}", String::from_utf8_lossy(&output.stderr));
            Some(said)
        }
    }
}
