//! From the command line to the exit status.

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use crate::arguments::{Arguments, Command, Switch, Target};
use crate::screen::Screen;
use crate::{
    Exit, connect, disconnect, generate, lockdown, managed, portal, profile, redial, reset, saved, status,
};

/// Does what the command line says.
pub fn run() -> Exit {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    let screen = Screen::new();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            screen.note(&error.to_string());
            return Exit::Other;
        }
    };
    let exit = runtime.block_on(carry_out(&arguments, &screen));
    runtime.shutdown_background();
    exit
}

async fn carry_out(arguments: &Arguments, screen: &Screen) -> Exit {
    let socket = arguments.socket();
    let done = match &arguments.command {
        Command::Connect(options) => match options.target() {
            Ok(Target::Own(profile)) => connect::connect(socket, options, *profile, screen).await,
            Ok(Target::Saved(name)) => saved::connect(socket, options, &name, screen).await,
            Ok(Target::Managed(id)) => managed::connect(socket, options, &id, screen).await,
            Err(why) => return usage(&contradiction("connect", why)),
        },
        Command::Disconnect => disconnect::disconnect(socket, screen).await,
        Command::Redial => redial::redial(socket, screen).await,
        Command::Profile(command) => Ok(profile::carry_out(command, screen).await),
        Command::Completions { shell } => Ok(generate::completions(*shell)),
        Command::Man { directory } => Ok(generate::manual(directory, screen)),
        Command::Managed => managed::list(socket, screen).await,
        Command::Lockdown { switch } => lockdown::lockdown(socket, *switch == Switch::On, screen).await,
        Command::Portal => portal::portal(socket, screen).await,
        Command::Reset => Ok(reset::reset(socket, screen).await),
        Command::Status { json, watch } => status::status(socket, *json, *watch, screen).await,
    };
    done.unwrap_or_else(|error| screen.trouble(&error, socket))
}

/// What in the arguments of `subcommand` contradicts itself.
fn contradiction(subcommand: &str, why: String) -> clap::Error {
    let mut command = Arguments::command();
    // Only now does a subcommand know its whole name.
    command.build();
    let named = command.find_subcommand(subcommand).cloned();
    named.unwrap_or(command).error(ErrorKind::ArgumentConflict, why)
}

/// Says what is wrong with the command line, or what help was asked for.
fn usage(error: &clap::Error) -> Exit {
    let _ = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Done }
}
