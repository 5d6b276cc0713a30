//! What a medium promises of a block that is overwritten: judged by the file system that holds a volume.
//!
//! Nothing is said of what lies below it: a flash drive keeps blocks aside, an array takes snapshots, and no system call
//! tells.

use std::{fs, os::unix::fs::MetadataExt as _, path::Path};

/// Why it cannot be promised that overwritten bytes are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doubt {
    /// The file system writes anew elsewhere: the former blocks stay until it takes them again (Btrfs, ZFS, overlay…).
    CopyOnWrite,
    /// The file system writes files' bytes into its journal too (`data=journal`).
    JournalledData,
    /// What is done with a block is not known here: a network's file system, one in user space, one not known.
    UnknownMedium,
    /// Another name stood for the same bytes, so that they were left alone.
    Linked,
    /// The medium refused to write over some blocks.
    Unwritable,
}

impl Doubt {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::CopyOnWrite, Self::JournalledData, Self::UnknownMedium, Self::Linked, Self::Unwritable];

    /// The word of programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::CopyOnWrite => "copy-on-write",
            Self::JournalledData => "journalled-data",
            Self::UnknownMedium => "unknown-medium",
            Self::Linked => "linked",
            Self::Unwritable => "unwritable",
        }
    }

    /// Why, as a French sentence.
    pub const fn french(self) -> &'static str {
        match self {
            Self::CopyOnWrite => {
                "Le système de fichiers écrit ailleurs ce qui est remplacé (Btrfs, ZFS, overlay…) : les anciens blocs \
                 restent lisibles jusqu’à leur réemploi, et dans tout instantané."
            }
            Self::JournalledData => {
                "Le système de fichiers recopie les contenus dans son journal (data=journal), où ils restent lisibles \
                 jusqu’à leur réemploi."
            }
            Self::UnknownMedium => {
                "Le support est distant ou inconnu : rien n’assure que les blocs effacés ont été remplacés sur place."
            }
            Self::Linked => {
                "Un autre nom désignait les mêmes octets (lien physique) : ils n’ont pas été remplacés, pour ne rien \
                 détruire d’autre."
            }
            Self::Unwritable => "Le support a refusé de récrire certains blocs.",
        }
    }
}

/// File systems that overwrite a block where it stands: ext2 to ext4, XFS, tmpfs, ramfs, FAT, exFAT, JFS.
const IN_PLACE: [u64; 7] = [0xEF53, 0x5846_5342, 0x0102_1994, 0x8584_58F6, 0x4D44, 0x2011_BAB0, 0x3153_464A];

/// File systems that never do: Btrfs, ZFS, bcachefs, F2FS, NILFS, overlay.
const ELSEWHERE: [u64; 6] = [0x9123_683E, 0x2FC1_2FC1, 0xCA45_1A4E, 0xF2F5_2010, 0x3434, 0x794C_7630];

/// What cannot be promised of blocks that are overwritten below `root`.
pub(super) fn doubt(root: &Path) -> Option<Doubt> {
    let kind = rustix::fs::statfs(root).ok().and_then(|found| u64::try_from(found.f_type).ok());
    match kind {
        Some(kind) if ELSEWHERE.contains(&kind) => Some(Doubt::CopyOnWrite),
        Some(kind) if IN_PLACE.contains(&kind) => journals_data(root).then_some(Doubt::JournalledData),
        _ => Some(Doubt::UnknownMedium),
    }
}

/// Whether the file system was mounted with `data=journal`.
fn journals_data(root: &Path) -> bool {
    let Ok(device) = fs::metadata(root).map(|metadata| metadata.dev()) else { return false };
    let number = format!("{}:{}", rustix::fs::major(device), rustix::fs::minor(device));
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    mounts.lines().any(|mount| says_data_journal(mount, &number))
}

/// Whether a line of `mountinfo` is of this device and says so (`proc(5)`: the third field, the last one).
fn says_data_journal(mount: &str, device: &str) -> bool {
    let mut fields = mount.split(' ');
    fields.nth(2) == Some(device)
        && mount.rsplit(' ').next().is_some_and(|options| options.split(',').any(|option| option == "data=journal"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_with_journalled_data_is_told_by_its_device() {
        let mount = "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext4 /dev/root rw,errors=continue,data=journal";
        assert!(says_data_journal(mount, "98:0"));
        assert!(!says_data_journal(mount, "98:1"));
        assert!(!says_data_journal(&mount.replace("data=journal", "data=ordered"), "98:0"));
    }

    #[test]
    fn a_folder_that_is_not_there_promises_nothing() {
        assert_eq!(doubt(Path::new("/nowhere/at/all")), Some(Doubt::UnknownMedium));
    }
}
