//! Scanning directives, anchors and tags.

use crate::Error;
use crate::cursor::Mark;
use crate::scanner::Scanner;
use crate::token::{Token, TokenKind};

impl Scanner<'_> {
    pub(crate) fn scan_directive(&mut self) -> Result<Token, Error> {
        let start = self.cursor.mark;
        self.cursor.skip();
        let name = self.letters();
        if name.is_empty() {
            return self.fail(start, "could not find expected directive name");
        }
        if !self.cursor.is_blank_or_end(0) {
            return self.fail(start, "found unexpected non-alphabetical character");
        }
        let kind = match name.as_str() {
            "YAML" => self.version_directive(start)?,
            "TAG" => self.tag_directive(start)?,
            _ => return self.fail(start, "found unknown directive name"),
        };
        let end = self.cursor.mark;
        self.cursor.skip_blanks();
        if self.cursor.at(0) == b'#' {
            while !self.cursor.is_break_or_end(0) {
                self.cursor.skip();
            }
        }
        if !self.cursor.is_break_or_end(0) {
            return self.fail(start, "did not find expected comment or line break");
        }
        self.cursor.read_break();
        Ok(Token { kind, start, end })
    }

    fn version_directive(&mut self, start: Mark) -> Result<TokenKind, Error> {
        self.cursor.skip_blanks();
        let major = self.version_number(start)?;
        if self.cursor.at(0) != b'.' {
            return self.fail(start, "did not find expected digit or '.' character");
        }
        self.cursor.skip();
        let minor = self.version_number(start)?;
        Ok(TokenKind::VersionDirective { major, minor })
    }

    fn version_number(&mut self, start: Mark) -> Result<u8, Error> {
        let mut number = None;
        let mut digits = 0;
        while self.cursor.at(0).is_ascii_digit() {
            digits += 1;
            if digits > 2 {
                return self.fail(start, "found extremely long version number");
            }
            number = Some(number.unwrap_or(0) * 10 + (self.cursor.at(0) - b'0'));
            self.cursor.skip();
        }
        number.map_or_else(|| self.fail(start, "did not find expected version number"), Ok)
    }

    fn tag_directive(&mut self, start: Mark) -> Result<TokenKind, Error> {
        self.cursor.skip_blanks();
        let handle = self.tag_handle(true, start)?;
        if !self.cursor.is_blank(0) {
            return self.fail(start, "did not find expected whitespace");
        }
        self.cursor.skip_blanks();
        let prefix = self.tag_uri("", start)?;
        if !self.cursor.is_blank_or_end(0) {
            return self.fail(start, "did not find expected whitespace or line break");
        }
        Ok(TokenKind::TagDirective { handle, prefix })
    }

    pub(crate) fn scan_anchor(&mut self) -> Result<Token, Error> {
        let start = self.cursor.mark;
        let alias = self.cursor.at(0) == b'*';
        self.cursor.skip();
        let name = self.letters();
        let closed = self.cursor.is_blank_or_end(0)
            || matches!(self.cursor.at(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !closed {
            return self.fail(start, "did not find expected alphabetic or numeric character");
        }
        let kind = if alias { TokenKind::Alias(name) } else { TokenKind::Anchor(name) };
        Ok(Token { kind, start, end: self.cursor.mark })
    }

    pub(crate) fn scan_tag(&mut self) -> Result<Token, Error> {
        let start = self.cursor.mark;
        let (handle, suffix) = if self.cursor.at(1) == b'<' {
            self.cursor.skip_many(2);
            let uri = self.tag_uri("", start)?;
            if self.cursor.at(0) != b'>' {
                return self.fail(start, "did not find the expected '>'");
            }
            self.cursor.skip();
            (String::new(), uri)
        } else {
            self.short_tag(start)?
        };
        if !self.cursor.is_blank_or_end(0) {
            return self.fail(start, "did not find expected whitespace or line break");
        }
        Ok(Token { kind: TokenKind::Tag { handle, suffix }, start, end: self.cursor.mark })
    }

    fn short_tag(&mut self, start: Mark) -> Result<(String, String), Error> {
        let handle = self.tag_handle(false, start)?;
        if handle.len() > 1 && handle.ends_with('!') {
            let suffix = self.tag_uri("", start)?;
            return Ok((handle, suffix));
        }
        let suffix = self.tag_uri(&handle, start)?;
        if suffix.is_empty() { Ok((suffix, "!".into())) } else { Ok(("!".into(), suffix)) }
    }

    fn tag_handle(&mut self, directive: bool, start: Mark) -> Result<String, Error> {
        if self.cursor.at(0) != b'!' {
            return self.fail(start, "did not find expected '!'");
        }
        self.cursor.skip();
        let mut handle = format!("!{}", self.letters());
        if self.cursor.at(0) == b'!' {
            self.cursor.skip();
            handle.push('!');
        } else if directive && handle != "!" {
            return self.fail(start, "did not find expected '!'");
        }
        Ok(handle)
    }

    fn tag_uri(&mut self, head: &str, start: Mark) -> Result<String, Error> {
        let mut uri = head.get(1..).unwrap_or_default().as_bytes().to_vec();
        let mut found = !head.is_empty();
        loop {
            match self.cursor.at(0) {
                b'%' => uri.push(self.escaped_octet(start)?),
                byte if is_uri(byte) => {
                    uri.push(byte);
                    self.cursor.skip();
                }
                _ => break,
            }
            found = true;
        }
        if !found {
            return self.fail(start, "did not find expected tag URI");
        }
        match String::from_utf8(uri) {
            Ok(uri) => Ok(uri),
            Err(_) => self.fail(start, "found an incorrect trailing UTF-8 octet"),
        }
    }

    fn escaped_octet(&mut self, start: Mark) -> Result<u8, Error> {
        let digit = |ahead| char::from(self.cursor.at(ahead)).to_digit(16);
        let (Some(high), Some(low)) = (digit(1), digit(2)) else {
            return self.fail(start, "did not find URI escaped octet");
        };
        self.cursor.skip_many(3);
        Ok(u8::try_from(high * 16 + low).unwrap_or_default())
    }

    fn letters(&mut self) -> String {
        let mut text = String::new();
        while matches!(self.cursor.at(0), b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'-') {
            self.cursor.read(&mut text);
        }
        text
    }
}

fn is_uri(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-;/?:@&=+$,.!~*'()[]".contains(&byte)
}
