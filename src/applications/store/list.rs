//! The list of applications: a firm's own, or the queue of those who work on them.

use crate::{
    applications::{ApplicationId, rules::ApplicationState},
    core::{actor::Actor, money::Won, names::search_terms, roles::Role},
    db::{
        Query, Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    programmes::CallId,
};
use chrono::{DateTime, Utc};

/// What a list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub state: Option<ApplicationState>,
    pub call: Option<CallId>,
    pub region: Option<String>,
    /// Words anywhere in title, process, firm or number.
    pub words: String,
}

/// One row of the list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ListRow {
    pub id: ApplicationId,
    pub receipt_no: Option<String>,
    pub title: String,
    pub state: ApplicationState,
    pub firm_name: String,
    pub call_name_ko: String,
    pub call_name_en: String,
    pub region_code: String,
    pub support_won: Won,
    pub closes_at: DateTime<Utc>,
    pub state_since: DateTime<Utc>,
    /// It passes everything and waits for a spot check.
    pub spot_check: bool,
}

/// Those that have waited longest come first.
pub async fn page(tx: &mut Tx, actor: &Actor, filter: &Filter, after: Option<Cursor>) -> sqlx::Result<Paged<ListRow>> {
    let mut query = tx.query(
        "SELECT a.id, a.receipt_no, a.title, a.state, o.legal_name AS firm_name, c.name_ko AS call_name_ko,
                c.name_en AS call_name_en, a.region_code, a.support_won, c.closes_at, a.state_since,
                EXISTS (SELECT 1 FROM spot_checks s WHERE s.application_id = a.id AND s.outcome = 'waiting') AS spot_check
         FROM applications a JOIN organisations o ON o.id = a.organisation_id JOIN calls c ON c.id = a.call_id
         WHERE 1 = 1",
        (),
    );
    narrow(tx, &mut query, actor, filter);
    if let Some(after) = after {
        query.add(" AND (a.state_since, a.id) > (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY a.state_since, a.id LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    let mut count = tx.query("SELECT COUNT(*) FROM (SELECT a.id FROM applications a WHERE 1 = 1", ());
    narrow(tx, &mut count, actor, filter);
    count.add(" LIMIT ?) AS found", (COUNT_MAX + 1,));
    let count = tx.fetch_value(count).await?.unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &ListRow| Cursor { at: row.state_since, id: row.id.0 }))
}

/// The application with this receipt number, if `actor` may see it.
pub async fn by_receipt_no(tx: &mut Tx, actor: &Actor, receipt_no: &str) -> sqlx::Result<Option<ApplicationId>> {
    let mut query = tx.query("SELECT a.id FROM applications a WHERE a.receipt_no = $1", (receipt_no.to_owned(),));
    narrow(tx, &mut query, actor, &Filter::default());
    tx.fetch_value(query).await
}

fn narrow(tx: &Tx, query: &mut Query, actor: &Actor, filter: &Filter) {
    if actor.is_any(&[Role::Firm, Role::Adviser]) {
        query.add(" AND a.organisation_id = ?", (actor.organisation,));
    } else {
        query.add(" AND a.submitted_at IS NOT NULL", ());
    }
    if let Some(state) = filter.state {
        query.add(" AND a.state = ?", (state,));
    }
    if let Some(call) = filter.call {
        query.add(" AND a.call_id = ?", (call,));
    }
    if let Some(region) = &filter.region {
        query.add(" AND a.region_code = ?", (region.clone(),));
    }
    let terms = search_terms(&filter.words);
    if !terms.is_empty() {
        // Terms are letters and digits only: the marks around them cannot be broken out of.
        let (mark, joint) = tx.pick(("\"", " "), ("'", " & "));
        let end = tx.pick("*", ":*");
        let wanted: Vec<String> = terms.iter().map(|term| format!("{mark}{term}{mark}{end}")).collect();
        let clause = tx.pick(
            " AND a.id IN (SELECT application_search_rows.id FROM application_search
              JOIN application_search_rows ON application_search_rows.key = application_search.rowid
              WHERE application_search MATCH ?)",
            " AND a.search_words @@ to_tsquery('simple', ?)",
        );
        query.add(clause, (wanted.join(joint),));
    }
}
