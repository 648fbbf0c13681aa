//! SQLite has one writer. Units of work queue for it, each inside a savepoint; one durable commit serves all
//! that were waiting, and none of them is acknowledged before that commit has returned. A unit that fails
//! rolls back its own savepoint alone; a commit that fails, fails every unit it would have kept.

use super::{
    Dialect,
    query::{Ahead, Query},
};
use sqlx::{ConnectOptions, Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

/// The most units one commit may keep: bounds how much work a failed commit can undo.
const UNITS_MAX: usize = 256;
/// How long a commit that has to be there when the power fails waits for others to join it.
pub(super) const WAIT: Duration = Duration::from_millis(5);
/// While others follow, a commit waits for them at least this many times as long as the last one took, so that a slow
/// disk spends most of the time on work;
const WAIT_TIMES: u32 = 4;
/// but never longer than this.
const WAIT_MAX: Duration = Duration::from_millis(20);

pub struct Writer {
    desk: Arc<Mutex<Desk>>,
    queued: Arc<AtomicUsize>,
}

struct Desk {
    /// None once closed.
    connection: Option<SqliteConnection>,
    /// A transaction is open that keeps finished units.
    open: bool,
    /// A unit has begun and neither finished nor been rolled back.
    unfinished: bool,
    units: usize,
    opened: Instant,
    /// How long this transaction may stay open for others to join.
    patience: Duration,
    /// How long the last commit took.
    took: Duration,
    waiting: Vec<oneshot::Sender<bool>>,
}

/// Statements kept prepared: texts that ride together count as one, so there are more of them than statements.
const PREPARED_MAX: usize = 1_024;

/// One unit of work on the one writer connection. Dropped without `commit`, it leaves nothing behind.
pub struct Unit {
    desk: Option<OwnedMutexGuard<Desk>>,
    /// What rides with the next statement. A hand-over to the engine's thread costs more than most statements
    /// (see the figures in docs/decisions), so those whose answer nobody waits for do not get one of their own.
    ahead: Vec<Ahead>,
    begun: bool,
    again: Arc<Mutex<Desk>>,
    queued: Arc<AtomicUsize>,
}

/// Counts a unit as queuing, also when whoever waits gives up.
struct Ticket(Arc<AtomicUsize>);

impl Ticket {
    fn take(queued: &Arc<AtomicUsize>) -> Ticket {
        queued.fetch_add(1, Ordering::SeqCst);
        Ticket(queued.clone())
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Writer {
    pub(super) async fn open(options: SqliteConnectOptions, patience: Duration) -> sqlx::Result<Writer> {
        let desk = Desk {
            connection: Some(options.statement_cache_capacity(PREPARED_MAX).connect().await?),
            open: false,
            unfinished: false,
            units: 0,
            opened: Instant::now(),
            patience,
            took: Duration::ZERO,
            waiting: Vec::new(),
        };
        Ok(Writer { desk: Arc::new(Mutex::new(desk)), queued: Arc::default() })
    }

    pub(super) async fn unit(&self) -> sqlx::Result<Unit> {
        let ticket = Ticket::take(&self.queued);
        let mut desk = self.desk.clone().lock_owned().await;
        drop(ticket);
        desk.tidy().await?;
        Ok(Unit {
            desk: Some(desk),
            ahead: Vec::new(),
            begun: false,
            again: self.desk.clone(),
            queued: self.queued.clone(),
        })
    }

    /// Runs `work` with the bare connection, outside any unit: migrations, which bring their own transactions.
    pub(super) async fn alone<T>(
        &self,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let mut desk = self.desk.lock().await;
        desk.finish().await?;
        work(desk.connection()?).await
    }

    pub(super) async fn close(&self) {
        let mut desk = self.desk.lock().await;
        if let Err(error) = desk.finish().await {
            tracing::error!(%error, "closing the SQLite writer");
        }
        if let Some(connection) = desk.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::error!(%error, "closing the SQLite writer");
        }
    }
}

impl Desk {
    fn connection(&mut self) -> sqlx::Result<&mut SqliteConnection> {
        self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)
    }

    async fn say(&mut self, sql: &'static str) -> sqlx::Result<()> {
        self.connection()?.execute(sqlx::raw_sql(sql)).await?;
        Ok(())
    }

    /// What a unit's first statement is to be preceded by.
    fn begin(&mut self) -> &'static str {
        self.unfinished = true;
        if self.open {
            return "SAVEPOINT unit";
        }
        self.open = true;
        self.units = 0;
        self.opened = Instant::now();
        "BEGIN IMMEDIATE; SAVEPOINT unit"
    }

    /// Takes back a unit that was dropped half-way; the finished ones before it stay.
    async fn tidy(&mut self) -> sqlx::Result<()> {
        if !self.unfinished {
            return Ok(());
        }
        self.unfinished = false;
        if let Err(error) = self.say("ROLLBACK TO unit; RELEASE unit").await {
            // A full disk or an I/O error ends the whole transaction by itself.
            tracing::error!(%error, "the open transaction is gone");
            self.give_up().await;
        }
        Ok(())
    }

    /// One durable commit for all finished units.
    async fn finish(&mut self) -> sqlx::Result<()> {
        self.tidy().await?;
        if !self.open {
            return Ok(());
        }
        self.settle("COMMIT").await
    }

    fn is_due(&self) -> bool {
        let longer = (self.took * WAIT_TIMES).min(WAIT_MAX);
        self.units >= UNITS_MAX || self.opened.elapsed() >= self.patience.max(longer)
    }

    async fn settle(&mut self, sql: &'static str) -> sqlx::Result<()> {
        let begun = Instant::now();
        match self.say(sql).await {
            Ok(()) => {
                self.took = begun.elapsed();
                self.open = false;
                self.unfinished = false;
                self.answer(true);
                Ok(())
            }
            Err(error) => {
                self.give_up().await;
                Err(error)
            }
        }
    }

    async fn give_up(&mut self) {
        // Fails when the engine has rolled back already, which is what is wanted.
        if let Err(error) = self.say("ROLLBACK").await {
            tracing::debug!(%error, "nothing left to roll back");
        }
        self.open = false;
        self.unfinished = false;
        self.answer(false);
    }

    fn answer(&mut self, kept: bool) {
        for unit in self.waiting.drain(..) {
            // Whoever waited may have gone away; the unit is kept or lost all the same.
            let _ = unit.send(kept);
        }
    }
}

impl Unit {
    /// Sends `statement` with the next one, whichever that is.
    pub(super) fn send_ahead(&mut self, statement: Ahead) {
        self.ahead.push(statement);
    }

    /// The connection, and `query` with everything that was to precede it.
    pub(super) fn connection(&mut self, query: Query) -> (&mut SqliteConnection, Query) {
        let desk = self.desk.as_mut().expect("a unit holds the desk until it is committed");
        let mut ahead = Vec::new();
        if !self.begun {
            self.begun = true;
            ahead.push(Ahead::new(desk.begin(), ()));
        }
        ahead.append(&mut self.ahead);
        (desk.connection.as_mut().expect("a desk with a unit is not closed"), query.after(ahead))
    }

    /// Finished in a task of its own: a request that is cancelled must not leave it unknown whether it was kept.
    pub(super) async fn commit(self) -> sqlx::Result<()> {
        if !self.begun && self.ahead.is_empty() {
            return Ok(());
        }
        tokio::spawn(self.keep()).await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }

    async fn keep(mut self) -> sqlx::Result<()> {
        let desk = self.desk.as_ref().expect("a unit is committed once");
        let nobody_follows = self.queued.load(Ordering::SeqCst) == 0;
        let is_due = nobody_follows || desk.is_due();
        // Alone in its commit, a unit needs no hand-over of its own for its last statements.
        let ends_all = is_due && desk.waiting.is_empty();
        let ending = if ends_all { "RELEASE unit; COMMIT" } else { "RELEASE unit" };
        let (connection, query) = self.connection(Query::new(Dialect::Sqlite, ending, ()));
        let persistent = query.is_kept();
        let (sql, args) = query.ready_for_sqlite();
        let released = sqlx::query_with(sql, args).persistent(persistent).execute(connection).await;
        let mut desk = self.desk.take().expect("a unit is committed once");
        if let Err(error) = released {
            if ends_all {
                desk.give_up().await
            } else {
                desk.tidy().await?
            }
            return Err(error);
        }
        desk.unfinished = false;
        if ends_all {
            desk.open = false;
            return Ok(());
        }
        if is_due {
            return desk.settle("COMMIT").await;
        }
        desk.units += 1;
        let (told, mut kept) = oneshot::channel();
        desk.waiting.push(told);
        drop(desk);
        loop {
            match tokio::time::timeout(WAIT, &mut kept).await {
                Ok(Ok(true)) => return Ok(()),
                Ok(_) => return Err(sqlx::Error::WorkerCrashed),
                // Whoever was to follow gave up or is slow between two statements.
                Err(_) => {
                    if let Ok(mut desk) = self.again.try_lock() {
                        desk.finish().await?;
                    }
                }
            }
        }
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        let Some(desk) = self.desk.take() else { return };
        drop(desk);
        let again = self.again.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = again.lock().await.finish().await {
                    tracing::error!(%error, "rolling back a unit of work");
                }
            });
        }
    }
}
