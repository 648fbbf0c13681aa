//! A bounded look into a PDF: how many pages it has, and whether it would run something when it is opened.
//! Streams are passed over, but for object streams, in which newer files keep their pages.

use super::look::Unsound;
use flate2::read::ZlibDecoder;
use std::io::Read;

/// All object streams of one file together, unpacked, in bytes; what is beyond is not looked at.
const UNPACKED_BYTES_MAX: u64 = 30 * 1024 * 1024;

/// Names that make a reader run or start something.
const ACTIVE: [&[u8]; 4] = [b"/JavaScript", b"/JS", b"/Launch", b"/RichMedia"];

fn find(bytes: &[u8], what: &[u8], from: usize) -> Option<usize> {
    let first = *what.first()?;
    let mut at = from;
    while let Some(step) = bytes.get(at..)?.iter().position(|byte| *byte == first) {
        at += step;
        if bytes[at..].starts_with(what) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// A name ends where a delimiter or white space follows.
fn ends(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'#')
}

/// Names may spell their letters in hexadecimal: `/J#53` is `/JS`.
fn plain(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let spelled = (bytes[at] == b'#')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        match spelled {
            Some(letter) => {
                out.push(letter);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}

/// What one stretch of objects says: pages begun and something to run.
fn read(objects: &[u8]) -> (i64, bool) {
    let objects = plain(objects);
    let active = ACTIVE.iter().any(|name| {
        let mut from = 0;
        while let Some(at) = find(&objects, name, from) {
            if ends(&objects, at + name.len()) {
                return true;
            }
            from = at + 1;
        }
        false
    });
    let (mut pages, mut from) = (0, 0);
    while let Some(at) = find(&objects, b"/Type", from) {
        from = at + 5;
        let rest = &objects[from..];
        let blank = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if rest[blank..].starts_with(b"/Page") && ends(rest, blank + 5) {
            pages += 1;
        }
    }
    (pages, active)
}

/// The pages, when they could be counted; refuses what runs something.
pub(super) fn look(bytes: &[u8]) -> Result<Option<i64>, Unsound> {
    let (mut pages, mut left, mut from) = (0, UNPACKED_BYTES_MAX, 0);
    loop {
        let stream = find(bytes, b"stream", from);
        let (found, active) = read(&bytes[from..stream.unwrap_or(bytes.len())]);
        if active {
            return Err(Unsound::Script);
        }
        pages += found;
        let Some(start) = stream else { break };
        let end = find(bytes, b"endstream", start).unwrap_or(bytes.len());
        let begins = find(&bytes[from..start], b"/ObjStm", 0).is_some();
        if begins && left > 0 {
            let data = &bytes[start + 6..end];
            let blank = data.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            let mut objects = Vec::new();
            let mut unpacker = ZlibDecoder::new(&data[blank..]).take(left);
            // A stream that breaks off has said what it said before.
            let _ = unpacker.read_to_end(&mut objects);
            left = left.saturating_sub(objects.len() as u64);
            let (found, active) = read(&objects);
            if active {
                return Err(Unsound::Script);
            }
            pages += found;
        }
        from = (end + 9).min(bytes.len());
    }
    Ok((pages > 0).then_some(pages))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::ZlibEncoder};
    use proptest::prelude::*;
    use std::io::Write;

    #[test]
    fn pages_are_counted_and_nothing_is_run() {
        let plain = b"%PDF-1.7\n1 0 obj<</Type/Pages/Kids[2 0 R 3 0 R]>>endobj\n2 0 obj<</Type /Page>>endobj 3 0 obj<</Type/Page/X 1>>";
        assert_eq!(look(plain), Ok(Some(2)));
        assert_eq!(look(b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj"), Ok(None));
        let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
        packer.write_all(b"<</Type/Page>> <</Type/Page>> <</Type/Page>>").unwrap();
        let mut packed = b"%PDF-1.7\n1 0 obj<</Type/ObjStm/Filter/FlateDecode>>stream\r\n".to_vec();
        packed.extend(packer.finish().unwrap());
        packed.extend(b"\nendstream endobj");
        assert_eq!(look(&packed), Ok(Some(3)));
        for active in
            ["/OpenAction<</S/JavaScript/JS(app.alert(1))>>", "/AA<</O<</S /J#53 (x)>>>>", "/A<</S/Launch/F(x)>>"]
        {
            let text = format!("%PDF-1.7\n1 0 obj<</Type/Catalog{active}>>endobj");
            assert_eq!(look(text.as_bytes()), Err(Unsound::Script), "{active}");
        }
        // A picture's bytes say nothing.
        assert_eq!(
            look(b"%PDF-1.7 1 0 obj<</Type/Page>>endobj 2 0 obj<<>>stream\n/JS (x) /Type/Page\nendstream"),
            Ok(Some(1))
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = look(&bytes);
            let _ = look(&[b"<</ObjStm>>stream", bytes.as_slice(), b"endstream /Type/Page#5"].concat());
        }
    }
}
