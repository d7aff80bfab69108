//! Blocks: symbols gathered, then written in the way that takes fewest bits.
//!
//! Rules from zlib: trees.c (`_tr_flush_block`, `send_tree`).

use super::codes::{Code, fixed};

/// As many symbols as zlib gathers for a block.
const MOST_SYMBOLS: usize = (1 << 14) - 1;
const END: usize = 256;
const LENGTH_EXTRA: [u8; 29] =
    [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_EXTRA: [u8; 30] = [
    0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13,
    13,
];
/// The order in which the lengths of the code-length code are written.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// A literal, or a distance and a length.
#[derive(Clone, Copy)]
enum Symbol {
    Literal(u8),
    Repeat(usize, usize),
}

pub(super) struct Writer<'a> {
    input: &'a [u8],
    symbols: Vec<Symbol>,
    begun: usize,
    out: Vec<u8>,
    bits: u64,
    filled: u32,
}

impl<'a> Writer<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Self { input, symbols: Vec::new(), begun: 0, out: Vec::new(), bits: 0, filled: 0 }
    }

    pub(super) fn literal(&mut self, byte: u8) {
        self.symbols.push(Symbol::Literal(byte));
    }

    pub(super) fn repeat(&mut self, distance: usize, length: usize) {
        self.symbols.push(Symbol::Repeat(distance, length));
    }

    /// Ends a full block before a place of the input.
    pub(super) fn flush_if_full(&mut self, at: usize) {
        if self.symbols.len() >= MOST_SYMBOLS {
            self.block(at, false);
        }
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.block(self.input.len(), true);
        self.align();
        self.out
    }

    fn block(&mut self, end: usize, is_last: bool) {
        let symbols = std::mem::take(&mut self.symbols);
        let (mut letters, mut distances) = ([0u32; 286], [0u32; 30]);
        letters[END] = 1;
        for symbol in &symbols {
            match *symbol {
                Symbol::Literal(byte) => letters[usize::from(byte)] += 1,
                Symbol::Repeat(distance, length) => {
                    letters[257 + length_code(length).0] += 1;
                    distances[distance_code(distance).0] += 1;
                }
            }
        }
        let letters = Code::of(&letters, 15);
        let distances = Code::of(&distances, 15);
        let lengths = run_lengths(&letters, &distances);
        let (fixed_letters, fixed_distances) = fixed();
        let extra = extra_bits(&symbols);
        let own = letters.cost() + distances.cost() + extra + lengths.cost();
        let common = letters.cost_in(&fixed_letters) + distances.cost_in(&fixed_distances) + extra;
        let (own, common) = ((own + 3).div_ceil(8), (common + 3).div_ceil(8));
        let raw = &self.input[self.begun..end];
        let last = u64::from(is_last);
        if raw.len() as u64 + 4 <= own.min(common) && raw.len() <= 0xffff {
            self.stored(raw, last);
        } else if common <= own {
            self.put(2 + last, 3);
            self.symbols(&symbols, &fixed_letters, &fixed_distances);
        } else {
            self.put(4 + last, 3);
            self.trees(&letters, &distances, &lengths);
            self.symbols(&symbols, &letters, &distances);
        }
        self.begun = end;
    }

    fn stored(&mut self, raw: &[u8], last: u64) {
        self.put(last, 3);
        self.align();
        let length = u16::try_from(raw.len()).unwrap_or(u16::MAX);
        self.out.extend(length.to_le_bytes());
        self.out.extend((!length).to_le_bytes());
        self.out.extend_from_slice(raw);
    }

    fn trees(&mut self, letters: &Code, distances: &Code, lengths: &RunLengths) {
        self.put(letters.most as u64 + 1 - 257, 5);
        self.put(distances.most as u64, 5);
        self.put(lengths.shown as u64 - 4, 4);
        for at in &ORDER[..lengths.shown] {
            self.put(u64::from(lengths.code.lengths[*at]), 3);
        }
        for (symbol, extra, width) in &lengths.runs {
            self.code(&lengths.code, *symbol);
            self.put(*extra, *width);
        }
    }

    fn symbols(&mut self, symbols: &[Symbol], letters: &Code, distances: &Code) {
        for symbol in symbols {
            match *symbol {
                Symbol::Literal(byte) => self.code(letters, usize::from(byte)),
                Symbol::Repeat(distance, length) => {
                    let (code, rest) = length_code(length);
                    self.code(letters, 257 + code);
                    self.put(rest, u32::from(LENGTH_EXTRA[code]));
                    let (code, rest) = distance_code(distance);
                    self.code(distances, code);
                    self.put(rest, u32::from(DISTANCE_EXTRA[code]));
                }
            }
        }
        self.code(letters, END);
    }

    fn code(&mut self, code: &Code, symbol: usize) {
        self.put(u64::from(code.bits[symbol]), u32::from(code.lengths[symbol]));
    }

    fn put(&mut self, value: u64, width: u32) {
        self.bits |= value << self.filled;
        self.filled += width;
        while self.filled >= 8 {
            self.out.push(self.bits.to_le_bytes()[0]);
            self.bits >>= 8;
            self.filled -= 8;
        }
    }

    fn align(&mut self) {
        if self.filled > 0 {
            self.put(0, 8 - self.filled);
        }
    }
}

/// The code of a length and the value of its extra bits.
fn length_code(length: usize) -> (usize, u64) {
    if length == 258 {
        return (28, 0);
    }
    spread(length - 3, &LENGTH_EXTRA)
}

/// The code of a distance and the value of its extra bits.
fn distance_code(distance: usize) -> (usize, u64) {
    spread(distance - 1, &DISTANCE_EXTRA)
}

fn spread(value: usize, extra: &[u8]) -> (usize, u64) {
    let mut base = 0;
    for (code, bits) in extra.iter().enumerate() {
        let width = 1usize << bits;
        if value < base + width {
            return (code, (value - base) as u64);
        }
        base += width;
    }
    (extra.len() - 1, 0)
}

fn extra_bits(symbols: &[Symbol]) -> u64 {
    let bits = symbols.iter().map(|symbol| match *symbol {
        Symbol::Literal(_) => 0,
        Symbol::Repeat(distance, length) => {
            let length = LENGTH_EXTRA[length_code(length).0];
            u64::from(length) + u64::from(DISTANCE_EXTRA[distance_code(distance).0])
        }
    });
    bits.sum()
}

/// The lengths of both codes, run by run, and the code that they are written in.
struct RunLengths {
    runs: Vec<(usize, u64, u32)>,
    code: Code,
    /// How many lengths of that code are written.
    shown: usize,
}

impl RunLengths {
    fn cost(&self) -> u64 {
        let extra: u64 = self.runs.iter().map(|(_, _, width)| u64::from(*width)).sum();
        self.code.cost() + extra + 3 * self.shown as u64 + 5 + 5 + 4
    }
}

fn run_lengths(letters: &Code, distances: &Code) -> RunLengths {
    let mut runs = Vec::new();
    runs_of(&letters.lengths[..=letters.most], &mut runs);
    runs_of(&distances.lengths[..=distances.most], &mut runs);
    let mut counts = [0u32; 19];
    runs.iter().for_each(|(symbol, ..)| counts[*symbol] += 1);
    let code = Code::of(&counts, 7);
    let shown = ORDER.iter().rposition(|at| code.lengths[*at] != 0).unwrap_or(0).max(3) + 1;
    RunLengths { runs, code, shown }
}

fn runs_of(lengths: &[u8], runs: &mut Vec<(usize, u64, u32)>) {
    let mut before = None;
    let mut rest = lengths;
    while let Some(length) = rest.first() {
        let most = match (*length, before) {
            (0, _) => 138,
            (length, Some(before)) if length == before => 6,
            _ => 7,
        };
        let least = if most == 7 { 4 } else { 3 };
        let run = rest.iter().take(most).take_while(|other| *other == length).count();
        let symbol = usize::from(*length);
        if run < least {
            runs.extend(std::iter::repeat_n((symbol, 0, 0), run));
        } else if *length != 0 {
            let fresh = most == 7;
            runs.extend(fresh.then_some((symbol, 0, 0)));
            runs.push((16, (run - usize::from(fresh) - 3) as u64, 2));
        } else if run <= 10 {
            runs.push((17, (run - 3) as u64, 3));
        } else {
            runs.push((18, (run - 11) as u64, 7));
        }
        before = Some(*length);
        rest = &rest[run..];
    }
}
