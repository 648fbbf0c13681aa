//! The one place that knows there are two engines. SQL is written once, with `$1` placeholders;
//! values travel in each engine's own types. A unit of work keeps nothing unless it is committed.

pub mod errors;
pub mod migrate;
pub mod once;
pub mod page;
mod query;
pub mod series;
mod writer;

use query::{Ahead, Rows};
pub use query::{Bind, Binds, Column, Query, Row, Select, Selects};

use anyhow::Context;
use futures_util::TryStreamExt;
use sqlx::{
    Connection, Database, Either, Executor, PgPool, Postgres, Sqlite, SqlitePool,
    pool::PoolConnection,
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

/// How long a connection to PostgreSQL may have been idle and is used without a look whether it is still there.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

/// How many statements are sent to PostgreSQL as one.
const AT_ONCE: usize = 16;

/// What is to survive a power cut.
#[derive(Clone, Copy)]
enum Care {
    EveryCommit,
    TheWhole,
}

/// A unit of work or a reading snapshot.
pub struct Tx {
    on: On,
    /// What PostgreSQL is told just before the commit.
    last: Vec<Ahead>,
}

/// Where it runs.
enum On {
    SqliteRead(Held<Sqlite>),
    SqliteWrite(Unit),
    Postgres(Held<Postgres>),
}

impl From<On> for Tx {
    fn from(on: On) -> Tx {
        Tx { on, last: Vec::new() }
    }
}

/// A connection of a pool, with a transaction around what is done on it or, for a lone statement, without.
enum Held<DB: Database> {
    Within(sqlx::Transaction<'static, DB>),
    Bare(PoolConnection<DB>),
}

impl<DB: Database> Held<DB> {
    fn connection(&mut self) -> &mut DB::Connection {
        match self {
            Held::Within(transaction) => transaction,
            Held::Bare(connection) => connection,
        }
    }

    async fn commit(self) -> sqlx::Result<()> {
        match self {
            Held::Within(transaction) => transaction.commit().await,
            Held::Bare(_) => Ok(()),
        }
    }
}

/// Runs `$body` with `$ex` bound to the right executor for `self` and `$q` to the right query.
macro_rules! on {
    ($self:expr, $query:expr, $make:path, |$ex:ident, $q:ident| $body:expr) => {{
        let query: Query = $query;
        match &mut $self.on {
            On::SqliteRead(tx) => {
                let persistent = query.is_kept();
                let (sql, args) = query.ready_for_sqlite();
                let ($ex, $q) = (tx.connection(), $make(sql, args).persistent(persistent));
                $body
            }
            On::SqliteWrite(unit) => {
                let (connection, query) = unit.connection(query);
                let persistent = query.is_kept();
                let (sql, args) = query.ready_for_sqlite();
                let ($ex, $q) = (connection, $make(sql, args).persistent(persistent));
                $body
            }
            On::Postgres(tx) => {
                let persistent = query.is_kept();
                let (sql, args) = query.ready_for_postgres();
                let ($ex, $q) = (tx.connection(), $make(sql, args).persistent(persistent));
                $body
            }
        }
    }};
}

impl Tx {
    pub fn dialect(&self) -> Dialect {
        match &self.on {
            On::SqliteRead(_) | On::SqliteWrite(_) => Dialect::Sqlite,
            On::Postgres(_) => Dialect::Postgres,
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
        match &mut self.on {
            On::SqliteWrite(unit) => unit.send_ahead(Ahead::new(sql, values)),
            On::SqliteRead(_) | On::Postgres(_) => {
                self.run(sql, values).await?;
            }
        }
        Ok(())
    }

    /// Writes what nothing else in this unit of work looks at: history, outbox, frozen content. As `later` on SQLite; on
    /// PostgreSQL all of it is one statement before the commit. None of it may touch what another of it wrote, and its
    /// failure is reported at the latest by the commit: only for what cannot clash.
    pub async fn last(&mut self, sql: &'static str, values: impl Binds + Send + 'static) -> sqlx::Result<()> {
        match self.dialect() {
            Dialect::Sqlite => self.later(sql, values).await?,
            Dialect::Postgres => self.last.push(Ahead::new(sql, values)),
        }
        Ok(())
    }

    /// All rows of one `SELECT`.
    pub async fn rows<T: Row>(&mut self, select: Select<T>) -> sqlx::Result<Vec<T>> {
        Ok(self.together((select,)).await?.0)
    }

    /// The rows of several `SELECT`s that need nothing of each other's. On SQLite they are handed over at once.
    pub async fn together<S: Selects>(&mut self, selects: S) -> sqlx::Result<S::Answers> {
        let dialect = self.dialect();
        let mut statements = selects.into_statements();
        let count = statements.len();
        let last = Query::alone(dialect, statements.pop().expect("no tuple of selects is empty"));
        let texts = match dialect {
            Dialect::Sqlite => vec![last.after(statements)],
            Dialect::Postgres => {
                let first = statements.into_iter().map(|statement| Query::alone(dialect, statement));
                first.chain([last]).collect()
            }
        };
        let mut rows = Vec::with_capacity(count);
        for text in texts {
            rows.append(&mut self.groups(text).await?);
        }
        // What rode ahead of them has answers of its own, which come first.
        S::answers(&rows[rows.len() - count..])
    }

    /// The rows of each statement of a text.
    async fn groups(&mut self, query: Query) -> sqlx::Result<Vec<Rows>> {
        on!(self, query, sqlx::query_with, |ex, q| {
            let (mut groups, mut group) = (Vec::new(), Vec::new());
            let mut results = ex.fetch_many(q);
            while let Some(result) = results.try_next().await? {
                match result {
                    Either::Right(row) => group.push(row),
                    Either::Left(_) => groups.push(std::mem::take(&mut group).into()),
                }
            }
            Ok(groups)
        })
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
    pub async fn commit(mut self) -> sqlx::Result<()> {
        while !self.last.is_empty() {
            let some = self.last.len().min(AT_ONCE);
            let query = Query::as_one(self.last.drain(..some).collect());
            self.execute(query).await?;
        }
        match self.on {
            On::SqliteRead(tx) => tx.commit().await,
            On::SqliteWrite(unit) => unit.commit().await,
            // A commit that waits for a standby must not be cancelled with the request:
            // PostgreSQL would answer success for something that may yet be lost.
            On::Postgres(tx) => tokio::spawn(tx.commit()).await.unwrap_or(Err(sqlx::Error::WorkerCrashed)),
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
                // Asking before every use whether the server is still there costs as much as a statement.
                .test_before_acquire(false)
                .before_acquire(|connection, seen| {
                    Box::pin(async move {
                        if seen.idle_for > TRUSTED_IDLE {
                            connection.ping().await?;
                        }
                        Ok(true)
                    })
                })
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
            Care::EveryCommit => (SqliteSynchronous::Full, writer::WAIT, 65_536, 1_000),
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
            .test_before_acquire(false)
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
            Db::Sqlite { read, .. } => On::SqliteRead(Held::Within(read.begin().await?)).into(),
            Db::Postgres(pool) => {
                let begun = pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
                On::Postgres(Held::Within(begun)).into()
            }
        })
    }

    /// For one reading statement, which sees one state of things by itself: a transaction around it would cost as much
    /// again. Of two, the second may see more than the first; use `read` for those.
    pub async fn glance(&self) -> sqlx::Result<Tx> {
        Ok(match self {
            Db::Sqlite { read, .. } => On::SqliteRead(Held::Bare(read.acquire().await?)).into(),
            Db::Postgres(pool) => On::Postgres(Held::Bare(pool.acquire().await?)).into(),
        })
    }

    /// A unit of work. Only actions open one, and never a second while they hold the first.
    pub async fn write(&self) -> sqlx::Result<Tx> {
        Ok(match self {
            Db::Sqlite { write, .. } => On::SqliteWrite(write.unit().await?).into(),
            Db::Postgres(pool) => On::Postgres(Held::Within(pool.begin().await?)).into(),
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
