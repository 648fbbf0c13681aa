//! Bringing the writing of two people together, field by field.
//! Invariant: what only one of them changed is kept by itself; what both changed is never chosen for them.

use std::collections::BTreeMap;

/// A part of a draft as its form says it: names of fields and their values, in one canonical way of writing.
pub type Fields = BTreeMap<String, String>;

/// A field that two people changed differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    pub field: String,
    /// What both began from; None when that is no longer known.
    pub base: Option<String>,
    pub theirs: String,
    pub yours: String,
}

/// Merges what was typed into what is stored. A field with a clash holds what is stored.
/// Without a base every difference is a clash.
pub fn merge(base: Option<&Fields>, theirs: &Fields, yours: &Fields) -> (Fields, Vec<Clash>) {
    let said = |fields: &Fields, name: &str| fields.get(name).cloned().unwrap_or_default();
    let mut merged = theirs.clone();
    let mut clashes = Vec::new();
    for (name, typed) in yours {
        let stored = said(theirs, name);
        let began = base.map(|base| said(base, name));
        if *typed == stored || began.as_ref() == Some(typed) {
            continue;
        }
        if began.as_ref() == Some(&stored) {
            merged.insert(name.clone(), typed.clone());
        } else {
            clashes.push(Clash { field: name.clone(), base: began, theirs: stored, yours: typed.clone() });
        }
    }
    (merged, clashes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_one_changed_is_kept_and_what_both_changed_is_asked() {
        let base = fields(&[("title", "가"), ("plan", "나"), ("problem", "다"), ("process", "라")]);
        let theirs = fields(&[("title", "가"), ("plan", "그들"), ("problem", "그들"), ("process", "같이")]);
        let yours = fields(&[("title", "나의"), ("plan", "나"), ("problem", "나의"), ("process", "같이")]);
        let (merged, clashes) = merge(Some(&base), &theirs, &yours);
        assert_eq!(merged, fields(&[("title", "나의"), ("plan", "그들"), ("problem", "그들"), ("process", "같이")]));
        let clash = Clash {
            field: "problem".to_owned(),
            base: Some("다".to_owned()),
            theirs: "그들".to_owned(),
            yours: "나의".to_owned(),
        };
        assert_eq!(clashes, [clash]);
        let (_, unknown) = merge(None, &theirs, &yours);
        assert_eq!(unknown.iter().map(|clash| clash.field.as_str()).collect::<Vec<_>>(), ["plan", "problem", "title"]);
    }

    #[test]
    fn a_field_that_was_never_written_counts_as_empty() {
        let (merged, clashes) = merge(Some(&Fields::new()), &Fields::new(), &fields(&[("title", "가"), ("plan", "")]));
        assert_eq!((merged, clashes), (fields(&[("title", "가")]), vec![]));
    }

    fn some() -> impl Strategy<Value = Fields> {
        proptest::collection::btree_map("[a-c]", "[x-z]{0,1}", 0..4)
    }

    proptest! {
        #[test]
        fn nothing_that_was_written_is_lost(base in some(), theirs in some(), yours in some()) {
            let (merged, clashes) = merge(Some(&base), &theirs, &yours);
            let said = |fields: &Fields, name: &str| fields.get(name).cloned().unwrap_or_default();
            for name in ["a", "b", "c"] {
                let (began, stored) = (said(&base, name), said(&theirs, name));
                let typed = if yours.contains_key(name) { said(&yours, name) } else { began.clone() };
                let asked = clashes.iter().any(|clash| clash.field == name);
                if typed != began && typed != stored && stored != began {
                    prop_assert!(asked, "{name}");
                } else if typed != began {
                    prop_assert_eq!(said(&merged, name), typed);
                } else {
                    prop_assert_eq!(said(&merged, name), stored);
                }
            }
        }
    }
}
