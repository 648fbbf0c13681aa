//! Untrusted XML: what stands between somebody's bytes and the parser: size, encoding, and one pass over the tags.
//!
//! The pass ends tags, comments and instructions exactly where `roxmltree` does, so nothing can hide from it. It keeps
//! the parser away from entity expansion and from the places where its time grows faster than the document:
//! attributes of one element and namespaces in scope.

use std::borrow::Cow;

use roxmltree::{Document, Error, ParsingOptions, TextPos};

/// Why a document was not read at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum XmlTrouble {
    /// More than [`MAX_BYTES`].
    TooLarge,
    /// The bytes are not the UTF-8 (or, by its first bytes, the UTF-16) they should be.
    NotUtf8,
    /// The XML declaration names an encoding that is not read here, such as `euc-kr`.
    UnsupportedEncoding { declared: String },
    /// A document type or entity declaration: refused before parsing, expanded or fetched never.
    Dtd,
    /// Elements nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// More than [`MAX_NODES`] nodes or attributes, or [`MAX_OPEN_ATTRIBUTES`] attributes in one place.
    TooManyNodes,
    /// Not well-formed XML; line and column count from 1.
    Malformed { line: u32, column: u32 },
}

/// The largest document that is looked at.
pub const MAX_BYTES: usize = 5 * 1024 * 1024;
/// The deepest nesting of elements; EN 16931 needs 7.
pub const MAX_DEPTH: usize = 64;
/// The most nodes, and the most attributes; an indented invoice of 5 MiB has about 310,000 nodes.
pub const MAX_NODES: usize = 400_000;
/// The most attributes, namespace declarations among them, on one element and all those around it.
pub const MAX_OPEN_ATTRIBUTES: usize = 128;
/// An element that declares a namespace costs the parser the square of all those in scope. This is the most of it,
/// summed over elements with attributes: enough for 100,000 of them that each repeat a declaration, as .NET writes.
const MAX_ATTRIBUTE_WORK: usize = 64_000_000;

/// The document as text, without a byte order mark.
///
/// Read are UTF-8, UTF-16 (by its first bytes), US-ASCII and ISO-8859-1. A declared UTF-16 that is none is read as
/// UTF-8: .NET writes such files.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, XmlTrouble> {
    if bytes.len() > MAX_BYTES {
        return Err(XmlTrouble::TooLarge);
    }
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [b'<', 0, ..] => utf16(bytes, u16::from_le_bytes),
        [0, b'<', ..] => utf16(bytes, u16::from_be_bytes),
        _ => decode_as_declared(bytes),
    }
}

fn decode_as_declared(bytes: &[u8]) -> Result<Cow<'_, str>, XmlTrouble> {
    let declared = declared_encoding(bytes).unwrap_or_default();
    match declared.to_ascii_lowercase().as_str() {
        "" | "utf-8" | "utf8" | "utf-16" | "us-ascii" => utf8(bytes),
        "iso-8859-1" => Ok(bytes.iter().copied().map(char::from).collect()),
        _ => Err(XmlTrouble::UnsupportedEncoding { declared }),
    }
}

/// `encoding="…"` of an XML declaration within the first 256 bytes.
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(256)]);
    let (declaration, _) = head.strip_prefix("<?xml")?.split_once("?>")?;
    let (_, after) = declaration.split_once("encoding")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (name, _) = value[1..].split_once(quote)?;
    Some(name.to_owned())
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, XmlTrouble> {
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| XmlTrouble::NotUtf8)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, XmlTrouble> {
    let (pairs, []) = bytes.as_chunks::<2>() else {
        return Err(XmlTrouble::NotUtf8);
    };
    char::decode_utf16(pairs.iter().copied().map(unit))
        .collect::<Result<String, _>>()
        .map(Cow::Owned)
        .map_err(|_| XmlTrouble::NotUtf8)
}

/// Parses what [`decode`] gave, once [`check`] let it through.
pub fn parse(text: &str) -> Result<Document<'_>, XmlTrouble> {
    check(text)?;
    let options = ParsingOptions { nodes_limit: MAX_NODES as u32, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| trouble(&error, text))
}

fn trouble(error: &Error, text: &str) -> XmlTrouble {
    let at = match error {
        Error::DtdDetected => return XmlTrouble::Dtd,
        Error::NodesLimitReached | Error::AttributesLimitReached | Error::NamespacesLimitReached => {
            return XmlTrouble::TooManyNodes;
        }
        Error::NoRootNode | Error::UnclosedRootNode | Error::UnexpectedEndOfStream => end_of(text),
        positioned => positioned.pos(),
    };
    XmlTrouble::Malformed { line: at.row, column: at.col }
}

fn end_of(text: &str) -> TextPos {
    let last_line = text.rsplit('\n').next().unwrap_or_default();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    TextPos::new(count(text.matches('\n').count() + 1), count(last_line.chars().count() + 1))
}

/// Refuses what must not reach the parser: declarations, depth, and too many nodes or attributes.
fn check(text: &str) -> Result<(), XmlTrouble> {
    let mut open: Vec<usize> = Vec::new();
    let mut open_attributes = 0;
    let mut elements = 0;
    let mut attribute_work = 0;
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (markup, after) = next_markup(&rest[at..])?;
        rest = after;
        match markup {
            Markup::Start { attributes, empty } => {
                let around = open_attributes + attributes;
                elements += 1;
                attribute_work += if attributes > 0 { around * around } else { 0 };
                if elements > MAX_NODES || around > MAX_OPEN_ATTRIBUTES || attribute_work > MAX_ATTRIBUTE_WORK {
                    return Err(XmlTrouble::TooManyNodes);
                }
                if open.len() == MAX_DEPTH {
                    return Err(XmlTrouble::TooDeep);
                }
                if !empty {
                    open.push(attributes);
                    open_attributes = around;
                }
            }
            Markup::End => open_attributes -= open.pop().unwrap_or(0),
            Markup::Other => {}
        }
    }
    check_reservations(text)
}

/// `roxmltree` reserves room for a node per `<` and an attribute per `=` before it reads, in comments and text too.
fn check_reservations(text: &str) -> Result<(), XmlTrouble> {
    let count = |wanted: u8| text.bytes().filter(|byte| *byte == wanted).count();
    if count(b'<') > MAX_NODES || count(b'=') > MAX_NODES {
        return Err(XmlTrouble::TooManyNodes);
    }
    Ok(())
}

enum Markup {
    Start { attributes: usize, empty: bool },
    End,
    Other,
}

/// The markup that `text` begins with, and what follows it.
fn next_markup(text: &str) -> Result<(Markup, &str), XmlTrouble> {
    if let Some(comment) = text.strip_prefix("<!--") {
        Ok((Markup::Other, after(comment, "-->")))
    } else if let Some(cdata) = text.strip_prefix("<![CDATA[") {
        Ok((Markup::Other, after(cdata, "]]>")))
    } else if text.starts_with("<!") {
        Err(XmlTrouble::Dtd)
    } else if text.starts_with("<?xml ") {
        // Only here may "?>" stand in quotes without ending the instruction.
        Ok((Markup::Other, tag(text).1))
    } else if let Some(instruction) = text.strip_prefix("<?") {
        Ok((Markup::Other, after(instruction, "?>")))
    } else if let Some(end) = text.strip_prefix("</") {
        Ok((Markup::End, after(end, ">")))
    } else {
        Ok(tag(text))
    }
}

/// A start tag, which ends at the first `>` outside quotes; each quoted value is an attribute.
fn tag(text: &str) -> (Markup, &str) {
    let mut attributes = 0;
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\'', '>']) {
        let (before, found) = rest.split_at(at);
        let (delimiter, next) = found.split_at(1);
        if delimiter == ">" {
            let empty = before.ends_with('/');
            return (Markup::Start { attributes, empty }, next);
        }
        attributes += 1;
        rest = after(next, delimiter);
    }
    let empty = false;
    (Markup::Start { attributes, empty }, "")
}

fn after<'t>(text: &'t str, end: &str) -> &'t str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nested(depth: usize) -> String {
        "<a>".repeat(depth) + &"</a>".repeat(depth)
    }

    #[test]
    fn text_is_decoded_by_its_first_bytes_then_as_declared() {
        let text = "<a>한글 é</a>";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let declared = format!("<?xml version='1.0' encoding = 'UTF-16'?>{text}");
        assert_eq!(decode(text.as_bytes()).unwrap(), text);
        assert_eq!(decode(&[&[0xEF, 0xBB, 0xBF], text.as_bytes()].concat()).unwrap(), text);
        assert_eq!(decode(&[&[0xFF, 0xFE], &le[..]].concat()).unwrap(), text);
        assert_eq!(decode(&[&[0xFE, 0xFF], &be[..]].concat()).unwrap(), text);
        assert_eq!(decode(&le).unwrap(), text);
        assert_eq!(decode(&be).unwrap(), text);
        assert_eq!(decode(declared.as_bytes()).unwrap(), declared);
        let latin = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xE9</a>";
        assert!(decode(latin).unwrap().ends_with("<a>é</a>"));
    }

    #[test]
    fn other_bytes_are_refused() {
        let trouble = |bytes: &[u8]| decode(bytes).unwrap_err();
        let declared = "EUC-KR".to_owned();
        assert_eq!(
            trouble(b"<?xml version=\"1.0\" encoding=\"EUC-KR\"?><a>\xC7\xD1</a>"),
            XmlTrouble::UnsupportedEncoding { declared }
        );
        assert_eq!(trouble(b"<a>\xC7\xD1</a>"), XmlTrouble::NotUtf8);
        assert_eq!(trouble(b"\xFF\xFE<"), XmlTrouble::NotUtf8);
        assert_eq!(trouble(b"\xFF\xFE\x00\xD8<\x00"), XmlTrouble::NotUtf8);
        assert_eq!(trouble(&vec![b' '; MAX_BYTES + 1]), XmlTrouble::TooLarge);
        assert!(decode(&vec![b' '; MAX_BYTES]).is_ok());
    }

    #[test]
    fn declarations_are_refused_and_words_about_them_are_not() {
        for refused in [
            "<!DOCTYPE a><a/>",
            "<?xml version='1.0'?>\n<!-- x --><!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
            "<a><!ENTITY x 'y'></a>",
            "<!doctype html>",
        ] {
            assert_eq!(check(refused), Err(XmlTrouble::Dtd), "{refused}");
        }
        for read in
            ["<a><!-- -> <!DOCTYPE a> --></a>", "<a><![CDATA[<!ENTITY x 'y'>]]></a>", "<?pi <!DOCTYPE a> ?><a/>"]
        {
            assert_eq!(check(read), Ok(()), "{read}");
        }
    }

    #[test]
    fn depth_is_counted_whatever_stands_around() {
        assert_eq!(check(&nested(MAX_DEPTH)), Ok(()));
        let deep = nested(MAX_DEPTH + 1);
        assert_eq!(check(&deep), Err(XmlTrouble::TooDeep));
        for hidden in [
            format!("<?xml version='?><!--'?>{deep}<!-- -->"),
            format!("<!-- '\" -->{deep}"),
            format!("<?a ' ?>{deep}"),
            format!("<a b='>' c=\"/>\">{deep}</a>"),
            format!("<a><![CDATA[</a>]]>{deep}</a>"),
        ] {
            assert_eq!(check(&hidden), Err(XmlTrouble::TooDeep), "{hidden}");
        }
    }

    #[test]
    fn siblings_and_closed_attributes_do_not_add_up() {
        let wide = format!("<a>{}</a>", "<b c='1' d='2'/><e f='3'></e>".repeat(1000));
        assert_eq!(check(&wide), Ok(()));
    }

    #[test]
    fn attributes_are_counted_along_the_open_elements() {
        let many = |count: usize| -> String { (0..count).map(|n| format!(" a{n}=''")).collect() };
        let [half, most] = [MAX_OPEN_ATTRIBUTES / 2, MAX_OPEN_ATTRIBUTES].map(many);
        assert_eq!(check(&format!("<a{half}><b{half}/></a>")), Ok(()));
        let too_many = Err(XmlTrouble::TooManyNodes);
        assert_eq!(check(&format!("<a{half}><b{half}><c x=''/></b></a>")), too_many);
        assert_eq!(check(&format!("<a x=''{most}/>")), too_many);
    }

    #[test]
    fn namespaces_declared_again_and_again_are_refused_only_where_they_cost() {
        let scope: String = (0..126).map(|n| format!(" xmlns:n{n}='u'")).collect();
        let again = |scope: &str, times: usize| check(&format!("<a{scope}>{}</a>", "<b xmlns='u'/>".repeat(times)));
        assert_eq!(again(&scope, 10_000), Err(XmlTrouble::TooManyNodes));
        assert_eq!(again(&scope[..scope.len() / 8], 100_000), Ok(()));
    }

    #[test]
    fn what_the_parser_would_reserve_room_for_is_counted_too() {
        let too_many = Err(XmlTrouble::TooManyNodes);
        assert_eq!(check(&format!("<a>{}</a>", "<b/>".repeat(MAX_NODES))), too_many);
        assert_eq!(check(&format!("<a><!-- {} --></a>", "<".repeat(MAX_NODES))), too_many);
        assert_eq!(check(&format!("<a>{}</a>", "=".repeat(MAX_NODES + 1))), too_many);
    }

    fn depth_of(document: &Document) -> usize {
        let elements = document.descendants().filter(|node| node.is_element());
        elements.map(|node| node.ancestors().count() - 1).max().unwrap_or(0)
    }

    fn pieces() -> impl Strategy<Value = String> {
        let deep = nested(MAX_DEPTH);
        let piece = prop::sample::select(vec![
            "<?xml version='1.0'?>",
            "<?xml version=\"?>\"?>",
            "<?xml version='?><!--'?>",
            "<?xml\tx='",
            "<?p ",
            "?>",
            "->",
            "<!--",
            "-->",
            " -",
            "<![CDATA[",
            "]]>",
            "<a>",
            "</a>",
            "<a b='",
            "<a b=\"",
            "'",
            "\"",
            "/>",
            ">",
            "/",
            "<a/>",
            " ",
            "\n",
            "x",
            "&lt;",
            "<!",
            "=",
        ]);
        let piece = prop_oneof![6 => piece.prop_map(str::to_owned), 1 => Just(deep)];
        prop::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn the_guard_sees_the_depth_that_the_parser_sees(inside in pieces(), before in pieces()) {
            for text in [format!("<a>{inside}</a>"), format!("{before}<a>{inside}</a>")] {
                if let Ok(document) = Document::parse(&text) {
                    let expected = if depth_of(&document) > MAX_DEPTH { Err(XmlTrouble::TooDeep) } else { Ok(()) };
                    prop_assert_eq!(check(&text), expected, "{}", text);
                }
            }
        }
    }
}
