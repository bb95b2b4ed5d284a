//! As much of PowerShell's grammar as literal arguments need.

/// A command and its arguments.
pub(super) struct Statement {
    pub(super) line: u32,
    pub(super) command: String,
    /// The line, the name without its `-`, and the value, if it has one. The name is empty where the place says it.
    pub(super) arguments: Vec<(u32, String, Option<Value>)>,
}

/// The value of an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// It stands there; a list has commas between its parts.
    Literal(String),
    /// PowerShell would work it out.
    WorkedOut,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A word, and whether it stood in quotes.
    Word(String, bool),
    WorkedOut,
    End,
}

/// The statements of a script.
pub(super) fn statements(text: &str) -> Result<Vec<Statement>, (u32, &'static str)> {
    let (mut statements, mut current): (Vec<Statement>, Option<Statement>) = (Vec::new(), None);
    let mut name: Option<(u32, String)> = None;
    for (line, token) in tokens(text)? {
        if token == Token::End {
            if let (Some(statement), Some((line, name))) = (&mut current, name.take()) {
                statement.arguments.push((line, name, None));
            }
            statements.extend(current.take());
            continue;
        }
        let Some(statement) = &mut current else {
            if let Token::Word(command, _) = token {
                current = Some(Statement { line, command, arguments: Vec::new() });
            }
            continue;
        };
        match token {
            Token::Word(word, false) if word.starts_with(is_dash) && word.len() > 1 => {
                if let Some((line, name)) = name.take() {
                    statement.arguments.push((line, name, None));
                }
                let word = word.trim_start_matches(is_dash);
                match word.split_once(':') {
                    Some((name, value)) if !value.is_empty() => {
                        let value = Value::Literal(literal(value).to_owned());
                        statement.arguments.push((line, name.to_owned(), Some(value)));
                    }
                    _ => name = Some((line, word.trim_end_matches(':').to_owned())),
                }
            }
            token => {
                let value = match token {
                    Token::Word(word, true) => Value::Literal(word),
                    Token::Word(word, false) => Value::Literal(literal(&word).to_owned()),
                    _ => Value::WorkedOut,
                };
                let (line, name) = name.take().unwrap_or((line, String::new()));
                statement.arguments.push((line, name, Some(value)));
            }
        }
    }
    Ok(statements)
}

/// What mail programs and word processors make of a `-`, PowerShell takes for one.
fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2013}' | '\u{2014}' | '\u{2015}')
}

fn is_single(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}')
}

fn is_double(c: char) -> bool {
    matches!(c, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}')
}

/// `$true` and `$false` are as good as literal.
fn literal(word: &str) -> &str {
    match word.to_ascii_lowercase().as_str() {
        "$true" => "True",
        "$false" => "False",
        _ => word,
    }
}

fn tokens(text: &str) -> Result<Vec<(u32, Token)>, (u32, &'static str)> {
    let mut tokens = Vec::new();
    let mut reader = Reader { rest: text, line: 1 };
    while let Some(c) = reader.peek() {
        let line = reader.line;
        match c {
            '\n' | ';' | '|' => {
                reader.next();
                tokens.push((line, Token::End));
            }
            '`' => {
                reader.next();
                reader.next();
            }
            '#' => reader.skip_line(),
            '<' if reader.rest.starts_with("<#") => reader.skip_comment()?,
            c if c.is_whitespace() => drop(reader.next()),
            _ => tokens.push((line, reader.word()?)),
        }
    }
    tokens.push((reader.line, Token::End));
    Ok(tokens)
}

struct Reader<'a> {
    rest: &'a str,
    line: u32,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = &self.rest[c.len_utf8()..];
        self.line += u32::from(c == '\n');
        Some(c)
    }

    fn skip_line(&mut self) {
        while self.peek().is_some_and(|c| c != '\n') {
            self.next();
        }
    }

    fn skip_comment(&mut self) -> Result<(), (u32, &'static str)> {
        let line = self.line;
        while !self.rest.starts_with("#>") {
            self.next().ok_or((line, "a comment that does not end"))?;
        }
        self.next();
        self.next();
        Ok(())
    }

    /// A word, with what is in quotes and lists in it.
    fn word(&mut self) -> Result<Token, (u32, &'static str)> {
        let (mut word, mut is_quoted, mut is_worked_out, mut depth) = (String::new(), false, false, 0_u32);
        // A list goes on behind a comma, if that does not stand in quotes.
        let mut goes_on = false;
        while let Some(c) = self.peek() {
            match c {
                c if is_single(c) || is_double(c) => {
                    is_quoted = true;
                    is_worked_out |= self.quoted(&mut word)?;
                    goes_on = false;
                    continue;
                }
                '`' => {
                    self.next();
                    // Before the end of a line it says that the line goes on.
                    match self.next() {
                        Some('\n') | None => break,
                        Some(c) => word.push(c),
                    }
                    continue;
                }
                '@' if word.is_empty() && self.rest.starts_with("@(") => {
                    self.next();
                    self.next();
                    depth += 1;
                    continue;
                }
                ')' if depth > 0 => {
                    self.next();
                    depth -= 1;
                    continue;
                }
                '@' if word.is_empty() => is_worked_out = true,
                '(' | ')' | '{' | '}' => is_worked_out = true,
                '$' => is_worked_out |= !self.is_literal(),
                c if c.is_whitespace() && (depth > 0 || goes_on) => {
                    self.next();
                    continue;
                }
                '\n' | ';' | '|' => break,
                c if c.is_whitespace() => break,
                _ => {}
            }
            goes_on = c == ',';
            word.extend(self.next());
        }
        Ok(if is_worked_out { Token::WorkedOut } else { Token::Word(word, is_quoted) })
    }

    /// Whether here stands `$true` or `$false`.
    fn is_literal(&self) -> bool {
        let rest = self.rest.get(..6).unwrap_or(self.rest).to_ascii_lowercase();
        rest.starts_with("$true") || rest.starts_with("$false")
    }

    /// What is in quotes; whether PowerShell would put something else in its place.
    fn quoted(&mut self, word: &mut String) -> Result<bool, (u32, &'static str)> {
        let line = self.line;
        let double = self.next().is_some_and(is_double);
        let is_end = if double { is_double } else { is_single };
        let mut is_worked_out = false;
        loop {
            match self.next().ok_or((line, "a quote that does not end"))? {
                c if is_end(c) => {
                    // Two of them are one that is meant.
                    if !self.peek().is_some_and(is_end) {
                        return Ok(is_worked_out);
                    }
                    word.extend(self.next());
                }
                '`' if double => word.extend(self.next()),
                '$' if double => is_worked_out = true,
                c => word.push(c),
            }
        }
    }
}
