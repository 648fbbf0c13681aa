//! A statement and its values, built for one engine. User text can only ever be a value.

use super::Dialect;
use sqlx::{
    Arguments, Decode, Encode, FromRow, Postgres, SqlSafeStr, SqlStr, Sqlite, Type,
    postgres::{PgArguments, PgRow},
    sqlite::{SqliteArguments, SqliteRow},
};
use std::{borrow::Cow, marker::PhantomData};

/// A value both engines can store.
pub trait Bind:
    for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send
{
}
impl<T> Bind for T where
    T: for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send
{
}

/// A row type both engines can produce: any struct with `#[derive(sqlx::FromRow)]`, or a tuple.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// A single column both engines can produce.
pub trait Column:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> + Send + Unpin
{
}
impl<T> Column for T where
    T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> + Send + Unpin
{
}

/// The longest text, in bytes, that SQLite keeps prepared although it may not come again.
const KEPT_LENGTH: usize = 16_384;

pub(super) enum Args {
    Sqlite(SqliteArguments),
    Postgres(PgArguments),
}

pub struct Query {
    sql: Cow<'static, str>,
    args: Args,
    bound: usize,
    standing: bool,
}

/// A statement that waits to be sent together with the next one.
pub struct Ahead {
    sql: &'static str,
    bind: Box<dyn FnOnce(&mut Query) + Send>,
}

impl Ahead {
    pub fn new(sql: &'static str, values: impl Binds + Send + 'static) -> Ahead {
        Ahead { sql, bind: Box::new(|query| values.bind_to(query)) }
    }
}

/// A standing `SELECT` with its values, not asked yet: those that need nothing of each other travel together
/// (`Tx::together`).
pub struct Select<T> {
    ahead: Ahead,
    answers: PhantomData<fn() -> T>,
}

impl<T: Row> Select<T> {
    pub fn new(sql: &'static str, values: impl Binds + Send + 'static) -> Select<T> {
        Select { ahead: Ahead::new(sql, values), answers: PhantomData }
    }
}

/// The rows of one statement, as its engine gave them.
pub enum Rows {
    Sqlite(Vec<SqliteRow>),
    Postgres(Vec<PgRow>),
}

impl From<Vec<SqliteRow>> for Rows {
    fn from(rows: Vec<SqliteRow>) -> Rows {
        Rows::Sqlite(rows)
    }
}

impl From<Vec<PgRow>> for Rows {
    fn from(rows: Vec<PgRow>) -> Rows {
        Rows::Postgres(rows)
    }
}

impl Rows {
    fn read<T: Row>(&self) -> sqlx::Result<Vec<T>> {
        match self {
            Rows::Sqlite(rows) => rows.iter().map(T::from_row).collect(),
            Rows::Postgres(rows) => rows.iter().map(T::from_row).collect(),
        }
    }
}

/// A tuple of `Select`s: answered by a tuple of their rows, in the same order.
pub trait Selects {
    type Answers;

    #[doc(hidden)]
    fn into_statements(self) -> Vec<Ahead>;

    #[doc(hidden)]
    fn answers(rows: &[Rows]) -> sqlx::Result<Self::Answers>;
}

macro_rules! selects {
    ($($t:ident $n:tt),*) => {
        impl<$($t: Row),*> Selects for ($(Select<$t>,)*) {
            type Answers = ($(Vec<$t>,)*);

            fn into_statements(self) -> Vec<Ahead> {
                vec![$(self.$n.ahead),*]
            }

            fn answers(rows: &[Rows]) -> sqlx::Result<Self::Answers> {
                Ok(($(rows[$n].read::<$t>()?,)*))
            }
        }
    };
}
selects!(A 0);
selects!(A 0, B 1);
selects!(A 0, B 1, C 2);
selects!(A 0, B 1, C 2, D 3);
selects!(A 0, B 1, C 2, D 3, E 4);
selects!(A 0, B 1, C 2, D 3, E 4, F 5);

/// What a statement is given: a tuple of values, `(id,)` for one and `()` for none.
pub trait Binds {
    fn bind_to(self, query: &mut Query);
}
macro_rules! binds {
    ($($t:ident $n:tt),*) => {
        impl<$($t: Bind),*> Binds for ($($t,)*) {
            fn bind_to(self, _query: &mut Query) { $(_query.bind(self.$n);)* }
        }
    };
}
binds!();
binds!(A 0);
binds!(A 0, B 1);
binds!(A 0, B 1, C 2);
binds!(A 0, B 1, C 2, D 3);
binds!(A 0, B 1, C 2, D 3, E 4);
binds!(A 0, B 1, C 2, D 3, E 4, F 5);
binds!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
binds!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
binds!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
binds!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
binds!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
binds!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
binds!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12);
binds!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13);
binds!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14);
binds!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14, P 15);

impl Query {
    pub(super) fn new(dialect: Dialect, sql: &'static str, values: impl Binds) -> Query {
        let args = match dialect {
            Dialect::Sqlite => Args::Sqlite(SqliteArguments::default()),
            Dialect::Postgres => Args::Postgres(PgArguments::default()),
        };
        let mut query = Query { sql: sql.into(), args, bound: 0, standing: true };
        values.bind_to(&mut query);
        query
    }

    pub(super) fn bind(&mut self, value: impl Bind) {
        match &mut self.args {
            Args::Sqlite(args) => args.add(value),
            Args::Postgres(args) => args.add(value),
        }
        .expect("a value of ours always encodes");
        self.bound += 1;
    }

    /// Appends `sql`; each `?` in it stands for the next of `values`.
    pub fn add(&mut self, sql: &'static str, values: impl Binds) {
        if sql.is_empty() {
            return;
        }
        let first = self.bound + 1;
        values.bind_to(self);
        self.standing = false;
        let text = self.sql.to_mut();
        for (i, part) in sql.split('?').enumerate() {
            if i > 0 {
                text.push_str(&format!("${}", first + i - 1));
            }
            text.push_str(part);
        }
    }

    /// Appends `sql`; the one `?` in it stands for the whole of `values`. Nothing when there are none.
    pub fn add_list<T: Bind>(&mut self, sql: &'static str, values: impl IntoIterator<Item = T>) {
        let mut list = Vec::new();
        for value in values {
            self.bind(value);
            list.push(format!("${}", self.bound));
        }
        if !list.is_empty() {
            let text = sql.replacen('?', &list.join(", "), 1);
            self.sql.to_mut().push_str(&text);
            self.standing = false;
        }
    }

    /// Appends rows to an `INSERT … VALUES `: `(?, ?), (?, ?)`. At least one row is expected.
    pub fn add_rows<B: Binds>(&mut self, row: &'static str, rows: impl IntoIterator<Item = B>) {
        for (i, values) in rows.into_iter().enumerate() {
            if i > 0 {
                self.sql.to_mut().push_str(", ");
            }
            self.add(row, values);
        }
    }

    /// As it is sent by itself.
    pub(super) fn alone(dialect: Dialect, statement: Ahead) -> Query {
        let mut query = Query::new(dialect, "", ());
        (statement.bind)(&mut query);
        query.sql = statement.sql.into();
        query
    }

    /// Several writing statements as one, for PostgreSQL: all see the state of things before any of them.
    pub(super) fn as_one(statements: Vec<Ahead>) -> Query {
        let mut query = Query::new(Dialect::Postgres, "", ());
        let mut text = String::new();
        let last = statements.len() - 1;
        for (i, statement) in statements.into_iter().enumerate() {
            let by = query.bound;
            (statement.bind)(&mut query);
            if i == last {
                renumber(statement.sql, by, &mut text);
                continue;
            }
            text.push_str(&format!("{} w{i} AS (", if i == 0 { "WITH" } else { "," }));
            renumber(statement.sql, by, &mut text);
            text.push_str(") ");
        }
        query.sql = text.into();
        query
    }

    /// Whether it is worth keeping prepared: a text that never changes is; on SQLite, where making a statement costs
    /// as much as running it, so is every short one.
    pub(super) fn is_kept(&self) -> bool {
        self.standing || (matches!(self.args, Args::Sqlite(_)) && self.sql.len() <= KEPT_LENGTH)
    }

    /// Puts statements before this one: the whole is sent at once, and only the last one's rows are looked at.
    pub(super) fn after(mut self, ahead: Vec<Ahead>) -> Query {
        if ahead.is_empty() {
            return self;
        }
        let mut text = String::new();
        for statement in ahead {
            let by = self.bound;
            (statement.bind)(&mut self);
            renumber(statement.sql, by, &mut text);
            text.push_str("; ");
        }
        text.push_str(&self.sql);
        self.sql = text.into();
        self
    }

    /// SQLite turns a forgotten bind into NULL without a word; PostgreSQL refuses. So we refuse on both.
    pub(super) fn ready(self) -> (SqlStr, Args) {
        assert_eq!(highest_placeholder(&self.sql), self.bound, "binds of: {}", self.sql);
        let sql = match self.sql {
            Cow::Borrowed(sql) => sql.into_sql_str(),
            // Grown from static pieces only (see `add`); values are always bound.
            #[allow(clippy::disallowed_types)]
            Cow::Owned(sql) => sqlx::AssertSqlSafe(sql).into_sql_str(),
        };
        (sql, self.args)
    }

    pub(super) fn ready_for_postgres(self) -> (SqlStr, PgArguments) {
        match self.ready() {
            (sql, Args::Postgres(args)) => (sql, args),
            (_, Args::Sqlite(_)) => unreachable!("a query is run on the engine it was made for"),
        }
    }

    pub(super) fn ready_for_sqlite(mut self) -> (SqlStr, SqliteArguments) {
        // SQLite looks a numbered placeholder up among all others: a thousand of them cost a million looks.
        if !self.standing
            && let Some(text) = in_order(&self.sql, self.bound)
        {
            self.sql = text.into();
            self.bound = 0;
        }
        match self.ready() {
            (sql, Args::Sqlite(args)) => (sql, args),
            (_, Args::Postgres(_)) => unreachable!("a query is run on the engine it was made for"),
        }
    }
}

/// Writes `sql` with each `$n` as `$(n + by)`.
fn renumber(sql: &str, by: usize, text: &mut String) {
    let mut parts = sql.split('$');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        match part[..digits].parse::<usize>() {
            Ok(n) => text.push_str(&format!("${}", n + by)),
            Err(_) => text.push('$'),
        }
        text.push_str(&part[digits..]);
    }
}

/// `sql` with a plain `?` for each placeholder when they stand in order, each once, up to the `last`.
fn in_order(sql: &str, last: usize) -> Option<String> {
    let mut parts = sql.split('$');
    let mut text = String::with_capacity(sql.len());
    text.push_str(parts.next().unwrap_or_default());
    let mut n = 0;
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        n += 1;
        if part[..digits].parse() != Ok(n) {
            return None;
        }
        text.push('?');
        text.push_str(&part[digits..]);
    }
    (n == last).then_some(text)
}

fn highest_placeholder(sql: &str) -> usize {
    sql.split('$')
        .skip(1)
        .filter_map(|rest| {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            rest[..digits].parse().ok()
        })
        .max()
        .unwrap_or(0)
}
