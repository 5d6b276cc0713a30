//! Starts the command line; its result is the exit code.

fn main() -> std::process::ExitCode {
    cartulaire::cli::run()
}
