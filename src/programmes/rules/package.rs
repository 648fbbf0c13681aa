//! A whole call as one text: rules, names, rubric, documents and window, signed so that it cannot be altered on its way.

use super::CallRules;
use crate::core::money::Won;
use serde::{Deserialize, Serialize};

pub const FORMAT: &str = "voucherdesk-call/1";

/// What a package holds. Dates are the wall clock of `zone`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    pub format: String,
    pub programme: String,
    pub zone: String,
    pub code: String,
    pub name_ko: String,
    pub name_en: String,
    pub opens: String,
    pub closes: String,
    pub grace_seconds: i64,
    pub budget_won: Won,
    pub rules_version: i64,
    pub rules: CallRules,
    pub exported_at: String,
}

/// A package on its way: its content and who vouches for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    pub package: serde_json::Value,
    /// Which key signed; absent in a package that nobody signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// HMAC-SHA256 over the canonical text of `package`, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

crate::text_enum!(
    /// What a signature says.
    Seal {
        /// Signed here and whole.
        Whole = "whole",
        /// Nobody signed it.
        Unsigned = "unsigned",
        /// Signed with a key that is not here.
        Foreign = "foreign",
        /// Altered since it was signed.
        Broken = "broken",
    }
);

/// One text for one content: keys in order, no spaces.
pub fn canonical(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_unstable();
            let members: Vec<String> = keys
                .into_iter()
                .map(|key| format!("{}:{}", serde_json::Value::from(key.as_str()), canonical(&map[key])))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        serde_json::Value::Array(list) => format!("[{}]", list.iter().map(canonical).collect::<Vec<_>>().join(",")),
        plain => plain.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_same_content_has_the_same_text() {
        let one: serde_json::Value = serde_json::from_str(r#"{"b": [1, {"z": "é\"", "a": null}], "a": true}"#).unwrap();
        assert_eq!(canonical(&one), r#"{"a":true,"b":[1,{"a":null,"z":"é\""}]}"#);
        assert_eq!(canonical(&json!({"a": true, "b": [1, {"a": null, "z": "é\""}]})), canonical(&one));
    }
}
