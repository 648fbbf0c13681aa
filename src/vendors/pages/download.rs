//! The register as a file that spreadsheets open: UTF-8 with its mark, CRLF, no cell that is a formula.
//! Read by key, some rows at a time, so that neither memory nor a database connection is held for a slow reader.

use crate::{
    app::App,
    core::{lang::Lang, refusal::Trouble},
    vendors::{
        PackageId, SolutionId,
        store::{self, Package, PriceLine, RegisterFilter, Registered},
    },
};
use actix_web::web::{Bytes, Data};
use chrono::NaiveDate;
use futures_util::{Stream, stream::try_unfold};

/// Rows read and sent at once.
const CHUNK_ROWS: i64 = 500;

/// Solutions read and sent at once, each with all its prices.
const DOCUMENT_ROWS: i64 = 100;

const HEADINGS: [&str; 14] = [
    "vendors-registry-no",
    "vendors-name",
    "vendors-solution-name",
    "vendors-solution-use-case",
    "vendors-solution-model-origin",
    "vendors-solution-model-names",
    "vendors-solution-hosting",
    "vendors-solution-trains-on-customer-data",
    "vendors-package-name",
    "vendors-package-unit",
    "vendors-package-unit-price",
    "vendors-package-public-price",
    "vendors-package-valid-from",
    "vendors-package-valid-to",
];

enum Place {
    Head,
    After(Option<PackageId>),
    End,
}

/// The file, piece by piece.
pub fn lines(
    app: Data<App>,
    lang: Lang,
    filter: RegisterFilter,
    day: NaiveDate,
) -> impl Stream<Item = Result<Bytes, Trouble>> {
    try_unfold((app, filter, Place::Head), move |(app, filter, place)| async move {
        let after = match place {
            Place::End => return Ok(None),
            Place::Head => {
                let head = write([HEADINGS.map(|key| lang.t(key))])?;
                let marked = ["\u{FEFF}".as_bytes(), &head].concat();
                return Ok(Some((Bytes::from(marked), (app, filter, Place::After(None)))));
            }
            Place::After(after) => after,
        };
        let mut tx = app.db.read().await?;
        let rows = store::price_lines(&mut tx, &filter, day, after, CHUNK_ROWS).await?;
        drop(tx);
        let next = match rows.last() {
            Some(last) if rows.len() as i64 == CHUNK_ROWS => Place::After(Some(last.id)),
            _ => Place::End,
        };
        let chunk = write(rows.iter().map(|row| cells(row, lang)))?;
        Ok(Some((Bytes::from(chunk), (app, filter, next))))
    })
}

/// The register as JSON: one array of solutions with codes, facts and every price, written piece by piece.
pub fn documents(app: Data<App>, filter: RegisterFilter, day: NaiveDate) -> impl Stream<Item = Result<Bytes, Trouble>> {
    enum At {
        Head,
        After(Option<SolutionId>),
        End,
    }
    try_unfold((app, filter, At::Head), move |(app, filter, at)| async move {
        let after = match at {
            At::End => return Ok(None),
            At::Head => return Ok(Some((Bytes::from_static(b"["), (app, filter, At::After(None))))),
            At::After(after) => after,
        };
        let mut tx = app.db.read().await?;
        let rows = store::registered_after(&mut tx, &filter, day, after, DOCUMENT_ROWS).await?;
        let mut text = String::new();
        for (n, row) in rows.iter().enumerate() {
            if after.is_some() || n > 0 {
                text.push_str(",\n");
            }
            text.push_str(&document(row, &store::packages_of(&mut tx, row.id).await?).to_string());
        }
        drop(tx);
        let next = match rows.last() {
            Some(last) if rows.len() as i64 == DOCUMENT_ROWS => At::After(Some(last.id)),
            _ => {
                text.push_str("]\n");
                At::End
            }
        };
        Ok(Some((Bytes::from(text), (app, filter, next))))
    })
}

fn document(row: &Registered, packages: &[Package]) -> serde_json::Value {
    let packages: Vec<_> = packages
        .iter()
        .map(|package| {
            serde_json::json!({
                "name": package.name,
                "unit": package.unit,
                "unit_price_won": package.unit_price_won.0,
                "public_price_won": package.public_price_won.map(|price| price.0),
                "valid_from": package.valid_from,
                "valid_to": package.valid_to,
            })
        })
        .collect();
    serde_json::json!({
        "id": row.id,
        "registry_no": row.registry_no,
        "vendor": row.vendor_name,
        "version": row.version,
        "change_being_checked": row.recheck_since.is_some(),
        "solution": row.described(),
        "packages": packages,
    })
}

fn cells(row: &PriceLine, lang: Lang) -> [String; 14] {
    [
        row.registry_no.clone().unwrap_or_default(),
        row.vendor_name.clone(),
        row.solution_name.clone(),
        lang.of(&row.use_case_ko, &row.use_case_en).to_owned(),
        lang.code_word("model-origin", row.model_origin.as_str()),
        row.model_names.clone(),
        lang.code_word("hosting", row.hosting.as_str()),
        lang.t(if row.trains_on_customer_data { "yes" } else { "no" }),
        row.package_name.clone(),
        row.unit.clone(),
        row.unit_price_won.0.to_string(),
        row.public_price_won.map(|price| price.0.to_string()).unwrap_or_default(),
        row.valid_from.to_string(),
        row.valid_to.map(|day| day.to_string()).unwrap_or_default(),
    ]
}

fn write(rows: impl IntoIterator<Item = [String; 14]>) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(|cell| crate::core::cells::harmless(cell).into_owned()))?;
    }
    Ok(writer.into_inner().map_err(|error| error.into_error())?)
}
