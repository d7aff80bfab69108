//! Tokens of a template, named and printed as Go's `text/template/parse` does.

use std::fmt;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Error,
    Bool,
    Char,
    CharConstant,
    Assign,
    Declare,
    Eof,
    Field,
    Identifier,
    LeftDelim,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    Space,
    String,
    Text,
    Variable,
    // keywords
    Dot,
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

impl TokenKind {
    /// Whether it prints in angle brackets.
    fn is_keyword(self) -> bool {
        use TokenKind::*;
        matches!(
            self,
            Dot | Block
                | Break
                | Continue
                | Define
                | Else
                | End
                | If
                | Nil
                | Range
                | Template
                | With
        )
    }

    /// The keyword of a word.
    pub(crate) fn keyword(word: &str) -> Option<Self> {
        Some(match word {
            "block" => Self::Block,
            "break" => Self::Break,
            "continue" => Self::Continue,
            "define" => Self::Define,
            "else" => Self::Else,
            "end" => Self::End,
            "if" => Self::If,
            "nil" => Self::Nil,
            "range" => Self::Range,
            "template" => Self::Template,
            "with" => Self::With,
            _ => return None,
        })
    }
}

/// One token with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    /// Byte offset of its start.
    pub(crate) at: usize,
    /// Its text; for an error the message.
    pub(crate) text: String,
    /// Line of its start, from 1.
    pub(crate) line: usize,
}

impl fmt::Display for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TokenKind::Eof => out.write_str("EOF"),
            TokenKind::Error => out.write_str(&self.text),
            kind if kind.is_keyword() => write!(out, "<{}>", self.text),
            _ if self.text.len() > 10 => {
                let short: String = self.text.chars().take(10).collect();
                write!(out, "{}...", crate::go::quote(&short))
            }
            _ => out.write_str(&crate::go::quote(&self.text)),
        }
    }
}
