//! Documents as PDF, made in this process: A4 pages of headings, paragraphs and tables in Korean and English, with the
//! one font embedded as a subset. The same document always becomes the same bytes, so that its hash can be kept.
//! Lengths are whole thousandths of a point.

mod font;
mod layout;
mod write;

use chrono::{DateTime, Utc};

/// A piece of a document, in reading order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    Title(String),
    Heading(String),
    Text(String),
    /// Rows of cells; the first row is the head. `shares` divide the width of the page.
    Table {
        shares: Vec<i64>,
        rows: Vec<Vec<String>>,
    },
    NewPage,
}

/// A document before it is laid out.
#[derive(Debug, Clone)]
pub struct Document {
    pub title: String,
    /// As in `<html lang>`.
    pub lang: &'static str,
    /// Stands at the foot of every page, before the number of the page.
    pub foot: String,
    pub made_at: DateTime<Utc>,
    pub blocks: Vec<Block>,
}

/// Lays the document out and writes it. Slow enough for a thread of its own.
pub fn render(document: &Document) -> anyhow::Result<Vec<u8>> {
    let mut face = font::Face::open()?;
    let pages = layout::pages(document, &mut face);
    write::write(document, &pages, face)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Document {
        let long = "수요기업은 자기 명의의 계좌에서 부담금을 냅니다. ".repeat(40);
        let row = |n: usize| vec![format!("{n}단계"), "설치된 솔루션과 결과서".to_owned(), "60,000,000".to_owned()];
        let mut rows = vec![vec!["이름".to_owned(), "산출물".to_owned(), "공급가액".to_owned()]];
        rows.extend((1..60).map(row));
        Document {
            title: "AI 바우처 협약서 AG2027-00001".to_owned(),
            lang: "ko",
            foot: "AG2027-00001 · 1".to_owned(),
            made_at: DateTime::UNIX_EPOCH,
            blocks: vec![
                Block::Title("AI 바우처 협약서".to_owned()),
                Block::Text(long),
                Block::Heading("납품 단계".to_owned()),
                Block::Table { shares: vec![2, 5, 2], rows },
                Block::NewPage,
                Block::Text("Agreement in English · 漢字 · 😀".to_owned()),
            ],
        }
    }

    #[test]
    fn the_same_document_is_the_same_file() {
        let bytes = render(&sample()).unwrap();
        assert!(bytes.starts_with(b"%PDF-1.7"));
        assert_eq!(bytes, render(&sample()).unwrap());
        assert!(bytes.len() < 200_000, "{} bytes: the font is a subset", bytes.len());
        let other = Document { foot: "other".to_owned(), ..sample() };
        assert_ne!(bytes, render(&other).unwrap());
    }
}
