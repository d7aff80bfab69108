//! Seeded random numbers and the ids made from them.

/// The number a run is reproduced from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seed(pub u64);

impl Seed {
    /// A stream of its own for a purpose, so that one user of randomness never shifts another's.
    #[must_use]
    pub fn stream(self, purpose: &str) -> Random {
        let mut state = self.0 ^ 0xcbf2_9ce4_8422_2325;
        for byte in purpose.bytes() {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Random { state }
    }
}

/// A deterministic stream of random numbers (SplitMix64).
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
}

/// The letters of generated names (Kubernetes: apimachinery `util/rand`).
const ALPHANUMS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

impl Random {
    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 for a bound of 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// A fraction from 0 (included) to 1 (excluded).
    pub fn fraction(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A version 4 UUID in its usual text form.
    pub fn uid(&mut self) -> String {
        let (high, low) = (self.next_u64(), self.next_u64());
        let high = (high & !0xf000) | 0x4000;
        let low = (low & !(0b11 << 62)) | (0b10 << 62);
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }

    /// The random end of a generated name, as Kubernetes makes it.
    pub fn name_suffix(&mut self, length: usize) -> String {
        let letters = ALPHANUMS.len() as u64;
        (0..length).map(|_| char::from(ALPHANUMS[self.below(letters) as usize])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_stream_and_purposes_do_not_mix() {
        let ids = |seed, purpose| {
            let mut random = Seed(seed).stream(purpose);
            (random.uid(), random.name_suffix(5), random.below(10) < 10)
        };
        assert_eq!(ids(7, "uid"), ids(7, "uid"));
        assert_ne!(ids(7, "uid"), ids(8, "uid"));
        assert_ne!(ids(7, "uid"), ids(7, "jitter"));
        assert_eq!(ids(0, "uid").0.len(), 36);
    }
}
