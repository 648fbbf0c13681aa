//! What the command line says about one file: the fields that were read and the rules that it breaks, as one line of
//! JSON; or why it was not read.

use super::ubl::{self, ReadTrouble};
use serde_json::{Value, json};

/// More of a file need not be read: it is refused.
pub const BYTES_MAX: usize = ubl::MAX_BYTES;

/// The line about a file, and whether it breaks no rule.
pub fn line_of(file: &str, bytes: &[u8]) -> (Value, bool) {
    match ubl::examine(bytes) {
        Ok(examined) => {
            let is_sound = examined.broken.is_empty();
            let mut fields = serde_json::to_value(&examined.invoice).unwrap_or_default();
            let kind = fields.as_object_mut().and_then(|fields| fields.remove("kind"));
            let line = json!({ "file": file, "kind": kind, "broken": examined.broken, "fields": stated(fields) });
            (line, is_sound)
        }
        Err(trouble) => (refused(file, trouble.code(), Some(&trouble)), false),
    }
}

/// The line about a file that cannot be opened.
pub fn unopened(file: &str) -> Value {
    refused(file, "unreadable", None)
}

fn refused(file: &str, reason: &str, trouble: Option<&ReadTrouble>) -> Value {
    let mut line = json!({ "file": file, "refused": reason });
    match trouble {
        Some(ReadTrouble::Malformed { line: at, column }) => {
            line["line"] = json!(at);
            line["column"] = json!(column);
        }
        Some(ReadTrouble::NotAnInvoice { root, namespace }) => {
            line["root"] = json!(root);
            line["namespace"] = json!(namespace);
        }
        Some(ReadTrouble::UnsupportedEncoding { declared }) => line["declared"] = json!(declared),
        _ => {}
    }
    line
}

/// Without what the document does not state.
fn stated(value: Value) -> Value {
    let says = |value: &Value| match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => true,
    };
    match value {
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, stated(value))).filter(|(_, value)| says(value)).collect()
        }
        Value::Array(items) => items.into_iter().map(stated).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str) -> (Value, bool) {
        let path = format!("{}/tests/data/invoices/{name}", env!("CARGO_MANIFEST_DIR"));
        line_of(name, &std::fs::read(path).unwrap())
    }

    #[test]
    fn a_sound_invoice_is_shown_with_its_fields_and_breaks_nothing() {
        let (line, is_sound) = line("invoice-krw.xml");
        assert_eq!((&line["kind"], &line["broken"], is_sound), (&json!("invoice"), &json!([]), true));
        assert_eq!(line["fields"]["totals"]["payable"], json!("10000000"));
        assert_eq!(line["fields"]["lines"][1]["quantity"], json!("120.5"));
        assert_eq!(line["fields"]["totals"].get("rounding"), None, "what is not stated is not shown");
    }

    #[test]
    fn a_fragment_breaks_the_rules_about_what_it_lacks() {
        let (line, is_sound) = line("fragment.xml");
        let broken: Vec<&str> = line["broken"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(!is_sound && ["BR-01", "BR-03", "BR-06", "BR-16", "BR-CO-18"].iter().all(|id| broken.contains(id)));
        assert!(!broken.contains(&"BR-02"), "its number stands there");
    }

    #[test]
    fn what_is_no_invoice_says_why_it_was_not_read() {
        let bomb = line("billion-laughs.xml").0;
        assert_eq!(bomb, json!({ "file": "billion-laughs.xml", "refused": "dtd" }));
        let (other, is_sound) = line_of("x", b"<Order/>");
        assert_eq!((&other["refused"], &other["root"], is_sound), (&json!("not-an-invoice"), &json!("Order"), false));
        let broken = line_of("x", b"<a>\n<b></a>").0;
        assert_eq!((&broken["refused"], &broken["line"]), (&json!("malformed"), &json!(2)));
        assert_eq!(line_of("x", &vec![b' '; ubl::MAX_BYTES + 1]).0["refused"], json!("too-large"));
    }
}
