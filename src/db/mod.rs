//! The one place that knows there are two engines. SQL is written once, with `$1` placeholders;
//! values travel in each engine's own types. A unit of work keeps nothing unless it is committed.

pub mod errors;
pub mod migrate;
pub mod once;
pub mod page;
mod query;
pub mod series;
mod writer;

pub use query::{Bind, Binds, Column, Query, Row};

use anyhow::Context;
use futures_util::TryStreamExt;
use sqlx::{
    Either, Executor, PgPool, Postgres, Sqlite, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{str::FromStr, sync::Arc, time::Duration};
use writer::{Unit, Writer};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

#[derive(Clone)]
pub enum Db {
    Sqlite { read: SqlitePool, write: Arc<Writer> },
    Postgres(PgPool),
}

/// What is to survive a power cut.
#[derive(Clone, Copy)]
enum Care {
    EveryCommit,
    TheWhole,
}

/// A unit of work or a reading snapshot.
pub enum Tx {
    SqliteRead(sqlx::Transaction<'static, Sqlite>),
    SqliteWrite(Unit),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// Runs `$body` with `$ex` bound to the right executor for `self` and `$q` to the right query.
macro_rules! on {
    ($self:expr, $query:expr, $make:path, |$ex:ident, $q:ident| $body:expr) => {{
        let query: Query = $query;
        match $self {
            Tx::SqliteRead(tx) => {
                let persistent = query.is_kept();
                let (sql, args) = query.ready_for_sqlite();
                let ($ex, $q) = (&mut **tx, $make(sql, args).persistent(persistent));
                $body
            }
            Tx::SqliteWrite(unit) => {
                let (connection, query) = unit.connection(query);
                let persistent = query.is_kept();
                let (sql, args) = query.ready_for_sqlite();
                let ($ex, $q) = (connection, $make(sql, args).persistent(persistent));
                $body
            }
            Tx::Postgres(tx) => {
                let persistent = query.is_kept();
                let (sql, args) = query.ready_for_postgres();
                let ($ex, $q) = (&mut **tx, $make(sql, args).persistent(persistent));
                $body
            }
        }
    }};
}

impl Tx {
    pub fn dialect(&self) -> Dialect {
        match self {
            Tx::SqliteRead(_) | Tx::SqliteWrite(_) => Dialect::Sqlite,
            Tx::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Chooses between two texts where the engines truly differ. The only place a difference can be said.
    pub fn pick<T>(&self, sqlite: T, postgres: T) -> T {
        match self.dialect() {
            Dialect::Sqlite => sqlite,
            Dialect::Postgres => postgres,
        }
    }

    /// Starts a statement whose text may grow.
    pub fn query(&self, sql: &'static str, values: impl Binds) -> Query {
        Query::new(self.dialect(), sql, values)
    }

    /// Locks the row that a lone `SELECT` ends on, until the unit of work is over.
    pub fn for_update(&self, mut query: Query) -> Query {
        query.add(self.pick("", " FOR UPDATE"), ());
        query
    }

    /// Runs a standing statement; answers how many rows it touched.
    pub async fn run(&mut self, sql: &'static str, values: impl Binds) -> sqlx::Result<u64> {
        let query = self.query(sql, values);
        self.execute(query).await
    }

    /// Runs a standing statement whose answer nobody looks at. On SQLite it is sent together with the next
    /// statement, or with the commit, and its failure is reported there: only for what cannot clash.
    pub async fn later(&mut self, sql: &'static str, values: impl Binds + Send + 'static) -> sqlx::Result<()> {
        match self {
            Tx::SqliteWrite(unit) => unit.later(sql, values),
            Tx::SqliteRead(_) | Tx::Postgres(_) => {
                self.run(sql, values).await?;
            }
        }
        Ok(())
    }

    /// All rows of a standing statement.
    pub async fn all<T: Row>(&mut self, sql: &'static str, values: impl Binds) -> sqlx::Result<Vec<T>> {
        let query = self.query(sql, values);
        self.fetch_all(query).await
    }

    /// The row of a standing statement, if there is one.
    pub async fn find<T: Row>(&mut self, sql: &'static str, values: impl Binds) -> sqlx::Result<Option<T>> {
        let query = self.query(sql, values);
        self.fetch_optional(query).await
    }

    /// The row of a standing statement; its absence is an error.
    pub async fn get<T: Row>(&mut self, sql: &'static str, values: impl Binds) -> sqlx::Result<T> {
        let query = self.query(sql, values);
        self.fetch_one(query).await
    }

    /// The first column of the first row of a standing statement, if there is a row.
    pub async fn value<T: Column>(&mut self, sql: &'static str, values: impl Binds) -> sqlx::Result<Option<T>> {
        let query = self.query(sql, values);
        self.fetch_value(query).await
    }

    /// The first column of every row of a standing statement.
    pub async fn values<T: Column>(&mut self, sql: &'static str, values: impl Binds) -> sqlx::Result<Vec<T>> {
        let query = self.query(sql, values);
        on!(self, query, sqlx::query_scalar_with, |ex, q| q.fetch_all(ex).await)
    }

    /// Whether a standing `SELECT 1 …` finds anything.
    pub async fn exists(&mut self, sql: &'static str, values: impl Binds) -> sqlx::Result<bool> {
        let query = self.query(sql, values);
        on!(self, query, sqlx::query_with, |ex, q| Ok(q.fetch_optional(ex).await?.is_some()))
    }

    pub async fn execute(&mut self, query: Query) -> sqlx::Result<u64> {
        on!(self, query, sqlx::query_with, |ex, q| {
            // What rides ahead has its own count; the last one is this statement's.
            let mut touched = 0;
            let mut results = ex.fetch_many(q);
            while let Some(result) = results.try_next().await? {
                if let Either::Left(done) = result {
                    touched = done.rows_affected();
                }
            }
            Ok(touched)
        })
    }

    pub async fn fetch_all<T: Row>(&mut self, query: Query) -> sqlx::Result<Vec<T>> {
        on!(self, query, sqlx::query_as_with, |ex, q| q.fetch_all(ex).await)
    }

    pub async fn fetch_optional<T: Row>(&mut self, query: Query) -> sqlx::Result<Option<T>> {
        on!(self, query, sqlx::query_as_with, |ex, q| q.fetch_optional(ex).await)
    }

    pub async fn fetch_one<T: Row>(&mut self, query: Query) -> sqlx::Result<T> {
        on!(self, query, sqlx::query_as_with, |ex, q| q.fetch_one(ex).await)
    }

    pub async fn fetch_value<T: Column>(&mut self, query: Query) -> sqlx::Result<Option<T>> {
        on!(self, query, sqlx::query_scalar_with, |ex, q| q.fetch_optional(ex).await)
    }

    /// Keeps all that was done. Acknowledge nothing to anybody before this has returned.
    pub async fn commit(self) -> sqlx::Result<()> {
        match self {
            Tx::SqliteRead(tx) => tx.commit().await,
            Tx::SqliteWrite(unit) => unit.commit().await,
            // A commit that waits for a standby must not be cancelled with the request:
            // PostgreSQL would answer success for something that may yet be lost.
            Tx::Postgres(tx) => tokio::spawn(tx.commit()).await.unwrap_or(Err(sqlx::Error::WorkerCrashed)),
        }
    }
}

impl Db {
    /// Opens `sqlite://path` or `postgres://…`. Makes the SQLite file when it is missing; migrates nothing.
    pub async fn connect(url: &str) -> anyhow::Result<Db> {
        Db::open(url, Care::EveryCommit).await
    }

    /// As `connect`, for filling an empty database that is worth nothing half-filled: a power cut may cost all of it.
    pub async fn connect_for_filling(url: &str) -> anyhow::Result<Db> {
        Db::open(url, Care::TheWhole).await
    }

    async fn open(url: &str, care: Care) -> anyhow::Result<Db> {
        if url.starts_with("postgres") {
            let options = PgConnectOptions::from_str(url).context("DATABASE_URL is not a PostgreSQL address")?;
            let options = match care {
                Care::EveryCommit => options,
                Care::TheWhole => options.options([("synchronous_commit", "off")]),
            };
            let pool = PgPoolOptions::new()
                .max_connections(20)
                .acquire_timeout(Duration::from_secs(10))
                .connect_with(options)
                .await
                .context("cannot connect to PostgreSQL")?;
            let db = Db::Postgres(pool);
            db.check_text_order().await?;
            return Ok(db);
        }
        // The driver would take any other text for the name of a file and make it.
        anyhow::ensure!(url.starts_with("sqlite:"), "DATABASE_URL is neither sqlite:// nor postgres://");
        // What the writer holds of the file in memory (KiB), and how many pages of log it lets grow before it folds
        // them in: a filling writes all over a file of gigabytes.
        let (synchronous, patience, cache_kib, log_pages) = match care {
            Care::EveryCommit => (SqliteSynchronous::Full, writer::WAIT_MAX, 65_536, 1_000),
            Care::TheWhole => (SqliteSynchronous::Off, Duration::from_millis(200), 1_048_576, 100_000),
        };
        let options = SqliteConnectOptions::from_str(url)
            .context("DATABASE_URL is not a SQLite address")?
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .busy_timeout(Duration::from_secs(10));
        if let Some(folder) = options.get_filename().parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        // Every unit of work is a savepoint: what it would put back is held in memory, not in a file of its own
        // that costs two writes a page.
        let writing = options
            .clone()
            .pragma("temp_store", "MEMORY")
            .pragma("cache_size", format!("-{cache_kib}"))
            .pragma("wal_autocheckpoint", log_pages.to_string());
        let write = Writer::open(writing, patience).await.context("cannot open the SQLite file")?;
        let read = SqlitePoolOptions::new()
            .max_connections(8)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options.read_only(true))
            .await
            .context("cannot open the SQLite file for reading")?;
        Ok(Db::Sqlite { read, write: Arc::new(write) })
    }

    pub fn dialect(&self) -> Dialect {
        match self {
            Db::Sqlite { .. } => Dialect::Sqlite,
            Db::Postgres(_) => Dialect::Postgres,
        }
    }

    /// A snapshot for reading.
    pub async fn read(&self) -> sqlx::Result<Tx> {
        Ok(match self {
            Db::Sqlite { read, .. } => Tx::SqliteRead(read.begin().await?),
            Db::Postgres(pool) => {
                Tx::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
            }
        })
    }

    /// A unit of work. Only actions open one, and never a second while they hold the first.
    pub async fn write(&self) -> sqlx::Result<Tx> {
        Ok(match self {
            Db::Sqlite { write, .. } => Tx::SqliteWrite(write.unit().await?),
            Db::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Ends all connections; on SQLite the write-ahead log is folded into the file.
    pub async fn close(&self) {
        match self {
            Db::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }

    /// Text must sort by code point on both engines, and Hangul must count as letters.
    async fn check_text_order(&self) -> anyhow::Result<()> {
        let mut tx = self.read().await?;
        let by_code_point: Option<bool> = tx.value("SELECT 'B' < 'a' AND lower('É') = 'é'", ()).await?;
        anyhow::ensure!(
            by_code_point == Some(true),
            "the PostgreSQL database must be created with LOCALE 'C.UTF-8' (text would sort and fold differently)"
        );
        Ok(())
    }
}
