//! `culvert-resolv-conf`: writes `/etc/resolv.conf` for a helper that may not, and puts it back.
//!
//! It reads one request on its standard input, answers on its standard output and ends: see
//! [`service`](culvert_engine::host::dns::service).

use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    // The root directory can be given by whoever starts the program, never by a request.
    let root = std::env::args_os().nth(1).unwrap_or_else(|| "/".into());
    let (input, output) = (std::io::stdin(), std::io::stdout());
    match culvert_engine::host::dns::service::serve(root.as_ref(), input.lock(), output.lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    ExitCode::FAILURE
}
