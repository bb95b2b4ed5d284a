//! `culvert-gui`: the window.

use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    match culvert_gui::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "culvert-gui: {error}");
            ExitCode::FAILURE
        }
    }
}
