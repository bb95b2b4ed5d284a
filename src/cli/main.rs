//! `culvert`: connects to a PPTP server, disconnects, tells what is.

use std::process::ExitCode;

fn main() -> ExitCode {
    culvert_cli::run().into()
}
