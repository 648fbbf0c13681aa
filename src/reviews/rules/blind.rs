//! Hiding who applies: what names a firm is taken out of the texts that reviewers read.

/// What stands in the place of a name.
pub const MASK: &str = "○○○";

/// The words by which texts may name the firm: its whole name, and each part of it that is long enough to tell.
pub fn names_of(legal_name: &str, representative: &str) -> Vec<String> {
    let parts = legal_name.split([' ', '(', ')', ',']).filter(|part| part.chars().count() >= 3);
    let mut names: Vec<String> = [legal_name, representative].into_iter().chain(parts).map(str::to_owned).collect();
    names.retain(|name| !name.trim().is_empty());
    // The longest first, so that no part of a name is left beside a mask.
    names.sort_by_key(|name| std::cmp::Reverse(name.chars().count()));
    names.dedup();
    names
}

/// `text` without the names.
pub fn hide(text: &str, names: &[String]) -> String {
    names.iter().fold(text.to_owned(), |text, name| text.replace(name.as_str(), MASK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_a_name_is_left() {
        let names = names_of("Hanbit Precision (HP) Co.", "Kim Minsu");
        let text = "Hanbit Precision (HP) Co. and Hanbit; signed by Kim Minsu";
        assert_eq!(hide(text, &names), "○○○ and ○○○; signed by ○○○");
        assert_eq!(hide("nothing here", &names), "nothing here");
        assert_eq!(hide("anything", &names_of("", "")), "anything");
    }
}
