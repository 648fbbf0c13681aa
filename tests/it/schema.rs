//! The schema of both engines as reviewed, and every standing statement prepared on both.

use crate::support::{
    Tester, databases,
    source::{files, golden, literals},
};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqlSafeStr, SqliteConnection};
use std::collections::BTreeMap;
use voucherdesk::db::{Dialect, migrate::STAGES};

#[test]
fn the_rendered_schema_of_each_engine_is_as_reviewed() {
    for (dialect, name) in [(Dialect::Sqlite, "schema.sqlite.sql"), (Dialect::Postgres, "schema.postgres.sql")] {
        let text: Vec<String> = STAGES
            .iter()
            .map(|stage| format!("-- {} --\n{}", stage.name, without_data(&stage.render(dialect))))
            .collect();
        assert!(!text.concat().contains("{uuid}"));
        golden(name, &text.join("\n"));
    }
}

/// Reference rows are data, not schema.
fn without_data(sql: &str) -> String {
    let mut kept = String::new();
    let mut within = false;
    for line in sql.lines() {
        within |= line.starts_with("INSERT INTO");
        if !within {
            kept.push_str(line);
            kept.push('\n');
        }
        if within && line.trim_end().ends_with(';') {
            within = false;
        }
    }
    kept
}

/// The macros of a text, each with what it puts before its argument.
fn heads(text: &str) -> BTreeMap<String, String> {
    let mut heads = BTreeMap::new();
    for definition in text.split("macro_rules! ").skip(1) {
        let name = definition.split_whitespace().next().unwrap().to_owned();
        let body = definition.split("concat!(").nth(1).unwrap_or_default();
        if let Some((_, head)) = literals(body).first() {
            heads.insert(name, head.clone());
        }
    }
    heads
}

/// Every standing SQL text of the source: where it is, and the text with its macro's head put before it.
fn statements() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let sources = files("src", ".rs");
    for (path, text) in &sources {
        let is_store = path.ends_with("store.rs") || path.contains("/store/") || path == "src/db/once.rs";
        if !is_store {
            continue;
        }
        // A folder's `mod.rs` serves all of it.
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let shared = sources.iter().find(|(other, _)| *other == format!("{folder}/mod.rs"));
        let mut heads = shared.map(|(_, text)| heads(text)).unwrap_or_default();
        heads.extend(self::heads(text));
        for (call, literal) in literals(text) {
            let word = literal.split_whitespace().next().unwrap_or_default();
            let whole = match call.as_deref().and_then(|name| heads.get(name)) {
                Some(head) => format!("{head}{literal}"),
                None if call.as_deref() == Some("concat") => continue,
                None if matches!(word, "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "WITH") => literal,
                None => continue,
            };
            found.push((path.clone(), whole));
        }
    }
    found
}

/// A text that is only a beginning, which `add` completes, cannot be prepared by itself.
fn is_whole(sql: &str) -> bool {
    let trimmed = sql.trim_end();
    let open = trimmed.matches('(').count() > trimmed.matches(')').count();
    let quotes_match = trimmed.matches('\'').count().is_multiple_of(2);
    let begins =
        ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].iter().any(|word| trimmed.trim_start().starts_with(word));
    // What reads `moved` is put behind the WITH that defines it.
    let complete = begins && quotes_match && !(open || trimmed.contains('?') || trimmed.contains("JOIN moved"));
    complete && !(trimmed.ends_with('=') || trimmed.ends_with("VALUES"))
}

fn only_for(sql: &str) -> Option<Dialect> {
    let postgres =
        ["::regclass", "pg_advisory", "to_char(", "@@", "nextval(", "LEFT JOIN LATERAL", " FOR SHARE", " FOR UPDATE"];
    let sqlite = ["number_series", " MATCH ", "strftime("];
    if postgres.iter().any(|word| sql.contains(word)) {
        Some(Dialect::Postgres)
    } else if sqlite.iter().any(|word| sql.contains(word)) {
        Some(Dialect::Sqlite)
    } else {
        None
    }
}

#[actix_web::test]
async fn every_standing_statement_prepares_on_both_engines() {
    let statements: Vec<_> = statements().into_iter().filter(|(_, sql)| is_whole(sql)).collect();
    assert!(statements.len() > 60, "only {} statements found", statements.len());
    let mut wrong = Vec::new();
    let mut sqlite = SqliteConnection::connect(&databases::sqlite_url()).await.unwrap();
    for (path, sql) in &statements {
        if only_for(sql) == Some(Dialect::Postgres) {
            continue;
        }
        if let Err(error) = (&mut sqlite).prepare(AssertSqlSafe(sql.clone()).into_sql_str()).await {
            wrong.push(format!("SQLite, {path}: {error}\n{sql}"));
        }
    }
    if let Some(url) = databases::postgres_url() {
        let mut postgres = PgConnection::connect(&url).await.unwrap();
        for (path, sql) in &statements {
            if only_for(sql) == Some(Dialect::Sqlite) {
                continue;
            }
            if let Err(error) = (&mut postgres).prepare(AssertSqlSafe(sql.clone()).into_sql_str()).await {
                wrong.push(format!("PostgreSQL, {path}: {error}\n{sql}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), statements.len(), wrong.join("\n\n"));
}

both!(migrating_again_changes_nothing, async |t: Tester| {
    t.app.db.migrate().await.unwrap();
    assert!(t.app.db.is_current().await.unwrap());
    let seen = t.outsider().get("/readyz").await;
    assert_eq!((seen.status.as_u16(), seen.html().as_str()), (200, "ready\n"));
});
