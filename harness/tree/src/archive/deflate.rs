//! Deflate: finding what repeats, as zlib does at its default level.
//!
//! Rules from zlib: deflate_slow and longest_match with good 8, lazy 16, nice 128, chain 128.
//! Positions count from the start of the input; zlib's sliding changes none of the choices.

use super::blocks::Writer;

const WINDOW: usize = 1 << 15;
const SHORTEST: usize = 3;
const LONGEST: usize = 258;
/// How far back a match may begin: zlib keeps room for one longest match.
const FARTHEST: usize = WINDOW - (LONGEST + SHORTEST + 1);
/// A match of three bytes that lies farther back costs more than it saves.
const TOO_FAR: usize = 4096;
const GOOD: usize = 8;
const LAZY: usize = 16;
const NICE: usize = 128;
const CHAIN: usize = 128;

/// The input and the chains of places where three bytes have been seen.
struct Finder<'a> {
    input: &'a [u8],
    head: Vec<usize>,
    previous: Vec<usize>,
    start: usize,
}

impl Finder<'_> {
    /// Notes the three bytes at a place; gives where they, or others of the same sum, were last.
    fn note(&mut self, at: usize) -> usize {
        let Some([a, b, c]) = self.input.get(at..at + SHORTEST) else { return 0 };
        let sum = ((usize::from(*a) << 10) ^ (usize::from(*b) << 5) ^ usize::from(*c)) & 0x7fff;
        let last = self.head[sum];
        self.previous[at % WINDOW] = last;
        self.head[sum] = at;
        last
    }

    /// The longest match for a place that is longer than `known`, else `known`.
    fn longest(&mut self, at: usize, mut candidate: usize, known: usize) -> usize {
        let left = self.input.len() - at;
        let most = left.min(LONGEST);
        let limit = at.saturating_sub(FARTHEST);
        let mut chain = if known >= GOOD { CHAIN / 4 } else { CHAIN };
        let nice = NICE.min(left);
        let mut best = known;
        loop {
            let length = if best < most { self.length(candidate, at, best, most) } else { 0 };
            if length > best {
                self.start = candidate;
                best = length;
                if length >= nice {
                    break;
                }
            }
            candidate = self.previous[candidate % WINDOW];
            chain -= 1;
            if candidate <= limit || chain == 0 {
                break;
            }
        }
        best.min(left)
    }

    fn length(&self, candidate: usize, at: usize, best: usize, most: usize) -> usize {
        let (old, new) = (&self.input[candidate..], &self.input[at..]);
        if old[best] != new[best] || old[best - 1] != new[best - 1] {
            return 0;
        }
        old.iter().zip(&new[..most]).take_while(|(one, other)| one == other).count()
    }
}

/// The bytes compressed as one raw deflate stream.
pub(super) fn deflate(input: &[u8]) -> Vec<u8> {
    let mut finder = Finder { input, head: vec![0; WINDOW], previous: vec![0; WINDOW], start: 0 };
    let mut out = Writer::new(input);
    let (mut at, mut length, mut pending) = (0, SHORTEST - 1, false);
    while at < input.len() {
        let last = finder.note(at);
        let (before, before_start) = (length, finder.start);
        length = SHORTEST - 1;
        if last != 0 && before < LAZY && at - last <= FARTHEST {
            length = finder.longest(at, last, before);
            if length == SHORTEST && at - finder.start > TOO_FAR {
                length = SHORTEST - 1;
            }
        }
        if before >= SHORTEST && length <= before {
            out.repeat(at - 1 - before_start, before);
            let end = at + before - 1;
            for skipped in at + 1..end {
                finder.note(skipped);
            }
            at = end;
            (pending, length) = (false, SHORTEST - 1);
            out.flush_if_full(at);
        } else {
            if pending {
                out.literal(input[at - 1]);
                out.flush_if_full(at);
            }
            pending = true;
            at += 1;
        }
    }
    if pending {
        out.literal(input[at - 1]);
    }
    out.finish()
}
