//! Which styles a text may be written in, by the rules of libyaml.

/// What a text allows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Analysis {
    pub(crate) multiline: bool,
    pub(crate) flow_plain: bool,
    pub(crate) block_plain: bool,
    pub(crate) single_quoted: bool,
    pub(crate) block: bool,
}

pub(crate) fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Characters that need no escape; beyond the basic plane every one does.
pub(crate) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}')
        && c != '\u{FEFF}'
}

/// Looks through a text once; in v2 of go-yaml a tab is a special character.
pub(crate) fn analyze(text: &str, tab_is_special: bool) -> Analysis {
    let mut found = Found::default();
    let Some(first) = text.chars().next() else {
        return Analysis {
            multiline: false,
            flow_plain: false,
            block_plain: true,
            single_quoted: true,
            block: false,
        };
    };
    if text.starts_with("---") || text.starts_with("...") {
        found.flow_indicators = true;
        found.block_indicators = true;
    }
    found.first(first, followed_by_blank(text, first.len_utf8()));
    found.run(text, tab_is_special);
    found.leading = first == ' ' || is_break(first);
    found.conclude(text)
}

#[derive(Default)]
struct Found {
    flow_indicators: bool,
    block_indicators: bool,
    line_breaks: bool,
    special: bool,
    tabs: bool,
    leading: bool,
    break_space: bool,
    space_break: bool,
}

impl Found {
    fn first(&mut self, c: char, before_blank: bool) {
        let (flow, block) = match c {
            '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
            | '@' | '`' => (true, true),
            '?' | ':' => (true, before_blank),
            '-' => (before_blank, before_blank),
            _ => (false, false),
        };
        self.flow_indicators |= flow;
        self.block_indicators |= block;
    }

    fn run(&mut self, text: &str, tab_is_special: bool) {
        let (mut after_space, mut after_break, mut after_blank) = (false, false, true);
        for (at, c) in text.char_indices() {
            if at > 0 {
                self.indicator(c, after_blank, || followed_by_blank(text, at + c.len_utf8()));
            }
            if c == '\t' {
                self.tabs = true;
                self.special |= tab_is_special;
            } else if !is_printable(c) {
                self.special = true;
            }
            if c == ' ' {
                self.break_space |= after_break;
            } else if is_break(c) {
                self.line_breaks = true;
                self.space_break |= after_space;
            }
            after_space = c == ' ';
            after_break = is_break(c);
            after_blank = matches!(c, ' ' | '\t' | '\0') || after_break;
        }
    }

    fn indicator(&mut self, c: char, after_blank: bool, before_blank: impl Fn() -> bool) {
        match c {
            ',' | '?' | '[' | ']' | '{' | '}' => self.flow_indicators = true,
            ':' => {
                self.flow_indicators = true;
                self.block_indicators |= before_blank();
            }
            '#' if after_blank => {
                self.flow_indicators = true;
                self.block_indicators = true;
            }
            _ => {}
        }
    }

    fn conclude(&self, text: &str) -> Analysis {
        let last = text.chars().next_back();
        let trailing_space = last == Some(' ');
        let edges = self.leading || trailing_space || last.is_some_and(is_break);
        let awkward = self.break_space || self.space_break || self.tabs || self.special;
        let plain = !edges && !awkward && !self.line_breaks;
        Analysis {
            multiline: self.line_breaks,
            flow_plain: plain && !self.flow_indicators,
            block_plain: plain && !self.block_indicators,
            single_quoted: !awkward,
            block: !trailing_space && !self.space_break && !self.special,
        }
    }
}

fn followed_by_blank(text: &str, at: usize) -> bool {
    matches!(text.as_bytes().get(at), None | Some(b' ' | b'\t'))
}
