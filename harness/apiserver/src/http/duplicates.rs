//! JSON as Go's scanner reads it: keys that stand twice, and its words for broken text.

const DEPTH: usize = 512;

/// The keys that stand twice, each as `duplicate field "spec.a"`, in the order of the text.
pub(crate) fn find(bytes: &[u8]) -> Vec<String> {
    let mut scanner = Scanner { bytes, at: 0, found: Vec::new(), depth: 0, all: None };
    let _ = scanner.value("");
    scanner.found.into_iter().map(|path| format!("duplicate field {path:?}")).collect()
}

/// Every path of a text, in its order.
pub(crate) fn paths(bytes: &[u8]) -> Vec<String> {
    let mut scanner = Scanner { bytes, at: 0, found: Vec::new(), depth: 0, all: Some(Vec::new()) };
    let _ = scanner.value("");
    scanner.all.unwrap_or_default()
}

/// What is wrong with a text that is no JSON.
pub(crate) fn syntax_problem(bytes: &[u8]) -> String {
    let mut scanner = Scanner { bytes, at: 0, found: Vec::new(), depth: 0, all: None };
    match scanner.whole() {
        Ok(()) => "invalid character in JSON text".to_owned(),
        Err(problem) => problem,
    }
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    found: Vec<String>,
    depth: usize,
    all: Option<Vec<String>>,
}

fn letter(byte: u8) -> String {
    match byte {
        b'\'' => "'\\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        b'\n' => "'\\n'".to_owned(),
        b'\t' => "'\\t'".to_owned(),
        b'\r' => "'\\r'".to_owned(),
        byte if byte.is_ascii_graphic() || byte == b' ' => format!("'{}'", char::from(byte)),
        byte if byte >= 0x80 => format!("'{}'", char::from(byte)),
        byte => format!("'\\x{byte:02x}'"),
    }
}

impl Scanner<'_> {
    fn whole(&mut self) -> Result<(), String> {
        self.value("")?;
        self.space();
        match self.peek() {
            None => Ok(()),
            Some(byte) => Err(format!("invalid character {} after top-level value", letter(byte))),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn wrong(&self, place: &str) -> String {
        match self.peek() {
            None => "unexpected end of JSON input".to_owned(),
            Some(byte) => format!("invalid character {} {place}", letter(byte)),
        }
    }

    fn value(&mut self, path: &str) -> Result<(), String> {
        self.space();
        if self.depth > DEPTH {
            return Err("exceeded max depth".to_owned());
        }
        self.depth += 1;
        let done = match self.peek() {
            Some(b'{') => self.object(path),
            Some(b'[') => self.array(path),
            Some(b'"') => self.string().map(drop),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            Some(b'-' | b'0'..=b'9') => {
                while matches!(self.peek(), Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')) {
                    self.at += 1;
                }
                Ok(())
            }
            _ => Err(self.wrong("looking for beginning of value")),
        };
        self.depth -= 1;
        done
    }

    fn word(&mut self, word: &[u8]) -> Result<(), String> {
        let text = String::from_utf8_lossy(word).into_owned();
        for expected in word {
            if self.peek() != Some(*expected) {
                let place = format!("in literal {text} (expecting {})", letter(*expected));
                return Err(self.wrong(&place));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let start = self.at;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.at += 2,
                Some(byte) if byte < 0x20 => return Err(self.wrong("in string literal")),
                Some(_) => self.at += 1,
                None => return Err("unexpected end of JSON input".to_owned()),
            }
        }
        let end = self.at.min(self.bytes.len());
        let text = String::from_utf8_lossy(&self.bytes[start..end]).into_owned();
        self.at += 1;
        Ok(text)
    }

    fn object(&mut self, path: &str) -> Result<(), String> {
        self.at += 1;
        let mut keys: Vec<String> = Vec::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.wrong("looking for beginning of object key string"));
            }
            let key = self.string()?;
            let full = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.wrong("after object key"));
            }
            self.at += 1;
            if let Some(all) = &mut self.all {
                all.push(full.clone());
            }
            self.value(&full)?;
            if keys.contains(&key) {
                if !self.found.contains(&full) {
                    self.found.push(full);
                }
            } else {
                keys.push(key);
            }
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.wrong("after object key:value pair")),
            }
        }
    }

    fn array(&mut self, path: &str) -> Result<(), String> {
        self.at += 1;
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        let mut index = 0;
        loop {
            self.value(&format!("{path}[{index}]"))?;
            index += 1;
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.wrong("after array element")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubled_keys_are_named_by_their_paths() {
        let text = br#"{"metadata":{"name":"d","name":"d"},"data":{"k":"1","k":"2"},"data":{}}"#;
        let expected =
            ["metadata.name", "data.k", "data"].map(|path| format!("duplicate field {path:?}"));
        assert_eq!(find(text), expected);
        assert_eq!(syntax_problem(br#"{"a": 1, "#), "unexpected end of JSON input");
        assert_eq!(syntax_problem(b"{} t"), "invalid character 't' after top-level value");
    }
}
