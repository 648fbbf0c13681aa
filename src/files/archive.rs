//! A bounded look into files that are archives (xlsx, docx, hwpx). Nothing is unpacked anywhere: sizes are added up,
//! and every entry is inflated only to count that it is no larger than it says.

use super::look::Unsound;
use flate2::read::DeflateDecoder;
use std::io::Read;

/// All entries together, unpacked, in bytes.
const UNPACKED_BYTES_MAX: u64 = 200 * 1024 * 1024;
const ENTRIES_MAX: usize = 2_000;
/// The end record is 22 bytes and a comment of at most 65,535.
const END_BYTES_MAX: usize = 22 + 65_535;

const END: &[u8] = b"PK\x05\x06";
const CENTRAL: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?).into())
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?)).ok()
}

/// One entry of the central directory.
struct Entry<'a> {
    name: &'a [u8],
    encrypted: bool,
    method: usize,
    packed: usize,
    unpacked: usize,
    local: usize,
}

fn entries(bytes: &[u8]) -> Option<Vec<Entry<'_>>> {
    let tail = bytes.len().saturating_sub(END_BYTES_MAX);
    let end = tail + bytes.get(tail..)?.windows(4).rposition(|window| window == END)?;
    let count = u16_at(bytes, end + 10)?;
    let mut at = u32_at(bytes, end + 16)?;
    let mut found = Vec::new();
    for _ in 0..count {
        if bytes.get(at..at + 4)? != CENTRAL {
            return None;
        }
        let (name, extra, comment) = (u16_at(bytes, at + 28)?, u16_at(bytes, at + 30)?, u16_at(bytes, at + 32)?);
        found.push(Entry {
            name: bytes.get(at + 46..at + 46 + name)?,
            encrypted: u16_at(bytes, at + 8)? & 1 == 1,
            method: u16_at(bytes, at + 10)?,
            packed: u32_at(bytes, at + 20)?,
            unpacked: u32_at(bytes, at + 24)?,
            local: u32_at(bytes, at + 42)?,
        });
        at += 46 + name + extra + comment;
    }
    Some(found)
}

impl Entry<'_> {
    fn data<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        if bytes.get(self.local..self.local + 4)? != LOCAL {
            return None;
        }
        let start = self.local + 30 + u16_at(bytes, self.local + 26)? + u16_at(bytes, self.local + 28)?;
        bytes.get(start..start.checked_add(self.packed)?)
    }

    /// Whether the entry is exactly as large as it says.
    fn is_honest(&self, bytes: &[u8]) -> Option<bool> {
        let data = self.data(bytes)?;
        match self.method {
            0 => Some(data.len() == self.unpacked),
            8 => {
                let said = u64::try_from(self.unpacked).ok()?;
                let mut counted = DeflateDecoder::new(data).take(said + 1);
                Some(std::io::copy(&mut counted, &mut std::io::sink()).ok()? == said)
            }
            _ => None,
        }
    }
}

/// Refuses what is no archive of the kind its name says, what is locked, what would unpack to very much, and macros.
/// `folder` is where this kind keeps its content.
pub(super) fn look(bytes: &[u8], folder: &str) -> Result<(), Unsound> {
    let entries = entries(bytes).ok_or(Unsound::Broken)?;
    let total: u64 = entries.iter().map(|entry| u64::try_from(entry.unpacked).unwrap_or(u64::MAX)).sum();
    if entries.len() > ENTRIES_MAX || total > UNPACKED_BYTES_MAX {
        return Err(Unsound::Bomb);
    }
    if !entries.iter().any(|entry| entry.name.starts_with(folder.as_bytes())) {
        return Err(Unsound::Broken);
    }
    for entry in &entries {
        let name = String::from_utf8_lossy(entry.name).to_lowercase();
        if name.contains("vbaproject") || [".exe", ".js", ".vbs", ".bat"].iter().any(|ending| name.ends_with(ending)) {
            return Err(Unsound::Script);
        }
        let leaves = name.starts_with('/') || name.contains('\\') || name.split('/').any(|part| part == "..");
        if leaves || entry.encrypted {
            return Err(Unsound::Broken);
        }
        match entry.is_honest(bytes) {
            Some(true) => {}
            Some(false) => return Err(Unsound::Bomb),
            None => return Err(Unsound::Broken),
        }
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use flate2::{Compression, write::DeflateEncoder};
    use proptest::prelude::*;
    use std::io::Write;

    /// An archive of these entries; `said` is the size that its directory tells of each.
    pub fn zip(files: &[(&str, &[u8])], said: Option<u32>) -> Vec<u8> {
        let (mut out, mut directory) = (Vec::new(), Vec::new());
        for (name, content) in files {
            let mut packer = DeflateEncoder::new(Vec::new(), Compression::best());
            packer.write_all(content).unwrap();
            let packed = packer.finish().unwrap();
            let local = u32::try_from(out.len()).unwrap();
            let size = said.unwrap_or(u32::try_from(content.len()).unwrap());
            let mut header = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            header.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
            header.extend(size.to_le_bytes());
            header.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
            header.extend([0, 0]);
            out.extend(LOCAL);
            out.extend(&header);
            out.extend(name.as_bytes());
            out.extend(&packed);
            directory.extend(CENTRAL);
            directory.extend([20, 0]);
            directory.extend(&header);
            directory.extend([0; 10]);
            directory.extend(local.to_le_bytes());
            directory.extend(name.as_bytes());
        }
        let start = u32::try_from(out.len()).unwrap();
        let count = u16::try_from(files.len()).unwrap().to_le_bytes();
        out.extend(&directory);
        out.extend(END);
        out.extend([0; 4]);
        out.extend(count);
        out.extend(count);
        out.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
        out.extend(start.to_le_bytes());
        out.extend([0, 0]);
        out
    }

    #[test]
    fn an_archive_is_only_what_it_says() {
        let sound = zip(&[("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<w/>")], None);
        assert_eq!(look(&sound, "word/"), Ok(()));
        assert_eq!(look(&sound, "xl/"), Err(Unsound::Broken));
        assert_eq!(look(&sound[..sound.len() - 30], "word/"), Err(Unsound::Broken));
        let zeros = vec![0_u8; 3_000_000];
        let lie = zip(&[("word/document.xml", &zeros)], Some(10));
        assert_eq!(look(&lie, "word/"), Err(Unsound::Bomb));
        let claim = zip(&[("word/document.xml", b"x")], Some(u32::MAX - 1));
        assert_eq!(look(&claim, "word/"), Err(Unsound::Bomb));
        let macros = zip(&[("word/document.xml", b"x"), ("word/vbaProject.bin", b"x")], None);
        assert_eq!(look(&macros, "word/"), Err(Unsound::Script));
        let outside = zip(&[("word/document.xml", b"x"), ("../etc/passwd", b"x")], None);
        assert_eq!(look(&outside, "word/"), Err(Unsound::Broken));
        let many: Vec<(String, &[u8])> = (0..2_001).map(|n| (format!("word/{n}"), b"x".as_slice())).collect();
        let many: Vec<(&str, &[u8])> = many.iter().map(|(name, content)| (name.as_str(), *content)).collect();
        assert_eq!(look(&zip(&many, None), "word/"), Err(Unsound::Bomb));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..200) {
            let mut sound = zip(&[("word/document.xml", b"x")], None);
            let _ = look(&bytes, "word/");
            for (place, byte) in bytes.iter().enumerate().take(4) {
                let place = (at + place) % sound.len();
                sound[place] = *byte;
            }
            let _ = look(&sound, "word/");
        }
    }
}
