//! What is made of the same definitions as the command line: completions for shells, and the manual.

use std::io;
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::Exit;
use crate::arguments::Arguments;
use crate::screen::Screen;

/// Prints the completions for a shell.
pub(crate) fn completions(shell: Shell) -> Exit {
    clap_complete::generate(shell, &mut Arguments::command(), "culvert", &mut io::stdout());
    Exit::Done
}

/// Writes a page for culvert and one for each of its subcommands.
pub(crate) fn manual(directory: &Path, screen: &Screen) -> Exit {
    match clap_mangen::generate_to(Arguments::command(), directory) {
        Ok(()) => Exit::Done,
        Err(error) => {
            screen.note(&format!("{}: {error}", directory.display()));
            Exit::Other
        }
    }
}
