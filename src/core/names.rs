//! Text from people: cleaned once at the edge, folded for search.
//!
//! Invariant: what `clean_line` and `clean_text` let through is NFC, has no invisible character that could
//! make two equal-looking names differ, and is unchanged by cleaning it again.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// What is wrong with a text somebody typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameTrouble {
    /// More characters (Unicode scalar values after NFC) than the field takes.
    #[error("{chars} characters, {max} allowed")]
    TooLong { chars: usize, max: usize },
    /// A character nobody means to type, at this character of the text as it was sent, counted from 1.
    #[error("U+{:04X} ({what:?}) at character {at}", u32::from(*found))]
    Refused { found: char, at: usize, what: Unwanted },
}

/// Why a character is refused (security.md 1.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwanted {
    Control,
    /// Changes the direction of the text around it.
    Bidi,
    /// Takes no room: zero-width, fillers, soft hyphen, variation selectors but for the two of emoji.
    Invisible,
    PrivateUse,
    /// Noncharacters, planes and blocks without characters, and U+FFFD, the mark of a broken encoding.
    Unassigned,
}

/// One line: a name, a title, an address. Trimmed, NFC, each run of white space made one plain space; the
/// selectors that phones put behind emoji are dropped.
///
/// An empty result is `Ok`: whether a field is required is for its form to say.
///
/// # Errors
/// `Refused` for a line break or other control inside the line and for invisible or meaningless
/// characters; `TooLong` above `max_chars` characters.
pub fn clean_line(text: &str, max_chars: usize) -> Result<String, NameTrouble> {
    refuse_unwanted(text, |_| false)?;
    let line = without_emoji_selectors(text);
    within(line.split_whitespace().collect::<Vec<_>>().join(" ").nfc().collect(), max_chars)
}

/// Several lines: a description, a reason. Trimmed, NFC, every line end made `\n`; tabs stay, and other
/// white space becomes plain spaces, as many as there were. Emoji selectors are dropped.
///
/// # Errors
/// As [`clean_line`], but line ends and tabs are welcome.
pub fn clean_text(text: &str, max_chars: usize) -> Result<String, NameTrouble> {
    refuse_unwanted(text, |c| matches!(c, '\n' | '\r' | '\t'))?;
    let lines = without_emoji_selectors(text).replace("\r\n", "\n").replace('\r', "\n");
    let spaced = lines.trim().chars().map(|c| if c.is_whitespace() && !matches!(c, '\n' | '\t') { ' ' } else { c });
    within(spaced.nfc().collect(), max_chars)
}

fn without_emoji_selectors(text: &str) -> String {
    text.replace(['\u{FE0E}', '\u{FE0F}'], "")
}

fn within(text: String, max: usize) -> Result<String, NameTrouble> {
    let chars = text.chars().count();
    if chars > max { Err(NameTrouble::TooLong { chars, max }) } else { Ok(text) }
}

fn refuse_unwanted(text: &str, welcome: impl Fn(char) -> bool) -> Result<(), NameTrouble> {
    let lead = text.chars().take_while(|c| c.is_whitespace()).count();
    for (index, found) in text.trim().chars().enumerate() {
        if let Some(what) = unwanted(found).filter(|_| !welcome(found)) {
            return Err(NameTrouble::Refused { found, at: lead + index + 1, what });
        }
    }
    Ok(())
}

fn unwanted(c: char) -> Option<Unwanted> {
    let what = match u32::from(c) {
        0x0000..=0x001F | 0x007F..=0x009F | 0x2028..=0x2029 => Unwanted::Control,
        0x061C | 0x200E..=0x200F | 0x202A..=0x202E | 0x2066..=0x2069 => Unwanted::Bidi,
        // Soft hyphen, grapheme joiner, Hangul and Khmer fillers, Mongolian and general selectors.
        0x00AD | 0x034F | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F => Unwanted::Invisible,
        0x200B..=0x200D | 0x2060..=0x2064 | 0x206A..=0x206F | 0x3164 => Unwanted::Invisible,
        0xFE00..=0xFE0D | 0xFEFF | 0xFFA0 | 0xFFF9..=0xFFFB | 0x1BCA0..=0x1BCA3 => Unwanted::Invisible,
        0x1D173..=0x1D17A | 0xE0000..=0xE0FFF => Unwanted::Invisible,
        0xE000..=0xF8FF | 0xF_0000..=0xF_FFFD | 0x10_0000..=0x10_FFFD => Unwanted::PrivateUse,
        0x2065 | 0xFDD0..=0xFDEF | 0xFFF0..=0xFFF8 | 0xFFFC..=0xFFFD => Unwanted::Unassigned,
        // Above the ideographs of plane 3 nothing is assigned up to the tags of plane 14.
        0x3_3480..=0xD_FFFF | 0xE_1000..=0xE_FFFF => Unwanted::Unassigned,
        code if code & 0xFFFE == 0xFFFE => Unwanted::Unassigned,
        _ => return None,
    };
    Some(what)
}

/// Full-width digits, as Korean and Japanese keyboards type them, made plain; all else stays.
#[must_use]
pub fn fold_digits(text: &str) -> String {
    text.chars().map(fold_digit).collect()
}

/// One character of [`fold_digits`].
#[must_use]
pub fn fold_digit(c: char) -> char {
    match c {
        '０'..='９' => char::from(b'0' + (u32::from(c) - u32::from('０')) as u8),
        _ => c,
    }
}

/// The text of a `search_text` column: folded words, then the pieces by which a word is found from its
/// middle, separated by single spaces.
///
/// Pieces are the overlapping two-syllable pieces of a Hangul run (한빛정밀 → 한빛 빛정 정밀) and, of a word
/// that mixes Hangul with other characters, its other runs. See design.md, "Full text".
#[must_use]
pub fn fold_search(text: &str) -> String {
    let folded = fold(text);
    let words: Vec<&str> = words(&folded).collect();
    let pieces = words.iter().flat_map(|&word| pieces(word).filter(move |piece| *piece != word));
    words.iter().copied().chain(pieces).collect::<Vec<_>>().join(" ")
}

/// What to look for in a `search_text` column, each as a prefix and all of them together; no term twice,
/// and none when the query holds no letter or digit (then leave the clause out).
///
/// A Hangul run longer than two syllables becomes its two-syllable pieces. A single syllable finds only
/// words and pieces that begin with it.
#[must_use]
pub fn search_terms(query: &str) -> Vec<String> {
    let folded = fold(query);
    let mut terms: Vec<String> = Vec::new();
    for term in words(&folded).flat_map(pieces) {
        if !terms.iter().any(|known| known == term) {
            terms.push(term.to_owned());
        }
    }
    terms
}

/// Lower case comes after NFKC, which turns some letters into capitals, and before marks are dropped,
/// because it makes some. Letter by letter: a sigma must not depend on whether its word goes on.
fn fold(text: &str) -> String {
    text.nfkc()
        .flat_map(char::to_lowercase)
        .nfkd()
        .filter(|&c| !is_combining_mark(c))
        .map(|c| if c == 'ς' { 'σ' } else { c })
        .nfc()
        .collect()
}

/// U+119E is the letter ㆍ after NFKC, which Korean text uses as a middle dot.
fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !c.is_alphanumeric() || c == '\u{119E}').filter(|word| !word.is_empty())
}

fn is_syllable(c: char) -> bool {
    matches!(c, '가'..='힣')
}

fn pieces(word: &str) -> impl Iterator<Item = &str> {
    runs(word).flat_map(|run| {
        let starts: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).collect();
        let syllables = starts.len() - 1;
        let whole = !run.starts_with(is_syllable) || syllables <= 2;
        let size = if whole { syllables } else { 2 };
        (0..=syllables - size).map(move |first| &run[starts[first]..starts[first + size]])
    })
}

/// The longest stretches of a word that are all Hangul syllables or all something else.
fn runs(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = word;
    std::iter::from_fn(move || {
        let hangul = is_syllable(rest.chars().next()?);
        let end = rest.find(|c| is_syllable(c) != hangul).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        Some(run)
    })
}

/// The ways to write a legal form, and what they stand for.
const LEGAL_FORMS: &[(&str, &str)] = &[
    ("주식회사", "stock"),
    ("(주)", "stock"),
    ("유한회사", "limited"),
    ("(유)", "limited"),
    ("유한책임회사", "limited_liability"),
    ("사단법인", "association"),
    ("재단법인", "foundation"),
];

/// A company's name as its legal form ("" when none is written) and its bare name: banks and people write
/// forms, spaces, widths and case in their own ways.
pub fn fold_company(name: &str) -> (&'static str, String) {
    let compact: String = name.nfkc().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace()).collect();
    let form = LEGAL_FORMS.iter().find(|(mark, _)| compact.starts_with(mark) || compact.ends_with(mark));
    let bare = match form {
        Some((mark, _)) => compact.replacen(mark, "", 1),
        None => compact,
    };
    (form.map_or("", |(_, form)| form), bare.chars().filter(|c| c.is_alphanumeric()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the engines do it: every term is a prefix of some word of the column.
    fn finds(query: &str, text: &str) -> bool {
        let column = fold_search(text);
        search_terms(query).iter().all(|term| column.split(' ').any(|word| word.starts_with(term.as_str())))
    }

    /// Every alphabet and compatibility form, and of the ideographs and the empty planes one in 31.
    fn characters() -> impl Iterator<Item = char> {
        let dense = (0..0x3400).chain(0xF900..0x1_0000).chain(0x1_D000..0x2_0000);
        dense.chain((0x3400..=0x10_FFFF).step_by(31)).filter_map(char::from_u32)
    }

    #[test]
    fn a_line_is_trimmed_and_spaced_once() {
        assert_eq!(clean_line("  한빛\u{3000}\u{a0} 정밀\u{2009}공업 \r\n", 20), Ok("한빛 정밀 공업".into()));
        assert_eq!(clean_line(" \u{3000} ", 5), Ok(String::new()));
        assert_eq!(clean_line("O'Neill & Söhne (㈜) ✔\u{fe0f}🙂", 30), Ok("O'Neill & Söhne (㈜) ✔🙂".into()));
    }

    #[test]
    fn jamo_and_marks_are_composed_before_they_are_counted() {
        assert_eq!(clean_line("\u{1112}\u{1161}\u{11AB}\u{1107}\u{1175}\u{11BE}", 2), Ok("한빛".into()));
        assert_eq!(clean_line("cafe\u{301}", 4), Ok("café".into()));
        assert_eq!(clean_line("가나다", 2), Err(NameTrouble::TooLong { chars: 3, max: 2 }));
    }

    #[test]
    fn characters_nobody_means_are_refused_with_their_place() {
        for (found, what) in [
            ('\0', Unwanted::Control),
            ('\t', Unwanted::Control),
            ('\n', Unwanted::Control),
            ('\u{1b}', Unwanted::Control),
            ('\u{7f}', Unwanted::Control),
            ('\u{9f}', Unwanted::Control),
            ('\u{2028}', Unwanted::Control),
            ('\u{61c}', Unwanted::Bidi),
            ('\u{200f}', Unwanted::Bidi),
            ('\u{202e}', Unwanted::Bidi),
            ('\u{2066}', Unwanted::Bidi),
            ('\u{ad}', Unwanted::Invisible),
            ('\u{200b}', Unwanted::Invisible),
            ('\u{200d}', Unwanted::Invisible),
            ('\u{2060}', Unwanted::Invisible),
            ('\u{3164}', Unwanted::Invisible),
            ('\u{feff}', Unwanted::Invisible),
            ('\u{fe00}', Unwanted::Invisible),
            ('\u{e0041}', Unwanted::Invisible),
            ('\u{e000}', Unwanted::PrivateUse),
            ('\u{f8ff}', Unwanted::PrivateUse),
            ('\u{f0000}', Unwanted::PrivateUse),
            ('\u{10fffd}', Unwanted::PrivateUse),
            ('\u{fffd}', Unwanted::Unassigned),
            ('\u{fdd0}', Unwanted::Unassigned),
            ('\u{ffff}', Unwanted::Unassigned),
            ('\u{1fffe}', Unwanted::Unassigned),
            ('\u{40000}', Unwanted::Unassigned),
            ('\u{10ffff}', Unwanted::Unassigned),
        ] {
            let text = format!(" 한{found}빛");
            assert_eq!(
                clean_line(&text, 10),
                Err(NameTrouble::Refused { found, at: 3, what }),
                "U+{:04X}",
                u32::from(found)
            );
        }
    }

    #[test]
    fn several_lines_keep_their_lines_and_tabs() {
        assert_eq!(clean_text("\r\n가\r\n\r\n\t나\r다\u{3000}\u{3000}라 \n", 50), Ok("가\n\n\t나\n다  라".into()));
        assert!(matches!(clean_text("가\u{0b}나", 50), Err(NameTrouble::Refused { found: '\u{0b}', at: 2, .. })));
        assert!(matches!(clean_text("가\u{202e}나", 50), Err(NameTrouble::Refused { what: Unwanted::Bidi, .. })));
    }

    #[test]
    fn cleaning_again_changes_nothing() {
        for c in characters() {
            let text = format!("가 {c}\u{1161}\u{301} 나{c}");
            if let Ok(once) = clean_line(&text, 50) {
                assert_eq!(clean_line(&once, 50).as_ref(), Ok(&once), "{c:?}");
            }
            if let Ok(once) = clean_text(&text, 50) {
                assert_eq!(clean_text(&once, 50).as_ref(), Ok(&once), "{c:?}");
            }
        }
    }

    #[test]
    fn only_full_width_digits_fold() {
        assert_eq!(fold_digits("１２４－８１ ００９９８ ①²٣"), "124－81 00998 ①²٣");
    }

    #[test]
    fn search_text_holds_words_and_then_pieces() {
        assert_eq!(fold_search("㈜한빛정밀공업"), "주 한빛정밀공업 한빛 빛정 정밀 밀공 공업");
        assert_eq!(fold_search("Café ＡＩ한빛 제3공장"), "cafe ai한빛 제3공장 ai 한빛 제 3 공장");
        assert_eq!(fold_search("정밀 -- "), "정밀");
        assert_eq!(fold_search("!?"), "");
    }

    #[test]
    fn a_query_folds_the_same_way() {
        assert_eq!(search_terms("한빛정밀"), ["한빛", "빛정", "정밀"]);
        assert_eq!(search_terms("정밀 정밀"), ["정밀"]);
        assert_eq!(search_terms("한"), ["한"]);
        assert_eq!(search_terms("CAFÉ"), ["cafe"]);
        assert_eq!(search_terms("AI한빛"), ["ai", "한빛"]);
        assert_eq!(search_terms(" \"*&| "), Vec::<String>::new());
    }

    #[test]
    fn words_are_found_from_start_and_middle() {
        for (query, text, expected) in [
            ("정밀", "한빛정밀공업", true),
            ("빛정밀공", "한빛정밀공업", true),
            ("한", "한빛정밀공업", true),
            ("빛", "한빛정밀공업", true),
            ("업", "한빛정밀공업", false),
            ("정빛", "한빛정밀공업", false),
            ("한빛정밀", "\u{1112}\u{1161}\u{11AB}\u{1107}\u{1175}\u{11BE}정밀", true),
            ("caf", "Café Müller", true),
            ("muller cafe", "CAFE\u{301} MÜLLER", true),
            ("uller", "Müller", false),
            ("ai", "한빛AI", true),
            ("한빛ai", "한빛AI연구소", true),
            ("3공", "제３공장", true),
            ("ΟΔΟΣ", "οδος", true),
            ("ΟΔΟΣ", "Οδόσημα", true),
            ("istanbul", "İSTANBUL", true),
            ("음향ㆍ통신", "영상, 음향·통신장비", true),
            ("통신", "음향ㆍ통신", true),
        ] {
            assert_eq!(finds(query, text), expected, "{query} in {text}");
        }
    }

    #[test]
    fn folding_is_stable_and_leaves_only_words() {
        for c in characters() {
            let text = format!("x{c}가나다{c}");
            let folded = fold_search(&text);
            assert_eq!(fold(&folded), folded, "{c:?}");
            assert!(folded.chars().all(|c| c == ' ' || c.is_alphanumeric()), "{c:?}: {folded:?}");
            assert!(finds(&text, &text), "{c:?}");
        }
    }
}
