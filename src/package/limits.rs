//! What a package may cost. The values are parameters; nothing in this room has a limit that is not named here.

/// The limits within which a package is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Entries, folders included.
    pub entries: u64,
    /// Bytes of all files once unpacked; for a compressed tar, bytes of the tar.
    pub unpacked_bytes: u64,
    /// Unpacked bytes per packed byte, for each file of a ZIP and for a compressed tar as a whole.
    pub ratio: u64,
    /// Unpacked bytes below which the ratio is not looked at: small files may compress well.
    pub ratio_floor_bytes: u64,
    /// Bytes of an entry's name.
    pub path_bytes: usize,
    /// Bytes of one step of a name, between two `/`: what common file systems hold.
    pub step_bytes: usize,
    /// Bytes of the manifest.
    pub manifest_bytes: u64,
}

impl Default for Limits {
    /// A million entries, 1 TiB unpacked, a thousandfold compression beyond 64 MiB, names of 1024 bytes in steps of 255,
    /// a manifest of 4 GiB.
    fn default() -> Self {
        Self {
            entries: 1_000_000,
            unpacked_bytes: 1 << 40,
            ratio: 1_000,
            ratio_floor_bytes: 64 << 20,
            path_bytes: 1024,
            step_bytes: 255,
            manifest_bytes: 4 << 30,
        }
    }
}

impl Limits {
    /// Whether so many unpacked bytes from so many packed ones are a bomb.
    pub(super) fn is_bomb(&self, unpacked: u64, packed: u64) -> bool {
        unpacked > self.ratio_floor_bytes && unpacked / self.ratio.max(1) >= packed.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_is_beyond_the_floor_and_beyond_the_ratio() {
        let limits = Limits { ratio: 10, ratio_floor_bytes: 1_000, ..Limits::default() };
        assert!(!limits.is_bomb(1_000, 1));
        assert!(limits.is_bomb(1_001, 100));
        assert!(!limits.is_bomb(1_001, 101));
        assert!(limits.is_bomb(1_001, 0));
    }
}
