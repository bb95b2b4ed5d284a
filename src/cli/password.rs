//! The password's way in.

use std::io::{self, BufRead, ErrorKind, IsTerminal};

use culvert_model::{Profile, Secret};
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use crate::Exit;
use crate::screen::Screen;
use crate::words::Word;

/// The longest line that is read for a password, in bytes.
const LONGEST_LINE: u64 = 4096;

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
    pub(crate) fn new(is_stdin_asked_for: bool) -> Self {
        if is_stdin_asked_for {
            Self::StandardInput
        } else if io::stdin().is_terminal() {
            Self::Terminal
        } else {
            Self::Nowhere
        }
    }

    /// The first password for `profile`.
    ///
    /// # Errors
    /// How to end if there is none; the person knows why already.
    pub(crate) async fn first(self, profile: &Profile, screen: &Screen) -> Result<Secret, Exit> {
        match self {
            Self::StandardInput => read_line(io::stdin().lock()).ok_or_else(|| {
                screen.say(Word::NoPasswordLine, &[]);
                Exit::Usage
            }),
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
    let prompt = screen.words.say(Word::PasswordPrompt, &[("user", &user), ("server", server)]);
    let typed = spawn_blocking(move || rpassword::prompt_password(format!("{prompt} "))).await;
    match typed {
        Ok(Ok(password)) => Ok(Secret::new(password)),
        Ok(Err(error)) if error.kind() == ErrorKind::Interrupted => {
            screen.say(Word::Cancelled, &[]);
            Err(Exit::Cancelled)
        }
        _ => {
            screen.say(Word::NoPassword, &[]);
            Err(Exit::Usage)
        }
    }
}

/// The first line without its end; `None` if there is none, or none that is text of a sane length.
fn read_line(input: impl BufRead) -> Option<Secret> {
    let mut line = Zeroizing::new(Vec::with_capacity(4096));
    let count = input.take(LONGEST_LINE).read_until(b'\n', &mut line).ok()?;
    let text = line.strip_suffix(b"\n").map(|line| line.strip_suffix(b"\r").unwrap_or(line)).unwrap_or(&line);
    let is_whole = u64::try_from(count).is_ok_and(|count| (1..LONGEST_LINE).contains(&count));
    let text = std::str::from_utf8(text).ok().filter(|_| is_whole)?;
    Some(Secret::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_the_password() {
        let read = |bytes: &[u8]| read_line(bytes).map(|secret| secret.expose().to_owned());
        assert_eq!(read(b"clientPass\n").as_deref(), Some("clientPass"));
        assert_eq!(read(b"clientPass\r\nmore\n").as_deref(), Some("clientPass"));
        assert_eq!(read(b" no end \\\"").as_deref(), Some(" no end \\\""));
        assert_eq!(read(b"\n").as_deref(), Some(""));
        assert_eq!(read(b""), None);
        assert_eq!(read(b"\xff\n"), None);
        assert_eq!(read(&[b'x'; 5000]), None);
    }
}
