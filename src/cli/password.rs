//! The password's way in.

use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Read};

use culvert_model::{Profile, Secret};
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use crate::Exit;
use crate::screen::Screen;
use culvert_words::Word;

/// The longest line that is read for a password, in bytes.
const LONGEST_LINE: usize = 4096;

/// Where a password can come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The first line of standard input, once.
    StandardInput,
    /// A person at a terminal, as often as needed.
    Terminal,
    /// Nowhere.
    Nowhere,
}

impl Source {
    /// A terminal would show what is typed for a standard input that is merely read: there it is asked for.
    pub(crate) fn new(is_stdin_asked_for: bool) -> Self {
        if io::stdin().is_terminal() {
            Self::Terminal
        } else if is_stdin_asked_for {
            Self::StandardInput
        } else {
            Self::Nowhere
        }
    }

    /// The first password for `profile`, unless it is `interrupted` first. (A terminal sees to that by itself, and
    /// has to be left as it was.)
    ///
    /// # Errors
    /// How to end if there is none; the person knows why already.
    pub(crate) async fn first<T>(
        self,
        profile: &Profile,
        screen: &Screen,
        interrupted: impl Future<Output = T>,
    ) -> Result<Secret, Exit> {
        match self {
            Self::StandardInput => tokio::select! {
                line = line(screen) => line,
                _ = interrupted => Err(cancelled(screen)),
            },
            Self::Terminal => ask(profile, screen).await,
            Self::Nowhere => {
                screen.say(Word::NoPassword, &[]);
                Err(Exit::Usage)
            }
        }
    }
}

/// Asks the person at the terminal, unseen.
pub(crate) async fn ask(profile: &Profile, screen: &Screen) -> Result<Secret, Exit> {
    let (user, server) = (profile.login_name(), profile.server.as_str());
    unseen(screen.words.say(Word::PasswordPrompt, &[("user", &user), ("server", server)]), screen).await
}

/// The passphrase of a file: typed unseen, and a new one twice; or the first line of standard input.
pub(crate) async fn passphrase(is_new: bool, screen: &Screen) -> Result<Secret, Exit> {
    if !io::stdin().is_terminal() {
        return line(screen).await;
    }
    loop {
        let first = unseen(screen.words.say(Word::PassphrasePrompt, &[]), screen).await?;
        if !is_new || first == unseen(screen.words.say(Word::PassphraseAgain, &[]), screen).await? {
            return Ok(first);
        }
        screen.say(Word::PassphraseDiffers, &[]);
    }
}

async fn unseen(prompt: String, screen: &Screen) -> Result<Secret, Exit> {
    let typed = spawn_blocking(move || rpassword::prompt_password(format!("{prompt} "))).await;
    match typed {
        Ok(Ok(password)) => Ok(Secret::new(password)),
        Ok(Err(error)) if error.kind() == ErrorKind::Interrupted => Err(cancelled(screen)),
        _ => {
            screen.say(Word::NoPassword, &[]);
            Err(Exit::Usage)
        }
    }
}

/// The first line of standard input.
async fn line(screen: &Screen) -> Result<Secret, Exit> {
    let read = spawn_blocking(|| standard_input().map_or(Err(NoLine::Empty), read_line)).await;
    read.unwrap_or(Err(NoLine::Empty)).map_err(|why| {
        let word = match why {
            NoLine::Empty => Word::NoPasswordLine,
            NoLine::Unusable => Word::PasswordLineUnusable,
        };
        screen.say(word, &[]);
        Exit::Usage
    })
}

fn cancelled(screen: &Screen) -> Exit {
    screen.say(Word::Cancelled, &[]);
    Exit::Cancelled
}

/// Standard input itself: std's own handle leaves what it read in a buffer that nobody wipes.
#[cfg(unix)]
fn standard_input() -> io::Result<File> {
    use std::os::fd::AsFd;
    io::stdin().as_fd().try_clone_to_owned().map(File::from)
}

/// Standard input itself: std's own handle leaves what it read in a buffer that nobody wipes.
#[cfg(windows)]
fn standard_input() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    io::stdin().as_handle().try_clone_to_owned().map(File::from)
}

/// Why a line is no password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NoLine {
    /// There is nothing in it. A server would count it as a wrong one.
    Empty,
    /// It is too long, or no text.
    Unusable,
}

/// The first line without its end.
fn read_line(mut input: impl Read) -> Result<Secret, NoLine> {
    let mut buffer = Zeroizing::new([0; LONGEST_LINE]);
    let mut filled = 0;
    while filled < LONGEST_LINE && !buffer[..filled].contains(&b'\n') {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return Err(NoLine::Empty),
        }
    }
    let read = &buffer[..filled];
    let line = match read.iter().position(|&byte| byte == b'\n') {
        Some(end) => read[..end].strip_suffix(b"\r").unwrap_or(&read[..end]),
        None if filled < LONGEST_LINE => read,
        None => return Err(NoLine::Unusable),
    };
    match std::str::from_utf8(line) {
        Ok("") => Err(NoLine::Empty),
        Ok(text) => Ok(Secret::new(text.to_owned())),
        Err(_) => Err(NoLine::Unusable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_the_password() {
        let read = |bytes: &[u8]| read_line(bytes).map(|secret| secret.expose().to_owned());
        assert_eq!(read(b"clientPass\n").as_deref(), Ok("clientPass"));
        assert_eq!(read(b"clientPass\r\nmore\n").as_deref(), Ok("clientPass"));
        assert_eq!(read(b" no end \\\"").as_deref(), Ok(" no end \\\""));
        for nothing in [&b"\n"[..], b"\r\n", b""] {
            assert_eq!(read(nothing), Err(NoLine::Empty));
        }
        assert_eq!(read(b"\xff\n"), Err(NoLine::Unusable));
        assert_eq!(read(&[b'x'; 5000]), Err(NoLine::Unusable));
    }

    #[test]
    fn a_line_that_comes_in_pieces_is_put_together() {
        let pieces = (&b"client"[..]).chain(&b"Pass\r"[..]).chain(&b"\nmore"[..]);
        assert_eq!(read_line(pieces).unwrap().expose(), "clientPass");
    }
}
