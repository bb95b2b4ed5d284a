//! As much of PowerShell's grammar as literal arguments need.

use std::collections::BTreeMap;

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
    /// A word with variables in it.
    Template(Vec<Part>),
    WorkedOut,
    End,
}

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// The variable of this name, in small letters.
    Variable(String),
}

/// The statements of a script.
pub(super) fn statements(text: &str) -> Result<Vec<Statement>, (u32, &'static str)> {
    let (mut statements, mut current): (Vec<Statement>, Option<Statement>) = (Vec::new(), None);
    let mut name: Option<(u32, String)> = None;
    let tokens = tokens(text)?;
    let variables = Variables::of(&tokens);
    for (line, token) in tokens {
        let token = variables.fill(token);
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
        let (mut word, mut is_quoted, mut is_worked_out, mut depth) = (Word::default(), false, false, 0_u32);
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
                '$' if !self.is_literal() => {
                    match self.variable() {
                        // What follows belongs to it: a property, an element, a place such as `env:`.
                        Some(_) if self.peek().is_some_and(|c| matches!(c, '.' | '[' | ':')) => {
                            is_worked_out = true
                        }
                        Some(name) => word.variable(name),
                        None => is_worked_out = true,
                    }
                    goes_on = false;
                    continue;
                }
                c if c.is_whitespace() && (depth > 0 || goes_on) => {
                    self.next();
                    continue;
                }
                '\n' | ';' | '|' => break,
                c if c.is_whitespace() => break,
                _ => {}
            }
            goes_on = c == ',';
            self.next().into_iter().for_each(|c| word.push(c));
        }
        Ok(if is_worked_out { Token::WorkedOut } else { word.token(is_quoted) })
    }

    /// Whether here stands `$true` or `$false`.
    fn is_literal(&self) -> bool {
        let rest = self.rest.get(..6).unwrap_or(self.rest).to_ascii_lowercase();
        rest.starts_with("$true") || rest.starts_with("$false")
    }

    /// The name of the variable that stands here, `$name` or `${name}`, behind which the reader then is. The `$` is
    /// passed over in any case.
    fn variable(&mut self) -> Option<String> {
        self.next();
        let is_braced = self.rest.starts_with('{');
        if is_braced {
            self.next();
        }
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
        let name = self.rest.get(..end)?.to_lowercase();
        for _ in name.chars() {
            self.next();
        }
        let is_closed = !is_braced || self.next() == Some('}');
        (is_closed && !name.is_empty()).then_some(name)
    }

    /// What is in quotes; whether PowerShell would put something else in its place than what stands in the script.
    fn quoted(&mut self, word: &mut Word) -> Result<bool, (u32, &'static str)> {
        let line = self.line;
        let double = self.next().is_some_and(is_double);
        let is_end = if double { is_double } else { is_single };
        let mut is_worked_out = false;
        loop {
            if double && self.peek() == Some('$') {
                match self.variable() {
                    Some(_) if self.peek() == Some(':') => is_worked_out = true,
                    Some(name) => word.variable(name),
                    None => is_worked_out = true,
                }
                continue;
            }
            match self.next().ok_or((line, "a quote that does not end"))? {
                c if is_end(c) => {
                    // Two of them are one that is meant.
                    if !self.peek().is_some_and(is_end) {
                        return Ok(is_worked_out);
                    }
                    self.next().into_iter().for_each(|c| word.push(c));
                }
                '`' if double => self.next().into_iter().for_each(|c| word.push(c)),
                c => word.push(c),
            }
        }
    }
}

/// A word while it is read.
#[derive(Default)]
struct Word(Vec<Part>);

impl Word {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn push(&mut self, c: char) {
        match self.0.last_mut() {
            Some(Part::Text(text)) => text.push(c),
            _ => self.0.push(Part::Text(c.into())),
        }
    }

    fn variable(&mut self, name: String) {
        self.0.push(Part::Variable(name));
    }

    fn token(self, is_quoted: bool) -> Token {
        match <[Part; 1]>::try_from(self.0) {
            Ok([Part::Text(text)]) => Token::Word(text, is_quoted),
            Ok([part]) => Token::Template(vec![part]),
            Err(parts) if parts.is_empty() => Token::Word(String::new(), is_quoted),
            Err(parts) => Token::Template(parts),
        }
    }
}

/// What the variables of a script stand for, where that is plain: a literal that is given to them in one place, and
/// nothing else anywhere. Nothing is evaluated.
#[derive(Default)]
struct Variables(BTreeMap<String, Option<String>>);

impl Variables {
    fn of(tokens: &[(u32, Token)]) -> Self {
        let mut variables = Self::default();
        for (at, (_, token)) in tokens.iter().enumerate() {
            let Token::Template(parts) = token else { continue };
            let [Part::Variable(name), rest @ ..] = parts.as_slice() else { continue };
            let is_first = at.checked_sub(1).is_none_or(|before| tokens[before].1 == Token::End);
            let next = |by: usize| tokens.get(at + by).map_or(&Token::End, |(_, token)| token);
            let (value, end) = match (rest, next(1)) {
                // `$name=value`
                ([Part::Text(text)], end) if text.starts_with('=') && text.len() > 1 => (text.get(1..), end),
                ([Part::Text(text)], Token::Word(value, _)) if text == "=" => (Some(value.as_str()), next(2)),
                // `$name = value`
                ([], Token::Word(sign, false)) if sign == "=" => match next(2) {
                    Token::Word(value, _) => (Some(value.as_str()), next(3)),
                    _ => (None, next(2)),
                },
                // `$name += value` and the like
                ([], Token::Word(sign, false)) if sign.ends_with('=') => (None, next(1)),
                ([Part::Text(text), ..], _) if text.contains('=') => (None, next(1)),
                _ => continue,
            };
            let value =
                value.filter(|_| is_first && *end == Token::End).map(|value| literal(value).to_owned());
            let known = variables.0.get(name).cloned();
            let value = if known.is_some_and(|known| known != value) { None } else { value };
            variables.0.insert(name.clone(), value);
        }
        variables
    }

    /// The word with what its variables stand for.
    fn fill(&self, token: Token) -> Token {
        let Token::Template(parts) = token else { return token };
        let text = |part: &Part| match part {
            Part::Text(text) => Some(text.clone()),
            Part::Variable(name) => self.0.get(name).cloned().flatten(),
        };
        let whole: Option<String> = parts.iter().map(text).collect();
        // What a variable stands for is no option, whatever it begins with.
        whole.map_or(Token::WorkedOut, |whole| Token::Word(whole, true))
    }
}
