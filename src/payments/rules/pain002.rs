//! `pain.002`: what the bank says about the payments of a file it was given.

use super::{
    answers::{Answer, AnswerRow, Said},
    iso20022::{self as iso, LINES_MAX, MessageTrouble, child, children, line, required, text},
};
use roxmltree::Node;

/// A report about one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The message id of the file it is about: the number of its batch.
    pub about: String,
    /// The whole file was rejected, and why.
    pub rejected: Option<String>,
    pub rows: Vec<AnswerRow>,
}

pub fn read(bytes: &[u8]) -> Result<Report, MessageTrouble> {
    iso::read(bytes, "pain.002.001.", "CstmrPmtStsRpt", |body| {
        let header = child(body, "OrgnlGrpInfAndSts");
        let missing = MessageTrouble::Missing { element: "OrgnlGrpInfAndSts", line: line(body) };
        let header = header.ok_or(missing)?;
        let message = required(body, &["GrpHdr", "MsgId"])?;
        let rejects = |node: Node, state| text(node, &[state]).as_deref() == Some("RJCT");
        let mut report = Report { about: required(header, &["OrgnlMsgId"])?, rejected: None, rows: Vec::new() };
        if rejects(header, "GrpSts") {
            report.rejected = Some(reason(header));
        }
        for group in children(body, "OrgnlPmtInfAndSts") {
            if rejects(group, "PmtInfSts") && child(group, "TxInfAndSts").is_none() {
                report.rejected = Some(reason(group));
            }
            for payment in children(group, "TxInfAndSts") {
                report.rows.push(row(payment, &message));
                if report.rows.len() > LINES_MAX {
                    return Err(MessageTrouble::TooManyLines);
                }
            }
        }
        Ok(report)
    })
}

/// Only what is settled is paid, only what is rejected failed; all else is under way.
fn row(node: Node, message: &str) -> AnswerRow {
    let said = match text(node, &["TxSts"]).as_deref() {
        Some("ACSC" | "ACCC") => {
            let reference = text(node, &["AcctSvcrRef"]).unwrap_or_else(|| message.to_owned());
            Said::Answer(Answer::Confirmed { reference })
        }
        Some("RJCT" | "CANC") => Said::Answer(Answer::Failed { note: reason(node) }),
        Some("RCVD" | "ACTC" | "ACCP" | "ACSP" | "ACWC" | "ACWP" | "PDNG" | "PATC") => Said::Pending,
        _ => Said::Unreadable,
    };
    AnswerRow {
        line: u64::from(line(node)),
        end_to_end_id: text(node, &["OrgnlEndToEndId"]).unwrap_or_default(),
        instruction_id: text(node, &["OrgnlInstrId"]),
        said,
    }
}

fn reason(node: Node) -> String {
    let parts = [
        text(node, &["StsRsnInf", "Rsn", "Cd"]),
        text(node, &["StsRsnInf", "Rsn", "Prtry"]),
        text(node, &["StsRsnInf", "AddtlInf"]),
    ];
    let told = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    if told.is_empty() { "RJCT".to_owned() } else { told }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(group: &str, rows: &str) -> String {
        format!(
            r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>
<GrpHdr><MsgId>R1</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>PB2027-00001</OrgnlMsgId>{group}</OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><OrgnlPmtInfId>PB2027-00001</OrgnlPmtInfId>{rows}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"#
        )
    }

    #[test]
    fn only_settled_is_paid_and_only_rejected_failed() {
        let rows = "<TxInfAndSts><OrgnlInstrId>A-1</OrgnlInstrId><OrgnlEndToEndId>A</OrgnlEndToEndId><TxSts>ACSC</TxSts><AcctSvcrRef>B-1</AcctSvcrRef></TxInfAndSts>\
            <TxInfAndSts><OrgnlEndToEndId>B</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>closed</AddtlInf></StsRsnInf></TxInfAndSts>\
            <TxInfAndSts><OrgnlEndToEndId>C</OrgnlEndToEndId><TxSts>ACSP</TxSts></TxInfAndSts>\
            <TxInfAndSts><OrgnlEndToEndId>D</OrgnlEndToEndId><TxSts>WHAT</TxSts></TxInfAndSts>";
        let read = read(report("", rows).as_bytes()).unwrap();
        assert_eq!((read.about.as_str(), &read.rejected), ("PB2027-00001", &None));
        let said: Vec<_> = read.rows.iter().map(|row| (row.end_to_end_id.as_str(), row.said.clone())).collect();
        assert_eq!(
            said,
            [
                ("A", Said::Answer(Answer::Confirmed { reference: "B-1".to_owned() })),
                ("B", Said::Answer(Answer::Failed { note: "AC04 closed".to_owned() })),
                ("C", Said::Pending),
                ("D", Said::Unreadable),
            ]
        );
        assert_eq!(read.rows[0].instruction_id.as_deref(), Some("A-1"));
    }

    #[test]
    fn a_whole_file_can_be_rejected() {
        let group = "<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Prtry>DUPL</Prtry></Rsn></StsRsnInf>";
        assert_eq!(read(report(group, "").as_bytes()).unwrap().rejected.as_deref(), Some("DUPL"));
        for hostile in iso::tests::HOSTILE {
            assert!(matches!(read(hostile.as_bytes()), Err(MessageTrouble::Xml(_))));
        }
        assert_eq!(read(b"<Document/>"), Err(MessageTrouble::OtherMessage));
    }
}
