//! Writes laid-out pages as PDF 1.7 with structure: a screen reader hears headings, paragraphs and tables in order.

use super::{
    Document,
    font::Face,
    layout::{Line, PAGE_HEIGHT, PAGE_WIDTH, Page, Role},
};
use chrono::{Datelike, Timelike};
use pdf_writer::{
    Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr,
    types::{ArtifactType, CidFontType, FontFlags, StructRole, SystemInfo, TextRenderingMode, UnicodeCmap},
    writers::{StructElement, StructTreeRoot},
};
use std::collections::BTreeMap;

const FONT: Name<'_> = Name(b"F1");
const FONT_NAME: Name<'_> = Name(b"VOUCHD+PretendardGOV-Regular");
const SYSTEM: SystemInfo<'_> = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// Thousandths of a point as the number that PDF wants.
fn points(thousandths: i64) -> f32 {
    thousandths as f32 / 1_000.0
}

/// The rows of a table by number, each with its cells.
type Rows = BTreeMap<usize, (Ref, Vec<Ref>)>;

/// Where a block's text stands: pages and the numbers of its marked pieces on them.
struct Piece {
    role: Role,
    places: Vec<(usize, i32)>,
}

struct Ids(i32);

impl Ids {
    fn next(&mut self) -> Ref {
        self.0 += 1;
        Ref::new(self.0)
    }
}

pub fn write(document: &Document, pages: &[Page], mut face: Face) -> anyhow::Result<Vec<u8>> {
    let mut ids = Ids(0);
    let [catalog, tree, font, structure, information] = std::array::from_fn(|_| ids.next());
    let mut pdf = Pdf::new();
    let mut pieces: BTreeMap<usize, Piece> = BTreeMap::new();
    let page_ids: Vec<Ref> = pages.iter().map(|_| ids.next()).collect();
    let mut counts = Vec::with_capacity(pages.len());
    for (place, page) in pages.iter().enumerate() {
        let content_id = ids.next();
        let (content, count) = draw(page, place, &mut face, &mut pieces);
        counts.push(count);
        pdf.stream(content_id, &content);
        let mut written = pdf.page(page_ids[place]);
        written.media_box(Rect::new(0.0, 0.0, points(PAGE_WIDTH), points(PAGE_HEIGHT)));
        written.parent(tree).contents(content_id);
        written.pair(Name(b"StructParents"), place as i32);
        written.pair(Name(b"Tabs"), Name(b"S"));
        written.resources().fonts().pair(FONT, font);
        written.finish();
    }
    pdf.pages(tree).kids(page_ids.iter().copied()).count(pages.len() as i32);
    write_font(&mut pdf, &mut ids, font, &face)?;
    write_structure(&mut pdf, &mut ids, structure, &pieces, &page_ids, &counts);
    let mut written = pdf.catalog(catalog);
    written.pages(tree).lang(TextStr(document.lang));
    written.pair(Name(b"StructTreeRoot"), structure);
    written.mark_info().marked(true);
    written.viewer_preferences().display_doc_title(true);
    written.finish();
    let at = document.made_at;
    let date = pdf_writer::Date::new(at.year() as u16)
        .month(at.month() as u8)
        .day(at.day() as u8)
        .hour(at.hour() as u8)
        .minute(at.minute() as u8)
        .second(at.second() as u8)
        .utc_offset_hour(0);
    let mut written = pdf.document_info(information);
    written.title(TextStr(&document.title)).producer(TextStr("voucherdesk")).creation_date(date);
    written.finish();
    Ok(pdf.finish())
}

/// The drawing of one page, and how many marked pieces are on it.
fn draw(page: &Page, place: usize, face: &mut Face, pieces: &mut BTreeMap<usize, Piece>) -> (Vec<u8>, i32) {
    let mut content = Content::new();
    content.begin_marked_content_with_properties(Name(b"Artifact")).properties().artifact().kind(ArtifactType::Layout);
    content.set_line_width(0.5).set_stroke_gray(0.6);
    for [x1, y1, x2, y2] in &page.rules {
        content.move_to(points(*x1), points(*y1)).line_to(points(*x2), points(*y2)).stroke();
    }
    content.end_marked_content();
    content.set_stroke_gray(0.0);
    let mut count = 0;
    for lines in page.lines.chunk_by(|one, next| one.block == next.block) {
        let first = &lines[0];
        if first.role == Role::Foot {
            let mut mark = content.begin_marked_content_with_properties(Name(b"Artifact"));
            mark.properties().artifact().kind(ArtifactType::Pagination);
            mark.finish();
        } else {
            let mut mark = content.begin_marked_content_with_properties(role(first.role).to_name());
            mark.properties().identify(count);
            mark.finish();
            let piece = pieces.entry(first.block).or_insert(Piece { role: first.role, places: Vec::new() });
            piece.places.push((place, count));
            count += 1;
        }
        lines.iter().for_each(|line| show(&mut content, line, face));
        content.end_marked_content();
    }
    (content.finish().into_vec(), count)
}

fn show(content: &mut Content, line: &Line, face: &mut Face) {
    let mode = if line.bold { TextRenderingMode::FillStroke } else { TextRenderingMode::Fill };
    let glyphs = face.encode(&line.text);
    content.begin_text().set_font(FONT, points(line.size)).set_text_rendering_mode(mode);
    if line.bold {
        content.set_line_width(points(line.size / 40));
    }
    content.set_text_matrix([1.0, 0.0, 0.0, 1.0, points(line.x), points(line.y)]).show(Str(&glyphs)).end_text();
}

fn role(role: Role) -> StructRole {
    match role {
        Role::Title => StructRole::H1,
        Role::Heading => StructRole::H2,
        Role::Text | Role::Foot => StructRole::P,
        Role::Cell { head: true, .. } => StructRole::TH,
        Role::Cell { .. } => StructRole::TD,
    }
}

fn write_font(pdf: &mut Pdf, ids: &mut Ids, font: Ref, face: &Face) -> anyhow::Result<()> {
    let [cid, descriptor, characters, outlines] = std::array::from_fn(|_| ids.next());
    pdf.type0_font(font)
        .base_font(FONT_NAME)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(cid)
        .to_unicode(characters);
    let mut written = pdf.cid_font(cid);
    written.subtype(CidFontType::Type0).base_font(FONT_NAME).system_info(SYSTEM).font_descriptor(descriptor);
    let mut widths = written.widths();
    for (glyph, _, width) in face.used() {
        widths.same(glyph, glyph, width as f32);
    }
    widths.finish();
    written.finish();
    let (ascent, descent, capitals, around) = face.measures();
    let [left, below, right, above] = around.map(|length| length as f32);
    pdf.font_descriptor(descriptor)
        .name(FONT_NAME)
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(left, below, right, above))
        .italic_angle(0.0)
        .ascent(ascent as f32)
        .descent(descent as f32)
        .cap_height(capitals as f32)
        .stem_v(80.0)
        .font_file3(outlines);
    let mut map = UnicodeCmap::new(Name(b"Custom"), SYSTEM);
    for (glyph, c, _) in face.used() {
        map.pair(glyph, c);
    }
    pdf.cmap(characters, &map.finish().into_vec());
    let bytes = face.subset()?;
    let mut stream = pdf.stream(outlines, &bytes);
    stream.pair(Name(b"Subtype"), Name(b"CIDFontType0C"));
    stream.finish();
    Ok(())
}

fn put(element: &mut StructElement<'_>, children: impl IntoIterator<Item = Ref>) {
    let mut kids = element.children();
    for child in children {
        kids.struct_element(child);
    }
}

/// The tree of headings, paragraphs, tables, rows and cells, and which piece of a page belongs to which of them.
fn write_structure(
    pdf: &mut Pdf,
    ids: &mut Ids,
    root: Ref,
    pieces: &BTreeMap<usize, Piece>,
    pages: &[Ref],
    counts: &[i32],
) {
    let whole = ids.next();
    let mut owners: Vec<Vec<Ref>> = counts.iter().map(|count| vec![whole; *count as usize]).collect();
    let mut children = Vec::new();
    let mut tables: BTreeMap<usize, (Ref, Rows)> = BTreeMap::new();
    for piece in pieces.values() {
        let id = ids.next();
        let parent = match piece.role {
            Role::Cell { table, row, .. } => {
                let (_, rows) = tables.entry(table).or_insert_with(|| {
                    let id = ids.next();
                    children.push(id);
                    (id, BTreeMap::new())
                });
                let (row_id, cells) = rows.entry(row).or_insert_with(|| (ids.next(), Vec::new()));
                cells.push(id);
                *row_id
            }
            _ => {
                children.push(id);
                whole
            }
        };
        let mut element = pdf.struct_element(id);
        element.kind(role(piece.role)).parent(parent);
        let mut kids = element.children();
        for (page, mark) in &piece.places {
            kids.marked_content_ref().page(pages[*page]).marked_content_id(*mark);
            owners[*page][*mark as usize] = id;
        }
        kids.finish();
        element.finish();
    }
    for (table, rows) in tables.values() {
        let mut element = pdf.struct_element(*table);
        element.kind(StructRole::Table).parent(whole);
        put(&mut element, rows.values().map(|(row, _)| *row));
        element.finish();
        for (row, cells) in rows.values() {
            let mut element = pdf.struct_element(*row);
            element.kind(StructRole::TR).parent(*table);
            put(&mut element, cells.iter().copied());
            element.finish();
        }
    }
    let mut element = pdf.struct_element(whole);
    element.kind(StructRole::Document).parent(root);
    put(&mut element, children);
    element.finish();
    let lists: Vec<Ref> = owners.iter().map(|_| ids.next()).collect();
    let mut written: StructTreeRoot<'_> = pdf.indirect(root).start();
    written.child(whole);
    let mut tree = written.parent_tree();
    let mut numbers = tree.nums();
    for (place, list) in lists.iter().enumerate() {
        numbers.insert(place as i32, *list);
    }
    numbers.finish();
    tree.finish();
    written.parent_tree_next_key(pages.len() as i32);
    written.finish();
    for (list, owners) in lists.iter().zip(&owners) {
        pdf.indirect(*list).array().items(owners.iter().copied());
    }
}
