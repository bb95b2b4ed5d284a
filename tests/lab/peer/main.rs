//! Runs beside pptpd inside the laboratory's guest: sends, takes and checks bytes, and kills pptpd on demand.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::{fs, thread};

use culvert_tests::transfer::{self, Order};
use rustix::process::{Pid, Signal, kill_process};

fn main() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, transfer::PORT))?;
    for stream in listener.incoming() {
        let stream = stream?;
        // A client that breaks off is part of some cases and no reason to end.
        thread::spawn(move || serve(stream));
    }
    Ok(())
}

fn serve(mut stream: TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    match Order::parse(&line) {
        Some(Order::Source(count)) => {
            io::copy(&mut transfer::pattern(count), &mut stream)?;
        }
        Some(Order::Sink(count)) => {
            let (_, digest) = transfer::digest(reader.take(count))?;
            writeln!(stream, "{digest}")?;
        }
        Some(Order::KillPptp) => kill_pptp()?,
        None => {}
    }
    Ok(())
}

/// Ends the guest's pptpd and all that it started. The guest is a kernel of its own: no other process is in sight.
fn kill_pptp() -> io::Result<()> {
    for entry in fs::read_dir("/proc")? {
        let path = entry?.path();
        let name = fs::read_to_string(path.join("comm")).unwrap_or_default();
        let number = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
        if let ("pptpd" | "pptpctrl" | "pppd", Some(pid)) = (name.trim_end(), number.and_then(Pid::from_raw))
        {
            kill_process(pid, Signal::KILL)?;
        }
    }
    Ok(())
}
