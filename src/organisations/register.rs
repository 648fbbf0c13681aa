//! Asking a business register how businesses stand. A connector answers in batches; every question and answer is kept.
//! The default is the register that staff import as a file; a ministry with a line to the tax office adds its own.

use super::{rules::RegisterStatus, store};
use crate::db::Tx;
use chrono::{DateTime, NaiveTime, Utc};
use std::{
    collections::{BTreeMap, VecDeque},
    future::Future,
    sync::Mutex,
};

/// Businesses that one question may ask about (the tax office's service takes as many).
pub const BATCH_MAX: usize = 100;

/// What a register says of one business.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// None: the register does not know the number.
    pub status: Option<RegisterStatus>,
    /// Since when the register stands like this; None: right now.
    pub as_of: Option<DateTime<Utc>>,
    /// As it came.
    pub raw: serde_json::Value,
}

/// A line to a business register.
pub trait Register {
    /// Its name in the record of questions.
    fn name(&self) -> &'static str;

    /// Asks about at most `BATCH_MAX` business numbers (ten digits each). Of a number without an answer nothing is known.
    ///
    /// # Errors
    /// The register cannot be reached or answers nonsense; nothing changes then, and it is asked again later.
    fn ask(
        &self,
        tx: &mut Tx,
        numbers: &[String],
    ) -> impl Future<Output = anyhow::Result<BTreeMap<String, Answer>>> + Send;
}

/// Answers from the file that staff imported last.
pub struct Imported;

impl Register for Imported {
    fn name(&self) -> &'static str {
        "imported"
    }

    async fn ask(&self, tx: &mut Tx, numbers: &[String]) -> anyhow::Result<BTreeMap<String, Answer>> {
        let known = store::register::entries(tx, numbers).await?;
        let answer = |(number, status, day): (String, RegisterStatus, chrono::NaiveDate)| {
            let as_of = crate::core::calendar::closing_instant(day, NaiveTime::MIN, super::rules::LEGAL_ZONE);
            let raw = serde_json::json!({ "status": status, "as_of": day });
            (number, Answer { status: Some(status), as_of: Some(as_of), raw })
        };
        Ok(known.into_iter().map(answer).collect())
    }
}

/// Answers that were recorded from a register, one set after the other: what a connector is rehearsed with.
pub struct Recorded {
    answers: Mutex<VecDeque<anyhow::Result<serde_json::Value>>>,
}

impl Recorded {
    /// Each answer is as the tax office's service sends it: `{"data": [{"b_no": …, "b_stt_cd": …}]}`.
    pub fn new(answers: impl IntoIterator<Item = anyhow::Result<serde_json::Value>>) -> Recorded {
        Recorded { answers: Mutex::new(answers.into_iter().collect()) }
    }
}

impl Register for Recorded {
    fn name(&self) -> &'static str {
        "recorded"
    }

    async fn ask(&self, _: &mut Tx, _: &[String]) -> anyhow::Result<BTreeMap<String, Answer>> {
        let next = self.answers.lock().expect("nobody panics while taking an answer").pop_front();
        read_status_service(&next.unwrap_or_else(|| anyhow::bail!("no further answer was recorded"))?)
    }
}

/// Reads an answer of the tax office's status service (domain.md 5.1): 01 in business, 02 suspended, 03 closed,
/// empty: not registered.
pub fn read_status_service(answer: &serde_json::Value) -> anyhow::Result<BTreeMap<String, Answer>> {
    let rows = answer["data"].as_array().ok_or_else(|| anyhow::anyhow!("an answer of the register without data"))?;
    let read = |row: &serde_json::Value| {
        let number = row["b_no"].as_str().ok_or_else(|| anyhow::anyhow!("an answer without its number"))?;
        let status = match row["b_stt_cd"].as_str() {
            Some("01") => Some(RegisterStatus::Active),
            Some("02") => Some(RegisterStatus::Suspended),
            Some("03") => Some(RegisterStatus::Closed),
            Some("") | None => None,
            Some(other) => anyhow::bail!("an unknown status in the register: {other}"),
        };
        Ok((number.to_owned(), Answer { status, as_of: None, raw: row.clone() }))
    };
    rows.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_answer_of_the_status_service_is_read() {
        let answer = json!({ "status_code": "OK", "data": [
            { "b_no": "1248100998", "b_stt_cd": "01" }, { "b_no": "2208162517", "b_stt_cd": "03", "end_dt": "20260101" },
            { "b_no": "1208147521", "b_stt_cd": "" },
        ] });
        let read = read_status_service(&answer).unwrap();
        assert_eq!(read["1248100998"].status, Some(RegisterStatus::Active));
        assert_eq!(read["2208162517"].status, Some(RegisterStatus::Closed));
        assert_eq!(read["1208147521"].status, None);
        for nonsense in [json!({}), json!({ "data": [{}] }), json!({ "data": [{ "b_no": "1", "b_stt_cd": "09" }] })] {
            assert!(read_status_service(&nonsense).is_err());
        }
    }
}
