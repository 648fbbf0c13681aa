//! The catalogue of what a supplement may ask for, by the part of the form it is corrected in.

use super::Section;

/// Defects that officers pick; their words are `application-defect-<code>`.
pub const DEFECTS: &[(Section, &[&str])] = &[
    (Section::UseCase, &["problem_vague", "plan_without_steps", "process_unclear"]),
    (Section::Workload, &["class_doubtful", "oversight_missing"]),
    (Section::Indicators, &["baseline_unproven", "target_unreasoned", "formula_missing"]),
    (Section::Solution, &["quantity_unreasoned", "solution_mismatch"]),
    (Section::Questions, &["answer_incomplete"]),
    (Section::Costs, &["price_unproven", "category_wrong", "share_unclear"]),
    (Section::Team, &["team_unclear", "team_overbooked"]),
    (Section::Documents, &["document_missing", "document_outdated", "document_illegible"]),
];

/// Something that is to be supplemented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// None: about the application as a whole.
    pub section: Option<Section>,
    /// A code of the catalogue, or empty.
    pub code: String,
    /// The officer's own words, or empty.
    pub note: String,
}

/// `costs:price_unproven`, as the boxes of the form say it.
pub fn pick(text: &str) -> Option<Defect> {
    let (section, code) = text.split_once(':')?;
    let section: Section = section.parse().ok()?;
    let (_, codes) = DEFECTS.iter().find(|(of, _)| *of == section)?;
    let code = codes.iter().find(|known| **known == code)?;
    Some(Defect { section: Some(section), code: (*code).to_owned(), note: String::new() })
}

/// A line of the officer's own: everything behind `costs:` belongs to that part, all else to the whole.
pub fn own_words(line: &str) -> Defect {
    let named = line.split_once(':').and_then(|(section, note)| Some((section.trim().parse().ok()?, note.trim())));
    let (section, note) = named.map_or((None, line), |(section, note)| (Some(section), note));
    Defect { section, code: String::new(), note: note.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_defects_of_the_catalogue_are_picked() {
        assert_eq!(pick("costs:price_unproven").unwrap().section, Some(Section::Costs));
        for text in ["costs:plan_without_steps", "costs", "x:y", "", ":"] {
            assert_eq!(pick(text), None, "{text}");
        }
        assert_eq!(own_words("costs: 견적서").section, Some(Section::Costs));
        assert_eq!(own_words("첨부: 견적서").note, "첨부: 견적서");
    }
}
