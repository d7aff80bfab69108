//! Words of a label selector.
//!
//! Source: kubernetes apimachinery, `labels/selector.go`.

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Word {
    Open,
    Close,
    Comma,
    Not,
    /// `=`, `==`, `!=`, `<`, `>`, `in`, `notin`.
    Operator(String),
    Name(String),
    End,
}

impl Word {
    /// As it stood in the text.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Open => "(",
            Self::Close => ")",
            Self::Comma => ",",
            Self::Not => "!",
            Self::Operator(text) | Self::Name(text) => text,
            Self::End => "",
        }
    }
}

/// Splits a selector into words.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(&letter) = letters.peek() {
        match letter {
            ' ' | '\t' | '\r' | '\n' => {
                letters.next();
            }
            '(' | ')' | ',' => {
                letters.next();
                words.push(match letter {
                    '(' => Word::Open,
                    ')' => Word::Close,
                    _ => Word::Comma,
                });
            }
            '=' | '!' | '<' | '>' => {
                letters.next();
                let mut operator = letter.to_string();
                if matches!(letter, '=' | '!') && letters.peek() == Some(&'=') {
                    letters.next();
                    operator.push('=');
                }
                words.push(if operator == "!" { Word::Not } else { Word::Operator(operator) });
            }
            _ => {
                let mut name = String::new();
                while let Some(&letter) = letters.peek() {
                    if matches!(
                        letter,
                        ' ' | '\t' | '\r' | '\n' | '(' | ')' | ',' | '=' | '!' | '<' | '>'
                    ) {
                        break;
                    }
                    name.push(letter);
                    letters.next();
                }
                words.push(match name.as_str() {
                    "in" | "notin" => Word::Operator(name),
                    _ => Word::Name(name),
                });
            }
        }
    }
    words.push(Word::End);
    words
}
