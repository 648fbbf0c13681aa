//! The schema, one file per step, rendered for the engine at hand. Forward only: a mistake is another step.

use super::{Db, Dialect};
use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

/// One step: what it says to SQLite and what to PostgreSQL (the same text but for true pairs).
pub struct Stage {
    pub version: i64,
    pub name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! both {
    ($version:literal, $name:literal) => {
        Stage {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../../migrations/", $name, ".sql")),
            postgres: include_str!(concat!("../../migrations/", $name, ".sql")),
        }
    };
}
macro_rules! pair {
    ($version:literal, $name:literal) => {
        Stage {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../../migrations/", $name, ".sqlite.sql")),
            postgres: include_str!(concat!("../../migrations/", $name, ".postgres.sql")),
        }
    };
}
/// One text for both, and after it what each engine says in its own words: triggers.
macro_rules! guarded {
    ($version:literal, $name:literal) => {
        Stage {
            version: $version,
            name: $name,
            sqlite: concat!(
                include_str!(concat!("../../migrations/", $name, ".sql")),
                include_str!(concat!("../../migrations/", $name, ".sqlite.sql"))
            ),
            postgres: concat!(
                include_str!(concat!("../../migrations/", $name, ".sql")),
                include_str!(concat!("../../migrations/", $name, ".postgres.sql"))
            ),
        }
    };
}

pub const STAGES: &[Stage] = &[
    both!(1, "0001_people"),
    both!(2, "0002_reference"),
    both!(3, "0003_organisations"),
    both!(4, "0004_programmes"),
    both!(5, "0005_ledger"),
    both!(6, "0006_vendors"),
    both!(7, "0007_applications"),
    both!(8, "0008_reviews"),
    both!(9, "0009_agreements"),
    both!(10, "0010_claims"),
    both!(11, "0011_payments"),
    both!(12, "0012_outcomes"),
    pair!(13, "0013_guards"),
    pair!(14, "0014_search"),
    guarded!(15, "0015_calls"),
    pair!(16, "0016_eligibility"),
    both!(17, "0017_vendors"),
    both!(18, "0018_drafts"),
    both!(19, "0019_firms"),
    both!(20, "0020_indexes"),
    both!(21, "0021_claims_in_depth"),
    guarded!(22, "0022_payments"),
    guarded!(23, "0023_reviews_in_depth"),
    guarded!(24, "0024_agreements"),
    guarded!(25, "0025_fund"),
    both!(26, "0026_branching"),
    guarded!(27, "0027_award"),
    both!(29, "0029_screening"),
    both!(30, "0030_team"),
    both!(31, "0031_identities"),
    both!(32, "0032_outcome_waves"),
    both!(33, "0033_bank_messages"),
    guarded!(34, "0034_assistant"),
    both!(35, "0035_claim_documents"),
    both!(36, "0036_bulk_short"),
    pair!(37, "0037_looks"),
];

impl Stage {
    /// The text for one engine. Only type words differ.
    pub fn render(&self, dialect: Dialect) -> String {
        let (text, words) = match dialect {
            Dialect::Sqlite => (self.sqlite, SQLITE_WORDS),
            Dialect::Postgres => (self.postgres, POSTGRES_WORDS),
        };
        words.iter().fold(text.to_owned(), |text, (token, word)| text.replace(token, word))
    }
}

const SQLITE_WORDS: &[(&str, &str)] = &[
    ("{uuid}", "BLOB"),
    ("{time}", "TEXT"),
    ("{date}", "TEXT"),
    ("{json}", "TEXT"),
    ("{bool}", "INTEGER"),
    ("{bytes}", "BLOB"),
    ("{strict}", " STRICT"),
    ("BIGINT", "INTEGER"),
];
const POSTGRES_WORDS: &[(&str, &str)] = &[
    ("{uuid}", "UUID"),
    ("{time}", "TIMESTAMPTZ"),
    ("{date}", "DATE"),
    ("{json}", "JSONB"),
    ("{bool}", "BOOLEAN"),
    ("{bytes}", "BYTEA"),
    ("{strict}", ""),
];

fn migrator(dialect: Dialect) -> Migrator {
    let steps = STAGES.iter().map(|stage| {
        // Our own files with our own words put in.
        #[allow(clippy::disallowed_types)]
        let sql = sqlx::AssertSqlSafe(stage.render(dialect)).into_sql_str();
        Migration::new(stage.version, stage.name.into(), MigrationType::Simple, sql, false)
    });
    Migrator::with_migrations(steps.collect())
}

impl Db {
    /// Brings the schema up to date. Safe to run again, and by several instances at once.
    pub async fn migrate(&self) -> anyhow::Result<()> {
        match self {
            Db::Sqlite { write, .. } => {
                write.alone(async |connection| Ok(migrator(Dialect::Sqlite).run(connection).await?)).await
            }
            Db::Postgres(pool) => Ok(migrator(Dialect::Postgres).run(pool).await?),
        }
    }

    /// True when every step of this binary has been taken by the database.
    pub async fn is_current(&self) -> sqlx::Result<bool> {
        let mut tx = self.read().await?;
        let latest: Option<i64> =
            tx.value("SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations WHERE success", ()).await?;
        Ok(latest == STAGES.last().map(|stage| stage.version))
    }
}
