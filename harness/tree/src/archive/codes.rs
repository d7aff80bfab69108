//! Prefix codes of limited length, built as zlib builds them.
//!
//! Rules from zlib: trees.c (`build_tree`, `gen_bitlen`, `gen_codes`). Ties between equal
//! counts are broken by depth and by place in the heap, which decides the exact lengths.

/// A prefix code over a set of symbols.
#[derive(Debug, Clone)]
pub(super) struct Code {
    counts: Vec<u32>,
    /// Bits of each symbol, in the order in which they are written.
    pub(super) bits: Vec<u16>,
    /// How many bits each symbol has; 0 where it does not occur.
    pub(super) lengths: Vec<u8>,
    /// The last symbol that occurs.
    pub(super) most: usize,
}

impl Code {
    /// The code for symbols that occur so often, with at most so many bits.
    pub(super) fn of(counts: &[u32], longest: usize) -> Self {
        let forest = Forest::grow(counts);
        let lengths = forest.lengths(counts.len(), longest);
        let most = forest.most;
        let bits = bits_of(&lengths);
        Self { counts: counts.to_vec(), bits, lengths, most }
    }

    /// Bits that all its symbols take.
    pub(super) fn cost(&self) -> u64 {
        self.cost_in(self)
    }

    /// Bits that all its symbols take in another code.
    pub(super) fn cost_in(&self, other: &Self) -> u64 {
        let each = self.counts.iter().zip(&other.lengths);
        each.map(|(count, length)| u64::from(*count) * u64::from(*length)).sum()
    }
}

/// The fixed codes of letters and distances.
pub(super) fn fixed() -> (Code, Code) {
    let lengths: Vec<u8> = (0..288)
        .map(|symbol| match symbol {
            0..144 => 8,
            144..256 => 9,
            256..280 => 7,
            _ => 8,
        })
        .collect();
    let code = |lengths: Vec<u8>| Code {
        counts: Vec::new(),
        bits: bits_of(&lengths),
        most: lengths.len() - 1,
        lengths,
    };
    (code(lengths), code(vec![5; 30]))
}

/// Codes of the same length follow each other; each is written from its last bit.
fn bits_of(lengths: &[u8]) -> Vec<u16> {
    let mut next = [0u16; 17];
    let mut code = 0;
    for length in 1..=15u8 {
        let shorter = lengths.iter().filter(|known| **known == length - 1 && length > 1).count();
        code = (code + u16::try_from(shorter).unwrap_or(0)) << 1;
        next[usize::from(length)] = code;
    }
    let of = |length: &u8| {
        if *length == 0 {
            return 0;
        }
        let code = next[usize::from(*length)];
        next[usize::from(*length)] += 1;
        code.reverse_bits() >> (16 - u16::from(*length))
    };
    lengths.iter().map(of).collect()
}

/// The tree of the counts, and the order in which its nodes were taken from the heap.
struct Forest {
    counts: Vec<u32>,
    depths: Vec<u8>,
    parents: Vec<usize>,
    heap: Vec<usize>,
    /// Nodes by falling count: the root first.
    order: Vec<usize>,
    most: usize,
}

impl Forest {
    fn grow(counts: &[u32]) -> Self {
        let symbols = counts.len();
        let mut forest = Self {
            counts: counts.to_vec(),
            depths: vec![0; symbols],
            parents: vec![0; symbols],
            heap: vec![0],
            order: Vec::new(),
            most: 0,
        };
        forest.plant(symbols);
        for at in (1..forest.heap.len().div_ceil(2)).rev() {
            forest.sink(at);
        }
        while forest.heap.len() > 2 {
            forest.join();
        }
        forest.order.push(forest.heap[1]);
        forest.order.reverse();
        forest
    }

    /// Puts every symbol that occurs into the heap, at least two in any case.
    fn plant(&mut self, symbols: usize) {
        for symbol in (0..symbols).filter(|symbol| self.counts[*symbol] > 0) {
            self.heap.push(symbol);
            self.most = symbol;
        }
        let mut most = self.heap.get(1).map(|_| self.most);
        while self.heap.len() < 3 {
            let forced = match most {
                None => 0,
                Some(most) if most < 2 => most + 1,
                Some(_) => 0,
            };
            if most.is_none_or(|most| most < 2) {
                most = Some(forced);
                self.most = forced;
            }
            self.heap.push(forced);
            self.counts[forced] = 1;
        }
    }

    /// Makes one node of the two rarest.
    fn join(&mut self) {
        let rarest = self.heap[1];
        let last = self.heap.pop().unwrap_or_default();
        self.heap[1] = last;
        self.sink(1);
        let other = self.heap[1];
        self.order.extend([rarest, other]);
        let node = self.counts.len();
        self.counts.push(self.counts[rarest] + self.counts[other]);
        self.depths.push(self.depths[rarest].max(self.depths[other]) + 1);
        self.parents.push(0);
        self.parents[rarest] = node;
        self.parents[other] = node;
        self.heap[1] = node;
        self.sink(1);
    }

    fn is_smaller(&self, one: usize, other: usize) -> bool {
        (self.counts[one], self.depths[one]) <= (self.counts[other], self.depths[other])
    }

    fn sink(&mut self, mut at: usize) {
        let sinking = self.heap[at];
        let last = self.heap.len() - 1;
        let mut below = at * 2;
        while below <= last {
            if below < last && self.is_smaller(self.heap[below + 1], self.heap[below]) {
                below += 1;
            }
            if self.is_smaller(sinking, self.heap[below]) {
                break;
            }
            self.heap[at] = self.heap[below];
            at = below;
            below *= 2;
        }
        self.heap[at] = sinking;
    }

    /// The length of each symbol's code; what is too long is moved up as zlib does.
    fn lengths(&self, symbols: usize, longest: usize) -> Vec<u8> {
        let mut lengths = vec![0usize; self.counts.len()];
        let mut of_length = vec![0usize; longest + 2];
        let mut too_long = 0;
        for node in self.order.iter().skip(1) {
            let length = lengths[self.parents[*node]] + 1;
            too_long += usize::from(length > longest);
            lengths[*node] = length.min(longest);
            if *node < symbols {
                of_length[length.min(longest)] += 1;
            }
        }
        if too_long > 0 {
            shorten(&mut of_length, longest, too_long);
            let mut leaves = self.order.iter().rev().filter(|node| **node < symbols);
            for length in (1..=longest).rev() {
                for node in leaves.by_ref().take(of_length[length]) {
                    lengths[*node] = length;
                }
            }
        }
        lengths[..symbols].iter().map(|length| u8::try_from(*length).unwrap_or(15)).collect()
    }
}

fn shorten(of_length: &mut [usize], longest: usize, mut too_long: usize) {
    while too_long > 0 {
        let Some(from) = (1..longest).rev().find(|length| of_length[*length] > 0) else { return };
        of_length[from] -= 1;
        of_length[from + 1] += 2;
        of_length[longest] -= 1;
        too_long = too_long.saturating_sub(2);
    }
}
