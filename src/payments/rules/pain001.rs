//! `pain.001`: the orders of a batch as one message of ISO 20022, in the version that the bank takes. Banks here know
//! accounts by number and themselves by the three digits of the clearing house (`KFTC`); a BIC stands beside where
//! there is one. `tests/it/payments/messages.rs` holds what is written against the definitions of both versions.

use super::bank_file::{BankOrder, Payer};
use anyhow::Context;
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use chrono_tz::Tz;
use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};
use std::io;

const CLEARING: &str = "KFTC";

/// Of the message. Where they differ is said here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `pain.001.001.03` of 2009.
    V03,
    /// `pain.001.001.09` of 2019.
    V09,
}

impl Version {
    pub const fn namespace(self) -> &'static str {
        match self {
            Version::V03 => "urn:iso:std:iso:20022:tech:xsd:pain.001.001.03",
            Version::V09 => "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09",
        }
    }

    const fn bic_element(self) -> &'static str {
        match self {
            Version::V03 => "BIC",
            Version::V09 => "BICFI",
        }
    }

    /// Whether a BIC, in capitals, is one by this version (`BICIdentifier`, `BICFIDec2014Identifier`): four letters of
    /// the bank, two of the country, two places, and three more or none. The later one allows digits in the first four.
    pub fn takes_bic(self, bic: &str) -> bool {
        let bytes = bic.as_bytes();
        let letter = |place: usize| bytes[place].is_ascii_uppercase();
        matches!(bytes.len(), 8 | 11)
            && bytes.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            && (4..6).all(letter)
            && (self == Version::V09 || (0..4).all(letter) && !b"01".contains(&bytes[6]) && bytes[7] != b'O')
    }

    fn execution_date(self, out: &mut Out, day: NaiveDate) -> io::Result<()> {
        match self {
            Version::V03 => say(out, "ReqdExctnDt", &day.to_string()),
            Version::V09 => within(out, "ReqdExctnDt", |out| say(out, "Dt", &day.to_string())),
        }
    }
}

/// What the message says beside its orders.
pub struct Heading<'a> {
    /// At most 35 characters: the number of the batch, which no other file carries.
    pub message_id: &'a str,
    pub made_at: DateTime<Utc>,
    pub zone: Tz,
    pub execution_on: NaiveDate,
    pub payer: &'a Payer,
}

type Out = Writer<Vec<u8>>;

/// The message. Fails where an order cannot be said in it.
pub fn write(version: Version, heading: &Heading, orders: &[BankOrder]) -> anyhow::Result<String> {
    anyhow::ensure!(!orders.is_empty() && heading.message_id.len() <= 35, "{}: no message", heading.message_id);
    let payer = heading.payer;
    let sound = payer.account_number.len() <= 34 && payer.bic.as_ref().is_none_or(|bic| version.takes_bic(bic));
    anyhow::ensure!(sound && !cleaned(&payer.holder, 140).is_empty(), "{}: the payer is none", heading.message_id);
    for order in orders {
        anyhow::ensure!(order.amount.is_positive(), "{}: nothing to pay", order.end_to_end_id);
        let sound = order.end_to_end_id.len() <= 35 && order.instruction_id.len() <= 35;
        anyhow::ensure!(sound && order.account_number.len() <= 34, "{}: an id is too long", order.end_to_end_id);
        anyhow::ensure!(
            !cleaned(&order.account_holder, 140).is_empty(),
            "{}: the holder is no name",
            order.end_to_end_id
        );
    }
    let mut out = Writer::new(Vec::new());
    out.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    out.create_element("Document")
        .with_attribute(("xmlns", version.namespace()))
        .write_inner_content(|out| within(out, "CstmrCdtTrfInitn", |out| message(out, version, heading, orders)))?;
    String::from_utf8(out.into_inner()).context("a message in UTF-8")
}

fn message(out: &mut Out, version: Version, heading: &Heading, orders: &[BankOrder]) -> io::Result<()> {
    let count = orders.len().to_string();
    let sum = orders.iter().map(|order| order.amount).sum::<crate::core::money::Won>().0.to_string();
    let made_at = heading.made_at.with_timezone(&heading.zone).to_rfc3339_opts(SecondsFormat::Secs, false);
    within(out, "GrpHdr", |out| {
        say(out, "MsgId", heading.message_id)?;
        say(out, "CreDtTm", &made_at)?;
        say(out, "NbOfTxs", &count)?;
        say(out, "CtrlSum", &sum)?;
        within(out, "InitgPty", |out| say(out, "Nm", &cleaned(&heading.payer.holder, 140)))
    })?;
    within(out, "PmtInf", |out| {
        say(out, "PmtInfId", heading.message_id)?;
        say(out, "PmtMtd", "TRF")?;
        // One booking for each payment: the statement then names each.
        say(out, "BtchBookg", "false")?;
        say(out, "NbOfTxs", &count)?;
        say(out, "CtrlSum", &sum)?;
        version.execution_date(out, heading.execution_on)?;
        within(out, "Dbtr", |out| say(out, "Nm", &cleaned(&heading.payer.holder, 140)))?;
        account(out, "DbtrAcct", &heading.payer.account_number)?;
        let bic = heading.payer.bic.as_deref().map(|bic| (version.bic_element(), bic));
        agent(out, "DbtrAgt", bic, &heading.payer.bank_code)?;
        say(out, "ChrgBr", "DEBT")?;
        orders.iter().try_for_each(|order| within(out, "CdtTrfTxInf", |out| transfer(out, order)))
    })
}

fn transfer(out: &mut Out, order: &BankOrder) -> io::Result<()> {
    within(out, "PmtId", |out| {
        say(out, "InstrId", &order.instruction_id)?;
        say(out, "EndToEndId", &order.end_to_end_id)
    })?;
    within(out, "Amt", |out| {
        let amount = order.amount.0.to_string();
        let element = out.create_element("InstdAmt").with_attribute(("Ccy", "KRW"));
        element.write_text_content(BytesText::new(&amount)).map(|_| ())
    })?;
    agent(out, "CdtrAgt", None, &order.bank_code)?;
    within(out, "Cdtr", |out| say(out, "Nm", &cleaned(&order.account_holder, 140)))?;
    account(out, "CdtrAcct", &order.account_number)?;
    within(out, "RmtInf", |out| say(out, "Ustrd", &cleaned(&order.memo, 140)))
}

fn agent(out: &mut Out, name: &str, bic: Option<(&str, &str)>, bank_code: &str) -> io::Result<()> {
    within(out, name, |out| {
        within(out, "FinInstnId", |out| {
            if let Some((element, bic)) = bic {
                say(out, element, bic)?;
            }
            within(out, "ClrSysMmbId", |out| {
                within(out, "ClrSysId", |out| say(out, "Prtry", CLEARING))?;
                say(out, "MmbId", bank_code)
            })
        })
    })
}

fn account(out: &mut Out, name: &str, number: &str) -> io::Result<()> {
    within(out, name, |out| within(out, "Id", |out| within(out, "Othr", |out| say(out, "Id", number))))
}

fn within(out: &mut Out, name: &str, content: impl FnOnce(&mut Out) -> io::Result<()>) -> io::Result<()> {
    out.create_element(name).write_inner_content(content).map(|_| ())
}

fn say(out: &mut Out, name: &str, text: &str) -> io::Result<()> {
    out.create_element(name).write_text_content(BytesText::new(text)).map(|_| ())
}

/// What XML cannot carry is left out; longer names are cut, as the message allows.
fn cleaned(text: &str, most: usize) -> String {
    let plain = |c: &char| !c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}');
    text.trim().chars().filter(plain).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bic_has_eight_or_eleven_places_and_the_earlier_version_is_stricter() {
        for bic in ["SHBKKRSE", "SHBKKRSEXXX", "SHBKKRSE123"] {
            assert!(Version::V03.takes_bic(bic) && Version::V09.takes_bic(bic), "{bic}");
        }
        for bic in ["S1BKKRSE", "SHBKKR1E", "SHBKKR0E", "SHBKKRSO"] {
            assert!(!Version::V03.takes_bic(bic) && Version::V09.takes_bic(bic), "{bic}");
        }
        for bic in
            ["", "SHBKKRS", "SHBK12SE", "SHBKKRSE!", "shbkkrse", "SHBKKRSEXX", "SHBKKRSEXXXX", "신한은행신한은행"]
        {
            assert!(!Version::V03.takes_bic(bic) && !Version::V09.takes_bic(bic), "{bic}");
        }
    }
}
