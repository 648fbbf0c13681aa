//! Evidence that a solution is used (domain.md A6 "usage_evidence"): a log in CSV, or signed reports of the vendor's own
//! service. A signature is HMAC-SHA256, in hexadecimal, over the time in seconds, a full stop, and the body.

use crate::core::secret::mac;
use chrono::{DateTime, Utc};
use hmac::Mac;
use serde::Deserialize;

/// Rows and bytes of one log.
pub const LOG_ROWS_MAX: usize = 1_000;
pub const LOG_BYTES_MAX: usize = 256 * 1024;
/// Bytes of one signed report.
pub const REPORT_BYTES_MAX: usize = 16 * 1024;
/// How far the time of a signed report may be from ours, in seconds: older ones may be replayed.
pub const WINDOW_SECONDS: i64 = 300;
/// Reports that a vendor may send in a minute.
pub const REPORTS_PER_MINUTE: i64 = 120;
const COLUMNS: [&str; 5] = ["period", "active_users", "sessions", "api_calls", "tokens"];
const COUNT_MAX: i64 = 1_000_000_000_000;

/// The usage of one month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// `2027-03`.
    pub period: String,
    pub active_users: i64,
    pub sessions: i64,
    pub api_calls: i64,
    pub tokens: i64,
}

/// What a vendor's service reports.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub event_id: String,
    /// The number of the agreement.
    pub agreement: String,
    pub period: String,
    pub active_users: i64,
    pub sessions: i64,
    pub api_calls: i64,
    pub tokens: i64,
}

impl Report {
    /// The usage when every value is one that can be.
    pub fn usage(&self) -> Option<Usage> {
        let is_named = (1..=100).contains(&self.event_id.chars().count()) && !self.event_id.contains(char::is_control);
        let usage = Usage {
            period: self.period.clone(),
            active_users: self.active_users,
            sessions: self.sessions,
            api_calls: self.api_calls,
            tokens: self.tokens,
        };
        (is_named && usage.is_possible()).then_some(usage)
    }
}

impl Usage {
    fn is_possible(&self) -> bool {
        let counts = [self.active_users, self.sessions, self.api_calls, self.tokens];
        is_month(&self.period) && counts.iter().all(|count| (0..=COUNT_MAX).contains(count))
    }
}

fn is_month(text: &str) -> bool {
    text.len() == 7 && format!("{text}-01").parse::<chrono::NaiveDate>().is_ok()
}

/// Why a log was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogTrouble {
    /// The first line does not name the five columns.
    Columns,
    /// No rows, or more than [`LOG_ROWS_MAX`].
    Rows,
    /// A value in this line, from 1.
    Line(u64),
}

/// Reads a log: one row a month or part of a month, in any order of columns.
pub fn read_log(bytes: &[u8]) -> Result<Vec<Usage>, LogTrouble> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let headers = reader.headers().map_err(|_| LogTrouble::Columns)?.clone();
    let mut places = [0; COLUMNS.len()];
    for (place, name) in places.iter_mut().zip(COLUMNS) {
        *place = headers.iter().position(|header| header == name).ok_or(LogTrouble::Columns)?;
    }
    let mut found = Vec::new();
    for record in reader.records() {
        let line = found.len() as u64 + 2;
        let record = record.map_err(|_| LogTrouble::Line(line))?;
        let cell = |column: usize| record.get(places[column]).unwrap_or_default();
        let count = |column: usize| cell(column).parse::<i64>().map_err(|_| LogTrouble::Line(line));
        let usage = Usage {
            period: cell(0).to_owned(),
            active_users: count(1)?,
            sessions: count(2)?,
            api_calls: count(3)?,
            tokens: count(4)?,
        };
        if !usage.is_possible() {
            return Err(LogTrouble::Line(line));
        }
        found.push(usage);
        if found.len() > LOG_ROWS_MAX {
            return Err(LogTrouble::Rows);
        }
    }
    if found.is_empty() { Err(LogTrouble::Rows) } else { Ok(found) }
}

/// Whether the time of a report, in seconds as it was sent, is near enough to ours.
pub fn is_timely(timestamp: &str, now: DateTime<Utc>) -> bool {
    timestamp.parse::<i64>().is_ok_and(|sent| now.timestamp().abs_diff(sent) <= WINDOW_SECONDS as u64)
}

/// Whether `signature` is that of this time and body under the secret; compared in constant time.
pub fn is_signed(secret: &str, timestamp: &str, body: &[u8], signature: &str) -> bool {
    let Ok(signature) = hex::decode(signature) else { return false };
    let mut mac = mac(secret.as_bytes(), timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.verify_slice(&signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "period,active_users,sessions,api_calls,tokens\n2027-02,12,340,9000,1200000\n2027-03,0,0,0,0\n";

    #[test]
    fn a_log_is_read_in_any_order_of_columns() {
        let read = read_log(LOG.as_bytes()).unwrap();
        assert_eq!((read.len(), read[0].active_users, read[0].tokens), (2, 12, 1_200_000));
        let turned = "\u{feff}tokens, period ,sessions,api_calls,active_users\n1,2027-03,2,3,4\n";
        let read = read_log(turned.as_bytes()).unwrap();
        assert_eq!((read[0].tokens, read[0].sessions, read[0].active_users), (1, 2, 4));
    }

    #[test]
    fn a_log_that_cannot_be_is_refused_with_its_line() {
        for (text, trouble) in [
            ("", LogTrouble::Columns),
            ("period,active_users\n2027-03,1\n", LogTrouble::Columns),
            ("period,active_users,sessions,api_calls,tokens\n", LogTrouble::Rows),
            ("period,active_users,sessions,api_calls,tokens\n2027-13,1,1,1,1\n", LogTrouble::Line(2)),
            ("period,active_users,sessions,api_calls,tokens\n2027-03,1,1,1,1\n2027-03,-1,1,1,1\n", LogTrouble::Line(3)),
            ("period,active_users,sessions,api_calls,tokens\n2027-03,many,1,1,1\n", LogTrouble::Line(2)),
        ] {
            assert_eq!(read_log(text.as_bytes()), Err(trouble), "{text}");
        }
        let long = LOG.to_owned() + &"2027-03,1,1,1,1\n".repeat(LOG_ROWS_MAX);
        assert_eq!(read_log(long.as_bytes()), Err(LogTrouble::Rows));
    }

    #[test]
    fn only_the_right_signature_in_time_counts() {
        let sign = |secret: &str, text: &[u8]| hex::encode(mac(secret.as_bytes(), text).finalize().into_bytes());
        let right = sign("secret", b"1800000000.{}");
        assert!(is_signed("secret", "1800000000", b"{}", &right));
        for (secret, time, body, signature) in [
            ("other", "1800000000", &b"{}"[..], right.as_str()),
            ("secret", "1800000001", b"{}", &right),
            ("secret", "1800000000", b"{ }", &right),
            ("secret", "1800000000", b"{}", "00"),
            ("secret", "1800000000", b"{}", "not hexadecimal"),
            ("secret", "1800000000", b"{}", ""),
        ] {
            assert!(!is_signed(secret, time, body, signature));
        }
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        assert!(is_timely("1800000300", now) && is_timely("1799999700", now));
        assert!(!is_timely("1799999699", now) && !is_timely("1800000301", now) && !is_timely("now", now));
    }
}
