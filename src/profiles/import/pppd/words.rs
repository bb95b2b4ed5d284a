//! The words of pppd's files: quotes, comments and escapes, as its own reader takes them.

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
        let mut quote = None;
        loop {
            let Some(&c) = self.chars.peek() else {
                return if quote.is_some() {
                    Err((word.line, "a quote that does not end"))
                } else {
                    Ok(word)
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
                ('#', None) => return Ok(word),
                (c, None) if c.is_whitespace() => return Ok(word),
                ('\\', _) => self.escape(&mut word),
                (c, _) => {
                    self.next();
                    word.text.push(c);
                    word.raw.push(c);
                }
            }
        }
    }

    fn escape(&mut self, word: &mut Word) {
        self.next();
        let Some(c) = self.next() else { return };
        word.raw.push('\\');
        word.raw.push(c);
        let text = match c {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            's' => ' ',
            't' => '\t',
            '\n' => return,
            '0'..='7' => self.number(word, c.to_digit(8).unwrap_or_default(), 8, 2),
            'x' => self.number(word, 0, 16, 2),
            c => c,
        };
        word.text.push(text);
    }

    /// A byte by its number.
    fn number(&mut self, word: &mut Word, mut value: u32, base: u32, most: u32) -> char {
        for _ in 0..most {
            let Some(digit) = self.chars.peek().and_then(|c| c.to_digit(base)) else { break };
            word.raw.extend(self.next());
            value = value * base + digit;
        }
        char::from(u8::try_from(value & 0xff).unwrap_or_default())
    }
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
