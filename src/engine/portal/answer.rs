//! The first lines of an HTTP answer (RFC 9112), from somebody who need not speak HTTP at all.

/// What came back, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer<'a> {
    /// The status code (RFC 9110 section 15).
    pub(super) status: u16,
    /// Where it says to go (RFC 9110 section 10.2.2).
    pub(super) location: Option<&'a str>,
    /// The beginning of what it says.
    pub(super) body: &'a [u8],
    /// Whether nothing more is to come.
    pub(super) is_whole: bool,
}

impl<'a> Answer<'a> {
    /// Reads what has come so far; nothing while there is no whole status line, or if it is none of HTTP/1.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (first, mut rest) = line(bytes)?;
        let status = status(first)?;
        let (mut location, mut length, mut is_chunked) = (None, None, false);
        loop {
            let Some((field, after)) = line(rest) else {
                return Some(Self { status, location, body: &[], is_whole: false });
            };
            rest = after;
            if field.is_empty() {
                break;
            }
            let Some((name, value)) = field_of(field) else { continue };
            if name.eq_ignore_ascii_case("location") {
                location = location.or(Some(value));
            } else if name.eq_ignore_ascii_case("content-length") {
                length = value.parse::<usize>().ok();
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                is_chunked = value.eq_ignore_ascii_case("chunked");
            }
        }
        // Of a body in chunks (RFC 9112 section 7.1) the first one does: what is looked for is short.
        let (length, body) = match (is_chunked, line(rest)) {
            (true, Some((size, chunk))) => (chunk_length(size), chunk),
            (true, None) => (None, &[][..]),
            (false, _) if matches!(status, 204 | 304) => (Some(0), rest),
            (false, _) => (length, rest),
        };
        let whole = length.and_then(|length| body.get(..length));
        Some(Self { status, location, body: whole.unwrap_or(body), is_whole: whole.is_some() })
    }
}

/// A line without its end, and what comes after it.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = bytes.split_at_checked(end)?;
    Some((line.strip_suffix(b"\r").unwrap_or(line), rest.get(1..)?))
}

fn status(line: &[u8]) -> Option<u16> {
    let text = str::from_utf8(line).ok()?;
    let digits = text.strip_prefix("HTTP/1.")?.get(1..)?.strip_prefix(' ')?.get(..3)?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}

fn field_of(line: &[u8]) -> Option<(&str, &str)> {
    let (name, value) = str::from_utf8(line).ok()?.split_once(':')?;
    Some((name, value.trim_ascii()))
}

fn chunk_length(size: &[u8]) -> Option<usize> {
    let size = str::from_utf8(size).ok()?.split(';').next()?;
    usize::from_str_radix(size.trim_ascii(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(u16, Option<&str>, &str, bool)> {
        let answer = Answer::read(text.as_bytes())?;
        Some((answer.status, answer.location, str::from_utf8(answer.body).unwrap(), answer.is_whole))
    }

    #[test]
    fn answers_are_read_as_far_as_they_came() {
        let text = "HTTP/1.1 302 Found\r\nServer: x\r\nlocation:  http://a/ \r\nLocation: http://b/\r\n\
                    Content-Length: 3\r\n\r\nabc";
        assert_eq!(read(text), Some((302, Some("http://a/"), "abc", true)));
        assert_eq!(read(&text[..text.len() - 1]), Some((302, Some("http://a/"), "ab", false)));
        assert_eq!(read(&text[..30]), Some((302, None, "", false)));
        assert_eq!(read(&text[..18]), None);
        assert_eq!(read("HTTP/1.0 200 OK\n\nyes"), Some((200, None, "yes", false)));
        assert_eq!(read("HTTP/1.1 204\r\n\r\n"), Some((204, None, "", true)));
    }

    #[test]
    fn of_chunks_the_first_one_does() {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(
            read(&format!("{head}8;x=y\r\nsuccess\n\r\n0\r\n\r\n")),
            Some((200, None, "success\n", true))
        );
        assert_eq!(read(head), Some((200, None, "", false)));
        assert_eq!(read(&format!("{head}ffffffffffffffff\r\nx")), Some((200, None, "x", false)));
        assert_eq!(read(&format!("{head}-1\r\nx")), Some((200, None, "x", false)));
    }

    #[test]
    fn what_is_no_http_is_no_answer() {
        for text in [
            "",
            "\n",
            "SSH-2.0-x\r\n",
            "HTTP/2 200\r\n",
            "HTTP/1.1 2\r\n",
            "HTTP/1.1 +20 x\r\n",
            "HTTP/1.\u{e9} 200\n",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
