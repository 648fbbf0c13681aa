//! Breaks text into lines and lines into pages.

use super::{Block, Document, font::Face};

pub const PAGE_WIDTH: i64 = 595_276;
pub const PAGE_HEIGHT: i64 = 841_890;
const MARGIN: i64 = 56_700;
const WIDTH: i64 = PAGE_WIDTH - 2 * MARGIN;
/// Nothing but the foot stands below it.
const BOTTOM: i64 = MARGIN + 20_000;

const TITLE: i64 = 18_000;
const HEADING: i64 = 12_500;
const BODY: i64 = 9_500;
const CELL: i64 = 8_500;
const FOOT: i64 = 7_500;
const CELL_PADDING: i64 = 4_000;

/// What a piece of a page is to whoever hears it read aloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Title,
    Heading,
    Text,
    /// A cell of the row, the row and the table with these numbers.
    Cell {
        table: usize,
        row: usize,
        column: usize,
        head: bool,
    },
    /// Not read aloud: the foot of the page.
    Foot,
}

/// One line of text at a place.
#[derive(Debug, Clone)]
pub struct Line {
    pub x: i64,
    /// From the bottom of the page to the line the letters stand on.
    pub y: i64,
    pub size: i64,
    pub bold: bool,
    pub text: String,
    pub role: Role,
    /// Lines of one block have one number.
    pub block: usize,
}

/// A straight line drawn from one point to another.
pub type Rule = [i64; 4];

#[derive(Debug, Clone, Default)]
pub struct Page {
    pub lines: Vec<Line>,
    pub rules: Vec<Rule>,
}

/// In thousandths of the size.
fn advance(face: &Face, text: &str) -> i64 {
    text.chars().map(|c| face.advance(c)).sum()
}

/// Breaks between words; a word that is wider than the column breaks between letters.
pub fn wrap(face: &Face, text: &str, size: i64, most: i64) -> Vec<String> {
    let fits = |advance: i64| advance * size / 1_000 <= most;
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let (mut line, mut wide) = (String::new(), 0);
        for word in paragraph.split_inclusive(' ') {
            let bare = advance(face, word.trim_end());
            if fits(wide + bare) {
                line.push_str(word);
                wide += advance(face, word);
                continue;
            }
            if !line.trim().is_empty() {
                lines.push(line.trim_end().to_owned());
            }
            line.clear();
            wide = 0;
            for c in word.chars() {
                let own = face.advance(c);
                if !c.is_whitespace() && !line.is_empty() && !fits(wide + own) {
                    lines.push(std::mem::take(&mut line));
                    wide = 0;
                }
                line.push(c);
                wide += own;
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

struct Setter<'a> {
    face: &'a Face,
    pages: Vec<Page>,
    /// Where the next line begins, from the bottom of the page.
    y: i64,
    block: usize,
}

impl Setter<'_> {
    fn page(&mut self) -> &mut Page {
        if self.pages.is_empty() {
            self.turn();
        }
        let last = self.pages.len() - 1;
        &mut self.pages[last]
    }

    fn turn(&mut self) {
        self.pages.push(Page::default());
        self.y = PAGE_HEIGHT - MARGIN;
    }

    /// Begins a new page when less than `height` is left on this one.
    fn make_room(&mut self, height: i64) {
        if self.pages.is_empty() || self.y - height < BOTTOM {
            self.turn();
        }
    }

    fn text(&mut self, text: &str, size: i64, bold: bool, role: Role, keep: i64) {
        let step = size * 16 / 10;
        self.make_room(step + keep);
        for line in wrap(self.face, text, size, WIDTH) {
            self.make_room(step);
            let line = Line { x: MARGIN, y: self.y - size, size, bold, text: line, role, block: self.block };
            self.y -= step;
            self.page().lines.push(line);
        }
    }

    fn table(&mut self, number: usize, shares: &[i64], rows: &[Vec<String>]) {
        let all: i64 = shares.iter().sum::<i64>().max(1);
        let widths: Vec<i64> = shares.iter().map(|share| WIDTH * share / all).collect();
        let step = CELL * 15 / 10;
        for (row, cells) in rows.iter().enumerate() {
            let wrapped: Vec<Vec<String>> = cells
                .iter()
                .zip(&widths)
                .map(|(cell, width)| wrap(self.face, cell, CELL, width - 2 * CELL_PADDING))
                .collect();
            let lines = wrapped.iter().map(Vec::len).max().unwrap_or(1) as i64;
            // A row is broken over pages only when it is longer than one.
            let height = lines * step + 2 * CELL_PADDING;
            self.make_room(height.min(PAGE_HEIGHT - MARGIN - BOTTOM));
            let top = self.y;
            self.page().rules.push([MARGIN, top, MARGIN + widths.iter().sum::<i64>(), top]);
            let mut x = MARGIN;
            for (column, (lines, width)) in wrapped.into_iter().zip(&widths).enumerate() {
                let head = row == 0;
                self.block += 1;
                let mut y = top - CELL_PADDING - CELL;
                for text in lines {
                    let role = Role::Cell { table: number, row, column, head };
                    let line = Line { x: x + CELL_PADDING, y, size: CELL, bold: head, text, role, block: self.block };
                    self.page().lines.push(line);
                    y -= step;
                }
                x += width;
            }
            self.y = (top - height).max(BOTTOM);
            let bottom = self.y;
            self.page().rules.push([MARGIN, bottom, x, bottom]);
        }
        self.y -= 8_000;
    }
}

/// All pages, each with its foot.
pub fn pages(document: &Document, face: &mut Face) -> Vec<Page> {
    let mut setter = Setter { face, pages: Vec::new(), y: 0, block: 0 };
    let mut tables = 0;
    for block in &document.blocks {
        setter.block += 1;
        match block {
            Block::Title(text) => {
                setter.text(text, TITLE, true, Role::Title, 0);
                setter.y -= 8_000;
            }
            Block::Heading(text) => {
                setter.y -= 8_000;
                setter.text(text, HEADING, true, Role::Heading, 3 * BODY);
                setter.y -= 3_000;
            }
            Block::Text(text) => {
                setter.text(text, BODY, false, Role::Text, 0);
                setter.y -= 4_000;
            }
            Block::Table { shares, rows } => {
                setter.table(tables, shares, rows);
                tables += 1;
            }
            Block::NewPage => setter.y = 0,
        }
    }
    setter.page();
    let count = setter.pages.len();
    let mut pages = setter.pages;
    for (place, page) in pages.iter_mut().enumerate() {
        let text = format!("{} · {} / {count}", document.foot, place + 1);
        let x = MARGIN;
        page.lines.push(Line { x, y: MARGIN, size: FOOT, bold: false, text, role: Role::Foot, block: usize::MAX });
    }
    pages
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_stay_whole_and_long_ones_break() {
        let face = Face::open().unwrap();
        let lines = wrap(&face, "가나다라 마바사 abcdef", 10_000, 60_000);
        assert!(lines.iter().all(|line| advance(&face, line) * 10 <= 60_000), "{lines:?}");
        assert_eq!(lines[0], "가나다라");
        let long = "가".repeat(100);
        assert_eq!(wrap(&face, &long, 10_000, 60_000).concat(), long);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_is_too_wide(text in "[가-힣a-z0-9 ]{0,200}") {
            let face = Face::open().unwrap();
            let lines = wrap(&face, &text, 9_000, 80_000);
            let squeeze = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(squeeze(&lines.concat()), squeeze(&text));
            prop_assert!(lines.iter().all(|line| advance(&face, line) * 9 <= 80_000));
        }
    }
}
