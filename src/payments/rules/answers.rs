//! The bank's answers: what one of them says, and a file of many.

crate::text_enum!(
    /// What the bank says about a payment.
    BankResult { Confirmed = "confirmed", Failed = "failed", Unknown = "unknown" }
);

/// The bank's answer about one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The money arrived, under the bank's own reference.
    Confirmed { reference: String },
    /// It did not, and why.
    Failed { note: String },
    /// Nobody knows yet: left only by two people.
    Unknown { note: String },
}

impl Answer {
    /// None when something that this result needs is missing: a reference, or a reason.
    pub fn new(result: BankResult, reference: &str, note: &str) -> Option<Answer> {
        let (reference, note) = (reference.trim(), note.trim());
        match result {
            BankResult::Confirmed if !reference.is_empty() => {
                Some(Answer::Confirmed { reference: reference.to_owned() })
            }
            BankResult::Failed if !note.is_empty() => Some(Answer::Failed { note: note.to_owned() }),
            BankResult::Unknown if !note.is_empty() => Some(Answer::Unknown { note: note.to_owned() }),
            _ => None,
        }
    }
}

/// The largest file of answers, in bytes and rows.
pub const BYTES_MAX: usize = 1024 * 1024;
pub const ROWS_MAX: usize = 5_000;

/// One row of a file of answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRow {
    /// The line in the file, from 1; the header is the first.
    pub line: u64,
    pub end_to_end_id: String,
    /// Which attempt it is about, where the bank says so.
    pub instruction_id: Option<String>,
    pub said: Said,
}

/// What one row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    Answer(Answer),
    /// The bank works on it.
    Pending,
    Unreadable,
}

/// Why a file of answers was not read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswersTrouble {
    TooLarge,
    NotUtf8,
    /// The header does not name the three columns.
    Header,
}

/// Reads `end_to_end_id,result,bank_reference`. A failed or unknown row may say its reason in `bank_reference`.
pub fn read_answers(bytes: &[u8]) -> Result<Vec<AnswerRow>, AnswersTrouble> {
    if bytes.len() > BYTES_MAX {
        return Err(AnswersTrouble::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| AnswersTrouble::NotUtf8)?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|_| AnswersTrouble::Header)?;
    let place = |name: &str| header.iter().position(|column| column.eq_ignore_ascii_case(name));
    let (Some(id), Some(result), Some(reference)) = (place("end_to_end_id"), place("result"), place("bank_reference"))
    else {
        return Err(AnswersTrouble::Header);
    };
    let mut rows = Vec::new();
    for record in reader.records() {
        if rows.len() >= ROWS_MAX {
            return Err(AnswersTrouble::TooLarge);
        }
        let Ok(record) = record else { return Err(AnswersTrouble::NotUtf8) };
        let value = |at: usize| record.get(at).unwrap_or_default();
        let said = value(result).to_lowercase().parse::<BankResult>().ok();
        let short = |text: &str| text.chars().filter(|c| !c.is_control()).take(200).collect::<String>();
        let (reference, note) = (short(value(reference)), short(value(reference)));
        rows.push(AnswerRow {
            line: rows.len() as u64 + 2,
            end_to_end_id: value(id).chars().filter(|c| !c.is_control()).take(40).collect(),
            instruction_id: None,
            said: said.and_then(|result| Answer::new(result, &reference, &note)).map_or(Said::Unreadable, Said::Answer),
        });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_by_their_header_and_bad_ones_are_kept_as_such() {
        let text = "\u{FEFF}result,end_to_end_id,bank_reference\r\n\
                    Confirmed,VD202700000001,B-77\r\nfailed,VD202700000002,no such account\r\n\
                    confirmed,VD202700000003,\r\nperhaps,VD202700000004,x\r\nunknown\r\n";
        let rows = read_answers(text.as_bytes()).unwrap();
        let said: Vec<_> = rows.iter().map(|row| (row.line, row.end_to_end_id.as_str(), row.said.clone())).collect();
        assert_eq!(
            said,
            [
                (2, "VD202700000001", Said::Answer(Answer::Confirmed { reference: "B-77".to_owned() })),
                (3, "VD202700000002", Said::Answer(Answer::Failed { note: "no such account".to_owned() })),
                (4, "VD202700000003", Said::Unreadable),
                (5, "VD202700000004", Said::Unreadable),
                (6, "", Said::Unreadable),
            ]
        );
    }

    #[test]
    fn a_file_that_is_not_one_of_answers_is_refused() {
        assert_eq!(read_answers(b"a,b,c\n1,2,3\n"), Err(AnswersTrouble::Header));
        assert_eq!(read_answers(b""), Err(AnswersTrouble::Header));
        assert_eq!(read_answers(&[0xB0, 0xA1]), Err(AnswersTrouble::NotUtf8));
        assert_eq!(read_answers(&vec![b'a'; BYTES_MAX + 1]), Err(AnswersTrouble::TooLarge));
        let many = format!("end_to_end_id,result,bank_reference\n{}", "x,confirmed,1\n".repeat(ROWS_MAX + 1));
        assert_eq!(read_answers(many.as_bytes()), Err(AnswersTrouble::TooLarge));
    }
}
