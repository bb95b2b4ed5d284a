//! The words of pppd's files: quotes, comments and escapes, as its own reader takes them.

use zeroize::Zeroizing;

use crate::import::source::eight_bits;

/// A word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// The line in which it begins, from 1.
    pub(super) line: u32,
    /// What pppd reads.
    pub(super) text: String,
    /// What stands there, without the quotes.
    pub(super) raw: String,
    /// Whether some of it is in quotes.
    pub(super) is_quoted: bool,
}

/// The words of a file, line by line.
pub(super) fn lines(text: &str) -> Result<Vec<Vec<Word>>, (u32, &'static str)> {
    let mut reader = Reader { chars: text.chars().peekable(), line: 1 };
    let (mut lines, mut current) = (Vec::new(), Vec::<Word>::new());
    while let Some(&c) = reader.chars.peek() {
        match c {
            '\n' => {
                reader.next();
                lines.push(std::mem::take(&mut current));
            }
            '#' => {
                while reader.chars.peek().is_some_and(|c| *c != '\n') {
                    reader.next();
                }
            }
            c if c.is_whitespace() => drop(reader.next()),
            '\\' if reader.is_continued() => {}
            _ => current.push(reader.word()?),
        }
    }
    lines.push(current);
    Ok(lines)
}

struct Reader<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    line: u32,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.chars.next()?;
        self.line += u32::from(c == '\n');
        Some(c)
    }

    /// Whether a backslash before the end of a line stands here, which is passed over.
    fn is_continued(&mut self) -> bool {
        let mut ahead = self.chars.clone();
        if (ahead.next(), ahead.next()) == (Some('\\'), Some('\n')) {
            self.next();
            self.next();
            return true;
        }
        false
    }

    fn word(&mut self) -> Result<Word, (u32, &'static str)> {
        let mut word = Word { line: self.line, text: String::new(), raw: String::new(), is_quoted: false };
        // Escapes name bytes, of which several can be one letter.
        let mut bytes = Zeroizing::new(Vec::new());
        self.letters(&mut word, &mut bytes)?;
        word.text = eight_bits(&bytes).as_str().to_owned();
        Ok(word)
    }

    fn letters(&mut self, word: &mut Word, bytes: &mut Vec<u8>) -> Result<(), (u32, &'static str)> {
        let mut quote = None;
        loop {
            let Some(&c) = self.chars.peek() else {
                return match quote {
                    Some(_) => Err((word.line, "a quote that does not end")),
                    None => Ok(()),
                };
            };
            match (c, quote) {
                (c, Some(end)) if c == end => {
                    quote = None;
                    self.next();
                }
                ('"' | '\'', None) => {
                    word.is_quoted = true;
                    quote = self.next();
                }
                // Inside a word too a comment begins here.
                ('#', None) => return Ok(()),
                (c, None) if c.is_whitespace() => return Ok(()),
                ('\\', _) => self.escape(word, bytes),
                (c, _) => {
                    self.next();
                    push(bytes, c);
                    word.raw.push(c);
                }
            }
        }
    }

    fn escape(&mut self, word: &mut Word, bytes: &mut Vec<u8>) {
        self.next();
        let Some(c) = self.next() else { return };
        word.raw.push('\\');
        word.raw.push(c);
        match c {
            'a' => bytes.push(0x07),
            'b' => bytes.push(0x08),
            'f' => bytes.push(0x0c),
            'n' => bytes.push(b'\n'),
            'r' => bytes.push(b'\r'),
            's' => bytes.push(b' '),
            't' => bytes.push(b'\t'),
            '\n' => {}
            '0'..='7' => bytes.push(self.number(word, c.to_digit(8).unwrap_or_default(), 8)),
            'x' => bytes.push(self.number(word, 0, 16)),
            c => push(bytes, c),
        }
    }

    /// A byte by its number, of which two more digits stand here at most.
    fn number(&mut self, word: &mut Word, mut value: u32, base: u32) -> u8 {
        for _ in 0..2 {
            let Some(digit) = self.chars.peek().and_then(|c| c.to_digit(base)) else { break };
            word.raw.extend(self.next());
            value = value * base + digit;
        }
        u8::try_from(value & 0xff).unwrap_or_default()
    }
}

fn push(bytes: &mut Vec<u8>, c: char) {
    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_as_pppd_reads_them() {
        for (line, expected) in [
            ("name alice # who", vec!["name", "alice"]),
            ("a \"b c\" 'd \"e'", vec!["a", "b c", "d \"e"]),
            (r"CORP\bob CORP\sam CORP\\al", vec!["CORP\u{8}ob", "CORP am", r"CORP\al"]),
            (r"\x41\102\0 x\\y", vec!["AB\0", r"x\y"]),
            // What pptpsetup writes of letters beyond ASCII.
            (r"p\xc3\xa4ss \xe4", vec!["päss", "ä"]),
            ("ab#c d", vec!["ab"]),
            ("one \\\ntwo", vec!["one", "two"]),
        ] {
            let lines = lines(line).unwrap();
            let words: Vec<_> = lines[0].iter().map(|word| word.text.as_str()).collect();
            assert_eq!(words, expected, "{line}");
        }
        assert_eq!(lines("a \"b"), Err((1, "a quote that does not end")));
    }
}
