//! `camt.053`: the bank's statement of an account. What is booked counts; what the bank only announces does not.

use super::iso20022::{self as iso, LINES_MAX, MessageTrouble, at, child, children, line, required, text};
use crate::core::money::Won;
use chrono::NaiveDate;
use roxmltree::Node;

/// A statement whose opening balance, lines and closing balance add up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub id: String,
    pub account: String,
    pub opened_on: NaiveDate,
    pub closed_on: NaiveDate,
    pub opening: Won,
    pub closing: Won,
    pub lines: Vec<StatementLine>,
}

/// One movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLine {
    /// Negative: it left the account.
    pub amount: Won,
    pub booked_on: NaiveDate,
    pub end_to_end_id: Option<String>,
    pub instruction_id: Option<String>,
    pub bank_reference: String,
    pub counterparty: String,
    /// What it is for, and why it came back.
    pub remittance: String,
}

impl Statement {
    pub fn moved(&self) -> Won {
        self.lines.iter().map(|line| line.amount).sum()
    }
}

/// Reads one statement of any version of the message.
pub fn read(bytes: &[u8]) -> Result<Statement, MessageTrouble> {
    iso::read(bytes, "camt.053.001.", "BkToCstmrStmt", |body| {
        let mut statements = children(body, "Stmt");
        let statement = statements.next().ok_or(MessageTrouble::Missing { element: "Stmt", line: line(body) })?;
        if let Some(second) = statements.next() {
            return Err(iso::wrong(second));
        }
        of(statement)
    })
}

fn of(node: Node) -> Result<Statement, MessageTrouble> {
    let missing = |element| MessageTrouble::Missing { element, line: line(node) };
    let (opening, opened_on) = balance(node, &["OPBD", "PRCD"])?.ok_or_else(|| missing("OPBD"))?;
    let (closing, closed_on) = balance(node, &["CLBD"])?.ok_or_else(|| missing("CLBD"))?;
    let account = text(node, &["Acct", "Id", "Othr", "Id"]).or_else(|| text(node, &["Acct", "Id", "IBAN"]));
    let mut statement = Statement {
        id: required(node, &["Id"])?,
        account: account.ok_or_else(|| missing("Acct"))?.chars().filter(char::is_ascii_alphanumeric).collect(),
        opened_on,
        closed_on,
        opening,
        closing,
        lines: Vec::new(),
    };
    for entry in children(node, "Ntry") {
        read_entry(entry, &mut statement.lines)?;
        if statement.lines.len() > LINES_MAX {
            return Err(MessageTrouble::TooManyLines);
        }
    }
    let moved = statement.moved();
    if opening.plus(moved) != closing {
        return Err(MessageTrouble::NotBalanced { opening, moved, closing });
    }
    Ok(statement)
}

fn balance(node: Node, codes: &[&str]) -> Result<Option<(Won, NaiveDate)>, MessageTrouble> {
    let code = |balance: &Node| text(*balance, &["Tp", "CdOrPrtry", "Cd"]).unwrap_or_default();
    let Some(found) = codes.iter().find_map(|wanted| children(node, "Bal").find(|balance| code(balance) == *wanted))
    else {
        return Ok(None);
    };
    let missing = |element| MessageTrouble::Missing { element, line: line(found) };
    let amount = iso::amount(child(found, "Amt").ok_or_else(|| missing("Amt"))?)?;
    let amount = iso::signed(amount, child(found, "CdtDbtInd").ok_or_else(|| missing("CdtDbtInd"))?)?;
    Ok(Some((amount, iso::date(child(found, "Dt").ok_or_else(|| missing("Dt"))?)?)))
}

/// The lines of one entry: its details, or the entry itself where the bank gives none.
fn read_entry(entry: Node, lines: &mut Vec<StatementLine>) -> Result<(), MessageTrouble> {
    let state = text(entry, &["Sts", "Cd"]).or_else(|| text(entry, &["Sts"]));
    if state.as_deref() != Some("BOOK") {
        return Ok(());
    }
    let missing = |element| MessageTrouble::Missing { element, line: line(entry) };
    let indicator = child(entry, "CdtDbtInd").ok_or_else(|| missing("CdtDbtInd"))?;
    let whole = iso::signed(iso::amount(child(entry, "Amt").ok_or_else(|| missing("Amt"))?)?, indicator)?;
    let booked_on = iso::date(child(entry, "BookgDt").ok_or_else(|| missing("BookgDt"))?)?;
    let details: Vec<Node> = children(entry, "NtryDtls").flat_map(|group| children(group, "TxDtls")).collect();
    let before = lines.len();
    for detail in &details {
        let own = child(*detail, "Amt").or_else(|| at(*detail, &["AmtDtls", "TxAmt", "Amt"]));
        let amount = match own {
            Some(amount) => iso::signed(iso::amount(amount)?, child(*detail, "CdtDbtInd").unwrap_or(indicator))?,
            None if details.len() == 1 => whole,
            None => return Err(MessageTrouble::Missing { element: "Amt", line: line(*detail) }),
        };
        lines.push(detailed(entry, *detail, amount, booked_on));
    }
    if details.is_empty() {
        lines.push(detailed(entry, entry, whole, booked_on));
    }
    let parts: Won = lines[before..].iter().map(|line| line.amount).sum();
    if parts != whole {
        return Err(MessageTrouble::EntryNotBalanced { line: line(entry) });
    }
    // A movement of nothing moves nothing.
    lines.retain(|line| line.amount != Won::ZERO);
    Ok(())
}

fn detailed(entry: Node, detail: Node, amount: Won, booked_on: NaiveDate) -> StatementLine {
    let reference = |name| text(detail, &["Refs", name]).filter(|id| id != "NOTPROVIDED");
    let name =
        |side| text(detail, &["RltdPties", side, "Pty", "Nm"]).or_else(|| text(detail, &["RltdPties", side, "Nm"]));
    let party = if amount.is_positive() { name("Dbtr") } else { name("Cdtr") };
    let why = text(detail, &["RtrInf", "AddtlInf"])
        .or_else(|| text(detail, &["RtrInf", "Rsn", "Cd"]))
        .or_else(|| text(detail, &["RtrInf", "Rsn", "Prtry"]));
    let told = [text(detail, &["RmtInf", "Ustrd"]), why, text(entry, &["AddtlNtryInf"])];
    StatementLine {
        amount,
        booked_on,
        end_to_end_id: reference("EndToEndId"),
        instruction_id: reference("InstrId"),
        bank_reference: reference("AcctSvcrRef").or_else(|| text(entry, &["AcctSvcrRef"])).unwrap_or_default(),
        counterparty: party.unwrap_or_default(),
        remittance: told.into_iter().flatten().collect::<Vec<_>>().join(" · "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATEMENT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2027-03-04T09:00:00+09:00</CreDtTm></GrpHdr>
<Stmt><Id>S-20270303</Id><Acct><Id><Othr><Id>110-234-567890</Id></Othr></Id></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="KRW">100</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2027-03-03</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="KRW">65.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><DtTm>2027-03-03T23:59:59+09:00</DtTm></Dt></Bal>
<Ntry><Amt Ccy="KRW">50</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2027-03-03</Dt></BookgDt><NtryDtls>
<TxDtls><Refs><InstrId>VD1-1</InstrId><EndToEndId>VD1</EndToEndId></Refs><Amt Ccy="KRW">20</Amt><CdtDbtInd>DBIT</CdtDbtInd><RltdPties><Cdtr><Pty><Nm>한빛</Nm></Pty></Cdtr></RltdPties><RmtInf><Ustrd>CL1</Ustrd></RmtInf></TxDtls>
<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><Amt Ccy="KRW">30</Amt><CdtDbtInd>DBIT</CdtDbtInd></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="KRW">15</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2027-03-03</Dt></BookgDt><AcctSvcrRef>B7</AcctSvcrRef></Ntry>
<Ntry><Amt Ccy="KRW">999</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>PDNG</Sts><BookgDt><Dt>2027-03-03</Dt></BookgDt></Ntry>
</Stmt></BkToCstmrStmt></Document>"#;

    #[test]
    fn what_is_booked_is_read_line_by_line() {
        let read = read(STATEMENT.as_bytes()).unwrap();
        assert_eq!((read.id.as_str(), read.account.as_str()), ("S-20270303", "110234567890"));
        assert_eq!((read.opening, read.moved(), read.closing), (Won(100), Won(-35), Won(65)));
        let lines: Vec<_> = read.lines.iter().map(|line| (line.amount.0, line.end_to_end_id.as_deref())).collect();
        assert_eq!(lines, [(-20, Some("VD1")), (-30, None), (15, None)]);
        assert_eq!(read.lines[0].instruction_id.as_deref(), Some("VD1-1"));
        assert_eq!((read.lines[0].counterparty.as_str(), read.lines[0].remittance.as_str()), ("한빛", "CL1"));
        assert_eq!(read.lines[2].bank_reference, "B7");
    }

    #[test]
    fn what_does_not_add_up_is_refused_with_its_figures() {
        let broken = STATEMENT.replace(">65.00<", ">66.00<");
        let (opening, moved, closing) = (Won(100), Won(-35), Won(66));
        assert_eq!(read(broken.as_bytes()), Err(MessageTrouble::NotBalanced { opening, moved, closing }));
        let broken = STATEMENT.replace("<Amt Ccy=\"KRW\">30<", "<Amt Ccy=\"KRW\">31<");
        assert!(matches!(read(broken.as_bytes()), Err(MessageTrouble::EntryNotBalanced { line: 7 })));
        let euro = STATEMENT.replace("KRW\">20", "EUR\">20");
        assert!(matches!(read(euro.as_bytes()), Err(MessageTrouble::Value { line: 8, .. })));
        let none = STATEMENT.replace("CLBD", "ITBD");
        assert!(matches!(read(none.as_bytes()), Err(MessageTrouble::Missing { element: "CLBD", .. })));
        let other = STATEMENT.replace("camt.053", "camt.052");
        assert_eq!(read(other.as_bytes()), Err(MessageTrouble::OtherMessage));
    }

    #[test]
    fn hostile_bytes_never_reach_the_parser() {
        for hostile in iso::tests::HOSTILE {
            assert!(matches!(read(hostile.as_bytes()), Err(MessageTrouble::Xml(crate::core::xml::XmlTrouble::Dtd))));
        }
        let large = vec![b' '; crate::core::xml::MAX_BYTES + 1];
        assert!(matches!(read(&large), Err(MessageTrouble::Xml(crate::core::xml::XmlTrouble::TooLarge))));
    }
}
