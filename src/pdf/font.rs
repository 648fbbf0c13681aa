//! The one font of documents: widths while they are laid out, and the subset that is embedded.

use crate::web::assets;
use anyhow::Context;
use std::{borrow::Cow, collections::BTreeMap, sync::LazyLock};
use subsetter::GlyphRemapper;

/// Pretendard GOV, OFL 1.1 (its licence stands beside it): every syllable of Hangul and 7,138 hanja.
static FONT: LazyLock<Cow<'static, [u8]>> =
    LazyLock::new(|| assets::bytes("vendor/pretendard-gov-1.3.9/PretendardGOV-Regular.otf"));

/// What stands for a character that the font does not have.
const MISSING: char = '□';

pub struct Face {
    face: ttf_parser::Face<'static>,
    remapper: GlyphRemapper,
    /// By glyph of the subset: its character and its width in thousandths of the size.
    used: BTreeMap<u16, (char, i64)>,
}

impl Face {
    pub fn open() -> anyhow::Result<Face> {
        let face = ttf_parser::Face::parse(&FONT, 0).context("the font of documents cannot be read")?;
        Ok(Face { face, remapper: GlyphRemapper::new(), used: BTreeMap::new() })
    }

    fn glyph(&self, c: char) -> ttf_parser::GlyphId {
        let known = |c| self.face.glyph_index(c).filter(|glyph| glyph.0 != 0);
        known(c).or_else(|| known(MISSING)).unwrap_or_default()
    }

    fn in_thousandths(&self, units: i64) -> i64 {
        units * 1_000 / i64::from(self.face.units_per_em())
    }

    /// The width of a character in thousandths of the size.
    pub fn advance(&self, c: char) -> i64 {
        self.in_thousandths(i64::from(self.face.glyph_hor_advance(self.glyph(c)).unwrap_or_default()))
    }

    /// The text as glyphs of the subset, two bytes each.
    pub fn encode(&mut self, text: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(text.len() * 2);
        for c in text.chars() {
            let (glyph, width) = (self.glyph(c), self.advance(c));
            let own = self.remapper.remap(glyph.0);
            self.used.entry(own).or_insert((c, width));
            bytes.extend(own.to_be_bytes());
        }
        bytes
    }

    /// Glyphs of the subset with their characters and widths, in order.
    pub fn used(&self) -> impl Iterator<Item = (u16, char, i64)> {
        self.used.iter().map(|(glyph, (c, width))| (*glyph, *c, *width))
    }

    /// Ascent, descent, height of capitals and the box around all glyphs, in thousandths of the size.
    pub fn measures(&self) -> (i64, i64, i64, [i64; 4]) {
        let of = |units: i16| self.in_thousandths(i64::from(units));
        let bounds = self.face.global_bounding_box();
        let capitals = self.face.capital_height().unwrap_or(self.face.ascender());
        let around = [of(bounds.x_min), of(bounds.y_min), of(bounds.x_max), of(bounds.y_max)];
        (of(self.face.ascender()), of(self.face.descender()), of(capitals), around)
    }

    /// The outlines of the used glyphs alone, as a bare CFF table.
    pub fn subset(&self) -> anyhow::Result<Vec<u8>> {
        let font = subsetter::subset(&FONT, 0, &self.remapper).map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let raw = ttf_parser::RawFace::parse(&font, 0).context("the subset of the font cannot be read")?;
        let table = raw.table(ttf_parser::Tag::from_bytes(b"CFF ")).context("the font has no CFF outlines")?;
        Ok(table.to_vec())
    }
}
