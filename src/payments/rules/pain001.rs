//! `pain.001.001.09`: the orders of a batch as one message of ISO 20022. Banks here know accounts by number and
//! themselves by the three digits of the clearing house (`KFTC`); a BIC stands beside where there is one.

use super::bank_file::{BankOrder, Payer};
use anyhow::Context;
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use chrono_tz::Tz;
use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};
use std::io;

pub const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09";
const CLEARING: &str = "KFTC";

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
pub fn write(heading: &Heading, orders: &[BankOrder]) -> anyhow::Result<String> {
    anyhow::ensure!(!orders.is_empty() && heading.message_id.len() <= 35, "{}: no message", heading.message_id);
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
        .with_attribute(("xmlns", NAMESPACE))
        .write_inner_content(|out| within(out, "CstmrCdtTrfInitn", |out| message(out, heading, orders)))?;
    String::from_utf8(out.into_inner()).context("a message in UTF-8")
}

fn message(out: &mut Out, heading: &Heading, orders: &[BankOrder]) -> io::Result<()> {
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
        within(out, "ReqdExctnDt", |out| say(out, "Dt", &heading.execution_on.to_string()))?;
        within(out, "Dbtr", |out| say(out, "Nm", &cleaned(&heading.payer.holder, 140)))?;
        account(out, "DbtrAcct", &heading.payer.account_number)?;
        agent(out, "DbtrAgt", heading.payer.bic.as_deref(), &heading.payer.bank_code)?;
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

fn agent(out: &mut Out, name: &str, bic: Option<&str>, bank_code: &str) -> io::Result<()> {
    within(out, name, |out| {
        within(out, "FinInstnId", |out| {
            if let Some(bic) = bic {
                say(out, "BICFI", bic)?;
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
pub mod tests {
    use super::*;
    use crate::core::money::Won;
    use proptest::prelude::*;
    use roxmltree::{Document, Node};

    pub fn payer() -> Payer {
        Payer {
            holder: "정보통신산업진흥원".to_owned(),
            bank_code: "088".to_owned(),
            account_number: "100032123456".to_owned(),
            bic: Some("SHBKKRSEXXX".to_owned()),
        }
    }

    pub fn order(n: i64, holder: &str) -> BankOrder {
        BankOrder {
            end_to_end_id: format!("VD2027{n:08}"),
            instruction_id: format!("VD2027{n:08}-1"),
            bank_code: "004".to_owned(),
            account_number: "00112345678".to_owned(),
            account_holder: holder.to_owned(),
            amount: Won(n * 1_000),
            memo: format!("CL2027-{n:06}"),
        }
    }

    fn written(orders: &[BankOrder]) -> anyhow::Result<String> {
        let heading = Heading {
            message_id: "PB2027-00001",
            made_at: DateTime::from_timestamp(1_803_000_000, 0).unwrap(),
            zone: chrono_tz::Asia::Seoul,
            execution_on: "2027-03-03".parse().unwrap(),
            payer: &payer(),
        };
        write(&heading, orders)
    }

    fn names(node: Node) -> Vec<String> {
        node.children().filter(Node::is_element).map(|child| child.tag_name().name().to_owned()).collect()
    }

    fn value(node: Node, path: &str) -> String {
        let found = path.split('/').fold(node, |node, name| {
            node.children().find(|child| child.tag_name().name() == name).unwrap_or_else(|| panic!("{path}"))
        });
        found.text().unwrap_or_default().to_owned()
    }

    /// The structure of the message definition, as far as this file uses it: order, occurrence, lengths, patterns, sums.
    fn check(text: &str, count: usize, sum: i64) {
        let document = Document::parse(text).unwrap();
        let root = document.root_element();
        assert!(root.descendants().filter(Node::is_element).all(|node| node.tag_name().namespace() == Some(NAMESPACE)));
        let body = root.first_element_child().unwrap();
        assert_eq!(
            (root.tag_name().name(), names(root), names(body)),
            ("Document", vec!["CstmrCdtTrfInitn".to_owned()], vec!["GrpHdr".to_owned(), "PmtInf".to_owned()])
        );
        let [header, payment] = [0, 1].map(|n| body.children().filter(Node::is_element).nth(n).unwrap());
        assert_eq!(names(header), ["MsgId", "CreDtTm", "NbOfTxs", "CtrlSum", "InitgPty"]);
        let head = [
            "PmtInfId",
            "PmtMtd",
            "BtchBookg",
            "NbOfTxs",
            "CtrlSum",
            "ReqdExctnDt",
            "Dbtr",
            "DbtrAcct",
            "DbtrAgt",
            "ChrgBr",
        ];
        assert_eq!(names(payment)[..10], head);
        assert!(names(payment)[10..].iter().all(|name| name == "CdtTrfTxInf"));
        assert_eq!(names(payment).len(), 10 + count);
        for part in [header, payment] {
            assert_eq!((value(part, "NbOfTxs"), value(part, "CtrlSum")), (count.to_string(), sum.to_string()));
        }
        assert!(DateTime::parse_from_rfc3339(&value(header, "CreDtTm")).is_ok());
        assert!(value(payment, "ReqdExctnDt/Dt").parse::<NaiveDate>().is_ok());
        assert_eq!(value(payment, "DbtrAgt/FinInstnId/ClrSysMmbId/MmbId"), "088");
        let mut total = 0;
        for transfer in payment.children().filter(|node| node.tag_name().name() == "CdtTrfTxInf") {
            assert_eq!(names(transfer), ["PmtId", "Amt", "CdtrAgt", "Cdtr", "CdtrAcct", "RmtInf"]);
            assert_eq!(names(transfer.first_element_child().unwrap()), ["InstrId", "EndToEndId"]);
            let within = |path: &str, most: usize| {
                let length = value(transfer, path).chars().count();
                assert!((1..=most).contains(&length), "{path}: {length}");
            };
            within("PmtId/InstrId", 35);
            within("PmtId/EndToEndId", 35);
            within("Cdtr/Nm", 140);
            within("CdtrAcct/Id/Othr/Id", 34);
            within("CdtrAgt/FinInstnId/ClrSysMmbId/MmbId", 35);
            within("RmtInf/Ustrd", 140);
            let amount = transfer.descendants().find(|node| node.tag_name().name() == "InstdAmt").unwrap();
            assert_eq!(amount.attribute("Ccy"), Some("KRW"));
            total += amount.text().unwrap().parse::<i64>().unwrap();
        }
        assert_eq!(total, sum);
    }

    #[test]
    fn the_message_has_the_structure_of_its_definition() {
        let orders = [order(1, "한빛 & 별빛 <주>"), order(2, "\"가\" '나'")];
        let text = written(&orders).unwrap();
        check(&text, 2, 3_000);
        assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns="));
        assert!(text.contains("<Nm>한빛 &amp; 별빛 &lt;주&gt;</Nm>"), "{text}");
        assert_eq!(written(&orders).unwrap(), text, "the same bytes every time");
    }

    #[test]
    fn an_order_that_cannot_be_said_makes_no_message() {
        assert!(written(&[]).is_err());
        assert!(written(&[order(0, "한빛")]).is_err(), "nothing to pay");
        assert!(written(&[order(1, "\u{1}")]).is_err(), "no name");
    }

    proptest! {
        #[test]
        fn any_name_stays_in_its_element(holder in "\\PC{1,200}", amounts in prop::collection::vec(1i64..9_999_999, 1..20)) {
            prop_assume!(!cleaned(&holder, 140).is_empty());
            let orders: Vec<BankOrder> = amounts.iter().map(|n| order(*n, &holder)).collect();
            let sum = amounts.iter().sum::<i64>() * 1_000;
            check(&written(&orders).unwrap(), amounts.len(), sum);
        }
    }
}
